"""What lock commands read and say: durations, the table, and the file that counts refused tries."""

from __future__ import annotations

from argparse import ArgumentTypeError
from pathlib import Path

import pytest

from lanegate.cli.duration import lease_meant, seconds_meant
from lanegate.core.locks import Lock
from lanegate.git.worktree import find
from lanegate.render.locks import locks_table
from lanegate.usecases.lock_memory import Tries, count_try, fences, forget_tries, hold, let_go, tries
from tests.support import Clone

NOW = 1_795_284_000  # 2026-11-21T18:00:00Z
LOCK = Lock("ui-1", "ui", "bob", ("/src/a|b.py", "!/src/c"), "find\x1b[1m it", NOW - 60, NOW - 30, NOW, 7)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("30m", 1800), ("4h", 14_400), ("1h30m", 5400), ("2d", 172_800), ("0s", 0)]
)
def test_durations(text: str, seconds: int) -> None:
    assert seconds_meant(text) == seconds


@pytest.mark.parametrize("text", ["", "4", "4 h", "h", "-4h", "30m1h", "1.5h", "4H", "\u0664h", "9999999h"])
def test_no_durations(text: str) -> None:
    with pytest.raises(ArgumentTypeError):
        seconds_meant(text)


def test_leases() -> None:
    assert (lease_meant("1s"), lease_meant("7d")) == (1, 604_800)
    for text in ("0s", "7d1s"):
        with pytest.raises(ArgumentTypeError):
            lease_meant(text)


def test_the_runbook_s_table() -> None:
    live, stale = (locks_table([LOCK], now).splitlines()[-1] for now in (NOW - 1, NOW))
    assert live == (
        "| ui-1 | ui (bob) | `/src/a\\|b.py` `!/src/c` | find\\x1b[1m it "
        "| 2026-11-21T17:59:00Z | 2026-11-21T17:59:30Z | 2026-11-21T18:00:00Z |"
    )
    assert stale == live.removesuffix(" |") + " (stale) |"
    assert "| ui |" in locks_table([LOCK._replace(owner=None)], NOW)


def test_tries_are_counted_until_they_are_another_story(repo: Clone) -> None:
    here = find(str(repo.path))
    asked = (here, "ui", ("/a", "!/a/b"))
    assert tries(*asked, NOW) == Tries()
    count_try(*asked, NOW)
    count_try(*asked, NOW + 10, again=True)  # the same command, still waiting
    count_try(*asked, NOW + 20)
    count_try(here, "ui", ("/b",), NOW + 20)
    assert tries(*asked, NOW + 30) == Tries(2, 30)
    assert tries(*asked, NOW + 20 + 3601) == Tries()
    assert tries(*asked, NOW - 1000) == Tries()  # the clock went back
    count_try(*asked, NOW + 8000)
    assert tries(*asked, NOW + 8000) == Tries(1, 0)
    forget_tries(*asked)
    assert tries(*asked, NOW + 8000) == Tries()


def test_fences_are_a_worktree_s_own(repo: Clone, tmp_path: Path) -> None:
    repo.change({"a": "1\n"})
    repo.git("worktree", "add", "-q", "--detach", str(tmp_path / "tree"))
    here, there = find(str(repo.path)), find(str(tmp_path / "tree"))
    hold(here, [LOCK, LOCK._replace(id="ui-2", fence=9)])
    assert (fences(here, "ui"), fences(here, "core"), fences(there, "ui")) == ({"ui-1": 7, "ui-2": 9}, {}, {})
    let_go(here, ["ui-1", "none"])
    assert fences(here, "ui") == {"ui-2": 9}
