"""Which lane an old commit is taken for, and which changes of the policy would let refused changes through."""

from __future__ import annotations

import pytest

from lanegate.core.decision import Violation
from lanegate.core.facts import ABSENT, EXECUTABLE, LINK, REGULAR, Change
from lanegate.core.ownership import Ownership
from lanegate.core.policy_reader import read_policy
from lanegate.core.simulation import (
    HAND_OVER,
    LIFT,
    MODIFY_PATHS,
    OWNED_PATHS,
    SETTLE,
    Refused,
    Remedy,
    Row,
    is_only_content,
    lane_by_paths,
    lanes_of_authors,
    remedies,
    rows,
)

POLICY = read_policy(b"""
version = 1
identity = "none"
[lanes.core]
owned_paths = ["/core/", "!/core/free/", "/d/x/"]
[lanes.ui]
owned_paths = ["/ui/"]
out_of_scope = ["/core/secret"]
[lanes.old]
state = "done"
owned_paths = ["/old/"]
[[matrix]]
path = "/core/table"
grants = { ui = "READ" }
""")
OWNERSHIP = Ownership(POLICY)


@pytest.mark.parametrize(
    ("paths", "lane"),
    [
        ([b"ui/a", b"core/a", b"ui/b"], "ui"),
        ([b"ui/a", b"core/a"], "core"),  # the first in the policy
        ([b"old/a", b"old/b", b"ui/a"], "ui"),
        ([b"old/a", b"free"], None),
        ([], None),
    ],
)
def test_the_lane_of_a_commit(paths: list[bytes], lane: str | None) -> None:
    assert lane_by_paths(POLICY, OWNERSHIP, paths) == lane


def test_without_active_lanes_there_is_none() -> None:
    policy = read_policy(b'version = 1\nidentity = "none"\n')
    assert lane_by_paths(policy, Ownership(policy), [b"a"]) is None


@pytest.mark.parametrize(
    ("modes", "only_content"),
    [
        ((REGULAR, REGULAR), True),
        ((EXECUTABLE, EXECUTABLE), True),
        ((REGULAR, EXECUTABLE), False),
        ((LINK, LINK), False),
        ((ABSENT, REGULAR), False),
    ],
)
def test_only_content(modes: tuple[str, str], only_content: bool) -> None:
    changes = [Change(b"a", *modes, "1", "2"), Change(b"b", ABSENT, REGULAR, "0", "1")]
    assert is_only_content(changes, b"a") is only_content
    assert not is_only_content(changes, None)


def refused(
    path: bytes | None, commit: str = "c1", *, lane: str | None = "ui", code: str = "LG101", content: bool = True
) -> Refused:
    return Refused(Violation(code, "said", commit=commit, path=path, lane=lane, hint="next"), content)


def test_rows() -> None:
    told = rows(
        [
            refused(b"b"), refused(b"b", "c2"), refused(b"b", "c2"), refused(b"a"), refused(b"a", code="LG102"),
            refused(None, code="LG201", lane=None),
        ]
    )  # fmt: skip
    assert told == (
        Row("ui", "LG101", b"b", "said", 2, "next"),
        Row(None, "LG201", None, "said", 1, "next"),
        Row("ui", "LG101", b"a", "said", 1, "next"),
        Row("ui", "LG102", b"a", "said", 1, "next"),
    )


@pytest.mark.parametrize(
    ("all_refused", "found"),
    [
        ([refused(b"core/a")], [Remedy(MODIFY_PATHS, "ui", "/core/a", 1)]),
        ([refused(b"core/a", content=False)], [Remedy(HAND_OVER, "ui", "/core/a", 1, "core")]),
        (  # each change by what it needs, and a commit counts once
            [refused(b"core/a"), refused(b"core/a", "c2"), refused(b"core/a", "c2", content=False)],
            [Remedy(MODIFY_PATHS, "ui", "/core/a", 2), Remedy(HAND_OVER, "ui", "/core/a", 1, "core")],
        ),
        ([refused(b"core/free/a", content=False, code="LG103")], [Remedy(OWNED_PATHS, "ui", "/core/free/a", 1)]),
        (
            [refused(b"core/secret", code="LG104")],
            [Remedy(LIFT, "ui", "/core/secret", 1, "lanes.ui.out_of_scope[0] (line 8)")],
        ),
        ([refused(b"core/table")], [Remedy(LIFT, "ui", "/core/table", 1, "matrix[0].path (line 13)")]),
        ([refused(b"core/\xff")], [Remedy(SETTLE, "ui", "core/\\xff", 1)]),
        (  # three files in a folder are the folder, with what is below it
            [refused(b"core/a"), refused(b"core/b"), refused(b"core/c", "c2"), refused(b"core/d/e"), refused(b"x")],
            [Remedy(MODIFY_PATHS, "ui", "/core/", 2), Remedy(OWNED_PATHS, "ui", "/x", 1)],
        ),
        (  # below a folder that is told already nothing is told again
            [refused(b"core/" + name) for name in (b"a", b"b", b"c", b"d/a", b"d/b", b"d/c")],
            [Remedy(MODIFY_PATHS, "ui", "/core/", 1)],
        ),
        (  # a folder is not given away whole where another lane owns a part of it
            [refused(b"d/" + name, code="LG103") for name in (b"a", b"b", b"c")],
            [Remedy(OWNED_PATHS, "ui", f"/d/{name}", 1) for name in "abc"],
        ),
        (
            [refused(b"e/" + name, code="LG103") for name in (b"a", b"b", b"c")],
            [Remedy(OWNED_PATHS, "ui", "/e/", 1)],
        ),
        (  # what another lane owns goes over file by file
            [refused(b"core/" + name, content=False) for name in (b"a", b"b", b"c")],
            [Remedy(HAND_OVER, "ui", f"/core/{name}", 1, "core") for name in "abc"],
        ),
        ([refused(b"core/a", lane=None), refused(None), refused(b"core/a", code="LG405")], []),
    ],
)  # fmt: skip
def test_remedies(all_refused: list[Refused], found: list[Remedy]) -> None:
    assert list(remedies(POLICY, OWNERSHIP, all_refused)) == found


def test_the_lane_of_an_author() -> None:
    assert lanes_of_authors({"a": {"ui": 2, "core": 3}, "b": {}}) == {"a": "core"}
