"""The tree of a ledger changed in memory: its id is git's own, and what differs in another tree is found."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from lanegate.git.ledger_tree import LedgerTree, object_id
from lanegate.git.objects import CatFile, MissingObjectError, tree_of
from lanegate.git.run import Git, GitError
from tests.differential.plumbing import Entry
from tests.differential.store import Store, new_repository

PATHS = [
    b"record",
    b"report",
    b"a/b",
    b"a/c/d",
    b"a/c/e",
    b"a.b",
    b"a-b/c",
    b"a0/x",
    b"lanes/ui/last",
    b"lanes/ui.x/last",
]


@pytest.fixture(params=["sha1", "sha256"])
def store(tmp_path: Path, request: pytest.FixtureRequest) -> Store:
    return Store(new_repository(tmp_path / "r.git", f"--object-format={request.param}"))


def digits_of(store: Store) -> int:
    return len(store.blob(b""))


def test_ids_are_gits(store: Store) -> None:
    for kind, content in (("blob", b""), ("blob", b"x" * 100_000), ("tree", b""), ("commit", b"tree x\n")):
        assert object_id(kind, content, digits_of(store)) == store.write(kind, content)


def test_random_changes(store: Store) -> None:
    """Against the tree that git's own format gives for the same files, read back now and then."""
    choice = Random(7)
    files: dict[bytes, Entry] = {b"kept/file": Entry("100755", store.blob(b"kept"))}
    with closing(CatFile(Git(str(store.folder)))) as reader:
        tree = LedgerTree(reader, store.tree(files), digits_of(store))
        for step in range(200):
            path = choice.choice(PATHS)
            oid = store.blob(b"%d" % choice.randrange(9)) if choice.random() < 0.8 or path != b"report" else None
            tree.put(path, oid)
            if oid is not None:
                files[path] = Entry("100644", oid)
            else:
                files.pop(path, None)
            assert tree.get(path) == oid
            if step % 3 == 0:
                assert tree.write() == store.tree(files)
            if step % 20 == 0:
                tree = LedgerTree(reader, store.tree(files), digits_of(store))
        assert {path: tree.get(path) for path in files} == {path: entry.id for path, entry in files.items()}
        assert tree.get(b"kept/file/x") is None
        assert tree.get(b"nowhere/at/all") is None


def test_a_file_takes_the_place_of_a_folder_and_gives_it_back(store: Store) -> None:
    """Also of a folder in which something changed that nobody wrote."""
    one, other = store.blob(b"one"), store.blob(b"other")
    tree = LedgerTree(None, None, digits_of(store))
    tree.put(b"z", one)
    tree.put(b"a/b", one)
    tree.write()
    tree.put(b"a/b", other)
    tree.put(b"a", other)
    files = {b"z": Entry("100644", one), b"a": Entry("100644", other)}
    assert tree.write() == store.tree(files)
    tree.put(b"z", other)
    tree.put(b"a/c/d", one)
    assert tree.write() == store.tree({b"z": Entry("100644", other), b"a/c/d": Entry("100644", one)})


def test_what_it_made_is_all_that_is_new(store: Store) -> None:
    with closing(CatFile(Git(str(store.folder)))) as reader:
        tree = LedgerTree(None, None, digits_of(store))
        for path in PATHS:
            tree.put(path, store.blob(path))
        root = tree.write()
        assert root == tree.write()
        for oid, raw in tree.made.items():
            assert store.write("tree", raw) == oid
        again = LedgerTree(reader, root, digits_of(store))
        again.put(b"a/c/d", store.blob(b"new"))
        again.write()
        assert len(again.made) == 3


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({b"record": Entry("100755", "")}, b"record"),
        ({b"record": None}, b"record"),
        ({b"a/c/e": b"other"}, b"a/c/e"),
        ({b"a/c/f": b"more"}, b"a/c/f"),
        ({b"a/c/d": None, b"a/c/e": None}, b"a/c"),
        ({b"zz": b"x"}, b"zz"),
        ({b"record": None, b"record/x": b"x"}, b"record"),
        ({b"a/b": None, b"a/b/c": b"x"}, b"a/b"),
    ],
)
def test_what_differs(store: Store, changed: dict[bytes, Entry | bytes | None], found: bytes) -> None:
    files = {path: Entry("100644", store.blob(path)) for path in PATHS}
    with closing(CatFile(Git(str(store.folder)))) as reader:
        tree = LedgerTree(reader, store.tree(files), digits_of(store))
        tree.put(b"record", store.blob(b"record"))
        other = dict(files)
        for path, entry in changed.items():
            if entry is None:
                del other[path]
            elif isinstance(entry, bytes):
                other[path] = Entry("100644", store.blob(entry))
            else:
                other[path] = Entry(entry.mode, files[path].id)
        assert tree.write() == store.tree(files)
        assert tree.difference(store.tree(files)) is None
        assert tree.difference(store.tree(other)) == found


def test_trees_that_git_never_writes(store: Store) -> None:
    files = {path: Entry("100644", store.blob(path)) for path in (b"a", b"b")}
    empty = store.raw_tree([])
    with closing(CatFile(Git(str(store.folder)))) as reader:
        tree = LedgerTree(reader, store.tree(files), digits_of(store))
        tree.write()
        assert tree.difference(store.tree(files, lambda entries: entries[::-1])) == b""
        assert tree.difference(store.tree(files, lambda entries: [*entries, entries[1]])) == b"b"
        assert tree.difference(store.tree(files, lambda entries: [*entries, (b"40000", b"c", empty)])) == b"c"
        assert tree.difference(store.tree(files, lambda entries: [(b"0100644", *entries[0][1:]), entries[1]])) == b"a"
        assert tree.difference(store.write("tree", b"nonsense")) == b""
        with pytest.raises(GitError, match="malformed"):
            LedgerTree(reader, store.write("tree", b"nonsense"), digits_of(store)).get(b"a")


def test_what_is_missing_is_an_error(store: Store) -> None:
    """Never "no such file": that would be "no verdict", or "no rejection"."""
    gone = "12" * (digits_of(store) // 2)
    root = store.raw_tree([(b"40000", b"lanes", gone)])
    with closing(CatFile(Git(str(store.folder)))) as reader:
        with pytest.raises(MissingObjectError):
            LedgerTree(reader, root, digits_of(store)).get(b"lanes/ui/last")
        with pytest.raises(MissingObjectError):
            LedgerTree(reader, gone, digits_of(store)).get(b"record")
        with pytest.raises(GitError, match="cannot be read"):
            LedgerTree(None, root, digits_of(store)).get(b"record")
        with pytest.raises(GitError, match="no commit"):
            tree_of(reader, root)
