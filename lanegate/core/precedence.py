"""Rules in the order in which they decide: what a pattern list, or a lane's whole grant, says about a path.

A `Ladder` is asked from its first rung on: the first rung whose pattern matches answers, or leads on to a later rung.
In a list the last matching pattern wins, so its ladder is the list backwards. The grant of a lane (docs/judgement.md)
is one ladder of five parts:

    out_of_scope   backwards; a pattern says NONE, a `!` leads on to the rows
    matrix rows    that name the lane, backwards; each says its grant
    owned_paths, modify_paths, read_paths
                   each backwards; a pattern says PRIMARY, MODIFY, READ, a `!` leads on to the next list

Where no rung answers the grant is NONE.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

from lanegate.core.meeting import Segments, covers, may_meet
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.patterns import Pattern, parse_pattern
from lanegate.core.policy import MODIFY, NONE, PRIMARY, READ, Policy, Rule
from lanegate.core.segments import is_literal

#: What the pattern of a plain list says.
HERE = "here"


class Rung(NamedTuple):
    """A rule on a ladder. part: which list it is of, by number. answer: what it says, None where it leads on to `then`,
    the position of a later rung (or of the end). rule: where it stands in a policy, None for a list of texts."""

    at: int
    segments: Segments
    part: int
    answer: str | None
    then: int
    rule: Rule | None

    @property
    def the_rule(self) -> Rule:
        """The rule of a rung on a grant's ladder, which always has one."""
        assert self.rule is not None  # noqa: S101
        return self.rule


class Ladder:
    """rungs: the first decides first."""

    def __init__(self, rungs: Sequence[Rung]) -> None:
        self.rungs = tuple(rungs)
        self._leading = frozenset(rung.part for rung in rungs if rung.answer is None)
        self._by_head: dict[Segments, list[Rung]] = {}
        for rung in self.rungs:
            head = tuple(takewhile(is_literal, rung.segments))
            self._by_head.setdefault(head, []).append(rung)

    def answering(self, answer: str) -> tuple[Rung, ...]:
        """The rungs that give this answer."""
        return tuple(rung for rung in self.rungs if rung.answer == answer)

    def above(self, rung: Rung, *patterns: Segments) -> tuple[Rung, ...]:
        """The rungs before this one that may match a path that it matches and all of some patterns do."""
        wanted = (rung.segments, *patterns)
        return tuple(other for other in self.rungs[: rung.at] if all(may_meet(other.segments, one) for one in wanted))

    def shadow(self, rung: Rung, *patterns: Segments) -> Rung | None:
        """A rung before this one that keeps it from deciding any path that it and all of some patterns match.

        None says nothing: a search may find that several rungs together do.
        """
        for one in (rung.segments, *patterns):
            for other in self._covering(one, rung.at):
                if _keeps(other, rung, self._leading):
                    return other
        return None

    def _covering(self, segments: Segments, before: int) -> Iterator[Rung]:
        """Rungs before a position that match all that a pattern matches."""
        for length in range(len(segments) + 1):
            for rung in self._by_head.get(segments[:length], ()):
                if rung.at < before and covers(rung.segments, segments):
                    yield rung


def _keeps(other: Rung, rung: Rung, leading: frozenset[int]) -> bool:
    """Whether a rung never decides where an earlier one matches: nothing leads past the earlier one to it.

    leading: parts in which some rung leads on.
    """
    if other.part != rung.part and other.part in leading:
        return False
    return other.answer is not None or other.then > rung.at


def list_ladder(patterns: Sequence[Pattern]) -> Ladder:
    """The ladder of one list: HERE where its last matching pattern has no `!`, no answer elsewhere."""
    return Ladder(_rungs([[(pattern, HERE, None) for pattern in patterns]]))


def grant_ladder(policy: Policy, lane: str) -> Ladder:
    """The ladder of a lane's grant. Raises KeyError for a lane that the policy does not have."""
    found = policy.lanes[lane]
    rows = [(parse_pattern(row.rule.text), row.grants[lane], row.rule) for row in policy.matrix if lane in row.grants]
    lists = [
        [(parse_pattern(rule.text), grant, rule) for rule in rules]
        for rules, grant in (
            (found.owned_paths, PRIMARY), (found.modify_paths, MODIFY), (found.read_paths, READ)
        )
    ]  # fmt: skip
    out = [(parse_pattern(rule.text), NONE, rule) for rule in found.out_of_scope]
    return Ladder(_rungs([out, rows, *lists]))


def zone_ladder(policy: Policy) -> Ladder:
    """The ladder of the zones: the last zone whose list has the path answers with its mode."""
    zones = [[(parse_pattern(rule.text), zone.mode, rule) for rule in zone.paths] for zone in reversed(policy.zones)]
    return Ladder(_rungs(zones))


def _rungs(parts: Sequence[Sequence[tuple[Pattern, str, Rule | None]]]) -> list[Rung]:
    rungs: list[Rung] = []
    for part, rules in enumerate(parts):
        then = len(rungs) + len(rules)
        for pattern, answer, rule in reversed(rules):
            says = None if pattern.negated else answer
            rungs.append(Rung(len(rungs), pattern.segments, part, says, then, rule))
    return rungs


class Deciding:
    """The goal of a search (core/path_search.py): paths that on each of some ladders one wanted rung decides.

    asked: for each ladder its wanted rung, and the rungs before it that may come in between. `patterns`: those of all
    rungs asked about, each once: what is to be searched.
    """

    def __init__(self, asked: Sequence[tuple[Rung, Sequence[Rung]]]) -> None:
        positions: dict[Segments, int] = {}
        self._ladders = []
        for wanted, others in asked:
            rungs = [(rung, 1 << positions.setdefault(rung.segments, len(positions))) for rung in (*others, wanted)]
            self._ladders.append((wanted.at, rungs))
        self.patterns = tuple(positions)
        self._known: dict[tuple[int, int], int] = {}

    def holds(self, matched: int) -> bool:
        """See `core.path_search.Goal`."""
        return self.matters(matched, 0) != 0

    def matters(self, matched: int, possible: int) -> int:
        """See `core.path_search.Goal`."""
        key = (matched, possible)
        if key not in self._known:
            needed = [_needed(wanted, rungs, matched, possible) for wanted, rungs in self._ladders]
            together = 0
            for bits in needed:
                together |= bits
            self._known[key] = together if all(needed) else 0
        return self._known[key]


def _needed(wanted: int, rungs: Sequence[tuple[Rung, int]], matched: int, possible: int) -> int:
    """The patterns that can keep the wanted rung, the last one, from deciding, and its own; 0 if it never does."""
    needed = 0
    past = 0  # no rung before this position is asked
    landings: list[int] = []  # where rungs that may match would lead
    for rung, bit in rungs:
        if rung.at < past or not bit & (matched | possible):
            continue
        needed |= bit
        if rung.at == wanted:
            return needed
        leads = rung.answer is None and rung.then <= wanted
        if bit & matched:
            onwards = [rung.then] if leads else [landing for landing in landings if landing > rung.at]
            if not onwards:
                return 0
            past = min(onwards)
        elif leads:
            landings.append(rung.then)
    return 0
