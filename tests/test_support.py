"""The helpers of the tests do what they say."""

from __future__ import annotations

from tests.support import POLICY, POLICY_PATH, Bare, Clone


def test_server_and_clone_share_a_policy(server: Bare, clone: Clone) -> None:
    assert clone.out("show", f"refs/remotes/origin/HEAD:{POLICY_PATH}") == POLICY.removesuffix("\n")
    assert clone.head() == server.tip()


def test_change_makes_a_commit_with_lane(clone: Clone) -> None:
    commit = clone.change({"src/ui/new.py": "new\n", "README.md": None}, "Add", lane="ui")
    assert clone.out("log", "-1", "--format=%(trailers:key=Lane,valueonly)", commit) == "ui\n"
    assert clone.out("diff-tree", "--name-status", "-r", "HEAD^", "HEAD") == "D\tREADME.md\nA\tsrc/ui/new.py"


def test_no_configuration_of_the_machine(repo: Clone) -> None:
    assert repo.out("config", "user.email") == "bob@example.org"
    assert "system" not in repo.out("config", "--list", "--show-scope")
