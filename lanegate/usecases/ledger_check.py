"""Verifying this clone's whole ledger, against what was seen before and a tip that somebody pinned (R-F03)."""

from __future__ import annotations

import os
from collections.abc import Callable

from lanegate.core.decision import Decision, decide
from lanegate.core.named_tuple import NamedTuple
from lanegate.usecases.clone import Clone
from lanegate.usecases.ledger_here import seen_tip, tip_here
from lanegate.usecases.ledger_verify import VerifiedLedger
from lanegate.usecases.verify_ledger import LedgerWanted, open_ledger

#: What no clone can tell.
NOT_JUDGED = "what refs held when a verdict was given, and which commits stood on a lane's ref then"


class Checked(NamedTuple):
    """tip, ledger: None where this clone has no ledger."""

    decision: Decision
    tip: str | None = None
    ledger: VerifiedLedger | None = None


def check_ledger(clone: Clone, pinned: str | None, progress: Callable[[int, int], None] | None = None) -> Checked:
    """Verify every record of this clone's ledger by the policies of the trusted ref.

    pinned: id of a commit that the ledger must hold. Raises GitError, ObjectTooLargeError.
    """
    git = clone.worktree.git
    tip = tip_here(git)
    held = held_tips(seen_tip(clone.worktree), pinned)
    wanted = LedgerWanted(tip, clone.file.commit, clone.policy_path, held)
    ledger, violations = open_ledger(git, wanted, os.cpu_count() or 1, progress)
    decision = Decision(
        decision=decide(violations),
        violations=violations,
        policy_commit=clone.file.commit,
        policy_blob=clone.file.blob,
        policy_path=clone.policy_path,
        notes=(f"not judged: {NOT_JUDGED} (a clone cannot tell)",) if tip is not None else (),
        refs=1 if tip is not None else 0,
        commits=len(ledger.commits) if ledger is not None else 0,
    )
    return Checked(decision, tip, ledger)


def held_tips(seen: str | None, pinned: str | None) -> tuple[tuple[str, str], ...]:
    """What a ledger must hold, for LedgerWanted: a tip that the server showed before, and one that somebody pinned."""
    return tuple((oid, why) for oid, why in ((pinned, "pinned"), (seen, "seen before")) if oid is not None)
