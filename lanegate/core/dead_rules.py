"""Rules of a policy that decide nothing: they match no path at all, or others always decide before them.

Such a rule is harmless, and it misleads whoever reads it: somebody believes that it protects or grants something. What
a rule decides is asked of all paths (`core/overlap.py`), in the order in which rules decide (`core/precedence.py`). A
`!` pattern is of use where a pattern before it in its list matches too; a row of the matrix where it decides for one of
its lanes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from lanegate.core.lane_overlap import COMPARISONS, STEPS
from lanegate.core.name_states import is_stored
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.path_search import Budget, shortest_path
from lanegate.core.patterns import Pattern
from lanegate.core.policy import Policy, Rule
from lanegate.core.precedence import Deciding, Ladder, Rung, grant_ladder, zone_ladder
from lanegate.core.rule_pairs import meeting_pairs
from lanegate.core.segments import is_literal, places_of

_NO_PATH = "matches no path that git stores"
_TAKES_NOTHING = "takes nothing away: no pattern before it in its list gives what it matches, or another rule decides"
_TOGETHER = "decides nothing: wherever it matches, other rules decide"


class DeadRule(NamedTuple):
    """A rule that could go without any grant or zone changing. why: what it lacks, in words that follow the pattern."""

    rule: Rule
    why: str


def dead_rules(policy: Policy) -> tuple[DeadRule, ...]:
    """The rules of lanes, matrix and zones that decide nothing, in the order of the file.

    Raises OverlapLimitError when that takes too many steps.
    """
    steps, comparisons = Budget(STEPS), Budget(COMPARISONS)
    ladders = [grant_ladder(policy, lane) for lane in policy.lanes] + [zone_ladder(policy)]
    dead: dict[Rule, str] = {}
    alive: set[Rule] = set()
    for ladder in ladders:
        for rung, why in _judged(ladder, steps, comparisons):
            if why is None:
                alive.add(rung.the_rule)
            else:
                dead.setdefault(rung.the_rule, why)
    found = (DeadRule(rule, why) for rule, why in dead.items() if rule not in alive)
    return tuple(sorted(found, key=lambda one: one.rule.line))


def _judged(ladder: Ladder, steps: Budget, comparisons: Budget) -> Iterator[tuple[Rung, str | None]]:
    """Each rung with why it is dead, None where it is not."""
    near: dict[int, list[int]] = {rung.at: [] for rung in ladder.rungs}
    for (one, _), (other, _) in meeting_pairs((((rung.at, 0), rung.segments) for rung in ladder.rungs), comparisons):
        near[one].append(other)
        near[other].append(one)
    for rung in ladder.rungs:
        others = [ladder.rungs[at] for at in sorted(near[rung.at])]
        yield rung, _why_dead(ladder, rung, others, steps)


def _why_dead(ladder: Ladder, rung: Rung, others: list[Rung], steps: Budget) -> str | None:
    """others: the rungs that may have a path in common with this one, in order."""
    if not all(_is_a_name(segment) for segment in rung.segments if segment != b"**"):
        return _NO_PATH
    above = [other for other in others if other.at < rung.at]
    if rung.answer is None:
        below = [other for other in others if other.at > rung.at and other.part == rung.part and other.answer]
        is_of_use = any(_shows(rung, above, other) for other in below) or any(
            _decides(rung, above, steps, other) for other in below
        )
        return None if is_of_use else _TAKES_NOTHING
    shadow = ladder.shadow(rung)
    if shadow is not None:
        return f"decides nothing: `{shadow.the_rule.text}` (line {shadow.the_rule.line}) decides wherever it matches"
    return None if _shows(rung, above) or _decides(rung, above, steps) else _TOGETHER


def _decides(rung: Rung, above: list[Rung], steps: Budget, *also: Rung) -> bool:
    """Whether a rung decides some path, which some others, asked by themselves, match as well."""
    goal = Deciding([(rung, above), *((other, ()) for other in also)])
    return shortest_path(goal.patterns, goal, steps) is not None


def _shows(rung: Rung, above: list[Rung], *also: Rung) -> bool:
    """Whether `_decides`, as far as one path of the rung tells: most rules need no search. False says nothing."""
    sample = b"/".join(_short_name(segment) for segment in rung.segments if segment != b"**")
    are_asked = all(map(_stored, sample.split(b"/"))) and all(_matches(one, sample) for one in (rung, *also))
    return are_asked and not any(_matches(other, sample) for other in above)


_stored = lru_cache(maxsize=20_000)(is_stored)


def _matches(rung: Rung, path: bytes) -> bool:
    return Pattern("", False, rung.segments).matches(path)


@lru_cache(maxsize=20_000)
def _short_name(segment: bytes) -> bytes:
    places = [place for place in places_of(segment) if place is not None]
    return b"".join(place[:1] or b"a" for place in places) or b"a"


@lru_cache(maxsize=20_000)
def _is_a_name(segment: bytes) -> bool:
    """Whether git stores a name that the segment matches."""
    if is_literal(segment):
        return _stored(segment)
    rung = Rung(0, (segment,), 0, "", 0, None)
    return _decides(rung, [], Budget(STEPS))
