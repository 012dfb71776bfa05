"""Judging a record of the lock registry: may this lock go from this state to that one (docs/judgement.md, "The lock
registry"; R-B04, R-D04, R-F05).

| kind | lock before | may be written by | refused |
|---|---|---|---|
| acquire | none of that id | owner of the lane | LG402, LG403 where its scope meets another lane's lock |
| heartbeat | live, with this fence | owner of its lane | LG403 on an old fence or a lease that ran out |
| release | any, with this fence | owner of its lane; the lead with a note | LG403 on an old fence |
| reclaim | stale, with this fence; a note | owner of the new lane | LG402 while it is live |
| reclaim, override | any, with this fence; a note | the lead (orchestrator, maintainer) | |

The lane is active, but for a release; a reclaim too meets no live lock of another lane than its own (LG402).

So no two lanes ever hold live locks that meet: an acquisition keeps clear of every lock of other lanes, stale ones
too, and a reclaim of those that are alive. Where the server's time and the record's differ, a lock counts as alive for
whoever would take it and as stale for whoever would prolong it; so what the server took, a clone that knows only the
record's time takes as well. Under identity `none` owners and roles are not asked for, and nobody takes a live lock.
"""

from __future__ import annotations

from lanegate.core.decision import Violation
from lanegate.core.instant import instant_of
from lanegate.core.judge_records import told, writer_problems
from lanegate.core.lane_lists import changing_lists
from lanegate.core.lock_record import Acquire, Heartbeat, Reclaim, Release
from lanegate.core.locks import LOCKS, MAX_BYTES, MAX_LOCKS, after, lock_of, locks_file, time_of
from lanegate.core.message import short
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.path_search import OverlapLimitError
from lanegate.core.policy import NOBODY
from lanegate.core.record_refusals import Case

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from lanegate.core.locks import Lock
    from lanegate.core.ownership import Ownership
    from lanegate.core.policy import Lane, Policy
    from lanegate.core.record import Record
    from lanegate.core.record_facts import RecordCommit

    #: A path that both lists of patterns cover, None if there is none (core/overlap.py).
    Overlap = Callable[[Sequence[str], Sequence[str]], bytes | None]

#: Seconds by which a record's time may differ from the server's.
MAX_SKEW = 120
LEAD = ("orchestrator", "maintainer")
_SIMPLER = "write the scope with fewer wildcards"
_WAIT = "wait, ask its holder to release it, or take a narrower scope"
_FEWER = "release locks that nobody needs any more"
_LIST = "see who holds what: lanegate lock list"


class _Turn(NamedTuple):
    """A record on the locks before it. at: its time; now: the server's, or `at` where a clone verifies."""

    policy: Policy
    ownership: Ownership
    locks: Sequence[Lock]
    record: Record
    at: int
    now: int
    overlap: Overlap

    @property
    def proves_people(self) -> bool:
        return self.policy.identity != NOBODY

    def is_alive(self, lock: Lock) -> bool:
        """By one of the two times, for whoever would take it."""
        return min(self.at, self.now) < lock.expires

    def ran_out(self, lock: Lock) -> bool:
        """By one of the two times, for whoever would prolong it."""
        return max(self.at, self.now) >= lock.expires

    def is_lead(self) -> bool:
        return any(self.record.writer in self.policy.roles.get(role, ()) for role in LEAD)


def judge_lock_record(
    policy: Policy, ownership: Ownership, record: Record, commit: RecordCommit, now: int, overlap: Overlap
) -> tuple[Violation, ...]:
    """Every rule that the next record of the registry breaks, whose shape is right.

    policy, ownership: as in force before the push. record: `commit.record`. now: the server's time in seconds since
    1970; where a clone verifies, the record's own (`time_of`). overlap: core/overlap.py's `scopes_overlap`.
    """
    found = list(writer_problems(Case(policy, ownership, record, commit), LOCKS))
    if not found:
        found += judge_transition(policy, ownership, commit.locks, record, now, overlap, commit.last)
    return told(commit, LOCKS, found)


def judge_transition(
    policy: Policy,
    ownership: Ownership,
    locks: Sequence[Lock],
    record: Record,
    now: int,
    overlap: Overlap,
    last: int | None,
) -> tuple[Violation, ...]:
    """Every rule that a record breaks whose writer is proven: LG101, LG201, LG202, LG402, LG403, LG408, LG904.

    locks: before it. now, overlap: as of `judge_lock_record`. last: time of the record before it, None for the first.
    Where the record's time is wrong, the rest is judged as if it were written now.
    """
    turn = _Turn(policy, ownership, locks, record, time_of(record), now, overlap)
    wrong = tuple(_time(turn, last))
    if wrong:
        turn = turn._replace(at=now)
    return (*wrong, *_RULES[type(record.body)](turn, record.body))


def _time(turn: _Turn, last: int | None) -> Iterator[Violation]:
    """LG408."""
    said = f"the server's time is {instant_of(turn.now)}"
    hint = "give the command again: it goes by the server's time; set the clock of this machine right"
    if abs(turn.at - turn.now) > MAX_SKEW:
        yield Violation(code="LG408", message=f"its time is {instant_of(turn.at)}; {said}", hint=hint)
    elif last is not None and turn.at < last:
        before = f"the record before it is of {instant_of(last)}"
        yield Violation(code="LG408", message=f"its time is {instant_of(turn.at)}, and {before}; {said}", hint=hint)


def _acquire(turn: _Turn, body: Acquire) -> Iterator[Violation]:
    lane = turn.policy.lanes.get(body.lane)
    yield from _works(turn, body.lane)
    yield from _owns(turn, body.lane)
    if len(turn.locks) >= MAX_LOCKS:
        yield Violation("LG904", f"the registry holds {len(turn.locks)} locks already", lane=body.lane, hint=_FEWER)
    yield from _fits(turn, body.lane)
    same = lock_of(turn.locks, body.lock)
    if same is not None:
        why, hint = f"lock {same.id} is there already: {_holder(same)}", "take another id, or release that lock first"
        yield Violation("LG402", why, lane=body.lane, owner=same.lane, hint=hint)
    others = [lock for lock in turn.locks if lock.lane != body.lane and lock is not same]
    yield from _meeting(turn, body.scope, others, body.lane)
    if lane is not None:
        yield from _changes_some(turn, lane, body.scope)


def _heartbeat(turn: _Turn, body: Heartbeat) -> Iterator[Violation]:
    lock = lock_of(turn.locks, body.lock)
    if lock is None:
        yield _gone(body.lock)
        return
    yield from _works(turn, lock.lane)
    yield from _owns(turn, lock.lane)
    yield from _fence(lock, body.fence, f"{_LIST}; to be told no more: lanegate lock release {lock.id}")
    if turn.ran_out(lock):
        why = f"the lease of lock {lock.id} ran out at {instant_of(lock.expires)}"
        yield Violation("LG403", why, lane=lock.lane, hint=_reclaim_it(lock))


def _release(turn: _Turn, body: Release) -> Iterator[Violation]:
    lock = lock_of(turn.locks, body.lock)
    if lock is None:
        yield _gone(body.lock)
        return
    not_owned = list(_owns(turn, lock.lane))
    if not_owned and turn.is_lead():
        yield from _says_why(turn, "a lock is released for another lane")
    else:
        yield from not_owned
    yield from _fence(lock, body.fence)


def _reclaim(turn: _Turn, body: Reclaim) -> Iterator[Violation]:
    lock = lock_of(turn.locks, body.lock)
    if lock is None:
        yield _gone(body.lock)
        return
    leads = body.override and turn.proves_people and turn.is_lead()
    yield from _works(turn, body.lane)
    if not leads:
        yield from _owns(turn, body.lane)
    yield from _fence(lock, body.fence)
    yield from _says_why(turn, "a lock is reclaimed")
    if turn.is_alive(lock) and not leads:
        message = f"lock {lock.id} is alive: {_holder(lock)}"
        yield Violation(code="LG402", message=message, lane=body.lane, owner=lock.lane, hint=_ask_lead(turn))
    yield from _fits(turn, body.lane)
    others = [other for other in turn.locks if other.lane != body.lane and other is not lock and turn.is_alive(other)]
    yield from _meeting(turn, lock.scope, others, body.lane)


def _fits(turn: _Turn, lane: str) -> Iterator[Violation]:
    """LG904 where the registry would grow beyond what is read of it; it may always shrink."""
    size = len(locks_file(after(turn.locks, turn.record)))
    if size > MAX_BYTES and size > len(locks_file(turn.locks)):
        message = f"the registry would hold {size} bytes of locks, and {MAX_BYTES} are the most"
        yield Violation(code="LG904", message=message, lane=lane, hint=f"{_FEWER}, or write this one in fewer words")


def _works(turn: _Turn, name: str) -> Iterator[Violation]:
    """LG201 unless the lane is active."""
    lane = turn.policy.lanes.get(name)
    if lane is None:
        known = short(", ".join(turn.policy.lanes), 200) or "none"
        message = f"lane {short(name)} is not in the policy"
        yield Violation(code="LG201", message=message, lane=name, hint=f"lanes of the policy: {known}")
    elif lane.state != "active":
        message = f"lane {name} is {lane.state}, not active"
        yield Violation("LG201", message, lane=name, policy_line=lane.line, hint="have its state set to active")


def _owns(turn: _Turn, name: str) -> Iterator[Violation]:
    """LG202 unless the writer owns the lane, which nobody does that the policy does not have."""
    lane = turn.policy.lanes.get(name)
    owners = lane.owners if lane is not None else ()
    if turn.proves_people and turn.record.writer not in owners:
        known = short(", ".join(owners), 200) or "nobody"
        message = f"{turn.record.writer} does not own lane {short(name)}"
        yield Violation(code="LG202", message=message, lane=name, hint=f"ask an owner of the lane: {known}")


def _fence(lock: Lock, fence: int, hint: str = _LIST) -> Iterator[Violation]:
    """LG403 for a holder who lost the lock."""
    if fence != lock.fence:
        why = f"fence {fence} of lock {lock.id} holds no more, it is {lock.fence} now: {_holder(lock)}"
        yield Violation("LG403", why, owner=lock.lane, hint=hint)


def _says_why(turn: _Turn, what: str) -> Iterator[Violation]:
    """LG403 without a note."""
    if not (turn.record.note or "").strip():
        yield Violation(code="LG403", message=f"{what} only with a note that says why", hint='add: --note "why"')


def _gone(name: str) -> Violation:
    return Violation(code="LG403", message=f"there is no lock {name}: it was released", hint=_LIST)


def _meeting(turn: _Turn, scope: Sequence[str], others: Sequence[Lock], lane: str) -> Iterator[Violation]:
    """LG402, LG403 for each lock that a scope meets; LG904 where that cannot be told."""
    for lock in others:
        try:
            path = turn.overlap(scope, lock.scope)
        except OverlapLimitError as error:
            message = f"whether this scope meets lock {lock.id} of lane {lock.lane} cannot be told: {error}"
            yield Violation(code="LG904", message=message, lane=lane, owner=lock.lane, hint=_SIMPLER)
        else:
            if path is not None:
                yield _meets(turn, lock, path, lane)


def _meets(turn: _Turn, lock: Lock, path: bytes, lane: str) -> Violation:
    shown = short(path.decode("utf-8", "replace"), 200)
    if turn.is_alive(lock):
        message = f"at {shown} this scope meets lock {lock.id}: {_holder(lock)}"
        return Violation("LG402", message, path=path, lane=lane, owner=lock.lane, hint=_WAIT)
    message = f"at {shown} this scope meets lock {lock.id}, which is stale: {_holder(lock)}"
    return Violation("LG403", message, path=path, lane=lane, owner=lock.lane, hint=_reclaim_it(lock))


def _holder(lock: Lock) -> str:
    by = f" ({lock.owner})" if lock.owner is not None else ""
    return f"lane {lock.lane}{by}, lease until {instant_of(lock.expires)}"


def _reclaim_it(lock: Lock) -> str:
    return f'ask its holder; if nobody works on it: lanegate lock reclaim {lock.id} --note "why"'


def _ask_lead(turn: _Turn) -> str:
    holders = [person for role in LEAD for person in turn.policy.roles.get(role, ())]
    known = short(", ".join(dict.fromkeys(holders)), 200) or "nobody may"
    return f"wait until its lease runs out, or ask the lead to override: {known}"


def _changes_some(turn: _Turn, lane: Lane, scope: Sequence[str]) -> Iterator[Violation]:
    """LG101 unless the lane may change some path of a scope. Not asked where any lane may change what nobody owns: no
    list of patterns says exactly which paths these are, and whoever may change one needs to be able to lock it. Nor of
    an integrator, who resolves conflicts and takes back without a grant, under a lock all the same."""
    integrates = turn.proves_people and turn.record.writer in turn.policy.roles.get("integrator", ())
    if turn.policy.unowned == "allow" or integrates:
        return
    try:
        if any(turn.overlap(scope, own) is not None for own in changing_lists(turn.policy, turn.ownership, lane.id)):
            return
    except OverlapLimitError as error:
        message = f"whether lane {lane.id} may change any path of this scope cannot be told: {error}"
        yield Violation(code="LG904", message=message, lane=lane.id, hint=_SIMPLER)
        return
    hint = f"see what it may change: lanegate policy matrix, or lanegate explain PATH --lane {lane.id}"
    yield Violation("LG101", f"lane {lane.id} may change no path of this scope", lane=lane.id, hint=hint)


_RULES: Mapping[Any, Callable[[_Turn, Any], Iterator[Violation]]] = {
    Acquire: _acquire,
    Heartbeat: _heartbeat,
    Release: _release,
    Reclaim: _reclaim,
}
