"""What a simple branch did, from its commits' changes."""

from __future__ import annotations

import pytest

from lanegate.core.facts import Change
from lanegate.git import branch_edits as module
from lanegate.git.branch_edits import Ordinary, branch_edits, ordinary


def edit(path: bytes, old: str, new: str) -> Change:
    return Change(path, "100644", "100644", old, new)


def chain(*changes: list[Change]) -> dict[str, Ordinary]:
    """Commits c1, c2, … on top of c0."""
    return {f"c{number}": ordinary("t", (f"c{number - 1}",), made) for number, made in enumerate(changes, 1)}


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
        {**chain([]), "c2": ordinary("t", ("c1", "other", "third"), [])},
        {**chain([]), "c2": ordinary("t", (), [])},
    ],
)
def test_branches_that_are_not_simple(known: dict[str, Ordinary]) -> None:
    assert branch_edits(known, "c0", "c2") is None


@pytest.mark.parametrize(
    ("old", "new", "is_simple"),
    [("100644", "100644", True), ("120000", "120000", True), ("100644", "100755", False), ("000000", "100644", False)],
)
def test_only_content_may_change(old: str, new: str, is_simple: bool) -> None:
    assert (ordinary("t", ("c0",), [Change(b"a", old, new, "1", "2")]).edits is not None) is is_simple


def test_long_and_wide_branches_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    known = chain([edit(b"a", "1", "2"), edit(b"b", "1", "2")], [edit(b"c", "1", "2")])
    assert branch_edits(known, "c0", "c2") is not None
    monkeypatch.setattr(module, "PATHS_LIMIT", 2)
    assert branch_edits(known, "c0", "c2") is None
    assert ordinary("t", (), [edit(bytes([path]), "1", "2") for path in b"abc"]).edits is None
    monkeypatch.undo()
    monkeypatch.setattr(module, "COMMITS_LIMIT", 2)
    assert branch_edits(known, "c0", "c2") is None
