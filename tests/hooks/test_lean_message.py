"""The lean message hooks write and allow only what the full ones would."""

from __future__ import annotations

import os
import posix
import random
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lanegate.core.decision import ALLOWED
from lanegate.git.worktree import find
from lanegate.lean_message import good, prepared
from lanegate.usecases.commit_message import judge_message, prepare
from lanegate.usecases.staged import judge_staged
from tests.desk import Desk
from tests.support import ROOT, run

NO_EDITOR = {"GIT_EDITOR": ":"}
# read here: the hermetic fixture takes LANEGATE_* away from the tests themselves
ROUNDS = 80 * int(os.environ.get("LANEGATE_EXAMPLES", "1"))
SEED = os.environ.get("LANEGATE_SEED", "messages")
CUT = "# ------------------------ >8 ------------------------"
LINES = [
    "Add",
    "[W1] Add",
    "body",
    "",
    "",
    "Lane: ui",
    "lane: ui",
    "Lane: docs",
    "Task: T-12",
    "Signed-off-by: A <a@b>",
]
LINES += [
    "# comment",
    " folded",
    "(cherry picked from commit 00)",
    "See: this",
    "text ",
    "\t",
    "x\r",
    "Lane: core",
    CUT,
]


@pytest.fixture
def plain(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk in lane ui whose next hooks can be lean; its top is the current folder, and no editor opens."""
    monkeypatch.chdir(desk.path)
    monkeypatch.setenv("GIT_EDITOR", ":")
    monkeypatch.setattr(posix, "environ", {**posix.environ, **{k.encode(): v.encode() for k, v in os.environ.items()}})
    assert judge_staged(find(str(desk.path)), {}) is not None
    return desk


def write(desk: Desk, text: str) -> str:
    return str(desk.write(".git/COMMIT_EDITMSG", text))


def test_a_plain_message(plain: Desk) -> None:
    path = write(plain, "Add\n\nWhy.\n")
    assert not good(path)
    assert prepared(path)
    assert Path(path).read_text() == "Add\n\nWhy.\n\nLane: ui\n"
    assert prepared(path)
    assert Path(path).read_text() == "Add\n\nWhy.\n\nLane: ui\n"
    assert good(path)


@pytest.mark.parametrize(
    "text", ["\n\nLane: ui\n", " \n\nLane: ui\n", f"Add\n\n{CUT}\n\nLane: ui\n", f"Add\n\n{CUT}\n"]
)
def test_what_the_engine_has_to_look_at(plain: Desk, text: str) -> None:
    """Trailers with nothing above them, which are no trailers; a line below which git may cut everything off."""
    path = write(plain, text)
    assert not prepared(path)
    assert Path(path).read_text() == text
    assert not good(path)


def test_the_lane_with_task_and_prefix(plain: Desk) -> None:
    plain.use("docs")
    assert judge_staged(find(str(plain.path)), {}) is not None
    path = write(plain, "[W1] Add\n")
    assert prepared(path)
    assert Path(path).read_text() == "[W1] Add\n\nLane: docs\nTask: T-12\n"
    assert good(path)
    for text in ("Add\n\nLane: docs\nTask: T-12\n", "[W1] Add\n\nLane: docs\n", "[W1] Add\n\nLane: docs\nTask: T-1\n"):
        assert not good(write(plain, text))


def test_it_loads_next_to_nothing(plain: Desk) -> None:
    path = write(plain, "Add\n")
    code = (
        f"import sys; sys.path.append({str(ROOT)!r}); from lanegate.lean_message import prepared, good; "
        f"assert prepared({path!r}) and good({path!r}); print(*sys.modules)"
    )
    ran = run([sys.executable, "-E", "-P", "-S", "-c", code], cwd=plain.path, env=NO_EDITOR, check=True)
    loaded = set(ran.out.split())
    assert {name for name in loaded if name.startswith("lanegate")} == {
        "lanegate",
        "lanegate.lean",
        "lanegate.lean_message",
    }
    assert {"os", "re", "typing", "collections", "subprocess"}.isdisjoint(loaded)


def an_editor(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posix, "environ", {**posix.environ, b"GIT_EDITOR": b"vi"})


def another_lane(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posix, "environ", {**posix.environ, b"LANEGATE_LANE": b"core"})


def merging(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    (desk.path / ".git/MERGE_HEAD").write_text(desk.head() + "\n")


def configured(key: str) -> Callable[[Desk, pytest.MonkeyPatch], None]:
    return lambda desk, _: desk.git("config", "--global", key, "strip") and None


@pytest.mark.parametrize(
    "change",
    [
        an_editor,
        merging,
        *map(configured, ("commit.cleanup", "core.commentChar", "core.commentString", "commit.template")),
    ],
)
def test_what_is_not_plain_is_left_alone(
    plain: Desk, monkeypatch: pytest.MonkeyPatch, change: Callable[[Desk, pytest.MonkeyPatch], None]
) -> None:
    path = write(plain, "Add\n")
    change(plain, monkeypatch)
    assert not prepared(path)
    assert Path(path).read_text() == "Add\n"
    assert not good(write(plain, "Add\n\nLane: ui\n"))


def test_another_lane(plain: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert good(write(plain, "Add\n\nLane: ui\n"))
    another_lane(plain, monkeypatch)
    assert not good(write(plain, "Add\n\nLane: ui\n"))
    assert good(write(plain, "Add\n\nLane: core\n"))


def test_a_file_that_is_not_there(plain: Desk) -> None:
    assert not prepared(str(plain.path / "gone"))
    assert not good(str(plain.path / "gone"))


def test_agreement_on_random_messages(plain: Desk) -> None:
    dice = random.Random(SEED)
    done = allowed = 0
    for round_ in range(ROUNDS):
        lane = "docs" if round_ == ROUNDS // 2 else None
        if lane is not None:
            plain.use(lane)
            judge_staged(find(str(plain.path)), {})
        text = "\n".join(dice.choices(LINES, k=dice.randint(1, 5))) + dice.choice(["", "\n", "\n\n"])
        path = write(plain, text)
        worktree = find(str(plain.path), NO_EDITOR)
        if prepared(path):
            lean = Path(path).read_bytes()
            write(plain, text)
            prepare(path, worktree, NO_EDITOR)
            assert Path(path).read_bytes() == lean, text
            done += 1
        if dice.random() < 0.5:
            prepare(path, worktree, NO_EDITOR)
        if good(path):
            decision = judge_message(path, worktree, NO_EDITOR)
            assert decision is not None
            assert decision.decision == ALLOWED, Path(path).read_text()
            allowed += 1
    assert done > ROUNDS // 20
    assert allowed > ROUNDS // 20
