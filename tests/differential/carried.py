"""What a merge decides, a second time: conflicts, and changes that git carries along renames across rights."""

from __future__ import annotations

from tests.differential.changes import REGULAR
from tests.differential.plumbing import Git
from tests.differential.rules import Policy


def conflicts_of(git: Git, policy: Policy, merge: str) -> frozenset[bytes]:
    """The paths of a merge that somebody answers for even where it has them as git makes them."""
    ours, theirs = git.parents(merge)
    made = git.merge(ours, theirs)
    decided = git.decided(ours, theirs)
    free = set()
    for path, olds in git.origins(ours, theirs).items():
        entry = git.leaves(made.tree)[path]
        is_kept = path not in made.conflicts and git.leaves(merge).get(path) == entry and entry.mode in REGULAR
        policy.prepare({path, *olds})
        if is_kept and olds and all(_loses_nothing(policy, old, path) for old in olds):
            free.add(path)
    return decided - free


def _loses_nothing(policy: Policy, old: bytes, new: bytes) -> bool:
    if policy.zone(old) is not None or policy.zone(new) is not None:
        return False
    return all(_right(policy, lane, old) <= _right(policy, lane, new) for lane in policy.lanes)


def _right(policy: Policy, lane: str, path: bytes) -> int:
    grant = policy.grant(lane, path)
    if grant not in ("PRIMARY", "MODIFY", "READ", "out") and policy.table.get("unowned", "deny") == "allow":
        return 0 if policy.is_owned(path) else 2
    return {"PRIMARY": 2, "MODIFY": 1}.get(grant, 0)
