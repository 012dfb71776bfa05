"""Two patterns side by side, without a search: whether they may have a path in common, whether one covers the other.

Both answers err on the safe side, and quickly: `may_meet` says no only where there is no such path, `covers` says yes
only where every path of the one is one of the other. `core/overlap.py` asks them first, so that most pairs need no
search; what is left it decides exactly.

Patterns are their segments as in `core.patterns.Pattern`; a path counts when the pattern matches it or a folder above.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import takewhile

from lanegate.core.named_tuple import NamedTuple
from lanegate.core.segments import compile_segment, is_literal, places_of

Segments = tuple[bytes, ...]

_matcher = lru_cache(maxsize=20_000)(compile_segment)


def may_meet(first: Segments, second: Segments) -> bool:
    """Whether some path may match both; False is certain."""
    for one, other in zip(first, second, strict=False):
        if b"**" in (one, other):
            return True  # it stands for all that the other one asks for; what follows it comes below
        if not names_may_meet(one, other):
            return False
    return True


def covers(wide: Segments, narrow: Segments) -> bool:
    """Whether every path that `narrow` matches is matched by `wide`; True is certain."""
    tried: set[tuple[int, int]] = set()
    rest = [(0, 0)]
    while rest:
        at, below = pair = rest.pop()
        if at == len(wide):
            return True
        if below == len(narrow) or pair in tried:
            continue
        tried.add(pair)
        if wide[at] == b"*" and at == len(wide) - 1:
            return True  # a name stands there whatever `narrow` goes on with, and what is below it counts
        if wide[at] == b"**":
            rest += [(at + 1, below), (at, below + 1)]
        elif narrow[below] != b"**" and _name_covers(wide[at], narrow[below]):
            rest.append((at + 1, below + 1))
    return False


@lru_cache(maxsize=20_000)
def names_may_meet(one: bytes, other: bytes) -> bool:
    """Whether some name may match both segments (neither is `**`); False is certain."""
    if one == other:
        return True
    if is_literal(one):
        return _matcher(other)(one)
    if is_literal(other):
        return _matcher(one)(other)
    shape, other_shape = _shape(one), _shape(other)
    for sized, against in ((shape, other_shape), (other_shape, shape)):
        if not sized.has_star and (
            against.least > sized.least or (not against.has_star and against.least < sized.least)
        ):
            return False
    ends = ((shape.begins, other_shape.begins), (shape.ends, other_shape.ends))
    return all(
        not here or not there or not set(here).isdisjoint(there)
        for pair in ends
        for here, there in zip(*pair, strict=False)
    )


class _Shape(NamedTuple):
    """The places of a segment, for each the bytes that fit (none: any): before its first star, and, backwards, behind
    its last one; least: how many places it has."""

    begins: tuple[bytes, ...]
    ends: tuple[bytes, ...]
    least: int
    has_star: bool


@lru_cache(maxsize=20_000)
def _shape(segment: bytes) -> _Shape:
    places = places_of(segment)
    least = sum(place is not None for place in places)
    return _Shape(
        tuple(place or b"" for place in takewhile(_is_place, places)),
        tuple(place or b"" for place in takewhile(_is_place, reversed(places))),
        least,
        least < len(places),
    )


def _is_place(place: bytes | None) -> bool:
    return place is not None


@lru_cache(maxsize=20_000)
def plain_ends(segment: bytes) -> tuple[bytes, bytes]:
    """The plain text that every name matching a segment begins with, and the one that it ends with.

    `b"test_*.py"` gives `b"test_", b".py"`; a literal gives itself twice.
    """
    if is_literal(segment):
        return segment, segment
    begins = segment[: min(at for at in map(segment.find, (b"*", b"?", b"[")) if at >= 0)]
    ends = segment[max(segment.rfind(b"*"), segment.rfind(b"?"), segment.rfind(b"]")) + 1 :]
    return begins, ends


def _name_covers(wide: bytes, narrow: bytes) -> bool:
    if wide in (narrow, b"*"):
        return True
    return is_literal(narrow) and _matcher(wide)(narrow)
