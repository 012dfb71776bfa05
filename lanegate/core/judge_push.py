"""Judging a push: each ref update by the rule of its ref, then each commit it brings (docs/judgement.md).

Everything is judged by the policy as it stood before the push; a push is allowed only if all of it is. R-B01, R-B14.
"""

from __future__ import annotations

from lanegate.core.decision import Violation
from lanegate.core.facts import Commit, RefUpdate
from lanegate.core.judge import Judge, Scope
from lanegate.core.message import read_trailers
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.policy import Policy, Problem, RefRule
from lanegate.core.refs import match_ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

TAGS = "refs/tags/"


class PolicyAfter(NamedTuple):
    """The policy file at the new tip of the trusted ref, where it differs from the old tip's.

    policy: as read, None if it cannot be used; problems: why (never empty when policy is None).
    """

    policy: Policy | None
    problems: tuple[Problem, ...] = ()


class Push(NamedTuple):
    """All that a push brings, and who brings it.

    pusher: the person of the policy whom the server authenticated; pusher_name: the name it authenticated.
    judges_people: this is a server, and the identity is not `none`. is_bootstrap: the server's own config names this
    pusher as the one who may change the policy whatever it says. policy_after: None when the policy file stays.
    judges_acceptance: False in a clone, whose ledger may be an old one.
    """

    updates: tuple[RefUpdate, ...]
    trusted_ref: str
    pusher: str | None = None
    pusher_name: str | None = None
    judges_people: bool = False
    is_bootstrap: bool = False
    policy_after: PolicyAfter | None = None
    judges_acceptance: bool = True


def judge_push(judge: Judge, push: Push) -> tuple[Violation, ...]:
    """Every violation of every update, in the order of the push."""
    return tuple(violation for update in push.updates for violation in judge_update(judge, push, update))


def judge_update(judge: Judge, push: Push, update: RefUpdate) -> Iterator[Violation]:
    """Every rule that one ref update breaks, its commits included."""
    found = _rule_of(judge.policy, push, update)
    if isinstance(found, Violation):
        yield found
        return
    rule, lane = found
    trusted = update.ref == push.trusted_ref
    lone_policy = trusted and push.is_bootstrap and changes_policy_alone(judge, update)
    if not lone_policy:
        yield from _pusher(judge.policy, push, update, rule, lane)
    yield from _movement(push, update, rule)
    if update.new is None:
        return
    if update.defect is not None:
        yield _refuse("LG604", update.defect, update, rule, "push a commit")
        return
    if update.ref.startswith(TAGS):
        yield from _tag(update, rule)
        return
    if update.has_no_start:
        why = f"{rule.start}, which its rule says to begin from, is no branch of the server"
        yield _refuse("LG601", why, update, rule, f"push {rule.start} first")
        return
    scope = Scope(
        ref=update.ref,
        lane=lane,
        pusher=push.pusher,
        judges_people=push.judges_people,
        already_on_lane=update.already_on_lane,
        held=update.held,
        known=update.known,
        had=update.had,
    )
    if rule.accepted and push.judges_acceptance and not lone_policy:
        yield from _accepted(judge, update, rule, scope)
    else:
        for commit in update.commits:
            violations = judge.commit(commit, _on_lane(judge.policy, commit, scope))
            yield from (v for v in violations if not lone_policy or v.code in ("LG603", "LG604"))
    if trusted:
        yield from policy_change(judge, push, update)


def _accepted(judge: Judge, update: RefUpdate, rule: RefRule, scope: Scope) -> Iterator[Violation]:
    from lanegate.core.judge_acceptance import Acceptance  # a push that needs none does without

    acceptance = Acceptance(judge.policy, rule, update)
    for commit in update.commits:
        yield from judge.commit(commit, acceptance.scope(commit.id, scope))
    yield from acceptance.violations()


def _on_lane(policy: Policy, commit: Commit, scope: Scope) -> Scope:
    """On the ref of a lane with `bots`, a commit without `Lane` is the lane's, and is not signed."""
    lane = policy.lanes.get(scope.lane or "")
    if lane is None or not lane.bots:
        return scope
    trailers = read_trailers(commit.message)
    if trailers.broken or trailers.of(b"lane"):
        return scope
    return scope._replace(assume_lane=lane.id, is_vouched=policy.identity == "signature")


def changes_policy_alone(judge: Judge, update: RefUpdate) -> bool:
    """Whether the only new commit that is not a clean merge changes the policy file."""
    commits = [commit for commit in update.commits if not commit.is_clean_merge]
    return len(commits) == 1 and any(change.path == judge.policy_path for change in commits[0].changes)


def policy_change(judge: Judge, push: Push, update: RefUpdate) -> Iterator[Violation]:
    """LG701, LG702, LG703, LG504: a change of the policy file on the trusted ref."""
    path = judge.policy_path
    others = [commit for commit in update.commits if not commit.is_clean_merge]
    touching = [commit for commit in others if any(change.path == path for change in commit.changes)]
    for commit in touching if len(others) > 1 else ():
        yield Violation(
            code="LG701",
            message=f"a policy change comes alone, this one came with {len(others) - 1} other commit(s)",
            commit=commit.id,
            path=path,
            ref=update.ref,
            hint="push the commit that changes the policy by itself, before or after the others",
        )
    if touching and push.judges_people and not push.is_bootstrap:
        yield from (
            violation._replace(ref=update.ref)
            for violation in by_no_maintainer(judge, touching[-1], push.pusher, push.pusher_name)
        )
    if push.policy_after is not None:
        if not touching:
            yield Violation(
                code="LG701",
                message="the policy file changes without a new commit that changes it",
                commit=update.new,
                path=path,
                ref=update.ref,
                hint="merge the trusted branch first, then change the policy in a commit of its own",
            )
        yield from policy_after_problems(push.policy_after, update, path)


def by_no_maintainer(
    judge: Judge, commit: Commit, pusher: str | None = None, pusher_name: str | None = None
) -> Iterator[Violation]:
    """LG701: a commit that changes the policy, brought by nobody who is proven to be a maintainer."""
    policy = judge.policy
    maintainers = policy.roles.get("maintainer", ())
    signer = commit.signer.person if commit.signer is not None else None
    if (policy.asks_pusher and pusher in maintainers) or (policy.asks_signature and signer in maintainers):
        return
    claims = [f"{pusher_name} is no maintainer"] if policy.asks_pusher else []
    if policy.asks_signature:
        claims.append(f"signed by {signer}, who is no maintainer" if signer else "not signed by a maintainer")
    yield Violation(
        code="LG701",
        message="; ".join(claims),
        commit=commit.id,
        path=judge.policy_path,
        owner=", ".join(maintainers) or None,
        hint=f"ask a maintainer: {', '.join(maintainers) or 'the policy names none'}",
    )


def policy_after_problems(after: PolicyAfter, update: RefUpdate, path: bytes) -> Iterator[Violation]:
    """LG702, LG703, LG504: what the trusted ref would hold could not judge the next push. update: the trusted ref's."""
    for problem in after.problems:
        message = f"{problem.where}: {problem.message}" if problem.where else problem.message
        yield Violation(
            code=problem.code,
            message=message,
            path=path,
            ref=update.ref,
            commit=update.new,
            policy_line=problem.line or None,
            hint="run: lanegate policy check",
        )
    if after.policy is not None:
        from lanegate.core.lock_out import lock_out

        locked = lock_out(after.policy, update.ref, path)
        if locked is not None:
            yield Violation(
                code="LG702",
                message=locked.why,
                path=path,
                ref=update.ref,
                commit=update.new,
                hint=locked.hint,
            )


def may_push(policy: Policy, rule: RefRule, person: str | None) -> bool:
    """Whether a rule's `pushers` (roles or people) lets this person push."""
    if rule.pushers is None:
        return True
    return person is not None and any(name == person or person in policy.roles.get(name, ()) for name in rule.pushers)


def _rule_of(policy: Policy, push: Push, update: RefUpdate) -> tuple[RefRule, str | None] | Violation:
    ref = update.ref
    hint = "push to a ref that [[refs]] in the policy names"
    if ref.startswith(("refs/replace/", "refs/lanegate/")):
        return Violation(code="LG601", message=f"nobody pushes to {ref.rsplit('/', 1)[0]}/", ref=ref, hint=hint)
    if ref != push.trusted_ref and ref.casefold() == push.trusted_ref.casefold():
        message = f"differs from {push.trusted_ref} only in case"
        return Violation(code="LG601", message=message, ref=ref, hint=hint)
    if update.symref is not None:
        message = f"a symbolic ref of the server, it stands for {update.symref}"
        return Violation(code="LG601", message=message, ref=ref, hint=f"push to {update.symref} by its name")
    found = match_ref(policy, ref)
    if found is None:
        return Violation(code="LG601", message="no rule of the policy names this ref", ref=ref, hint=hint)
    return found


def _pusher(policy: Policy, push: Push, update: RefUpdate, rule: RefRule, lane: str | None) -> Iterator[Violation]:
    if lane is not None and update.new is not None and policy.lanes[lane].state != "active":
        message = f"lane {lane} is {policy.lanes[lane].state}"
        yield _refuse("LG601", message, update, rule, "only active lanes are pushed", lane=lane)
    if not push.judges_people:
        return
    if not may_push(policy, rule, push.pusher):
        allowed = ", ".join(rule.pushers or ())
        message = f"{push.pusher_name} may not push here: {allowed or 'nobody'} may"
        yield _refuse("LG601", message, update, rule, f"ask one of: {allowed or 'the maintainers'}")
    drops = update.new is None or update.fast_forward is False  # of which no signature tells
    if lane is None or not policy.asks_pusher or (policy.asks_signature and not drops):
        return
    if push.pusher not in policy.lanes[lane].owners:
        owners = ", ".join(policy.lanes[lane].owners)
        message = f"{push.pusher_name} does not own lane {lane}"
        yield _refuse(
            "LG202", message, update, rule, f"ask {owners or 'a maintainer'}", lane=lane, owner=owners or None
        )


def _movement(push: Push, update: RefUpdate, rule: RefRule) -> Iterator[Violation]:
    trusted = update.ref == push.trusted_ref
    is_landing = trusted or rule.accepted
    if update.new is None:
        if trusted or not rule.delete:
            why = "the trusted ref is never deleted" if trusted else "the rule of this ref allows no deletion"
            yield _refuse("LG602", why, update, rule, "set delete = true on the rule, if that is meant")
        return
    if update.fast_forward is False:
        if trusted or not rule.force:
            why = "not a fast-forward: it would drop commits that stand there"
            yield _refuse("LG602", why, update, rule, "rebase or merge onto the current tip, then push without force")
    elif is_landing and update.on_first_parent_chain is False:
        branch = update.ref.removeprefix("refs/heads/")
        why = f"the old tip leaves the first-parent chain: this merge took {branch} as second parent"
        hint = f"check out {branch} and merge your branch into it"
        yield _refuse("LG603", why, update, rule, hint)


def _tag(update: RefUpdate, rule: RefRule) -> Iterator[Violation]:
    if not update.is_tag_reachable:
        why = "the tagged commit is on no ref that a rule names"
        yield _refuse("LG601", why, update, rule, "push the branch first, or with the tag")


def _refuse(
    code: str,
    message: str,
    update: RefUpdate,
    rule: RefRule,
    hint: str,
    lane: str | None = None,
    owner: str | None = None,
) -> Violation:
    return Violation(
        code=code,
        message=message,
        ref=update.ref,
        commit=update.new,
        policy_line=rule.line,
        hint=hint,
        lane=lane,
        owner=owner,
    )
