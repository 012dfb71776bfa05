"""Merges by ids, on trees in memory: what is settled, what is left to git, and what comes out.

That git agrees is shown in tests/git/test_merges_random.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanegate.core import merging, tree_merge
from lanegate.core.merging import File, FileMerge, TreeMerge
from lanegate.core.objects import tree_defects
from lanegate.core.tree_merge import merge_trees

Files = Mapping[str, str]
"""Content by path; `mode:content` for another mode than 100644."""


class Trees:
    """Trees in memory. A blob is stood for by the hash of its content."""

    def __init__(self, id_length: int = 20) -> None:
        self.raw: dict[str, bytes] = {}
        self.hash = hashlib.sha1 if id_length == 20 else hashlib.sha256

    def blob(self, content: str) -> bytes:
        return self.hash(content.encode()).digest()

    def put(self, raw: bytes) -> str:
        oid = self.hash(b"tree %d\0%b" % (len(raw), raw)).hexdigest()
        self.raw[oid] = raw
        return oid

    def tree(self, files: Files) -> str:
        folders: dict[str, dict[str, str]] = {}
        entries: list[tuple[bytes, bytes]] = []
        for path, text in files.items():
            name, slash, rest = path.partition("/")
            mode, colon, content = text.rpartition(":")
            if slash:
                folders.setdefault(name, {})[rest] = text
            else:
                shown = b"%b %b\0" % ((mode if colon else "100644").encode(), name.encode())
                entries.append((name.encode(), shown + self.blob(content)))
        for name, below in folders.items():
            inner = bytes.fromhex(self.tree(below))
            entries.append((name.encode() + b"/", b"40000 %b\0%b" % (name.encode(), inner)))
        return self.put(b"".join(entry for _, entry in sorted(entries)))

    def merge(self, base: Files, first: Files, second: Files, result: Files) -> TreeMerge | None:
        ids = [self.tree(files) for files in (base, first, second, result)]
        return merge_trees(*ids, self.raw.__getitem__)  # type: ignore[call-arg, arg-type]


BASE = {"a": "1", "b": "1", "d/x": "1", "d/y": "1", "d/e/z": "1", "l": "120000:1"}


def edited(**changes: str | None) -> dict[str, str]:
    """BASE with changes; `__` in a name stands for a slash, None deletes."""
    named = {name.replace("__", "/"): text for name, text in changes.items()}
    return {path: text for path, text in {**BASE, **named}.items() if text is not None}


SETTLED = [
    (edited(a="2"), edited(b="2"), edited(a="2", b="2")),
    (edited(d__x="2"), edited(d__y="2"), edited(d__x="2", d__y="2")),
    (edited(d__x="2"), edited(d__e__z="2", b="3"), edited(d__x="2", d__e__z="2", b="3")),
    (edited(d__x="2"), edited(new="1"), edited(d__x="2", new="1")),
    (edited(d__x="2"), edited(b=None), edited(d__x="2", b=None)),
    (edited(d__x="2"), edited(d__y=None, d__new="1"), edited(d__x="2", d__y=None, d__new="1")),
    (edited(a=None), edited(b=None), edited(a=None, b=None)),
    (edited(a="2"), edited(b="100755:1"), edited(a="2", b="100755:1")),
    (edited(a="2"), edited(b=None, b__x="1"), edited(a="2", b=None, b__x="1")),
    (edited(a="2"), edited(l="160000:2"), edited(a="2", l="160000:2")),
    (edited(a="2", l="120000:2"), edited(b="2", l="120000:2"), edited(a="2", b="2", l="120000:2")),
    (edited(a="2", d__x="2"), edited(b="2", d__x="2"), edited(a="2", b="2", d__x="2")),
    (edited(**{"d.x": "1"}), edited(d0="1", d__x="2"), edited(**{"d.x": "1"}, d0="1", d__x="2")),
    (edited(z1="1"), edited(z2="1", z0="1"), edited(z0="1", z1="1", z2="1")),
    (edited(a="2"), edited(y__x="1", z="1", x="100755:1"), edited(a="2", y__x="1", z="1", x="100755:1")),
    (edited(a="2"), edited(b="2", aa="1"), edited(a="2", b="2", aa="1")),
    (edited(a="2"), edited(b=None, aa="1"), edited(a="2", b=None, aa="1")),
    # a file that becomes a folder, and a new file, stand where git sorts them
    (edited(**{"b.c": "1"}), edited(b=None, b__x="1"), edited(**{"b.c": "1"}, b=None, b__x="1")),
    (edited(**{"e.c": "1"}), edited(e="1"), edited(**{"e.c": "1"}, e="1")),
    # one name for another of the same length: the trees are as long, and their entries are not the same ones
    (edited(b=None), edited(a=None, c="2"), edited(a=None, b=None, c="2")),
    (edited(b="2"), edited(a=None, c="2"), edited(a=None, b="2", c="2")),
    (BASE, edited(b="2"), edited(b="2")),
    (edited(b="2"), BASE, edited(b="2")),
]


@pytest.mark.parametrize(("first", "second", "result"), SETTLED)
@pytest.mark.parametrize("id_length", [20, 32])
def test_settled(first: Files, second: Files, result: Files, id_length: int) -> None:
    trees = Trees(id_length)
    assert trees.merge(BASE, first, second, result) == TreeMerge(trees.tree(result))


@pytest.mark.parametrize(("first", "second", "result"), SETTLED)
def test_another_result_gets_the_folders_that_the_merge_makes(first: Files, second: Files, result: Files) -> None:
    trees = Trees()
    made = trees.merge(BASE, first, second, {"other": "1"})
    assert made is not None
    assert made.tree == Trees().tree(result)
    assert not any(tree_defects(raw, 20) for raw in made.folders)
    written = {Trees().put(raw) for raw in made.folders}
    assert (made.tree in written) != (BASE in (first, second))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (edited(a=None), edited(a="2")),
        (edited(a="2"), edited(a=None)),
        (edited(a=None, b="2"), edited(a=None)),
        (edited(new="1"), edited(new="2")),
        (edited(c="1"), edited(a=None, c="2")),
        (edited(new="1", a="2"), edited(new="1")),
        (edited(a="120000:1"), edited(a="2")),
        (edited(l="120000:2"), edited(l="120000:3")),
        (edited(d__x=None, d__y=None, d__e__z=None), edited(d__new="1")),
        (edited(d__new="1"), edited(d__x=None, d__y=None, d__e__z=None)),
        (edited(d__x=None, d__y=None, d__e__z=None, d="1"), edited(d__new="1")),
        (edited(d__new="1"), edited(d__x=None, d__y=None, d__e__z=None, d="1")),
        (edited(a=None, a__x="1"), edited(a="2")),
        (edited(new="1"), edited(new__x="1")),
        (edited(d__x=None, d__e__z=None), edited(d__y=None, d__e__z="2")),
    ],
)
def test_left_to_git(first: Files, second: Files) -> None:
    assert Trees().merge(BASE, first, second, first) is None


def test_a_folder_that_the_merge_empties_is_left_to_git() -> None:
    base = {"a": "1", "d/x": "1", "d/y": "1"}
    assert Trees().merge(base, {"a": "1", "d/x": "1"}, {"a": "1", "d/y": "1"}, {"a": "1"}) is None


@pytest.mark.parametrize(
    ("result", "stands_in"),
    [("4", "100644:4"), ("100755:4", "100755:4"), (None, "100644:2"), ("120000:4", "100644:2")],
)
def test_a_file_that_both_sides_changed_is_left_over(result: str | None, stands_in: str) -> None:
    trees = Trees()
    first, second = edited(d__e__z="2", a="2"), edited(d__e__z="100755:3", b="2")
    made = trees.merge(BASE, first, second, edited(d__e__z=result, a="2", b="2"))
    assert made is not None
    mode, _, text = stands_in.partition(":")
    sides = [File(b"100644", trees.blob("1")), File(b"100644", trees.blob("2")), File(b"100755", trees.blob("3"))]
    assert made.files == ((b"d/e/z", FileMerge(*sides, File(mode.encode(), trees.blob(text)))),)
    assert made.tree == Trees().tree(edited(d__e__z=stands_in, a="2", b="2"))


def test_the_result_is_found_behind_any_name_and_id() -> None:
    """The entry before it has a name of some letters, and an id with a line feed in it."""
    odd = next(str(n) for n in range(1_000) if b"\n" in Trees().blob(str(n)))
    base = {"before": odd, "file": "1"}
    made = Trees().merge(base, {**base, "file": "2"}, {**base, "file": "3"}, {**base, "file": "4"})
    assert made is not None
    assert made.files[0][1].result == File(b"100644", Trees().blob("4"))


def test_where_the_result_lacks_the_folder_the_first_side_stands_in() -> None:
    made = Trees().merge(BASE, edited(d__x="2"), edited(d__x="3"), {"a": "1"})
    assert made is not None
    assert made.files[0][1].result == made.files[0][1].first


def test_many_changes_in_one_folder_are_laid_out_in_tables() -> None:
    many = {f"f{number:02}": "1" for number in range(tree_merge.IN_PLACE_LIMIT + 5)}
    second = dict.fromkeys(many, "2")
    trees = Trees()
    result = {**second, "z": "2"}
    made = trees.merge({**many, "z": "1"}, {**many, "z": "2"}, {**second, "z": "1"}, result)
    assert made == TreeMerge(trees.tree(result))


def test_too_many_folders_are_left_to_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "FOLDERS_LIMIT", 1)
    first, second = edited(d__x="2"), edited(d__y="2")
    assert Trees().merge(BASE, first, second, edited(d__x="2", d__y="2")) is None


@pytest.mark.parametrize("mode", ["100664", "040000", "100600"])
def test_old_modes_are_left_to_git(mode: str) -> None:
    old = {**BASE, "0": f"{mode}:1"}
    assert Trees().merge(old, {**old, "a": "2"}, {**old, "b": "2"}, old) is None
    assert Trees().merge(old, {**old, "a": "2"}, {**old, "0": f"{mode}:2"}, old) is None
    assert Trees().merge(old, {**old, "a": "2"}, {**old, "0": "100644:2"}, old) is None
    new = {**BASE, "0": "100644:1"}
    assert Trees().merge(new, {**new, "a": "2"}, {**new, "0": f"{mode}:2"}, new) is None


def test_what_is_no_tree_is_left_to_git() -> None:
    trees = Trees()
    ids = [trees.put(b"100644 a\0junk"), trees.tree({"a": "1"}), trees.tree({"a": "2"}), trees.tree({"a": "3"})]
    assert merge_trees(ids[0], ids[1], ids[2], ids[3], trees.raw.__getitem__) is None
    assert merge_trees(ids[1], ids[0], ids[2], ids[3], trees.raw.__getitem__) is None


PATHS = ["aa", "ab", "b", "b/xx", "b/xy", "b.c", "dd/xx", "dd/xy", "dd/ee/zz", "dd/ee/zy", "ff/xx", "l"]
TEXTS = ["1", "2", "3", "100755:1", "120000:1", "160000:1"]
EDITS = st.dictionaries(st.sampled_from(PATHS), st.sampled_from([*TEXTS, None]), max_size=4)
CHANGES = st.dictionaries(st.sampled_from(PATHS), st.sampled_from(["2", "3"]), max_size=4)


@st.composite
def sides(draw: st.DrawFn) -> list[dict[str, str]]:
    """Base, both sides, and what the merge commit has."""
    base = possible(draw(st.dictionaries(st.sampled_from(PATHS), st.sampled_from(TEXTS), min_size=2)))
    return [base, *(possible({**base, **draw(EDITS | CHANGES)}) for _ in range(3))]


def possible(files: Mapping[str, str | None]) -> dict[str, str]:
    """The files that are there, but for those whose name a folder has."""
    there = {path: text for path, text in files.items() if text is not None}
    return {path: text for path, text in there.items() if not any(other.startswith(path + "/") for other in there)}


def is_file(text: str | None) -> bool:
    return text is not None and not text.startswith(("120000:", "160000:"))


def naive(base: Files, first: Files, second: Files, result: Files) -> tuple[dict[str, str], list[str]] | None:
    """The merge path by path, with what stands in for the files that both sides changed; None for a conflict."""
    merged: dict[str, str | None] = {}
    both = []
    for path in {*base, *first, *second}:
        old, ours, theirs = base.get(path), first.get(path), second.get(path)
        if old in (ours, theirs) or ours == theirs:
            merged[path] = theirs if old == ours else ours
        elif is_file(old) and is_file(ours) and is_file(theirs):
            both.append(path)
            merged[path] = result[path] if is_file(result.get(path)) else ours
        else:
            return None
    kept = possible(merged)
    return (kept, both) if len(kept) == sum(text is not None for text in merged.values()) else None


def in_order(made: TreeMerge | None) -> TreeMerge | None:
    """Folders are looked into in any order."""
    return made and TreeMerge(made.tree, tuple(sorted(made.files)), tuple(sorted(made.folders)))


@settings(max_examples=400)
@given(sides(), st.sampled_from([20, 32]))
def test_what_is_settled_is_what_a_merge_path_by_path_gives(files: list[dict[str, str]], id_length: int) -> None:
    trees = Trees(id_length)
    made = trees.merge(*files)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tree_merge, "IN_PLACE_LIMIT", 0)
        assert in_order(trees.merge(*files)) == in_order(made)  # looked up in place, or laid out in tables
    if made is not None:
        expected = naive(*files)
        assert expected is not None
        assert made.tree == trees.tree(expected[0])
        assert sorted(path.decode() for path, _ in made.files) == sorted(expected[1])


@given(sides())
def test_changes_of_different_files_are_always_settled(files: list[dict[str, str]]) -> None:
    base = files[0]
    first = {path: "mine" if is_file(text) and path < "c" else text for path, text in base.items()}
    second = {path: "theirs" if is_file(text) and path > "c" else text for path, text in base.items()}
    expected = {path: first[path] if path < "c" else second[path] for path in base}
    made = Trees().merge(base, first, second, expected)
    assert made is not None
    assert made.tree == Trees().tree(expected)


def test_bytes_that_look_like_an_entry_across_ids_are_none() -> None:
    """The id of a submodule is anybody's choice, so `40000 d` and a NUL may stand in it."""
    trees = Trees()
    inner = {text: bytes.fromhex(trees.tree({"x": text, "y": text})) for text in ("1", "2", "3")}

    def root(text: str) -> str:
        forged = b"0123456789ab" + b"40000 d\0"
        return trees.put(b"160000 a\0" + forged + b"40000 d\0" + inner[text])

    made = merge_trees(root("1"), root("2"), root("3"), root("2"), trees.raw.__getitem__)
    assert made is not None
    assert sorted(path for path, _ in made.files) == [b"d/x", b"d/y"]
