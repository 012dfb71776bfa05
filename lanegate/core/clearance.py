"""Commits that break no rule, told at a glance: nearly all of a long history (docs/judgement.md, "A new commit").

Nothing is decided here that `core/judge.py` does not decide the same way: a commit is cleared only where `Judge.commit`
finds nothing, whatever kind of change is made in its paths. Whatever takes more than the lane and the paths to decide
(tasks, zones, signatures, reverts, anything that would be refused) is not cleared; then the judge is asked.

Limits: for `verify`, which cannot tell who pushed.
"""

from __future__ import annotations

from lanegate.core.judge import lane_of
from lanegate.core.message import Trailers, read_trailers
from lanegate.core.policy import NOBODY, NONE, PRIMARY, Lane

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lanegate.core.judge import Judge, Scope

#: Paths of a lane that are remembered.
MOST_FREE = 100_000
_NONE = Trailers()


class Clearance:
    """What a judge would clear in a scope.

    clears_some: whether anything is cleared at all under this policy.
    """

    def __init__(self, judge: Judge, scope: Scope) -> None:
        policy = judge.policy
        self._policy, self._scope, self._ownership = policy, scope, judge.ownership
        self._unnamed = lane_of(policy, _NONE, scope)
        #: By lane: paths in which it may make any change.
        self._free: dict[str, set[bytes]] = {}
        asks_who = policy.identity != NOBODY and not policy.asks_pusher
        self.clears_some = not policy.zones and not asks_who and not scope.judges_people

    def clears(self, message: bytes, paths: Sequence[bytes]) -> bool:
        """Whether a commit breaks no rule. message, paths: of a commit with at most one parent and no defect, all that
        it changes; no path of these is a link now."""
        if not self.clears_some:
            return False
        trailers = read_trailers(message)
        lane = lane_of(self._policy, trailers, self._scope) if trailers != _NONE else self._unnamed
        if not isinstance(lane, Lane) or lane.task is not None or lane.subject_prefix is not None:
            return False
        if trailers.values and trailers.of(b"reverts"):
            return False
        free = self._free.setdefault(lane.id, set())
        if not free.issuperset(paths):
            for path in paths:
                if path not in free:
                    if not self._is_free(lane.id, path):
                        return False
                    free.add(path)
            if len(free) > MOST_FREE:
                free.clear()
        return True

    def _is_free(self, lane: str, path: bytes) -> bool:
        """Whether a lane may make any change in a path (but for where a link may lead)."""
        match = self._ownership.grant(lane, path)
        if match.grant == NONE and not match.out_of_scope:
            return self._policy.unowned == "allow" and not self._ownership.owners(path)
        return match.grant == PRIMARY
