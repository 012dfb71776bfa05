"""A registry looked at afterwards says of each record and time what the state there said (core/locks.py)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lanegate.core.instant import instant_of
from lanegate.core.lock_history import LockHistory
from lanegate.core.lock_record import Acquire, Heartbeat, Reclaim, Release
from lanegate.core.locks import Held, Lock, after
from lanegate.core.record import Record

START = 1_800_000_000
PATHS = [b"hot.md", b"src/a.py", b"src/theme/b.py"]
SCOPES = [("/hot.md",), ("/src/", "!/src/theme/"), ("/src/theme/",), ("/**/*.py",)]


@st.composite
def registries(draw: st.DrawFn) -> list[Record]:
    """Records one after the other, sensible or not."""
    records = []
    at = START
    for number in range(1, draw(st.integers(1, 14)) + 1):
        at += draw(st.sampled_from([0, 1, 30, 100]))
        lock, lane = draw(st.sampled_from("abc")), draw(st.sampled_from(["ui", "core"]))
        seconds, when = draw(st.sampled_from([10, 60, 200])), instant_of(at)
        body = draw(
            st.sampled_from(
                [
                    Acquire(lock, lane, draw(st.sampled_from(SCOPES)), "why", seconds, when),
                    Heartbeat(lock, 1, seconds, when),
                    Release(lock, 1, when),
                    Reclaim(lock, 1, lane, "why", seconds, when),
                ]
            )
        )
        records.append(Record(number, "f" * 40, body, "ana"))
    return records


@given(registries(), st.integers(0, 1500))
def test_it_is_what_the_state_was(records: list[Record], later: int) -> None:
    history = LockHistory(records)
    locks: tuple[Lock, ...] = ()
    held: set[tuple[str, bytes]] = set()
    for number in range(len(records) + 1):
        if number:
            locks = after(locks, records[number - 1])
        forever = Held(locks, 0)
        held |= {(lock.lane, path) for path in PATHS for lock in forever.covering(path)}
        for path in PATHS:
            then = history.at(number, START + later)
            assert then.covering(path) == tuple(sorted(Held(locks, START + later).covering(path)))
            assert [then.was_held(lane, path) for lane in ("ui", "core")] == [
                (lane, path) in held for lane in ("ui", "core")
            ]


def test_a_lock_that_changed_hands() -> None:
    when = [instant_of(START + 100 * number) for number in range(5)]
    bodies = [
        Acquire("a", "ui", ("/hot.md",), "one", 50, when[0]),
        Reclaim("a", 1, "core", "two", 150, when[1]),
        Heartbeat("a", 2, 150, when[2]),
        Release("a", 2, when[3]),
    ]
    history = LockHistory([Record(number, "f" * 40, body, "ana") for number, body in enumerate(bodies, 1)])
    seen = [
        [
            (lock.lane, lock.expires - START)
            for lock in history.at(number, START + 100 * number - 90).covering(b"hot.md")
        ]
        for number in range(1, 5)
    ]
    assert seen == [[("ui", 50)], [("core", 250)], [("core", 350)], []]
    prolonged = LockHistory([Record(number, "f" * 40, body, "ana") for number, body in enumerate(bodies[:3], 1)])
    assert [lock.lane for lock in prolonged.at(3, START + 210).covering(b"hot.md")] == ["core"]
    assert not history.at(1, START).was_held("core", b"hot.md")
    assert history.at(4, START).was_held("ui", b"hot.md")


def test_one_of_two_on_a_scope_is_given_back() -> None:
    bodies = [
        Acquire("a", "ui", ("/hot.md",), "one", 500, instant_of(START)),
        Acquire("b", "ui", ("/hot.md",), "two", 500, instant_of(START)),
        Release("b", 2, instant_of(START + 1)),
    ]
    history = LockHistory([Record(number, "f" * 40, body, "ana") for number, body in enumerate(bodies, 1)])
    held = [[lock.id for lock in history.at(number, START + 2).covering(b"hot.md")] for number in (1, 2, 3)]
    assert held == [["a"], ["a", "b"], ["a"]]
