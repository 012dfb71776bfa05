"""Changes that a merge carries along a rename (docs/judgement.md, "The mechanical merge").

Whoever changed the old name may have had no right to change the new one. Where everybody who may change the one may
change the other as well, nobody gained anything by it, and the merge stays as clean as git has it.
"""

from __future__ import annotations

from lanegate.core.facts import EXECUTABLE, REGULAR, Commit
from lanegate.core.policy import MODIFY, NONE, PRIMARY, Policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lanegate.core.ownership import Ownership

_PLAIN = (REGULAR, EXECUTABLE)
_CONTENT, _ALL = 1, 2


def without_carried(commit: Commit, policy: Policy, ownership: Ownership) -> Commit:
    """The commit without those changes that it carries along renames within the same rights.

    ownership: of the policy. Of any other commit, the same.
    """
    if not commit.carried:
        return commit
    free = {
        change.path
        for change in commit.changes
        if change.new_mode in _PLAIN
        and (origins := commit.carried.get(change.path))
        and all(_stays(policy, ownership, origin, change.path) for origin in origins)
    }
    changes = tuple([change for change in commit.changes if change.path not in free])
    return commit._replace(changes=changes, conflicts=commit.conflicts - free)


def _stays(policy: Policy, ownership: Ownership, old: bytes, new: bytes) -> bool:
    """Whether no lane may do more at the old name than at the new one. What is in a zone is never the same."""
    if policy.zones and (ownership.zone(old) is not None or ownership.zone(new) is not None):
        return False
    there = _rights(policy, ownership, new)
    return all(right <= there[lane] for lane, right in _rights(policy, ownership, old).items())


def _rights(policy: Policy, ownership: Ownership, path: bytes) -> dict[str, int]:
    """What each lane may do at a path: nothing, change the content, all."""
    is_free = policy.unowned == "allow" and not ownership.owners(path)
    return {
        lane: _ALL
        if match.grant == PRIMARY or (is_free and match.grant == NONE and not match.out_of_scope)
        else _CONTENT
        if match.grant == MODIFY
        else 0
        for lane, match in ownership.grants(path)
    }
