"""Verifying this clone's whole lock registry, against what was seen before and a tip that is pinned (R-B04, R-F03)."""

from __future__ import annotations

import os

from lanegate.core.locks import LOCKS_REF
from lanegate.usecases.ledger_check import Checked, checked_log, held_tips
from lanegate.usecases.ledger_here import tip_here
from lanegate.usecases.locks_here import seen
from lanegate.usecases.verify_ledger import LogWanted
from lanegate.usecases.verify_locks import open_locks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lanegate.usecases.clone import Clone

#: What no clone can tell.
NOT_JUDGED = "the server's time when a record came"


def check_locks(clone: Clone, pinned: str | None) -> Checked:
    """Verify every record of this clone's registry by the policies of the trusted ref.

    pinned: id of a commit that it must hold. Raises GitError, ObjectTooLargeError.
    """
    git = clone.worktree.git
    tip = tip_here(git, LOCKS_REF)
    shown = seen(clone.worktree)
    held = held_tips(shown.tip if shown is not None else None, pinned)
    wanted = LogWanted(tip, clone.file.commit, clone.policy_path, held)
    registry, problems = open_locks(git, wanted, os.cpu_count() or 1)
    return checked_log(clone, tip, problems, len(registry.commits) if registry is not None else 0, NOT_JUDGED)
