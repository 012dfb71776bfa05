"""Verifying this clone's whole ledger, against what was seen before and a tip that somebody pinned (R-F03)."""

from __future__ import annotations

import os

from lanegate.core.decision import Decision, Violation, decide
from lanegate.core.named_tuple import NamedTuple
from lanegate.usecases.clone import Clone
from lanegate.usecases.ledger_here import seen_tip, tip_here
from lanegate.usecases.verify_ledger import LogWanted, open_ledger

#: What no clone can tell.
NOT_JUDGED = "what refs held when a verdict was given, and which commits stood on a lane's ref then"


class Checked(NamedTuple):
    """tip: of the ledger or lock registry, None where this clone has none."""

    decision: Decision
    tip: str | None


def check_ledger(clone: Clone, pinned: str | None) -> Checked:
    """Verify every record of this clone's ledger by the policies of the trusted ref.

    pinned: id of a commit that the ledger must hold. Raises GitError, ObjectTooLargeError.
    """
    git = clone.worktree.git
    tip = tip_here(git)
    held = held_tips(seen_tip(clone.worktree), pinned)
    wanted = LogWanted(tip, clone.file.commit, clone.policy_path, held)
    ledger, problems = open_ledger(git, wanted, os.cpu_count() or 1)
    return checked_log(clone, tip, problems, len(ledger.commits) if ledger is not None else 0, NOT_JUDGED)


def checked_log(clone: Clone, tip: str | None, problems: tuple[Violation, ...], records: int, unknown: str) -> Checked:
    """What came of it. records: how many were verified. unknown: what no clone can tell of them, in words."""
    decision = Decision(
        decision=decide(problems),
        violations=problems,
        policy_commit=clone.file.commit,
        policy_blob=clone.file.blob,
        policy_path=clone.policy_path,
        notes=(f"not judged: {unknown} (a clone cannot tell)",) if tip is not None else (),
        refs=1 if tip is not None else 0,
        commits=records,
    )
    return Checked(decision, tip)


def held_tips(seen: str | None, pinned: str | None) -> tuple[tuple[str, str], ...]:
    """What a ledger must hold, for LogWanted: a tip that the server showed before, and one that somebody pinned."""
    return tuple((oid, why) for oid, why in ((pinned, "pinned"), (seen, "seen before")) if oid is not None)
