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
    """An old folder may hold more than a commit may touch, or be deeper."""
    store = Store(new_repository(tmp_path / "r.git"))
    file = Entry("100644", store.blob(b"x"))
    large = store.tree({b"keep": file, **{b"d/%d/%d" % (at // 3, at): file for at in range(9)}})
    deep = store.tree({b"keep": file, b"d/" * 6 + b"f": file})
    after = store.tree({b"keep": file})
    assert [len(found.changes or ()) for found in walked(store, (large, after), (deep, after))] == [9, 1]
    monkeypatch.setattr(new_trees, "PATHS_LIMIT", 8)
    with pytest.raises(LimitError, match="touches more than 8 paths below d/"):
        walked(store, (large, after))
    monkeypatch.setattr(new_trees, "DEPTH_LIMIT", 5)
    with pytest.raises(LimitError, match="takes away folders more than 5 levels deep, below d/d/d/d/d/d/"):
        walked(store, (deep, after))
    monkeypatch.setattr(new_trees, "DEPTH_LIMIT", 6)
    assert walked(store, (deep, after))[0].changes is not None
    added = store.tree({b"keep": file, **{b"n%d" % at: file for at in range(5)}})
    taken = store.tree({b"keep": file, **{b"o%d" % at: file for at in range(5)}})
    with pytest.raises(LimitError, match="a commit touches more than 8 paths"):
        walked(store, (taken, added))
