"""An index over patterns laid out for `core/index.py`, as a hook that starts for one commit loads it fastest.

The heads are dealt out to *shelves* of some tens each, by a number made of their bytes; a shelf is the `marshal` text
of {head: place}. What stands there is plain values. A place is

    int                  a pattern ends here, nothing goes on: its position
    (int, …)             several do
    [ends, names, scan, buckets, globstar]
        ends             (int, …): positions of the patterns that end here
        names            {name: place}, or None
        scan             {segment with wildcards: place}, each tried in turn, or None
        buckets          ((where, size, {bytes: {segment: place}}), …): segments by their longest plain stretch, its
                         place in the name and its size, so that thousands cost a few looks; or None
        globstar         the place after `**`, tried at this depth and at every deeper one, or None
"""

from __future__ import annotations

import marshal
from collections.abc import Sequence
from typing import Any

from lanegate.core.index import shelf_number
from lanegate.core.patterns import Pattern
from lanegate.core.segments import is_literal, plain_stretch

Place = Any
#: Of a place in the making: positions of the patterns that end there, and what follows.
Draft = tuple[list[int], dict[bytes, "Draft"]]

#: So many segments with wildcards beside each other are tried one by one; more are put into buckets.
_FEW = 8
#: Heads on a shelf, about.
_SHELF = 32


def shelves_of(patterns: Sequence[Pattern]) -> tuple[bytes, ...]:
    """The shelves of an index over the patterns; their positions are those in the sequence."""
    heads = _heads(patterns)
    count = len(heads) // _SHELF + 1
    shelves: list[dict[bytes, Place]] = [{} for _ in range(count)]
    for head, place in heads.items():
        shelves[shelf_number(head, count)][head] = place
    return tuple(map(marshal.dumps, shelves))


def _heads(patterns: Sequence[Pattern]) -> dict[bytes, Place]:
    """The place at each head."""
    drafts: dict[bytes, Draft] = {}
    for position, pattern in enumerate(patterns):
        segments = pattern.segments
        cut = 0
        while cut < len(segments) and is_literal(segments[cut]):
            cut += 1
        draft = drafts.setdefault(b"/".join(segments[:cut]), ([], {}))
        for segment in segments[cut:]:
            draft = draft[1].setdefault(segment, ([], {}))
        draft[0].append(position)
    return {head: _place(draft) for head, draft in drafts.items()}


def _place(draft: Draft) -> Place:
    ends, below = draft
    if not below:
        return ends[0] if len(ends) == 1 else tuple(ends)
    names: dict[bytes, Place] = {}
    scan: dict[bytes, Place] = {}
    globstar = None
    for segment, under in below.items():
        if segment == b"**":
            globstar = _place(under)
        elif is_literal(segment):
            names[segment] = _place(under)
        else:
            scan[segment] = _place(under)
    buckets: dict[tuple[int, int], dict[bytes, dict[bytes, Place]]] = {}
    for segment in list(scan) if len(scan) > _FEW else ():
        where, stretch = plain_stretch(segment)
        if stretch:
            table = buckets.setdefault((where, len(stretch)), {})
            table.setdefault(stretch, {})[segment] = scan.pop(segment)
    crowd = tuple((where, size, table) for (where, size), table in buckets.items())
    return [tuple(ends), names or None, scan or None, crowd or None, globstar]
