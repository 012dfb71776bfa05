"""What a policy says of acceptance, as the oracle reads it, and why a table that says it is no policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Table = dict[str, Any]

TOP = {"self_accept", "override", "servers", "gates"}
LANE = {"depends_on", "bots"}
REF = {"accepted", "from", "gates", "gate_tip", "order"}
KINDS = ("requirements", "implementation", "quality", "operations", "orchestration")


def asks_acceptance(table: Table) -> bool:
    return any(rule.get("accepted", False) for rule in table.get("refs", []))


def asks_keys(table: Table) -> bool:
    """Whether keys of people say anything: commits or records are signed."""
    asks_records = asks_acceptance(table) or any(zone.get("mode") == "high-risk" for zone in table.get("zones", []))
    return table["identity"] in ("signature", "either") or (table["identity"] == "pusher" and asks_records)


def problems(table: Table, rule_of: Callable[[str], Table | None]) -> list[str]:
    """Why the table is no policy, for what it says of acceptance. rule_of: the rule for a ref."""
    return _without_effect(table) + _people(table) + _lanes(table) + _rules(table, rule_of)


def _without_effect(table: Table) -> list[str]:
    is_asked, is_none = asks_acceptance(table), table["identity"] == "none"
    keys = [*(["servers", "override"] if is_none or not is_asked else []), *([] if is_asked else ["self_accept"])]
    found = [f"{key} without effect" for key in keys if table.get(key)]
    for id, lane in table.get("lanes", {}).items():
        waits = [other for other, how in lane.get("depends_on", {}).items() if how != "none"]
        if (waits or lane.get("bots", False)) and not is_asked:
            found.append(f"lanes.{id}: depends_on or bots without effect")
    return found


def _people(table: Table) -> list[str]:
    if not asks_acceptance(table) or table["identity"] == "none":
        return []
    people, roles = table.get("people", {}), table.get("roles", {})
    found = [] if any(people[id].get("keys") for id in roles.get("acceptor", [])) else ["no acceptor has a key"]
    if table.get("override") and not any(people[id].get("pushers") for id in roles.get("maintainer", [])):
        found.append("nobody could override")
    return found


def _lanes(table: Table) -> list[str]:
    lanes = table.get("lanes", {})
    waits = {id: set(lane.get("depends_on", {})) for id, lane in lanes.items()}
    found = [f"lanes.{id}.depends_on: {other}" for id in waits for other in waits[id] if other not in lanes]
    hard = {
        id: {other for other, how in lane.get("depends_on", {}).items() if how != "none"} for id, lane in lanes.items()
    }
    for id in lanes:
        reached, rest = set[str](), [*hard[id]]
        while rest:
            other = rest.pop()
            if other not in reached and other in lanes:
                reached.add(other)
                rest += hard[other]
        found += [f"lanes.{id} waits for itself"] if id in reached or id in waits[id] else []
    return found


def _rules(table: Table, rule_of: Callable[[str], Table | None]) -> list[str]:
    found: list[str] = []
    for rule in table.get("refs", []):
        name, gates = rule["name"], rule.get("gates", [])
        if not rule.get("accepted", False):
            found += [f"{name}: {key} without accepted" for key in REF - {"accepted"} if rule.get(key)]
            continue
        if "{lane}" in name or name.startswith("refs/tags/"):
            found.append(f"{name}: acceptance is not asked there")
        found += [f"{name}: no gate {gate}" for gate in gates if gate not in table.get("gates", {})]
        if rule.get("gate_tip", False) and not gates:
            found.append(f"{name}: gate_tip without gates")
        order = rule.get("order", [])
        if len(set(order)) != len(order) or any(kind not in KINDS for kind in order):
            found.append(f"{name}: order")
        start = rule.get("from")
        if start is not None:
            other = rule_of(start)
            if "*" in start or start == name or other is None or not other.get("accepted", False):
                found.append(f"{name}: from {start}")
    return found
