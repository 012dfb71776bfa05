"""Checks on ref rules: names that git can hold, each once, and pushers who are roles or people of the policy."""

from __future__ import annotations

from lanegate.core.policy import BUILT_IN_ROLES, Policy
from lanegate.core.policy_checks_people import NONE_NAMES_NOBODY, PUSHERS, check_recognised
from lanegate.core.policy_problems import Findings, nearest
from lanegate.core.refs import name_problem
from lanegate.core.toml_lines import Key, quoted


def check_ref_names(policy: Policy, findings: Findings) -> None:
    """Each name can be that of a ref, is not built in, and stands once (the first match wins)."""
    first: dict[str, int] = {}
    for index, rule in enumerate(policy.refs):
        path = ("refs", index, "name")
        wrong = name_problem(rule.name)
        if wrong:
            findings.refuse(path, f"{quoted(rule.name)}: {wrong}")
        line = first.setdefault(rule.name, rule.line)
        if line != rule.line:
            message = f"{quoted(rule.name)} has a rule already, on line {line}: the first match wins"
            findings.refuse(path, message)


def check_ref_pushers(policy: Policy, findings: Findings) -> None:
    """`pushers` names roles or people that are in the policy, and none under identity `none`."""
    for index, rule in enumerate(policy.refs):
        path = ("refs", index, "pushers")
        if rule.pushers is not None and policy.identity == "none":
            findings.refuse(path, NONE_NAMES_NOBODY)
            continue
        for place, name in enumerate(rule.pushers or ()):
            _check_pusher(policy, name, (*path, place), findings)


def _check_pusher(policy: Policy, name: str, path: tuple[Key, ...], findings: Findings) -> None:
    if name in policy.roles:
        members = [policy.people[member] for member in policy.roles[name] if member in policy.people]
        if members and not any(person.pushers for person in members):
            message = f"nobody of the role {quoted(name)} has pushers: the server could never recognise who pushes"
            findings.refuse(path, message)
        return
    if name in policy.people:
        check_recognised(policy, name, path, findings, (PUSHERS,))
    elif name in BUILT_IN_ROLES:
        findings.refuse(path, f"nobody holds the role {quoted(name)}: name them in [roles]")
    else:
        hint = nearest(name, (*policy.roles, *policy.people))
        findings.refuse(path, f"{quoted(name)} is neither a role nor a person of this policy{hint}")
