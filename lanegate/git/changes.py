"""Touched paths of many commits through one `git diff-tree` (git-diff-tree(1), --stdin).

Plumbing, so no diff configuration counts; no rename detection, so a rename is a deletion and a creation; NUL-separated,
so names are bytes as they are. Merges print nothing by themselves: their own changes are `git/merges.py`'s.
"""

from __future__ import annotations

from lanegate.core.facts import Change, Defect
from lanegate.core.named_tuple import NamedTuple
from lanegate.git.new_trees import PATHS_LIMIT
from lanegate.git.objects import LimitError
from lanegate.git.run import Git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any

DIFF_TREE = (
    "diff-tree",
    "--stdin",
    "-r",
    "-z",
    "--raw",
    "--root",
    "--no-renames",
    "--no-abbrev",
    "--ignore-submodules=none",
    "--no-ext-diff",
)
#: Bytes of names from which on git prints more than a pipe holds.
MANY = 8 << 10
_COLON = ord(":")
#: A long history has hundreds of thousands of changes: without the call of the class in between.
_new = tuple.__new__
_NOTHING: Mapping[Any, Any] = {}


class Listed:
    """What a commit changes, as git lists it; iterated over, a Change for each is made then.

    metas: of each change `:<old mode> <new mode> <old id> <new id> <status>`. paths: of each.
    """

    __slots__ = ("metas", "paths")

    def __init__(self, metas: Sequence[bytes] = (), paths: Sequence[bytes] = ()) -> None:
        self.metas = metas
        self.paths = paths

    def __len__(self) -> int:
        return len(self.paths)

    def __contains__(self, change: object) -> bool:
        return change in list(self)

    def __iter__(self) -> Iterator[Change]:
        return map(_change, self.metas, self.paths)


#: Of a commit that touches nothing.
NO_CHANGES = Listed()


class OwnChanges(NamedTuple):
    """changes: where the commit's tree differs from git's merge (old side: git's), and every path in conflict.
    conflicts: paths in which git reports one. defects: why git cannot make the merge; then nothing else is known.
    carried: as of `core.facts.Commit`."""

    changes: tuple[Change, ...] = ()
    conflicts: frozenset[bytes] = frozenset()
    defects: tuple[Defect, ...] = ()
    carried: Mapping[bytes, frozenset[bytes]] = _NOTHING


def changes(
    git: Git, commits: Iterable[str], merges: Mapping[str, str] = _NOTHING
) -> Iterator[tuple[str, list[Change]]]:
    """(commit id, its changes), otherwise as `listed`."""
    return ((commit, list(found)) for commit, found in listed(git, commits, merges))


def listed(git: Git, commits: Iterable[str], merges: Mapping[str, str] = _NOTHING) -> Iterator[tuple[str, Listed]]:
    """(commit id, its changes) in the order asked; commits that touch nothing are left out, and merges. git begins at
    once.

    merges: commits that are compared with the parent named here, whatever they are.
    Raises GitError, LimitError (not for `merges`: what differs there may be the work of many commits).
    """
    stdin = "".join(
        [f"{commit} {merges[commit]}\n" if commit in merges else f"{commit}\n" for commit in commits]
    ).encode()
    if not stdin:
        return iter(())
    return _by_commit(git.stream(*DIFF_TREE, stdin=stdin, wide=len(stdin) > MANY), merges)


def _by_commit(chunks: Iterator[bytes], merges: Mapping[str, str]) -> Iterator[tuple[str, Listed]]:
    current = ""
    metas: list[bytes] = []
    paths: list[bytes] = []
    rest = b""
    for chunk in chunks:
        tokens = (rest + chunk).split(b"\0")
        rest = tokens.pop()
        ahead = iter(tokens)
        for token in ahead:
            if token[0] == _COLON:
                path = next(ahead, None)
                if path is None:  # it comes with the next chunk
                    rest = token + b"\0" + rest
                    break
                metas.append(token)
                paths.append(path)
                continue
            if current:
                yield current, Listed(metas, paths)
            current, metas, paths = token.decode("ascii"), [], []
        if len(paths) > PATHS_LIMIT and current not in merges:
            raise LimitError(f"commit {current} touches more than {PATHS_LIMIT} paths")
    if current:
        yield current, Listed(metas, paths)


def tree_changes(git: Git, pairs: Sequence[tuple[str, str]], most: int | None = PATHS_LIMIT) -> Iterator[list[Change]]:
    """The changes from the first tree to the second of each pair of ids, in the order asked.

    most: that one pair may have; None: any number, where they may be the work of many commits. Raises GitError,
    LimitError.
    """
    stdin = "".join(f"{old} {new}\n" for old, new in pairs).encode()
    found: list[Change] = []
    asked = 0
    meta = b""
    for token in nul_tokens(git.stream(*DIFF_TREE, stdin=stdin) if pairs else ()):
        if meta:
            found.append(_change(meta, token))
            meta = b""
            if most is not None and len(found) > most:
                raise LimitError(f"a merge differs from git's own in more than {most} paths")
            continue
        *headings, rest = token.split(b"\n")  # `<tree> <tree>` and a line feed stand before each pair's changes
        for _ in headings:
            if asked:
                yield found
            asked, found = asked + 1, []
        meta = rest
    if asked:
        yield found
    for _ in pairs[asked:]:  # a last heading without changes has no NUL behind it
        yield []


def _change(meta: bytes, path: bytes) -> Change:
    """`:<old mode> <new mode> <old id> <new id> <status>` and a path."""
    old_mode, new_mode, old_id, new_id, _ = meta.decode("ascii").split(" ")
    return _new(Change, (path, old_mode[1:], new_mode, old_id, new_id))


def nul_tokens(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """NUL-terminated tokens of a stream."""
    rest = b""
    for chunk in chunks:
        *tokens, rest = (rest + chunk).split(b"\0")
        yield from tokens
