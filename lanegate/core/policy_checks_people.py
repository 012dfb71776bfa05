"""Checks on who is who: people, the names a server authenticates them by, and the roles they hold.

Under identity `none` nobody is proven to be anybody, so rules that name people are refused (design section 3.3). Under
`pusher` a person is recognised by a pusher name alone: one name is one person, and whoever a rule names needs one.
"""

from __future__ import annotations

from collections.abc import Iterable

from lanegate.core.policy import BUILT_IN_ROLES, Person, Policy
from lanegate.core.policy_problems import Findings, nearest
from lanegate.core.toml_lines import Key, dotted, quoted

NONE_NAMES_NOBODY = 'rules that name people need identity = "pusher": under "none" nobody is proven to be anybody'


def check_people(policy: Policy, findings: Findings) -> None:
    """Ids differ in more than case, and a pusher name belongs to one person only."""
    check_twins(policy.people, ("people",), "person", findings)
    owners: dict[str, Person] = {}
    for person in policy.people.values():
        path = ("people", person.id, "pushers")
        if person.pushers and policy.identity == "none":
            findings.refuse(path, NONE_NAMES_NOBODY)
            continue
        for index, name in enumerate(person.pushers):
            owner = owners.setdefault(name.casefold(), person)
            if owner is not person:
                message = f"{quoted(name)} is a name of {owner.id} too: a pusher is one person"
                findings.refuse((*path, index), message)


def check_roles(policy: Policy, findings: Findings) -> None:
    """Roles are told apart from each other and from people, and name people who can be recognised."""
    if policy.identity == "none":
        if policy.roles:
            findings.refuse(("roles",), NONE_NAMES_NOBODY)
        return
    check_twins(policy.roles, ("roles",), "role", findings)
    people = {person.casefold(): person for person in policy.people}
    built_in = {role.casefold(): role for role in BUILT_IN_ROLES}
    for role, members in policy.roles.items():
        path = ("roles", role)
        meant = built_in.get(role.casefold(), role)
        if meant != role:
            findings.refuse(path, f"differs from the role {quoted(meant)} only in case")
        person = people.get(role.casefold())
        if person is not None:
            findings.refuse(path, f"{quoted(person)} is a person too: a list of pushers could mean either")
        for index, member in enumerate(members):
            check_recognised(policy, member, (*path, index), findings)


def check_recognised(policy: Policy, name: str, path: tuple[Key, ...], findings: Findings) -> None:
    """A name in a rule is a person of the policy that the server can recognise."""
    person = policy.people.get(name)
    if person is None:
        hint = nearest(name, policy.people) or f": add [{dotted(('people', name))}]"
        findings.refuse(path, f"{quoted(name)} is no person of this policy{hint}")
    elif not person.pushers:
        missing = dotted(("people", name, "pushers"))
        findings.refuse(path, f"{quoted(name)} has no pushers: the server could never recognise them; add {missing}")


def check_twins(names: Iterable[str], path: tuple[Key, ...], what: str, findings: Findings) -> None:
    """Ids that differ only in case are one id to some file systems and most people."""
    first: dict[str, str] = {}
    for name in names:
        twin = first.setdefault(name.casefold(), name)
        if twin != name:
            findings.refuse((*path, name), f"differs from the {what} {quoted(twin)} only in case")
