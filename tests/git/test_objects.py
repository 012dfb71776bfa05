"""Both readers of objects: they say the same, in whatever order they are asked, ahead or not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from lanegate.git import objects as module
from lanegate.git.objects import CatFile, MissingObjectError, ObjectTooLargeError, Pygit2Reader, Reader
from lanegate.git.run import Git, GitError
from tests.differential.store import Store, new_repository

MISSING = "1" * 40


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(new_repository(tmp_path / "r.git"))


@pytest.fixture(params=[CatFile, Pygit2Reader])
def reader(store: Store, request: pytest.FixtureRequest) -> Iterator[Reader]:
    with closing(request.param(Git(str(store.folder)))) as opened:
        yield opened


def commits(store: Store, count: int) -> dict[str, bytes]:
    """Commits of one tree, by id their content."""
    tree = store.tree({})
    made = {}
    for number in range(count):
        oid = store.commit(tree, [], b"%d\n" % number)
        made[oid] = b"\n\n%d\n" % number
    return made


@pytest.mark.parametrize("seed", range(3))
def test_objects_asked_ahead_and_in_any_order(
    store: Store, reader: Reader, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AHEAD", 7)
    monkeypatch.setattr(module, "MOST_KEPT", 20)
    choice = Random(seed)
    made = commits(store, 60)
    for _ in range(12):
        reader.ahead(choice.sample([*made, MISSING], 25))
        for oid in choice.sample(list(made), 15):
            kind, content = reader.read(oid)
            assert kind == "commit"
            assert content.endswith(made[oid])
        with pytest.raises(MissingObjectError):
            reader.read(MISSING)


def test_more_than_a_pipe_holds(store: Store, reader: Reader) -> None:
    """Large answers wait in git while names are written: neither waits for the other."""
    blob = store.blob(b"")
    names = [(b"100644", b"%05d" % number, blob) for number in range(700)]
    trees = [store.raw_tree([*names, (b"100644", b"x%02d" % number, blob)]) for number in range(60)]
    reader.ahead([*trees, *commits(store, 900)])
    assert {len(reader.tree(tree)) for tree in trees} == {700 * 33 + 31}


def test_a_tree_is_no_commit(store: Store, reader: Reader) -> None:
    (oid,) = commits(store, 1)
    reader.ahead([oid])
    with pytest.raises(GitError, match="not a tree"):
        reader.tree(oid)


def test_an_object_over_the_limit(store: Store, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    (oid,) = commits(store, 1)
    monkeypatch.setattr(module, "OBJECT_LIMIT", 20)
    with pytest.raises(ObjectTooLargeError):
        reader.read(oid)


def test_an_object_over_the_limit_asked_ahead(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = commits(store, 2)
    monkeypatch.setattr(module, "OBJECT_LIMIT", 20)
    with closing(CatFile(Git(str(store.folder)))) as reader:
        reader.ahead([first, second])
        with pytest.raises(ObjectTooLargeError):
            reader.read(second)


def test_git_that_ends_early(store: Store) -> None:
    (oid,) = commits(store, 1)
    reader = CatFile(Git(str(store.folder / "nowhere")))
    with pytest.raises(GitError, match="ended early"):
        reader.read(oid)
    reader.close()
