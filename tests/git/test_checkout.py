"""A clean checkout borrows objects and leaves nothing behind, here or there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lanegate.git.checkout import fresh_checkout
from lanegate.git.run import Git, GitError
from tests.support import Clone, make_bare, make_clone, make_repo, run


def test_the_files_of_that_commit_and_no_others(repo: Clone) -> None:
    first = repo.change({"a/b": "1\n"})
    repo.change({"a/b": "2\n", "c": "2\n"})
    repo.write("untracked")
    with fresh_checkout(Git(str(repo.path / ".git")), first, os.environ) as folder:
        assert sorted(os.listdir(folder)) == [".git", "a"]
        assert (Path(folder) / "a" / "b").read_text() == "1\n"
        assert Clone(Path(folder)).head() == first
        assert Clone(Path(folder)).out("status", "--porcelain") == ""
    assert not os.path.exists(folder)
    assert repo.out("worktree", "list").count("\n") == 0


def test_it_is_gone_after_an_error(repo: Clone) -> None:
    first = repo.change({"a": "1\n"})
    checkout = fresh_checkout(Git(str(repo.path / ".git")), first, os.environ)
    folder = checkout.__enter__()
    assert os.path.exists(folder)
    assert checkout.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None) is False
    assert not os.path.exists(folder)


def test_a_commit_that_is_not_there(repo: Clone) -> None:
    with (
        pytest.raises(GitError, match="checkout"),
        fresh_checkout(Git(str(repo.path / ".git")), "1" * 40, os.environ),
    ):
        raise AssertionError("there is nothing to check out")


@pytest.mark.parametrize("name", ["plain", "#hash", '"quote"', "two\nlines"])
def test_any_folder_and_a_linked_worktree(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    repo = make_repo(tmp_path / name / "repo")
    first = repo.change({"a": "1\n"})
    tree = Clone(tmp_path / "tree")
    repo.git("worktree", "add", "-q", str(tree.path))
    with fresh_checkout(Git(tree.out("rev-parse", "--absolute-git-dir")), first, os.environ) as folder:
        assert (Path(folder) / "a").read_text() == "1\n"


def test_sha256(tmp_path: Path) -> None:
    bare = make_bare(tmp_path / "bare.git", "--object-format=sha256")
    clone = make_clone(bare, tmp_path / "clone")
    if len(clone.out("hash-object", "-t", "tree", "/dev/null")) != 64:  # an older git clones an empty one as sha1
        run(["git", "init", "-q", "--object-format=sha256", str(tmp_path / "other")], cwd=tmp_path, check=True)
        clone = Clone(tmp_path / "other")
    first = clone.change({"a": "1\n"})
    assert len(first) == 64
    with fresh_checkout(Git(str(clone.path / ".git")), first, os.environ) as folder:
        assert (Path(folder) / "a").read_text() == "1\n"


def test_hooks_of_a_template_do_not_run(repo: Clone, tmp_path: Path) -> None:
    hooks = tmp_path / "template" / "hooks"
    hooks.mkdir(parents=True)
    (hooks / "post-checkout").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    (hooks / "post-checkout").chmod(0o755)
    first = repo.change({"a": "1\n"})
    environ = {**os.environ, "GIT_TEMPLATE_DIR": str(hooks.parent)}
    with fresh_checkout(Git(str(repo.path / ".git")), first, environ):
        assert not (tmp_path / "ran").exists()
