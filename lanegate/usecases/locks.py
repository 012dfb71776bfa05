"""Lock commands of a clone: acquire (and wait), heartbeat, release, reclaim, list (R-B03, R-B04, R-D04, R-F05).

What they share is in lock_rounds.py (one change of the registry) and lock_plans.py (what each makes of it).
"""

from __future__ import annotations

import os
import random
import time

from lanegate.core.decision import REFUSED
from lanegate.core.locks import Held
from lanegate.core.message import short
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.patterns import PatternError, parse_pattern
from lanegate.core.policy import Lane
from lanegate.core.record_fields import WrongError, lock_id
from lanegate.core.refs import LOCKS_REF
from lanegate.git.objects import CatFile
from lanegate.git.remote import UnreachableError
from lanegate.usecases.clone import Clone, StoppedError, lane_here
from lanegate.usecases.ledger_here import tip_here
from lanegate.usecases.lock_memory import count_try, fences, forget_tries, hold, in_turn, let_go
from lanegate.usecases.lock_plans import Wanted, acquiring, reclaiming, releasing, renewing
from lanegate.usecases.lock_rounds import Done, UnreachedError, change
from lanegate.usecases.lock_sight import look
from lanegate.usecases.locks_here import fetched, registry_of, seen
from lanegate.usecases.undecided import stopped
from lanegate.usecases.verdicts import AskedWronglyError, known_lane

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lanegate.core.decision import Decision

    Say = Callable[[str], None]

#: Codes of a refusal because of somebody else's lock; only a live one may be waited for.
_IN_THE_WAY, _MAY_END = frozenset(("LG402", "LG403")), frozenset(("LG402",))
#: Seconds between two looks while waiting: the first, by how much they grow, the longest.
_FIRST_PAUSE, _GROWTH, _LONGEST_PAUSE = 0.5, 1.3, 5.0


class Listed(NamedTuple):
    """The registry as this clone knows it. fetched: when the server was asked, in seconds since 1970; None where this
    clone's own registry is the only one. never: it never was asked."""

    held: Held
    fetched: int | None = None
    never: bool = False
    advisory: bool = False


def lane_meant(clone: Clone, name: str | None) -> Lane:
    """The lane that is named, else the one of this worktree. Raises AskedWronglyError, StoppedError (LG201)."""
    return known_lane(clone.policy, name) if name is not None else lane_here(clone, os.environ)


def scope_meant(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Patterns as a scope. Raises AskedWronglyError where one is none of the policy's dialect."""
    for text in patterns:
        try:
            parse_pattern(text)
        except PatternError as error:
            raise AskedWronglyError(f"{text}: {error}") from None
    if all(text.startswith("!") for text in patterns):
        raise AskedWronglyError("a scope needs a pattern without `!`")
    return patterns


def name_meant(text: str) -> str:
    """The id of a lock. Raises AskedWronglyError."""
    try:
        lock_id(text)
    except WrongError:
        raise AskedWronglyError(f"{short(text)} is no id of a lock: letters, digits, `.`, `_` and `-`") from None
    return text


def acquire(clone: Clone, wanted: Wanted, wait: float, say: Say) -> Done:
    """A lock for the lane; wait: for so many seconds at most, until nobody's live lock is in the way. As long may a
    server that goes away meanwhile take to come back.

    Raises as `change` does.
    """
    until, pause, tried = time.monotonic() + wait, _FIRST_PAUSE, False
    while True:
        try:
            done = change(clone, lambda sight: acquiring(sight, wanted), say)
        except StoppedError as error:
            codes = {violation.code for violation in error.decision.violations}
            went_away = tried and isinstance(error, UnreachedError)
            if not went_away:
                if not codes <= _IN_THE_WAY:
                    raise
                _count(clone, wanted, say, again=tried)
                tried = True
            left = until - time.monotonic()
            if left <= 0 or not (went_away or codes <= _MAY_END):
                raise
            say(f"{_why(error.decision)}; waiting, {int(left)} s left")
        else:
            hold(clone.worktree, done.locks)
            with in_turn(clone.worktree, say):
                forget_tries(clone.worktree, wanted.lane.id, wanted.scope)
            return done
        time.sleep(min(left, pause * random.uniform(0.5, 1)))  # noqa: S311
        pause = min(pause * _GROWTH, _LONGEST_PAUSE)


def _count(clone: Clone, wanted: Wanted, say: Say, *, again: bool) -> None:
    with in_turn(clone.worktree, say):
        count_try(clone.worktree, wanted.lane.id, wanted.scope, int(time.time()), again=again)


def _why(decision: Decision) -> str:
    return "; ".join(violation.message for violation in decision.violations)


def heartbeat(clone: Clone, wanted: Wanted, say: Say) -> Done:
    """Renew leases. Raises as `change` does; AskedWronglyError where there is nothing to renew."""
    return change(clone, lambda sight: renewing(sight, wanted), say)


def release(clone: Clone, wanted: Wanted, say: Say) -> Done:
    """Give locks back; whatever comes of it, this worktree does not hold them any more. Raises as `change` does."""
    names = wanted.names or tuple(fences(clone.worktree, wanted.lane.id))
    try:
        done = change(clone, lambda sight: releasing(sight, wanted), say)
    except StoppedError as error:
        if error.decision.decision == REFUSED:
            let_go(clone.worktree, names)
        raise
    let_go(clone.worktree, (*names, *[lock.id for lock in done.locks]))
    return done


def reclaim(clone: Clone, wanted: Wanted, say: Say) -> Done:
    """Take a lock over. Raises as `change` does."""
    done = change(clone, lambda sight: reclaiming(sight, wanted), say)
    hold(clone.worktree, done.locks)
    return done


def listed(clone: Clone, say: Say, *, fetch: bool) -> Listed:
    """The locks as this clone knows them; fetch: ask the server first. Raises StoppedError (LG407, LG903),
    GitError, RecordError."""
    worktree, registry = clone.worktree, registry_of(clone.worktree)
    if fetch and registry.remote is not None:
        with in_turn(worktree, say):
            try:
                fetched(clone, registry)
            except UnreachableError as error:
                hint = "what the server told last: lanegate lock list"
                raise StoppedError(stopped("LG903", f"the server is not reached: {error.message}", hint)) from error
    reader = CatFile(worktree.git)
    try:
        sight = look(clone, reader, tip_here(worktree.git, LOCKS_REF))
    finally:
        reader.close()
    held = Held(sight.locks, sight.now)
    if registry.remote is None:
        return Listed(held)
    last = seen(worktree)
    return Listed(held, last.at if last else None, last is None, registry.advisory)
