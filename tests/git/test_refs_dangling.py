"""Symbolic refs to nothing, in either store of refs."""

from __future__ import annotations

from pathlib import Path

from lanegate.git.refs import ask_refs, dangling, read_refs
from lanegate.git.run import Git
from tests.differential.store import new_repository


def test_what_it_stands_for(tmp_path: Path) -> None:
    folder = new_repository(tmp_path / "r.git")
    git = Git(str(folder))
    git.output("symbolic-ref", "refs/heads/a", "refs/heads/none")
    assert "refs/heads/a" not in read_refs(ask_refs(git))
    assert dangling(git, "refs/heads/a") == "refs/heads/none"
    assert dangling(git, "refs/heads") is None
    assert dangling(git, "refs/heads/b") is None
    (folder / "reftable").mkdir()  # then no file says that there is none
    assert dangling(git, "refs/heads/b") is None
    assert dangling(git, "refs/heads/a") == "refs/heads/none"
