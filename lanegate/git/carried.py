"""Paths to which a merge takes a change that no commit made there (git-merge(1), rename detection).

Where one side renamed a file and the other changed it, git carries the change along to the new name, which the other
side may never have had. It takes any file that one side deleted and any like it that this side added for such a rename.
So whoever may change one file can have git change any other one: he begins a branch with a file like it, deletes that
on one branch that has the other file, changes it on a second one, and merges both. The merge is clean and no commit
touched the other file. Therefore a path that git carries a change to counts as one in conflict, which somebody answers
for (docs/decisions/merges.md).

With several merge bases git merges these first, and what is carried to a path there makes it look changed, or as it
was. So such a path counts too, where the two sides differ.
"""

from __future__ import annotations

from itertools import combinations

from lanegate.core.facts import ABSENT, Defect
from lanegate.core.objects import parse_commit
from lanegate.git.changes import tree_changes
from lanegate.git.mechanical import Mechanical, mechanical_merges
from lanegate.git.run import GitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lanegate.git.objects import Reader
    from lanegate.git.run import Git

#: Merges of merge bases, of their bases and so on, that are looked at for one merge.
PAIRS_LIMIT = 100

_Pair = tuple[str, ...]


def carried_paths(
    git: Git, reader: Reader, pairs: Sequence[_Pair], made: Sequence[Mechanical | GitError], tangled: Sequence[bool]
) -> list[frozenset[bytes] | Defect]:
    """Of each merge of two commits, the paths to which git carries a change; none of one that git cannot make; why it
    cannot be told.

    git: where `made`, git's merges of the pairs, can be read. tangled: whether a merge may have several bases. Raises
    GitError, LimitError.
    """
    return [
        _through_bases(git, reader, pair, direct) if is_tangled else direct
        for pair, direct, is_tangled in zip(pairs, _direct(git, reader, pairs, made), tangled, strict=True)
    ]


def _direct(
    git: Git, reader: Reader, pairs: Sequence[_Pair], made: Sequence[Mechanical | GitError]
) -> Iterator[frozenset[bytes]]:
    """Of each merge the paths of which one side has nothing, and neither has what git puts there."""
    asked = [
        (_tree(reader, side), merge.tree)
        for pair, merge in zip(pairs, made, strict=True)
        if not isinstance(merge, GitError)
        for side in pair
    ]
    differences = tree_changes(git, asked, most=None)
    for merge in made:
        if isinstance(merge, GitError):
            yield frozenset()
            continue
        new = {change.path: change.old_mode for change in next(differences) if change.new_mode != ABSENT}
        second = [change for change in next(differences) if change.new_mode != ABSENT and change.path in new]
        yield frozenset([change.path for change in second if ABSENT in (change.old_mode, new[change.path])])


def _through_bases(git: Git, reader: Reader, pair: _Pair, direct: frozenset[bytes]) -> frozenset[bytes] | Defect:
    """With those to which a change is carried between the merge bases, or between theirs."""
    found: set[bytes] = set()
    seen: set[_Pair] = set()
    work = [pair]
    while work:
        bases = sorted(git.output("merge-base", "--all", *work.pop(), accept=(0, 1)).decode().split())
        fresh = [two for two in combinations(bases, 2) if two not in seen]
        seen.update(fresh)
        if len(seen) > PAIRS_LIMIT:
            return Defect("its merge bases are too entangled to tell what git makes of them", code="LG904")
        if fresh:
            found = found.union(*_direct(git, reader, fresh, mechanical_merges(git, fresh)))
            work += fresh
    if not found:
        return direct
    first, second = [_tree(reader, side) for side in pair]
    (differing,) = tree_changes(git, [(first, second)], most=None)
    return direct.union(change.path for change in differing if change.path in found)


def _tree(reader: Reader, commit: str) -> str:
    kind, raw = reader.read(commit)
    tree = parse_commit(raw).tree if kind == "commit" else None
    if tree is None:
        raise GitError(f"object {commit} is no commit with a tree")
    return tree
