"""Whether a next version of a policy could land by the rules that this one makes, and be accepted where that is asked.

docs/judgement.md, "The policy file": asked of every policy that a push would leave on the trusted ref.
"""

from __future__ import annotations

from tests.differential.rules import RECOGNISED_BY, Policy, Table, is_recognised
from tests.differential.rules_zones import FROZEN, OPEN


def can_be_changed(policy: Policy, trusted: str, path: bytes) -> bool:
    """Whether some maintainer, or under `none` anybody, could land a change of the policy's file."""
    match = policy.ref_rule(trusted)
    if match is None or match.lane is not None:
        return False
    zone = policy.zone(path) or {}
    if zone.get("mode") == FROZEN:
        return False
    if policy.identity == "none":
        return True
    ways, pushers = RECOGNISED_BY[policy.identity], match.rule.get("pushers")
    known = [id for id in policy.people if is_recognised(policy.table, id, ways)]
    maintainers = [id for id in known if policy.holds(id, ["maintainer"])]
    able = [id for id in maintainers if pushers is None or _has_name_and_role(policy, id, pushers)]
    if not may_write(policy, able, zone.get("roles", [])):
        return False
    if not match.rule.get("accepted", False):
        return bool(able)
    return any(could_land(policy, id, lane, match.rule) for id in able for lane in lanes_that_change(policy, path))


def may_write(policy: Policy, maintainers: list[str], roles: list[str]) -> bool:
    """Whether somebody of the roles of the file's zone, where it has any, could write it: a maintainer, an owner whose
    lane's ref holds the change before it lands, or whoever it is, for a lane that has bots."""
    lanes = [policy.lanes[lane] for lane in policy.lanes if policy.is_active(lane)]
    owners = [owner for lane in lanes for owner in lane.get("owners", [])] if policy.by_pusher else []
    has_bots = any(lane.get("bots", False) for lane in lanes)
    return not roles or has_bots or any(policy.holds(one, roles) for one in [*maintainers, *owners])


def _has_name_and_role(policy: Policy, person: str, roles: list[str]) -> bool:
    return policy.holds(person, roles) and bool(policy.people[person].get("pushers"))


def lanes_that_change(policy: Policy, path: bytes) -> list[str]:
    """The active lanes that may change the content of the file at a path: where its zone lets any lane, any for which
    it is not out of scope."""
    if policy.mode(path) in OPEN:
        return [lane for lane in policy.lanes if policy.is_active(lane) and policy.grant(lane, path) != "out"]
    is_free = policy.table.get("unowned", "deny") == "allow" and not policy.is_owned(path)
    allowed = ("PRIMARY", "MODIFY", "-") if is_free else ("PRIMARY", "MODIFY")
    return [lane for lane in policy.lanes if policy.is_active(lane) and policy.grant(lane, path) in allowed]


def could_land(policy: Policy, maintainer: str, lane: str, rule: Table) -> bool:
    """Whether a maintainer could bring a change in a lane to the trusted ref, and somebody else could accept it."""
    owners: list[str] = policy.lanes[lane].get("owners", [])
    named = [id for id in owners if policy.people[id].get("pushers")]
    keyed = {id for id in policy.roles.get("acceptor", []) if policy.people[id].get("keys")}
    others = keyed if policy.self_accepts else keyed - set(owners)
    is_shown = any(_may_push(policy, id, one) for one in policy.refs if "{lane}" in one["name"] for id in named)
    if policy.identity == "pusher":
        return is_shown and bool(others)
    me, is_own = policy.people[maintainer], maintainer in owners or policy.lanes[lane].get("bots", False)
    is_pushed = policy.by_pusher and (is_shown or any(_may_push(policy, id, rule) for id in named))
    if me.get("keys") and (is_own or is_pushed) and (others if policy.self_accepts else others - {maintainer}):
        return True
    is_the_lanes = is_own or is_shown or any(policy.people[id].get("keys") for id in owners)
    return policy.by_pusher and bool(me.get("pushers")) and is_the_lanes and bool(others)


def _may_push(policy: Policy, person: str, rule: Table) -> bool:
    return "pushers" not in rule or policy.holds(person, rule["pushers"])
