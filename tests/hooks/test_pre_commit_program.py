"""The real pre-commit program: it installs this repository from a git URL, and all four stages fire on real commands.

pre-commit makes an environment of its own and has pip fetch what lanegate needs, so this test takes its time; one
environment serves them all.
"""

from __future__ import annotations

import atexit
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest

from tests.desk import Desk, allows, refuses
from tests.support import ROOT, Ran, run

HOOKS = ("pre-commit", "prepare-commit-msg", "commit-msg", "pre-push")
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", ".coverage*", "dist", "build"
)


@cache
def published() -> tuple[str, Path]:
    """(commit of this repository as it stands now, in a git repository of its own; the home of pre-commit)."""
    folder = Path(tempfile.mkdtemp(prefix="lanegate-published-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copytree(ROOT, folder / "lanegate", ignore=LEFT_OUT)
    for argv in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "This version"]):
        run(["git", *argv], cwd=folder / "lanegate", check=True)
    return run(["git", "rev-parse", "HEAD"], cwd=folder / "lanegate").out.strip(), folder


def pre_commit(desk: Desk, *args: str) -> Ran:
    program = Path(sys.executable).with_name("pre-commit")
    found = str(program) if program.exists() else shutil.which("pre-commit")
    assert found is not None, "the pre-commit program belongs to the development dependencies"
    return run([found, *args], cwd=desk.path, check=True)


@pytest.fixture
def consumer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A clone in lane ui whose hooks are pre-commit's alone, for all stages, and whose server judges nothing."""
    commit, folder = published()
    monkeypatch.setenv("PRE_COMMIT_HOME", str(folder / "home"))
    monkeypatch.delenv("PYTHONPATH")
    shutil.rmtree(desk.path / ".git/hooks")
    ids = "".join(f"      - id: lanegate-{hook}\n" for hook in HOOKS)
    desk.write(
        ".pre-commit-config.yaml",
        f"default_install_hook_types: [{', '.join(HOOKS)}]\n"
        f"repos:\n  - repo: file://{folder}/lanegate\n    rev: {commit}\n    hooks:\n{ids}",
    )
    pre_commit(desk, "install", "--install-hooks")
    desk.write(".git/info/exclude", ".pre-commit-config.yaml\n")
    desk.server.config("lanegate.managed", "false")
    return desk


def test_all_stages(consumer: Desk) -> None:
    assert sorted(path.name for path in (consumer.path / ".git/hooks").iterdir()) == sorted(HOOKS)
    consumer.stage({"src/ui/here.py": "1\n", "src/core/index.py": "2\n"})
    ran = consumer.git_commit("-m", "Both")
    refuses(ran, "LG101")
    assert "lanegate (staged paths)" in ran.err
    consumer.git("reset", "-q", "src/core/index.py")
    consumer.git("checkout", "-q", "src/core/index.py")
    ran = consumer.git_commit("-m", "Mine\n\nLane: core")
    refuses(ran, "LG201")
    assert "lanegate (message)" in ran.err
    allows(consumer.git_commit("-m", "Mine"))
    assert consumer.out("log", "-1", "--format=%B") == "Mine\n\nLane: ui\n"

    allows(consumer.git("push", "origin", "HEAD:refs/heads/lane/ui", check=False))
    consumer.change({"src/core/index.py": "2\n"}, "Theirs", lane="ui")
    ran = consumer.git("push", "origin", "HEAD:refs/heads/lane/ui", check=False)
    refuses(ran, "LG101")
    assert "lanegate (outgoing commits)" in ran.both
    refuses(consumer.git("push", "origin", "HEAD:refs/heads/other", check=False), "LG601")


def test_beside_installed_hooks(consumer: Desk) -> None:
    """`lanegate install` after `pre-commit install`, and the other way round: each runs, nobody twice."""
    from lanegate.git.worktree import find
    from lanegate.usecases.install import install, uninstall

    install(find(str(consumer.path)))
    both(consumer)
    pre_commit(consumer, "install")
    both(consumer)
    install(find(str(consumer.path)))
    both(consumer)
    uninstall(find(str(consumer.path)))
    both(consumer)
    assert sorted(path.name for path in (consumer.path / ".git/hooks").iterdir()) == sorted(HOOKS)


def both(desk: Desk) -> None:
    """An honest commit goes through, another is refused."""
    desk.stage({"src/ui/here.py": desk.head()})
    allows(desk.git_commit("-m", "Mine"))
    desk.stage({"src/core/index.py": "2\n"})
    refuses(desk.git_commit("-m", "Theirs"), "LG101")
    desk.git("reset", "-q", "--hard")
