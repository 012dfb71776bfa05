"""Whether a policy could ever be changed again by the rules that it makes itself: if not, it is refused (LG702).

Asked of the policy file that a push would leave on the trusted ref; design sections 3.2 and 4. It refuses only what is
certain, so each step below asks for one way that works:

    1. a rule names the trusted ref, and it belongs to no lane; the policy file is not frozen
    2. a maintainer can be recognised, and may push there; whoever may write in the zone of the policy file can bring it
    3. where that rule asks for acceptance, some active lane may change the policy file
    4. in such a lane a maintainer can bring the change: it is proven to be the lane's, and to be a maintainer's
    5. and somebody else can accept it: an acceptor with a key who neither owns the lane nor signed the change, or any
       acceptor with a key under `self_accept`

Under identity `none` nobody is asked for, so only 1 can fail. What the bootstrap pusher may do is no part of this.
"""

from __future__ import annotations

from lanegate.core.judge_push import may_push
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.ownership import Ownership
from lanegate.core.policy import (
    APPEND_ONLY,
    FROZEN,
    MODIFY,
    NOBODY,
    NONE,
    PRIMARY,
    SHARED,
    Lane,
    Person,
    Policy,
    RefRule,
    Zone,
)
from lanegate.core.refs import LANE, match_ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class LockedOut(NamedTuple):
    """why: what is missing, in words. hint: what to change in the policy."""

    why: str
    hint: str


def lock_out(policy: Policy, trusted_ref: str, policy_path: bytes) -> LockedOut | None:
    """Why nobody could ever land a change of the file at `policy_path` under this policy, None if somebody can."""
    found = match_ref(policy, trusted_ref)
    if found is None:
        why = f"no rule of [[refs]] names {trusted_ref}: nobody could push there again"
        return LockedOut(why, "add a rule to [[refs]]")
    rule, lane = found
    if lane is not None:
        why = f"{trusted_ref} is the ref of lane {lane}: the trusted ref belongs to no lane"
        return LockedOut(why, "add a rule of its own to [[refs]], above the one with {lane}")
    zone = _zone_of(policy, policy_path)
    if zone is not None and zone.mode == FROZEN:
        path = policy_path.decode("utf-8", "replace")
        return LockedOut(f"{path} is in a frozen zone: nobody could change it again", f"take {path} out of the zone")
    if policy.identity == NOBODY:
        return None
    people = [policy.people[name] for name in policy.roles.get("maintainer", ())]
    maintainers = [person for person in people if _could_push(policy, rule, person)]
    if not maintainers:
        why = f"no maintainer may push to {trusted_ref}: nobody could change the policy again"
        return LockedOut(why, "let a maintainer who can be recognised push there: [roles], [people], [[refs]]")
    if zone is not None and zone.roles and not _may_write(policy, zone, maintainers):
        path, roles = policy_path.decode("utf-8", "replace"), " or ".join(zone.roles)
        why = f"only {roles} may write {path}, and nobody of them could bring a change of it"
        return LockedOut(why, "let a maintainer hold a role of that zone")
    return _never_accepted(policy, rule, trusted_ref, policy_path, maintainers) if rule.accepted else None


def _zone_of(policy: Policy, path: bytes) -> Zone | None:
    at = Ownership(policy).zone(path) if policy.zones else None
    return None if at is None else policy.zones[at]


def _may_write(policy: Policy, zone: Zone, maintainers: list[Person]) -> bool:
    """Whether somebody who holds a role of the policy file's zone could bring a change of it: a maintainer, the owner
    of a lane whose ref holds the change before it lands, or nobody is asked (`bots`)."""
    members = {name for role in zone.roles for name in policy.roles.get(role, ())}
    if any(person.id in members for person in maintainers):
        return True
    lanes = [lane for lane in policy.lanes.values() if lane.state == "active"]
    return any(lane.bots or (policy.asks_pusher and not members.isdisjoint(lane.owners)) for lane in lanes)


def _could_push(policy: Policy, rule: RefRule, maintainer: Person) -> bool:
    """Whether a maintainer can be recognised as one, and as somebody who may push."""
    by_name, by_key = policy.asks_pusher and maintainer.pushers, policy.asks_signature and maintainer.keys
    if rule.pushers is None:
        return bool(by_name or by_key)
    return bool(by_key or by_name) and bool(maintainer.pushers) and may_push(policy, rule, maintainer.id)


def _never_accepted(
    policy: Policy, rule: RefRule, trusted_ref: str, policy_path: bytes, maintainers: list[Person]
) -> LockedOut | None:
    """Steps 3 to 5, for maintainers who could push a change of the policy."""
    path = policy_path.decode("utf-8", "replace")
    ownership = Ownership(policy)
    active = [lane for lane in policy.lanes.values() if lane.state == "active"]
    lanes = [lane for lane in active if _may_change(policy, ownership, lane, policy_path)]
    if not lanes:
        why = f"{trusted_ref} takes accepted commits only, and no active lane may change {path}"
        return LockedOut(why, f"give {path} to an active lane: owned_paths, or a row of the matrix")
    names = ", ".join(lane.id for lane in lanes[:20]) + (", …" if len(lanes) > 20 else "")
    ways = [(lane, signers) for lane in lanes if (signers := set(_ways(policy, rule, lane, maintainers)))]
    if not ways:
        nobody = f"no maintainer could bring a change of {path} in lane {names}"
        why = f"{trusted_ref} takes accepted commits only, and {nobody}"
        return LockedOut(why, _HINTS[policy.identity])
    keyed = {name for name in policy.roles.get("acceptor", ()) if policy.people[name].keys}
    for lane, signers in ways:
        others = keyed if policy.self_accept else keyed - set(lane.owners)
        if others and (policy.self_accept or any(others - {signer} for signer in signers)):
            return None
    why = f"nobody could accept a change of {path} in lane {names}: every acceptor with keys owns the lane or made it"
    return LockedOut(why, "name an acceptor with keys who does not own the lane, or set self_accept = true")


def _may_change(policy: Policy, ownership: Ownership, lane: Lane, path: bytes) -> bool:
    """Whether a lane may change the content of the file at a path."""
    match = ownership.grant(lane.id, path)
    zone = ownership.zone(path)
    if zone is not None and policy.zones[zone].mode in (SHARED, APPEND_ONLY):
        return not match.out_of_scope
    if match.grant in (PRIMARY, MODIFY):
        return True
    free = match.grant == NONE and not match.out_of_scope and policy.unowned == "allow"
    return free and not ownership.owners(path)


def _ways(policy: Policy, rule: RefRule, lane: Lane, maintainers: list[Person]) -> Iterator[str | None]:
    """Each way in which a maintainer brings a change in a lane: who signed it without need to own the lane, or None.

    `rule` is that of the trusted ref. What names no lane is taken as the lane's by its verdict where the lane says
    `bots`, whoever signed it; under identity `pusher` it must stand on the lane's ref all the same.
    """
    owners = [policy.people[name] for name in lane.owners]
    lane_rules = [other for other in policy.refs if LANE in other.name]
    named = [owner for owner in owners if owner.pushers]
    on_lane_ref = any(may_push(policy, other, owner.id) for other in lane_rules for owner in named)
    if policy.identity == "pusher":
        if on_lane_ref:
            yield None
        return
    straight = on_lane_ref or any(may_push(policy, rule, owner.id) for owner in named)
    for maintainer in maintainers:
        is_lanes = lane.bots or maintainer.id in lane.owners
        if policy.asks_pusher and maintainer.pushers and (is_lanes or on_lane_ref or any(o.keys for o in owners)):
            yield None
        if maintainer.keys and (is_lanes or (policy.asks_pusher and straight)):
            yield maintainer.id


_HINTS = {
    "pusher": "give the lane owners with pushers, and [[refs]] a {lane} rule under which they may push",
    "signature": "let a maintainer with keys own that lane: the one who signs the change must be both",
    "either": "give the lane owners with keys or pushers, or let a maintainer own it",
}
