"""What zones ask of the commit in the making, as far as a clone can tell (design section 4; R-A06, R-D04, R-F04).

Locks are those of the registry as it was fetched last, and a refusal says how old that is. Who writes is told by
user.signingKey where the policy asks for signatures; a pusher is known to the server alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from lanegate.core.decision import Violation
from lanegate.core.facts import Commit, Signer
from lanegate.core.judge import Scope
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.policy import APPEND_ONLY, HIGH_RISK
from lanegate.git.objects import CatFile
from lanegate.usecases.clone import Clone
from lanegate.usecases.locks_known import LocksHere


class Zoned(NamedTuple):
    """commit: with what zones look at. scope: with the locks, where one is asked for. locks: where these are from."""

    commit: Commit
    scope: Scope = Scope()
    locks: LocksHere | None = None

    def told(self, found: Iterable[Violation]) -> Iterator[Violation]:
        """Violations of the commit; those about locks say how old what is known of locks is."""
        return iter(found) if self.locks is None else self.locks.told(found)


def zoned(clone: Clone, commit: Commit) -> Zoned:
    """Gather what the zones of a commit's paths ask about. Raises GitError, LimitError, ObjectTooLargeError."""
    policy = clone.policy
    if not policy.zones:
        return Zoned(commit)
    ownership = clone.file.ownership
    touched = {at for change in commit.changes if (at := ownership.zone(change.path)) is not None}
    zones = [policy.zones[at] for at in touched]
    if any(zone.roles for zone in zones) and policy.asks_signature and commit.signer is None:
        commit = commit._replace(signer=_signer(clone))
    if any(zone.mode == APPEND_ONLY for zone in zones):
        commit = _with_appends(clone, commit)
    if not any(zone.mode == HIGH_RISK for zone in zones):
        return Zoned(commit)
    locks = LocksHere(clone.worktree, time.time())
    return Zoned(commit, Scope(held=locks.held()), locks)


def _with_appends(clone: Clone, commit: Commit) -> Commit:
    from lanegate.git.zoned import Zoned as Reading

    git = clone.worktree.git
    reader = CatFile(git)
    try:
        (read,) = Reading(clone.policy, clone.file.ownership).with_appends(git, reader, (commit,))
        return read
    finally:
        reader.close()


def _signer(clone: Clone) -> Signer | None:
    """Who will sign the commit, None where that is not to be seen."""
    from lanegate.usecases.signing import examine_signing

    person = examine_signing(clone.worktree, clone.policy).person
    return Signer(person) if person is not None else None
