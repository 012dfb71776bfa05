"""The registry against a model that knows sets of paths and nothing of patterns, files or fences of others.

Two lanes and a lead act at any time, with clocks that are off, leases that run out and fences long gone. The model says
what must happen; whatever happens, no path is ever held by two lanes, and a lock that was taken away moves no more.
"""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from lanegate.core.instant import instant_of
from lanegate.core.judge_locks import MAX_SKEW, judge_transition
from lanegate.core.lock_record import Acquire, Heartbeat, Reclaim, Release
from lanegate.core.locks import Held, Lock, after, locks_file, read_locks
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.ownership import Ownership
from tests.core.build import CORE, UI, policy, replace, rules
from tests.core.build_locks import NOON, record_of
from tests.core.oracles import FACTOR

NAMES = ("p0", "p1", "p2", "p3")
OWNERS = {"ui": "bob", "core": "ana"}
POLICY = policy(
    replace(UI, owned_paths=rules("/**"), out_of_scope=()),
    replace(CORE, owned_paths=rules("/**")),
    identity="signature",
    roles={"orchestrator": ("eve",)},
)
OWNERSHIP = Ownership(POLICY)
ids = st.sampled_from(("a", "b", "c"))
lanes = st.sampled_from(tuple(OWNERS))
writers = st.sampled_from(("ana", "bob", "eve"))
paths = st.frozensets(st.sampled_from(NAMES), min_size=1)
leases = st.integers(1, 400)
skews = st.just(0) | st.integers(-MAX_SKEW - 1, MAX_SKEW + 1)
notes = st.sampled_from((None, " ", "why", "why", "why"))
fences = st.sampled_from((0, 0, 0, 0, 1))


class Thing(NamedTuple):
    """A lock as the model knows it."""

    lane: str
    paths: frozenset[str]
    ends: int
    fence: int


class Registry(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.locks: tuple[Lock, ...] = ()
        self.model: dict[str, Thing] = {}
        self.now = NOON
        self.last: int | None = None
        self.number = 0

    @rule(seconds=st.integers(0, 500))
    def time_goes_by(self, seconds: int) -> None:
        self.now += seconds

    @rule(name=ids, lane=lanes, writer=writers, held=paths, seconds=leases, skew=skews)
    def acquire(self, name: str, lane: str, writer: str, held: frozenset[str], seconds: int, skew: int) -> None:
        at = self.now + skew
        is_free = all(one.lane == lane or not one.paths & held for one in self.model.values())
        allowed = name not in self.model and is_free and writer == OWNERS[lane]
        scope = tuple(sorted(f"/{path}" for path in held))
        body = Acquire(name, lane, scope, "work", seconds, instant_of(at))
        if self._says(body, writer, at, allowed):
            self.model[name] = Thing(lane, held, at + seconds, self.number)

    @rule(name=ids, writer=writers, seconds=leases, skew=skews, behind=fences)
    def heartbeat(self, name: str, writer: str, seconds: int, skew: int, behind: int) -> None:
        at, one = self.now + skew, self.model.get(name)
        fence = (one.fence if one is not None else 1) - behind
        allowed = one is not None and writer == OWNERS[one.lane] and not behind and max(at, self.now) < one.ends
        if self._says(Heartbeat(name, fence, seconds, instant_of(at)), writer, at, allowed) and one is not None:
            self.model[name] = one._replace(ends=at + seconds)

    @rule(name=ids, writer=writers, note=notes, skew=skews, behind=fences)
    def release(self, name: str, writer: str, note: str | None, skew: int, behind: int) -> None:
        at, one = self.now + skew, self.model.get(name)
        fence = (one.fence if one is not None else 1) - behind
        may = one is not None and (writer == OWNERS[one.lane] or (writer == "eve" and note == "why"))
        if self._says(Release(name, fence, instant_of(at)), writer, at, may and not behind, note):
            del self.model[name]

    @rule(
        name=ids,
        lane=lanes,
        writer=writers,
        note=notes,
        seconds=leases,
        skew=skews,
        override=st.booleans(),
        behind=fences,
    )
    def reclaim(
        self,
        name: str,
        lane: str,
        writer: str,
        note: str | None,
        seconds: int,
        skew: int,
        override: bool,
        behind: int,
    ) -> None:
        at, one = self.now + skew, self.model.get(name)
        fence = (one.fence if one is not None else 1) - behind
        leads = override and writer == "eve"
        earlier = min(at, self.now)
        allowed = (
            one is not None
            and not behind
            and note == "why"
            and (leads or writer == OWNERS[lane])
            and (leads or one.ends <= earlier)
            and not any(
                other is not one and other.lane != lane and other.paths & one.paths and earlier < other.ends
                for other in self.model.values()
            )
        )
        body = Reclaim(name, fence, lane, "work on", seconds, instant_of(at), override)
        if self._says(body, writer, at, allowed, note) and one is not None:
            self.model[name] = Thing(lane, one.paths, at + seconds, self.number)

    def _says(self, body: Any, writer: str, at: int, allowed: bool, note: str | None = None) -> bool:
        """Judge, compare with what the model allows, and go on where it is allowed."""
        in_time = abs(at - self.now) <= MAX_SKEW and (self.last is None or at >= self.last)
        record = record_of(body, writer, self.number + 1, note)
        found = judge_transition(POLICY, OWNERSHIP, self.locks, record, self.now, _shared, self.last)
        assert (not found) == (allowed and in_time), found
        assert ("LG408" in [violation.code for violation in found]) is not in_time
        if found:
            return False
        again = judge_transition(POLICY, OWNERSHIP, self.locks, record, at, _shared, self.last)
        assert again == (), "a clone that knows only the record's time refuses what the server took"
        self.locks, self.number, self.last = after(self.locks, record), self.number + 1, at
        return True

    @invariant()
    def the_state_is_the_models(self) -> None:
        assert read_locks(locks_file(self.locks)) == self.locks
        found = {
            lock.id: Thing(lock.lane, frozenset(text[1:] for text in lock.scope), lock.expires, lock.fence)
            for lock in self.locks
        }
        assert found == self.model

    @invariant()
    def no_path_has_two_holders(self) -> None:
        held = Held(self.locks, max(self.now, self.last or 0))
        for name in NAMES:
            assert len({lock.lane for lock in held.covering(name.encode())}) <= 1


def _shared(first: Any, second: Any) -> bytes | None:
    """Of scopes without wildcards, and of the lanes' own, which hold everything."""
    both = set(first) & set(second) if "/**" not in second else set(first)
    return min(both)[1:].encode() if both else None


Registry.TestCase.settings = settings(max_examples=60 * FACTOR, stateful_step_count=30)
TestRegistry = Registry.TestCase
