"""A new commit, a second time: its own changes, its message, whose it is, and each change (docs/judgement.md)."""

from __future__ import annotations

from tests.differential import trailers
from tests.differential.acceptance import bots_lane, is_accepted
from tests.differential.carried import conflicts_of
from tests.differential.case import Case
from tests.differential.changes import Change, change_code, differences, link_target, target_code
from tests.differential.malformed import object_defects
from tests.differential.reverts import judge_revert
from tests.differential.rules_zones import OPEN
from tests.differential.zones import zone_code


def is_merge(case: Case, commit: str) -> bool:
    return len(case.git.parents(commit)) > 1


def own_changes(case: Case, commit: str) -> list[Change] | None:
    """What a commit itself changes; None when it is malformed and was refused here. A clean merge changes nothing."""
    defects = object_defects(case.git, commit)
    for defect in defects:
        case.add("LG604", defect, commit)
    parents = case.git.parents(commit)
    if len(parents) > 2 or len(set(parents)) != len(parents):
        case.add("LG603", "a merge of other than two distinct parents", commit)
        return None
    if defects:
        return None
    leaves = case.git.leaves(commit)
    if len(parents) < 2:
        return differences(case.git.leaves(parents[0] if parents else None), leaves)
    merged = case.git.merge(parents[0], parents[1])
    return differences(case.git.leaves(merged.tree), leaves, conflicts_of(case.git, case.policy, commit))


def judge_commit(case: Case, commit: str, changes: list[Change]) -> None:
    """A new commit that is not a clean merge: its message, whose it is, and each change."""
    lane = judge_message(case, commit)
    if lane is None:
        return
    judge_who(case, commit, lane)
    judge_changes(case, commit, lane, changes, is_granted=judge_revert(case, commit, lane))


def judge_who(case: Case, commit: str, lane: str) -> None:
    """By whom a commit of this lane came."""
    policy, is_on_lane_ref = case.policy, case.match is not None and case.match.lane is not None
    if bots_lane(case, commit) is not None and (case.is_accepted or policy.identity == "signature"):
        return
    if policy.identity == "signature" and not policy.owns(case.signer(commit), lane):
        case.add("LG203" if case.signer(commit) is None else "LG202", "no owner of the lane signed", commit)
    if not case.is_push or not policy.by_pusher or (policy.identity == "pusher" and is_on_lane_ref):
        return
    if policy.owns(case.person, lane) or case.was_of(commit, lane):
        return
    if policy.identity == "pusher" and case.is_accepted and is_accepted(case, commit):
        return  # its verdict was only taken while it was on its lane's ref
    if not policy.owns(case.signer(commit), lane):
        case.add("LG202", "no owner of the lane pushed or signed", commit)


def judge_message(case: Case, commit: str) -> str | None:
    """The lane that a commit names; None when it names none that may be used (LG201)."""
    policy = case.policy
    if bots_lane(case, commit) is not None:
        lane = bots_lane(case, commit)
        if lane is not None and not policy.is_active(lane):
            case.add("LG201", f"no active lane: {lane}", commit)
            return None
        return lane
    message = case.git.object(commit)[1].partition(b"\n\n")[2]
    found = trailers.read_trailers(message)
    named = [] if found is None else trailers.values(found, b"lane")
    if found is None or len(named) != 1:
        case.add("LG201", f"Lane trailers: {named}", commit)
        return None
    lane = named[0].decode("utf-8", "surrogateescape")
    if not policy.is_active(lane):
        case.add("LG201", f"no active lane: {lane}", commit)
        return None
    if case.match is not None and case.match.lane not in (None, lane):
        case.add("LG201", "another lane's ref", commit)
        return None
    table = policy.lanes[lane]
    if "task" in table and trailers.values(found, b"task") != [table["task"].encode()]:
        case.add("LG204", "Task", commit)
    prefix = table.get("subject_prefix", "").encode()
    subject = trailers.subject(message)
    if prefix and not is_merge(case, commit) and not (subject + b" ").startswith(prefix + b" "):
        case.add("LG205", "subject_prefix", commit)
    return lane


def judge_changes(case: Case, commit: str, lane: str, changes: list[Change], *, is_granted: bool) -> None:
    """is_granted: no grant is asked for, a proven integrator takes something back."""
    policy, git = case.policy, case.git
    targets = {change: git.object(change.new.id)[1] for change in changes if change.new.mode == "120000"}
    resolved = {change: link_target(change.path, target) for change, target in targets.items()}
    policy.prepare({change.path for change in changes} | {path for path in resolved.values() if path is not None})
    conflicts = frozenset[bytes]()
    parents = git.parents(commit)
    if len(parents) == 2 and policy.identity != "none":
        is_untold = not case.is_push and policy.by_pusher
        if is_untold or case.proves(commit, "integrator"):
            conflicts = conflicts_of(git, policy, commit)
    for change in changes:
        is_free = is_granted or change.path in conflicts
        refused, zoned = judge_change(case, commit, lane, change, is_free=is_free, is_revert=is_granted)
        for code in (refused, zoned):
            if code is not None:
                case.add(code, f"{lane} may not", commit, change.path)
        if change in targets and not is_granted and refused is None:
            code = target_code(policy, lane, resolved[change])
            if code is not None:
                case.add(code, f"{lane} links to {targets[change]!r}", commit, change.path)


def judge_change(
    case: Case, commit: str, lane: str, change: Change, *, is_free: bool, is_revert: bool
) -> tuple[str | None, str | None]:
    """What the grant says against a change, where it is asked, and what its zone says if nothing does. is_free: its
    grant is not asked; is_revert: not even whether it is out of scope."""
    granted = change_code(case.policy, lane, change)
    if granted == "LG104" and not is_revert:
        return granted, None
    zoned = zone_code(case, commit, lane, change)
    if case.policy.mode(change.path) in OPEN or zoned in ("LG404", "LG406"):
        return None, zoned
    return (granted, None) if granted is not None and not is_free else (None, zoned)
