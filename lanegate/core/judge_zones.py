"""Zones: paths with a rule of their own, whoever owns them (docs/judgement.md, "Zones"; R-A06, R-B17, R-B19, R-D04).

    frozen        LG404, whoever it is
    roles         LG406 where whoever brings the change is not proven to hold one of them
    shared        any lane may change it
    append-only   any lane may add lines at the end, else LG405
    high-risk     what the grant says, and LG402 where another lane holds a lock, LG401 where the lane itself holds none

Out of scope beats all of it (core/judge.py). A lock is asked for when a commit first reaches a ref that a rule names.
Of one that stood on such a ref before it is enough that its lane held one at some time, since it had it then, unless
the path became high-risk only later. So what lands here passes when it is judged again (core/judge_landed_locks.py).
"""

from __future__ import annotations

from lanegate.core.decision import Violation
from lanegate.core.facts import ABSENT, EXECUTABLE, REGULAR, Change, Commit
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.policy import APPEND_ONLY, FROZEN, HIGH_RISK, Lane, Policy, Zone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lanegate.core.judge import Scope
    from lanegate.core.locks import Held, Lock
    from lanegate.core.ownership import Ownership


#: What a quoted pattern cannot hold, or takes for more than itself.
_ODD = frozenset("'\\*?[\ufffd")


class Standing(NamedTuple):
    """What the zone of a path says about a change. asks_grant: whether the lane needs its grant as well; refusal: why
    the zone does not let it pass, None if it does."""

    asks_grant: bool = False
    refusal: Violation | None = None


def judge_zones(
    policy: Policy, ownership: Ownership, lane: Lane, commit: Commit, scope: Scope
) -> dict[bytes, Standing]:
    """By path, what zones say about the changes of a commit in a lane; paths in no zone are left out."""
    found = {}
    for change in commit.changes:
        at = ownership.zone(change.path)
        if at is not None:
            standing = _standing(policy, policy.zones[at], lane, change, commit, scope)
            if standing.refusal is not None:
                standing = standing._replace(refusal=_placed(standing.refusal, ownership, lane, change.path))
            found[change.path] = standing
    return found


def _standing(policy: Policy, zone: Zone, lane: Lane, change: Change, commit: Commit, scope: Scope) -> Standing:
    if zone.mode == FROZEN:
        hint = "leave it as it is, or have a maintainer change the zone in the policy first"
        return Standing(refusal=Violation(code="LG404", message="frozen: nobody changes it", hint=hint))
    refusal = _roles(policy, zone, lane, commit, scope) if zone.roles else None
    if refusal is not None:
        return Standing(refusal=refusal)
    if zone.mode == HIGH_RISK:
        held = scope.held
        return Standing(asks_grant=True, refusal=None if held is None else _lock(held, lane, change, commit, scope))
    if zone.mode == APPEND_ONLY and change.path not in commit.appended:
        return Standing(refusal=_not_appended(change, commit))
    return Standing()


def _placed(refusal: Violation, ownership: Ownership, lane: Lane, path: bytes) -> Violation:
    rule = ownership.zone_rule(path)
    return refusal._replace(path=path, lane=lane.id, policy_line=rule.line if rule else None)


def _roles(policy: Policy, zone: Zone, lane: Lane, commit: Commit, scope: Scope) -> Violation | None:
    """LG406. Asked as it is asked who may act for a lane: of the signer or the pusher, as the identity has it, and not
    where a verdict vouches, where the lane's own ref held the commit before, or where nobody can tell (verify)."""
    members = list(dict.fromkeys([person for role in zone.roles for person in policy.roles.get(role, ())]))
    if scope.is_vouched:
        return None
    claims = []
    if policy.asks_pusher:
        if not scope.judges_people or scope.pusher in members:
            return None
        if commit.id in scope.already_on_lane.get(lane.id, ()):
            return None
        claims.append(f"pushed by {scope.pusher or 'nobody known'}")
    if policy.asks_signature:
        signer = commit.signer
        if signer is None or signer.person in members:
            return None
        claims.append(f"signed by {signer.person}" if signer.person else f"not signed by any of them: {signer.reason}")
    who = ", ".join(members)
    by = "sign or push" if len(claims) > 1 else "push" if policy.asks_pusher else "sign"
    return Violation(
        code="LG406",
        message=f"only {' or '.join(zone.roles)} may write here; {', '.join(claims)}",
        owner=who,
        hint=f"have one of them {by} the change: {who}",
    )


def _lock(held: Held, lane: Lane, change: Change, commit: Commit, scope: Scope) -> Violation | None:
    """LG401, LG402: a live lock of another lane covers the path, or none of the lane's own does."""
    covering = held.covering(change.path)
    other = next((lock for lock in covering if lock.lane != lane.id), None)
    if other is not None:
        by = f"{other.owner} for lane {other.lane}" if other.owner else f"lane {other.lane}"
        return Violation(
            code="LG402",
            message=f"high-risk, and lock {other.id} is held by {by} until {_time(other.expires)}",
            owner=f"{other.owner} ({other.lane})" if other.owner else other.lane,
            hint=f"wait until lock {other.id} is released, or ask its holder; `lanegate lock list` shows it",
        )
    if covering or (commit.id in scope.known and (lane.id, change.path) in scope.had):
        return None
    hint = f"lanegate lock acquire {pattern_for(change.path)} --lane {lane.id}, then push again"
    stale = _ran_out(held, lane, change.path)
    if commit.id in scope.known:
        message = f"high-risk, and lane {lane.id} never held a lock that covers it"
    elif stale is None:
        message = f"high-risk, and lane {lane.id} holds no lock that covers it"
    else:
        message = f"high-risk, and lock {stale.id} of lane {lane.id} ran out at {_time(stale.expires)}"
        hint = f'lanegate lock reclaim {stale.id} --note "why it ran out", then push again'
    return Violation(code="LG401", message=message, hint=hint)


def pattern_for(path: bytes) -> str:
    """A pattern for one path, as a shell takes it; a word in its place where quotes alone do not make it plain, since
    whoever named the path may have meant it to be pasted."""
    text = path.decode("utf-8", "replace")
    return f"'/{text}'" if text.isprintable() and _ODD.isdisjoint(text) else "PATTERN"


def _ran_out(held: Held, lane: Lane, path: bytes) -> Lock | None:
    """A stale lock of the lane that would cover the path."""
    from lanegate.core.locks import Held as Locks

    stale = [lock._replace(expires=held.now + 1) for lock in held.stale if lock.lane == lane.id]
    covering = Locks(stale, held.now).covering(path)
    ids = {lock.id for lock in covering}
    return next((lock for lock in held.stale if lock.id in ids), None)


def _time(seconds: int) -> str:
    from lanegate.core.instant import instant_of

    return instant_of(seconds)


def _not_appended(change: Change, commit: Commit) -> Violation:
    _, old_mode, new_mode, _, _ = change
    hint = "keep what stands there, and add lines at the end"
    if new_mode == ABSENT:
        why, hint = "not to be deleted or renamed", "leave the file where it is"
    elif new_mode not in (REGULAR, EXECUTABLE):
        why, hint = f"only a regular file stands here, not mode {new_mode}", "leave it a regular file"
    elif commit.is_merge:
        why = "the merge does not hold what both sides began from, and then all that each of them added"
        hint = "keep the common start, then one side's new lines, then the other's, and nothing else"
    elif old_mode not in (ABSENT, new_mode):
        why, hint = f"its type or mode changes ({old_mode} to {new_mode})", "leave its type and mode as they are"
    else:
        why = "what stood there changes: lines may only be added at the end"
    return Violation(code="LG405", message=f"append-only: {why}", hint=hint)
