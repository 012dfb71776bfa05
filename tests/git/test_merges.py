"""Own changes of merges, on real commits."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from lanegate.core.facts import ABSENT, Change
from lanegate.git import carried
from lanegate.git.bases import read_ancestry
from lanegate.git.changes import OwnChanges
from lanegate.git.merges import MergeChanges
from lanegate.git.objects import CatFile
from lanegate.git.run import Git
from tests.differential.plumbing import Entry
from tests.differential.store import Store, new_repository

NOTHING = OwnChanges()


class World:
    """A repository in which merges are written object by object. Files are given as text by path.

    in_bulk: whether merges are judged as in a long history, with their ancestry known. with_bases: whether that is
    known, but git makes every merge.
    """

    def __init__(self, folder: Path, in_bulk: bool, *options: str, with_bases: bool = False) -> None:
        self.folder = new_repository(folder, *options)
        self.store = Store(self.folder)
        self.git = Git(str(self.folder))
        self.in_bulk, self.with_bases = in_bulk, with_bases

    def blob(self, text: str) -> str:
        return self.store.blob(text.encode())

    def tree(self, files: Mapping[str, str]) -> str:
        return self.store.tree({os.fsencode(path): Entry("100644", self.blob(text)) for path, text in files.items()})

    def commit(self, files: Mapping[str, str], *parents: str) -> str:
        return self.store.commit(self.tree(files), list(parents), b"Commit\n")

    def own(self, *merges: str) -> list[OwnChanges]:
        reader = CatFile(self.git)
        asked = []
        for merge in merges:
            tree, *parents = self.git.line("log", "-1", "--format=%T %P", merge).split()
            asked.append((merge, tree, tuple(parents)))
        tip = self.store.commit(self.tree({}), list(merges), b"Tip\n")
        ancestry = read_ancestry(self.git, tip) if self.in_bulk or self.with_bases else None
        with MergeChanges(self.git, reader, ancestry, by_ids=self.in_bulk) as merging:
            found = merging.of(asked)
        reader.close()
        return [found[merge] for merge in merges]


@pytest.fixture(params=["alone", "with bases", "in bulk"])
def world(tmp_path: Path, request: pytest.FixtureRequest) -> World:
    return World(tmp_path / "r.git", request.param == "in bulk", with_bases=request.param == "with bases")


LINES = "".join(f"{number}\n" for number in range(9))
BASE = {"a": LINES, "b/x": "x\n", "b/y": "y\n"}


@pytest.mark.parametrize("in_bulk", [False, True])
@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_clean_evil_and_ours(tmp_path: Path, object_format: str, in_bulk: bool) -> None:
    world = World(tmp_path / "r.git", in_bulk, f"--object-format={object_format}")
    base = world.commit(BASE)
    one = world.commit({**BASE, "a": "one\n" + LINES}, base)
    two = world.commit({**BASE, "a": LINES + "two\n", "new": "new\n"}, base)
    merged = {**BASE, "a": "one\n" + LINES + "two\n", "new": "new\n"}
    clean = world.commit(merged, one, two)
    evil = world.commit({**merged, "b/x": "evil\n"}, one, two)
    ours = world.commit({**BASE, "a": "one\n" + LINES}, one, two)
    found = world.own(clean, evil, ours)
    assert found[0] == NOTHING
    change = Change(b"b/x", "100644", "100644", world.blob("x\n"), world.blob("evil\n"))
    assert found[1] == OwnChanges((change,))
    assert [(change.path, change.new_mode) for change in found[2].changes] == [(b"a", "100644"), (b"new", ABSENT)]
    assert found[2].conflicts == frozenset()


def test_a_resolution_is_an_own_change(world: World) -> None:
    base = world.commit(BASE)
    one, two = world.commit({**BASE, "b/x": "1\n"}, base), world.commit({**BASE, "b/x": "2\n"}, base)
    (found,) = world.own(world.commit({**BASE, "b/x": "both\n"}, one, two))
    assert [change.path for change in found.changes] == [b"b/x"]
    assert found.changes[0].new_id == world.blob("both\n")
    assert found.conflicts == {b"b/x"}


def test_markers_left_as_git_wrote_them_are_an_own_change(world: World) -> None:
    base = world.commit(BASE)
    one, two = world.commit({**BASE, "b/x": "1\n"}, base), world.commit({**BASE, "b/x": "2\n"}, base)
    markers = f"<<<<<<< {one}\n1\n=======\n2\n>>>>>>> {two}\n"
    (found,) = world.own(world.commit({**BASE, "b/x": markers}, one, two))
    (change,) = found.changes
    assert (change.path, change.old_mode, change.new_mode) == (b"b/x", "100644", "100644")
    assert change.new_id == world.blob(markers)
    assert found.conflicts == {b"b/x"}


def test_a_conflict_in_a_path_that_nobody_keeps_is_no_change_there(world: World) -> None:
    """Renamed to two names: git keeps both names, and reports the old one, which is nowhere, too."""
    base = world.commit(BASE)
    one = world.commit({"one": LINES, "b/x": "x\n", "b/y": "y\n"}, base)
    two = world.commit({"b/two": LINES, "b/x": "x\n", "b/y": "y\n"}, base)
    (found,) = world.own(world.commit({"one": LINES, "b/two": LINES, "b/x": "x\n", "b/y": "y\n"}, one, two))
    blob = world.blob(LINES)
    assert found.conflicts == {b"a", b"one", b"b/two"}
    assert found.changes == (
        Change(b"b/two", "100644", "100644", blob, blob),
        Change(b"one", "100644", "100644", blob, blob),
    )


@pytest.mark.parametrize("place", ["a", "a/deeper", "b/x/deeper"])
def test_a_path_in_conflict_where_the_commit_has_a_folder_or_no_folder(world: World, place: str) -> None:
    base = world.commit(BASE)
    one, two = world.commit({**BASE, "b/x": "1\n"}, base), world.commit({**BASE, "b/x": "2\n"}, base)
    others = {path: text for path, text in BASE.items() if not path.startswith(place.split("/")[0])}
    (found,) = world.own(world.commit({**others, f"{place}/file": "f\n"}, one, two))
    assert b"b/x" in {change.path for change in found.changes}
    assert f"{place}/file".encode() in {change.path for change in found.changes}


def test_a_rename_on_one_side_takes_the_other_sides_edit_along(world: World) -> None:
    base = world.commit(BASE)
    renamed = {"b/x": "x\n", "b/y": "y\n", "moved": LINES}
    one, two = world.commit(renamed, base), world.commit({**BASE, "a": LINES + "two\n"}, base)
    for parents in ((one, two), (two, one)):
        (found,) = world.own(world.commit({**renamed, "moved": LINES + "two\n"}, *parents))
        blob = world.blob(LINES + "two\n")
        kept = Change(b"moved", "100644", "100644", blob, blob)
        assert found == OwnChanges((kept,), frozenset({b"moved"}), carried={b"moved": frozenset({b"a"})})
    assert world.own(world.commit({**renamed, "b/x": "2\n"}, one, world.commit({**BASE, "b/x": "2\n"}, base))) == [
        NOTHING
    ]


def test_a_change_carried_between_the_merge_bases(world: World) -> None:
    """A file of one's own, changed in one merge base and in the other one deleted beside one like it, makes git take
    the older content of that for the newer."""
    old, new = LINES, LINES.replace("4", "four")
    main = world.commit({"hot": old})
    start = world.commit({"mine": old})
    edited = world.commit({"mine": new}, start)
    deleted = world.commit({"hot": old}, world.commit({"hot": old, "mine": old}, main, start))
    left, right = world.commit({"mine": old}, edited), world.commit({"mine": old, "more": "1\n"}, edited)
    left, right = world.commit({"hot": old}, left, deleted), world.commit({"hot": old, "more": "1\n"}, right, deleted)
    assert world.own(left, right) == [NOTHING, NOTHING]
    right = world.commit({"hot": new, "more": "1\n"}, right, world.commit({"hot": new}, main))
    undone = world.commit({"hot": old, "more": "1\n"}, left, right)
    made = world.git.output("merge-tree", "--write-tree", left, right).decode().strip()
    assert made == world.git.line("log", "-1", "--format=%T", undone)  # what git makes, without a conflict
    found = world.own(right, undone)
    assert found[0] == NOTHING
    assert [change.path for change in found[1].changes] == [b"hot"]
    assert found[1].conflicts == {b"hot"}


def test_merge_bases_without_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carried, "PAIRS_LIMIT", 0)
    base = world.commit(BASE)
    one, two = world.commit({**BASE, "c": "c\n"}, base), world.commit({**BASE, "d": "d\n"}, base)
    both = {**BASE, "c": "c\n", "d": "d\n"}
    left, right = world.commit(both, one, two), world.commit(both, two, one)
    (found,) = world.own(world.commit({**both, "b/x": "evil\n"}, left, right))
    assert [defect.code for defect in found.defects] == ["LG904"]


def test_criss_cross_is_merged_as_git_does(world: World) -> None:
    base = world.commit(BASE)
    one, two = world.commit({**BASE, "a": "one\n" + LINES}, base), world.commit({**BASE, "a": LINES + "two\n"}, base)
    both = {**BASE, "a": "one\n" + LINES + "two\n"}
    left, right = world.commit(both, one, two), world.commit(both, two, one)
    left = world.commit({**both, "left": "1\n"}, left)
    right = world.commit({**both, "right": "1\n"}, right)
    merged = {**both, "left": "1\n", "right": "1\n"}
    clean, evil = world.commit(merged, left, right), world.commit({**merged, "a": LINES}, left, right)
    found = world.own(clean, evil)
    assert found[0] == NOTHING
    assert [change.path for change in found[1].changes] == [b"a"]


def test_unrelated_histories_are_merged_with_an_empty_base(world: World) -> None:
    one, two = world.commit({"a": "1\n"}), world.commit({"b": "2\n"})
    assert world.own(world.commit({"a": "1\n", "b": "2\n"}, one, two)) == [NOTHING]


def test_attributes_drivers_and_configuration_of_the_repository_do_not_count(world: World) -> None:
    world.git.output("config", "merge.renames", "false")
    world.git.output("config", "merge.ours.driver", "true")
    (world.folder / "info").mkdir(exist_ok=True)
    (world.folder / "info/attributes").write_text("* merge=ours\n")
    files = {**BASE, ".gitattributes": "* merge=ours\n"}
    base = world.commit(files)
    one, two = world.commit({**files, "b/x": "1\n"}, base), world.commit({**files, "b/x": "2\n"}, base)
    (found,) = world.own(world.commit({**files, "b/x": "1\n"}, one, two))
    assert found.conflicts == {b"b/x"}


def test_a_path_that_git_names_after_a_commit_bears_the_real_ones_id(world: World) -> None:
    """One side adds a file where the other adds a folder: git puts the file beside it."""
    base = world.commit(BASE)
    one, two = world.commit({**BASE, "new": "file\n"}, base), world.commit({**BASE, "new/x": "folder\n"}, base)
    (found,) = world.own(world.commit({**BASE, "new/x": "folder\n"}, one, two))
    assert found.conflicts == {f"new~{one}".encode()}
    assert [(change.path, change.new_mode) for change in found.changes] == [(f"new~{one}".encode(), ABSENT)]


def test_names_are_bytes(world: World) -> None:
    odd = 'a\n"b\udcff\t:'
    base = world.commit({odd: "1\n", "c": "c\n"})
    one, two = world.commit({odd: "2\n", "c": "c\n"}, base), world.commit({odd: "3\n", "c": "c\n"}, base)
    (found,) = world.own(world.commit({odd: "4\n", "c": "c\n"}, one, two))
    assert [change.path for change in found.changes] == [os.fsencode(odd)]
    assert found.conflicts == {os.fsencode(odd)}


def test_nothing_asked_needs_no_scratch(world: World) -> None:
    assert world.own() == []


def test_a_merge_that_git_cannot_make_is_told_and_the_others_are_judged(world: World) -> None:
    base = world.commit(BASE)
    one, two = world.commit({**BASE, "a": "one\n" + LINES}, base), world.commit({**BASE, "new": "n\n"}, base)
    clean = world.commit({**BASE, "a": "one\n" + LINES, "new": "n\n"}, one, two)
    lost = world.commit({**BASE, "a": "lost\n" + LINES}, base)
    other = world.commit({**BASE, "a": LINES + "other\n"}, base)
    broken = world.commit(BASE, lost, other)
    blob = world.blob("lost\n" + LINES)
    (world.folder / "objects" / blob[:2] / blob[2:]).unlink()
    merges = [world.commit({**BASE, "a": "one\n" + LINES, "new": f"{n}\n"}, one, two) for n in range(3)]
    found = world.own(clean, merges[0], broken, *merges[1:])
    assert found[0] == NOTHING
    assert [[change.path for change in own.changes] for own in found] == [[], [b"new"], [], [b"new"], [b"new"]]
    assert [defect.code for defect in found[2].defects] == ["LG903"]
    assert found[2].defects[0].what.startswith("git cannot make this merge: git merge-tree exited with 128: fatal: ")
    assert blob in found[2].defects[0].what
