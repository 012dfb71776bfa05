"""Merge bases of many merges from one reading of the history, without asking git once per merge.

`git merge-base` walks down from both commits until it has met everything they share, again for each merge. Here the
first-parent chain of the tip (the main line) is numbered once, and each commit knows

- landing: the first commit of the main line that reaches it, and
- lowest: the last commit of the main line that it reaches.

So "x is reached by the main line at k" is a comparison of numbers, and all that two commits share below their common
part of the main line is dominated by that part. What is left to walk is the few commits beside the main line.

The answer is exact (git-merge-base(1), --all: common ancestors that no other common ancestor reaches), whatever the
commit dates say. The cost of one question is at most the commits beside the main line that either side brings.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lanegate.git.run import Git

#: Where a commit was reached from.
_FIRST, _SECOND, _COMMON = 1, 2, 4


class Ancestry:
    """The complete history of one tip.

    family: (commit id, ids of its parents) of every commit that the tip reaches, parents before children, tip last.
    Raises KeyError for a parent that is not listed before its child (a part of a history is not enough).
    """

    def __init__(self, family: Iterable[tuple[str, Sequence[str]]]) -> None:
        self._ids: list[str] = []
        self._parents: list[tuple[int, ...]] = []
        self._number: dict[str, int] = {}
        number = self._number.__getitem__
        for place, (oid, parents) in enumerate(family):
            self._parents.append(tuple(map(number, parents)))
            self._number[oid] = place
            self._ids.append(oid)
        self._main = self._main_line()
        self._landing = self._landings()
        self._lowest = self._lowest_main()
        self._bases: dict[tuple[int, int], tuple[str, ...]] = {}

    def __contains__(self, oid: str) -> bool:
        return oid in self._number

    def merge_bases(self, one: str, two: str) -> tuple[str, ...]:
        """Every best common ancestor of two commits, none if they share nothing.

        Raises KeyError for a commit that is not part of this history.
        """
        pair = self._number[one], self._number[two]
        bases = self._bases.get(pair)
        if bases is None:
            bases = self._bases[pair] = self._best_common(*pair)
        return bases

    def parents(self, oid: str) -> tuple[str, ...]:
        """The parents of a commit. Raises KeyError for a commit that is not part of this history."""
        return tuple([self._ids[parent] for parent in self._parents[self._number[oid]]])

    def _best_common(self, first: int, second: int) -> tuple[str, ...]:
        if self._lowest[first] < self._lowest[second]:
            first, second = second, first
        shared = self._lowest[second]
        bases = self._common_beside(first, second)
        if shared >= 0 and all(self._lowest[base] < shared for base in bases):
            bases.append(self._main[shared])
        return tuple(self._ids[base] for base in bases)

    def _common_beside(self, first: int, second: int) -> list[int]:
        """The best common ancestors that the part of the main line which both sides reach does not reach.

        Commits are taken in the order of their numbers, children before parents, so each is met after everything that
        reaches it: what comes from both sides, and from no common ancestor, is a best one.
        """
        landing, reach, shared = self._landing, self._lowest[first], self._lowest[second]
        marks = {first: _FIRST}
        marks[second] = marks.get(second, 0) | _SECOND
        heap = [-commit for commit in marks]
        heapify(heap)
        open_ends = 1  # commits ahead that come from `second` and from no common ancestor
        found = []
        while open_ends:
            commit = -heappop(heap)
            mark = marks.pop(commit)
            if mark & (_SECOND | _COMMON) == _SECOND:
                open_ends -= 1
            if landing[commit] <= reach:
                if mark == _FIRST or landing[commit] <= shared:
                    continue
                mark |= _FIRST
            if mark == _FIRST | _SECOND:
                found.append(commit)
                mark |= _COMMON
            for parent in self._parents[commit]:
                before = marks.get(parent)
                if before is None:
                    before = 0
                    heappush(heap, -parent)
                after = marks[parent] = before | mark
                open_ends += (after & (_SECOND | _COMMON) == _SECOND) - (before & (_SECOND | _COMMON) == _SECOND)
        return found

    def _main_line(self) -> list[int]:
        """The first-parent chain of the tip, root first."""
        line = [len(self._ids) - 1] if self._ids else []
        while line and self._parents[line[-1]]:
            line.append(self._parents[line[-1]][0])
        return line[::-1]

    def _landings(self) -> list[int]:
        found = [-1] * len(self._ids)
        for position, commit in enumerate(self._main):
            found[commit] = position
            work = list(self._parents[commit][1:])  # the first one is on the main line
            while work:
                commit = work.pop()
                if found[commit] < 0:
                    found[commit] = position
                    work += self._parents[commit]
        return found

    def _lowest_main(self) -> list[int]:
        """Position on the main line of the last commit that each commit reaches, -1 for none."""
        found = [-1] * len(self._ids)
        for place, commit in enumerate(self._main):
            found[commit] = place
        for commit, parents in enumerate(self._parents):
            if found[commit] < 0:  # beside the main line
                found[commit] = max([found[parent] for parent in parents], default=-1)
        return found


def ancestry_above(family: Mapping[str, tuple[str, ...]]) -> Ancestry | None:
    """The history of some commits that all hang from one older commit, which stands for everything below it: whatever
    lies deeper is reached through it, from each of them. None where this is not so.

    family: parents of each commit, parents before children.
    """
    parents = {parent for each in family.values() for parent in each}
    outside, tips = parents - family.keys(), family.keys() - parents
    if len(tips) != 1 or len(outside) > 1 or (outside and () in family.values()):
        return None
    return Ancestry([*[(oid, ()) for oid in outside], *family.items()])


def read_ancestry(git: Git, tip: str) -> Ancestry:
    """The complete history of a commit. Raises GitError."""
    listed = git.output("rev-list", "--topo-order", "--reverse", "--parents", tip, "--").decode()
    lines = (line.split(" ") for line in listed.splitlines())
    return Ancestry((ids[0], ids[1:]) for ids in lines)
