"""The registry's state: each record makes one from the one before, its file says all of it, and who covers a path."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.core.locks import LOCKS, Held, Lock, after, locks_before, locks_file, read_locks, time_of, written
from tests.core.build_locks import (
    ACQUIRE,
    HEARTBEAT,
    HOUR,
    NOON,
    PATHS,
    RECLAIM,
    RELEASE,
    covers,
    lock_of,
    record_of,
)
from tests.core.records import LANDING, lanes, lines

OTHER = lock_of("a", "core", "ana", "/core/", fence=2)
HELD = lock_of()
LATER = NOON + 60
AT_LATER = "2026-11-21T18:01:00Z"
TAKEN = Lock("l-1", "ui", "bob", ACQUIRE.scope, ACQUIRE.objective, NOON, NOON, NOON + HOUR, 7)
CORES = Lock("l-1", "core", "ana", ("/ui/",), "Take it over", LATER, LATER, LATER + HOUR, 7)


@pytest.mark.parametrize(
    ("before", "body", "writer", "found"),
    [
        ((), ACQUIRE, "bob", (TAKEN,)),
        ((OTHER,), ACQUIRE, None, (OTHER, TAKEN._replace(owner=None))),
        ((OTHER, HELD), HEARTBEAT._replace(at=AT_LATER, seconds=5), "cy", (OTHER, None)),
        ((OTHER, HELD), RELEASE, "bob", (OTHER,)),
        ((OTHER, HELD), RECLAIM._replace(at=AT_LATER), "ana", (OTHER, CORES)),
        ((OTHER,), HEARTBEAT, "bob", (OTHER,)),
        ((OTHER,), RELEASE, "bob", (OTHER,)),
        ((OTHER,), RECLAIM, "ana", (OTHER,)),
    ],
)
def test_what_a_record_makes(before: tuple[Lock, ...], body: Any, writer: str | None, found: Any) -> None:
    beaten = HELD._replace(heartbeat=LATER, expires=LATER + 5)
    expected = tuple(lock or beaten for lock in found)
    record = record_of(body, writer)
    assert after(before, record) == expected
    made = written(record, "a" * 40, {b"locks": locks_file(before)}.get)
    assert made == {b"locks": locks_file(expected)}


def test_the_first_record_has_no_state_before_it() -> None:
    assert written(record_of(ACQUIRE), None, {}.get) == {b"locks": locks_file((TAKEN,))}
    assert written(record_of(RELEASE), "a" * 40, {b"locks": locks_file((HELD,))}.get) == {b"locks": b""}
    with pytest.raises(ValueError, match="there is no file `locks`"):
        locks_before("a" * 40, {}.get)


def test_a_record_of_the_ledger_moves_no_lock() -> None:
    assert "landing" not in LOCKS.kinds
    with pytest.raises(TypeError):
        after((HELD,), record_of(LANDING))
    assert time_of(record_of(LANDING)) == 0
    assert time_of(record_of(ACQUIRE)) == NOON


def test_the_file_of_one() -> None:
    line = (
        b"3 lock id=l-1 lane=ui by=bob scope=/ui/ scope=%21/ui/%2A.py objective=Search%20dialog "
        b"start=1795282200 heartbeat=1795282200 expires=1795285800\n"
    )
    assert locks_file((lock_of("l-1", "ui", "bob", "/ui/", "!/ui/*.py"),)) == line


locks = st.builds(
    Lock,
    lanes,
    lanes,
    st.none() | lanes,
    st.lists(lines, min_size=1, max_size=3).map(tuple),
    lines,
    *[st.integers(0, 1 << 40)] * 4,
)


@given(st.lists(locks, max_size=4, unique_by=lambda lock: lock.id))
def test_what_is_written_is_read_back(some: list[Lock]) -> None:
    assert read_locks(locks_file(some)) == tuple(sorted(some))


@pytest.mark.parametrize(
    "line",
    [
        b"3 lock",
        b"3 lock id=a lane=ui objective=x start=1 heartbeat=1 expires=1",
        b"3 lock id=a lane=ui scope=/a objective=x start=1 heartbeat=1",
        b"3 lock id=a lane=ui scope=/a objective=x start=1 heartbeat=1 expires=x",
        b"3 lock lane=ui id=a scope=/a objective=x start=1 heartbeat=1 expires=1",
        b"3 lock id=a lane=ui scope=/a objective=x start=1 heartbeat=1 expires=1 more=1",
        b"3 verdict id=a lane=ui scope=/a objective=x start=1 heartbeat=1 expires=1",
        b"x lock id=a lane=ui scope=/a objective=x start=1 heartbeat=1 expires=1",
        b"",
    ],
)
def test_what_is_no_line_of_a_lock(line: bytes) -> None:
    good = b"3 lock id=a lane=ui scope=/a objective=x start=1 heartbeat=1 expires=1"
    assert read_locks(good + b"\n") == (Lock("a", "ui", None, ("/a",), "x", 1, 1, 1, 3),)
    with pytest.raises(ValueError, match=r"lock|word|int|unpack"):
        read_locks(good + b"\n" + line + b"\n")
    with pytest.raises(ValueError, match="cut off"):
        read_locks(good)


SCOPES = (
    ("/ui/",),
    ("/ui/", "!/ui/theme/"),
    ("!/ui/theme/", "/ui/"),
    ("/ui/", "!/ui/", "/ui/x"),
    ("**/x", "!/core/"),
    ("/src/a*.py",),
    ("/src/*b.py", "/d?cs/", "/[a-c]pp.py"),
    ("/ui",),
    ("/app.py", "/ui/[x-y]"),
)


def test_who_covers_a_path() -> None:
    every = [lock_of(str(number), "ui", "bob", *scope) for number, scope in enumerate(SCOPES)]
    stale = lock_of("z", "ui", "bob", "/**", expires=NOON)
    held = Held((*every, stale), NOON)
    for path in (*PATHS, b"ui", b"uix", b"src/a\xff.py"):
        expected = [lock.id for lock in every if covers(lock.scope, path)]
        assert [lock.id for lock in held.covering(path)] == expected, path
    assert held.covering(b"nobody") == ()
    assert held.locks == (*every, stale)


def test_alive_until_the_lease_ends() -> None:
    locks = (lock_of(expires=NOON),)
    for now, is_live in ((NOON - 1, True), (NOON, False), (NOON + 1, False)):
        held = Held(locks, now)
        assert (held.live, held.stale) == ((locks, ()) if is_live else ((), locks))
        assert bool(held.covering(b"ui/x")) == is_live
