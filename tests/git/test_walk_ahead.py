"""The walk over the trees of a push: the same facts by one process as by two, and git is asked for what it cannot tell,
but never about a commit that goes beyond the limits."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest

from lanegate.core.facts import Commit
from lanegate.git import beside, new_trees
from lanegate.git import commits as module
from lanegate.git.commits import read_commits
from lanegate.git.objects import CatFile, LimitError
from lanegate.git.reach import new_commits
from lanegate.git.run import Git, Process
from tests.differential.store import Entry, Store, new_repository


class History:
    """Commits that each add a file, a merge among them, and one that adds many files at the end."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(new_repository(folder))
        self.git = Git(str(self.store.folder))
        self.tips: list[str] = []
        files: list[str] = []
        for number in range(7):
            files.append(f"f{number}/x")
            self.tips.append(self.commit(files, *self.tips[-1:]))
        aside = self.commit([*files[:3], "aside"], self.tips[2])
        self.tips.append(self.commit([*files, "aside"], self.tips[-1], aside))
        self.large = self.commit([*files, "aside", *(f"many/{number}" for number in range(9))], self.tips[-1])
        spelled = self.store.raw_tree([(b"100644", b".git", self.store.blob(b""))])
        self.odd = self.store.commit(spelled, [self.large], b"x\n")
        self.mended = self.commit(["f0/x"], self.odd)

    def commit(self, files: list[str], *parents: str) -> str:
        entry = Entry("100644", self.store.blob(b"x\n"))
        return self.store.commit(self.store.tree({os.fsencode(path): entry for path in files}), list(parents), b"x\n")

    def read(self, tip: str) -> list[Commit]:
        ids = [oid for oid, _ in new_commits(self.git, tip, [])]
        with closing(CatFile(self.git)) as reader:
            return list(read_commits(self.git, reader, ids))


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "r.git")


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("forks", [True, False])
def test_by_two_as_by_one(history: History, monkeypatch: pytest.MonkeyPatch, forks: bool) -> None:
    alone = history.read(history.mended)
    monkeypatch.setattr(module, "MANY", 2)
    monkeypatch.setattr(new_trees, "AT_ONCE", 2)
    monkeypatch.setattr(beside, "may_fork", lambda: forks)
    assert history.read(history.mended) == alone
    assert [len(commit.changes) for commit in alone] == [*[1] * 8, 9, 18, 2, 0]
    assert [bool(commit.defects) for commit in alone] == [*[False] * 9, True, False, False]


def asked_of_git(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commits whose changes git is asked for from now on."""
    seen: list[str] = []
    begin = module.changes

    def begun(git: Git, ids: list[str], merges: dict[str, str]) -> object:
        seen.extend(ids)
        return begin(git, ids, merges)

    monkeypatch.setattr(module, "changes", begun)
    return seen


def test_git_is_asked_where_a_tree_is_malformed(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = asked_of_git(monkeypatch)
    assert history.read(history.large)
    assert seen == []
    assert history.read(history.mended)
    assert seen == [history.odd, history.mended]


def test_git_sees_no_commit_beyond_the_limits(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = asked_of_git(monkeypatch)
    monkeypatch.setattr(new_trees, "AT_ONCE", 1)
    monkeypatch.setattr(new_trees, "PATHS_LIMIT", 8)
    with pytest.raises(LimitError):
        history.read(history.mended)
    assert seen == []
    assert history.read(history.tips[-1])


def test_git_ends_when_nobody_asks_for_what_it_says(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Process] = []
    start = Git.start

    def starting(self: Git, *arguments: str) -> Process:
        started.append(start(self, *arguments))
        return started[-1]

    monkeypatch.setattr(Git, "start", starting)
    stream = history.git.stream("cat-file", "--batch", stdin=f"{history.large}\n".encode() * 5000)
    assert started[0].status is None
    del stream
    assert started[0].status is not None  # killed and reaped
    assert (started[0].stdin, started[0].stdout, started[0].stderr) == (-1, -1, -1)
