"""The server's judgement of a push to the lock registry, by its own clock (docs/judgement.md, "The lock registry")."""

from __future__ import annotations

from lanegate.core.judge_locks import judge_lock_record
from lanegate.core.locks import LOCKS
from lanegate.core.overlap import scopes_overlap
from lanegate.usecases.log_push import judge_log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from lanegate.core.decision import Violation
    from lanegate.core.record import Record
    from lanegate.core.record_facts import RecordCommit
    from lanegate.git.objects import Reader
    from lanegate.git.push_lines import Line
    from lanegate.git.refs import Tip
    from lanegate.git.run import Git
    from lanegate.usecases.trusted_policy import PolicyFile


def judge_locks_push(
    git: Git, reader: Reader, refs: Mapping[str, Tip], file: PolicyFile, line: Line, now: int
) -> tuple[Violation, ...]:
    """Every violation of a ref update of refs/lanegate/locks. refs, file: every ref and the policy before the push.
    now: seconds since 1970. Raises GitError, ObjectTooLargeError."""

    def rules(record: Record, commit: RecordCommit) -> tuple[Violation, ...]:
        return judge_lock_record(file.policy, file.ownership, record, commit, now, scopes_overlap)

    return judge_log(git, reader, refs, file, line, LOCKS, rules, "release a lock, or reclaim one that is stale")
