"""A record's commit as facts: what core/judge_records.py looks at. Filled in by git/record_facts.py."""

from __future__ import annotations

from lanegate.core.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from lanegate.core.facts import Signer
    from lanegate.core.ledger import Entry
    from lanegate.core.locks import Lock
    from lanegate.core.record import Record
    from lanegate.core.report import Report

_NOTHING: Mapping[str, tuple[Entry, ...]] = {}


class Place(NamedTuple):
    """Where the next record goes. parent: the ledger's tip, None before the first record; number: of its record, then
    0. policy: id of the policy's blob by which it is to be written."""

    parent: str | None
    number: int
    policy: str


class AtServer(NamedTuple):
    """What only the server can tell about a verdict when it arrives; all as it stood before the push.

    tips: what each ref held that the verdict names, those that existed. strays: commits it names that are something
    else. on_lane: those that a {lane} ref of the verdict's lane reaches, None where that is not asked.
    signed_by: who is proven to have signed each of them, as far as the server has it. reached: those that `ran`
    reaches, itself included.
    """

    tips: Mapping[str, str]
    strays: frozenset[str] = frozenset()
    on_lane: frozenset[str] | None = None
    signed_by: Mapping[str, str] = {}
    reached: frozenset[str] = frozenset()


class RecordCommit(NamedTuple):
    """A commit that is to be a record.

    defects: what is malformed in the commit. record: None where there is none, and then `problem` says why.
    differs: the first path at which its tree is not what the record makes of the tree before it, None if it is.
    signer: None where nobody looked (identity `none`). entries: of a withdrawal, what the ledger said before about the
    commits that it names. report: the gate report, None where the record names none or `report_problem` says what is
    wrong with it. at_server: of a verdict; None where a clone verifies. locks: of a record of the lock registry, the
    locks before it; last: and the time of the record before it, in seconds since 1970.
    """

    id: str
    parents: tuple[str, ...]
    defects: tuple[str, ...] = ()
    record: Record | None = None
    problem: str | None = None
    differs: bytes | None = None
    signer: Signer | None = None
    entries: Mapping[str, tuple[Entry, ...]] = _NOTHING
    report: Report | None = None
    report_problem: str | None = None
    at_server: AtServer | None = None
    locks: tuple[Lock, ...] = ()
    last: int | None = None
