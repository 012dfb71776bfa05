"""What a simple branch did, from its commits' changes."""

from __future__ import annotations

import pytest

from lanegate.core.facts import Change
from lanegate.git import branch_edits as module
from lanegate.git.bases import Ancestry
from lanegate.git.branch_edits import Ordinary, branch_base, branch_edits, few


def edit(path: bytes, old: str, new: str) -> Change:
    return Change(path, "100644", "100644", old, new)


def chain(*changes: list[Change]) -> dict[str, Ordinary]:
    """Commits c1, c2, … on top of c0."""
    return {f"c{number}": Ordinary("t", (f"c{number - 1}",), few(made)) for number, made in enumerate(changes, 1)}


def test_changes_are_put_together() -> None:
    known = chain([edit(b"a", "1", "2"), edit(b"b", "1", "2")], [], [edit(b"a", "2", "3"), edit(b"c", "1", "2")])
    assert branch_edits(known, "c0", "c3") == [edit(b"a", "1", "3"), edit(b"c", "1", "2"), edit(b"b", "1", "2")]
    assert branch_edits(known, "c2", "c3") == [edit(b"a", "2", "3"), edit(b"c", "1", "2")]
    assert branch_edits(known, "c3", "c3") == []


def test_what_is_taken_back_is_no_change() -> None:
    assert branch_edits(chain([edit(b"a", "1", "2")], [edit(b"a", "2", "1")]), "c0", "c2") == []


@pytest.mark.parametrize(
    "known",
    [
        {},
        chain([edit(b"a", "1", "2")], [Change(b"b", "000000", "100644", "0", "1")]),
        {**chain([]), "c2": Ordinary("t", ("c1", "other", "third"), [])},
        {**chain([]), "c2": Ordinary("t", (), [])},
    ],
)
def test_branches_that_are_not_simple(known: dict[str, Ordinary]) -> None:
    assert branch_edits(known, "c0", "c2") is None


@pytest.mark.parametrize(
    ("old", "new", "is_simple"),
    [("100644", "100644", True), ("120000", "120000", True), ("100644", "100755", False), ("000000", "100644", False)],
)
def test_only_content_may_change(old: str, new: str, is_simple: bool) -> None:
    known = chain([Change(b"a", old, new, "1", "2")])
    assert (branch_edits(known, "c0", "c1") is not None) is is_simple


FAMILY = [
    ("r", []),
    ("m1", ["r"]),
    ("b1", ["r"]),
    ("b2", ["b1"]),
    ("one", ["m1", "b2"]),  # a branch of two commits from r
    ("c", ["one"]),
    ("forward", ["one", "c"]),
    ("known", ["forward", "b1"]),
    ("x1", ["known"]),
    ("x2", ["x1", "b2"]),
    ("m2", ["known"]),
    ("winding", ["m2", "x2"]),  # its branch holds a merge
    ("island", []),
    ("strange", ["winding", "island"]),
]


@pytest.mark.parametrize(
    ("merge", "base"),
    [("one", "r"), ("forward", None), ("known", None), ("winding", None), ("strange", None), ("c", None), ("r", None)],
)
def test_where_a_branch_began(merge: str, base: str | None) -> None:
    assert branch_base(Ancestry(FAMILY), merge) == base


def test_a_branch_too_long_to_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COMMITS_LIMIT", 1)
    assert branch_base(Ancestry(FAMILY), "one") is None


def test_long_and_wide_branches_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    known = chain([edit(b"a", "1", "2"), edit(b"b", "1", "2")], [edit(b"c", "1", "2")])
    assert branch_edits(known, "c0", "c2") is not None
    monkeypatch.setattr(module, "PATHS_LIMIT", 2)
    assert branch_edits(known, "c0", "c2") is None
    assert few([edit(bytes([path]), "1", "2") for path in b"abc"]) is None
    monkeypatch.undo()
    monkeypatch.setattr(module, "COMMITS_LIMIT", 2)
    assert branch_edits(known, "c0", "c2") is None
