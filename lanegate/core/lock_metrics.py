"""How much lanes stand in each other's way, from the records of the lock registry alone (R-B04, R-E04).

A *hold* is one lane holding one lock: from its acquisition or reclaim until it is released, taken over, or its lease
ends, whichever is first; a lock that nobody gave back was held by nobody after its lease. Medians are of holds that
ended. Refused tries and waits are what the client said when it got the lock at last: who gave up is not in the
registry.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from lanegate.core.lock_record import Acquire, Heartbeat, Reclaim, Release
from lanegate.core.locks import time_of
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.record import Record

Key = TypeVar("Key", str, tuple[str, ...])


class Hold(NamedTuple):
    """refused, waited: tries before the acquisition, and seconds since the first. reclaimed, overridden: how it began;
    lost: it ended because another record took the lock. end: None while it lasts. Times: seconds since 1970."""

    lock: str
    lane: str
    scope: tuple[str, ...]
    start: int
    expires: int
    refused: int = 0
    waited: int = 0
    reclaimed: bool = False
    overridden: bool = False
    lost: bool = False
    end: int | None = None


class Contention(NamedTuple):
    """The holds of a lane or of a scope in numbers; times in seconds. acquired: without those that were reclaimed.
    refused, waited, longest_wait: before acquisitions. median, longest: of holds that ended, None before the first.
    reclaimed: taken over from others, overridden: of these, by the lead; lost: taken over by others. live: held now."""

    acquired: int = 0
    refused: int = 0
    waited: int = 0
    longest_wait: int = 0
    median: int | None = None
    longest: int | None = None
    reclaimed: int = 0
    overridden: int = 0
    lost: int = 0
    live: int = 0


class Metrics(NamedTuple):
    """Of the whole registry; by lane, by its id; by scope, those first that were most in the way."""

    total: Contention
    lanes: tuple[tuple[str, Contention], ...]
    scopes: tuple[tuple[tuple[str, ...], Contention], ...]


def metrics_of(records: Iterable[Record], now: int) -> Metrics:
    """The numbers of a registry. records: all of it, oldest first. now: seconds since 1970."""
    holds = holds_of(records, now)
    scopes = _grouped([(hold.scope, hold) for hold in holds])
    scopes.sort(key=lambda pair: (-pair[1].refused - pair[1].reclaimed, -pair[1].waited, pair[0]))
    lanes = sorted(_grouped([(hold.lane, hold) for hold in holds]), key=lambda pair: pair[0])
    return Metrics(_contention(holds), tuple(lanes), tuple(scopes))


def holds_of(records: Iterable[Record], now: int) -> tuple[Hold, ...]:
    """Every hold in the order in which it began."""
    done: list[Hold] = []
    held: dict[str, int] = {}
    for record in records:
        body, at = record.body, time_of(record)
        if isinstance(body, Acquire):
            held[body.lock] = len(done)
            lease = (at, at + body.seconds)
            done.append(Hold(body.lock, body.lane, body.scope, *lease, body.tries, body.waited))
            continue
        if not isinstance(body, (Heartbeat, Release, Reclaim)) or body.lock not in held:
            continue
        place = held[body.lock]
        before = done[place]
        if isinstance(body, Heartbeat):
            done[place] = before._replace(expires=at + body.seconds)
        elif isinstance(body, Release):
            done[place] = _ended(before, at)
            del held[body.lock]
        else:
            done[place] = _ended(before, at)._replace(lost=True)
            held[body.lock] = len(done)
            lease = (at, at + body.seconds)
            taken = Hold(body.lock, body.lane, before.scope, *lease, reclaimed=True, overridden=body.override)
            done.append(taken)
    for place in held.values():
        if done[place].expires <= now:
            done[place] = done[place]._replace(end=done[place].expires)
    return tuple(done)


def _ended(hold: Hold, at: int) -> Hold:
    return hold._replace(end=min(at, hold.expires))


def _grouped(pairs: Sequence[tuple[Key, Hold]]) -> list[tuple[Key, Contention]]:
    groups: dict[Key, list[Hold]] = {}
    for key, hold in pairs:
        groups.setdefault(key, []).append(hold)
    return [(key, _contention(holds)) for key, holds in groups.items()]


def _contention(holds: Sequence[Hold]) -> Contention:
    lengths = sorted(hold.end - hold.start for hold in holds if hold.end is not None)
    return Contention(
        acquired=sum(not hold.reclaimed for hold in holds),
        refused=sum(hold.refused for hold in holds),
        waited=sum(hold.waited for hold in holds),
        longest_wait=max((hold.waited for hold in holds), default=0),
        median=_median(lengths),
        longest=lengths[-1] if lengths else None,
        reclaimed=sum(hold.reclaimed for hold in holds),
        overridden=sum(hold.overridden for hold in holds),
        lost=sum(hold.lost for hold in holds),
        live=sum(hold.end is None for hold in holds),
    )


def _median(lengths: Sequence[int]) -> int | None:
    """Of an even number the mean of the middle two, in whole seconds."""
    if not lengths:
        return None
    return (lengths[(len(lengths) - 1) // 2] + lengths[len(lengths) // 2]) // 2
