"""Checks on zones: lists that can have an effect, and roles that exist and that somebody recognisable holds."""

from __future__ import annotations

from lanegate.core.policy import BUILT_IN_ROLES, FROZEN, NOBODY, Policy
from lanegate.core.policy_checks_lanes import check_list
from lanegate.core.policy_checks_people import NONE_NAMES_NOBODY, RECOGNISED_BY
from lanegate.core.policy_problems import Findings, nearest
from lanegate.core.toml_lines import Key, quoted


def check_zone_paths(policy: Policy, findings: Findings) -> None:
    """No pattern and no zone that can have no effect: of two with the same list the last decides alone."""
    last: dict[tuple[str, ...], int] = {}
    for index, zone in enumerate(policy.zones):
        check_list(zone.paths, ("zones", index, "paths"), findings)
        last[tuple([rule.text for rule in zone.paths])] = index
    for index, zone in enumerate(policy.zones):
        wins = last[tuple([rule.text for rule in zone.paths])]
        if wins != index:
            line = policy.zones[wins].line
            message = (
                f"the same list stands in the zone on line {line}, which decides alone: the last matching zone wins"
            )
            findings.refuse(("zones", index, "paths"), message)


def check_zone_roles(policy: Policy, findings: Findings) -> None:
    """`roles` names roles of the policy that somebody recognisable holds, where people are recognised at all and
    anybody may write."""
    for index, zone in enumerate(policy.zones):
        path = ("zones", index, "roles")
        if zone.roles and policy.identity == NOBODY:
            findings.refuse(path, NONE_NAMES_NOBODY)
        elif zone.roles and zone.mode == FROZEN:
            findings.refuse(path, 'has no effect: nobody may change what is "frozen"')
        else:
            for place, role in enumerate(zone.roles):
                _check_role(policy, role, (*path, place), findings)


def _check_role(policy: Policy, role: str, path: tuple[Key, ...], findings: Findings) -> None:
    if role in policy.roles:
        ways = RECOGNISED_BY[policy.identity]
        members = [policy.people[name] for name in policy.roles[role] if name in policy.people]
        if not any(getattr(person, way) for person in members for way in ways):
            message = f"nobody of the role {quoted(role)} has {' or '.join(ways)}: the server could recognise no writer"
            findings.refuse(path, message)
    elif role in BUILT_IN_ROLES:
        findings.refuse(path, f"nobody holds the role {quoted(role)}: name them in [roles]")
    elif role in policy.people:
        findings.refuse(path, f"{quoted(role)} is a person: name a role that they hold")
    else:
        findings.refuse(path, f"{quoted(role)} is no role of this policy{nearest(role, policy.roles)}")
