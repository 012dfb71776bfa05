"""The files that git tracks, from wherever one asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from lanegate.git.tracked import tracked_files
from lanegate.git.worktree import find
from tests.support import Clone, make_bare, run


def test_what_is_tracked_from_any_folder(repo: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.change({"a/b": "1", "c": "1"}, lane="ui")
    repo.write(b"a/\xff\n", "staged")
    repo.git("add", "-A")
    repo.write("untracked", "1")
    expected = (b"a/b", b"a/\xff\n", b"c")
    for folder in (repo.path, repo.path / "a"):
        monkeypatch.chdir(folder)
        assert tracked_files(find()) == expected
    monkeypatch.chdir(tmp_path)
    assert tracked_files(find(str(repo.path))) == expected


def test_a_path_in_conflict_counts_once(repo: Clone) -> None:
    repo.change({"a": "1"}, lane="ui")
    repo.git("switch", "-q", "-c", "side")
    repo.change({"a": "2"}, lane="ui")
    repo.git("switch", "-q", "main")
    repo.change({"a": "3"}, lane="ui")
    repo.git("merge", "-q", "side", check=False)
    assert tracked_files(find(str(repo.path))) == (b"a",)


def test_a_work_tree_that_is_elsewhere_or_sparse(repo: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.change({"a/b": "1", "c/d": "1"}, lane="ui")
    repo.git("sparse-checkout", "set", "--sparse-index", "a")
    monkeypatch.chdir(repo.path / "a")
    assert tracked_files(find()) == (b"a/b", b"c/d")
    other = tmp_path / "other"
    (other / "a").mkdir(parents=True)
    repo.config("core.worktree", str(other))
    monkeypatch.chdir(other / "a")
    monkeypatch.setenv("GIT_DIR", str(repo.path / ".git"))
    assert tracked_files(find()) == (b"a/b", b"c/d")


def test_a_bare_repository_has_what_head_has(repo: Clone, tmp_path: Path) -> None:
    bare = make_bare(tmp_path / "bare.git")
    assert tracked_files(find(str(bare.path))) == ()
    repo.change({"a/b": "1", "c": "1"}, lane="ui")
    run(["git", "push", "-q", str(bare.path), "main"], cwd=repo.path, check=True)
    assert tracked_files(find(str(bare.path))) == (b"a/b", b"c")
