"""The oracle: docs/judgement.md a second time, on git plumbing alone, as plainly as possible.

It imports nothing of lanegate and shares no idea with it: full tree listings instead of diffs, one `check-ignore` a
pattern instead of an index, `git merge-tree` for every merge. `judge_push` decides a push, `judge_range` what `verify`
decides of a range. An answer is a list of findings; none means allowed. Objects are read from any repository that has
them; refs and configuration come as values, as the server holds them before the push.
"""

from __future__ import annotations

import time

from tests.differential.acceptance import judge_acceptance
from tests.differential.case import Case, Finding, Server, Update
from tests.differential.changes import NOTHING, REGULAR, Change
from tests.differential.chronicle import Chronicle
from tests.differential.commit_rules import is_merge, judge_commit, own_changes
from tests.differential.ground import owned_twice
from tests.differential.ledger_rules import judge_ledger
from tests.differential.lock_out import can_be_changed
from tests.differential.lock_records import LOCKS, locks_after, registry
from tests.differential.lock_rules import judge_locks
from tests.differential.plumbing import Git, GitError, Patterns
from tests.differential.records import LEDGER
from tests.differential.rules import NotAPolicyError, OverlapError, Policy, RefMatch, TooManyLanesError

OwnChanges = dict[str, list[Change] | None]
#: By the id of a policy's blob, a path that two active lanes own: it takes long, and is asked for at every push.
_OWNED_TWICE: dict[str, bytes | None] = {}


def judge_push(
    git: Git, patterns: Patterns, server: Server, updates: list[Update], pusher: str | None
) -> list[Finding]:
    """What the server's pre-receive must find in a push; an empty list allows it.

    pusher: the name that the server authenticated, None when there is none.
    """
    pusher = None if server.is_local else pusher
    try:
        policy = trusted_policy(git, patterns, server, server.refs.get(server.trusted))
    except NotAPolicyError as error:
        if server.bootstrap is not None and pusher is None:
            return [Finding("LG907", "nobody is authenticated")]
        if server.bootstrap is not None and pusher == server.bootstrap:
            return judge_first_policy(git, patterns, server, updates)
        return [Finding("LG901", str(error))]
    if pusher is None and asks_who_pushes(policy, server, updates):
        return [Finding("LG907", "nobody is authenticated")]
    findings: list[Finding] = []
    chronicle = Chronicle.at(git, server.refs.get(LEDGER))
    taken, now = registry(git, server.refs.get(LOCKS)), int(time.time())
    locks = locks_after(taken)
    brought = [update.new for update in updates if update.new is not None and git.kind(update.new) == "commit"]
    for update in updates:
        match = policy.ref_rule(update.ref)
        case = Case(git, policy, server, update, match, pusher, True, chronicle, brought, locks, now, taken)
        try:
            judge_update(case, updates)
        except GitError as error:
            case.add("LG900", str(error))
        findings += case.findings
    return findings


def asks_who_pushes(policy: Policy, server: Server, updates: list[Update]) -> bool:
    """Where nobody is authenticated, signatures do, but for refs that only some may push."""
    if policy.identity in ("none", "pusher") or not server.is_local:
        return policy.identity != "none"
    matches = [policy.ref_rule(update.ref) for update in updates]
    return any(match is not None and "pushers" in match.rule for match in matches)


def judge_range(git: Git, patterns: Patterns, server: Server, base: str, tip: str) -> dict[str, list[Finding]]:
    """What `verify BASE..TIP` must find: for each first-parent step, by its commit, the findings."""
    chain = git.first_parent_chain(tip)
    if base not in chain:
        return {tip: [Finding("LG603", "the base is not on the first-parent chain of the tip")]}
    answer: dict[str, list[Finding]] = {}
    for step in reversed(chain[: chain.index(base)]):
        before = git.parents(step)[0]
        update = Update(server.trusted, before, step)
        try:
            policy = trusted_policy(git, patterns, server, before)
            case = Case(git, policy, server, update, None, None, False)
            own = changes_of_all(case, git.reachable([step], [before, *server.baseline]))
            judge_policy_blob(case, judge_commits(case, own))
            answer[step] = case.findings
        except (NotAPolicyError, GitError) as error:
            answer[step] = [Finding("LG901", str(error), commit=step)]
    return answer


def trusted_policy(git: Git, patterns: Patterns, server: Server, commit: str | None) -> Policy:
    """The usable policy that a commit holds. Raises NotAPolicyError."""
    entry = NOTHING if commit is None else git.leaves(commit).get(server.policy_path, NOTHING)
    if entry.mode not in REGULAR:
        raise NotAPolicyError("no regular file at the policy's path")
    policy = Policy(git.object(entry.id)[1], patterns)
    if policy.has_too_many_active_lanes():
        raise TooManyLanesError("too many active lanes")
    if entry.id not in _OWNED_TWICE:
        _OWNED_TWICE[entry.id] = owned_twice(policy)
    if _OWNED_TWICE[entry.id] is not None:
        raise OverlapError(f"two active lanes own {_OWNED_TWICE[entry.id]!r}")
    return policy


def judge_first_policy(git: Git, patterns: Patterns, server: Server, updates: list[Update]) -> list[Finding]:
    """The one thing that a server without a policy allows: its bootstrap pusher brings one to the trusted ref."""
    ref, old, new = updates[0]
    if len(updates) != 1 or ref != server.trusted or new is None:
        return [Finding("LG901", "there is no policy")]
    if old is not None and not git.is_ancestor(old, new):
        return [Finding("LG602", "not a fast-forward", ref)]
    return [Finding(code, why, ref, new) for code, why in policy_problems(git, patterns, server, new)]


def judge_update(case: Case, updates: list[Update]) -> None:
    """One line of the push: the ref rules, then the new commits, then the policy file."""
    ref, old, new = case.update
    if ref == LEDGER:
        judge_ledger(case)
        return
    if ref == LOCKS:
        judge_locks(case)
        return
    if case.match is None:
        case.add("LG601", "no rule names the ref")
        return
    if ref in case.server.symbolic or (ref.lower() == case.server.trusted.lower() and not case.is_trusted):
        case.add("LG601", "a symbolic ref, or a twin of the trusted ref")
        return
    if new is None:
        judge_pusher(case, case.match)
        if case.is_trusted or not case.match.rule.get("delete", False):
            case.add("LG602", "deletion")
        return
    if ref.startswith("refs/tags/"):
        judge_pusher(case, case.match)
        if old is not None and not case.match.rule.get("force", False):
            case.add("LG602", "a tag that exists")
        judge_tag(case, new, updates)
        return
    if case.git.kind(new) != "commit":
        case.add("LG604", "points at no commit")
        return
    judge_forced(case, case.match)
    start = case.rule.get("from")
    if old is None and start is not None and (start not in case.server.refs or start in case.server.symbolic):
        case.add("LG601", f"{start} is no branch of the server")
        return
    own = changes_of_all(case, new_commits(case, new))
    if not is_recovery(case, own):
        judge_pusher(case, case.match)
    touching = judge_commits(case, own)
    if case.is_trusted:
        judge_policy_blob(case, touching)


def judge_pusher(case: Case, match: RefMatch) -> None:
    policy, new = case.policy, case.update.new
    if "pushers" in match.rule and not policy.holds(case.person, match.rule["pushers"]):
        case.add("LG601", "the pusher may not push this ref")
    if match.lane is not None:
        is_asked = policy.identity == "pusher" or (policy.identity == "either" and drops_commits(case))
        if is_asked and not policy.owns(case.person, match.lane):
            case.add("LG202", "the pusher does not own the lane of the ref")
        if new is not None and not policy.is_active(match.lane):
            case.add("LG601", "the lane of the ref is not active")


def drops_commits(case: Case) -> bool:
    old, new = case.update.old, case.update.new
    return new is None or (old is not None and not case.git.is_ancestor(old, new))


def judge_forced(case: Case, match: RefMatch) -> None:
    """Non-fast-forwards, and the trusted ref's first-parent chain."""
    old, new = case.update.old, case.update.new
    if old is None or new is None:
        return
    if not case.git.is_ancestor(old, new):
        if case.is_trusted or not match.rule.get("force", False):
            case.add("LG602", "not a fast-forward")
    elif (case.is_trusted or case.is_accepted) and old not in case.git.first_parent_chain(new):
        case.add("LG603", "the old tip is not on the first-parent chain of the new one")


def judge_tag(case: Case, new: str, updates: list[Update]) -> None:
    """A tag names a commit that is, after the push, on a ref (no tag) that a rule names."""
    commit = case.git.peel(new)
    if commit is None:
        case.add("LG604", "the tag names no commit")
        return
    after = dict(case.server.refs)
    for update in updates:
        if update.new is None:
            after.pop(update.ref, None)
        else:
            after[update.ref] = update.new
    if not any(case.git.is_ancestor(commit, tip) for tip in policed(case.policy, after)):
        case.add("LG601", "the tag's commit is on no policed ref")


def policed(policy: Policy, refs: dict[str, str]) -> list[str]:
    """Tips of the refs, tags aside, that a rule names."""
    return [tip for ref, tip in refs.items() if not ref.startswith("refs/tags/") and policy.ref_rule(ref)]


def new_commits(case: Case, new: str) -> list[str]:
    if case.is_trusted or case.is_accepted:
        before = case.update.old or case.server.refs.get(case.rule.get("from", ""))
        known = [before] if before else []
    else:
        known = policed(case.policy, case.server.refs)
    return case.git.reachable([new], [*known, *case.server.baseline])


def changes_of_all(case: Case, commits: list[str]) -> OwnChanges:
    """Own changes of each new commit; None of a malformed one, which is refused here."""
    return {commit: own_changes(case, commit) for commit in commits}


def speaking(case: Case, own: OwnChanges) -> list[str]:
    """The new commits that are not clean merges."""
    return [commit for commit, changes in own.items() if changes != [] or not is_merge(case, commit)]


def touching_policy(case: Case, own: OwnChanges) -> list[str]:
    path = case.server.policy_path
    return [
        commit for commit, changes in own.items() if case.is_trusted and path in {one.path for one in changes or []}
    ]


def is_recovery(case: Case, own: OwnChanges) -> bool:
    """Whether this is a lone policy commit by the bootstrap pusher: no rule on pushers, lanes and paths then."""
    is_bootstrap = case.is_push and case.pusher is not None and case.pusher == case.server.bootstrap
    return is_bootstrap and len(speaking(case, own)) == 1 and len(touching_policy(case, own)) == 1


def judge_commits(case: Case, own: OwnChanges) -> list[str]:
    """Every new commit, then whether a change of the policy came alone; the commits that touch it (trusted ref)."""
    is_excused = is_recovery(case, own)
    for commit in speaking(case, own):
        changes = own[commit]
        if changes is not None and not is_excused:
            judge_commit(case, commit, changes)
    if case.is_accepted and not is_excused:
        judge_acceptance(case, [commit for commit in speaking(case, own) if own[commit] is not None])
    touching = touching_policy(case, own)
    for commit in touching:
        if len(speaking(case, own)) != 1:
            case.add("LG701", "a policy change is not alone", commit)
        is_told = case.policy.identity == "signature" or (case.is_push and case.policy.identity != "none")
        if is_told and not is_excused and not case.proves(commit, "maintainer"):
            case.add("LG701", "a policy change not by a maintainer", commit)
    return touching


def judge_policy_blob(case: Case, touching: list[str]) -> None:
    """LG702, LG703, LG504: the trusted ref always keeps a policy that works. LG701: nobody brought the change."""
    old, new = case.update.old, case.update.new
    before = case.git.leaves(old).get(case.server.policy_path, NOTHING)
    if new is None or case.git.leaves(new).get(case.server.policy_path, NOTHING) == before:
        return
    if not touching:
        case.add("LG701", "the policy differs, and no new commit touches it", new)
    for code, why in policy_problems(case.git, case.policy.patterns, case.server, new):
        case.add(code, why, new)


def policy_problems(git: Git, patterns: Patterns, server: Server, new: str) -> list[tuple[str, str]]:
    """Why the trusted ref may not be left with the policy that `new` holds."""
    try:
        policy = trusted_policy(git, patterns, server, new)
    except NotAPolicyError as error:
        codes = {TooManyLanesError: "LG504", OverlapError: "LG703"}
        return [(codes.get(type(error), "LG702"), str(error))]
    return (
        []
        if can_be_changed(policy, server.trusted, server.policy_path)
        else [("LG702", "nobody may push the trusted ref")]
    )
