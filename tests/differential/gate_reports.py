"""Gate reports as text, all seven sections filled in as an accepted verdict needs them."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

Table = dict[str, Any]


def gate_report(
    lane: str, commits: list[str], ran: str, gates: dict[str, Table], passed: list[str], failed: list[str]
) -> bytes:
    """The report of gates (their tables in a policy, by name) that ran on a commit."""
    text = [f"format = 1\nfiles = []\ncriteria = []\n{'' if passed + failed else 'gates = []'}"]
    text.append(_section("[scope]", lane=lane, objective="", owned_paths=[], commits=commits, ran=ran))
    digest = sha256(b"").hexdigest()
    for name in passed + failed:
        gate = gates.get(name, {"rung": 1, "run": ["true"]})
        for number, command in enumerate(gate["run"]):
            status = 1 if name in failed and number == 0 else 0
            row = {"name": name, "rung": gate["rung"], "command": command, "exit": status}
            text.append(_section("[[gates]]", **row, milliseconds=5, digest=digest, tail=""))
    text.append(_section("[compliance]", architecture="kept", docs="none needed", policy="kept"))
    text.append(_section("[risks]", none=True, no_assumptions=True))
    text.append(_section("[disposition]", decision="accepted", next="it lands"))
    return "\n".join(text).encode()


def _section(header: str, **values: Any) -> str:
    return "\n".join([header, *(f"{name} = {json.dumps(value)}" for name, value in values.items()), ""])
