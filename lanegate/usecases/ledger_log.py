"""The records of this clone's ledger, to be looked at."""

from __future__ import annotations

from collections.abc import Iterator

from lanegate.core.ledger import LEDGER_REF
from lanegate.core.record import GateRun, Landing, Record, Verdict, Withdraw
from lanegate.git.ledger import Ledger
from lanegate.git.objects import CatFile
from lanegate.git.worktree import Worktree
from lanegate.usecases.ledger_here import Written, read_written, tip_here
from lanegate.usecases.verdicts import AskedWronglyError


def newest_first(worktree: Worktree, *, lane: str | None = None, commit: str | None = None) -> Iterator[Written]:
    """Records, newest first. lane: only those of a lane. commit: only those about a commit. Raises GitError,
    RecordError."""
    tip = tip_here(worktree.git)
    if tip is None:
        return
    reader = CatFile(worktree.git)
    try:
        for oid in worktree.git.line("rev-list", "--first-parent", tip).split():
            written = read_written(reader, oid)
            if (lane is None or lane_of(written.record) == lane) and (
                commit is None or commit in commits_of(written.record)
            ):
                yield written
    finally:
        reader.close()


def find_records(worktree: Worktree, name: str) -> tuple[Written, ...]:
    """The record of a number or of a commit of the ledger, or the records about a commit of the project.

    Raises AskedWronglyError where there is none, GitError, RecordError.
    """
    tip = tip_here(worktree.git)
    if tip is None:
        raise AskedWronglyError("this clone has no ledger yet: lanegate ledger sync")
    reader = CatFile(worktree.git)
    try:
        last = Ledger(reader, tip).number
        if name.isdigit() and 1 <= int(name) <= last:
            oid = worktree.git.line("rev-parse", "--verify", f"{LEDGER_REF}~{last - int(name)}")
            return (read_written(reader, oid),)
        commit = worktree.commit(name)
        if commit is None:
            raise AskedWronglyError(f"{name} is neither a record (1 to {last}) nor a commit here")
        if commit in worktree.git.line("rev-list", "--first-parent", tip).split():
            return (read_written(reader, commit),)
    finally:
        reader.close()
    found = tuple(reversed(tuple(newest_first(worktree, commit=commit))))
    if not found:
        raise AskedWronglyError(f"no record is about commit {commit[:12]}")
    return found


def lane_of(record: Record) -> str | None:
    """The lane that a record names, None if it names none."""
    return getattr(record.body, "lane", None)


def commits_of(record: Record) -> tuple[str, ...]:
    """The commits of the project that a record is about."""
    body = record.body
    if isinstance(body, (Verdict, Withdraw)):
        return body.commits
    if isinstance(body, GateRun):
        return (body.commit,)
    if isinstance(body, Landing):
        return tuple([oid for moved in body.moved for oid in (moved.old, moved.new) if oid is not None])
    return ()
