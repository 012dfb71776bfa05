"""A record's commit as facts, for core/judge_records.py: read from git, one record after another."""

from __future__ import annotations

from lanegate.core.ledger import LEDGER, RECORD, commit_path, read_entries
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.objects import parse_commit
from lanegate.core.people import nobody_asks, signers_of
from lanegate.core.record import ACCEPTED, RecordError, Verdict, Withdraw, read_record
from lanegate.core.record_facts import AtServer, RecordCommit
from lanegate.core.refs import match_ref
from lanegate.git.objects import MissingObjectError
from lanegate.git.reach import is_reachable
from lanegate.git.run import GitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lanegate.core.ledger import Entry
    from lanegate.core.people import Signed
    from lanegate.core.policy import Policy
    from lanegate.core.record import Record
    from lanegate.git.ledger_state import LedgerState
    from lanegate.git.objects import Reader
    from lanegate.git.refs import Tip
    from lanegate.git.run import Git


def read_record_file(reader: Reader, oid: str) -> bytes | None:
    """What stands at `record` in a commit's tree, None where nothing does, or something else than a file."""
    try:
        kind, content = reader.read(f"{oid}:{RECORD.decode()}")
    except MissingObjectError:
        return None
    return content if kind == "blob" else None


class ReadCommit(NamedTuple):
    """A commit that is to be a record, as far as it says so itself. raw: the commit object; tree, parents, defects:
    what it says. content: as of `read_record_file`. record: None where there is none, and then `problem` says why."""

    raw: bytes
    tree: str | None
    parents: tuple[str, ...]
    defects: tuple[str, ...]
    content: bytes | None
    record: Record | None = None
    problem: str | None = None


def read_commit(raw: bytes, content: bytes | None) -> ReadCommit:
    """Read a commit object and its file `record`. Never raises."""
    parsed = parse_commit(raw)
    defects = tuple([defect.what for defect in parsed.defects])
    bare = ReadCommit(raw, parsed.tree, parsed.parents, defects, content)
    if content is None:
        return bare._replace(problem="its tree has no file `record`")
    try:
        return bare._replace(record=read_record(content))
    except RecordError as error:
        return bare._replace(problem=error.message)


def record_commit(
    reader: Reader, state: LedgerState, oid: str, raw: bytes, content: bytes | None, signed: Signed
) -> RecordCommit:
    """The facts of a commit on top of a state, which is moved on to it. raw, content: as of `read_commit`. Raises
    GitError, ObjectTooLargeError."""
    return on_top(reader, state, oid, read_commit(raw, content), signed)


def on_top(reader: Reader, state: LedgerState, oid: str, read: ReadCommit, signed: Signed) -> RecordCommit:
    """The same of a commit that was read before."""
    record = read.record
    bare = RecordCommit(oid, read.parents, read.defects, record, read.problem)
    if record is None or record.kind not in state.log.kinds:
        return bare
    if state.log is not LEDGER:
        bare = _with_locks(bare, state)
    named = record.body.commits if isinstance(record.body, Withdraw) else ()
    entries = {name: _entries(state, commit_path(name)) for name in named}
    tree = state.add(record, read.content)
    state.stand_at(oid)
    found = bare._replace(signer=signed(oid, read.raw), entries=entries)
    if tree != read.tree:
        return found._replace(differs=state.tree.difference(read.tree) if read.tree is not None else b"")
    return _with_report(found, record, reader)


def at_server(git: Git, reader: Reader, refs: Mapping[str, Tip], policy: Policy, record: Record) -> AtServer | None:
    """What the server knows about a verdict, None for another record. refs: every ref before the push. Raises
    GitError."""
    body = record.body
    if not isinstance(body, Verdict):
        return None
    named = frozenset(body.commits)
    asked = dict.fromkeys((*body.commits, *([body.ran] if body.ran is not None else [])))
    reader.ahead(asked)
    signed = signers_of(policy) if body.verdict == ACCEPTED else nobody_asks
    kinds: dict[str, str] = {}
    signed_by: dict[str, str] = {}
    for oid in asked:  # one after the other: what is named may be large, and be no commit
        kinds[oid], content = _object(reader, oid)
        signer = signed(oid, content) if kinds[oid] == "commit" and oid in named else None
        if signer is not None and signer.person is not None:
            signed_by[oid] = signer.person
    here = [oid for oid in body.commits if kinds[oid] == "commit"]
    on_lane = None
    if policy.identity == "pusher":
        on_lane = _reached(git, here, _lane_tips(policy, refs, body.lane))
    return AtServer(
        tips={ref: refs[ref].oid for ref in body.refs if ref in refs},
        strays=frozenset(oid for oid, kind in kinds.items() if kind not in ("commit", "")),
        on_lane=on_lane,
        signed_by=signed_by,
        reached=_reached(git, here, [body.ran] if body.ran is not None and kinds[body.ran] == "commit" else []),
    )


def _with_locks(found: RecordCommit, state: LedgerState) -> RecordCommit:
    """With what the registry says before the record."""
    from lanegate.core.locks import locks_before, time_of

    last = state.content(RECORD)
    try:
        locks = locks_before(state.tip, state.content)
        return found._replace(locks=locks, last=time_of(read_record(last)) if last is not None else None)
    except (ValueError, RecordError) as error:
        raise GitError(f"the state of the {state.log.name} is damaged: {error}") from error


def _with_report(found: RecordCommit, record: Record, reader: Reader) -> RecordCommit:
    named = getattr(record.body, "report", None)
    if named is None:
        return found
    from lanegate.core.report import ReportError, read_report

    kind, content = reader.read(named)
    if kind != "blob":
        return found._replace(report_problem=f"it is a {kind}, not a file")
    try:
        return found._replace(report=read_report(content))
    except ReportError as error:
        return found._replace(report_problem=error.message)


def _entries(state: LedgerState, path: bytes) -> tuple[Entry, ...]:
    content = state.content(path)
    if content is None:
        return ()
    try:
        return read_entries(content)
    except ValueError as error:
        raise GitError(f"the ledger's state is damaged at {path.decode()}: {error}") from error


def _object(reader: Reader, oid: str) -> tuple[str, bytes]:
    """(type, content) of an object, both empty where there is none."""
    try:
        return reader.read(oid)
    except MissingObjectError:
        return "", b""


def _lane_tips(policy: Policy, refs: Mapping[str, Tip], lane: str) -> list[str]:
    """What the lane's own refs hold."""
    matched = ((tip, match_ref(policy, name)) for name, tip in refs.items() if tip.kind == "commit")
    return sorted({tip.oid for tip, found in matched if found is not None and found[1] == lane})


def _reached(git: Git, commits: Sequence[str], tips: Sequence[str]) -> frozenset[str]:
    """Which of the commits the tips reach."""
    if not commits or not tips:
        return frozenset()
    stdin = "".join([*(f"{oid}\n" for oid in commits), *(f"^{oid}\n" for oid in tips)]).encode()
    listed = set(git.output("rev-list", "--stdin", stdin=stdin).decode().split())
    return frozenset(oid for oid in commits if oid not in listed or is_reachable(git, oid, tips))
