"""A gate report as TOML, written in one way; `core.report.read_report` gives it back."""

from __future__ import annotations

import json

from lanegate.core.report import FORMAT, ChangedFile, Report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Value = str | int | bool | tuple[str, ...]


def write_report(report: Report, comments: Mapping[str, str] | None = None) -> bytes:
    """The bytes of a report. comments: lines put in front of a section, by its name, for who fills in a draft."""
    tables: list[tuple[str, list[dict[str, Value]]]] = [
        ("files", [_file(file) for file in report.files]),
        ("criteria", [row._asdict() for row in report.criteria]),
        ("gates", [row._asdict() for row in report.gates]),
    ]
    scope: dict[str, Value] = {
        "lane": report.lane,
        "objective": report.objective,
        "owned_paths": report.owned_paths,
        "commits": report.commits,
        "ran": report.ran,
    }
    compliance = {"architecture": report.architecture, "docs": report.docs, "policy": report.policy}
    risks = {
        **_said("items", "none", report.risks),
        **_said("assumptions", "no_assumptions", report.assumptions),
    }
    disposition = {"decision": report.decision, "next": report.next}
    parts = [
        "".join([f"format = {FORMAT}\n", *(f"{name} = []\n" for name, rows in tables if not rows)]),
        _table("[scope]", scope),
        *(_table(f"[[{name}]]", row) for name, rows in tables for row in rows),
        _table("[compliance]", compliance),
        _table("[risks]", risks),
        _table("[disposition]", disposition),
    ]
    return "\n".join(_commented(parts, comments or {})).encode()


def _commented(parts: Iterable[str], comments: Mapping[str, str]) -> Iterable[str]:
    """The parts with the comment of a section in front of its first table."""
    left = dict(comments)
    for part in parts:
        name = part.partition("\n")[0].strip("[]")
        lines = left.pop(name, "")
        yield "".join(f"# {line}\n" for line in lines.splitlines()) + part


def _table(header: str, values: Mapping[str, Value]) -> str:
    return "".join([f"{header}\n", *(f"{key} = {_value(value)}\n" for key, value in values.items())])


def _file(file: ChangedFile) -> dict[str, Value]:
    """Paths that are not plain text are written as hex digits."""
    try:
        text = file.path.decode()
    except UnicodeDecodeError:
        text = ""
    path = {"path": text} if text.isprintable() and text else {"path_hex": file.path.hex()}
    return {**path, "change": file.change, "grant": file.grant}


def _said(items: str, none: str, found: tuple[str, ...] | None) -> dict[str, Value]:
    if found == ():
        return {none: True}
    return {items: found or ()}


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        items = [_value(item) for item in value]
        return f"[{', '.join(items)}]" if len(items) < 2 else "[\n" + "".join(f"  {item},\n" for item in items) + "]"
    # JSON's strings are TOML's basic strings, as long as no character is escaped as two (RFC 8259; TOML 1.0, "String")
    return json.dumps(value, ensure_ascii=False)
