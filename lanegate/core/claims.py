"""Claims in an order, made into lists that cannot overlap (R-A03).

Where lanes come from a file in which the last line that matches decides, whoever it names, each lane's own list says
the same: the lane's patterns in their order, and between them a `!` for each later claim of somebody else that may take
from them. So no path is in two lists (LG703 cannot arise), and what no claim covers is in none.
"""

from __future__ import annotations

from collections.abc import Sequence

from lanegate.core.meeting import Segments, covers, may_meet
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.patterns import parse_pattern


class Claim(NamedTuple):
    """A pattern of the dialect without `!`, and the lane that it gives what it matches to; None: to nobody."""

    pattern: str
    lane: str | None


class _Entry(NamedTuple):
    pattern: str
    segments: Segments
    is_own: bool


def owned_lists(claims: Sequence[Claim]) -> dict[str, tuple[str, ...]]:
    """`owned_paths` of each lane that a claim names, in the order of their first one. A lane that later claims leave
    nothing has an empty list.

    Raises PatternError for a claim that is no pattern of the dialect.
    """
    asked = [(claim, parse_pattern(claim.pattern).segments) for claim in claims]
    lanes = dict.fromkeys(claim.lane for claim in claims if claim.lane is not None)
    return {lane: _list(lane, asked) for lane in lanes}


def _list(lane: str, asked: Sequence[tuple[Claim, Segments]]) -> tuple[str, ...]:
    entries: list[_Entry] = []
    for claim, segments in asked:
        entry = _Entry(claim.pattern, segments, claim.lane == lane)
        if not _changes_nothing(entry, entries):
            entries = [old for old in entries if not covers(segments, old.segments)]
            if entry.is_own or _takes(entry, entries):
                entries.append(entry)
    kept: list[_Entry] = []
    for entry in entries:  # what a `!` took from may be gone by now
        if entry.is_own or _takes(entry, kept):
            kept.append(entry)
    return tuple(entry.pattern if entry.is_own else f"!{entry.pattern}" for entry in kept)


def _changes_nothing(entry: _Entry, before: Sequence[_Entry]) -> bool:
    """Whether the last entry before that may decide one of its paths decides all of them alike."""
    for old in reversed(before):
        if may_meet(old.segments, entry.segments):
            return old.is_own == entry.is_own and covers(old.segments, entry.segments)
    return not entry.is_own


def _takes(entry: _Entry, before: Sequence[_Entry]) -> bool:
    return any(old.is_own and may_meet(old.segments, entry.segments) for old in before)
