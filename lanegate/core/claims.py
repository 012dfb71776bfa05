"""Claims in an order, made into lists that cannot overlap (R-A03).

Where lanes come from a file in which the last line that matches decides, whoever it names, each lane's own list says
the same: the lane's patterns in their order, and between them a `!` for each later claim of somebody else that may take
from them. So no path is in two lists (LG703 cannot arise), and what no claim covers is in none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lanegate.core.meeting import Segments, covers, may_meet
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.patterns import parse_pattern


class Claim(NamedTuple):
    """A pattern of the dialect without `!`, and the lane that it gives what it matches to; None: to nobody. only: the
    one lane that it concerns, where it takes from that lane alone."""

    pattern: str
    lane: str | None
    only: str | None = None


class Reach(NamedTuple):
    """A claim, and whether it is shallow: what is below the last name of its pattern is not meant."""

    claim: Claim
    shallow: bool


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
    return {lane: _list(lane, [one for one in asked if one[0].only in (None, lane)]) for lane in lanes}


def spread_claims(reaches: Iterable[Reach]) -> tuple[tuple[Claim, ...], tuple[tuple[int, str], ...]]:
    """Claims that say the same without shallow ones, whoever had what is below keeping it; and which of them (counted
    from 0) could not say it for an earlier pattern, so that what that gives below is left to nobody."""
    claims: dict[object, Claim] = {}
    lost: list[tuple[int, str]] = []

    def again(claim: Claim) -> None:
        """Said once more, at the end; what was said so before goes, or they would double with each shallow one."""
        claims.pop((claim.pattern, claim.only), None)
        claims[claim.pattern, claim.only] = claim

    for number, (claim, is_shallow) in enumerate(reaches):
        before = tuple(claims.values())
        claims[number] = claim
        if is_shallow:
            deep = f"{claim.pattern}/**"
            again(Claim(deep, None, claim.only))
            for earlier in before:
                if claim.only is not None and earlier.only not in (None, claim.only):
                    continue
                below = _restricted(earlier.pattern, claim.pattern, deep)
                if below is None:  # nor may whom it took from have it
                    lost.append((number, earlier.pattern))
                    again(Claim(deep, None, claim.only or earlier.only))
                for pattern in below or ():
                    again(Claim(pattern, earlier.lane, claim.only or earlier.only))
    return tuple(claims.values()), tuple(lost)


def _restricted(pattern: str, shallow: str, deep: str) -> tuple[str, ...] | None:
    """Patterns for those paths of `pattern` that are below the entries which `shallow` matches; None: none say it."""
    earlier, entries, below = _segments(pattern), _segments(shallow), _segments(deep)
    if not may_meet(earlier, below):
        return ()
    if covers(earlier, below):
        return (deep,)
    if covers(below, earlier):
        return (pattern,)
    if covers(entries, earlier) and len(earlier) == len(entries):
        return (pattern.rstrip("/") + "/**",)
    if len(earlier) == 2 and earlier[0] == b"**" and not any(b"*" in name or b"?" in name for name in entries[:-1]):
        name = pattern.removeprefix("**/")
        return (f"{shallow[:-1]}{name.rstrip('/')}/**", f"{shallow}/**/{name}")
    return None


def _segments(pattern: str) -> Segments:
    return parse_pattern(pattern).segments


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
