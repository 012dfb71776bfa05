"""The records of this clone's ledger, to be looked at."""

from __future__ import annotations

from collections.abc import Iterator

from lanegate.core.record import GateRun, Landing, Record, Verdict, Withdraw
from lanegate.git.ledger import Ledger
from lanegate.git.objects import CatFile
from lanegate.git.reach import is_reachable
from lanegate.git.record_facts import read_record_file
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
    """The record of a number or of a commit of the ledger, or the records about a commit of the project, as the tree at
    the ledger's tip tells them: a landing is about the commit that it brought.

    Raises AskedWronglyError where there is none, GitError, RecordError.
    """
    tip = tip_here(worktree.git)
    if tip is None:
        raise AskedWronglyError("this clone has no ledger yet: lanegate ledger sync")
    reader = CatFile(worktree.git)
    try:
        ledger = Ledger(reader, tip)
        last = ledger.number
        if name.isdigit() and 1 <= int(name) <= last:
            numbers = [int(name)]
        else:
            commit = worktree.commit(name)
            if commit is None:
                raise AskedWronglyError(f"{name} is neither a record (1 to {last}) nor a commit here")
            if read_record_file(reader, commit) is not None and is_reachable(worktree.git, commit, (tip,)):
                return (read_written(reader, commit),)
            numbers = sorted({entry.number for entry in ledger.entries(commit)})
            if not numbers:
                raise AskedWronglyError(f"no record is about commit {commit[:12]}")
        newest = worktree.git.line("rev-list", "--first-parent", f"--max-count={last - numbers[0] + 1}", tip).split()
        return tuple([read_written(reader, newest[last - number]) for number in numbers])
    finally:
        reader.close()


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
