"""Two patterns side by side, without a search: whether they may have a path in common, whether one covers the other.

Both answers err on the safe side, and quickly: `may_meet` says no only where there is no such path, `covers` says yes
only where every path of the one is one of the other. `core/overlap.py` asks them first, so that most pairs need no
search; what is left it decides exactly.

Patterns are their segments as in `core.patterns.Pattern`; a path counts when the pattern matches it or a folder above.
"""

from __future__ import annotations

from functools import lru_cache

from lanegate.core.segments import compile_segment, is_literal

Segments = tuple[bytes, ...]


def may_meet(first: Segments, second: Segments) -> bool:
    """Whether some path may match both; False is certain."""
    at = 0
    for one, other in zip(first, second, strict=False):  # most differ in one of the plain names at the start
        if one != other or one == b"**":
            break
        at += 1
    tried: set[tuple[int, int]] = set()
    rest = [(at, at)]
    while rest:
        pair = rest.pop()
        if pair in tried:
            continue
        tried.add(pair)
        here, there = pair
        if here == len(first) or there == len(second):
            return True
        one, other = first[here], second[there]
        if one == b"**":
            rest += [(here + 1, there), (here, there + 1)]
        if other == b"**":
            rest += [(here, there + 1), (here + 1, there)]
        if one != b"**" and other != b"**" and names_may_meet(one, other):
            rest.append((here + 1, there + 1))
    return False


def covers(wide: Segments, narrow: Segments) -> bool:
    """Whether every path that `narrow` matches is matched by `wide`; True is certain."""
    rest = [(0, 0)]
    while rest:
        at, below = rest.pop()
        if at == len(wide):
            return True
        if below == len(narrow):
            continue
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
        return compile_segment(other)(one)
    if is_literal(other):
        return compile_segment(one)(other)
    begins, ends = plain_ends(one)
    other_begins, other_ends = plain_ends(other)
    fits_before = begins.startswith(other_begins) or other_begins.startswith(begins)
    return fits_before and (ends.endswith(other_ends) or other_ends.endswith(ends))


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
    return is_literal(narrow) and compile_segment(wide)(narrow)
