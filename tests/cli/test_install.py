"""`lanegate install` in clones: where the hooks go, what was there before, and taking it all back."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from lanegate.usecases.shim import CLIENT_HOOKS
from tests.desk import Desk, allows, refuses
from tests.support import FILES, POLICY_PATH, Bare, Clone, Ran, lanegate, make_bare, make_clone, make_repo, policy, run

HERE = "src/ui/here.py"
THERE = "src/core/index.py"
NEW = """\
hooks in {folder}
pre-commit: none → lanegate
prepare-commit-msg: none → lanegate
commit-msg: none → lanegate
pre-push: none → lanegate
agent-hook: none → lanegate
lanegate.managed: unset → true
"""
BACK = """\
hooks in {folder}
pre-commit: lanegate → none
prepare-commit-msg: lanegate → none
commit-msg: lanegate → none
pre-push: lanegate → none
agent-hook: lanegate → none
lanegate.managed: true → unset
"""


def install(clone: Clone, *args: str) -> Ran:
    return lanegate("install", *args, cwd=clone.path)


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Name, mode and content (or link target) of everything in a folder."""
    found = {}
    for path in sorted(folder.iterdir()):
        content = os.readlink(path).encode() if path.is_symlink() else path.read_bytes()
        found[path.name] = (stat.S_IMODE(path.lstat().st_mode), content)
    return found


def test_install_and_uninstall(clone: Clone) -> None:
    folder = clone.path / ".git/hooks"
    before, config = state(folder), clone.out("config", "--local", "--list")
    ran = install(clone)
    assert (ran.code, ran.out, ran.err) == (0, NEW.format(folder=folder), "")
    for hook in CLIENT_HOOKS:
        assert os.access(folder / hook, os.X_OK)
    ran = install(clone, "--uninstall")
    assert (ran.code, ran.out, ran.err) == (0, BACK.format(folder=folder), "")
    assert state(folder) == before
    assert clone.out("config", "--local", "--list") == config


def test_again_changes_nothing(clone: Clone) -> None:
    install(clone)
    before = state(clone.path / ".git/hooks")
    ran = install(clone)
    assert "pre-commit: lanegate → lanegate\n" in ran.out
    assert "lanegate.managed: true\n" in ran.out
    assert state(clone.path / ".git/hooks") == before
    install(clone, "--uninstall")
    assert clone.git("config", "--get-regexp", "^lanegate", check=False).out == ""


def test_an_old_file_of_ours_is_renewed(clone: Clone) -> None:
    install(clone)
    file = clone.path / ".git/hooks/pre-commit"
    text = file.read_text()
    file.write_text(text + "# changed\n")
    file.chmod(0o644)
    assert "pre-commit: lanegate → lanegate, renewed\n" in install(clone).out
    assert file.read_text() == text
    assert os.access(file, os.X_OK)


def test_uninstall_without_install(clone: Clone) -> None:
    (clone.path / ".git/hooks/pre-commit").write_text("#!/bin/sh\n")
    ran = install(clone, "--uninstall")
    assert ran.code == 0
    assert "pre-commit: another hook, left alone\n" in ran.out
    assert "commit-msg: none\n" in ran.out


@pytest.mark.parametrize("mode", [0o755, 0o700, 0o644])
def test_the_hook_that_was_there(clone: Clone, mode: int) -> None:
    folder = clone.path / ".git/hooks"
    (folder / "pre-commit").write_text("#!/bin/sh\necho before >&2\n")
    (folder / "pre-commit").chmod(mode)
    (folder / "commit-msg").symlink_to("../../elsewhere")
    before = state(folder)
    ran = install(clone)
    assert "pre-commit: another hook → lanegate; the other one runs first, as pre-commit.before-lanegate\n" in ran.out
    clone.write(HERE)
    clone.git("add", HERE)
    said = run(["git", "commit", "-q", "-m", "Mine"], cwd=clone.path, env={"LANEGATE_LANE": "ui"})
    assert said.ok
    assert said.err == ("" if mode == 0o644 else "before\n")
    assert install(clone).ok, "doing it again keeps the one from before"
    ran = install(clone, "--uninstall")
    assert "pre-commit: lanegate → the hook that stood here before\n" in ran.out
    assert state(folder) == before


def test_two_hooks_from_before(clone: Clone) -> None:
    """Another program has overwritten our file after we kept an earlier hook: which of the two counts is for people."""
    folder = clone.path / ".git/hooks"
    (folder / "pre-commit").write_text("one")
    install(clone)
    (folder / "pre-commit").write_text("two")
    ran = install(clone)
    assert ran.code == 2
    assert "is not lanegate's, and pre-commit.before-lanegate is there already" in ran.err
    (folder / "pre-commit").unlink()
    assert install(clone).ok


def test_a_linked_worktree_installs_for_all(clone: Clone, tmp_path: Path) -> None:
    clone.git("worktree", "add", "-q", "-b", "lane/ui", str(tmp_path / "other"))
    other = Desk(tmp_path / "other")
    ran = install(other)
    assert ran.out.startswith(f"hooks in {clone.path}/.git/hooks\n")
    assert not (clone.path / ".git/worktrees/other/hooks").exists()
    other.stage({THERE: "2\n"})
    refuses(other.git_commit("-m", "Theirs"), "LG101")
    main = Desk(clone.path)
    main.stage({HERE: "1\n"})
    refuses(main.git_commit("-m", "Whose?"), "LG201")
    allows(main.git_commit("-m", "Mine", env={"LANEGATE_LANE": "ui"}))


def test_from_a_subfolder(clone: Clone) -> None:
    ran = lanegate("install", cwd=clone.path / "src" / "ui")
    assert ran.out == NEW.format(folder=clone.path / ".git/hooks")


@pytest.mark.parametrize("where", ["outside", "inside"])
def test_hooks_path_elsewhere(clone: Clone, tmp_path: Path, where: str) -> None:
    shared = tmp_path / "shared" if where == "outside" else clone.path / ".githooks"
    shared.mkdir()
    clone.git("config", "--global" if where == "outside" else "--local", "core.hooksPath", str(shared))
    ran = install(clone)
    assert ran.code == 2
    assert f"core.hooksPath is {shared}, outside the git folder of this repository" in ran.err
    assert list(shared.iterdir()) == []
    assert clone.git("config", "lanegate.managed", check=False).out == ""
    assert install(clone, "--force").ok
    assert sorted(path.name for path in shared.iterdir()) == sorted(CLIENT_HOOKS)
    desk = Desk(clone.path)
    desk.stage({HERE: "1\n"})
    refuses(desk.git_commit("-m", "Whose?"), "LG201")


def test_hooks_path_in_the_git_folder(clone: Clone) -> None:
    clone.git("config", "core.hooksPath", ".git/own-hooks")
    assert install(clone).out.startswith(f"hooks in {clone.path}/.git/own-hooks\n")
    desk = Desk(clone.path)
    desk.stage({HERE: "1\n"})
    refuses(desk.git_commit("-m", "Whose?"), "LG201")


def test_hooks_switched_off(clone: Clone) -> None:
    clone.git("config", "core.hooksPath", "/dev/null")
    for options in ((), ("--force",)):
        ran = install(clone, *options)
        assert ran.code == 2
        assert "core.hooksPath is /dev/null, so git runs no hooks here at all" in ran.err


def test_trusted_ref_and_policy_path(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "alone")
    repo.change({**FILES, "rules.toml": policy()}, "Start", lane="core")
    ran = install(repo, "--trusted-ref", "refs/heads/main", "--policy-path", "rules.toml")
    assert ran.ok, ran.both
    assert "lanegate.trustedRef: unset → refs/heads/main\nlanegate.policyPath: unset → rules.toml\n" in ran.out
    desk = Desk(repo.path)
    desk.git("switch", "-q", "-c", "lane/ui")
    desk.stage({THERE: "2\n"})
    ran = desk.git_commit("-m", "Theirs")
    refuses(ran, "LG101")
    assert "rules.toml:" in ran.err
    install(repo, "--uninstall")
    assert repo.git("config", "--get-regexp", "^lanegate", check=False).out == ""


def test_a_trusted_ref_that_is_not_there(clone: Clone) -> None:
    ran = install(clone, "--trusted-ref", "refs/heads/gone")
    assert ran.code != 0
    assert "refs/heads/gone" in ran.err
    assert not (clone.path / ".git/hooks/pre-commit").exists()


def test_no_policy_yet(tmp_path: Path) -> None:
    bare = make_bare(tmp_path / "server.git")
    clone = make_clone(bare, tmp_path / "clone")
    ran = install(clone)
    assert ran.code == 0
    missing = f"there is no policy at {POLICY_PATH} of the remote's default branch yet"
    assert ran.err == f"note: the hooks are silent: {missing}\n"
    assert clone.git("config", "lanegate.managed", check=False).out == ""
    desk = Desk(clone.path)
    desk.stage({POLICY_PATH: policy()})
    allows(desk.git_commit("-m", "First policy\n\nLane: core"))


@pytest.mark.parametrize(
    ("remotes", "says"), [((), "there is no remote here"), (("a", "b"), "none of the remotes here is called origin")]
)
def test_no_remote_to_trust(tmp_path: Path, remotes: tuple[str, ...], says: str) -> None:
    """The branch that is checked out is not trusted by itself, though it has a policy: the note says what to do."""
    repo = make_repo(tmp_path / "alone")
    repo.change({**FILES, POLICY_PATH: policy()}, "Start", lane="core")
    for name in remotes:
        repo.git("remote", "add", name, str(tmp_path))
    ran = install(repo)
    todo = "so name the ref that holds the policy: lanegate install --trusted-ref refs/heads/main"
    assert (ran.code, ran.err) == (0, f"note: the hooks are silent: {says}, {todo}\n")
    ran = install(repo, *todo.rpartition("lanegate install ")[2].split())
    assert (ran.code, ran.err) == (0, "")
    desk = Desk(repo.path)
    desk.stage({THERE: "2\n"})
    refuses(desk.git_commit("-m", "Theirs", env={"LANEGATE_LANE": "ui"}), "LG101")


def test_a_trusted_ref_without_a_policy(clone: Clone) -> None:
    ran = install(clone, "--trusted-ref", "refs/heads/main", "--policy-path", "rules.toml")
    missing = "there is no policy at rules.toml of refs/heads/main yet"
    assert (ran.code, ran.err) == (0, f"note: the hooks are silent: {missing}\n")


def test_a_default_branch_that_nobody_knows(server: Bare, clone: Clone) -> None:
    clone.git("remote", "set-head", "origin", "--delete")
    clone.git("update-ref", "refs/remotes/origin/master", "HEAD")
    ran = install(clone)
    assert ran.code == 3
    assert "LG901" in ran.err
    assert "git remote set-head origin -a" in ran.err
    assert "\x1b[31mLG901" in lanegate("install", cwd=clone.path, env={"FORCE_COLOR": "1"}).err
    assert not (clone.path / ".git/hooks/pre-commit").exists()


def test_no_repository(tmp_path: Path) -> None:
    ran = lanegate("install", cwd=tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("lanegate: no repository here: ")


def test_options_of_a_server_in_a_clone(clone: Clone) -> None:
    ran = install(clone, "--mode", "audit")
    assert ran.code == 2
    assert ran.err == "lanegate install: --mode goes with --server DIR\n"


def test_a_repository_whose_path_is_odd(server: Bare, tmp_path: Path) -> None:
    """Quotes and spaces in paths end up in shell files."""
    desk = Desk(tmp_path / "it's $HOME here")
    make_clone(server, desk.path)
    assert install(desk).ok
    desk.git("switch", "-q", "-c", "lane/ui")
    desk.stage({HERE: "1\n"})
    allows(desk.git_commit("-m", "Mine"))
