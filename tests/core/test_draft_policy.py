"""A first policy as text, and the folders that a history proposes."""

from __future__ import annotations

import pytest

from lanegate.core.draft_policy import Draft, DraftLane, busy_folders, policy_text
from lanegate.core.hotspots import Touched
from lanegate.core.policy_reader import read_policy

LANES = (
    DraftLane("ui.web", ("/src/ui/", '!/src/ui/"odd"/'), ("@o/ui", 'a"b@c.example'), "Line\nbreak"),
    DraftLane("rest", tuple(f"/folder/number/{at}/" for at in range(9))),
    *(DraftLane(f"lane{at}", (f"/{at}/",)) for at in range(4)),
)


@pytest.mark.parametrize(("files", "unowned"), [(0, "deny"), (7, "allow")])
def test_what_is_written_is_read_back(files: int, unowned: str) -> None:
    text = policy_text(Draft("a\u2028b", LANES, files, "ma'in"))
    policy = read_policy(text.encode())
    assert policy.unowned == unowned
    assert policy.max_active_lanes == 6
    assert {lane.id: tuple(rule.text for rule in lane.owned_paths) for lane in policy.lanes.values()} == {
        lane.id: lane.owned_paths for lane in LANES
    }
    assert policy.lanes["ui.web"].owners == LANES[0].owners
    assert [rule.name for rule in policy.refs] == [
        "refs/heads/ma'in", "refs/heads/lane/{lane}", "refs/heads/**", "refs/tags/**",
    ]  # fmt: skip
    assert "# Line?break" in text
    assert "from a?b:" in text
    assert max(map(len, text.splitlines())) <= 130


def touched(**changes: int) -> list[Touched]:
    return [Touched(path.replace("_", "/").encode(), 1, count) for path, count in changes.items()]


@pytest.mark.parametrize(
    ("changes", "folders"),
    [
        ({}, ()),
        ({"README": 5}, ()),
        ({"a_x": 1, "b_x": 2, "c_x": 2}, (("b", 2), ("c", 2), ("a", 1))),
        ({"a_x": 9, "b_x": 1}, (("a", 9), ("b", 1))),  # nothing in it to part
        ({"src_pkg_a_x": 5, "src_pkg_b_x": 4, "docs_x": 1}, (("src/pkg/a", 5), ("src/pkg/b", 4), ("docs", 1))),
        ({"src_pkg_x": 9, "src_pkg_data_x": 1}, (("src/pkg", 10),)),
        ({f"{name}_x": 1 for name in "abcdefg"}, tuple((name, 1) for name in "abcde")),
    ],
)
def test_busy_folders(changes: dict[str, int], folders: tuple[tuple[str, int], ...]) -> None:
    assert busy_folders(touched(**changes)) == folders


def test_folders_with_odd_names_are_left_out() -> None:
    assert busy_folders([Touched(b"\xff/x", 1, 3), Touched(b"a b/x", 1, 3), Touched(b"c/x", 1, 3)]) == (("c", 3),)
