"""Zones as the oracle reads them: why a table's zones are none, and in which zone a path stands."""

from __future__ import annotations

from typing import Any

Table = dict[str, Any]

HIGH_RISK, SHARED, APPEND_ONLY, FROZEN = "high-risk", "shared", "append-only", "frozen"
#: Modes in which grants are not asked.
OPEN = (SHARED, APPEND_ONLY)
MODES = (HIGH_RISK, SHARED, APPEND_ONLY, FROZEN)
KEYS = {"paths", "mode", "roles"}


def problems(table: Table, is_in_dialect: Any, ways: list[str]) -> list[str]:
    """Why the zones of a table are none. is_in_dialect: of a pattern and the prefix it may have. ways: how people are
    recognised, none under identity `none`."""
    zones = table.get("zones", [])
    if not isinstance(zones, list) or not all(isinstance(zone, dict) for zone in zones):
        return ["zones is no list of tables"]
    found: list[str] = []
    for zone in zones:
        paths, roles = zone.get("paths", []), zone.get("roles", [])
        if zone.keys() - KEYS or zone.get("mode") not in MODES:
            found.append(f"zone {zone}")
        if not _is_texts(paths) or not any(not text.startswith("!") for text in paths):
            found.append(f"paths of a zone: {paths}")
            continue
        found += [f"pattern of a zone: {text}" for text in paths if not is_in_dialect(text, "!")]
        if [other.get("paths") for other in zones].count(paths) > 1:
            found.append("two zones with one list")
        if not _is_texts(roles) or (roles and (not ways or zone["mode"] == FROZEN)):
            found.append(f"roles of a zone: {roles}")
            continue
        members = {role: table.get("roles", {}).get(role, []) for role in roles}
        for role, people in members.items():
            if not any(table["people"].get(one, {}).get(way) for one in people for way in ways):
                found.append(f"nobody could write as {role}")
    return found


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)
