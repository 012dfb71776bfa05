"""The refs of a repository as they stand, read once (git-for-each-ref(1))."""

from __future__ import annotations

import os

from lanegate.core.named_tuple import NamedTuple
from lanegate.git.run import Git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class Tip(NamedTuple):
    """What a ref holds. symref: the ref it stands for, empty if it holds an id itself."""

    oid: str
    kind: str
    symref: str


def ask_refs(git: Git) -> Iterator[bytes]:
    """git's answer, for `read_refs`. Raises GitError."""
    return git.stream("for-each-ref", "--format=%(objectname) %(objecttype) %(symref)%00%(refname)")


def read_refs(answer: Iterable[bytes]) -> Mapping[str, Tip]:
    """Every ref by full name. Names that are not UTF-8 keep their bytes as surrogates. Raises GitError."""
    refs = {}
    for line in os.fsdecode(b"".join(answer)).split("\n")[:-1]:
        facts, _, name = line.partition("\0")
        oid, kind, symref = facts.split(" ", 2)
        refs[name] = Tip(oid, kind, symref)
    return refs


def dangling(git: Git, ref: str) -> str | None:
    """What a ref that `read_refs` does not have stands for, all the same: a symbolic ref to nothing, through which git
    writes to another name; None where it is none. Raises GitError.

    git is asked only where something is there, since a push may create many refs. A reftable has no file to look for.
    """
    is_plain = not any(os.path.exists(os.path.join(git.git_dir, name)) for name in ("reftable", "commondir"))
    if is_plain and not os.path.lexists(os.path.join(git.git_dir, ref)):
        return None
    return git.line("symbolic-ref", "--quiet", ref, accept=(0, 1)) or None
