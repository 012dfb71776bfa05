"""Of thousands of rules, the pairs that may have a path in common: found by walking one trie against itself.

Patterns stand in a trie by their segments. Two of them may meet only where their segments meet one by one, so the walk
goes down in two places at once, over pairs of names that some name matches. Plain names meet their equals only, which a
dictionary finds; names with wildcards are sorted by their plain beginnings and ends, so that a thousand `test_…_*.py`
are not compared each with each. Where one pattern ends, or goes on with `**`, it may meet all that stands below the
other place.

A pair that is left out has no path in common; one that is given may have (`core.meeting.may_meet`, all at once).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import takewhile

from lanegate.core.meeting import Segments, names_may_meet, plain_ends
from lanegate.core.path_search import Budget
from lanegate.core.segments import is_literal

#: Whose rule it is, and its number there.
Owned = tuple[int, int]


class _Node:
    """A place in the trie. ends: rules that end here, or go on with `**`."""

    __slots__ = ("below", "ends", "plain", "wild")

    def __init__(self) -> None:
        self.ends: list[Owned] = []
        self.plain: dict[bytes, _Node] = {}
        self.wild: dict[bytes, _Node] = {}
        self.below: list[Owned] | None = None

    def child(self, segment: bytes) -> _Node:
        return (self.plain if is_literal(segment) else self.wild).setdefault(segment, _Node())

    def names(self) -> Iterator[tuple[bytes, _Node]]:
        yield from self.plain.items()
        yield from self.wild.items()

    def all(self) -> list[Owned]:
        """The rules that end here or below; those that end here come first."""
        if self.below is None:
            self.below = list(self.ends)
            for _, node in self.names():
                self.below += node.all()
        return self.below


#: A name, the place behind it, and the place that it is found at.
_Entry = tuple[bytes, _Node, _Node]


def meeting_pairs(rules: Iterable[tuple[Owned, Segments]], budget: Budget) -> Iterator[tuple[Owned, Owned]]:
    """Pairs of rules of different owners that may have a path in common, the smaller one first, each once.

    rules: whose rule (an owner's number, the rule's number there) and its pattern. Raises OverlapLimitError.
    """
    root = _Node()
    for owned, segments in rules:
        node = root
        for segment in takewhile(b"**".__ne__, segments):
            node = node.child(segment)
        node.ends.append(owned)
    rest = [(root, root)]
    while rest:
        one, other = rest.pop()
        for first, second in _ending(one, other, budget):
            if first[0] != second[0]:
                yield (first, second) if first < second else (second, first)
        rest += _onwards(one, other, budget)


def _ending(one: _Node, other: _Node, budget: Budget) -> Iterator[tuple[Owned, Owned]]:
    """The pairs of rules of which one ends at its place; each once, also where the two places are the same."""
    for at, first in enumerate(one.ends):
        against = other.all()[at + 1 if one is other else 0 :]
        budget.spend(len(against))
        yield from ((first, second) for second in against)
    if one is not other:
        for second in other.ends:
            against = one.all()[len(one.ends) :]
            budget.spend(len(against))
            yield from ((first, second) for first in against)


def _onwards(one: _Node, other: _Node, budget: Budget) -> Iterator[tuple[_Node, _Node]]:
    """The pairs of places that are reached from a pair of places by one more name."""
    few, many = sorted((one.plain, other.plain), key=len)
    for name, node in few.items():
        if name in many:
            yield node, many[name]
    if one.wild or other.wild:
        yield from _by_wildcards(one, other, budget)


def _by_wildcards(one: _Node, other: _Node, budget: Budget) -> Iterator[tuple[_Node, _Node]]:
    """The pairs of places behind two names that meet, at least one of them with wildcards."""
    names = [(name, node, one) for name, node in one.names()]
    names += [(name, node, other) for name, node in other.names() if other is not one]
    for first, second in _alike_at_both_ends(names):
        budget.spend()
        is_told = first[0] == second[0] and first[0] in one.plain  # by the dictionary, without any wildcard
        if not is_told and (one is other or first[2] is not second[2]) and names_may_meet(first[0], second[0]):
            yield first[1], second[1]
    if one is other:
        yield from ((node, node) for node in one.wild.values())


def _alike_at_both_ends(names: list[_Entry]) -> Iterator[tuple[_Entry, _Entry]]:
    """The pairs of names of which one's plain beginning begins the other's, and one's plain end ends the other's."""
    begun = sorted(((plain_ends(entry[0])[0], entry) for entry in names), key=lambda pair: pair[0])
    at = 0
    while at < len(begun):
        begins = begun[at][0]
        same = at
        while same < len(begun) and begun[same][0] == begins:
            same += 1
        longer = same
        while longer < len(begun) and begun[longer][0].startswith(begins):
            longer += 1
        if longer - at > 1:
            entries = [entry for _, entry in begun[at:longer]]
            yield from _alike_at_the_end(entries[: same - at], entries[same - at :])
        at = same


def _alike_at_the_end(names: list[_Entry], others: list[_Entry]) -> Iterator[tuple[_Entry, _Entry]]:
    """Of two names, or of a name and one of the others, the pairs of which one's plain end ends the other's."""
    keyed = [(plain_ends(entry[0])[1][::-1], entry, True) for entry in names]
    keyed += [(plain_ends(entry[0])[1][::-1], entry, False) for entry in others]
    around: list[tuple[bytes, _Entry]] = []
    around_others: list[tuple[bytes, _Entry]] = []
    for key, entry, is_name in sorted(keyed, key=lambda found: found[0]):
        for outer in (around, around_others):
            while outer and not key.startswith(outer[-1][0]):
                outer.pop()
        for _, earlier in (*around, *around_others) if is_name else around:
            yield earlier, entry
        (around if is_name else around_others).append((key, entry))
