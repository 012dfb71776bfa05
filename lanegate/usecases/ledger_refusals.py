"""Refusals around the ledger that no rule of core makes: a ledger that went back, a server that declined."""

from __future__ import annotations

from lanegate.core.decision import Decision, Violation, decide
from lanegate.core.ledger import LEDGER_REF
from lanegate.core.record import RecordError
from lanegate.git.append import SigningError
from lanegate.usecases.clone import Clone, StoppedError
from lanegate.usecases.undecided import undecided


def refused(*violations: Violation, clone: Clone | None = None) -> Decision:
    decision = decide(violations)
    if clone is None:
        return Decision(decision, violations)
    file = clone.file
    return Decision(decision, violations, file.commit, file.blob, clone.policy_path)


def forked(seen: str, ledger: str | None, file: str) -> Decision:
    shown = f"shows {ledger[:12]}, which does not descend from it" if ledger is not None else "has no ledger any more"
    message = f"an older or forked ledger is served: {seen[:12]} was there before, and the server {shown}"
    hint = f"ask the server's admin; {LEDGER_REF} of older clones has what is missing. If all is well: rm {file}"
    return refused(Violation(code="LG305", message=message, hint=hint, ref=LEDGER_REF))


def refusal(said: str, ref: str = LEDGER_REF) -> Decision:
    """What the server's hook said of a record for this ref, as a decision of this command."""
    lines = [line.removeprefix("remote:").strip() for line in said.splitlines() if line.startswith("remote:")]
    coded = next((line for line in lines if line[:2] == "LG" and line[2:5].isdigit()), None)
    message = f"the server refused the record: {coded[6:] if coded else 'its hook declined'}"
    hint = "nothing was recorded; the notes are the server's own words"
    violation = Violation(code=coded[:5] if coded else "LG903", message=message, hint=hint, ref=ref)
    return Decision(decide((violation,)), (violation,), notes=tuple(filter(None, lines)))


def why_stopped(error: Exception) -> Decision:
    """The decision that an exception of a command around the ledger stands for."""
    if isinstance(error, StoppedError):
        return error.decision
    if isinstance(error, SigningError):
        return refused(Violation(code="LG203", message=error.message, hint=f"run: {error.hint}"))
    if isinstance(error, RecordError):
        message = f"{LEDGER_REF} of this clone is damaged: {error.message}"
        hint = f"see what it is: lanegate ledger verify; take the server's instead: git update-ref -d {LEDGER_REF}"
        return refused(Violation(code="LG305", message=message, hint=hint, ref=LEDGER_REF))
    return undecided(error)
