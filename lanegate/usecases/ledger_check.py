"""Verifying this clone's whole ledger, against what was seen before and a tip that somebody pinned (R-F03)."""

from __future__ import annotations

from collections.abc import Callable

from lanegate.core.decision import Decision, Violation, decide
from lanegate.core.ledger import LEDGER_REF
from lanegate.core.named_tuple import NamedTuple
from lanegate.git.history import History
from lanegate.git.reach import is_reachable
from lanegate.git.run import Git
from lanegate.usecases.clone import Clone
from lanegate.usecases.ledger_here import has, seen_tip, tip_here
from lanegate.usecases.ledger_verify import VerifiedLedger, verify_chain
from lanegate.usecases.policy_eras import Era, read_eras

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
    violations = [*_held(git, tip, pinned, "pinned"), *_held(git, tip, seen_tip(clone.worktree), "seen before")]
    ledger = None
    if tip is not None:
        ledger = verify_chain(git, tip, eras_of(git, clone.file.commit, clone.policy_path), progress)
        violations += ledger.problems
    decision = Decision(
        decision=decide(tuple(violations)),
        violations=tuple(violations),
        policy_commit=clone.file.commit,
        policy_blob=clone.file.blob,
        policy_path=clone.policy_path,
        notes=(f"not judged: {NOT_JUDGED} (a clone cannot tell)",) if tip is not None else (),
        refs=1 if tip is not None else 0,
        commits=len(ledger.commits) if ledger is not None else 0,
    )
    return Checked(decision, tip, ledger)


def eras_of(git: Git, trusted: str, policy_path: str) -> list[Era]:
    """The policies that stood on the trusted ref up to a commit, oldest first, from the first one on. Raises
    GitError."""
    steps = git.line("rev-list", "--first-parent", "--reverse", trusted).split()
    eras = read_eras(git, History(None, trusted, [], {}, steps, {}), policy_path)
    return [era for era in eras if era.blob is not None]


def _held(git: Git, tip: str | None, older: str | None, which: str) -> list[Violation]:
    """LG305 where the ledger does not hold a tip that it must hold."""
    if older is None or (tip is not None and has(git, older) and is_reachable(git, older, [tip])):
        return []
    found = f"is at {tip[:12]} and does not hold it" if tip is not None else "does not exist here"
    message = f"an older or forked ledger: {older[:12]} was {which}, and {LEDGER_REF} {found}"
    hint = "run: lanegate ledger sync; if it stays so, ask the server's admin"
    return [Violation(code="LG305", message=message, ref=LEDGER_REF, hint=hint)]
