"""A chain of records as it is written: each brought up to date, judged and signed on top of the one before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from lanegate.core.decision import Violation
from lanegate.core.ledger import LEDGER_REF
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.objects import parse_commit
from lanegate.core.policy import NOBODY
from lanegate.core.record import RecordError
from lanegate.git.append import append, person
from lanegate.git.ledger import Ledger
from lanegate.git.objects import CatFile
from lanegate.git.worktree import Worktree
from lanegate.usecases.clone import Clone, StoppedError
from lanegate.usecases.drafts import Draft, Scene, draft_problems, record_of, renewed, standing
from lanegate.usecases.ledger_here import Written, records_between
from lanegate.usecases.ledger_refusals import refused
from lanegate.usecases.signing import examine_writer


class Chain(NamedTuple):
    """What is written so far. former: this clone's ledger when it was looked at. records: in the order of the drafts,
    with an empty commit where the record in `already` says the same. replayed: how many unpushed records it holds."""

    tip: str | None
    former: str | None = None
    records: tuple[Written, ...] = ()
    already: frozenset[int] = frozenset()
    replayed: int = 0


def own_records(scene: Scene, here: str | None, server: str | None) -> tuple[Written, ...]:
    """The records of this clone's ledger that the server does not have. Raises StoppedError (LG305) where one of them
    is somebody else's."""
    pending = records_between(scene.git, scene.reader, here, server)
    for written in pending:
        if written.record.writer != scene.writer:
            number, writer = written.record.number, written.record.writer or "nobody"
            message = f"record {number} ({written.commit[:12]}) by {writer} is in this clone and not on the server"
            hint = f"an older or forked ledger is served; if you know why: git update-ref -d {LEDGER_REF}"
            raise StoppedError(refused(Violation(code="LG305", message=message, hint=hint, ref=LEDGER_REF)))
    return pending


@contextmanager
def open_scene(worktree: Worktree, clone: Clone, refs: Mapping[str, str]) -> Iterator[Scene]:
    writer = writer_here(worktree, clone)
    reader = CatFile(worktree.git)
    try:
        yield Scene(clone, worktree.git, reader, refs, writer)
    finally:
        reader.close()


def writer_here(worktree: Worktree, clone: Clone) -> str | None:
    """Who writes records in this clone; None under identity `none`. Raises StoppedError (LG203) where nobody of the
    policy would sign."""
    if clone.policy.identity == NOBODY:
        return None
    signing = examine_writer(worktree, clone.policy)
    if signing.person is None:
        message = f"a record is signed by who writes it: {signing.message}"
        raise StoppedError(refused(Violation(code="LG203", message=message, hint=signing.hint), clone=clone))
    return signing.person


def appended(scene: Scene, chain: Chain, draft: Draft, former: Written | None) -> Chain:
    """The chain with one more record, unless it says so already. former: the unpushed record that the draft was."""
    ledger = Ledger(scene.reader, chain.tip)
    draft = renewed(draft, scene)
    number = standing(draft, ledger, scene.writer)
    record = record_of(draft, scene, ledger.number + 1 if number is None else number)
    if number is not None:
        there = Written("", record, draft.report)
        return chain._replace(records=(*chain.records, there), already=chain.already | {number})
    if former is not None and former.record == record and _parent(scene, former.commit) == chain.tip:
        return chain._replace(tip=former.commit, records=(*chain.records, former))
    problems = draft_problems(draft, record, ledger, scene)
    if problems:
        if former is not None:
            hint = "drop this clone's unpushed records: lanegate ledger sync --discard"
            what = f"unpushed record {former.record.number}: "
            problems = tuple([one._replace(message=what + one.message, hint=hint) for one in problems])
        raise StoppedError(refused(*problems, clone=scene.clone))
    signer = person(scene.clone.worktree.top or scene.git.git_dir, signs=scene.writer is not None)
    try:
        commit = append(scene.git, signer, chain.tip, record, draft.report)
    except RecordError as error:
        hint = "give fewer commits, refs or words at once"
        problem = Violation("LG305", f"this is no record that anybody could read: {error.message}", hint=hint)
        raise StoppedError(refused(problem, clone=scene.clone)) from error
    return chain._replace(tip=commit, records=(*chain.records, Written(commit, record, draft.report)))


def _parent(scene: Scene, commit: str) -> str | None:
    parents = parse_commit(scene.reader.read(commit)[1]).parents
    return parents[0] if parents else None
