"""The ledger that a history is judged by in a clone: found, checked against what is pinned, verified from its start."""

from __future__ import annotations

from lanegate.core.decision import Violation
from lanegate.core.ledger import LEDGER_REF
from lanegate.core.named_tuple import NamedTuple
from lanegate.git.reach import is_reachable
from lanegate.git.run import Git
from lanegate.usecases.ledger_verify import VerifiedLedger, verify_chain
from lanegate.usecases.policy_eras import trusted_eras


class LedgerWanted(NamedTuple):
    """Where to look for the ledger. tip: what the clone has, None if it has none. pinned: a record that it must hold,
    the root of trust of a CI job. trusted: tip of the trusted ref, whose policies judge the records."""

    tip: str | None
    trusted: str
    policy_path: str
    pinned: str | None = None


def open_ledger(git: Git, wanted: LedgerWanted) -> tuple[VerifiedLedger | None, tuple[Violation, ...]]:
    """The ledger, verified, None where there is none to go by; and what is wrong with it. Raises GitError."""
    tip = wanted.tip
    if tip is None:
        message = "acceptance is asked for, and this clone has no ledger"
        hint = f"git fetch origin {LEDGER_REF}:{LEDGER_REF}"
        return None, (Violation("LG903", message, ref=LEDGER_REF, hint=hint),)
    if wanted.pinned is not None and not is_reachable(git, wanted.pinned, [tip]):
        message = f"the ledger does not hold the pinned record {wanted.pinned[:12]}: it is older, or another one"
        hint = "fetch it again; if it stays so, somebody rewrote it"
        return None, (Violation("LG305", message, commit=tip, ref=LEDGER_REF, hint=hint),)
    verified = verify_chain(git, tip, trusted_eras(git, wanted.trusted, wanted.policy_path))
    return verified, verified.problems
