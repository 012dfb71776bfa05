"""Many objects in one stream are the same as one by one."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from lanegate.git import batch as module
from lanegate.git.batch import read_batch
from lanegate.git.objects import CatFile, MissingObjectError, ObjectTooLargeError
from lanegate.git.run import Git, GitError
from tests.differential.plumbing import Entry
from tests.differential.store import Store, new_repository


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(new_repository(tmp_path / "r.git"))


def test_in_whatever_pieces_they_come(store: Store) -> None:
    choice = Random(3)
    blobs = [store.blob(choice.randbytes(choice.choice((0, 1, 50, 4000, 300_000)))) for _ in range(60)]
    tree = store.tree({b"some file": Entry("100644", blobs[0])})
    commit = store.commit(tree, [], b"x\n")
    names = [*blobs, commit, tree, f"{commit}:some file", f"{commit}:none here", "1" * 40, f"{'1' * 40}:x", "HEAD"]
    choice.shuffle(names)
    git = Git(str(store.folder))
    with closing(CatFile(git)) as reader:
        for name, found in zip(names, read_batch(git, names), strict=True):
            try:
                expected = reader.read(name)
            except MissingObjectError:
                expected = None
            assert found == expected


def test_nothing_asked(store: Store) -> None:
    assert list(read_batch(Git(str(store.folder)), [])) == []


def test_too_large(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OBJECT_LIMIT", 100)
    small, large = store.blob(b"x" * 100), store.blob(b"x" * 101)
    git = Git(str(store.folder))
    assert list(read_batch(git, [small])) == [("blob", b"x" * 100)]
    with pytest.raises(ObjectTooLargeError):
        list(read_batch(git, [small, large]))


def test_no_repository(tmp_path: Path) -> None:
    with pytest.raises(GitError):
        list(read_batch(Git(str(tmp_path)), ["1" * 40]))


def test_an_answer_too_many(store: Store) -> None:
    """A name with a line feed would be two questions."""
    blob = store.blob(b"x")
    with pytest.raises(GitError, match="more than it was asked for"):
        list(read_batch(Git(str(store.folder)), [f"{blob}\n{blob}"]))
