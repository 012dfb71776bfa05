"""Locks for people, as the runbook's Markdown table (R-B03), and for scripts."""

from __future__ import annotations

import json

from lanegate.core.instant import instant_of
from lanegate.render.json import violation_value
from lanegate.render.plain import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from lanegate.core.decision import Violation
    from lanegate.core.locks import Lock

VERSION = 1
_HEADS = ("lock_id", "owner", "scope globs", "objective", "start", "heartbeat", "expires_at")


def locks_table(locks: Iterable[Lock], now: int) -> str:
    """The runbook's table, ending with a newline. now: in seconds since 1970; whose lease ended by then is stale."""
    rows = [_HEADS, tuple("-" * len(head) for head in _HEADS), *[_row(lock, now) for lock in locks]]
    return "".join([f"| {' | '.join(row)} |\n" for row in rows])


def _row(lock: Lock, now: int) -> tuple[str, ...]:
    stale = "" if now < lock.expires else " (stale)"
    scope = " ".join([f"`{_cell(text)}`" for text in lock.scope])
    owner = _cell(lock.lane if lock.owner is None else f"{lock.lane} ({lock.owner})")
    times = (instant_of(lock.start), instant_of(lock.heartbeat), instant_of(lock.expires) + stale)
    return (lock.id, owner, scope, _cell(lock.objective), *times)


def _cell(text: str) -> str:
    return one_line(text).replace("|", "\\|")


def lock_value(lock: Lock, now: int) -> dict[str, Any]:
    """A lock as JSON has it."""
    return {
        "lock_id": lock.id,
        "lane": lock.lane,
        "owner": lock.owner,
        "scope": list(lock.scope),
        "objective": lock.objective,
        "start": instant_of(lock.start),
        "heartbeat": instant_of(lock.heartbeat),
        "expires_at": instant_of(lock.expires),
        "fence": lock.fence,
        "state": "live" if now < lock.expires else "stale",
    }


def locks_json(locks: Iterable[Lock], now: int, **more: Any) -> str:
    """One JSON object, ending with a newline: version, now, what else is given, locks."""
    return _object(version=VERSION, now=instant_of(now), **more, locks=[lock_value(lock, now) for lock in locks])


def changed_json(
    decision: str, locks: Sequence[Lock], now: int, records: Sequence[int], refused: Sequence[Violation], **more: Any
) -> str:
    """What a lock command did, as one JSON object, ending with a newline. `lock`: the lock, where it is about one.
    records: numbers of what it wrote, none where all was so already."""
    values = [lock_value(lock, now) for lock in locks]
    return _object(
        version=VERSION,
        decision=decision,
        lock=values[0] if len(values) == 1 else None,
        locks=values,
        records=list(records),
        violations=[violation_value(violation) for violation in refused],
        now=instant_of(now),
        **more,
    )


def _object(**named: Any) -> str:
    return json.dumps(named, ensure_ascii=False, indent=2) + "\n"
