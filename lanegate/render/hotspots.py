"""Hot files for people (a bar for each) and for scripts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from lanegate.core.hotspots import Hotspot, zone_toml
from lanegate.render.json import path_fields
from lanegate.render.plain import one_line, show_path
from lanegate.render.terminal import Terminal, bar, fitted

JSON_VERSION = 1
BAR_COLUMNS = 20
#: A shorter bar shows nothing; a path keeps at least so many columns, however narrow the terminal.
_LEAST_BAR = 4
_LEAST_PATH = 12


def hotspots_text(
    files: Sequence[Hotspot], zones: Mapping[bytes, str], patterns: Sequence[str], terminal: Terminal
) -> str:
    """The table, and below it what the policy could say; ends with a newline, or empty where there is nothing to rank.

    zones: modes, of the files in one.
    """
    if not files:
        return ""
    rows = [(f"{spot.score:.1f}", *_numbers(spot)) for spot in files]
    heads = ("score", "changes", "lanes", "size")
    widths = [max(len(head), *(len(row[at]) for row in rows)) for at, head in enumerate(heads)]
    room = terminal.width - sum(widths) - 2 * len(widths) - 1 if terminal.width is not None else None
    columns = BAR_COLUMNS if room is None else min(BAR_COLUMNS, room // 3)
    if room is not None and (columns < _LEAST_BAR or room - columns - 2 < _LEAST_PATH):
        columns = 0
    gap = "  " if columns else ""
    lines = [_line(heads, widths, " " * columns + gap + "file")]
    for spot, row in zip(files, rows, strict=True):
        left = None if room is None else max(room - columns - len(gap), _LEAST_PATH)
        zone = f" [{zones[spot.file.path]}]" if spot.file.path in zones else ""
        path = fitted(one_line(show_path(spot.file.path)) + zone, left)
        lines.append(_line(row, widths, (bar(spot.score / 100, columns, terminal) if columns else "") + gap + path))
    text = "\n".join(line.rstrip() for line in lines) + "\n"
    if patterns:
        text += (
            f"\n# Several lanes keep changing these. For the policy, if they should need a lock:\n{zone_toml(patterns)}"
        )
    return text


def hotspots_json(
    tip: str, commits: int, files: Sequence[Hotspot], zones: Mapping[bytes, str], patterns: Sequence[str]
) -> str:
    """One JSON object, ending with a newline."""
    value = {
        "version": JSON_VERSION,
        "tip": tip,
        "commits": commits,
        "files": [{**_value(spot), "zone": zones.get(spot.file.path)} for spot in files],
        "proposed": {"mode": "high-risk", "paths": list(patterns)},
    }
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _value(spot: Hotspot) -> dict[str, Any]:
    file = spot.file
    return {
        **path_fields(file.path),
        "score": round(spot.score, 1),
        "changes": file.changes,
        "lanes": list(file.lanes),
        "authors": file.authors,
        "size": file.size,
    }


def _numbers(spot: Hotspot) -> tuple[str, str, str]:
    return str(spot.file.changes), str(spot.file.hands), human_size(spot.file.size)


def _line(cells: Sequence[str], widths: Sequence[int], rest: str) -> str:
    return "  ".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True)) + "  " + rest


def human_size(size: int) -> str:
    """Bytes as people read them: `812`, `4.0k`, `12M`."""
    if size < 1000:
        return str(size)
    number = float(size)
    for unit in "kMGT":
        number /= 1024
        if number < 999.5 or unit == "T":
            break
    return f"{number:.1f}{unit}" if number < 9.95 else f"{number:.0f}{unit}"
