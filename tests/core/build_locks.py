"""Locks and records of the lock registry as values, and whether a scope covers a path, pattern by pattern."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lanegate.core.lock_record import Acquire, Heartbeat, Reclaim, Release
from lanegate.core.locks import Lock
from lanegate.core.patterns import parse_pattern
from lanegate.core.record import Record
from tests.core.records import POLICY

#: 2026-11-21T18:00:00Z, by `date -u -d @1795284000`.
NOON = 1_795_284_000
AT = "2026-11-21T18:00:00Z"
HOUR = 3600
PATHS = (b"ui/x", b"ui/y", b"ui/theme/x", b"ui/vendor/x", b"app.py", b"core/x", b"docs/x", b"src/ab.py", b"old/x")

ACQUIRE = Acquire("l-1", "ui", ("/ui/", "!/ui/theme/"), "Search dialog keeps focus", HOUR, AT)
HEARTBEAT = Heartbeat("l-1", 3, HOUR, AT)
RELEASE = Release("l-1", 3, AT)
RECLAIM = Reclaim("l-1", 3, "core", "Take it over", HOUR, AT)
LOCK_BODIES = (ACQUIRE, HEARTBEAT, RELEASE, RECLAIM, ACQUIRE._replace(tries=2, waited=90))


def lock_of(name: str = "l-1", lane: str = "ui", owner: str | None = "bob", *scope: str, **fields: Any) -> Lock:
    """A lock of an hour that was taken half an hour ago, by record 3."""
    start = NOON - HOUR // 2
    values = (name, lane, owner, scope or ("/ui/",), "Search dialog", start, start, start + HOUR, 3)
    return Lock(*values)._replace(**fields)


def record_of(body: Any, writer: str | None = "bob", number: int = 7, note: str | None = None) -> Record:
    return Record(number, POLICY, body, writer, note)


def covers(scope: Sequence[str], path: bytes) -> bool:
    """Whether the last pattern that matches takes the path in."""
    matching = [pattern for pattern in map(parse_pattern, scope) if pattern.matches(path)]
    return bool(matching) and not matching[-1].negated
