"""The server's judgement of a push to the ledger (docs/judgement.md, "The ledger"; usecases/log_push.py)."""

from __future__ import annotations

from lanegate.core.judge_records import judge_record
from lanegate.core.ledger import LEDGER
from lanegate.git.record_facts import at_server
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


def judge_ledger(
    git: Git, reader: Reader, refs: Mapping[str, Tip], file: PolicyFile, line: Line
) -> tuple[Violation, ...]:
    """Every violation of a ref update of refs/lanegate/ledger. refs, file: every ref and the policy before the push.
    Raises GitError, ObjectTooLargeError."""

    def rules(record: Record, commit: RecordCommit) -> tuple[Violation, ...]:
        known = commit._replace(at_server=at_server(git, reader, refs, file.policy, record))
        return judge_record(file.policy, file.ownership, record, known)

    return judge_log(git, reader, refs, file, line, LEDGER, rules, "withdraw or reject what no longer holds")
