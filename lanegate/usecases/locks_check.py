"""Verifying this clone's whole lock registry, against commits that it must hold (R-B04, R-F03)."""

from __future__ import annotations

import os

from lanegate.core.decision import Decision, decide
from lanegate.core.locks import LOCKS_REF
from lanegate.core.named_tuple import NamedTuple
from lanegate.usecases.verify_locks import LocksWanted, open_locks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lanegate.usecases.clone import Clone

#: What no clone can tell.
NOT_JUDGED = "the server's time when a record came"


class CheckedLocks(NamedTuple):
    """tip: None where this clone has no registry."""

    decision: Decision
    tip: str | None = None


def check_locks(clone: Clone, held: tuple[tuple[str, str], ...] = ()) -> CheckedLocks:
    """Verify every record of this clone's registry by the policies of the trusted ref.

    held: commits that it must hold, by id, and why in words (seen before, pinned). Raises GitError,
    ObjectTooLargeError.
    """
    git = clone.worktree.git
    tip = git.line("rev-parse", "--verify", "--quiet", LOCKS_REF, accept=(0, 1)) or None
    registry, problems = open_locks(
        git, LocksWanted(tip, clone.file.commit, clone.policy_path, held), os.cpu_count() or 1
    )
    decision = Decision(
        decision=decide(problems),
        violations=problems,
        policy_commit=clone.file.commit,
        policy_blob=clone.file.blob,
        policy_path=clone.policy_path,
        notes=(f"not judged: {NOT_JUDGED} (a clone cannot tell)",) if tip is not None else (),
        refs=1 if tip is not None else 0,
        commits=len(registry.commits) if registry is not None else 0,
    )
    return CheckedLocks(decision, tip)
