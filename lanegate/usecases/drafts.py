"""Records that are still to be written: brought up to date, compared with what the ledger says already, judged.

A record is written on top of the ledger's tip by the policy of that moment, and when another writer was faster it is
made anew: its number, the policy, the lane's task and what a rejected ref holds now are filled in each time. Before
anything is signed it is judged by the server's own rules (core/judge_records.py) on what a clone knows of the server.
"""

from __future__ import annotations

from collections.abc import Mapping

from lanegate.core.decision import Violation
from lanegate.core.facts import Signer
from lanegate.core.judge_records import judge_record
from lanegate.core.ledger import Entry
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.policy import NOBODY
from lanegate.core.record import REJECTED, GateRun, Reconcile, Record, Verdict, Withdraw
from lanegate.core.record_facts import RecordCommit
from lanegate.core.refs import match_ref
from lanegate.core.report import Report, ReportError, read_report
from lanegate.git.ledger import Ledger, LedgerView
from lanegate.git.objects import CatFile
from lanegate.git.record_facts import at_server
from lanegate.git.refs import Tip
from lanegate.git.run import Git
from lanegate.usecases.clone import Clone
from lanegate.usecases.ledger_here import has

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lanegate.core.record import Body


class Draft(NamedTuple):
    """What is to be recorded. body: without what `renewed` fills in. report: the bytes of its gate report."""

    body: Body
    note: str | None = None
    report: bytes | None = None


class Scene(NamedTuple):
    """What a record is written on. refs: what each ref of the server holds, as far as this clone knows. writer: id of
    the person, None under identity `none`."""

    clone: Clone
    git: Git
    reader: CatFile
    refs: Mapping[str, str]
    writer: str | None


def renewed(draft: Draft, scene: Scene) -> Draft:
    """The draft by the policy and the refs of this moment."""
    body = draft.body
    if not isinstance(body, Verdict):
        return draft
    lane = scene.clone.policy.lanes.get(body.lane)
    tips = tuple([(ref, scene.refs.get(ref)) for ref in body.refs]) if body.verdict == REJECTED else ()
    return draft._replace(body=body._replace(task=lane.task if lane is not None else None, tips=tips))


def record_of(draft: Draft, scene: Scene, number: int) -> Record:
    """The record that a renewed draft becomes."""
    return Record(number, scene.clone.file.blob, draft.body, scene.writer, draft.note)


def standing(draft: Draft, ledger: LedgerView, writer: str | None) -> int | None:
    """Number of the record by which the ledger says already what a renewed draft would say, None if it does not."""
    body = draft.body
    numbers: list[int | None]
    if isinstance(body, Verdict):
        numbers = [_same_verdict(ledger.entries(oid), body, writer) for oid in body.commits]
    elif isinstance(body, Withdraw):
        numbers = [_same_withdrawal(ledger.entries(oid), body, writer) for oid in body.commits]
    elif isinstance(body, Reconcile):
        numbers = [_same_reconciliation(ledger.events(body.lane), name) for name in body.assumptions]
    elif isinstance(body, GateRun):
        numbers = [_same_run(ledger.entries(body.commit), body, writer)]
    else:
        raise TypeError("a landing is recorded by the server")
    found = [number for number in numbers if number is not None]
    return max(found) if len(found) == len(numbers) else None


def _same_verdict(entries: tuple[Entry, ...], body: Verdict, writer: str | None) -> int | None:
    """The last word on a commit for any of the refs, where it is this very verdict by the same person."""
    last = None
    for entry in entries:
        if entry.kind in ("verdict", "withdraw") and not set(body.refs).isdisjoint(entry.all("on")):
            last = entry
    if last is None or last.kind != "verdict" or last.one("by") != writer or last.one("is") != body.verdict:
        return None
    same = (
        last.all("on") == body.refs
        and last.one("lane") == body.lane
        and last.one("task") == body.task
        and last.all("gate") == body.gates
        and last.one("ran") == body.ran
    )
    return last.number if same else None


def _same_withdrawal(entries: tuple[Entry, ...], body: Withdraw, writer: str | None) -> int | None:
    """The withdrawal after which no verdict of the same person is left for these refs."""
    number = None
    left: set[str] = set()
    for entry in entries:
        on = set(body.refs).intersection(entry.all("on"))
        if entry.one("by") != writer or not on:
            continue
        if entry.kind == "verdict":
            left |= on
        elif entry.kind == "withdraw":
            left -= on
            number = entry.number
    return None if left else number


def _same_reconciliation(events: tuple[Entry, ...], assumption: str) -> int | None:
    found = [entry.number for entry in events if entry.kind == "reconcile" and assumption in entry.all("assumption")]
    return found[-1] if found else None


def _same_run(entries: tuple[Entry, ...], body: GateRun, writer: str | None) -> int | None:
    runs = [entry for entry in entries if entry.kind == "gate" and entry.one("by") == writer]
    if not runs or (runs[-1].all("gate"), runs[-1].all("failed")) != (body.passed, body.failed):
        return None
    return runs[-1].number


def draft_problems(draft: Draft, record: Record, ledger: Ledger, scene: Scene) -> tuple[Violation, ...]:
    """Every rule that the record would break at the server, as far as a clone can tell. Raises GitError."""
    policy = scene.clone.policy
    report, problem = _report(draft)
    named = draft.body.commits if isinstance(draft.body, Withdraw) else ()
    commit = RecordCommit(
        id="",
        parents=(),
        record=record,
        signer=None if policy.identity == NOBODY else Signer(scene.writer),
        entries={oid: ledger.entries(oid) for oid in named},
        report=report,
        report_problem=problem,
        at_server=at_server(scene.git, scene.reader, _tips(scene), policy, record),
    )
    found = judge_record(policy, scene.clone.file.ownership, record, commit)
    told = f"record {record.number}: "
    return tuple([one._replace(message=one.message.removeprefix(told), commit=None, ref=None) for one in found])


def _report(draft: Draft) -> tuple[Report | None, str | None]:
    if draft.report is None:
        return None, None
    try:
        return read_report(draft.report), None
    except ReportError as error:
        return None, error.message


def _tips(scene: Scene) -> dict[str, Tip]:
    """The refs of the server; those of lanes whose commits are not here are told from others by their kind."""
    lanes = {ref for ref in scene.refs if (found := match_ref(scene.clone.policy, ref)) is not None and found[1]}
    return {
        ref: Tip(oid, "" if ref in lanes and not has(scene.git, oid) else "commit", "")
        for ref, oid in scene.refs.items()
    }
