"""The lock registry as a command looks at it, and what the command wants to be recorded.

Time is the server's. A clone guesses it by its own clock, by what the server answered when it refused the time of a
record (LG408), and by the registry's newest record: the server took it, so its time has come. Until the server has
taken or refused a time of this clone, the guess is no ground to tell a live lock from a stale one.
"""

from __future__ import annotations

import time

from lanegate.core.decision import Violation
from lanegate.core.instant import instant_of
from lanegate.core.locks import Lock, time_of
from lanegate.core.named_tuple import NamedTuple
from lanegate.git.locks import last_record, read_registry
from lanegate.git.objects import CatFile
from lanegate.usecases.clone import Clone
from lanegate.usecases.locks_here import clock_ahead, was_compared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lanegate.core.lock_record import LockBody


class Draft(NamedTuple):
    """A record that is to be written: `at` of its body is what `Sight.at` says."""

    body: LockBody
    note: str | None = None


class Sight(NamedTuple):
    """tip: of the registry, None where there is none yet. number, last: number and time of its newest record. locks:
    live and stale. now: the server's time as well as it is known here. writer: who signs here, None under identity
    `none`. knows_time: `now` is not just a guess. Times in seconds since 1970."""

    clone: Clone
    tip: str | None
    number: int
    last: int | None
    locks: tuple[Lock, ...]
    now: int
    writer: str | None
    knows_time: bool

    @property
    def at(self) -> str:
        """`now` as a record spells it."""
        return instant_of(self.now)


class Plan(NamedTuple):
    """What a command makes of a sight. drafts: to be recorded, in order. fine: ids of locks that are as they were
    asked to be. refused: what cannot be done of what was asked."""

    drafts: tuple[Draft, ...]
    fine: tuple[str, ...] = ()
    refused: tuple[Violation, ...] = ()


def look(clone: Clone, reader: CatFile, tip: str | None, writer: str | None = None, *, own_time: bool = False) -> Sight:
    """The registry at a tip. own_time: no server judges it by another clock. Raises GitError."""
    now = int(time.time()) + clock_ahead(clone.worktree)
    knows_time = own_time or was_compared(clone.worktree)
    newest = last_record(reader, tip)
    if newest is None:
        return Sight(clone, None, 0, None, (), now, writer, knows_time)
    last = time_of(newest)
    locks = read_registry(reader, tip)
    return Sight(clone, tip, newest.number, last, locks, max(now, last), writer, knows_time)
