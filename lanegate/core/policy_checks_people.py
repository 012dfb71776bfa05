"""Checks on who is who: people, the names a server authenticates them by, the keys they sign with, and their roles.

Keys sign commits (`signature`, `either`) and, where a ref asks for acceptance or a zone for locks, records.

Under identity `none` nobody is proven to be anybody, so rules that name people are refused (design section 3.3). A
person is recognised by a pusher name (`pusher`), a key (`signature`) or one of both (`either`): a name or a key is one
person, and whoever a rule names needs one. Who may push to a ref is told by the pusher name alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from lanegate.core.policy import BUILT_IN_ROLES, Person, Policy, Server
from lanegate.core.policy_problems import Findings, nearest
from lanegate.core.toml_lines import Key, dotted, quoted

NONE_NAMES_NOBODY = 'rules that name people need another identity: under "none" nobody is proven to be anybody'
PUSHERS, KEYS = "pushers", "keys"
#: By identity: what a person is recognised by.
RECOGNISED_BY = {"pusher": (PUSHERS,), "signature": (KEYS,), "either": (PUSHERS, KEYS)}


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


def check_keys(policy: Policy, findings: Findings) -> None:
    """Keys are sound, say something, and each belongs to one person or one server only."""
    from lanegate.core.ssh_keys import parse_key_line
    from lanegate.core.ssh_wire import FormatError

    owners: dict[bytes, Person | Server] = {}
    holders: tuple[Person | Server, ...] = (*policy.people.values(), *policy.servers.values())
    for holder in holders:
        path = ("people" if isinstance(holder, Person) else "servers", holder.id, KEYS)
        if isinstance(holder, Person) and holder.keys and not policy.asks_keys:
            why = (
                f'identity = "{policy.identity}" asks for no signatures, no rule of [[refs]] for acceptance '
                "and no zone for locks, so keys are without effect"
            )
            findings.refuse(path, NONE_NAMES_NOBODY if policy.identity == "none" else why)
            continue
        for index, line in enumerate(holder.keys):
            try:
                key = parse_key_line(line)
            except FormatError as wrong:
                findings.refuse((*path, index), str(wrong))
                continue
            owner = owners.setdefault(key.blob, holder)
            if owner is not holder:
                findings.refuse((*path, index), _two_holders(owner, holder))


def _two_holders(first: Person | Server, second: Person | Server) -> str:
    whose = f"{first.id}'s" if isinstance(first, Person) else f"that of server {first.id}"
    one = "person" if isinstance(first, Person) and isinstance(second, Person) else "person or one server"
    return f"this key is {whose} too: a key is one {one}"


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
            check_recognised(policy, member, (*path, index), findings, (PUSHERS, KEYS))


def check_recognised(
    policy: Policy, name: str, path: tuple[Key, ...], findings: Findings, by: tuple[str, ...] | None = None
) -> None:
    """A name in a rule is a person of the policy who can be recognised: by any of `by`, or as the identity has it."""
    person = policy.people.get(name)
    if person is None:
        hint = nearest(name, policy.people) or f": add [{dotted(('people', name))}]"
        findings.refuse(path, f"{quoted(name)} is no person of this policy{hint}")
        return
    ways = [way for way in by or RECOGNISED_BY[policy.identity] if way == PUSHERS or policy.asks_keys]
    if not any(getattr(person, way) for way in ways):
        missing = " or ".join(dotted(("people", name, way)) for way in ways)
        what = " and no ".join(ways)
        findings.refuse(path, f"{quoted(name)} has no {what}: the server could never recognise them; add {missing}")


def check_twins(names: Iterable[str], path: tuple[Key, ...], what: str, findings: Findings) -> None:
    """Ids that differ only in case are one id to some file systems and most people."""
    first: dict[str, str] = {}
    for name in names:
        twin = first.setdefault(name.casefold(), name)
        if twin != name:
            findings.refuse((*path, name), f"differs from the {what} {quoted(twin)} only in case")
