"""What git is asked as soon as a push arrives: it answers while Python still loads what judges."""

from __future__ import annotations

from lanegate.core.named_tuple import NamedTuple
from lanegate.git.config import ask_config
from lanegate.git.objects import CatFile
from lanegate.git.refs import ask_refs
from lanegate.git.run import Git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Asked(NamedTuple):
    """config, refs: answers to come, for `read_config` and `read_refs`. reader: of the repository's objects."""

    git: Git
    config: Iterator[bytes]
    refs: Iterator[bytes]
    reader: CatFile


def ask(git_dir: str, environ: Mapping[str, str], *, refs_later: bool = False) -> Asked:
    """Starts git on the server's repository, in the environment of its hook. refs_later: the refs are asked for when
    somebody reads them. Raises GitError."""
    git = Git(git_dir, environ)
    return Asked(git, ask_config(git), _later(git) if refs_later else ask_refs(git), CatFile(git))


def _later(git: Git) -> Iterator[bytes]:
    yield from ask_refs(git)
