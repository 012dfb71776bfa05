"""Verifying a whole log of records in any clone, from its first record on (design section 6).

The same rules as on the server (core/judge_records.py; for locks core/judge_locks.py), each record by the policy that
it says it was written under: that policy stood on the trusted ref, and no record goes back to an older one. What only
the server could know is not judged: what refs held then, and which commits stood on a lane's ref. The answer is a
ledger in memory, which says what the records say and not what some tree claims.
"""

from __future__ import annotations

from lanegate.core.decision import Violation
from lanegate.core.judge_records import judge_record, record_shape
from lanegate.core.ledger import LEDGER, lane_path
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.ownership import Ownership
from lanegate.core.people import nobody_asks, writers_of
from lanegate.core.record import Landing, Verdict
from lanegate.core.record_facts import Place, RecordCommit
from lanegate.git.ledger import MemoryLedger
from lanegate.git.ledger_state import LedgerState
from lanegate.git.ledger_tree import hash_much
from lanegate.git.objects import CatFile
from lanegate.git.record_facts import on_top
from lanegate.usecases.records_ahead import read_records

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from lanegate.core.facts import Signer
    from lanegate.core.people import Signed
    from lanegate.core.policy import Policy
    from lanegate.core.record import Record
    from lanegate.core.record_log import Log
    from lanegate.git.objects import Reader
    from lanegate.git.run import Git
    from lanegate.usecases.policy_eras import Era
    from lanegate.usecases.records_ahead import Ahead

    #: What a record breaks whose shape is right, by the policy of its time.
    Rules = Callable[[Policy, Ownership, Record, RecordCommit], tuple[Violation, ...]]


class VerifiedLedger(NamedTuple):
    """problems: LG3xx, LG2xx of records, LG901 where no policy can judge one; after an LG305 of a record's shape those
    behind it were not looked at. ledger: what the records say that were. commits: of each of these, by number from 1;
    records: the same, as values."""

    problems: tuple[Violation, ...]
    ledger: MemoryLedger
    commits: tuple[str, ...]
    records: tuple[Record, ...]


class _Judging(NamedTuple):
    """What judges the records of an era."""

    policy: Policy
    ownership: Ownership
    signed: Signed


def verify_chain(
    git: Git,
    ids: Sequence[str],
    eras: Sequence[Era],
    progress: Callable[[int, int], None] | None = None,
    ahead: Iterable[Ahead] | None = None,
    log: Log = LEDGER,
    rules: Rules = judge_record,
) -> VerifiedLedger:
    """Verify every record. Raises GitError, ObjectTooLargeError.

    ids: of its commits, first record first (`chain_ids`). eras: of the trusted ref from the commit on that brought the
    first policy, oldest first (usecases/policy_eras.py). progress: told (done, all) records now and then. ahead: these
    commits, where somebody reads them already (usecases/records_ahead.py).
    log, rules: of another log than the ledger; `ledger` in the answer then says nothing.
    """
    hash_much()
    reader = CatFile(git)
    try:
        chain = _Chain(reader, LedgerState(reader, None, len(ids[0]), log), eras, rules)
        read = read_records(git, ids) if ahead is None else ahead
        for done, (oid, one) in enumerate(zip(ids, read, strict=True)):
            if not chain.add(oid, one):
                break
            if progress is not None and done % 500 == 0:
                progress(done, len(ids))
    finally:
        reader.close()
    return chain.verified()


class _Chain:
    def __init__(self, reader: Reader, state: LedgerState, eras: Sequence[Era], rules: Rules) -> None:
        self._rules = rules
        self._reader = reader
        self._checked: dict[str, bytes | None] = {}
        self._state = state
        self._eras = eras
        self._era = 0
        self._judging: dict[int, _Judging] = {}
        self._problems: list[Violation] = []
        self._lasts: dict[str, list[bytes]] = {}
        self._commits: list[str] = []
        self._records: list[Record] = []

    def add(self, oid: str, ahead: Ahead) -> bool:
        """Judge the next record; whether it is one."""
        place = Place(self._state.tip, len(self._records), "")
        commit = on_top(self._reader, self._state, oid, ahead.read, nobody_asks)
        record = commit.record
        wrong = record_shape(
            place._replace(policy=record.policy) if record is not None else place, commit, self._state.log
        )
        self._problems += wrong
        if wrong or record is None:
            return False
        self._checked = {oid: ahead.key}
        self._problems += self._judge(record, commit, ahead.read.raw)
        self._commits.append(oid)
        self._records.append(record)
        if isinstance(record.body, Verdict):
            lane = record.body.lane
            self._lasts.setdefault(lane, []).append(self._state.files[lane_path(lane, "last")])
        self._state.forget()
        return True

    def verified(self) -> VerifiedLedger:
        ledger = MemoryLedger(self._state.files, self._lasts, len(self._records))
        return VerifiedLedger(tuple(self._problems), ledger, tuple(self._commits), tuple(self._records))

    def _judge(self, record: Record, commit: RecordCommit, raw: bytes) -> Iterator[Violation]:
        era = self._era_of(record, raw)
        if era is None:
            message = f"record {record.number}: its policy {record.policy[:12]} did not stand on the trusted ref then"
            hint = "fetch the trusted ref; if it is up to date, this record was never judged by it"
            log = self._state.log
            yield Violation(log.forged, message, commit=commit.id, ref=log.ref, hint=hint)
            return
        judging = self._judging_of(era)
        if judging is None:
            why = self._eras[era].problems[0].message
            message = f"record {record.number}: no policy judges it: {why}"
            ref = self._state.log.ref
            yield Violation("LG901", message, commit=commit.id, ref=ref, hint="see: lanegate policy check")
            return
        commit = commit._replace(signer=self._signer(record, era, commit.id, raw))
        yield from self._rules(judging.policy, judging.ownership, record, commit)

    def _era_of(self, record: Record, raw: bytes) -> int | None:
        """The first era of the record's policy that is not over yet, None if there is none.

        A landing is judged by the policy before it, which it may have ended itself, and may be recorded late: it may
        stand behind records of the next era, and of later ones where its server's key still counts.
        """
        found = self._first(record.policy, self._era)
        if found is not None:
            self._era = found
        elif isinstance(record.body, Landing):
            found = self._first(record.policy, max(self._era - 1, 0))
            if found is None and self._is_known_still(record, raw):
                found = self._first(record.policy, 0)
        return found

    def _first(self, policy: str, start: int) -> int | None:
        return next((at for at in range(start, len(self._eras)) if self._eras[at].blob == policy), None)

    def _is_known_still(self, record: Record, raw: bytes) -> bool:
        """Whether the policy of the era that the ledger has come to knows the writer by the key that signed."""
        judging = self._judging_of(self._era) if self._eras else None
        signer = judging.signed("", raw) if judging is not None else None
        return signer is not None and signer.person is not None and signer.person == record.writer

    def _signer(self, record: Record, era: int, oid: str, raw: bytes) -> Signer | None:
        """Who signed a record. A landing may wait for a policy that knows the server's key, so one of a later era will
        do."""
        eras = range(era, len(self._eras) if isinstance(record.body, Landing) else era + 1)
        signers = [judging.signed(oid, raw) for at in eras if (judging := self._judging_of(at)) is not None]
        return next((signer for signer in signers if signer is not None and signer.person is not None), signers[0])

    def _judging_of(self, era: int) -> _Judging | None:
        policy = self._eras[era].policy
        if policy is None:
            return None
        if era not in self._judging:
            self._judging[era] = _Judging(policy, Ownership(policy), writers_of(policy, self._known))
        return self._judging[era]

    def _known(self, oid: str) -> bytes | None:
        """The key that was found to have signed the record that is judged."""
        return self._checked.get(oid)
