"""The lock registry's records and the numbers of contention, for people and for scripts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from lanegate.core.lock_metrics import Contention, Metrics
from lanegate.core.record import Record
from lanegate.core.record_text import subject_of
from lanegate.render.plain import one_line
from lanegate.render.records import record_value

JSON_VERSION = 1
_UNITS = ((86_400, "d"), (3600, "h"), (60, "m"), (1, "s"))
_HEADS = ("acquired", "refused", "waited", "longest", "held", "longest", "reclaimed", "overridden", "lost", "live")


def log_line(record: Record, commit: str) -> str:
    """A record in one line: number, the start of its commit's id, its time, writer, what it says, the note."""
    at, note = getattr(record.body, "at", "-"), f" ({one_line(record.note)})" if record.note else ""
    return f"{record.number} {commit[:12]} {at} {one_line(record.writer or '-')}  {one_line(subject_of(record))}{note}"


def log_json(records: Iterable[tuple[Record, str]], metrics: Metrics, now: int) -> str:
    """One JSON object, ending with a newline. records: with the ids of their commits. now: of the metrics."""
    value = {
        "version": JSON_VERSION,
        "records": [record_value(record, commit) for record, commit in records],
        "metrics": {
            "now": now,
            "total": _value(metrics.total),
            "lanes": [{"lane": lane, **_value(one)} for lane, one in metrics.lanes],
            "scopes": [{"scope": list(scope), **_value(one)} for scope, one in metrics.scopes],
        },
    }
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _value(one: Contention) -> dict[str, Any]:
    return {
        "acquired": one.acquired,
        "refused_tries": one.refused,
        "waited_seconds": one.waited,
        "longest_wait_seconds": one.longest_wait,
        "median_hold_seconds": one.median,
        "longest_hold_seconds": one.longest,
        "reclaimed": one.reclaimed,
        "overridden": one.overridden,
        "lost": one.lost,
        "live": one.live,
    }


def metrics_text(metrics: Metrics) -> str:
    """Two tables, by lane with the sum, and by scope; end with a newline."""
    lanes = [(lane, one) for lane, one in metrics.lanes]
    scopes = [(" ".join(scope), one) for scope, one in metrics.scopes]
    tables = (_table("lane", [*lanes, ("all", metrics.total)]), _table("scope", scopes))
    key = "waited, held: in all before acquisitions, and the median of holds that ended; each with the longest one"
    return "\n\n".join("\n".join(table) for table in tables) + f"\n\n{key}\n"


def _table(head: str, rows: Sequence[tuple[str, Contention]]) -> list[str]:
    cells = [(head, *_HEADS), *((one_line(name), *_cells(one)) for name, one in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for name, *numbers in cells:
        columns = [number.rjust(width) for number, width in zip(numbers, widths[1:], strict=True)]
        lines.append("  ".join([name.ljust(widths[0]), *columns]))
    return lines


def _cells(one: Contention) -> tuple[str, ...]:
    return (
        str(one.acquired),
        str(one.refused),
        span(one.waited),
        span(one.longest_wait),
        "-" if one.median is None else span(one.median),
        "-" if one.longest is None else span(one.longest),
        *map(str, (one.reclaimed, one.overridden, one.lost, one.live)),
    )


def span(seconds: int) -> str:
    """A length of time in its two largest units: `40s`, `1m30s`, `3h20m`, `2d4h`."""
    for (size, unit), (smaller, rest) in pairwise(_UNITS):
        if seconds >= size:
            left = seconds % size // smaller
            return f"{seconds // size}{unit}" + (f"{left}{rest}" if left else "")
    return f"{seconds}s"
