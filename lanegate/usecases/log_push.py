"""The server's judgement of a push to a log of records: the ledger, or the lock registry (docs/judgement.md).

Rules that no policy changes. Each new commit has to be the next record on top of the one before it; all is judged by
the policy, the refs and the log as they stood before the push.
"""

from __future__ import annotations

from lanegate.core.decision import Violation
from lanegate.core.judge_records import record_shape
from lanegate.core.people import writers_of
from lanegate.core.record_facts import Place
from lanegate.git.ledger import Ledger
from lanegate.git.ledger_state import LedgerState
from lanegate.git.push_lines import standing
from lanegate.git.reach import is_reachable, new_commits
from lanegate.git.record_facts import read_record_file, record_commit
from lanegate.git.refs import dangling

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lanegate.core.record import Record
    from lanegate.core.record_facts import RecordCommit
    from lanegate.core.record_log import Log
    from lanegate.git.objects import Reader
    from lanegate.git.push_lines import Line
    from lanegate.git.refs import Tip
    from lanegate.git.run import Git
    from lanegate.usecases.trusted_policy import PolicyFile

    #: What a record breaks whose shape is right.
    Rules = Callable[[Record, RecordCommit], tuple[Violation, ...]]


def judge_log(
    git: Git,
    reader: Reader,
    refs: Mapping[str, Tip],
    file: PolicyFile,
    line: Line,
    log: Log,
    rules: Rules,
    mend: str,
) -> tuple[Violation, ...]:
    """Every violation of a ref update of a log. refs, file: every ref and the policy before the push. mend: what to do
    instead of deleting it. Raises GitError, ObjectTooLargeError."""
    tip = standing(refs, line)
    symref = tip.symref if tip is not None else dangling(git, line.ref)
    if symref:
        message = f"a symbolic ref of the server, it stands for {symref}"
        return (Violation("LG601", message, ref=line.ref, hint="ask the server's admin to take it away"),)
    if line.new is None:
        hint = f"it is append-only: {mend}"
        return (Violation("LG602", f"the {log.name} is never deleted", ref=line.ref, hint=hint),)
    kind, _ = reader.read(line.new)
    if kind != "commit":
        message = f"the {log.name} points to a commit, not to a {kind}"
        return (Violation(log.forged, message, commit=line.new, ref=line.ref, hint=log.sync),)
    if line.old is not None and not is_reachable(git, line.old, (line.new,)):
        message = "not a fast-forward: records that stand there would be dropped"
        return (Violation("LG602", message, commit=line.new, ref=line.ref, hint=log.sync),)
    return tuple(_records(git, reader, file, line.old, line.new, log, rules))


def _records(
    git: Git, reader: Reader, file: PolicyFile, old: str | None, new: str, log: Log, rules: Rules
) -> Iterator[Violation]:
    place = Place(old, Ledger(reader, old).number, file.blob)
    state = LedgerState(reader, old, len(new), log)
    signed = writers_of(file.policy)
    for oid, _ in new_commits(git, new, [old] if old is not None else []):
        commit = record_commit(reader, state, oid, reader.read(oid)[1], read_record_file(reader, oid), signed)
        wrong, record = record_shape(place, commit, log), commit.record
        yield from wrong
        if wrong or record is None:
            return
        yield from rules(record, commit)
        place = Place(oid, record.number, file.blob)
