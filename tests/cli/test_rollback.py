"""`lanegate rollback`: the commit that it makes lands by LG506, and nothing else is touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desk import Desk, make_desk, refuses
from tests.support import Clone, Ran, lanegate


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


def rollback(clone: Clone, *args: str) -> Ran:
    return lanegate("rollback", *args, cwd=clone.path)


def test_rollback_of_a_commit_below_others(desk: Desk) -> None:
    before = desk.out("cat-file", "blob", "HEAD:src/ui/search.py")
    bad = desk.change({"src/ui/search.py": "bad\n", "src/ui/new.py": "1\n"}, "Mistake", lane="ui")
    desk.change({"src/core/index.py": "2\n"}, lane="core")
    ran = rollback(desk, "HEAD~1")
    assert ran.ok, ran.both
    assert ran.out == f"{desk.head()[:12]} takes back {bad[:12]}, lane ui\n"
    assert desk.out("cat-file", "blob", "HEAD:src/ui/search.py") == before
    assert desk.out("log", "-1", "--format=%B") == f'Take back "Mistake"\n\nLane: ui\nReverts: {bad}\n'
    assert desk.out("status", "--porcelain") == ""
    assert not (desk.path / "src/ui/new.py").exists()
    ran = rollback(desk, bad)
    assert ran.code == 2
    assert "is taken back already: nothing would change" in ran.err


def test_rollback_of_a_merge_takes_back_what_it_brought(desk: Desk) -> None:
    desk.git("switch", "-q", "-c", "lane/ui")
    desk.change({"src/ui/a.py": "1\n"}, lane="ui")
    desk.change({"src/ui/b.py": "1\n"}, lane="ui")
    desk.git("switch", "-q", "main")
    desk.change({"src/core/index.py": "2\n"}, lane="core")
    tree = desk.out("rev-parse", "HEAD^{tree}")
    desk.git("merge", "-q", "--no-ff", "--no-verify", "-m", "Merge ui", "lane/ui")
    assert rollback(desk, "HEAD").code == 2  # which lane?
    assert rollback(desk, "HEAD", "--lane", "ui").ok
    assert desk.out("rev-parse", "HEAD^{tree}") == tree


def test_for_another_lane_the_hooks_leave_the_grants_to_the_push(desk: Desk) -> None:
    """An integrator who brings exactly the inverse needs none (LG506); pre-commit does not know yet who brings what."""
    bad = desk.change({"src/core/index.py": "bad\n"}, "Mistake", lane="core")
    desk.use("ui")
    ran = rollback(desk, bad, "--lane", "ui")
    assert ran.ok, ran.both
    assert desk.out("log", "-1", "--format=%B") == f'Take back "Mistake"\n\nLane: ui\nReverts: {bad}\n'
    desk.stage({"src/core/index.py": "mine\n"})
    refuses(desk.git_commit("-m", "No rollback"), "LG101")


def test_prefix_and_task(desk: Desk) -> None:
    bad = desk.change({"docs/guide.md": "bad\n"}, "[W1] Mistake\n\nLane: docs\nTask: T-12")
    ran = rollback(desk, bad)
    assert ran.ok, ran.both
    body = desk.out("log", "-1", "--format=%B")
    assert body == f'[W1] Take back "[W1] Mistake"\n\nLane: docs\nTask: T-12\nReverts: {bad}\n'


def test_other_work_is_kept_or_stops_it(desk: Desk) -> None:
    bad = desk.change({"src/ui/search.py": "bad\n"}, "Mistake", lane="ui")
    desk.write("src/core/index.py", "unfinished\n")
    desk.write("untracked.txt")
    assert rollback(desk, bad).ok
    assert (desk.path / "src/core/index.py").read_text() == "unfinished\n"
    desk.git("add", "src/core/index.py")
    ran = rollback(desk, "HEAD")
    assert ran.code == 2
    assert "something is staged" in ran.err
    desk.git("reset", "-q")
    desk.write("src/ui/search.py", "unfinished too\n")
    before = desk.head()
    ran = rollback(desk, "HEAD")
    assert ran.code == 3
    assert "src/ui/search.py" in ran.err
    assert (desk.path / "src/ui/search.py").read_text() == "unfinished too\n"
    assert desk.head() == before


def test_a_conflict_is_refused(desk: Desk) -> None:
    bad = desk.change({"src/ui/search.py": "bad\n"}, "Mistake", lane="ui")
    desk.change({"src/ui/search.py": "built on it\n"}, lane="ui")
    ran = rollback(desk, bad)
    assert ran.code == 2
    assert "without a conflict; make it in two steps" in ran.err
    assert desk.out("status", "--porcelain") == ""


def test_a_hook_that_refuses_leaves_it_staged_and_a_second_try_ends_it(desk: Desk) -> None:
    bad = desk.change({"src/core/index.py": "bad\n"}, "Mistake", lane="core")
    desk.use("ui")  # what this worktree works in does not matter
    own = desk.path / ".git" / "hooks" / "commit-msg"
    kept = own.read_bytes()
    own.write_text("#!/bin/sh\necho not now >&2\nexit 1\n")
    ran = rollback(desk, bad)
    assert ran.code == 3, ran.both
    assert "LG903 git did not commit" in ran.err
    assert "note: not now" in ran.err
    own.write_bytes(kept)
    assert rollback(desk, bad).ok
    assert desk.out("status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("nothing",), "names no commit here"),
        (("HEAD", "--lane", "nobody"), "unknown lane nobody"),
        (("other",), "is not in the history of HEAD"),
    ],
)
def test_usage(desk: Desk, args: tuple[str, ...], says: str) -> None:
    desk.git("branch", "other", desk.change({"src/ui/x.py": "1\n"}, lane="ui"))
    desk.git("reset", "-q", "--hard", "HEAD~1")
    desk.change({"src/ui/y.py": "1\n"}, lane="ui")
    ran = rollback(desk, *args)
    assert ran.code == 2, ran.both
    assert says in ran.err
