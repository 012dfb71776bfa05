"""The lock registry's state: who holds which lock, and what each record makes of it (design section 6; R-B03, R-B04).

The tree at the registry's tip holds `record`, the newest record (core/record.py), and `locks`, a line for each lock
that is not released, by id, spelt as the ledger's lines are (core/ledger.py). Each state is made from the one before
and the new record alone (`after`), so whoever has a record and the tree before it can tell the tree after it, byte by
byte.

    acquire     a new lock; its fence is the record's number
    heartbeat   the same lock, its lease from `at` again
    reclaim     the same id and scope, to another holder; the fence is the record's number
    release     the lock is gone, and its id free again

A lock is live until its lease ends, then *stale*: it covers nothing any more, and still stands in the way of other
lanes until somebody reclaims it and says why. Whether a record may do what it does is core/judge_locks.py's to say.
"""

from __future__ import annotations

from lanegate.core.ledger import RECORD as RECORD
from lanegate.core.ledger import Entry, entry_line, read_entries
from lanegate.core.ledger import encoded as _encoded
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.record_log import Log
from lanegate.core.refs import LOCKS_REF as LOCKS_REF

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from lanegate.core.record import Record

LOCKS_FILE = b"locks"
SYNC = "give the lock command again: it writes the record anew on top of the server's registry"
#: Locks of a registry, live and stale, and bytes of the file that holds them: it is read whole for every answer, and
#: what could not be read any more could not be released either.
MAX_LOCKS, MAX_BYTES = 5_000, 4 << 20


class Lock(NamedTuple):
    """lane: that holds it; owner: who wrote the record that gave it, None under identity `none`. scope: patterns.
    start: when this holder got it, heartbeat: when he last said so, expires: when the lease ends or ended, in seconds
    since 1970. fence: number of the record that gave it to him."""

    id: str
    lane: str
    owner: str | None
    scope: tuple[str, ...]
    objective: str
    start: int
    heartbeat: int
    expires: int
    fence: int


class Held:
    """The locks of a registry at a time. now: seconds since 1970."""

    def __init__(self, locks: Iterable[Lock], now: int) -> None:
        self.now = now
        self.locks = tuple(locks)
        self._starts = [_starts(lock.scope) for lock in self.locks]
        self._scopes: dict[tuple[str, ...], Callable[[bytes], bool]] = {}

    @property
    def live(self) -> tuple[Lock, ...]:
        return tuple([lock for lock in self.locks if self.now < lock.expires])

    @property
    def stale(self) -> tuple[Lock, ...]:
        return tuple([lock for lock in self.locks if self.now >= lock.expires])

    def covering(self, path: bytes) -> tuple[Lock, ...]:
        """The live locks whose scope covers a path."""
        rows = zip(self._starts, self.locks, strict=True)
        near = [lock for starts, lock in rows if path.startswith(starts) and self.now < lock.expires]
        return tuple([lock for lock in near if self._covers(lock.scope)(path)])

    def _covers(self, scope: tuple[str, ...]) -> Callable[[bytes], bool]:
        if scope not in self._scopes:
            self._scopes[scope] = coverage(scope)
        return self._scopes[scope]


def coverage(scope: Sequence[str]) -> Callable[[bytes], bool]:
    """What says whether a scope covers a path: the last pattern that matches it has no `!`."""
    from lanegate.core.patterns import parse_pattern

    patterns = [parse_pattern(text) for text in reversed(scope)]
    return lambda path: next((not pattern.negated for pattern in patterns if pattern.matches(path)), False)


def _starts(scope: Iterable[str]) -> tuple[bytes, ...]:
    """What a path that a scope covers starts with: one of these. Wildcards are encoded as in a line."""
    return tuple([_encoded(text).partition("%")[0].strip("/").encode() for text in scope if text[0] != "!"])


def read_locks(content: bytes) -> tuple[Lock, ...]:
    """The locks of the state's file `locks`, by id. Raises ValueError for what is none."""
    return tuple([_lock(entry) for entry in read_entries(content)]) if content else ()


def locks_file(locks: Sequence[Lock]) -> bytes:
    """The file `locks`; `read_locks` gives them back."""
    return b"".join([entry_line(_entry(lock)) for lock in sorted(locks)])


def _entry(lock: Lock) -> Entry:
    by = (("by", lock.owner),) if lock.owner is not None else ()
    times = (("start", str(lock.start)), ("heartbeat", str(lock.heartbeat)), ("expires", str(lock.expires)))
    values = (("id", lock.id), ("lane", lock.lane), *by, *[("scope", text) for text in lock.scope])
    return Entry(lock.fence, "lock", (*values, ("objective", lock.objective), *times))


def _lock(entry: Entry) -> Lock:
    """The lock that a line is. Raises ValueError."""
    one = dict(entry.values)
    try:
        start, heartbeat, expires = [int(one[name]) for name in ("start", "heartbeat", "expires")]
        who = (one["id"], one["lane"], one.get("by"))
        lock = Lock(*who, entry.all("scope"), one["objective"], start, heartbeat, expires, entry.number)
    except KeyError as missing:
        raise ValueError(f"a lock without {missing.args[0]}") from None
    if not lock.scope or _entry(lock) != entry:
        raise ValueError(f"not the line of a lock: {lock.id[:40]}")
    return lock


def lock_of(locks: Sequence[Lock], name: str) -> Lock | None:
    """The lock of that id, None if there is none."""
    return next((lock for lock in locks if lock.id == name), None)


def after(locks: Sequence[Lock], record: Record) -> tuple[Lock, ...]:
    """The locks after a record of the registry, by id. What a record says of a lock that is not there has no effect."""
    from lanegate.core.lock_record import Acquire, Heartbeat, Reclaim, Release

    body = record.body
    if not isinstance(body, (Acquire, Heartbeat, Reclaim, Release)):
        raise TypeError("not a record of the lock registry")
    others = [lock for lock in locks if lock.id != body.lock]
    at = time_of(record)
    if isinstance(body, Acquire):
        lease = (at, at, at + body.seconds)
        others.append(Lock(body.lock, body.lane, record.writer, body.scope, body.objective, *lease, record.number))
    former = lock_of(locks, body.lock)
    if former is not None and isinstance(body, Heartbeat):
        others.append(former._replace(heartbeat=at, expires=at + body.seconds))
    if former is not None and isinstance(body, Reclaim):
        lease = (at, at, at + body.seconds)
        scope = former.scope
        others.append(Lock(body.lock, body.lane, record.writer, scope, body.objective, *lease, record.number))
    return tuple(sorted(others))


def time_of(record: Record) -> int:
    """When a record of the registry was written by its own account, in seconds since 1970; 0 where it has no time."""
    from lanegate.core.instant import seconds_of

    return seconds_of(getattr(record.body, "at", "")) or 0


def locks_before(before: str | None, read: Callable[[bytes], bytes | None]) -> tuple[Lock, ...]:
    """The locks of a state, as core/ledger.py's `written` is given it. Raises ValueError where it is damaged: behind a
    record there is always a file of locks."""
    content = read(LOCKS_FILE)
    if content is None and before is not None:
        raise ValueError("there is no file `locks`")
    return read_locks(content or b"")


def written(record: Record, before: str | None, read: Callable[[bytes], bytes | None]) -> dict[bytes, bytes]:
    """What a record makes of the state, as core/ledger.py's `written`. Raises ValueError where that is damaged."""
    return {LOCKS_FILE: locks_file(after(locks_before(before, read), record))}


_KINDS = frozenset(("acquire", "heartbeat", "release", "reclaim"))
LOCKS = Log(LOCKS_REF, "lock registry", _KINDS, written, "LG407", SYNC)
