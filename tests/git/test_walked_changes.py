"""The changes that the walk over new trees tells are those that git lists, or it does not tell them."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from lanegate.core.facts import Change
from lanegate.git import new_trees
from lanegate.git.changes import changes
from lanegate.git.commits import read_commits
from lanegate.git.new_trees import Walked, walk_new_trees
from lanegate.git.objects import CatFile, LimitError
from lanegate.git.run import Git
from tests.differential.store import Entry, RawEntry, Store, new_repository

Files = dict[bytes, Entry]
ROUNDS = 60 * int(os.environ.get("LANEGATE_EXAMPLES", "1"))
MODES = ("100644", "100755", "120000", "160000")
NAMES = (b"a", b"a.b", b"b", b"c", "é".encode(), b"\xff")


@pytest.fixture
def luck() -> random.Random:
    seed = os.environ.get("LANEGATE_SEED", "1")
    print(f"LANEGATE_SEED={seed}")
    return random.Random(seed)


def walked(store: Store, *pairs: tuple[str | None, str]) -> list[Walked]:
    keys = [(new, (old,) if old is not None else ()) for old, new in pairs]
    with closing(CatFile(Git(str(store.folder)))) as reader:
        return list(walk_new_trees(keys, reader))


def some_path(luck: random.Random) -> bytes:
    return b"/".join(luck.choices(NAMES, k=luck.choice((1, 1, 2, 2, 3))))


def moved_on(luck: random.Random, files: Mapping[bytes, Entry], ids: list[str]) -> Files:
    """Some files written, some taken away, now and then a folder or all of it; nothing stands below a file."""
    found = dict(files) if luck.random() < 0.95 else {}
    for _ in range(luck.choice((1, 1, 2, 6))):
        path = some_path(luck)
        if luck.random() < 0.4:
            found = {other: entry for other, entry in found.items() if not (other + b"/").startswith(path + b"/")}
            continue
        below = {path[:at] for at in range(len(path)) if path[at : at + 1] == b"/"}
        found = {o: e for o, e in found.items() if o not in below and not o.startswith(path + b"/")}
        found[path] = Entry(luck.choice(MODES), luck.choice(ids))
    return found


def spoilt(luck: random.Random, entries: list[RawEntry]) -> list[RawEntry]:
    """What no git writes."""
    ways = [
        lambda: entries[::-1],
        lambda: entries + entries[-1:],
        lambda: [(b"100664" if mode == b"100644" else mode, name, oid) for mode, name, oid in entries],
        lambda: [(mode, name + b"/x", oid) for mode, name, oid in entries],
    ]
    return luck.choice(ways)()


@pytest.mark.parametrize("options", [(), ("--object-format=sha256",)])
def test_as_git_lists_them(tmp_path: Path, options: tuple[str, ...], luck: random.Random) -> None:
    store = Store(new_repository(tmp_path / "r.git", *options))
    ids = [store.blob(b"%d\n" % number) for number in range(4)]
    files: Files = {}
    trees: list[tuple[str, bool]] = []  # the other: whether it is as git writes them
    for _ in range(ROUNDS):
        files = moved_on(luck, files, ids)
        honest = store.tree(files)
        trees.append((honest, True))
        odd = store.tree(files, lambda entries: spoilt(luck, entries)) if files and luck.random() < 0.1 else honest
        if odd != honest:
            trees.append((odd, False))
    steps = [(None, trees[0]), *pairwise(trees)]
    told = walked(store, *((old[0] if old is not None else None, new[0]) for old, new in steps))
    commits = {}
    for number, ((old, new), walk) in enumerate(zip(steps, told, strict=True)):
        is_honest = new[1] and (old is None or old[1])
        assert (walk.changes is not None) == is_honest or walk.changes == ()
        assert not walk.defects or not new[1]
        if is_honest:
            parents = [store.commit(old[0], [], b"%d\n" % number)] if old is not None else []
            commits[store.commit(new[0], parents, b"%d\n" % number)] = walk.changes
    listed = dict(changes(Git(str(store.folder)), commits))
    assert {oid: tuple(listed.get(oid, ())) for oid in commits} == commits
    assert sum(len(some or ()) for some in commits.values()) > ROUNDS


def test_the_same_folder_in_several_places(tmp_path: Path) -> None:
    """Each folder is looked at once, and its changes are told wherever it stands."""
    store = Store(new_repository(tmp_path / "r.git"))
    one, two = (Entry("100644", store.blob(text)) for text in (b"1\n", b"2\n"))
    before = store.tree({b"%d/x/f" % place: one for place in range(4)})
    after = store.tree({b"%d/x/f" % place: two for place in (0, 1, 4)})
    (found,) = walked(store, (before, after))
    none = "0" * 40
    assert found.changes == (
        Change(b"0/x/f", "100644", "100644", one.id, two.id),
        Change(b"1/x/f", "100644", "100644", one.id, two.id),
        *(Change(b"%d/x/f" % place, "100644", "000000", one.id, none) for place in (2, 3)),
        Change(b"4/x/f", "000000", "100644", none, two.id),
    )


def test_merges_are_not_listed(tmp_path: Path) -> None:
    store = Store(new_repository(tmp_path / "r.git"))
    trees = [store.tree({name: Entry("100644", store.blob(b"x"))}) for name in (b"a", b"b", b"c")]
    with closing(CatFile(Git(str(store.folder)))) as reader:
        assert list(walk_new_trees([(trees[0], (trees[1], trees[2]))], reader)) == [Walked(())]
        assert list(walk_new_trees([(trees[0], (trees[1],))], reader, lists=False)) == [Walked(())]
        assert list(walk_new_trees([(trees[0], (trees[0],))], reader)) == [Walked((), ())]


def test_limits_of_what_is_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An old folder may hold more than a commit may touch, or be deeper: that is left to git, as it comes."""
    store = Store(new_repository(tmp_path / "r.git"))
    file = Entry("100644", store.blob(b"x"))
    large = store.tree({b"keep": file, **{b"d/%d/%d" % (at // 3, at): file for at in range(9)}})
    deep = store.tree({b"keep": file, b"d/" * 6 + b"f": file})
    after = store.tree({b"keep": file})
    assert [len(found.changes or ()) for found in walked(store, (large, after), (deep, after))] == [9, 1]
    with monkeypatch.context() as patched:
        patched.setattr(new_trees, "PATHS_LIMIT", 8)
        assert walked(store, (large, after))[0].changes is None
        added = store.tree({b"keep": file, **{b"n%d" % at: file for at in range(5)}})
        taken = store.tree({b"keep": file, **{b"o%d" % at: file for at in range(5)}})
        with pytest.raises(LimitError, match="a commit touches more than 8 paths"):
            walked(store, (taken, added))
    monkeypatch.setattr(new_trees, "BYTES_LIMIT", 200)
    assert walked(store, (large, after))[0].changes is None
    assert walked(store, (deep, after))[0].changes is None


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("BYTES_LIMIT", 35, "paths of more than 35 bytes, below d/d/d/d/d/"),
        ("BYTES_LIMIT", 40, "paths of more than 40 bytes, below d/d/d/d/d/d/"),
        ("PATHS_LIMIT", 6, "more than 6 paths below its root"),
    ],
)
def test_limits_of_what_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: int, words: str
) -> None:
    """However small the objects are that stand for it."""
    store = Store(new_repository(tmp_path / "r.git"))
    deep = store.tree({b"d/" * 6 + b"f": Entry("100644", store.blob(b"x"))})
    assert walked(store, (None, deep))[0].changes is not None
    monkeypatch.setattr(new_trees, name, value)
    with pytest.raises(LimitError, match=words):
        walked(store, (None, deep))


def test_folders_without_a_file_are_counted(tmp_path: Path) -> None:
    """A few kilobytes of trees stand for more folders than anybody can visit."""
    store = Store(new_repository(tmp_path / "r.git"))
    folder = store.raw_tree([])
    for _ in range(12):
        folder = store.raw_tree([(b"40000", b"%d" % number, folder) for number in range(10)])
    with pytest.raises(LimitError, match="more than 500000 paths below "):
        walked(store, (None, folder))


def test_below_a_malformed_commit_git_is_asked(tmp_path: Path) -> None:
    """git takes a tree's id in capitals, or the tree of another header: the child is compared with what git reads."""
    store = Store(new_repository(tmp_path / "r.git"))
    one, two = (Entry("100644", store.blob(text)) for text in (b"1\n", b"2\n"))
    before = store.tree({b"theirs": one, b"ui": one})
    after = store.tree({b"ui": two})
    honest = store.commit(before, [], b"x\n")
    git = Git(str(store.folder))
    raw = CatFile(git).read(honest)[1]
    head = b"tree " + before.encode().upper() + b"\n"
    odd = store.write("commit", raw.replace(b"tree " + before.encode() + b"\n", head))
    hidden = store.write("commit", raw.replace(b"\n\n", b"\ntree " + after.encode() + b"\n\n", 1))
    for parent in (honest, odd, hidden):
        child = store.commit(after, [parent], b"y\n")
        with closing(CatFile(git)) as reader:
            (commit,) = read_commits(git, reader, [child])
        assert [change.path for change in commit.changes] == [b"theirs", b"ui"], parent
