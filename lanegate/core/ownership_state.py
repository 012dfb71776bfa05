"""A policy's rules laid out for `core/ownership.py`: plain values that `marshal` writes and reads in one go.

Every rule of the policy has a position: first the rows of the matrix, then lane by lane `owned_paths`, `modify_paths`,
`read_paths`, `out_of_scope`, then zone by zone `paths`, each in the order of the file. So the lists of a
lane are five numbers, where each begins and where the last ends, and the last matching pattern of a list is the highest
matching position between two of them.

The state is a tuple of
    FORMAT      of this layout: changes with it, so that an old cache is not misread
    grants      the four grants by level: none, READ, MODIFY, PRIMARY
    lanes       ((id, the five numbers, row levels), …), active lanes first, then by id; row levels is a byte for each
                row of the matrix: 0 where it does not name the lane, else 1 + the level of its grant
    negated     a byte for each rule: 1 if it takes away
    texts, wheres, lines    of the rules, each one string with a rule a line: taken apart only when a rule is shown
    shelves     the state of the index (`core/index_build.py`)
    zones       where the list of each zone begins, and where the last one ends; empty without zones
"""

from __future__ import annotations

from typing import Any

from lanegate.core.index import PatternIndex
from lanegate.core.ownership import FORMAT
from lanegate.core.patterns import parse_pattern
from lanegate.core.policy import MODIFY, NONE, PRIMARY, READ, Lane, Policy, Rule

_GRANTS = (NONE, READ, MODIFY, PRIMARY)


def state_of(policy: Policy) -> tuple[Any, ...]:
    """The state of a policy's ownership. Raises PatternError for a rule that is no pattern of the dialect."""
    rules = [row.rule for row in policy.matrix]
    lanes = []
    for lane in sorted(policy.lanes.values(), key=lambda lane: (lane.state != "active", lane.id)):
        lanes.append((lane.id, _append(rules, lane), _row_levels(policy, lane.id)))
    zones = []
    for zone in policy.zones:
        zones.append(len(rules))
        rules.extend(zone.paths)
    patterns = [parse_pattern(rule.text) for rule in rules]
    return (
        FORMAT,
        _GRANTS,
        tuple(lanes),
        bytes(pattern.negated for pattern in patterns),
        "\n".join(rule.text for rule in rules),
        "\n".join(rule.where for rule in rules),
        "\n".join(str(rule.line) for rule in rules),
        PatternIndex(patterns).state(),
        (*zones, len(rules)) if zones else (),
    )


def _append(rules: list[Rule], lane: Lane) -> tuple[int, ...]:
    """Put a lane's rules at the end; where each of its lists begins, and where the last ends."""
    bounds = [len(rules)]
    for paths in (lane.owned_paths, lane.modify_paths, lane.read_paths, lane.out_of_scope):
        rules.extend(paths)
        bounds.append(len(rules))
    return tuple(bounds)


def _row_levels(policy: Policy, lane: str) -> bytes:
    return bytes(1 + _GRANTS.index(row.grants[lane]) if lane in row.grants else 0 for row in policy.matrix)
