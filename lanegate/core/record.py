"""Records as values, and the one way each is written: canonical JSON (design section 6; R-D07).

A record is one commit of the ledger, or of the lock registry, whose kinds core/lock_record.py has; its tree holds these
bytes under `record`. Whoever reads them writes them again and compares, so two readers cannot see two meanings: no key
twice, none unknown, one order, one spelling.

| kind | says | written by |
|---|---|---|
| verdict | these commits of a lane are accepted for, or rejected from, these refs | acceptor |
| withdraw | the writer's own verdicts on these commits for these refs no longer count | the same acceptor |
| reconcile | these assumptions of a lane hold, or were made to | owner of the lane, integrator |
| gate | these gates were run on exactly this commit | acceptor, integrator |
| landing | refs moved; what they were judged by; with `reason`, a maintainer had refusals overridden | server |
"""

from __future__ import annotations

from lanegate.core import record_fields as field
from lanegate.core.canonical_json import document as spelt
from lanegate.core.lock_record import LOCK_FIELDS, LOCK_KINDS
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.record_fields import MAX_NAMED as MAX_NAMED
from lanegate.core.record_fields import MAX_TEXT as MAX_TEXT
from lanegate.core.record_fields import MAX_WORD as MAX_WORD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

FORMAT = 1
ACCEPTED, REJECTED = "accepted", "rejected"
VERDICTS = (ACCEPTED, REJECTED)

#: Bytes of a record.
MAX_BYTES = 1 << 20
_TOO_LARGE = f"larger than {MAX_BYTES} bytes"
#: Characters that a record adds to the ledger's state by what it says of each of its commits (core/ledger.py): without
#: it a record of 1 MiB would make 2 GB of state.
MAX_SAID = 1 << 20


class RecordError(Exception):
    """Bytes that are no record, or not spelt as this module spells it. `.message` is one line."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Verdict(NamedTuple):
    """verdict: accepted or rejected. commits: full ids, the last one last in history. refs: full names, for which it is
    given. task: the lane's task then. tips: of a rejection, what each ref held then, None where it did not exist.
    gates: that passed, by the report. ran: the commit that they ran on. report: id of the blob with the gate report.
    carried: (commit, the older commit whose verdict it takes over) where a commit was made anew."""

    verdict: str
    commits: tuple[str, ...]
    lane: str
    refs: tuple[str, ...]
    task: str | None = None
    tips: tuple[tuple[str, str | None], ...] = ()
    gates: tuple[str, ...] = ()
    ran: str | None = None
    report: str | None = None
    carried: tuple[tuple[str, str], ...] = ()


class Withdraw(NamedTuple):
    commits: tuple[str, ...]
    refs: tuple[str, ...]


class Reconcile(NamedTuple):
    lane: str
    assumptions: tuple[str, ...]


class GateRun(NamedTuple):
    """commit: that was checked out. passed, failed: names of gates. report: id of the blob with the gate report."""

    commit: str
    passed: tuple[str, ...]
    failed: tuple[str, ...] = ()
    report: str | None = None


class Moved(NamedTuple):
    """A ref that moved: ids, None where it did not exist or does not any more. forced: not a fast-forward, or gone."""

    ref: str
    old: str | None
    new: str | None
    forced: bool = False


class Landing(NamedTuple):
    """moved: at least one. pusher: the name that the server authenticated. ledger, locks: tips that it was judged by.
    seen: number of the ledger's last record then, 0 for none. time: when it was received (UTC, ISO 8601). git: version.
    reason: of an override, else None; codes: of the violations that were overridden."""

    moved: tuple[Moved, ...]
    time: str
    git: str
    pusher: str | None = None
    ledger: str | None = None
    seen: int = 0
    locks: str | None = None
    reason: str | None = None
    codes: tuple[str, ...] = ()


if TYPE_CHECKING:
    from lanegate.core.lock_record import LockBody

    Body = Verdict | Withdraw | Reconcile | GateRun | Landing | LockBody


class Record(NamedTuple):
    """number: place in the ledger, from 1. policy: id of the policy's blob by which it was written. writer: person, or
    `server:<id>`, None where nobody is proven (identity `none`). note: in the writer's words."""

    number: int
    policy: str
    body: Body
    writer: str | None = None
    note: str | None = None

    @property
    def kind(self) -> str:
        return _KIND_OF[type(self.body)]


def write_record(record: Record) -> bytes:
    """The bytes of a record. `read_record` gives it back."""
    return spelt(_values(record))


def write_readable(record: Record) -> bytes:
    """The same. Raises RecordError, as `read_record` would of these bytes."""
    values = _values(record)
    data = spelt(values)
    if len(data) > MAX_BYTES:
        raise RecordError(_TOO_LARGE)
    _record(values)
    return data


def _values(record: Record) -> dict[str, Any]:
    """A record as JSON has it."""
    named = {name: _plain(value) for name, value in record.body._asdict().items()}
    head = {"format": FORMAT, "kind": record.kind, "note": record.note, "number": record.number}
    return {**head, "policy": record.policy, "writer": record.writer, **named}


def read_record(data: bytes) -> Record:
    """The record that these bytes are. Raises RecordError, whatever the bytes."""
    if len(data) > MAX_BYTES:
        raise RecordError(_TOO_LARGE)
    import json

    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise RecordError("not JSON") from None
    if not isinstance(document, dict):
        raise RecordError("not a JSON object")
    record = _record(document)
    # what was read of it, each value checked to be of its kind, is what `write_record` would spell
    if spelt({**document, "format": FORMAT}) != data:
        raise RecordError("not spelt as lanegate spells it: the same record, other bytes")
    return record


def _record(document: dict[str, Any]) -> Record:
    if document.get("format") != FORMAT:
        raise RecordError(f"format {document.get('format')!r:.40}, this version of lanegate reads {FORMAT}")
    kind = document.get("kind")
    body_of = _KINDS.get(kind) if isinstance(kind, str) else None
    if body_of is None:
        raise RecordError(f"unknown kind {kind!r:.40}")
    expected = _KEYS[body_of]
    if document.keys() != expected:
        odd = min(map(str, document.keys() ^ expected))
        raise RecordError(f"key missing or unknown: {odd:.40}")
    number, policy, writer, note = _taken(document, _HEAD)
    record = Record(number, policy, body_of._make(_taken(document, _FIELDS[body_of])), writer, note)
    if _said_of_commits(record.body) > MAX_SAID:
        raise RecordError("too many commits for so many refs and gates: record fewer commits at once")
    return record


def _taken(document: dict[str, Any], fields: Mapping[str, Callable[[Any], Any]]) -> list[Any]:
    """The values of some keys, in their order. Raises RecordError."""
    values = []
    name = ""
    try:
        for name, read in fields.items():
            values.append(read(document[name]))
    except field.WrongError as wrong:
        raise RecordError(f"{name}: {wrong}") from None
    return values


def _said_of_commits(body: Body) -> int:
    """Characters that the state repeats for each commit, in all."""
    if isinstance(body, Verdict):
        return len(body.commits) * sum(map(len, (*body.refs, *body.gates, body.task or "")))
    return len(body.commits) * sum(map(len, body.refs)) if isinstance(body, Withdraw) else 0


def _plain(value: Any) -> Any:
    """Values of a body as JSON has them: pairs become objects."""
    if isinstance(value, Moved):
        return value._asdict()
    if isinstance(value, tuple):
        if value and isinstance(value[0], tuple) and not isinstance(value[0], Moved):
            return dict(value)
        return [_plain(item) for item in value]
    return value


def _verdict(value: Any) -> str:
    field.must(value in VERDICTS, "accepted or rejected")
    return str(value)


def _moved(value: Any) -> Moved:
    field.must(isinstance(value, dict) and value.keys() == set(Moved._fields), "ref, old, new, forced")
    moved = Moved(
        field.ref(value["ref"]),
        field.maybe(field.oid)(value["old"]),
        field.maybe(field.oid)(value["new"]),
        field.flag(value["forced"]),
    )
    field.must(moved.old is not None or moved.new is not None, "an old or a new id")
    return moved


_HEAD: Mapping[str, Callable[[Any], Any]] = {
    "number": field.number,
    "policy": field.oid,
    "writer": field.maybe(field.word),
    "note": field.maybe(field.text),
}
_KINDS: Mapping[str, Any] = {
    "verdict": Verdict,
    "withdraw": Withdraw,
    "reconcile": Reconcile,
    "gate": GateRun,
    "landing": Landing,
    **LOCK_KINDS,
}
_KIND_OF: Mapping[Any, str] = {body: kind for kind, body in _KINDS.items()}
_FIELDS: Mapping[Any, Mapping[str, Callable[[Any], Any]]] = {
    Verdict: {
        "verdict": _verdict,
        "commits": field.list_of(field.oid, 1),
        "lane": field.lane_id,
        "refs": field.sorted_list(field.ref, 1),
        "task": field.maybe(field.line),
        "tips": field.pairs(field.ref, field.maybe(field.oid)),
        "gates": field.sorted_list(field.word),
        "ran": field.maybe(field.oid),
        "report": field.maybe(field.oid),
        "carried": field.pairs(field.oid, field.oid),
    },
    Withdraw: {"commits": field.list_of(field.oid, 1), "refs": field.sorted_list(field.ref, 1)},
    Reconcile: {"lane": field.lane_id, "assumptions": field.sorted_list(field.word, 1)},
    GateRun: {
        "commit": field.oid,
        "passed": field.sorted_list(field.word),
        "failed": field.sorted_list(field.word),
        "report": field.maybe(field.oid),
    },
    Landing: {
        "moved": field.list_of(_moved, 1),
        "time": field.line,
        "git": field.line,
        "pusher": field.maybe(field.line),
        "ledger": field.maybe(field.oid),
        "seen": field.number,
        "locks": field.maybe(field.oid),
        "reason": field.maybe(field.text),
        "codes": field.sorted_list(field.word),
    },
    **LOCK_FIELDS,
}
_KEYS: Mapping[Any, frozenset[str]] = {
    body: frozenset(("format", "kind", *_HEAD, *fields)) for body, fields in _FIELDS.items()
}
