"""Numbers of contention: how long locks were held, what was refused before, what was taken over."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lanegate.core.instant import instant_of
from lanegate.core.lock_metrics import Contention, Hold, holds_of, metrics_of
from lanegate.core.lock_record import Acquire, Heartbeat, Reclaim, Release
from lanegate.core.locks import Lock, after
from lanegate.core.record import Record

LEASE = 100


def records(*bodies: Any) -> list[Record]:
    return [Record(number, "0" * 40, body) for number, body in enumerate(bodies, 1)]


def acquire(at: int, lane: str = "ui", lock: str = "L1", scope: str = "/a", **more: int) -> Acquire:
    return Acquire(lock, lane, (scope,), "work", LEASE, instant_of(at), **more)


def heartbeat(at: int, lock: str = "L1") -> Heartbeat:
    return Heartbeat(lock, 1, LEASE, instant_of(at))


def release(at: int, lock: str = "L1") -> Release:
    return Release(lock, 1, instant_of(at))


def reclaim(at: int, lane: str = "core", lock: str = "L1", override: bool = False) -> Reclaim:
    return Reclaim(lock, 1, lane, "work", LEASE, instant_of(at), override)


def ends(*bodies: Any, now: int = 1000) -> list[tuple[str, int, int | None]]:
    return [(hold.lane, hold.start, hold.end) for hold in holds_of(records(*bodies), now)]


def test_a_hold_ends_with_its_release_or_its_lease() -> None:
    assert ends(acquire(10), release(40)) == [("ui", 10, 40)]
    assert ends(acquire(10), release(400)) == [("ui", 10, 110)]
    assert ends(acquire(10), heartbeat(90), release(180)) == [("ui", 10, 180)]
    assert ends(acquire(10), now=50) == [("ui", 10, None)]
    assert ends(acquire(10), now=109) == [("ui", 10, None)]
    assert ends(acquire(10), now=110) == [("ui", 10, 110)]
    assert ends(acquire(10), release(20), acquire(30, "core"), release(35)) == [("ui", 10, 20), ("core", 30, 35)]


def test_a_reclaim_ends_a_hold_and_begins_the_next_on_the_same_scope() -> None:
    first, second = holds_of(records(acquire(10), reclaim(300)), 350)
    assert (first.end, first.lost) == (110, True)
    assert second == Hold("L1", "core", ("/a",), 300, 400, reclaimed=True)
    first, second = holds_of(records(acquire(10), reclaim(50, override=True), release(60)), 350)
    assert (first.end, first.lost) == (50, True)
    assert (second.end, second.overridden) == (60, True)


def test_what_names_no_lock_that_is_held_has_no_effect() -> None:
    assert ends(heartbeat(1), release(2), reclaim(3)) == []


def test_the_numbers_of_lanes_and_scopes() -> None:
    metrics = metrics_of(
        records(
            acquire(0, "ui", "A", "/a", tries=2, waited=30),
            release(10, "A"),
            acquire(20, "ui", "B", "/b"),
            release(60, "B"),
            acquire(70, "ui", "C", "/a", tries=1, waited=50),
            reclaim(300, "core", "C"),
            acquire(310, "core", "D", "/b"),
        ),
        320,
    )
    assert metrics.lanes == (
        ("core", Contention(acquired=1, reclaimed=1, live=2)),
        ("ui", Contention(3, 3, 80, 50, median=40, longest=100, lost=1)),
    )
    assert metrics.scopes == (
        (("/a",), Contention(2, 3, 80, 50, median=55, longest=100, reclaimed=1, lost=1, live=1)),
        (("/b",), Contention(2, median=40, longest=40, live=1)),
    )
    assert metrics.total == Contention(4, 3, 80, 50, median=40, longest=100, reclaimed=1, lost=1, live=2)


def test_scopes_most_in_the_way_come_first() -> None:
    bodies = (
        acquire(0, lock="A", scope="/a"),
        acquire(0, lock="B", scope="/b", waited=1),
        acquire(0, lock="C", scope="/c", tries=1),
    )
    metrics = metrics_of(records(*bodies), 1)
    assert [scope for (scope,), _ in metrics.scopes] == ["/c", "/b", "/a"]


def test_an_empty_registry() -> None:
    assert metrics_of([], 0) == (Contention(), (), ())


KINDS = st.sampled_from(["acquire", "heartbeat", "release", "reclaim"])
STEPS = st.lists(st.tuples(KINDS, st.sampled_from("AB"), st.integers(0, 150)), max_size=12)


@given(STEPS, st.integers(0, 300))
def test_who_holds_what_is_what_the_registry_says(steps: list[tuple[str, str, int]], later: int) -> None:
    at, bodies = 0, []
    makers: dict[str, Any] = {
        "acquire": lambda at, lock: acquire(at, lock=lock),
        "heartbeat": heartbeat,
        "release": release,
        "reclaim": lambda at, lock: reclaim(at, lock=lock),
    }
    found: tuple[Lock, ...] = ()
    for what, lock, passed in steps:
        at += passed
        if (what == "acquire") == any(one.id == lock for one in found):
            continue  # the server would refuse it
        bodies.append(makers[what](at, lock))
        found = after(found, records(*bodies)[-1])
    now = at + later
    metrics = metrics_of(records(*bodies), now)
    assert metrics.total.live == sum(now < lock.expires for lock in found)
    began = sum(isinstance(body, (Acquire, Reclaim)) for body in bodies)
    assert metrics.total.acquired + metrics.total.reclaimed == began
    for groups in (metrics.lanes, metrics.scopes):
        for name in ("acquired", "refused", "waited", "reclaimed", "overridden", "lost", "live"):
            assert sum(getattr(one, name) for _, one in groups) == getattr(metrics.total, name)
    assert all(hold.end is None or hold.start <= hold.end <= hold.expires for hold in holds_of(records(*bodies), now))
