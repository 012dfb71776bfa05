"""The ledger's state: what stands in its tree, so that one lookup answers for a commit or a lane (design section 6).

The tree at the ledger's tip:

| path | holds |
|---|---|
| `record` | the newest record (core/record.py) |
| `report` | its gate report, where it has one |
| `commits/a/b/c/d/<rest>` | a line for each record about the commit `abcd<rest>`, oldest first |
| `lanes/<lane>/last` | the lane's newest verdict, and the ledger's tip before it, in whose tree stands the one before |
| `lanes/<lane>/events` | a line for each rejection (by ref) and reconciliation in the lane, oldest first |

Each is made from its former content and the new record alone (`written`), so whoever has a record and the tree before
it can tell the tree after it, byte by byte. Lines are words with one space between them: the record's number, its
kind, then `name=value` in the order below, the value percent-encoded (RFC 3986) but for `/:@+,`.
"""

from __future__ import annotations

from lanegate.core.named_tuple import NamedTuple
from lanegate.core.record_log import Log
from lanegate.core.refs import LEDGER_REF as LEDGER_REF

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from lanegate.core.record import GateRun, Landing, Reconcile, Record, Verdict, Withdraw

RECORD, REPORT = b"record", b"report"
SYNC = "run: lanegate ledger sync, which writes your own records anew on top of the server's"
_FAN_OUT = 4
_SAFE = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/:@+,"


class Entry(NamedTuple):
    """A line: number and kind of the record it is of, and named values in order.

    | kind | values |
    |---|---|
    | verdict | is, lane, task?, on (refs)…, gate (passed)…, ran?, carried?, by?; in `last` also commit…, before? |
    | verdict, in `events` (a rejection) | commit…, on, tip?, by? |
    | withdraw | on…, by? |
    | reconcile | assumption…, by? |
    | gate | gate (passed)…, failed…, by? |
    | landing, under the new commit, or the old one of a deletion | ref, old?, new?, seen, forced?, reason?, by? |
    """

    number: int
    kind: str
    values: tuple[tuple[str, str], ...] = ()

    def all(self, name: str) -> tuple[str, ...]:
        """Values of a name, in order."""
        return tuple([value for key, value in self.values if key == name])

    def one(self, name: str) -> str | None:
        """The value of a name, None if there is none."""
        for key, value in self.values:
            if key == name:
                return value
        return None


def commit_path(oid: str) -> bytes:
    """Where the lines about a commit stand in the ledger's tree."""
    return ("commits/" + "/".join(oid[:_FAN_OUT]) + "/" + oid[_FAN_OUT:]).encode()


def lane_path(lane: str, name: str) -> bytes:
    """Where `last` or `events` of a lane stand in the ledger's tree."""
    return f"lanes/{lane}/{name}".encode()


def read_entries(content: bytes) -> tuple[Entry, ...]:
    """The lines of a file of the state. Raises ValueError for what is none."""
    if not content.endswith(b"\n"):
        raise ValueError("the last line of the ledger's state is cut off")
    return tuple([_entry(line) for line in content[:-1].split(b"\n")])


def _entry(line: bytes) -> Entry:
    number, kind, *rest = line.decode("ascii").split(" ")
    values = []
    for word in rest:
        name, equals, value = word.partition("=")
        if not equals:
            raise ValueError(f"a word without a value in the ledger's state: {word[:40]}")
        values.append((name, _decoded(value) if "%" in value else value))
    return Entry(int(number), kind, tuple(values))


def entry_line(entry: Entry) -> bytes:
    """An entry as a line; `read_entries` gives it back."""
    values = entry.values
    whole = "".join([value for _, value in values])
    is_plain = encoded(whole) == whole  # all of them asked about at once
    words = [f" {name}={value if is_plain else encoded(value)}" for name, value in values]
    return f"{entry.number} {entry.kind}{''.join(words)}\n".encode()


def encoded(value: str) -> str:
    """A value as it stands in a line: without spaces and wildcards."""
    raw = value.encode("utf-8", "surrogatepass")
    if not raw.translate(None, _SAFE):
        return value
    return "".join([chr(byte) if byte in _SAFE else f"%{byte:02X}" for byte in raw])


def _decoded(value: str) -> str:
    first, *rest = value.split("%")
    raw = first.encode() + b"".join([bytes((int(part[:2], 16),)) + part[2:].encode() for part in rest])
    return raw.decode("utf-8", "surrogatepass")


def written(record: Record, before: str | None, read: Callable[[bytes], bytes | None]) -> dict[bytes, bytes]:
    """What a record makes of the state: the new content of each file that it touches, `record` and `report` aside.

    before: the ledger's tip that the record comes on top of, None for the first. read: the content of a file as it
    stands in the tree of `before`, None where there is none.
    """
    made: dict[bytes, bytes] = {}
    for path, line, adds in _lines(record, before):
        old = (made[path] if path in made else read(path)) if adds else None
        made[path] = (old or b"") + line
    return made


def _lines(record: Record, before: str | None) -> Iterable[tuple[bytes, bytes, bool]]:
    """(path, line, whether it is added to what stands there) for each line."""
    number, kind = record.number, record.kind
    by = _maybe("by", record.writer)
    named, events, lane = _NAMED[kind](record.body)
    for oid, values in named:
        yield commit_path(oid), entry_line(Entry(number, kind, (*values, *by))), True
    if lane is not None and events:
        lines = b"".join(entry_line(Entry(number, kind, (*values, *by))) for values in events)
        yield lane_path(lane, "events"), lines, True
    if lane is not None and kind == "verdict":
        values = (*_pairs("commit", [oid for oid, _ in named]), *named[0][1], *by, *_maybe("before", before))
        yield lane_path(lane, "last"), entry_line(Entry(number, kind, values)), False


if TYPE_CHECKING:
    Values = tuple[tuple[str, str], ...]
    #: (commit, values) of each commit; values of each event of the lane; the lane.
    Named = tuple[list[tuple[str, Values]], list[Values], str | None]


def _pairs(name: str, values: Iterable[str]) -> Values:
    return tuple((name, value) for value in values)


def _maybe(name: str, value: str | None) -> Values:
    return ((name, value),) if value is not None else ()


def _verdict(body: Verdict) -> Named:
    values = (
        ("is", body.verdict),
        ("lane", body.lane),
        *_maybe("task", body.task),
        *_pairs("on", body.refs),
        *_pairs("gate", body.gates),
        *_maybe("ran", body.ran),
    )
    old = dict(body.carried)
    named = [(oid, (*values, *_maybe("carried", old.get(oid)))) for oid in body.commits]
    events: list[Values] = []
    for ref, tip in body.tips:  # of a rejection
        events.append((*_pairs("commit", body.commits), ("on", ref), *_maybe("tip", tip)))
    return named, events, body.lane


def _withdraw(body: Withdraw) -> Named:
    return [(oid, _pairs("on", body.refs)) for oid in body.commits], [], None


def _reconcile(body: Reconcile) -> Named:
    return [], [_pairs("assumption", body.assumptions)], body.lane


def _gate(body: GateRun) -> Named:
    return [(body.commit, (*_pairs("gate", body.passed), *_pairs("failed", body.failed)))], [], None


def _landing(body: Landing) -> Named:
    named: list[tuple[str, Values]] = []
    for ref, old, new, forced in body.moved:
        values = (("ref", ref), *_maybe("old", old), *_maybe("new", new), ("seen", str(body.seen)))
        forced_and_why = (*_maybe("forced", "true" if forced else None), *_maybe("reason", body.reason))
        named.append((new or old or "", (*values, *forced_and_why)))
    return named, [], None


_NAMED: Mapping[str, Callable[[Any], Named]] = {
    "verdict": _verdict,
    "withdraw": _withdraw,
    "reconcile": _reconcile,
    "gate": _gate,
    "landing": _landing,
}
LEDGER = Log(LEDGER_REF, "ledger", frozenset(_NAMED), written, "LG305", SYNC)
