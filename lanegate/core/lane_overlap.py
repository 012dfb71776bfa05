"""Where two active lanes both hold a grant: decided on the real grants, for all paths (LG703; design section 4; R-A06).

Two lanes that are PRIMARY on one path would both be right to do anything there: such a policy is not used. A lane that
is PRIMARY and one with MODIFY is allowed, and people should know of it, since they can edit the same file at once: a
lock makes them take turns. The real grant counts, with `out_of_scope`, the rows of the matrix and `!` patterns
(`core/precedence.py`). Lanes that are planned or done may overlap with others: they change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lanegate.core.named_tuple import NamedTuple
from lanegate.core.overlap import Budget, Common, OverlapLimitError, shortest_common
from lanegate.core.policy import MODIFY, PRIMARY, Policy, Rule
from lanegate.core.precedence import Ladder, Rung, grant_ladder
from lanegate.core.rule_pairs import meeting_pairs

#: Steps of the search, and comparisons of rules before it, for a whole policy; some seconds each.
STEPS = 100_000
COMPARISONS = 3_000_000

_Pairs = dict[tuple[int, int], list[tuple[Rung, Rung]]]


class Overlap(NamedTuple):
    """A path on which two lanes hold a grant, the shortest, and the rules that give it to them.

    PRIMARY and PRIMARY (the lanes in the order of the policy), or PRIMARY and MODIFY.
    """

    first: str
    second: str
    first_grant: str
    second_grant: str
    path: bytes
    first_rule: Rule
    second_rule: Rule


def primary_overlaps(policy: Policy, most: int | None = None) -> tuple[Overlap, ...]:
    """Each pair of active lanes that are PRIMARY on a common path, at most so many; none is a proof.

    Where the limit is passed, those found so far. Raises OverlapLimitError where there are none then.
    """
    found: list[Overlap] = []
    try:
        for overlap in _overlaps(policy, PRIMARY, lambda first, second: None):
            found.append(overlap)
            if len(found) == most:
                break
    except OverlapLimitError:
        if not found:
            raise
    return tuple(found)


def modify_overlaps(policy: Policy) -> tuple[Overlap, ...]:
    """For each active lane that is PRIMARY, and each rule that gives MODIFY to another one, a path where both hold.

    Raises OverlapLimitError.
    """
    return tuple(_overlaps(policy, MODIFY, lambda first, second: second.at))


def lane_overlaps(policy: Policy) -> tuple[Overlap, ...]:
    """All overlaps: `primary_overlaps`, then `modify_overlaps`. Raises OverlapLimitError."""
    return primary_overlaps(policy) + modify_overlaps(policy)


def _overlaps(policy: Policy, grant: str, apart: Callable[[Rung, Rung], object]) -> Iterator[Overlap]:
    """One overlap, the shortest, for each two lanes and what `apart` says of the rungs that decide.

    grant: what the second lane holds, the first one is PRIMARY.
    """
    lanes = [lane.id for lane in policy.lanes.values() if lane.state == "active"]
    if len(lanes) < 2:
        return
    ladders = [grant_ladder(policy, lane) for lane in lanes]
    budget = Budget(STEPS)
    for (first, second), pairs in _candidates(ladders, grant).items():
        kinds: dict[object, list[tuple[Rung, Rung]]] = {}
        for pair in pairs:
            kinds.setdefault(apart(*pair), []).append(pair)
        for among in kinds.values():
            common = shortest_common(ladders[first], ladders[second], among, budget)
            if common is not None:
                yield _overlap(lanes[first], lanes[second], grant, common)


def _candidates(ladders: list[Ladder], grant: str) -> _Pairs:
    """By two lanes, the rungs that may decide a common path: the first lane's PRIMARY, the second one's `grant`."""
    answers = dict.fromkeys((PRIMARY, grant))
    rules = (
        ((lane, rung.at), rung.segments)
        for lane, ladder in enumerate(ladders)
        for answer in answers
        for rung in ladder.answering(answer)
    )
    found: _Pairs = {}
    for pair in meeting_pairs(rules, Budget(COMPARISONS)):
        for one, other in (pair, pair[::-1]) if grant != PRIMARY else (pair,):
            first, second = (ladders[lane].rungs[at] for lane, at in (one, other))
            if first.answer == PRIMARY and second.answer == grant:
                found.setdefault((one[0], other[0]), []).append((first, second))
    return dict(sorted(found.items()))


def _overlap(first: str, second: str, grant: str, common: Common) -> Overlap:
    return Overlap(first, second, PRIMARY, grant, common.path, common.first.the_rule, common.second.the_rule)
