"""`lanegate lane use`: the lane of one worktree, its branch, and what the repository's own configuration keeps."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desk import Desk, make_desk
from tests.support import Clone, Ran, lanegate, make_repo, run


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


def use(clone: Clone, *args: str) -> Ran:
    return lanegate("lane", "use", *args, cwd=clone.path)


def test_use(desk: Desk) -> None:
    ran = use(desk, "ui")
    assert ran.out == "this worktree works in lane ui (before: none)\n  owns /src/ui/\n  owns !/src/ui/theme/\n"
    assert desk.out("config", "--worktree", "lanegate.lane") == "ui"
    assert use(desk, "core").out.startswith("this worktree works in lane core (before: ui)\n")
    assert desk.out("config", "--worktree", "--get-all", "lanegate.lane") == "core"
    assert desk.out("symbolic-ref", "--short", "HEAD") == "main"


def test_none(desk: Desk) -> None:
    use(desk, "ui")
    assert use(desk, "--none").out == "this worktree has no lane of its own (before: ui)\n"
    assert use(desk, "--none").out == "this worktree has no lane of its own (before: none)\n"
    assert desk.git("config", "--get-regexp", "^lanegate.lane", check=False).out == ""


def test_branch_is_made_from_head(desk: Desk) -> None:
    before = desk.head()
    assert "on branch lane/ui, made from HEAD\n" in use(desk, "ui", "--branch").out
    assert desk.out("symbolic-ref", "--short", "HEAD") == "lane/ui"
    assert desk.head() == before
    assert "on branch lane/ui\n" in use(desk, "ui", "--branch").out


def test_branch_that_is_there(desk: Desk) -> None:
    desk.git("branch", "lane/ui")
    assert "on branch lane/ui\n" in use(desk, "ui", "--branch").out


def test_branch_that_the_server_has(desk: Desk) -> None:
    commit = desk.change({"src/ui/x.py": "1\n"}, "Mine", lane="ui")
    desk.git("push", "-q", "origin", "HEAD:refs/heads/lane/ui")
    desk.git("reset", "-q", "--hard", "HEAD^")
    desk.git("fetch", "-q")
    assert use(desk, "ui", "--branch").ok
    assert desk.head() == commit
    assert desk.out("rev-parse", "--abbrev-ref", "@{upstream}") == "origin/lane/ui"


def test_branch_that_cannot_be_switched_to(desk: Desk, tmp_path: Path) -> None:
    desk.git("worktree", "add", "-q", "-b", "lane/ui", str(tmp_path / "other"))
    ran = use(desk, "ui", "--branch")
    assert ran.code == 3
    assert "lane/ui" in ran.err
    assert "Traceback" not in ran.err
    assert desk.git("config", "--get-regexp", "^lanegate.lane", check=False).out == ""


@pytest.mark.parametrize(
    ("lane", "says"),
    [
        ("nobody", "unknown lane nobody; lanes of the policy: ui, core, docs, old"),
        ("old", "lane old is done: only an active lane can be worked in"),
    ],
)
def test_a_lane_that_cannot_be_used(desk: Desk, lane: str, says: str) -> None:
    ran = use(desk, lane)
    assert (ran.code, ran.out, ran.err) == (2, "", f"lanegate lane: {says}\n")


def test_no_lane_given(desk: Desk) -> None:
    assert use(desk).code == 2
    assert lanegate("lane", cwd=desk.path).code == 2


def test_no_policy(tmp_path: Path) -> None:
    ran = use(make_repo(tmp_path / "plain"), "ui")
    assert ran.code == 3
    assert "LG901 this repository has no policy" in ran.err
    ran = lanegate("lane", "use", "ui", cwd=tmp_path)
    assert ran.code == 2
    assert "no repository here" in ran.err


def test_no_work_tree(desk: Desk, tmp_path: Path) -> None:
    bare = Clone(tmp_path / "bare")
    run(["git", "clone", "-q", "--bare", str(desk.server.path), str(bare.path)], cwd=tmp_path, check=True)
    bare.git("config", "lanegate.trustedRef", "refs/heads/main")
    ran = use(bare, "ui")
    assert ran.code == 2
    assert "add one with git worktree add" in ran.err


def test_two_worktrees(desk: Desk, tmp_path: Path) -> None:
    other = desk.at(tmp_path / "other")
    desk.git("worktree", "add", "-q", str(other.path))
    use(desk, "ui")
    use(other, "core")
    assert desk.out("config", "lanegate.lane") == "ui"
    assert other.out("config", "lanegate.lane") == "core"


def test_bare_clone_stays_bare(desk: Desk, tmp_path: Path) -> None:
    """core.bare of the common file would make all worktrees bare, once each has a file of its own."""
    bare = Clone(tmp_path / "bare")
    run(["git", "clone", "-q", "--bare", str(desk.server.path), str(bare.path)], cwd=tmp_path, check=True)
    bare.git("config", "lanegate.trustedRef", "refs/heads/main")
    tree = Clone(tmp_path / "tree")
    bare.git("worktree", "add", "-q", "-b", "lane/ui", str(tree.path))
    assert use(tree, "core").ok
    assert bare.out("rev-parse", "--is-bare-repository") == "true"
    assert tree.out("rev-parse", "--is-bare-repository") == "false"
    assert tree.out("status", "--short") == ""
    assert tree.out("config", "lanegate.lane") == "core"


def test_main_worktree_elsewhere(desk: Desk, tmp_path: Path) -> None:
    """So would core.worktree."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    desk.git("config", "core.worktree", str(elsewhere))
    main = Clone(desk.path / ".git")
    main.git("reset", "-q", "--hard")
    other = Clone(tmp_path / "other")
    main.git("worktree", "add", "-q", str(other.path))
    assert use(Clone(desk.path / ".git"), "ui").ok
    assert main.out("rev-parse", "--show-toplevel") == str(elsewhere)
    assert other.out("rev-parse", "--show-toplevel") == str(other.path)


def test_a_worktree_made_from_another_does_not_inherit_the_lane(desk: Desk, tmp_path: Path) -> None:
    use(desk, "ui")
    other = desk.at(tmp_path / "other")
    desk.git("worktree", "add", "-q", str(other.path))
    assert use(other, "core").out.startswith("this worktree works in lane core (before: none)")
