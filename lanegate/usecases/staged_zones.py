"""What zones ask of the commit in the making, as far as a clone can tell (design section 4; R-A06, R-D04, R-F04).

Locks are those of the registry as it was fetched last, and a refusal says how old that is. Who writes is told by
user.signingKey where the policy asks for signatures; a pusher is known to the server alone.
"""

from __future__ import annotations

from lanegate.core.facts import Commit, Signer
from lanegate.core.judge import Scope
from lanegate.core.policy import APPEND_ONLY, HIGH_RISK
from lanegate.git.objects import CatFile
from lanegate.usecases.clone import Clone
from lanegate.usecases.locks_known import LocksHere


def zoned(clone: Clone, commit: Commit, locks: LocksHere, *, reads_contents: bool = True) -> tuple[Commit, Scope]:
    """The commit with what the zones of its paths look at, and the scope with the locks where one is asked for.
    reads_contents: not where the new contents are no objects yet, and `commit.appended` says already what it can.

    Raises GitError, LimitError, ObjectTooLargeError.
    """
    policy = clone.policy
    if not policy.zones:
        return commit, Scope()
    ownership = clone.file.ownership
    touched = {at for change in commit.changes if (at := ownership.zone(change.path)) is not None}
    zones = [policy.zones[at] for at in touched]
    if any(zone.roles for zone in zones) and policy.asks_signature and commit.signer is None:
        commit = commit._replace(signer=_signer(clone))
    if reads_contents and any(zone.mode == APPEND_ONLY for zone in zones):
        commit = _with_appends(clone, commit)
    asks_lock = any(zone.mode == HIGH_RISK for zone in zones)
    return commit, Scope(held=locks.held()) if asks_lock else Scope()


def _with_appends(clone: Clone, commit: Commit) -> Commit:
    from lanegate.git.zoned import Zoned

    git = clone.worktree.git
    reader = CatFile(git)
    try:
        (read,) = Zoned(clone.policy, clone.file.ownership).with_appends(git, reader, (commit,))
        return read
    finally:
        reader.close()


def _signer(clone: Clone) -> Signer | None:
    """Who will sign the commit, None where that is not to be seen."""
    from lanegate.usecases.signing import examine_signing

    person = examine_signing(clone.worktree, clone.policy).person
    return Signer(person) if person is not None else None
