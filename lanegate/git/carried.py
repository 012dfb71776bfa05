"""Paths to which a merge takes a change that no commit made there (git-merge(1), rename detection).

Where one side renamed a file and the other changed it, git carries the change along to the new name, which the other
side may never have had. It takes any file that one side deleted and any like it that this side added for such a rename.
So whoever may change one file can have git change any other one: he begins a branch with a file like it, deletes that
on one branch that has the other file, changes it on a second one, and merges both. The merge is clean and no commit
touched the other file. Therefore a path that git carries a change to counts as one in conflict, which somebody answers
for (docs/decisions/merges.md).

It is not counted where whoever may change the old name may change the new one as well (core/carried.py). Which name is
the old one git does not say; it is one of those that one side changed and that are gone after the merge.

With several merge bases git merges these first, and what is carried to a path there makes it look changed, or as it
was. So such a path counts too, where the two sides differ.
"""

from __future__ import annotations

from itertools import combinations

from lanegate.core.facts import ABSENT, Defect
from lanegate.core.named_tuple import NamedTuple
from lanegate.git.changes import tree_changes
from lanegate.git.mechanical import Mechanical, mechanical_merges
from lanegate.git.objects import tree_of
from lanegate.git.run import GitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lanegate.git.objects import Reader
    from lanegate.git.run import Git

#: Merges of merge bases, of their bases and so on, that are looked at for one merge.
PAIRS_LIMIT = 100

_Pair = tuple[str, ...]


class Carried(NamedTuple):
    """paths: to which a merge carries a change. origins: the old names that a change may come from, by path, where that
    can be told."""

    paths: frozenset[bytes] = frozenset()
    origins: Mapping[bytes, frozenset[bytes]] = {}


def carried_paths(
    git: Git, reader: Reader, pairs: Sequence[_Pair], made: Sequence[Mechanical | GitError], tangled: Sequence[bool]
) -> list[Carried | Defect]:
    """Of each merge of two commits, what git carries along renames; nothing of one that git cannot make; why it cannot
    be told.

    git: where `made`, git's merges of the pairs, can be read. tangled: whether a merge may have several bases. Raises
    GitError, LimitError.
    """
    return [
        _through_bases(git, reader, pair, direct) if is_tangled else direct
        for pair, direct, is_tangled in zip(pairs, _direct(git, reader, pairs, made), tangled, strict=True)
    ]


def _direct(
    git: Git, reader: Reader, pairs: Sequence[_Pair], made: Sequence[Mechanical | GitError]
) -> Iterator[Carried]:
    """Of each merge the paths of which one side has nothing, and neither has what git puts there."""
    asked = [
        (tree_of(reader, side), merge.tree)
        for pair, merge in zip(pairs, made, strict=True)
        if not isinstance(merge, GitError)
        for side in pair
    ]
    differences = tree_changes(git, asked, most=None)
    for pair, merge in zip(pairs, made, strict=True):
        if isinstance(merge, GitError):
            yield Carried()
            continue
        sides = [{change.path: change for change in next(differences)} for _ in pair]
        first, second = sides
        lacking = {
            path: [side for side, each in zip(pair, sides, strict=True) if each[path].old_mode == ABSENT]
            for path in first.keys() & second.keys()
            if first[path].new_mode != ABSENT
        }
        paths = frozenset([path for path, lackers in lacking.items() if lackers])
        gone = {
            side: frozenset([change.path for change in each.values() if change.new_mode == ABSENT])
            for side, each in zip(pair, sides, strict=True)
        }
        yield Carried(paths, _origins(git, reader, pair, gone, {path: lacking[path] for path in paths}))


def _origins(
    git: Git, reader: Reader, pair: _Pair, gone: Mapping[str, frozenset[bytes]], lacking: Mapping[bytes, Sequence[str]]
) -> dict[bytes, frozenset[bytes]]:
    """Where there is one merge base: by path, what a side that lacks it changed since then and the merge does not have.

    gone: of each side, what the merge does not have. lacking: the sides that lack a path.
    """
    if not lacking:
        return {}
    bases = git.output("merge-base", "--all", *pair, accept=(0, 1)).decode().split()
    if len(bases) != 1:
        return {}
    base = tree_of(reader, bases[0])
    changed = tree_changes(git, [(base, tree_of(reader, side)) for side in pair], most=None)
    moved = {side: gone[side].intersection(change.path for change in next(changed)) for side in pair}
    return {path: frozenset().union(*[moved[side] for side in sides]) for path, sides in lacking.items()}


def _through_bases(git: Git, reader: Reader, pair: _Pair, direct: Carried) -> Carried | Defect:
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
            found = found.union(*[each.paths for each in _direct(git, reader, fresh, mechanical_merges(git, fresh))])
            work += fresh
    if not found:
        return direct
    first, second = [tree_of(reader, side) for side in pair]
    (differing,) = tree_changes(git, [(first, second)], most=None)
    between = direct.paths.union(change.path for change in differing if change.path in found)
    return Carried(between)
