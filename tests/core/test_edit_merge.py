"""Merges of branches that only change contents, from what the merge commit did to its first parent."""

from __future__ import annotations

import pytest

from lanegate.core.edit_merge import merge_edits
from lanegate.core.facts import ABSENT, EXECUTABLE, LINK, REGULAR, SUBMODULE, Change
from lanegate.core.merging import File, FileMerge, TreeMerge

RESULT = "ee" * 20


def oid(text: str) -> str:
    return text * 40


def change(path: str, old: str, new: str, old_mode: str = REGULAR, new_mode: str = REGULAR) -> Change:
    return Change(path.encode(), old_mode, new_mode, oid(old), oid(new))


def file(text: str, mode: str = REGULAR) -> File:
    return File(mode.encode(), bytes.fromhex(oid(text)))


@pytest.mark.parametrize(
    "edits",
    [
        [],
        [change("a", "1", "2")],
        [change("a", "1", "2"), change("d/b", "1", "2", EXECUTABLE, EXECUTABLE)],
        [change("l", "1", "2", LINK, LINK), change("s", "1", "2", SUBMODULE, SUBMODULE)],
    ],
)
def test_a_merge_that_does_what_the_branch_did(edits: list[Change]) -> None:
    assert merge_edits(edits, edits[::-1], RESULT) == TreeMerge(RESULT)


@pytest.mark.parametrize(
    ("made", "merged"),
    [
        (change("a", "3", "4"), FileMerge(file("1"), file("3"), file("2"), file("4"))),
        (change("a", "1", "4"), FileMerge(file("1"), file("1"), file("2"), file("4"))),
        (change("a", "2", "4"), FileMerge(file("1"), file("2"), file("2"), file("4"))),
        (
            change("a", "1", "2", EXECUTABLE, EXECUTABLE),
            FileMerge(file("1"), file("1", EXECUTABLE), file("2"), file("2", EXECUTABLE)),
        ),
        (change("a", "1", "2", REGULAR, EXECUTABLE), FileMerge(*map(file, "112"), file("2", EXECUTABLE))),
    ],
)
def test_a_file_that_became_something_else_is_asked_of_git(made: Change, merged: FileMerge) -> None:
    edits = [change("a", "1", "2"), change("b", "1", "2")]
    assert merge_edits(edits, [made, edits[1]], RESULT) == TreeMerge(RESULT, ((b"a", merged),))


@pytest.mark.parametrize(
    "made",
    [
        [],  # the first side has the branch's file already, or none, or the merge dropped the branch's
        [change("a", "1", "2"), change("b", "1", "2")],  # the merge does more
        [change("b", "1", "2")],
        [change("a", "1", "0", REGULAR, ABSENT)],
        [change("a", "0", "2", ABSENT, REGULAR)],
        [change("a", "3", "2", LINK, REGULAR)],
        [change("a", "1", "2", REGULAR, LINK)],
    ],
)
def test_what_is_left_to_git(made: list[Change]) -> None:
    assert merge_edits([change("a", "1", "2")], made, RESULT) is None


def test_a_link_that_both_sides_changed_is_left_to_git() -> None:
    assert merge_edits([change("l", "1", "2", LINK, LINK)], [change("l", "3", "2", LINK, LINK)], RESULT) is None
