"""What git does without asking the clone's hooks reaches the server all the same (THREATS, "In a clone").

cherry-pick, rebase, am, a fast-forward merge, commit-tree and `--no-verify` run no pre-commit. The hooks in a clone
warn early; the server decides.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.desk import Desk, refuses

HERE = "src/ui/here.py"
THERE = "src/core/index.py"


def cherry_pick(desk: Desk, commit: str) -> None:
    desk.git("cherry-pick", commit)


def rebase(desk: Desk, commit: str) -> None:
    desk.change({"src/ui/other.py": "1\n"}, "Mine", lane="ui")
    desk.git("branch", "-q", "upstream")
    desk.git("switch", "-q", "-C", "work", commit)
    desk.git("rebase", "-q", "upstream")


def am(desk: Desk, commit: str) -> None:
    desk.git("am", "-q", data=desk.out("format-patch", "-1", "--stdout", commit))


def fast_forward(desk: Desk, commit: str) -> None:
    desk.git("merge", "-q", "--ff-only", commit)


def squash_merge(desk: Desk, commit: str) -> None:
    desk.git("merge", "-q", "--squash", commit)
    desk.git("commit", "-q", "--no-verify", "-m", "Squashed\n\nLane: ui")


def commit_tree(desk: Desk, commit: str) -> None:
    made = desk.out("commit-tree", f"{commit}^{{tree}}", "-p", "HEAD", "-m", "Made", "-m", "Lane: ui")
    desk.git("reset", "-q", "--hard", made)


def no_verify(desk: Desk, commit: str) -> None:
    desk.git("checkout", "-q", commit, "--", ".")
    desk.git("commit", "-q", "--no-verify", "-m", "Mine, I say")


def hooks_off(desk: Desk, commit: str) -> None:
    desk.git("checkout", "-q", commit, "--", ".")
    desk.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", "Mine, I say\n\nLane: ui")


WAYS = [cherry_pick, rebase, am, fast_forward, squash_merge, commit_tree, no_verify, hooks_off]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("path", "codes"), [(HERE, ()), (THERE, ("LG101",))])
def test_the_server_decides(desk: Desk, way: Callable[[Desk, str], None], path: str, codes: tuple[str, ...]) -> None:
    desk.git("switch", "-q", "-c", "side")
    commit = desk.change({path: "2\n"}, "Change", lane="ui")
    desk.git("switch", "-q", "main")
    way(desk, commit)
    assert desk.out("show", f"HEAD:{path}") == "2", "it is committed here, whatever the hooks would have said"
    ran = desk.push("HEAD:refs/heads/lane/ui")
    if codes:
        refuses(ran, *codes)
    else:
        assert ran.ok, ran.both
