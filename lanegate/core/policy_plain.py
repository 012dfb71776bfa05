"""A policy as nested tuples of plain values: what a server keeps (`marshal`) so as not to parse the same blob again.

Rules: `from_plain(to_plain(policy)) == policy`. The first item is the layout, taken from the fields of the values
themselves, so that a cache written by another version of lanegate is refused rather than misread. Nothing else is
checked: whoever keeps a cache keeps it where only the server writes, under the id of the blob it was read from.
"""

from __future__ import annotations

from lanegate.core.policy import Lane, MatrixRow, Person, Policy, RefRule, Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Plain = tuple[Any, ...]

LAYOUT: Plain = tuple((kind.__name__, *kind._fields) for kind in (Rule, MatrixRow, Person, RefRule, Lane, Policy))

#: Those of a lane's fields that hold rules.
_LISTS = ("owned_paths", "modify_paths", "read_paths", "out_of_scope")


def to_plain(policy: Policy) -> Plain:
    """A policy as tuples of str, int, bool and None only; `marshal.dumps` takes it."""
    return (
        LAYOUT,
        policy.identity,
        policy.unowned,
        policy.max_active_lanes,
        tuple(map(tuple, policy.people.values())),
        tuple(policy.roles.items()),
        tuple(_lane_to_plain(lane) for lane in policy.lanes.values()),
        tuple((tuple(row.rule), tuple(row.grants.items())) for row in policy.matrix),
        tuple(map(tuple, policy.refs)),
    )


def from_plain(plain: Plain) -> Policy:
    """The policy that `to_plain` was given. Raises ValueError for the layout of another version."""
    if not plain or plain[0] != LAYOUT:
        raise ValueError("kept by another version of lanegate")
    _, identity, unowned, max_active_lanes, people, roles, lanes, matrix, refs = plain
    return Policy(
        identity=identity,
        unowned=unowned,
        max_active_lanes=max_active_lanes,
        people={person.id: person for person in map(Person._make, people)},
        roles=dict(roles),
        lanes={lane.id: lane for lane in map(_lane_from_plain, lanes)},
        matrix=tuple(MatrixRow(Rule._make(rule), dict(grants)) for rule, grants in matrix),
        refs=tuple(map(RefRule._make, refs)),
    )


def _lane_to_plain(lane: Lane) -> Plain:
    fields = lane._asdict()
    return tuple(tuple(map(tuple, fields[name])) if name in _LISTS else fields[name] for name in fields)


def _lane_from_plain(plain: Plain) -> Lane:
    fields = dict(zip(Lane._fields, plain, strict=True))
    for name in _LISTS:
        fields[name] = tuple(map(Rule._make, fields[name]))
    return Lane(**fields)
