"""Judging a record of the ledger: its shape, its writer, and whether he may say what it says (docs/judgement.md).

| kind | may be written by |
|---|---|
| verdict | `acceptor`; accepted: not the commit's signer, nor an owner of its lane, unless `self_accept` |
| withdraw | an acceptor, of his own verdicts |
| reconcile | an owner of the lane, or `integrator` |
| gate | `acceptor` or `integrator` |
| landing | a server |

Under identity `none` nobody is proven to be anybody: a record names no writer, and roles are not asked for.
"""

from __future__ import annotations

from lanegate.core.decision import Violation
from lanegate.core.judge_verdicts import gate_run, verdict
from lanegate.core.ledger import LEDGER
from lanegate.core.message import short
from lanegate.core.people import SERVER
from lanegate.core.record import GateRun, Landing, Reconcile, Record, Verdict, Withdraw
from lanegate.core.record_refusals import Case, forged, needs_role, some, unknown_lane

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from lanegate.core.ownership import Ownership
    from lanegate.core.policy import Policy
    from lanegate.core.record_facts import Place, RecordCommit
    from lanegate.core.record_log import Log

_SIGN = "sign it with a key of yours in the policy: git config gpg.format ssh, git config user.signingKey FILE"


def record_shape(place: Place, commit: RecordCommit, log: Log = LEDGER) -> tuple[Violation, ...]:
    """LG305, LG407: why a commit is not the next record of a log. Where it is not, nothing more can be judged of it,
    nor of those after it."""
    return told(commit, log, _shape(place, commit, log))


def judge_record(policy: Policy, ownership: Ownership, record: Record, commit: RecordCommit) -> tuple[Violation, ...]:
    """Every rule that the next record of the ledger breaks, whose shape is right. policy, ownership: as in force before
    the push. record: `commit.record`."""
    case = Case(policy, ownership, record, commit)
    found = list(writer_problems(case)) or list(_RULES[type(record.body)](case, record.body))
    return told(commit, LEDGER, found)


def told(commit: RecordCommit, log: Log, found: Iterable[Violation]) -> tuple[Violation, ...]:
    """Violations with the number of the record, its commit and the log's ref."""
    which = f"record {commit.record.number}: " if commit.record is not None else ""
    return tuple([one._replace(message=which + one.message, commit=commit.id, ref=log.ref) for one in found])


def _shape(place: Place, commit: RecordCommit, log: Log) -> Iterator[Violation]:
    for message in _misshapen(place, commit, log):
        yield Violation(code=log.forged, message=message, hint=log.sync)


def _misshapen(place: Place, commit: RecordCommit, log: Log) -> Iterator[str]:
    expected = (place.parent,) if place.parent is not None else ()
    if commit.parents != expected:
        after = f"record {place.number}, which is {expected[0][:12]}" if expected else "nothing: it is the first record"
        yield f"its parents are {some(commit.parents) or 'none'}; it comes after {after}"
    for defect in commit.defects:
        yield f"malformed commit: {defect}"
    record = commit.record
    if record is None:
        yield f"not a record: {commit.problem}"
        return
    if record.kind not in log.kinds:
        yield f"a record of kind {record.kind}, which has no place in the {log.name}"
    if record.number != place.number + 1:
        yield f"it comes after record {place.number}, so its number is {place.number + 1}"
    if record.policy != place.policy:
        yield "written under another policy than the one in force"
    if commit.differs is not None:
        path = short(commit.differs.decode("utf-8", "replace"), 200) or "its tree"
        yield f"{path} is not what this record makes of the state before it"


def writer_problems(case: Case, log: Log = LEDGER) -> Iterator[Violation]:
    """LG203, LG202, LG305, LG407: the record is by whom it says it is by."""
    signer, writer = case.commit.signer, case.record.writer
    if not case.proves_people:
        if writer is not None:
            message = f"it names {short(writer)} as its writer, but under identity none nobody is proven"
            yield Violation(code=log.forged, message=message, hint=log.sync)
    elif signer is None or signer.person is None:
        why = signer.reason if signer is not None else "nobody looked"
        yield Violation(code="LG203", message=f"nobody is proven to have written it: {why}", hint=_SIGN)
    elif signer.person != writer:
        message = f"signed by {signer.person}, but it names {short(writer or 'nobody')} as its writer"
        yield Violation(code="LG202", message=message, hint=log.sync)


def _withdraw(case: Case, body: Withdraw) -> Iterator[Violation]:
    yield from needs_role(case, "acceptor")
    if not case.proves_people:
        return
    writer = case.record.writer
    for oid in body.commits:
        mine = [entry for entry in case.commit.entries[oid] if entry.kind == "verdict" and entry.one("by") == writer]
        given = {ref for entry in mine for ref in entry.all("on")}
        missing = [ref for ref in body.refs if ref not in given]
        if missing:
            message = f"{writer} gave no verdict on {oid[:12]} for {some(missing)}"
            yield Violation(code="LG202", message=message, hint="a verdict is withdrawn by who gave it; reject instead")


def _reconcile(case: Case, body: Reconcile) -> Iterator[Violation]:
    lane = case.policy.lanes.get(body.lane)
    if lane is None:
        yield unknown_lane(case.policy, body.lane)
    elif case.record.writer not in lane.owners:
        yield from needs_role(case, "integrator", but=f"not an owner of lane {lane.id}: ")


def _landing(case: Case, body: Landing) -> Iterator[Violation]:
    writer = case.record.writer
    if case.proves_people and not (writer or "").startswith(SERVER):
        message = f"a server records landings, not {writer}"
        yield Violation(code="LG202", message=message, hint="leave it to the server's post-receive hook")
    if body.seen >= case.record.number:
        yield forged(f"judged by record {body.seen}, which would come after it")


_RULES: Mapping[Any, Callable[[Case, Any], Iterator[Violation]]] = {
    Verdict: verdict,
    Withdraw: _withdraw,
    Reconcile: _reconcile,
    GateRun: gate_run,
    Landing: _landing,
}
