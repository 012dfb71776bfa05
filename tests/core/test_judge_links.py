"""Symbolic links: where they point by name alone, and what the lane must hold there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.core.facts import ABSENT, LINK, REGULAR
from lanegate.core.judge import Judge
from lanegate.core.judge_links import resolve_link
from lanegate.core.policy import NONE
from tests.core.build import NOWHERE, added, codes, commit_of, edited, judge_of


@pytest.fixture(scope="module")
def judge() -> Judge:
    return judge_of()


@pytest.mark.parametrize(
    ("path", "target", "where"),
    [
        (b"ui/a", b"b", b"ui/b"),
        (b"ui/a", b"./b//c/.", b"ui/b/c"),
        (b"ui/a", b"../core/x", b"core/x"),
        (b"ui/d/a", b"../../x", b"x"),
        (b"a", b"b", b"b"),
        (b"ui/a", b"b/../../core", b"core"),
        (b"ui/a", b"..", None),
        (b"ui/a", b"../..", None),
        (b"a", b"..", None),
        (b"a", b".", None),
        (b"ui/a", b"../../ui/b", None),
        (b"ui/a", b"/etc/passwd", None),
        (b"ui/a", b"", None),
        (b"ui/a", b"b\0c", None),
        (b"ui/a", b"\xff", b"ui/\xff"),
    ],
)
def test_resolve_link(path: bytes, target: bytes, where: bytes | None) -> None:
    assert resolve_link(path, target) == where


SEGMENTS = st.sampled_from([b"..", b".", b"", b"a", b"b", b"\xff"])


@given(st.lists(st.sampled_from([b"a", b"b"]), min_size=1, max_size=4), st.lists(SEGMENTS, max_size=8))
def test_where_a_link_points_is_a_plain_path(path: list[bytes], target: list[bytes]) -> None:
    where = resolve_link(b"/".join(path), b"/".join(target))
    if where is not None:
        assert where
        assert not {b"..", b".", b""} & set(where.split(b"/"))


#: (target of a link in lane ui, code under unowned = deny, under unowned = allow).
TARGETS = [
    (b"search.py", None, None),
    (b"../app.py", None, None),
    (b"../core/index.py", None, None),
    (b"../core", None, None),
    (b"../docs/guide.md", "LG101", "LG101"),
    (b"../policy", "LG101", "LG101"),
    (b"theme/dark", "LG101", "LG101"),
    (b"vendor/lib", "LG104", "LG104"),
    (b"../nobody/x", "LG101", None),
    (b"/etc/passwd", "LG101", "LG101"),
    (b"../../x", "LG101", "LG101"),
    (b"..", "LG101", "LG101"),
]


@pytest.mark.parametrize("old", [ABSENT, REGULAR, LINK])
@pytest.mark.parametrize("unowned", ["deny", "allow"])
@pytest.mark.parametrize(("target", "deny", "allow"), TARGETS)
def test_targets(target: bytes, deny: str | None, allow: str | None, unowned: str, old: str) -> None:
    expected = deny if unowned == "deny" else allow
    commit = commit_of(edited("ui/link", old, LINK), links={b"ui/link": target})
    found = judge_of(unowned=unowned).commit(commit, NOWHERE)
    assert codes(found) == ([expected] if expected else [])
    assert all(violation.path == b"ui/link" for violation in found)


@pytest.mark.parametrize(
    ("target", "says", "grant", "owner", "line"),
    [
        (b"/\xff", "symbolic link to /\N{REPLACEMENT CHARACTER}, which leaves the repository", None, None, 10),
        (b"vendor/x", "symbolic link to vendor/x, which is out of scope for ui", NONE, None, 15),
        (b"../docs", "symbolic link to ../docs, where ui has no grant", NONE, "ana (docs)", 10),
        (b"../nobody", "symbolic link to ../nobody, where ui has no grant", NONE, None, 10),
    ],
)
def test_what_a_link_refusal_says(
    judge: Judge, target: bytes, says: str, grant: str | None, owner: str | None, line: int
) -> None:
    (found,) = judge.commit(commit_of(added("ui/link", LINK), links={b"ui/link": target}), NOWHERE)
    assert (found.message, found.grant, found.owner, found.policy_line) == (says, grant, owner, line)
    assert (found.lane, found.hint) == ("ui", "link to a path inside the lane, or to one in its read_paths")


def test_a_link_outside_the_lane_is_told_once(judge: Judge) -> None:
    commit = commit_of(added("core/link", LINK), links={b"core/link": b"/etc/passwd"})
    assert codes(judge.commit(commit, NOWHERE)) == ["LG101"]


def test_a_link_whose_target_is_not_known_points_nowhere(judge: Judge) -> None:
    assert codes(judge.commit(commit_of(added("ui/link", LINK), links={}), NOWHERE)) == ["LG101"]


def test_a_deleted_link_points_nowhere(judge: Judge) -> None:
    assert judge.commit(commit_of(edited("ui/link", LINK, ABSENT)), NOWHERE) == []
