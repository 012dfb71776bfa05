"""What each lock command makes of the registry as it stands: the records to write, or that nothing is left to do.

Every command may be given again after a kill or a cut, from the same worktree or another one of the lane: what it asked
for and finds done is told so, and nothing is written twice. A lock is the lane's: whoever owns the lane may renew and
release it. A worktree that remembers an older fence than the registry has lost the lock to another holder, and is told.
"""

from __future__ import annotations

from lanegate.core.decision import Violation
from lanegate.core.instant import instant_of
from lanegate.core.lock_record import Acquire, Heartbeat, Reclaim, Release
from lanegate.core.locks import Lock, lock_of
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.policy import Lane
from lanegate.core.refs import LOCKS_REF
from lanegate.git.locks import record_at
from lanegate.git.objects import CatFile
from lanegate.usecases.clone import StoppedError
from lanegate.usecases.ledger_refusals import refused
from lanegate.usecases.lock_memory import fences, tries
from lanegate.usecases.lock_sight import Draft, Plan, Sight
from lanegate.usecases.verdicts import AskedWronglyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lanegate.core.record import Record

#: Characters of a lane's id that the id of a lock begins with.
_MOST_OF_LANE = 80


class Wanted(NamedTuple):
    """What is asked for. lane: whose lock. scope: of an acquisition. names: ids of locks, none for those that the
    command means by itself. seconds: of the lease. override: by the lead, though the lock is alive."""

    lane: Lane
    names: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    seconds: int = 0
    objective: str | None = None
    note: str | None = None
    override: bool = False

    @property
    def goal(self) -> str:
        """The objective that the record names: the one given, else the lane's."""
        return self.objective or self.lane.objective or self.lane.task or f"work of lane {self.lane.id}"


def acquiring(sight: Sight, wanted: Wanted) -> Plan:
    """A lock on a scope for the lane; nothing where it has a live one on this very scope already. Raises StoppedError
    (LG403) where its lease ran out."""
    lane, scope = wanted.lane.id, wanted.scope
    own = [lock for lock in sight.locks if (lock.lane, lock.scope) == (lane, scope)]
    if wanted.names:
        own = [lock for lock in own if lock.id in wanted.names]
    if live := [lock for lock in own if sight.now < lock.expires]:
        return _held_already(sight, live[0], wanted)
    if own:
        raise StoppedError(refused(_ran_out(own[0]), clone=sight.clone))
    name = wanted.names[0] if wanted.names else _new_name(sight, lane)
    before = tries(sight.clone.worktree, lane, scope, sight.now)
    body = Acquire(name, lane, scope, wanted.goal, wanted.seconds, sight.at, before.times, before.waited)
    return Plan((Draft(body, wanted.note),))


def renewing(sight: Sight, wanted: Wanted) -> Plan:
    """The lease runs from now again: of the named locks, else of all that the lane has here and may still renew; of
    those that it lost, why not."""
    held = fences(sight.clone.worktree, wanted.lane.id)
    names = wanted.names or _own(sight, wanted.lane, held)
    if not names:
        raise AskedWronglyError(f"lane {wanted.lane.id} holds no lock: lanegate lock acquire PATTERN…")
    drafts, missing = [], []
    for name in names:
        lock = lock_of(sight.locks, name)
        if lock is None:
            gone = _gone(sight, name)
            missing.append(gone._replace(hint=f"{gone.hint}; to be told no more: lanegate lock release {name}"))
        else:
            body = Heartbeat(name, held.get(name, lock.fence), wanted.seconds, sight.at)
            drafts.append(Draft(body, wanted.note))
    return Plan(tuple(drafts), (), tuple(missing))


def releasing(sight: Sight, wanted: Wanted) -> Plan:
    """The locks are given back: the named ones, else all that the lane has or had here. One that is gone already is
    fine where the lane was its last holder."""
    held = fences(sight.clone.worktree, wanted.lane.id)
    names = wanted.names or _own(sight, wanted.lane, held)
    drafts, fine, missing = [], [], []
    for name in names:
        lock = lock_of(sight.locks, name)
        if lock is not None:
            drafts.append(Draft(Release(name, held.get(name, lock.fence), sight.at), wanted.note))
        elif _last_holder(sight, name) == wanted.lane.id:
            fine.append(name)
        else:
            missing.append(_gone(sight, name))
    return Plan(tuple(drafts), tuple(fine), tuple(missing))


def reclaiming(sight: Sight, wanted: Wanted) -> Plan:
    """A lock whose lease ran out goes to the lane; nothing where the lane has it, alive, already. Raises StoppedError
    (LG403) where there is no such lock."""
    (name,) = wanted.names
    lock = lock_of(sight.locks, name)
    if lock is None:
        raise StoppedError(refused(_gone(sight, name), clone=sight.clone))
    if lock.lane == wanted.lane.id and sight.now < lock.expires:
        return _held_already(sight, lock, wanted)
    body = Reclaim(name, lock.fence, wanted.lane.id, wanted.goal, wanted.seconds, sight.at, wanted.override)
    return Plan((Draft(body, wanted.note),))


def _held_already(sight: Sight, lock: Lock, wanted: Wanted) -> Plan:
    """Nothing; but a heartbeat where only the server can tell whether the lock is alive."""
    if sight.knows_time:
        return Plan((), (lock.id,))
    return Plan((Draft(Heartbeat(lock.id, lock.fence, wanted.seconds, sight.at), wanted.note),))


def _own(sight: Sight, lane: Lane, held: Mapping[str, int]) -> tuple[str, ...]:
    """The locks of the lane, with those that this worktree believes to hold for it."""
    return tuple(sorted({*[lock.id for lock in sight.locks if lock.lane == lane.id], *held}))


def _new_name(sight: Sight, lane: str) -> str:
    """An id for a new lock: the lane's, and the number that its record will have."""
    taken = {lock.id for lock in sight.locks}
    name = f"{lane[:_MOST_OF_LANE]}-{sight.number + 1}"
    while name in taken:
        name += "x"
    return name


def _ran_out(lock: Lock) -> Violation:
    message = f"lock {lock.id} of lane {lock.lane} on this scope ran out at {instant_of(lock.expires)}"
    hint = f'go on and say why: lanegate lock reclaim {lock.id} --note "…"; or lanegate lock release {lock.id}'
    return Violation(code="LG403", message=message, lane=lock.lane, owner=lock.owner, hint=hint, ref=LOCKS_REF)


def _gone(sight: Sight, name: str) -> Violation:
    """LG403: there is no lock of that id any more."""
    last = _last_record(sight, name)
    if last is None:
        message, hint = f"there is no lock {name}, and never was one", "see: lanegate lock list"
    else:
        who = f" by {last.writer}" if last.writer is not None else ""
        message = f"lock {name} is gone: record {last.number} released it{who}"
        hint = "take one of your own: lanegate lock acquire PATTERN…"
    return Violation(code="LG403", message=message, hint=hint, ref=LOCKS_REF)


def _last_record(sight: Sight, name: str) -> Record | None:
    return next(_records_of(sight, name), None)


def _last_holder(sight: Sight, name: str) -> str | None:
    """The lane that held a lock last."""
    bodies = (record.body for record in _records_of(sight, name))
    return next((body.lane for body in bodies if isinstance(body, (Acquire, Reclaim))), None)


def _records_of(sight: Sight, name: str) -> Iterator[Record]:
    """The records of a lock, newest first. Raises GitError."""
    if sight.tip is None:
        return
    git = sight.clone.worktree.git
    reader = CatFile(git)
    try:
        for commit in git.line("rev-list", "--first-parent", sight.tip).split():
            record = record_at(reader, commit)
            if getattr(record.body, "lock", None) == name:
                yield record
    finally:
        reader.close()
