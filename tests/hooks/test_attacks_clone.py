"""Past the hooks of a clone: however a commit was made, the server judges it (THREATS, "In a clone").

Each way is taken twice: with a change that is not the lane's, which the server must refuse, and with an honest one.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.attack_support import blob, commit_tree, tree_with
from tests.desk import Desk, allows, refuses
from tests.support import run

MESSAGE = "Change\n\nLane: ui\n"
LANE = "refs/heads/lane/ui"
#: (path, what is written there, code): of another lane, and the lane's own.
THEFTS = [("src/core/index.py", "stolen = 1\n", "LG101"), ("src/ui/search.py", "search = 2\n", None)]


def stage(desk: Desk, path: str, text: str) -> None:
    desk.stage({path: text})


def aside(desk: Desk, path: str, text: str, parent: str = "HEAD") -> str:
    """The change as a commit that no hook of the clone has seen."""
    tree = tree_with(desk, parent, {path.encode(): ("100644", blob(desk, text))})
    return commit_tree(desk, tree, parent, message=MESSAGE)


def no_verify(desk: Desk, path: str, text: str) -> None:
    stage(desk, path, text)
    desk.git("commit", "-q", "--no-verify", "-m", MESSAGE)


def commit_all(desk: Desk, path: str, text: str) -> None:
    desk.write(path, text)
    desk.git("commit", "-q", "-n", "-a", "-m", MESSAGE)


def commit_only(desk: Desk, path: str, text: str) -> None:
    stage(desk, "src/ui/other.py", "1\n")
    desk.write(path, text)
    desk.git("commit", "-q", "-n", "-m", MESSAGE, "--only", path)


def commit_patch(desk: Desk, path: str, text: str) -> None:
    desk.write(path, text)
    desk.git("commit", "-q", "-n", "-p", "-m", MESSAGE, data="y\n")


def announced(desk: Desk, path: str, text: str) -> None:
    desk.git("add", "-N", ".")
    desk.write(path, text)
    desk.git("commit", "-q", "-n", "-a", "-m", MESSAGE)


def hooks_path(desk: Desk, path: str, text: str) -> None:
    stage(desk, path, text)
    desk.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "-m", MESSAGE)


def not_executable(desk: Desk, path: str, text: str) -> None:
    for hook in (desk.path / ".git" / "hooks").iterdir():
        hook.chmod(0o644)
    stage(desk, path, text)
    desk.git("commit", "-q", "-m", MESSAGE)


def deleted_hooks(desk: Desk, path: str, text: str) -> None:
    for hook in (desk.path / ".git" / "hooks").iterdir():
        hook.unlink()
    stage(desk, path, text)
    desk.git("commit", "-q", "-m", MESSAGE)


def amended(desk: Desk, path: str, text: str) -> None:
    no_verify(desk, "src/ui/first.py", "1\n")
    stage(desk, path, text)
    desk.git("commit", "-q", "-n", "--amend", "-m", MESSAGE)


def cherry_picked(desk: Desk, path: str, text: str) -> None:
    desk.git("cherry-pick", aside(desk, path, text))


def rebased(desk: Desk, path: str, text: str) -> None:
    """The bad commit lies first in the row, where a rebase only replays it."""
    first = aside(desk, path, text)
    second = aside(desk, "src/ui/second.py", "2\n", first)
    onto = aside(desk, "src/ui/onto.py", "3\n")
    desk.git("reset", "-q", "--hard", second)
    desk.git("rebase", "-q", onto)


def mailed(desk: Desk, path: str, text: str) -> None:
    patch = desk.git("format-patch", "--stdout", "-1", aside(desk, path, text)).out
    desk.git("am", "-q", data=patch)


def merged(desk: Desk, path: str, text: str) -> None:
    side = aside(desk, path, text)
    no_verify(desk, "src/ui/mine.py", "1\n")
    desk.git("merge", "-q", "--no-edit", "-m", "Merge", side)


def fast_forwarded(desk: Desk, path: str, text: str) -> None:
    desk.git("merge", "-q", "--ff-only", aside(desk, path, text))


def squashed(desk: Desk, path: str, text: str) -> None:
    desk.git("merge", "-q", "--squash", aside(desk, path, text))
    desk.git("commit", "-q", "-n", "-m", MESSAGE)


def reverted(desk: Desk, path: str, text: str) -> None:
    """Taking back what was done is a change as well."""
    done = aside(desk, path, text)
    desk.git("reset", "-q", "--hard", done)
    desk.server.git("fetch", "-q", str(desk.path), f"+{done}:refs/heads/main")
    desk.git("fetch", "-q")
    desk.git("revert", "-n", done)
    desk.git("commit", "-q", "-n", "-m", MESSAGE)


def plumbing(desk: Desk, path: str, text: str) -> None:
    desk.git("update-ref", "HEAD", aside(desk, path, text))


def fast_import(desk: Desk, path: str, text: str) -> None:
    stream = (
        "commit refs/heads/imported\ncommitter B <b@x> 1700000000 +0000\n"
        f"data {len(MESSAGE)}\n{MESSAGE}\nfrom {desk.head()}\nM 100644 inline {path}\ndata {len(text)}\n{text}\n"
    )
    desk.git("fast-import", "--quiet", data=stream)
    desk.git("reset", "-q", "--hard", "imported")


def libgit2(desk: Desk, path: str, text: str) -> None:
    import pygit2

    stage(desk, path, text)
    repository = pygit2.Repository(str(desk.path))
    who = pygit2.Signature("Bob", "bob@example.org")
    repository.index.read()
    tree = repository.index.write_tree()
    repository.create_commit("HEAD", who, who, MESSAGE, tree, [repository.head.target])


def stashed(desk: Desk, path: str, text: str) -> None:
    stage(desk, path, text)
    desk.git("stash", "-q")
    desk.git("stash", "pop", "-q", "--index")
    desk.git("commit", "-q", "-n", "-m", MESSAGE)


def detached(desk: Desk, path: str, text: str) -> None:
    desk.git("checkout", "-q", "--detach")
    no_verify(desk, path, text)


def linked_worktree(desk: Desk, path: str, text: str) -> None:
    desk.git("worktree", "add", "-q", "-b", "side", "../side")
    no_verify(desk.at(desk.path.parent / "side"), path, text)
    desk.git("reset", "-q", "--hard", "side")


def split_index(desk: Desk, path: str, text: str) -> None:
    desk.git("update-index", "--split-index")
    no_verify(desk, path, text)


def sparse_index(desk: Desk, path: str, text: str) -> None:
    desk.git("sparse-checkout", "set", "--cone", "--sparse-index", "src/ui", path.rpartition("/")[0])
    desk.write(path, text)
    desk.git("add", "--sparse", path)
    desk.git("commit", "-q", "-n", "-m", MESSAGE)


def assumed_unchanged(desk: Desk, path: str, text: str) -> None:
    stage(desk, path, text)
    desk.git("update-index", "--assume-unchanged", path)
    desk.git("commit", "-q", "-n", "-m", MESSAGE)


def another_lane_of_the_environment(desk: Desk, path: str, text: str) -> None:
    """The clone is told another lane, for which the change is fine; the message then says ui."""
    stage(desk, path, text)
    run(["git", "commit", "-q", "-m", "Change"], cwd=desk.path, env={"LANEGATE_LANE": "core"})
    desk.git("-c", "core.hooksPath=/dev/null", "commit", "-q", "--allow-empty", "--amend", "-m", MESSAGE)


WAYS: list[Callable[[Desk, str, str], None]] = [
    no_verify,
    commit_all,
    commit_only,
    commit_patch,
    announced,
    hooks_path,
    not_executable,
    deleted_hooks,
    amended,
    cherry_picked,
    rebased,
    mailed,
    merged,
    fast_forwarded,
    squashed,
    plumbing,
    fast_import,
    libgit2,
    stashed,
    detached,
    linked_worktree,
    split_index,
    sparse_index,
    assumed_unchanged,
    reverted,
]


@pytest.mark.parametrize("way", WAYS, ids=[way.__name__ for way in WAYS])
@pytest.mark.parametrize(("path", "text", "code"), THEFTS, ids=["theft", "honest"])
def test_past_the_hooks_of_a_clone(
    desk: Desk, way: Callable[[Desk, str, str], None], path: str, text: str, code: str | None
) -> None:
    way(desk, path, text)
    assert desk.head() != desk.server.tip(), "the commit was not made"
    before = desk.server.out("for-each-ref")
    ran = desk.push(f"HEAD:{LANE}")
    if code:
        refuses(ran, code)
        assert desk.server.out("for-each-ref") == before
    else:
        assert ran.ok, ran.both
        assert desk.server.tip(LANE) == desk.head()
    desk.server.git("fsck", "--strict", "--no-dangling")


def test_the_environment_of_one_clone_decides_nothing_on_the_server(desk: Desk) -> None:
    another_lane_of_the_environment(desk, "src/core/index.py", "stolen = 1\n")
    refuses(desk.push(f"HEAD:{LANE}"), "LG101")


def test_an_unborn_branch(desk: Desk) -> None:
    desk.git("checkout", "-q", "--orphan", "fresh")
    desk.git("rm", "-q", "-r", "-f", ".")
    desk.stage({"docs/mine.md": "x\n"})
    desk.git("commit", "-q", "-n", "-m", MESSAGE)
    refuses(desk.push(f"HEAD:{LANE}"), "LG101")
    desk.git("rm", "-q", "-f", "docs/mine.md")
    desk.stage({"src/ui/mine.py": "x\n"})
    desk.git("commit", "-q", "--amend", "-n", "-m", MESSAGE)
    assert desk.push(f"HEAD:{LANE}").ok


def test_a_submodule_commits_by_its_own_rules(desk: Desk) -> None:
    """A clone inside the clone has no hooks of ours; what arrives here is the id it stands at."""
    inner = run(["git", "init", "-q", "src/core/sub"], cwd=desk.path)
    assert inner.ok
    run(["git", "commit", "-q", "--allow-empty", "-m", "x"], cwd=desk.path / "src/core/sub", check=True)
    run(["git", "-c", "advice.addEmbeddedRepo=false", "add", "src/core/sub"], cwd=desk.path, check=True)
    refuses(desk.git_commit("-m", "Add"), "LG101")
    desk.git("commit", "-q", "-n", "-m", MESSAGE)
    refuses(desk.push(f"HEAD:{LANE}"), "LG101")


def test_hooks_do_not_get_in_the_way_of_honest_work(desk: Desk) -> None:
    desk.stage({"src/ui/search.py": "search = 2\n"})
    allows(desk.git_commit("-q", "-m", "Search better"))
    ran = run(["git", "push", "-q", "origin", f"HEAD:{LANE}"], cwd=desk.path)
    assert ran.ok, ran.both
