"""Who held what, and when: a whole lock registry looked at afterwards (design section 6; R-B17, R-D04).

A landing names the registry's tip that it was judged by and the time. So what was live then is asked by the number of a
record and a time, for any record of the registry, which is read once: each holding of a lock is kept with the records
that began, prolonged and ended it, and all scopes that there ever were stand in one index.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from lanegate.core.locks import after
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.scope_index import ScopeIndex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lanegate.core.locks import Lock
    from lanegate.core.record import Record

#: The end of what has not ended.
_NEVER = 1 << 62


class _Holding:
    """One lane's hold on a lock, from the record that gave it on. lock: as it was last. numbers, times: of the records
    that began and prolonged it, a time being (when, until when). end: number of the record that ended it."""

    __slots__ = ("end", "lock", "numbers", "times")

    def __init__(self, lock: Lock) -> None:
        self.lock = lock
        self.numbers = [lock.fence]
        self.times = [(lock.heartbeat, lock.expires)]
        self.end = _NEVER


class _Scope:
    """Every holding of one scope, in the order of the records that gave them. firsts: their numbers. latest: for each
    the last end among it and those before. lanes: for each lane the first record that gave it one."""

    __slots__ = ("firsts", "holdings", "lanes", "latest")

    def __init__(self, holdings: list[_Holding]) -> None:
        self.holdings = holdings
        self.firsts = [holding.lock.fence for holding in holdings]
        self.latest = list(accumulate((holding.end for holding in holdings), max))
        self.lanes: dict[str, int] = {}
        for holding in holdings:
            self.lanes.setdefault(holding.lock.lane, holding.lock.fence)

    def at(self, number: int) -> Iterator[_Holding]:
        """Those that a record had begun and none up to it had ended."""
        for place in range(bisect_right(self.firsts, number) - 1, -1, -1):
            if self.latest[place] <= number:
                return
            if self.holdings[place].end > number:
                yield self.holdings[place]


class LockHistory:
    """All locks that the records of a registry tell of. records: from the first one on, verified."""

    def __init__(self, records: Iterable[Record]) -> None:
        present: dict[str, _Holding] = {}
        by_scope: dict[tuple[str, ...], list[_Holding]] = {}
        for record in records:
            name = str(getattr(record.body, "lock", ""))
            holding = present.pop(name, None)
            for lock in after(() if holding is None else (holding.lock,), record):
                if holding is None or lock.fence != holding.lock.fence:
                    present[name] = _Holding(lock)
                    by_scope.setdefault(lock.scope, []).append(present[name])
                    continue
                present[name] = holding
                holding.lock = lock
                holding.numbers.append(record.number)
                holding.times.append((lock.heartbeat, lock.expires))
            if holding is not None and present.get(name) is not holding:
                holding.end = record.number
        self._scopes = list(map(_Scope, by_scope.values()))
        self._index = ScopeIndex(by_scope)

    def at(self, number: int, now: int) -> HeldThen:
        """What was held when the registry ended with this record (0: before the first), at a time."""
        return HeldThen(self, number, now)

    def covering(self, path: bytes) -> Iterator[_Scope]:
        """The scopes that there ever were and that cover a path."""
        return (self._scopes[place] for place in self._index.covering(path))


class HeldThen(NamedTuple):
    """What the registry held at a record and a time; `covering` as that of `core.locks.Held`."""

    history: LockHistory
    number: int
    now: int

    def covering(self, path: bytes) -> tuple[Lock, ...]:
        """The locks that were live then and cover a path."""
        found = []
        for scope in self.history.covering(path):
            for holding in scope.at(self.number):
                when, until = holding.times[bisect_right(holding.numbers, self.number) - 1]
                if self.now < until:
                    found.append(holding.lock._replace(heartbeat=when, expires=until))
        return tuple(sorted(found))

    def was_held(self, lane: str, path: bytes) -> bool:
        """Whether a lane held a lock that covers a path then or at any time before."""
        return any(scope.lanes.get(lane, _NEVER) <= self.number for scope in self.history.covering(path))
