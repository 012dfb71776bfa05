"""Rectangles in proportion to numbers, as square as can be ("Squarified Treemaps", Bruls, Huizing, van Wijk 2000).

Plain arithmetic in a fixed order: the same numbers give the same picture everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from lanegate.core.named_tuple import NamedTuple


class Rect(NamedTuple):
    x: float
    y: float
    width: float
    height: float

    @property
    def area(self) -> float:
        return self.width * self.height

    def inside(self, side: float, top: float) -> Rect:
        """The rectangle without a margin: `side` at the left, right and below, `top` above; never less than nothing."""
        return Rect(
            self.x + side,
            self.y + top,
            max(self.width - 2 * side, 0.0),
            max(self.height - top - side, 0.0),
        )


def squarified(weights: Sequence[int], room: Rect) -> list[Rect]:
    """A rectangle for each weight, in their order; together they fill the room. weights: positive, largest first."""
    total = sum(weights)
    areas = [room.area * weight / total for weight in weights]
    placed: list[Rect] = []
    at = 0
    while at < len(areas):
        short = min(room.width, room.height)
        end = at + 1
        while end < len(areas) and _worst(areas[at : end + 1], short) <= _worst(areas[at:end], short):
            end += 1
        row, room = _row(areas[at:end], room)
        placed += row
        at = end
    return placed


def sliced(weights: Sequence[int], room: Rect) -> list[Rect]:
    """A strip for each weight across the longer side, in their order."""
    total, done = sum(weights), 0
    strips = []
    for weight in weights:
        start, size = done / total, weight / total
        done += weight
        if room.width >= room.height:
            strips.append(Rect(room.x + room.width * start, room.y, room.width * size, room.height))
        else:
            strips.append(Rect(room.x, room.y + room.height * start, room.width, room.height * size))
    return strips


def _worst(areas: Sequence[float], short: float) -> float:
    """How far from square the worst of a row is."""
    total = sum(areas)
    if total <= 0 or short <= 0:
        return 0.0
    side = total / short
    return max(max(side * side / area, area / (side * side)) for area in (areas[0], areas[-1]) if area > 0)


def _row(areas: Sequence[float], room: Rect) -> tuple[list[Rect], Rect]:
    """The row laid along the shorter side, and the room that is left."""
    total = sum(areas)
    row = []
    if room.width >= room.height:
        width = min(total / room.height, room.width) if room.height > 0 else 0.0
        y = room.y
        for area in areas:
            height = area / width if width > 0 else 0.0
            row.append(Rect(room.x, y, width, height))
            y += height
        return row, Rect(room.x + width, room.y, room.width - width, room.height)
    height = min(total / room.width, room.height) if room.width > 0 else 0.0
    x = room.x
    for area in areas:
        width = area / height if height > 0 else 0.0
        row.append(Rect(x, room.y, width, height))
        x += width
    return row, Rect(room.x, room.y + height, room.width, room.height - height)
