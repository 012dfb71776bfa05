"""Whether two pattern lists can match a common path: decided for all possible paths, with a shortest one to show.

A path is one or more names joined by `/`, each one that git stores (`core/name_states.py`). In a list the last matching
pattern wins, so a common path is one that some pattern without `!` decides in the first list, and some in the second.
Each such pair of patterns is looked at by itself: most can be told apart by their plain beginnings, or one pattern of a
list covers them (`core/meeting.py`, `core/precedence.py`); the others are searched (`core/path_search.py`) together
with just those patterns that could come in between. All pairs together are all common paths, so no answer is a guess:
None is a proof. Patterns that are too entangled raise OverlapLimitError, which no caller may take for "no overlap".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lanegate.core.meeting import Segments, may_meet
from lanegate.core.name_states import LETTERS
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.path_search import Budget, OverlapLimitError, shortest_path
from lanegate.core.patterns import Pattern, parse_pattern
from lanegate.core.precedence import HERE, Deciding, Ladder, Rung, list_ladder

__all__ = ["STEPS", "Budget", "Common", "OverlapLimitError", "common_path", "scopes_overlap", "shortest_common"]

#: Steps of the search that one question may take: a second or two. Honest policies need some thousands.
STEPS = 30_000
_RANK = bytes.maketrans(LETTERS + b"/", bytes(range(len(LETTERS) + 1)))


class Common(NamedTuple):
    """A path that two ladders decide by these rungs."""

    path: bytes
    first: Rung
    second: Rung


def common_path(first: Sequence[Pattern], second: Sequence[Pattern], budget: Budget | None = None) -> bytes | None:
    """The shortest path whose last matching pattern has no `!` in both lists; None is a proof that there is none.

    Of several shortest ones the first by LETTERS (small letters first; a slash last). Raises OverlapLimitError.
    """
    one, other = list_ladder(first), list_ladder(second)
    pairs = [
        (rung, against)
        for rung in one.answering(HERE)
        for against in other.answering(HERE)
        if may_meet(rung.segments, against.segments)
    ]
    found = shortest_common(one, other, pairs, budget or Budget(STEPS))
    return found.path if found else None


def scopes_overlap(first: Sequence[str], second: Sequence[str]) -> bytes | None:
    """`common_path` of two lists of pattern texts, such as the scopes of two locks.

    Raises OverlapLimitError, and PatternError for a text that is no pattern of the dialect.
    """
    return common_path([parse_pattern(text) for text in first], [parse_pattern(text) for text in second])


def shortest_common(one: Ladder, other: Ladder, pairs: Iterable[tuple[Rung, Rung]], budget: Budget) -> Common | None:
    """The first of the shortest paths that some pair of rungs decides, each on its ladder.

    pairs: a rung of `one` and a rung of `other`; those without a common path may be left out.
    Where the budget ends with one found, it is given, though a shorter one may exist. Raises OverlapLimitError.
    """
    best: Common | None = None
    for rung, against in sorted(pairs, key=_least):
        if best is not None and _least((rung, against)) > len(best.path):
            break
        if one.shadow(rung, against.segments) or other.shadow(against, rung.segments):
            continue
        goal = Deciding(
            (
                (rung, one.above(rung, against.segments)),
                (against, other.above(against, rung.segments)),
            )
        )
        try:
            path = shortest_path(goal.patterns, goal, budget, len(best.path) if best else None)
        except OverlapLimitError:
            if best is None:
                raise
            return best
        if path is not None and (best is None or in_order(path) < in_order(best.path)):
            best = Common(path, rung, against)
    return best


def in_order(path: bytes) -> tuple[int, bytes]:
    """A key that sorts paths as they are found: shorter ones first, then by LETTERS."""
    return len(path), path.translate(_RANK)


def _least(pair: tuple[Rung, Rung]) -> int:
    """No path that both rungs match is shorter."""
    return max(_length(pair[0].segments), _length(pair[1].segments))


def _length(segments: Segments) -> int:
    from lanegate.core.segments import places_of

    names = [places_of(name) for name in segments if name != b"**"]
    return sum(max(1, sum(place is not None for place in name)) for name in names) + len(names) - 1
