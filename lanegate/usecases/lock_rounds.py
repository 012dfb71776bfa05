"""Changing locks: on top of what the server has, judged here first, signed, pushed by compare-and-swap (R-B03, R-B04).

One round: fetch the registry and the policy; decide on them what to record; judge each record by the server's own
rules (core/judge_locks.py), so that a refusal costs no push; sign, push. When somebody else was faster, or the server's
clock is another one, the round is made again. When the connection broke off after a push had begun, nobody here knows
whether the server took it: the next round looks, and where these very records are the newest, it did. So the same
command may be given again at any time, and finds what it asked for done.
"""

from __future__ import annotations

import random
import time
from functools import partial

from lanegate.core.decision import Violation
from lanegate.core.instant import instant_of, seconds_of
from lanegate.core.judge_locks import judge_transition
from lanegate.core.lock_record import Heartbeat, Reclaim
from lanegate.core.locks import LOCKS, Lock, after, lock_of
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.overlap import scopes_overlap
from lanegate.core.record import Record, RecordError
from lanegate.core.refs import LOCKS_REF
from lanegate.git import remote as network
from lanegate.git.append import Signer, append, person
from lanegate.git.objects import CatFile
from lanegate.git.remote import Remote, UnreachableError
from lanegate.git.run import Git
from lanegate.usecases.clone import Clone, StoppedError
from lanegate.usecases.ledger_here import move_tip, tip_here
from lanegate.usecases.ledger_refusals import refusal, refused
from lanegate.usecases.lock_memory import in_turn
from lanegate.usecases.lock_sight import Plan, Sight, look
from lanegate.usecases.locks_here import Registry, fetched, registry_of, remember_clock, settle, was_compared
from lanegate.usecases.record_chain import writer_here
from lanegate.usecases.undecided import stopped
from lanegate.usecases.verdicts import AskedWronglyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from lanegate.core.decision import Decision

    Planner = Callable[[Sight], Plan]
    Say = Callable[[str], None]

#: Rounds before a command gives up, and the longest pause, after the first, in seconds. They get shorter, so that who
#: has waited long gets his turn.
ROUNDS, LONGEST_PAUSE = 100, 0.5
#: Pushes that broke off, and corrections of the clock, before a command gives up.
MOST_CUT_OFF, MOST_CORRECTIONS = 3, 3
NOT_HELD = "not held: a lock that is not on the server is held by nobody"
_TOLD, _INSTANT = "the server's time is ", len("2026-11-21T18:00:00Z")


class UnreachedError(StoppedError):
    """The server is not reached, or the connection broke off again and again."""


class Done(NamedTuple):
    """locks: those asked for, as they stand now; one that this command gave back as it stood last. gone: ids of those
    that are not there, where that is fine. recorded: numbers of the records that this command wrote. refused: what was
    not done. now: the server's time. advisory: nobody judges the registry there."""

    locks: tuple[Lock, ...]
    gone: tuple[str, ...]
    recorded: tuple[int, ...]
    refused: tuple[Violation, ...]
    now: int
    advisory: bool


class _Written(NamedTuple):
    tip: str | None
    done: Done


def change(clone: Clone, plan: Planner, say: Say) -> Done:
    """Do what `plan` makes of the registry as it is. say: told on the way what takes long.

    Raises StoppedError where nothing of it could be done, or nobody knows; AskedWronglyError, SigningError, GitError.
    """
    registry = registry_of(clone.worktree)
    with in_turn(clone.worktree, say):
        if registry.remote is None:
            return _here(clone, registry, plan)
        return _there(clone, registry, registry.remote, plan, say)


def _there(clone: Clone, registry: Registry, remote: Remote, plan: Planner, say: Say) -> Done:
    cut_off, corrections = 0, 0
    declined: tuple[tuple[str | None, str], Decision] | None = None
    said = ""
    sent: _Written | None = None
    for turn in range(ROUNDS):
        if turn:
            time.sleep(random.uniform(0, LONGEST_PAUSE / turn))  # noqa: S311
        try:
            clone, tip = fetched(clone, registry)
        except UnreachableError as error:
            raise UnreachedError(_unreachable(error, cut_off)) from error
        if sent is not None and sent.tip == tip:
            _compared(clone)
            return sent.done
        judged_by = tip, clone.file.blob
        if declined is not None and declined[0] == judged_by:
            raise StoppedError(declined[1])
        written = _written(clone, registry, tip, plan)
        if written.tip is None or written.tip == tip:
            return written.done
        sent = written
        try:
            state, said = remote.push(written.tip, registry.ref)
        except UnreachableError as error:
            cut_off += 1
            if cut_off == MOST_CUT_OFF:
                raise UnreachedError(_unreachable(error, cut_off)) from error
            say("the connection broke off; looking whether the server took it")
            continue
        if state == network.PUSHED:
            settle(clone.worktree, written.tip)
            _compared(clone)
            return written.done
        if state == network.REFUSED:
            server_time = told_time(said)
            if server_time is not None and corrections < MOST_CORRECTIONS:
                corrections += 1
                remember_clock(clone.worktree, server_time - int(time.time()))
            else:
                declined = judged_by, refusal(said, registry.ref)
    message = f"{ROUNDS} times another writer was faster, or the server said: {said}"
    raise StoppedError(stopped("LG903", message, NOT_HELD))


def _compared(clone: Clone) -> None:
    """The server took the time of a record as it is told here."""
    if not was_compared(clone.worktree):
        remember_clock(clone.worktree, 0)


def _here(clone: Clone, registry: Registry, plan: Planner) -> Done:
    """The same where this clone's own ref is the registry."""
    git = clone.worktree.git
    for _ in range(ROUNDS):
        tip = tip_here(git, LOCKS_REF)
        written = _written(clone, registry, tip, plan)
        if written.tip is None or move_tip(git, tip, written.tip, LOCKS_REF):
            return written.done
    raise StoppedError(stopped("LG903", f"{LOCKS_REF} of this clone moves all the time", NOT_HELD))


def _written(clone: Clone, registry: Registry, tip: str | None, plan: Planner) -> _Written:
    """The records of a plan on top of the registry, each judged and signed. Raises StoppedError where none of them
    would be taken."""
    git, file, writer = clone.worktree.git, clone.file, writer_here(clone.worktree, clone)
    signer = person(clone.worktree.top or clone.worktree.git_dir, signs=writer is not None)
    reader = CatFile(git)
    try:
        sight = look(clone, reader, tip, writer, own_time=registry.remote is None or registry.advisory)
        wanted = plan(sight)
        problems, about = list(wanted.refused), list(wanted.fine)
        locks, number, last = sight.locks, sight.number, sight.last
        known = {lock.id: lock for lock in locks}
        for draft in wanted.drafts:
            record = Record(number + 1, file.blob, draft.body, writer, draft.note)
            judge = partial(judge_transition, file.policy, file.ownership, locks, overlap=scopes_overlap, last=last)
            found = judge(record, sight.now)
            if found and (sight.knows_time or all(judge(*other) for other in _at_other_times(record, locks))):
                problems += found
                continue
            tip = _appended(git, signer, tip, record, reader)
            locks, number, last = after(locks, record), number + 1, sight.now
            known |= {lock.id: lock for lock in locks}
            about.append(draft.body.lock)
    finally:
        reader.close()
    if problems and number == sight.number:
        raise StoppedError(refused(*problems, clone=clone))
    there, gone = [known[name] for name in about if name in known], [name for name in about if name not in known]
    recorded = tuple(range(sight.number + 1, number + 1))
    done = Done(tuple(there), tuple(gone), recorded, tuple(problems), sight.now, registry.advisory)
    return _Written(tip, done)


def _appended(git: Git, signer: Signer, tip: str | None, record: Record, reader: CatFile) -> str:
    """The commit of a record. Raises AskedWronglyError where nobody could read it again, SigningError, GitError."""
    try:
        return append(git, signer, tip, record, log=LOCKS, reader=reader)
    except RecordError as error:
        raise AskedWronglyError(f"that makes no record: {error.message}") from error


def _at_other_times(record: Record, locks: Sequence[Lock]) -> Iterator[tuple[Record, int]]:
    """A record, and the time, as they might be by another clock: just before a lease ends, and just then. What is
    refused now and would not be then hangs on the time, which is the server's to tell."""
    body = record.body
    lock = lock_of(locks, body.lock) if isinstance(body, (Heartbeat, Reclaim)) else None
    if lock is not None and isinstance(body, (Heartbeat, Reclaim)):
        for now in (lock.expires - 1, lock.expires):
            yield record._replace(body=body._replace(at=instant_of(now))), now


def told_time(said: str) -> int | None:
    """The server's time where it refused the one of a record (LG408), in seconds since 1970."""
    for line in said.splitlines():
        if "LG408" in line and _TOLD in line:
            return seconds_of(line.partition(_TOLD)[2][:_INSTANT])
    return None


def _unreachable(error: UnreachableError, cut_off: int) -> Decision:
    if cut_off:
        message = f"the connection broke off, so nobody here knows what the server did: {error.message}"
        return stopped("LG903", message, "give the same command again: it finds what was done, and does nothing twice")
    return stopped("LG903", f"the server is not reached: {error.message}", NOT_HELD)
