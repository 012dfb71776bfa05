"""pre-push warns of what the server would refuse, by real pushes, and leaves alone what it cannot know."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desk import Desk, allows, codes, make_desk, refuses
from tests.support import POLICY_PATH, Ran, make_bare, policy, run

HERE = "src/ui/here.py"
THERE = "src/core/index.py"


@pytest.fixture
def blind(desk: Desk) -> Desk:
    """A desk whose server judges nothing, so that only the clone's own hook can refuse."""
    desk.server.config("lanegate.managed", "false")
    return desk


def push(desk: Desk, *args: str) -> Ran:
    return desk.git("push", "-q", *(args or ("origin", "HEAD:refs/heads/lane/ui")), check=False)


def test_one_lane(blind: Desk) -> None:
    blind.change({HERE: "1\n"}, "Mine", lane="ui")
    allows(push(blind))
    blind.change({THERE: "2\n"}, "Theirs", lane="ui")
    refuses(push(blind), "LG101")


def test_every_commit_is_judged(blind: Desk) -> None:
    blind.change({THERE: "2\n"}, "There", lane="ui")
    blind.change({THERE: "index = 1\n", HERE: "1\n"}, "And back", lane="ui")
    refuses(push(blind), "LG101")


def test_what_the_server_has_is_not_judged_again(blind: Desk) -> None:
    blind.change({THERE: "2\n"}, "Theirs", lane="core")
    allows(push(blind, "origin", "HEAD:refs/heads/lane/core"))
    blind.git("fetch", "-q")
    blind.change({HERE: "1\n"}, "Mine", lane="ui")
    allows(push(blind))


@pytest.mark.parametrize(
    ("refspec", "code"),
    [
        ("HEAD:refs/heads/other", "LG601"),
        ("HEAD:refs/notes/x", "LG601"),
        (":refs/heads/main", "LG602"),
        ("HEAD^:refs/heads/main", "LG602"),
    ],
)
def test_refs(blind: Desk, refspec: str, code: str) -> None:
    blind.change({HERE: "1\n"}, "Mine", lane="ui")
    allows(push(blind, "origin", "HEAD:main"))
    refuses(push(blind, "origin", "--force", refspec), code)


def test_all_lines_are_judged(blind: Desk) -> None:
    blind.change({HERE: "1\n"}, "Mine", lane="ui")
    blind.git("branch", "bad")
    blind.git("tag", "v1")
    refuses(push(blind, "origin", "HEAD:refs/heads/lane/ui", "bad:refs/heads/bad"), "LG601")
    allows(push(blind, "origin", "HEAD:refs/heads/lane/ui", "v1"))


def test_new_branch_and_deletion(blind: Desk) -> None:
    blind.change({HERE: "1\n"}, "Mine", lane="ui")
    allows(push(blind, "origin", "HEAD:refs/heads/lane/ui"))
    blind.git("commit", "-q", "--amend", "-m", "Mine, better\n\nLane: ui")
    allows(push(blind, "origin", "+HEAD:refs/heads/lane/ui"))
    allows(push(blind, "origin", ":refs/heads/lane/ui"))


def test_nothing_to_push(blind: Desk) -> None:
    allows(push(blind, "origin", "HEAD:main"))


def test_policy_change(blind: Desk) -> None:
    blind.change({POLICY_PATH: "version = 2\n"}, "Break it", lane="core")
    refuses(push(blind, "origin", "HEAD:main"), "LG702")
    blind.git("reset", "-q", "--hard", "origin/main")
    blind.change({POLICY_PATH: policy(unowned="allow")}, "Loosen it", lane="core")
    allows(push(blind, "origin", "HEAD:main"))


def test_people_are_left_to_the_server(tmp_path: Path) -> None:
    desk = make_desk(tmp_path, text=policy(identity="pusher"))
    desk.server.config("lanegate.managed", "false")
    desk.change({HERE: "1\n"}, "Mine", lane="ui")
    allows(push(desk))


def test_unknown_tip_is_left_to_the_server(blind: Desk, tmp_path: Path) -> None:
    """Somebody else pushed meanwhile; git itself refuses without force, and says to fetch."""
    other = blind.at(tmp_path / "other")
    run(["git", "clone", "-q", str(blind.server.path), str(other.path)], cwd=tmp_path, check=True)
    other.change({HERE: "theirs\n"}, "First", lane="ui")
    assert push(other).ok
    blind.change({HERE: "mine\n"}, "Second", lane="ui")
    ran = push(blind, "origin", "+HEAD:refs/heads/lane/ui")
    assert ran.ok, ran.both
    assert "refs/heads/lane/ui not judged: its tip at the server was never fetched; run: git fetch origin" in ran.err


def test_another_remote_has_other_rules(blind: Desk, tmp_path: Path) -> None:
    fork = make_bare(tmp_path / "fork.git")
    blind.git("remote", "add", "fork", str(fork.path))
    blind.change({THERE: "2\n"}, "Theirs", lane="ui")
    allows(push(blind, "fork", "HEAD:refs/heads/anything"))
    refuses(push(blind, str(blind.server.path), "HEAD:refs/heads/lane/ui"), "LG101")


def test_trusted_ref_of_this_repository(blind: Desk) -> None:
    """A policy on a local branch says nothing about remotes."""
    blind.git("config", "lanegate.trustedRef", "refs/heads/main")
    blind.git("switch", "-q", "-c", "work")
    blind.change({THERE: "2\n"}, "Theirs", lane="ui")
    allows(push(blind))


def test_no_verify_is_stopped_by_the_server(desk: Desk) -> None:
    desk.change({THERE: "2\n"}, "Theirs", lane="ui")
    ran = push(desk)
    assert codes(ran) == {"LG101"}
    assert "remote:" not in ran.err
    ran = push(desk, "--no-verify", "origin", "HEAD:refs/heads/lane/ui")
    refuses(ran, "LG101")
    assert "remote:" in ran.err


def test_standard_input_that_git_would_not_send(desk: Desk) -> None:
    ran = run([str(desk.path / ".git/hooks/pre-push"), "fork", "url"], cwd=desk.path, data="nonsense\n")
    assert ran.ok, "another remote is not judged"
    url = desk.out("remote", "get-url", "origin")
    ran = run([str(desk.path / ".git/hooks/pre-push"), "origin", url], cwd=desk.path, data="nonsense\n")
    assert ran.code == 3
    assert codes(ran) == {"LG903"}
