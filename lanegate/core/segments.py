"""One segment of a pattern against one name of a path: bytes to bytes, no regular expressions.

A segment is literal text, or text with `*` (any bytes, or none), `?` (one byte) and classes such as `[a-z0-9_]` (one
byte). `core/dialect.py` refuses everything else before it comes here: no negated class, no backslash, no `**`. A
class of one special character is how the dialect spells it: `[*]`, `[?]`, `[[]`.

Matching takes one pass. What stands between two stars has a fixed length, so the leftmost place where it fits is
always a right one and nothing is tried twice: the time is at most the length of the name times the length of the
segment, whatever the number of stars.

The lean hook loads this module: it imports nothing at run time.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    #: What stands between two stars: plain bytes, or for each place the bytes that fit there (empty: every byte).
    Piece = bytes | tuple[bytes, ...]

_STAR, _ANY, _OPEN = b"*?["

#: Where in a name a plain stretch of a segment stands.
START, END, INSIDE = range(3)


def is_literal(segment: bytes) -> bool:
    """Whether a segment matches only the name that it spells."""
    return not (b"*" in segment or b"?" in segment or b"[" in segment)


def plain_stretch(segment: bytes) -> tuple[int, bytes]:
    """The longest plain text that every matching name holds, and where: START, END or INSIDE of it.

    `b"test_*.py"` gives `START, b"test_"`; empty text when there is none, as in `b"*"`.
    """
    places = places_of(segment)
    where, longest = INSIDE, b""
    start = 0
    for at in range(len(places) + 1):
        if at == len(places) or len(places[at] or b"") != 1:
            if at - start > len(longest):
                longest = b"".join(place or b"" for place in places[start:at])
                where = START if start == 0 else END if at == len(places) else INSIDE
            start = at + 1
    return where, longest


def compile_segment(segment: bytes) -> Callable[[bytes], bool]:
    """A function that says whether a name (bytes without `/`) matches the segment."""
    first, *middle = _pieces(segment)
    if not middle:
        return lambda name: len(name) == len(first) and _fits(first, name, 0)
    last = middle.pop()
    if middle or not (isinstance(first, bytes) and isinstance(last, bytes)):
        return _scanner(first, middle, last)
    shortest = len(first) + len(last)
    return lambda name: len(name) >= shortest and name.startswith(first) and name.endswith(last)


def _scanner(first: Piece, middle: list[Piece], last: Piece) -> Callable[[bytes], bool]:
    def matches(name: bytes) -> bool:
        at, end = len(first), len(name) - len(last)
        if at > end or not _fits(first, name, 0) or not _fits(last, name, end):
            return False
        for piece in middle:
            at = _find(piece, name, at, end)
            if at < 0:
                return False
            at += len(piece)
        return True

    return matches


def _pieces(segment: bytes) -> list[Piece]:
    """The segment split at its stars; at least one piece, first and last possibly empty."""
    pieces: list[list[bytes]] = [[]]
    for place in places_of(segment):
        if place is None:
            pieces.append([])
        else:
            pieces[-1].append(place)
    return [b"".join(piece) if all(len(place) == 1 for place in piece) else tuple(piece) for piece in pieces]


def places_of(segment: bytes) -> list[bytes | None]:
    """For each place of the segment the bytes that fit there: empty for every byte, None for a star."""
    places: list[bytes | None] = []
    at = 0
    while at < len(segment):
        byte = segment[at]
        if byte == _STAR:
            places.append(None)
        elif byte == _ANY:
            places.append(b"")
        elif byte == _OPEN:
            end = segment.index(b"]", at)
            places.append(_members(segment[at + 1 : end]))
            at = end
        else:
            places.append(segment[at : at + 1])
        at += 1
    return places


def _members(inside: bytes) -> bytes:
    """The bytes that a class stands for: `b"a-c_"` gives `b"abc_"`. A dash in the last place is itself."""
    members = bytearray()
    at = 0
    while at < len(inside):
        if inside[at + 1 : at + 2] == b"-" and at + 2 < len(inside):
            members += bytes(range(inside[at], inside[at + 2] + 1))
            at += 3
        else:
            members.append(inside[at])
            at += 1
    return bytes(members)


def _fits(piece: Piece, name: bytes, at: int) -> bool:
    """Whether the piece stands in `name` at `at`; the name is long enough."""
    if isinstance(piece, bytes):
        return name.startswith(piece, at)
    return all(not members or name[at + place] in members for place, members in enumerate(piece))


def _find(piece: Piece, name: bytes, start: int, end: int) -> int:
    """The leftmost place in name[start:end] where the piece stands, -1 if there is none."""
    if isinstance(piece, bytes):
        return name.find(piece, start, end)
    for at in range(start, end - len(piece) + 1):
        if _fits(piece, name, at):
            return at
    return -1
