"""A policy as it was read, for people and for scripts (`lanegate policy show`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lanegate.core.matrix import as_text, matrix_of
from lanegate.core.policy import Gate, Lane, Person, Policy, RefRule, Zone
from lanegate.render.plain import one_line

JSON_VERSION = 1
_LISTS = (
    ("PRIMARY", "owned_paths"),
    ("MODIFY", "modify_paths"),
    ("READ", "read_paths"),
    ("out of scope", "out_of_scope"),
)
_TEXTS = (
    ("deliverable", "deliverables"),
    ("acceptance", "acceptance"),
    ("verification", "verification"),
    ("escalate if", "escalate_if"),
)


def policy_value(policy: Policy, path: str) -> dict[str, Any]:
    """The policy as values for JSON: every field by its name in the policy file, rules with `text`, `where`, `line`."""
    rows = [{"path": row.rule._asdict(), "grants": row.grants} for row in policy.matrix]
    lanes = {name: {**_fields(lane), "depends_on": dict(lane.depends_on)} for name, lane in policy.lanes.items()}
    refs = [{"from" if key == "start" else key: value for key, value in _fields(rule).items()} for rule in policy.refs]
    return {"version": JSON_VERSION, "path": path, **_fields(policy), "lanes": lanes, "matrix": rows, "refs": refs}


def _fields(value: Any) -> Any:
    """Named values as dicts by field, all the way down."""
    if hasattr(value, "_asdict"):
        return {name: _fields(field) for name, field in value._asdict().items()}
    if isinstance(value, Mapping):
        return {name: _fields(field) for name, field in value.items()}
    return [_fields(item) for item in value] if isinstance(value, tuple) else value


def policy_text(policy: Policy, path: str) -> str:
    """The policy in words, with the line of everything that decides; ends with a newline."""
    return "\n".join(one_line(line) for line in _lines(policy, path)) + "\n"


def summary(policy: Policy) -> str:
    """How much a policy says, on one line."""
    lanes = list(policy.lanes.values())
    patterns = sum(len(getattr(lane, name)) for lane in lanes for _, name in _LISTS)
    active = sum(lane.state == "active" for lane in lanes)
    counts = (
        (len(lanes), "lane"),
        (patterns, "pattern"),
        (len(policy.matrix), "matrix row"),
        (len(policy.refs), "ref rule"),
        *([(len(policy.zones), "zone")] if policy.zones else []),
    )
    words = [f"{number} {what}{'' if number == 1 else 's'}" for number, what in counts]
    return f"{words[0]} ({active} active), {', '.join(words[1:])}"


def _lines(policy: Policy, path: str) -> Iterator[str]:
    yield (
        f"{path}: identity {policy.identity}, a path that no lane owns: {policy.unowned}, "
        f"at most {policy.max_active_lanes} active lanes"
        + (", authors and owners of the lane may accept" if policy.self_accept else "")
        + (", maintainers may override" if policy.override else "")
    )
    for lane in policy.lanes.values():
        yield from _lane(lane)
    if policy.matrix:
        yield from ("", "matrix (the last matching row wins)")
        yield from (f"  {line}" for line in as_text(matrix_of(policy)).splitlines())
    if policy.zones:
        yield ""
        yield from zone_lines(policy)
    if policy.refs:
        yield from ("", "refs (the first match wins; what no rule names is refused)")
        for rule, line in zip(policy.refs, _table([_ref(rule) for rule in policy.refs]), strict=True):
            yield line
            if rule.accepted:
                yield f"    {_acceptance(rule)}"
    if policy.gates:
        yield from ("", "gates")
        yield from _table([_gate(gate) for gate in policy.gates.values()])
    if policy.servers:
        yield from ("", "servers (who sign landings)")
        yield from _table([(one.id, _keys(one.keys), f"line {one.line}") for one in policy.servers.values()])
    if policy.people or policy.roles:
        yield from ("", "people")
        yield from _table([_person(person, policy) for person in policy.people.values()])
        yield from (f"  {role}: {', '.join(members) or 'nobody'}" for role, members in policy.roles.items())


def zone_lines(policy: Policy) -> Iterator[str]:
    """The zones in words, with the line of each pattern; nothing where there are none."""
    if policy.zones:
        yield "zones (the last one that matches a path wins; out of scope beats all)"
        yield from _table(
            [(_mode(zone), rule.text, f"line {rule.line}") for zone in policy.zones for rule in zone.paths]
        )


def _mode(zone: Zone) -> str:
    return f"{zone.mode}, {' or '.join(zone.roles)} only" if zone.roles else zone.mode


def _lane(lane: Lane) -> Iterator[str]:
    facts = [f"{lane.state} {lane.kind}", _listed("owners", lane.owners)]
    facts += [
        f"{name.replace('_', ' ')} {getattr(lane, name)}"
        for name in ("role", "task", "branch", "subject_prefix")
        if getattr(lane, name) is not None
    ]
    facts += ["bots"] if lane.bots else []
    yield ""
    yield f"lane {lane.id} (line {lane.line}): {', '.join(facts)}"
    if lane.objective is not None:
        yield f"  {lane.objective}"
    if lane.depends_on:
        yield f"  depends on: {', '.join(f'{name} ({how})' for name, how in lane.depends_on)}"
    rules = [(grant, rule) for grant, name in _LISTS for rule in getattr(lane, name)]
    yield from _table([(grant, rule.text, f"line {rule.line}") for grant, rule in rules])
    for what, name in _TEXTS:
        yield from (f"  {what}: {text}" for text in getattr(lane, name))


def _person(person: Person, policy: Policy) -> tuple[str, ...]:
    signs = (_keys(person.keys),) if policy.asks_keys else ()
    return person.id, _listed("pushers", person.pushers), *signs, f"line {person.line}"


def _keys(lines: tuple[str, ...]) -> str:
    from lanegate.core.ssh_keys import parse_key_line

    return _listed("keys", tuple(parse_key_line(line).fingerprint for line in lines))


def _gate(gate: Gate) -> tuple[str, ...]:
    return gate.id, f"rung {gate.rung}", "; ".join(gate.run), f"line {gate.line}"


def _ref(rule: RefRule) -> tuple[str, ...]:
    who = "anybody" if rule.pushers is None else _listed("pushers", rule.pushers)
    if "{lane}" in rule.name:
        who += ", as owner of the lane"
    may = [word for word, allowed in (("force", rule.force), ("delete", rule.delete)) if allowed]
    return rule.name, who + (f", may {' and '.join(may)}" if may else ""), f"line {rule.line}"


def _acceptance(rule: RefRule) -> str:
    facts = ["takes accepted commits"]
    if rule.start is not None:
        facts.append(f"starts from {rule.start}")
    if rule.gates:
        facts.append(f"gates {', '.join(rule.gates)}{' (the tip too)' if rule.gate_tip else ''}")
    if rule.order:
        facts.append(f"in the order {', '.join(rule.order)}")
    return "; ".join(facts)


def _listed(what: str, names: tuple[str, ...]) -> str:
    return f"{what} {', '.join(names)}" if names else f"no {what}"


def _table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    widths = [min(max(map(len, column)), 60) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
