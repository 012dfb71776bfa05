"""Records of the ledger for people and for scripts."""

from __future__ import annotations

import json

from lanegate.core.record import write_record
from lanegate.core.record_text import subject_of
from lanegate.render.plain import one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from lanegate.core.record import Record

VERSION = 1


def record_line(record: Record, commit: str) -> str:
    """A record in one line: number, the start of its commit's id, writer, what it says."""
    return f"{record.number} {commit[:12]} {one_line(record.writer or '-')}  {one_line(subject_of(record))}"


def record_text(record: Record, commit: str, report: str | None) -> str:
    """Everything that a record says, ending with a newline."""
    lines = [f"record {record.number}: {one_line(subject_of(record))}", f"commit: {commit}"]
    for name, value in record_value(record, commit).items():
        if name not in ("number", "id", "format") and value not in (None, []):
            lines += [f"{name}: {line}" for line in _shown(value)]
    text = "\n".join(lines) + "\n"
    if report is not None:
        text += "\n" + "".join(f"  {one_line(line)}\n" for line in report.splitlines())
    return text


def _shown(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [f"{one_line(str(key))} {one_line(str(item))}" for key, item in value.items()]
    if isinstance(value, list):
        return [one_line(item if isinstance(item, str) else json.dumps(item)) for item in value]
    return [one_line(line) for line in str(value).splitlines()]


def record_value(record: Record, commit: str) -> dict[str, Any]:
    """A record as the ledger holds it, with the id of its commit."""
    return {"id": commit, **json.loads(write_record(record))}


def records_json(records: Iterable[dict[str, Any]], **more: Any) -> str:
    """One JSON object, ending with a newline: version, records, and what else is given."""
    return json.dumps({"version": VERSION, **more, "records": list(records)}, ensure_ascii=False, indent=2) + "\n"
