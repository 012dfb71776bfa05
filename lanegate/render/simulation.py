"""What a policy would have refused, for people and for scripts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lanegate.core.named_tuple import NamedTuple
from lanegate.core.simulation import HAND_OVER, LIFT, SETTLE, Remedy, Row
from lanegate.core.toml_lines import quoted
from lanegate.render.json import path_fields
from lanegate.render.plain import one_line, show_path
from lanegate.render.terminal import Terminal, behind, columns_of

JSON_VERSION = 1
#: Rows and remedies that people are shown.
MOST_SHOWN = 20
#: Where the words of a row start, behind how often it was.
_BELOW = 10


class Told(NamedTuple):
    """What is rendered. lanes: (lane, commits, of them with a trailer, of them refused)."""

    base: str | None
    tip: str
    commits: int
    refused: int
    lanes: Sequence[tuple[str, int, int, int]]
    rows: Sequence[Row]
    remedies: Sequence[Remedy]
    notes: Sequence[str]


def simulation_text(told: Told, terminal: Terminal | None = None) -> str:
    """The answer for people, ending with a newline. terminal: where it is read; None for a pipe."""
    since = f"since {told.base[:7]}" if told.base is not None else "of all history"
    lines = [f"{told.refused} of {told.commits} commits {since} would have been refused"]
    lines += [f"  {one_line(lane)}: {refused} of {commits}" for lane, commits, _, refused in told.lanes]
    if told.rows:
        lines += ["", "What was refused, most often first:"]
        lines += _capped((_row(row, terminal) for row in told.rows[:MOST_SHOWN]), len(told.rows))
    if told.remedies:
        lines += ["", "What would let it through, if it should be:"]
        lines += _capped((_remedy(one, terminal) for one in told.remedies[:MOST_SHOWN]), len(told.remedies))
    return "\n".join(lines) + "\n"


def _capped(rows: Iterable[Sequence[str]], number: int) -> Iterator[str]:
    for lines in rows:
        yield from lines
    if number > MOST_SHOWN:
        yield f"  … and {number - MOST_SHOWN} more: --format json has all"


def _row(row: Row, terminal: Terminal | None) -> list[str]:
    """A line; where that is too long for the terminal, the path on one and why below."""
    path = "" if row.path is None else f" {one_line(show_path(row.path))}"
    lane = "" if row.lane is None else f"{row.lane}: "
    hint = f"; {one_line(row.hint)}" if row.path is None and row.hint else ""
    start, why = f"  {_times(row.commits)}  {row.code}{path}", one_line(lane + row.message) + hint
    if terminal is None or terminal.width is None or columns_of(start) + 3 + columns_of(why) <= terminal.width:
        return [f"{start}   {why}"]
    return [start, *behind(" " * _BELOW, why, terminal)]


def _remedy(one: Remedy, terminal: Terminal | None) -> list[str]:
    return behind(f"  {_times(one.commits)}  ", one_line(remedy_words(one)), terminal)


def remedy_words(one: Remedy) -> str:
    """A remedy in words, for whoever edits the policy."""
    pattern, lane = quoted(one.pattern, 1000), one.lane
    if one.kind == HAND_OVER:
        against = quoted("!" + one.pattern, 1000)
        return f"{pattern} to owned_paths of {lane} and {against} to those of {one.owner}, or the change to {one.owner}"
    if one.kind == LIFT:
        return f"{pattern} is kept from {one.lane} by {one.owner}: change that, or leave it so"
    if one.kind == SETTLE:
        return f"{pattern} has a name that no pattern can spell: give its folder to {one.lane}"
    return f"{pattern} to {one.kind} of {one.lane}"


def _times(commits: int) -> str:
    return f"{commits:>4} x"


def simulation_json(told: Told) -> str:
    """One JSON object, ending with a newline."""
    lanes = [
        {"lane": lane, "commits": commits, "named": named, "refused": refused}
        for lane, commits, named, refused in told.lanes
    ]
    value: dict[str, Any] = {
        "version": JSON_VERSION,
        "base": told.base,
        "tip": told.tip,
        "commits": told.commits,
        "refused": told.refused,
        "lanes": lanes,
        "refusals": [_row_value(row) for row in told.rows],
        "remedies": [{**one._asdict(), "words": remedy_words(one)} for one in told.remedies],
        "notes": list(told.notes),
    }
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _row_value(row: Row) -> dict[str, Any]:
    path: dict[str, Any] = {"path": None} if row.path is None else path_fields(row.path)
    return {
        "lane": row.lane,
        "code": row.code,
        **path,
        "message": row.message,
        "commits": row.commits,
        "hint": row.hint,
    }
