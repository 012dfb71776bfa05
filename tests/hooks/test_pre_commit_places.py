"""pre-commit wherever HEAD is: worktrees, branches, amended and merged commits, and repositories without a policy."""

from __future__ import annotations

from pathlib import Path

import pytest

from lanegate.git.worktree import find
from lanegate.usecases.install import install
from tests.desk import Desk, allows, make_desk, refuses
from tests.support import POLICY_PATH, policy, run

HERE = "src/ui/here.py"
THERE = "src/core/index.py"


@pytest.fixture
def bare_desk(tmp_path: Path) -> Desk:
    """A clone with hooks that has no lane yet, on main."""
    return make_desk(tmp_path)


def test_a_lane_is_asked_for(bare_desk: Desk) -> None:
    bare_desk.stage({HERE: "1\n"})
    ran = bare_desk.git_commit("-m", "Whose?")
    refuses(ran, "LG201")
    assert "run: lanegate lane use <id> (ui, core, docs)" in ran.err


def test_the_branch_says_the_lane(bare_desk: Desk) -> None:
    bare_desk.git("switch", "-q", "-c", "lane/ui")
    bare_desk.stage({HERE: "1\n"})
    allows(bare_desk.git_commit("-m", "Mine"))
    bare_desk.stage({THERE: "2\n"})
    refuses(bare_desk.git_commit("-m", "Theirs"), "LG101")


def test_a_branch_with_another_beginning_says_nothing(bare_desk: Desk) -> None:
    bare_desk.git("switch", "-q", "-c", "lane/uix")
    bare_desk.stage({HERE: "1\n"})
    refuses(bare_desk.git_commit("-m", "Whose?"), "LG201")


def test_the_environment_says_it_for_one_command(desk: Desk) -> None:
    desk.stage({THERE: "2\n"})
    allows(desk.git_commit("-m", "Theirs, as them", env={"LANEGATE_LANE": "core"}))
    assert "Lane: core" in desk.out("log", "-1", "--format=%B")
    desk.stage({HERE: "1\n"})
    refuses(desk.git_commit("-m", "Mine, as them", env={"LANEGATE_LANE": "core"}), "LG101")


@pytest.mark.parametrize(("lane", "says"), [("nobody", "unknown lane nobody"), ("old", "lane old is done")])
def test_only_an_active_lane_counts(desk: Desk, lane: str, says: str) -> None:
    desk.stage({HERE: "1\n"})
    ran = desk.git_commit("-m", "Mine", env={"LANEGATE_LANE": lane})
    refuses(ran, "LG201")
    assert says in ran.err


def test_each_worktree_has_its_lane(desk: Desk) -> None:
    other = desk.at(desk.path.parent / "other")
    desk.git("worktree", "add", "-q", "-b", "work", str(other.path))
    other.stage({HERE: "1\n"})
    refuses(other.git_commit("-m", "Whose?"), "LG201")
    other.use("core")
    refuses(other.git_commit("-m", "Theirs"), "LG101")
    other.git("reset", "-q", "--hard")
    other.stage({THERE: "2\n"})
    allows(other.git_commit("-m", "Mine"))
    desk.stage({HERE: "1\n"})
    allows(desk.git_commit("-m", "Mine"))
    desk.stage({THERE: "3\n"})
    refuses(desk.git_commit("-m", "Theirs"), "LG101")


def test_worktrees_of_a_bare_clone(desk: Desk, tmp_path: Path) -> None:
    """The layout of many agent fleets: a bare clone, and only linked worktrees."""
    bare = tmp_path / "bare"
    run(["git", "clone", "-q", "--bare", str(desk.server.path), str(bare)], cwd=tmp_path, check=True)
    run(["git", "config", "lanegate.trustedRef", "refs/heads/main"], cwd=bare, check=True)
    one, two = desk.at(tmp_path / "one"), desk.at(tmp_path / "two")
    for place, branch in ((one, "lane/ui"), (two, "any")):
        run(["git", "worktree", "add", "-q", "-b", branch, str(place.path), "main"], cwd=bare, check=True)
    install(find(str(one.path)))
    two.use("core")
    one.stage({HERE: "1\n"})
    allows(one.git_commit("-m", "Mine"))
    two.stage({HERE: "2\n"})
    refuses(two.git_commit("-m", "Theirs"), "LG101")
    two.git("reset", "-q", "--hard")
    two.stage({THERE: "2\n"})
    allows(two.git_commit("-m", "Mine"))
    assert run(["git", "rev-parse", "--is-bare-repository"], cwd=bare).out == "true\n"


def test_submodule(desk: Desk, tmp_path: Path) -> None:
    """The hooks of a submodule's own repository live where git looks for them, below .git/modules."""
    top = desk.at(tmp_path / "top")
    run(["git", "init", "-q", str(top.path)], cwd=tmp_path, check=True)
    top.git("submodule", "--quiet", "add", str(desk.server.path), "lib")
    inner = desk.at(top.path / "lib")
    report = install(find(str(inner.path)))
    assert report.lines[0] == f"hooks in {top.path}/.git/modules/lib/hooks"
    inner.use("ui")
    inner.stage({HERE: "1\n"})
    allows(inner.git_commit("-m", "Mine"))
    inner.stage({THERE: "2\n"})
    refuses(inner.git_commit("-m", "Theirs"), "LG101")


def test_detached_head(desk: Desk, tmp_path: Path) -> None:
    desk.git("switch", "-q", "--detach")
    desk.stage({HERE: "1\n"})
    allows(desk.git_commit("-m", "Mine"))
    desk.stage({THERE: "2\n"})
    refuses(desk.git_commit("-m", "Theirs"), "LG101")


def test_stopped_rebase_is_on_its_branch(bare_desk: Desk) -> None:
    bare_desk.git("switch", "-q", "-c", "lane/ui")
    bare_desk.change({HERE: "1\n"}, "One", lane="ui")
    bare_desk.change({HERE: "2\n"}, "Two", lane="ui")
    editor = {"GIT_SEQUENCE_EDITOR": "sed -i.bak 's/^pick/edit/'"}
    Desk(bare_desk.path, editor).git("rebase", "-q", "-i", "HEAD~2")
    bare_desk.stage({HERE: "one\n"})
    allows(bare_desk.git_commit("--amend", "--no-edit"))
    bare_desk.stage({THERE: "2\n"})
    refuses(bare_desk.git_commit("--amend", "--no-edit"), "LG101")


def test_amending_takes_a_mistake_back(desk: Desk) -> None:
    desk.change({HERE: "1\n", THERE: "mine now\n"}, "Too much", lane="ui")
    desk.git("checkout", "-q", "HEAD^", "--", THERE)
    ran = desk.git_commit("--amend", "--no-edit")
    assert ran.ok, ran.both
    assert "allowed only as an amendment" in ran.err
    assert desk.out("diff-tree", "--no-commit-id", "--name-only", "-r", "HEAD") == HERE
    assert desk.push("HEAD:refs/heads/lane/ui").ok


def test_amending_adds_no_mistake(desk: Desk) -> None:
    desk.change({HERE: "1\n"}, "Mine", lane="ui")
    desk.stage({THERE: "2\n"})
    refuses(desk.git_commit("--amend", "--no-edit"), "LG101")
    desk.git("reset", "-q", THERE)
    desk.stage({HERE: "2\n"})
    allows(desk.git_commit("--amend", "--no-edit"))


def test_amending_the_first_commit(desk: Desk) -> None:
    desk.git("switch", "-q", "--orphan", "fresh")
    desk.change({HERE: "1\n", THERE: "2\n"}, "First", lane="ui")
    desk.git("rm", "-q", "--cached", THERE)
    ran = desk.git_commit("--amend", "--no-edit")
    assert ran.ok, ran.both


def test_what_has_landed_is_not_taken_back(desk: Desk) -> None:
    """The same staged change as a new commit: it would undo another lane's landed work."""
    desk.change({THERE: "landed\n"}, "Landed", lane="core")
    desk.git("push", "-q", "--no-verify", "origin", "HEAD:main")
    desk.git("checkout", "-q", "HEAD^", "--", THERE)
    refuses(desk.git_commit("-m", "Undo theirs"), "LG101")


def test_honest_merge_needs_no_lane(bare_desk: Desk) -> None:
    diverge(bare_desk)
    assert bare_desk.git("merge", "-q", "--no-commit", "--no-ff", "side").ok
    allows(bare_desk.git_commit("--no-edit"))


def test_honest_merge_brings_what_others_did(desk: Desk) -> None:
    diverge(desk)
    desk.git("merge", "-q", "--no-commit", "--no-ff", "side")
    assert THERE in desk.out("diff", "--cached", "--name-only", "HEAD")
    allows(desk.git_commit("--no-edit"))


def test_evil_merge(desk: Desk) -> None:
    diverge(desk)
    desk.git("merge", "-q", "--no-commit", "--no-ff", "side")
    desk.stage({"docs/guide.md": "slipped in\n"})
    refuses(desk.git_commit("--no-edit"), "LG101")
    desk.git("reset", "-q", "docs/guide.md")
    desk.stage({HERE: "a fix for the merge, mine\n"})
    allows(desk.git_commit("--no-edit"))


def test_merge_that_drops_what_others_did(desk: Desk) -> None:
    diverge(desk)
    desk.git("merge", "-q", "--no-commit", "--no-ff", "-s", "ours", "side")
    refuses(desk.git_commit("--no-edit"), "LG101")


@pytest.mark.parametrize(("path", "codes"), [("src/ui/search.py", ()), (THERE, ("LG101",))])
def test_conflicts(desk: Desk, path: str, codes: tuple[str, ...]) -> None:
    """Under identity none nobody is proven to be an integrator: one resolves what one owns."""
    desk.git("branch", "side")
    desk.change({path: "ours\n"}, "Ours", lane="ui")
    desk.git("switch", "-q", "side")
    desk.change({path: "theirs\n"}, "Theirs", lane="ui")
    assert not desk.git("merge", "-q", "main", check=False).ok
    desk.stage({path: "both\n"})
    ran = desk.git_commit("--no-edit")
    if codes:
        refuses(ran, *codes)
    else:
        allows(ran)


def test_conflicts_are_left_to_the_server_where_it_knows_people(tmp_path: Path) -> None:
    desk = make_desk(tmp_path, text=policy(identity="pusher"))
    desk.use("ui")
    desk.git("branch", "side")
    desk.change({THERE: "ours\n"}, "Ours", lane="ui")
    desk.git("switch", "-q", "side")
    desk.change({THERE: "theirs\n"}, "Theirs", lane="ui")
    assert not desk.git("merge", "-q", "main", check=False).ok
    desk.stage({THERE: "both\n"})
    allows(desk.git_commit("--no-edit"))


def test_cherry_pick_with_a_conflict(desk: Desk) -> None:
    desk.git("branch", "side")
    desk.change({"src/ui/search.py": "ours\n"}, "Ours", lane="ui")
    picked = desk.change({"src/ui/search.py": "later\n"}, "Later", lane="ui")
    desk.git("switch", "-q", "side")
    assert not desk.git("cherry-pick", picked, check=False).ok
    desk.stage({"src/ui/search.py": "later\n"})
    allows(desk.git_commit("--no-edit"))


def test_not_managed_is_silent(desk: Desk, tmp_path: Path) -> None:
    plain = desk.at(tmp_path / "plain")
    run(["git", "init", "-q", str(plain.path)], cwd=tmp_path, check=True)
    install(find(str(plain.path)))
    plain.stage({THERE: "1\n"})
    allows(plain.git_commit("-m", "Free"))


def test_managed_without_a_policy_is_refused(desk: Desk) -> None:
    desk.git("config", "lanegate.trustedRef", "refs/remotes/origin/gone")
    desk.stage({HERE: "1\n"})
    refuses(desk.git_commit("-m", "By which rules?"), "LG901")
    desk.git("config", "--unset", "lanegate.trustedRef")
    allows(desk.git_commit("-m", "By these"))


def test_unusable_policy_is_refused(desk: Desk) -> None:
    broken = policy().replace("version = 1", "version = 1\nversoin = 2")
    commit = desk.change({POLICY_PATH: broken}, "Broken", lane="core")
    desk.git("update-ref", "refs/remotes/origin/main", commit)
    desk.stage({HERE: "1\n"})
    ran = desk.git_commit("-m", "By which rules?")
    refuses(ran, "LG901")
    assert f"{POLICY_PATH}:2" in ran.err


def test_default_branch_of_the_remote(desk: Desk) -> None:
    """Without refs/remotes/origin/HEAD: main or master, if only one of them is there."""
    desk.git("remote", "set-head", "origin", "--delete")
    desk.stage({HERE: "1\n"})
    allows(desk.git_commit("-m", "main it is"))
    desk.git("update-ref", "refs/remotes/origin/master", "refs/remotes/origin/main")
    desk.stage({HERE: "2\n"})
    ran = desk.git_commit("-m", "Which?")
    refuses(ran, "LG901")
    assert "git remote set-head origin -a" in ran.err
    desk.git("remote", "set-head", "origin", "-a")
    allows(desk.git_commit("-m", "main it is"))


def test_policy_elsewhere(tmp_path: Path) -> None:
    desk = make_desk(tmp_path)
    desk.git("config", "lanegate.policyPath", "rules/lanes.toml")
    desk.change({"rules/lanes.toml": policy(), POLICY_PATH: None}, "Move", lane="core")
    desk.git("update-ref", "refs/remotes/origin/main", "HEAD")
    desk.use("ui")
    desk.stage({THERE: "2\n"})
    ran = desk.git_commit("-m", "Theirs")
    refuses(ran, "LG101")
    assert "rules/lanes.toml:" in ran.err


def diverge(desk: Desk) -> None:
    """main with a change of lane ui, side with one of lane core; on main."""
    desk.git("branch", "side")
    desk.change({HERE: "1\n"}, "Ours", lane="ui")
    desk.git("switch", "-q", "side")
    desk.change({THERE: "side\n"}, "Theirs", lane="core")
    desk.git("switch", "-q", "main")
