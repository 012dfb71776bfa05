"""Moving a ref by compare-and-swap, also past the lock of somebody who was killed."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from lanegate.core.refs import LOCKS_REF
from lanegate.git import ref_moves
from lanegate.git.ref_moves import move_ref
from lanegate.git.run import Git, GitError
from tests.support import Clone, make_repo


@pytest.fixture
def repo(tmp_path: Path) -> Clone:
    made = make_repo(tmp_path / "repo")
    made.change({"a": "1\n"})
    made.change({"a": "2\n"})
    return made


def ids(repo: Clone) -> tuple[str, str]:
    return repo.out("rev-parse", "HEAD"), repo.out("rev-parse", "HEAD^")


def move(repo: Clone, old: str | None, new: str | None) -> None:
    move_ref(Git(str(repo.path / ".git"), os.environ), LOCKS_REF, old, new)


def lock_of(repo: Clone) -> Path:
    lock = repo.path / ".git" / f"{LOCKS_REF}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    return lock


def test_a_ref_is_made_moved_and_taken_away(repo: Clone) -> None:
    one, two = ids(repo)
    move(repo, None, one)
    move(repo, one, two)
    assert repo.tip(LOCKS_REF) == two
    with pytest.raises(GitError):
        move(repo, one, two)
    move(repo, two, None)
    assert repo.tip(LOCKS_REF) is None


def test_a_lock_left_behind_does_not_stop_it(repo: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ref_moves, "STALE", 0.2)
    one, two = ids(repo)
    move(repo, None, one)
    lock_of(repo).write_text("")
    with pytest.raises(GitError):  # what the ref holds is asked all the same
        move(repo, two, one)
    lock_of(repo).write_text("")
    move(repo, one, two)
    assert repo.tip(LOCKS_REF) == two
    assert not lock_of(repo).exists()


def test_a_lock_in_use_is_waited_for(repo: Clone) -> None:
    one, _ = ids(repo)
    lock_of(repo).write_text("")
    threading.Timer(0.3, lock_of(repo).unlink).start()
    move(repo, None, one)
    assert repo.tip(LOCKS_REF) == one


def test_a_lock_that_changes_hands_is_left_alone(repo: Clone) -> None:
    one, _ = ids(repo)
    lock_of(repo).write_text("")
    threading.Timer(0.3, lambda: lock_of(repo).write_text("another")).start()
    started = time.monotonic()
    with pytest.raises(GitError, match="File exists"):
        move(repo, None, one)
    assert lock_of(repo).read_text() == "another"
    assert time.monotonic() - started < ref_moves.STALE
