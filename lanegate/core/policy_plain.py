"""A policy as nested tuples of plain values: what a server keeps (`marshal`) so as not to parse the same blob again.

Rules: `from_plain(to_plain(policy)) == policy`. The first item is the layout, taken from the fields of the values
themselves, so that a cache written by another version of lanegate is refused rather than misread. Nothing else is
checked: whoever keeps a cache keeps it where only the server writes, under the id of the blob it was read from.

The rules on paths are one string of bytes within it, opened on demand: ten thousand of them take longer to make than
ten commits to judge, and whoever has the policy's `Ownership` does not need them.
"""

from __future__ import annotations

import marshal

from lanegate.core.policy import Gate, Lane, MatrixRow, Person, Policy, RefRule, Rule, Server, Zone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Plain = tuple[Any, ...]

_KINDS = (Rule, MatrixRow, Zone, Person, Server, Gate, RefRule, Lane, Policy)
LAYOUT: Plain = (3, *((kind.__name__, *kind._fields) for kind in _KINDS))

#: Those of a lane's fields that hold rules.
_LISTS = ("owned_paths", "modify_paths", "read_paths", "out_of_scope")
_NO_RULES: dict[str, Any] = dict.fromkeys(_LISTS, ())


def to_plain(policy: Policy) -> Plain:
    """A policy as tuples of str, int, bool, None and bytes only; `marshal.dumps` takes it."""
    rules: Plain = (
        tuple(tuple(tuple(map(tuple, getattr(lane, name))) for name in _LISTS) for lane in policy.lanes.values()),
        tuple((tuple(row.rule), tuple(row.grants.items())) for row in policy.matrix),
        tuple(tuple(map(tuple, zone.paths)) for zone in policy.zones),
    )
    return (
        LAYOUT,
        policy.identity,
        policy.unowned,
        policy.max_active_lanes,
        tuple(map(tuple, policy.people.values())),
        tuple(policy.roles.items()),
        tuple(tuple(lane._replace(**_NO_RULES)) for lane in policy.lanes.values()),
        tuple(map(tuple, policy.refs)),
        policy.self_accept,
        policy.override,
        tuple(map(tuple, policy.servers.values())),
        tuple(map(tuple, policy.gates.values())),
        tuple(tuple(zone._replace(paths=())) for zone in policy.zones),
        marshal.dumps(rules),
    )


def from_plain(plain: Plain, *, with_rules: bool = True) -> Policy:
    """The policy that `to_plain` was given, or all of it but the rules on paths (of lanes, matrix and zones).

    Raises ValueError for the layout of another version.
    """
    if not plain or plain[0] != LAYOUT:
        raise ValueError("kept by another version of lanegate")
    _, identity, unowned, max_active_lanes, people, roles, lanes, refs, *others = plain
    self_accept, override, servers, gates, zones, rules = others
    policy = Policy(
        identity=identity,
        unowned=unowned,
        max_active_lanes=max_active_lanes,
        people={person.id: person for person in map(Person._make, people)},
        roles=dict(roles),
        lanes={lane.id: lane for lane in map(Lane._make, lanes)},
        refs=tuple(map(RefRule._make, refs)),
        self_accept=self_accept,
        override=override,
        servers={server.id: server for server in map(Server._make, servers)},
        gates={gate.id: gate for gate in map(Gate._make, gates)},
        zones=tuple(map(Zone._make, zones)),
    )
    if not with_rules:
        return policy
    lists, matrix, of_zones = marshal.loads(rules)  # noqa: S302 (of to_plain)
    return policy._replace(
        lanes={lane.id: _with_rules(lane, of_lane) for lane, of_lane in zip(policy.lanes.values(), lists, strict=True)},
        matrix=tuple(MatrixRow(Rule._make(rule), dict(grants)) for rule, grants in matrix),
        zones=tuple(
            zone._replace(paths=tuple(map(Rule._make, paths)))
            for zone, paths in zip(policy.zones, of_zones, strict=True)
        ),
    )


def _with_rules(lane: Lane, lists: tuple[Plain, ...]) -> Lane:
    made: dict[str, Any] = {name: tuple(map(Rule._make, plain)) for name, plain in zip(_LISTS, lists, strict=True)}
    return lane._replace(**made)
