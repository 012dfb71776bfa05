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

    from lanegate.core.facts import Change
    from lanegate.git.mechanical import Sides
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
    git: Git,
    reader: Reader,
    pairs: Sequence[_Pair],
    made: Sequence[Mechanical | GitError],
    sides: Sequence[Sides | None],
) -> list[Carried | Defect]:
    """Of each merge of two commits, what git carries along renames; nothing of one that git cannot make; why it cannot
    be told.

    git: where `made`, git's merges of the pairs, can be read. sides: what each merges, None where there may be several
    bases. Raises GitError, LimitError.
    """
    return [
        _through_bases(git, reader, pair, direct) if each is None else direct
        for pair, direct, each in zip(pairs, _direct(git, reader, pairs, made, sides), sides, strict=True)
    ]


class _Taken(NamedTuple):
    """Of one merge: for each path that git carries a change to, which sides (0, 1) lack it. gone: of each side, what
    the merge does not have."""

    lacking: Mapping[bytes, Sequence[int]] = {}
    gone: tuple[frozenset[bytes], ...] = ()


def _direct(
    git: Git,
    reader: Reader,
    pairs: Sequence[_Pair],
    made: Sequence[Mechanical | GitError],
    sides: Sequence[Sides | None],
) -> list[Carried]:
    """Of each merge the paths of which one side has nothing, and neither has what git puts there."""
    trees = [
        () if isinstance(merge, GitError) else _trees(reader, pair, each)
        for pair, merge, each in zip(pairs, made, sides, strict=True)
    ]
    asked = [
        (tree, merge.tree)
        for two, merge in zip(trees, made, strict=True)
        if not isinstance(merge, GitError)
        for tree in two
    ]
    differences = tree_changes(git, asked, most=None)
    taken = [_Taken() if isinstance(merge, GitError) else _taken(differences) for merge in made]
    origins = _origins(git, reader, pairs, trees, sides, taken)
    return [Carried(frozenset(one.lacking), names) for one, names in zip(taken, origins, strict=True)]


def _trees(reader: Reader, pair: _Pair, sides: Sides | None) -> tuple[str, ...]:
    return tuple([tree_of(reader, commit) for commit in pair]) if sides is None else (sides.first, sides.second)


def _taken(differences: Iterator[list[Change]]) -> _Taken:
    """From what the merge makes of either side, the next two of `differences`."""
    first, second = changed = [{change.path: change for change in next(differences)} for _ in range(2)]
    there = [path for path in first.keys() & second.keys() if first[path].new_mode != ABSENT]
    lacking = {path: [at for at in (0, 1) if changed[at][path].old_mode == ABSENT] for path in there}
    lacking = {path: lackers for path, lackers in lacking.items() if lackers}
    if not lacking:
        return _Taken()
    gone = [frozenset([change.path for change in each.values() if change.new_mode == ABSENT]) for each in changed]
    return _Taken(lacking, tuple(gone))


def _origins(
    git: Git,
    reader: Reader,
    pairs: Sequence[_Pair],
    trees: Sequence[tuple[str, ...]],
    sides: Sequence[Sides | None],
    taken: Sequence[_Taken],
) -> list[Mapping[bytes, frozenset[bytes]]]:
    """Of each merge that has one base: by path, what a side that lacks it changed since then and the merge does not
    have. trees: of the two sides."""
    bases = [
        _base(git, reader, pair, each) if one.lacking else None
        for pair, each, one in zip(pairs, sides, taken, strict=True)
    ]
    asked = [(base, tree) for base, two in zip(bases, trees, strict=True) if base is not None for tree in two]
    changed = tree_changes(git, asked, most=None)
    found: list[Mapping[bytes, frozenset[bytes]]] = []
    for base, one in zip(bases, taken, strict=True):
        if base is None:
            found.append({})
            continue
        moved = [gone.intersection([change.path for change in next(changed)]) for gone in one.gone]
        found.append(
            {path: frozenset().union(*[moved[at] for at in at_sides]) for path, at_sides in one.lacking.items()}
        )
    return found


def _base(git: Git, reader: Reader, pair: _Pair, sides: Sides | None) -> str | None:
    """The tree of the only merge base, None where there is none or several."""
    if sides is not None:
        return sides.base
    bases = git.output("merge-base", "--all", *pair, accept=(0, 1)).decode().split()
    return tree_of(reader, bases[0]) if len(bases) == 1 else None


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
            made, unknown = mechanical_merges(git, fresh), [None] * len(fresh)
            found = found.union(*[each.paths for each in _direct(git, reader, fresh, made, unknown)])
            work += fresh
    if not found:
        return direct
    first, second = [tree_of(reader, side) for side in pair]
    (differing,) = tree_changes(git, [(first, second)], most=None)
    between = direct.paths.union(change.path for change in differing if change.path in found)
    return Carried(between)
