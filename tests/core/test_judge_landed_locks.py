"""What a landing may be told about locks afterwards, at each place of a registry's history."""

from __future__ import annotations

import pytest

from lanegate.core.instant import instant_of
from lanegate.core.judge_landed_locks import Risky, judge_landed_locks
from lanegate.core.lock_history import LockHistory
from lanegate.core.lock_record import Acquire, Release
from lanegate.core.record import Record

START = 1_800_000_000
HOT, COLD = (b"hot.md", 7), (b"cold.md", 7)
BODIES = [
    Acquire("a", "ui", ("/hot.md",), "first", 100, instant_of(START)),
    Release("a", 1, instant_of(START + 50)),
    Acquire("b", "core", ("/hot.md",), "second", 100, instant_of(START + 60)),
]


def history(writer: str | None = "bob") -> LockHistory:
    return LockHistory([Record(number, "f" * 40, body, writer) for number, body in enumerate(BODIES, 1)])


@pytest.mark.parametrize(
    ("number", "now", "lane", "path", "code"),
    [
        (0, 0, "ui", HOT, "LG401"),
        (1, 10, "ui", HOT, None),
        (1, 10, "core", HOT, "LG402"),
        (1, 100, "core", HOT, "LG401"),
        (2, 55, "ui", HOT, None),
        (2, 55, "core", HOT, "LG401"),
        (3, 70, "ui", HOT, "LG402"),
        (3, 160, "ui", HOT, None),
        (3, 160, "core", HOT, None),
        (3, 70, "core", COLD, "LG401"),
    ],
)
def test_by_record_and_time(number: int, now: int, lane: str, path: tuple[bytes, int], code: str | None) -> None:
    risky = Risky("c" * 40, lane, (path,))
    found = list(judge_landed_locks(risky, history().at(number, START + now), "refs/heads/main"))
    assert [violation.code for violation in found] == ([code] if code else [])
    assert all((one.commit, one.path, one.lane, one.policy_line) == ("c" * 40, path[0], lane, 7) for one in found)
    assert all(one.ref == "refs/heads/main" and "the server's log" in (one.hint or "") for one in found)


@pytest.mark.parametrize(("writer", "owner"), [("bob", "bob (core)"), (None, "core")])
def test_the_holder_is_named(writer: str | None, owner: str) -> None:
    then = history(writer).at(3, START + 70)
    (found,) = judge_landed_locks(Risky("c" * 40, "ui", (HOT,)), then, None)
    assert found.owner == owner
    assert found.message == f"landed while lane core held b, until {instant_of(START + 160)}"
