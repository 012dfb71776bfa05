"""Verifying the whole lock registry in any clone, from its first record on (design section 6; R-B04, R-F03).

As the ledger is (usecases/ledger_verify.py): each record by the policy that it names and by its own time, since only
the server knew the time when it came. That time never goes back, so leases are counted here as the server counted them,
but for the two minutes that it lets a clock be off; where that matters the server was the stricter.
"""

from __future__ import annotations

import os
from functools import lru_cache

from lanegate.core.decision import Decision, Violation, decide
from lanegate.core.judge_locks import judge_lock_record
from lanegate.core.locks import LOCKS, LOCKS_REF, SYNC, after, time_of
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.overlap import scopes_overlap
from lanegate.core.people import unchecked
from lanegate.git.reach import is_reachable
from lanegate.usecases.ledger_here import has
from lanegate.usecases.ledger_signatures import checked_aside
from lanegate.usecases.ledger_verify import chain_ids, verify_chain
from lanegate.usecases.policy_eras import trusted_eras

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from lanegate.core.locks import Lock
    from lanegate.core.ownership import Ownership
    from lanegate.core.people import Checked
    from lanegate.core.policy import Policy
    from lanegate.core.record import Record
    from lanegate.core.record_facts import RecordCommit
    from lanegate.git.run import Git
    from lanegate.usecases.clone import Clone
    from lanegate.usecases.policy_eras import Era

#: What no clone can tell.
NOT_JUDGED = "the server's time when a record came"


class VerifiedLocks(NamedTuple):
    """problems: LG1xx, LG2xx, LG4xx of records, LG901 where no policy can judge one; after an LG407 of a record's shape
    those behind it were not looked at. commits: of the records that were, oldest first; records: the same, as values.
    states: the locks after each commit, as the records say."""

    problems: tuple[Violation, ...]
    commits: tuple[str, ...] = ()
    records: tuple[Record, ...] = ()
    states: Mapping[str, tuple[Lock, ...]] = {}


class CheckedLocks(NamedTuple):
    """tip, registry: None where this clone has no registry."""

    decision: Decision
    tip: str | None = None
    registry: VerifiedLocks | None = None


def verify_locks(
    git: Git,
    ids: Sequence[str],
    eras: Sequence[Era],
    progress: Callable[[int, int], None] | None = None,
    checked: Checked = unchecked,
) -> VerifiedLocks:
    """Verify every record of a registry; parameters as of `verify_chain`. Raises GitError, ObjectTooLargeError."""
    overlap = lru_cache(10_000)(scopes_overlap)  # the same lock stands in the way of many records

    def rules(policy: Policy, ownership: Ownership, record: Record, commit: RecordCommit) -> tuple[Violation, ...]:
        return judge_lock_record(policy, ownership, record, commit, time_of(record), overlap)

    chain = verify_chain(git, ids, eras, progress, checked, LOCKS, rules)
    states: dict[str, tuple[Lock, ...]] = {}
    locks: tuple[Lock, ...] = ()
    for commit, record in zip(chain.commits, chain.records, strict=True):
        locks = states[commit] = after(locks, record)
    return VerifiedLocks(chain.problems, chain.commits, chain.records, states)


def check_locks(
    clone: Clone,
    held: Sequence[tuple[str, str]] = (),
    progress: Callable[[int, int], None] | None = None,
) -> CheckedLocks:
    """Verify every record of this clone's registry by the policies of the trusted ref.

    held: commits that it must hold, by id, and why in words (seen before, pinned). Raises GitError,
    ObjectTooLargeError.
    """
    git = clone.worktree.git
    tip = git.line("rev-parse", "--verify", "--quiet", LOCKS_REF, accept=(0, 1)) or None
    problems = tuple(violation for oid, why in held for violation in _not_held(git, tip, oid, why))
    registry = None
    if tip is not None:
        ids, eras = chain_ids(git, tip), trusted_eras(git, clone.file.commit, clone.policy_path)
        with checked_aside(git, ids, eras, os.cpu_count() or 1) as checked:
            registry = verify_locks(git, ids, eras, progress, checked)
        problems += registry.problems
    decision = Decision(
        decision=decide(problems),
        violations=problems,
        policy_commit=clone.file.commit,
        policy_blob=clone.file.blob,
        policy_path=clone.policy_path,
        notes=(f"not judged: {NOT_JUDGED} (a clone cannot tell)",) if tip is not None else (),
        refs=1 if tip is not None else 0,
        commits=len(registry.commits) if registry is not None else 0,
    )
    return CheckedLocks(decision, tip, registry)


def _not_held(git: Git, tip: str | None, older: str, why: str) -> tuple[Violation, ...]:
    """LG407 where the registry does not hold a record that it must hold."""
    if tip is not None and has(git, older) and is_reachable(git, older, [tip]):
        return ()
    found = f"is at {tip[:12]} and does not hold it" if tip is not None else "does not exist here"
    message = f"an older or forked lock registry: {older[:12]} was {why}, and {LOCKS_REF} {found}"
    return (Violation(code="LG407", message=message, ref=LOCKS_REF, hint=SYNC),)
