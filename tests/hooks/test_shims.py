"""The hook files: they find lanegate, run what stood there before, and refuse in words when something is missing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lanegate.cli import hooks
from lanegate.usecases.shim import CLIENT_HOOKS, SERVER_HOOKS, shim
from tests.desk import Desk, allows, refuses
from tests.support import ROOT, Ran, run

HERE = "src/ui/here.py"
ALL = (*CLIENT_HOOKS, *SERVER_HOOKS)


@pytest.fixture
def bare_path(tmp_path: Path) -> dict[str, str]:
    """A PATH with git and the usual tools, without lanegate."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("git", "sh", "cat", "grep", "env"):
        (folder / name).symlink_to(shutil.which(name) or "")
    return {"PATH": str(folder)}


@pytest.mark.parametrize("hook", ALL)
def test_files_in_hooks_are_what_install_writes(hook: str) -> None:
    path = ROOT / "hooks" / hook
    assert path.read_text() == shim(hook)
    assert path.stat().st_mode & 0o111 == 0o111


@pytest.mark.parametrize("hook", ALL)
@pytest.mark.parametrize("shell", ["sh", "dash", "bash"])
def test_they_are_plain_shell(hook: str, shell: str) -> None:
    if shutil.which(shell) is None:
        shell = "sh"
    assert run([shell, "-n", str(ROOT / "hooks" / hook)], cwd=ROOT).ok


def test_paths_are_quoted() -> None:
    text = shim("pre-commit", "/it's here/python", "/a b/$(c)")
    assert "python='/it'\\''s here/python'\n" in text
    assert "package='/a b/$(c)'\n" in text


@pytest.mark.parametrize("hook", CLIENT_HOOKS)
def test_nothing_to_hand_over_to(desk: Desk, hook: str, bare_path: dict[str, str]) -> None:
    file = desk.path / ".git/hooks" / hook
    file.write_text(shim(hook, "/gone/python", "/gone"))
    ran = run([str(file), "x", "y"], cwd=desk.path, env=bare_path)
    assert ran.code == 3
    assert f"neither /gone/python nor lanegate-{hook} in PATH can be started" in ran.err
    assert "run: lanegate install" in ran.err


def test_commit_without_python_is_refused(desk: Desk, bare_path: dict[str, str]) -> None:
    desk.stage({HERE: "1\n"})
    file = desk.path / ".git/hooks/pre-commit"
    installed = file.read_text()
    file.write_text(shim("pre-commit"))
    ran = desk.git_commit("-m", "Mine", env=bare_path)
    assert ran.code == 1
    assert "lanegate: refused: neither a recorded Python nor lanegate-pre-commit in PATH" in ran.err
    file.write_text(installed)
    allows(desk.git_commit("-m", "Mine", env=bare_path))


def test_push_to_a_server_without_python_is_refused(desk: Desk, bare_path: dict[str, str]) -> None:
    desk.change({HERE: "1\n"}, "Mine", lane="ui")
    file = desk.server.path / "hooks/pre-receive"
    installed = file.read_text()
    file.write_text(shim("pre-receive", "/gone/python", "/gone"))
    ran = desk.push("HEAD:refs/heads/lane/ui", env=bare_path)
    assert not ran.ok
    assert "remote: lanegate: refused: neither /gone/python nor lanegate-pre-receive" in ran.err
    file.write_text(installed)
    assert desk.push("HEAD:refs/heads/lane/ui").ok


def test_python_that_has_lanegate_no_more(desk: Desk, tmp_path: Path) -> None:
    import sys

    file = desk.path / ".git/hooks/pre-commit"
    file.write_text(shim("pre-commit", sys.executable, str(tmp_path / "gone")))
    desk.stage({HERE: "1\n"})
    ran = desk.git_commit("-m", "Mine")
    assert ran.code == 1
    assert "cannot load lanegate, so pre-commit cannot judge" in ran.err
    assert "Traceback" not in ran.err


def test_path_is_searched_when_the_recorded_python_is_gone(desk: Desk, bare_path: dict[str, str]) -> None:
    file = desk.path / ".git/hooks/pre-commit"
    script = Path(bare_path["PATH"]) / "lanegate-pre-commit"
    script.write_text(file.read_text())  # a file that starts lanegate, as pip's script does
    script.chmod(0o755)
    file.write_text(shim("pre-commit", "/gone/python", "/gone"))
    desk.stage({HERE: "1\n"})
    allows(desk.git_commit("-m", "Mine", env=bare_path))
    desk.stage({"src/core/index.py": "2\n"})
    refuses(desk.git_commit("-m", "Theirs", env=bare_path), "LG101")


def test_hooks_folder_of_the_project(desk: Desk, bare_path: dict[str, str], tmp_path: Path) -> None:
    """`core.hooksPath` to the files as they are in hooks/: they look in PATH."""
    shutil.copytree(ROOT / "hooks", tmp_path / "hooks")
    for hook in CLIENT_HOOKS:
        installed = desk.path / ".git/hooks" / hook
        shutil.copy(installed, Path(bare_path["PATH"]) / f"lanegate-{hook}")
    desk.git("config", "core.hooksPath", str(tmp_path / "hooks"))
    desk.stage({HERE: "1\n"})
    allows(desk.git_commit("-m", "Mine", env=bare_path))
    assert "Lane: ui" in desk.out("log", "-1", "--format=%B")
    desk.stage({"src/core/index.py": "2\n"})
    refuses(desk.git_commit("-m", "Theirs", env=bare_path), "LG101")


def test_nothing_of_the_caller_is_imported(desk: Desk) -> None:
    """Neither the current folder nor PYTHONPATH is on the path of the hook."""
    trap = "raise SystemExit('imported from the repository')\n"
    for name in ("os.py", "site.py", "json.py", "lanegate.py"):
        desk.write(f"src/ui/{name}", trap)
        desk.write(name, trap)
    desk.git("add", "src/ui")
    allows(desk.git_commit("-m", "Mine", env={"PYTHONPATH": str(desk.path), "PYTHONSTARTUP": str(desk.path / "os.py")}))


@pytest.mark.parametrize("home", ["/nowhere", "/dev/null", ""])
def test_no_home(desk: Desk, home: str) -> None:
    """A daemon or a container has none; user and e-mail come from the repository."""
    desk.git("config", "user.name", "Bob")
    desk.git("config", "user.email", "bob@example.org")
    env = {"HOME": home, "XDG_CONFIG_HOME": home, "GIT_CONFIG_GLOBAL": "/dev/null"}
    desk.stage({HERE: "1\n"})
    allows(desk.git_commit("-m", "Mine", env=env))
    desk.stage({"src/core/index.py": "2\n"})
    refuses(desk.git_commit("-m", "Theirs", env=env), "LG101")


def before(desk: Desk, hook: str, script: str, mode: int = 0o755) -> None:
    path = desk.path / ".git/hooks" / f"{hook}.before-lanegate"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(mode)


def test_the_hook_before_runs_first_and_may_refuse(desk: Desk) -> None:
    before(desk, "pre-commit", 'echo "before $#" >&2; test ! -e stop')
    desk.stage({HERE: "1\n"})
    desk.write("stop", "")
    ran = desk.git_commit("-m", "Mine")
    assert ran.code == 1
    assert ran.err == "before 0\n"
    (desk.path / "stop").unlink()
    assert desk.git_commit("-m", "Mine").ok
    desk.stage({"src/core/index.py": "2\n"})
    ran = desk.git_commit("-m", "Theirs")
    assert ran.err.startswith("before 0\nlanegate: refused")


def test_the_hook_before_gets_the_arguments(desk: Desk) -> None:
    before(desk, "commit-msg", 'sed -i.bak s/teh/the/ "$1"')
    desk.stage({HERE: "1\n"})
    assert desk.git_commit("-m", "Fix teh thing").ok
    assert desk.out("log", "-1", "--format=%s") == "Fix the thing"


@pytest.mark.parametrize("hook", ["pre-push", "pre-receive"])
def test_both_get_standard_input(desk: Desk, hook: str, tmp_path: Path) -> None:
    at = desk if hook == "pre-push" else Desk(desk.server.path)
    folder = at.path / (".git/hooks" if hook == "pre-push" else "hooks")
    seen = tmp_path / "seen"
    path = folder / f"{hook}.before-lanegate"
    path.write_text(f'#!/bin/sh\ncat > "{seen}"; test ! -e "{tmp_path}/stop"\n')
    path.chmod(0o755)
    desk.change({HERE: "1\n"}, "Mine", lane="ui")
    (tmp_path / "stop").write_text("")
    assert not push(desk, hook).ok
    (tmp_path / "stop").unlink()
    assert push(desk, hook).ok
    assert seen.read_text().count("refs/heads/lane/ui") == 1
    assert seen.read_text().endswith("\n")
    desk.change({"src/core/index.py": "2\n"}, "Theirs", lane="ui")
    refuses(push(desk, hook), "LG101")


def push(desk: Desk, hook: str) -> Ran:
    options = ("--no-verify",) if hook == "pre-receive" else ()
    return desk.git("push", *options, "origin", "HEAD:refs/heads/lane/ui", check=False)


def test_the_hook_before_is_passed_over_as_git_does(desk: Desk) -> None:
    """git itself does not run a hook that is not executable, so what stood here did nothing before either."""
    before(desk, "pre-commit", "exit 1", mode=0o644)
    desk.stage({HERE: "1\n"})
    allows(desk.git_commit("-m", "Mine"))


def test_unknown_hook(capsys: pytest.CaptureFixture[str]) -> None:
    assert hooks.main(["post-merge"]) == 2
    assert "one of agent-hook, pre-commit" in capsys.readouterr().err


def test_a_missing_package_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "lanegate.usecases.pre_push", None)
    assert hooks.main(["pre-push", "origin", "url"]) == 3
    assert "cannot load lanegate" in capsys.readouterr().err


def test_outside_a_repository(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert hooks.main(["commit-msg", "file"]) == 3
    assert "LG903" in capsys.readouterr().err
