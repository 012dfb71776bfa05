"""Verifying the whole lock registry in any clone, from its first record on (design section 6; R-B04, R-F03).

As the ledger is (usecases/ledger_verify.py): each record by the policy that it names and by its own time, since only
the server knew the time when it came. That time never goes back, so leases are counted here as the server counted them,
but for the two minutes that it lets a clock be off; where that matters the server was the stricter.
"""

from __future__ import annotations

from functools import lru_cache

from lanegate.core.judge_locks import judge_lock_record
from lanegate.core.locks import LOCKS, time_of
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.overlap import scopes_overlap
from lanegate.usecases.ledger_verify import verify_chain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from lanegate.core.decision import Violation
    from lanegate.core.ownership import Ownership
    from lanegate.core.policy import Policy
    from lanegate.core.record import Record
    from lanegate.core.record_facts import RecordCommit
    from lanegate.git.run import Git
    from lanegate.usecases.policy_eras import Era
    from lanegate.usecases.records_ahead import Ahead


class VerifiedLocks(NamedTuple):
    """problems: LG1xx, LG2xx, LG4xx of records, LG901 where no policy can judge one; after an LG407 of a record's shape
    those behind it were not looked at. commits: of the records that were, oldest first; records: the same, as
    values."""

    problems: tuple[Violation, ...]
    commits: tuple[str, ...] = ()
    records: tuple[Record, ...] = ()


def verify_locks(
    git: Git,
    ids: Sequence[str],
    eras: Sequence[Era],
    progress: Callable[[int, int], None] | None = None,
    ahead: Iterable[Ahead] | None = None,
) -> VerifiedLocks:
    """Verify every record of a registry; parameters as of `verify_chain`. Raises GitError, ObjectTooLargeError."""
    overlap = lru_cache(10_000)(scopes_overlap)  # the same lock stands in the way of many records

    def rules(policy: Policy, ownership: Ownership, record: Record, commit: RecordCommit) -> tuple[Violation, ...]:
        return judge_lock_record(policy, ownership, record, commit, time_of(record), overlap)

    chain = verify_chain(git, ids, eras, progress, ahead, LOCKS, rules)
    return VerifiedLocks(chain.problems, chain.commits, chain.records)
