"""The records of this clone's lock registry, to be looked at and counted (R-B04, R-E04)."""

from __future__ import annotations

from collections.abc import Iterator

from lanegate.core.lock_record import Acquire, Reclaim
from lanegate.core.locks import LOCKS_REF
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.record import Record
from lanegate.git.locks import record_at
from lanegate.git.objects import CatFile
from lanegate.git.worktree import Worktree


class Logged(NamedTuple):
    """A record of the registry: the id of its commit, and the lane that the lock was held by after it (before it, for
    a release); None for a lock that nobody held."""

    commit: str
    record: Record
    lane: str | None


def has_registry(worktree: Worktree) -> bool:
    """Whether this clone ever saw a registry. Raises GitError."""
    return _tip(worktree) is not None


def oldest_first(worktree: Worktree) -> Iterator[Logged]:
    """Every record of the registry. Raises GitError."""
    tip = _tip(worktree)
    if tip is None:
        return
    reader = CatFile(worktree.git)
    holders: dict[str, str] = {}
    try:
        for oid in worktree.git.line("rev-list", "--first-parent", "--reverse", tip, "--").split():
            record = record_at(reader, oid)
            lock = str(getattr(record.body, "lock", ""))
            if isinstance(record.body, (Acquire, Reclaim)):
                holders[lock] = record.body.lane
            yield Logged(oid, record, holders.get(lock))
    finally:
        reader.close()


def _tip(worktree: Worktree) -> str | None:
    return worktree.git.line("rev-parse", "--verify", "--quiet", LOCKS_REF, accept=(0, 1)) or None
