"""The lean pre-commit: it says "allowed" only where the full engine would, and loads next to nothing for it."""

from __future__ import annotations

import os
import posix
import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lanegate.core.decision import ALLOWED
from lanegate.git.worktree import find
from lanegate.lean import FORMAT, dump, load, passes
from lanegate.usecases.staged import judge_staged
from tests.desk import Desk, refuses
from tests.support import POLICY_PATH, ROOT, policy, run

HERE = "src/ui/here.py"
THERE = "src/core/index.py"
# read here: the hermetic fixture takes LANEGATE_* away from the tests themselves
ROUNDS = 60 * int(os.environ.get("LANEGATE_EXAMPLES", "1"))
SEED = os.environ.get("LANEGATE_SEED", "lean")


@pytest.fixture
def lean(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk in lane ui with an honest change staged, where pre-commit can be lean; its top is the current folder."""
    monkeypatch.chdir(desk.path)
    desk.stage({HERE: "1\n"})
    full(desk)
    assert passes()
    return desk


def full(desk: Desk, **environment: str) -> str:
    """What the full engine decides; it also writes the cache."""
    decision = judge_staged(find(str(desk.path)), environment)
    assert decision is not None
    return decision.decision


def environ(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    """What the lean path sees as its environment."""
    added = {name.encode(): value.encode() for name, value in values.items()}
    monkeypatch.setattr(posix, "environ", {**posix.environ, **added})


def test_it_loads_next_to_nothing(lean: Desk) -> None:
    code = f"import sys; sys.path.append({str(ROOT)!r}); from lanegate.lean import passes; assert passes(); "
    ran = run([sys.executable, "-E", "-P", "-S", "-c", code + "print(*sys.modules)"], cwd=lean.path, check=True)
    loaded = set(ran.out.split())
    assert {name for name in loaded if name.startswith("lanegate")} == {
        "lanegate",
        "lanegate.core",
        "lanegate.core.index",
        "lanegate.core.ownership",
        "lanegate.core.segments",
        "lanegate.lean",
    }
    heavy = {"os", "re", "enum", "typing", "dataclasses", "subprocess", "tomllib", "pathspec", "pygit2", "collections"}
    assert heavy.isdisjoint(loaded)


def test_a_refusal_is_never_lean(lean: Desk) -> None:
    lean.stage({THERE: "2\n"})
    assert not passes()
    lean.git("reset", "-q", THERE)
    assert passes()


def test_a_new_policy_is_seen(lean: Desk) -> None:
    lean.change({POLICY_PATH: policy().replace('"/src/ui/", ', "")}, "Narrow", lane="core")
    lean.git("update-ref", "refs/remotes/origin/main", "HEAD")
    lean.stage({HERE: "2\n"})
    assert not passes()
    assert full(lean) != ALLOWED
    assert not passes()
    lean.git("update-ref", "refs/remotes/origin/main", "HEAD^")
    assert full(lean) == ALLOWED
    assert passes()


@pytest.mark.parametrize("packed", [True, False])
def test_where_the_trusted_ref_stands(lean: Desk, packed: bool) -> None:
    if packed:
        lean.git("pack-refs", "--all")
    else:
        lean.git("update-ref", "refs/remotes/origin/main", "refs/remotes/origin/main^0")
    full(lean)
    assert passes()
    lean.git("update-ref", "refs/remotes/origin/main", lean.change({HERE: "2\n"}, lane="ui"))
    assert not passes()
    full(lean)
    assert passes()


def no_origin_head(desk: Desk) -> None:
    desk.git("remote", "set-head", "origin", "--delete")


def other_default_branch(desk: Desk) -> None:
    desk.git("update-ref", "refs/remotes/origin/next", "refs/remotes/origin/main")
    desk.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/next")


def merging(desk: Desk) -> None:
    (desk.path / ".git/MERGE_HEAD").write_text(desk.head() + "\n")


def symbolic_loop(desk: Desk) -> None:
    (desk.path / ".git/refs/remotes/origin/main").write_text("ref: refs/remotes/origin/HEAD\n")


def link(desk: Desk) -> None:
    (desk.path / "src/ui/link").symlink_to("here.py")
    desk.git("add", "src/ui/link")


def unmerged(desk: Desk) -> None:
    blob = desk.out("hash-object", "-w", "--stdin", data="x")
    desk.git("update-index", "--index-info", data=f"100644 {blob} 2\tsrc/ui/conflict.py\n")


def unborn(desk: Desk) -> None:
    desk.git("symbolic-ref", "HEAD", "refs/heads/fresh")


def no_lane(desk: Desk) -> None:
    desk.git("config", "--worktree", "--unset", "lanegate.lane")


def no_ownership(desk: Desk) -> None:
    for path in (desk.path / ".git/lanegate").glob("ownership-*"):
        path.unlink()


@pytest.mark.parametrize(
    "change",
    [
        no_origin_head,
        other_default_branch,
        merging,
        symbolic_loop,
        link,
        unmerged,
        unborn,
        no_lane,
        no_ownership,
        lambda desk: desk.git("config", "lanegate.policyPath", "other.toml"),
        lambda desk: desk.git("config", "--worktree", "lanegate.lane", "core"),
        lambda desk: desk.git("config", "user.name", "Somebody else"),
        lambda desk: (desk.path / ".git/lanegate/lean").unlink(),
        lambda desk: (desk.path / ".git/packed-refs").unlink(),
    ],
)
def test_what_is_not_plain_is_left_to_the_full_engine(lean: Desk, change: Callable[[Desk], object]) -> None:
    change(lean)
    assert not passes()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GIT_OBJECT_DIRECTORY", "objects"),
        ("GIT_COMMON_DIR", ".git"),
        ("GIT_DIR", "elsewhere"),
        ("LANEGATE_LANE", "nobody"),
        ("LANEGATE_LANE", "old"),
        ("LANEGATE_LANE", "core"),
    ],
)
def test_an_odd_environment(lean: Desk, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    environ(monkeypatch, **{name: value})
    assert not passes()


def test_the_lane_of_the_branch_and_of_the_environment(lean: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    lean.git("config", "--worktree", "--unset", "lanegate.lane")
    full(lean)
    assert not passes()
    lean.git("switch", "-q", "-c", "lane/ui")
    full(lean)
    assert passes()
    lean.stage({THERE: "2\n"})
    lean.git("reset", "-q", HERE)
    assert not passes()
    environ(monkeypatch, LANEGATE_LANE="core")
    assert passes()


def test_the_index_of_the_commit(lean: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """`commit -a` has an index of its own."""
    other = lean.path / ".git/other-index"
    other.write_bytes((lean.path / ".git/index").read_bytes())
    lean.stage({THERE: "2\n"})
    assert not passes()
    environ(monkeypatch, GIT_INDEX_FILE=".git/other-index")
    assert passes()


def test_a_linked_worktree_has_its_own(lean: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    other = lean.at(lean.path.parent / "other")
    lean.git("worktree", "add", "-q", "-b", "lane/core", str(other.path))
    other.stage({THERE: "2\n"})
    git_dir = other.out("rev-parse", "--absolute-git-dir")
    monkeypatch.chdir(other.path)
    environ(monkeypatch, GIT_DIR=git_dir)
    assert not passes()
    full(other)
    assert passes()
    other.stage({HERE: "1\n"})
    assert not passes()


def test_damage_is_ignored(lean: Desk) -> None:
    """Any byte of either file changed, or the end missing: no answer, no crash."""
    dice = random.Random(7)
    folder = lean.path / ".git/lanegate"
    for path in (folder / "lean", *folder.glob("ownership-*")):
        whole = path.read_bytes()
        for _ in range(60):
            at = dice.randrange(len(whole))
            damaged = bytearray(whole)
            damaged[at] ^= 1 << dice.randrange(8)
            path.write_bytes(damaged)
            assert not passes()
            path.write_bytes(whole[:at])
            assert not passes()
        path.write_bytes(whole)
        assert passes()


def test_another_version_is_ignored(lean: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    path = lean.path / ".git/lanegate/lean"
    value = load(os.fsencode(path))
    assert value is not None
    monkeypatch.setattr("lanegate.lean.FORMAT", ("0.0.0", *FORMAT[1:]))
    path.write_bytes(dump(value))
    monkeypatch.undo()
    assert load(os.fsencode(path)) is None


def test_only_the_policy_that_counts_is_kept(lean: Desk) -> None:
    lean.change({POLICY_PATH: policy(unowned="allow")}, "Loosen", lane="core")
    lean.git("update-ref", "refs/remotes/origin/main", "HEAD")
    full(lean)
    names = sorted(path.name for path in (lean.path / ".git/lanegate").iterdir())
    blob = lean.out("rev-parse", f"HEAD:{POLICY_PATH}")
    assert names == ["agent-hook", "installed.json", "lean", f"ownership-{blob}", f"policy-{blob}"]


def test_a_cache_that_cannot_be_written_is_no_trouble(desk: Desk) -> None:
    folder = desk.path / ".git/lanegate"
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_text("in the way")
    desk.stage({HERE: "1\n"})
    assert full(desk) == ALLOWED


def test_other_ref_storage_has_no_lean_path(lean: Desk) -> None:
    """Where refs are not files, files say nothing about them. This git knows no other, so its configuration says so."""
    (lean.path / ".git/lanegate/lean").unlink()
    lean.git("config", "extensions.refStorage", "files")
    assert full(lean) == ALLOWED
    assert not passes()
    lean.git("config", "--unset", "extensions.refStorage")
    assert full(lean) == ALLOWED
    assert passes()


def test_lean_agrees_with_full_on_random_changes(lean: Desk) -> None:
    """Lean allows exactly what full allows, but for links, which it always leaves to full."""
    dice = random.Random(SEED)
    paths = [
        "src/ui/a.py",
        "src/ui/b/c.py",
        "src/ui/search.py",
        "src/app.py",
        "src/ui/theme/dark.py",
        "src/ui/vendor/x",
    ]
    paths += [THERE, "docs/guide.md", "nobody/x", "src/ui", "src/ui\xff", "src/app.py/x"]
    blobs = [lean.out("hash-object", "-w", "--stdin", data=text) for text in ("1\n", "app = 1\n", "here.py")]
    modes = ["100644"] * 6 + ["100755", "160000", "120000"]
    allowed = 0
    for _ in range(ROUNDS):
        lean.git("read-tree", "HEAD")
        lines, links = [], False
        for path in dice.sample(paths, dice.randint(1, 3)):
            mode = dice.choice(modes)
            links |= mode == "120000"
            removed = dice.random() < 0.25
            blob = lean.head() if mode == "160000" else dice.choice(blobs)
            lines.append(f"0 {'0' * 40}\t{path}" if removed else f"{mode} {blob}\t{path}")
        if not lean.git("update-index", "--replace", "--index-info", data="\n".join(lines) + "\n", check=False).ok:
            continue
        lean_says, full_says = passes(), full(lean) == ALLOWED
        assert full_says or not lean_says, lines
        assert lean_says == full_says or links, lines
        allowed += lean_says
    assert 0 < allowed < ROUNDS


def test_the_hook_starts_git_once(lean: Desk, tmp_path: Path) -> None:
    real, log = shutil.which("git"), tmp_path / "log"
    (tmp_path / "git").write_text(f'#!/bin/sh\necho "$@" >> "{log}"\nexec "{real}" "$@"\n')
    (tmp_path / "git").chmod(0o755)
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    assert run([".git/hooks/pre-commit"], cwd=lean.path, env=env).ok
    assert len(log.read_text().splitlines()) == 1
    assert "diff-index --cached" in log.read_text()
    lean.stage({THERE: "2\n"})
    refuses(run([".git/hooks/pre-commit"], cwd=lean.path, env=env), "LG101")
    assert len(log.read_text().splitlines()) > 3
