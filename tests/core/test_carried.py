"""Which changes that a merge carries along a rename somebody answers for."""

from __future__ import annotations

import pytest

from lanegate.core.carried import without_carried
from lanegate.core.facts import EXECUTABLE, LINK, REGULAR, Change, Commit
from lanegate.core.ownership import Ownership
from lanegate.core.policy import SHARED, Policy, Zone
from tests.core.build import UI, policy, replace, rules

BOTH = ("1" * 40, "2" * 40)


def merge(new: bytes, *olds: bytes, mode: str = REGULAR) -> Commit:
    change = Change(new, mode, mode, "a" * 40, "a" * 40)
    return Commit("3" * 40, BOTH, b"Merge\n", (change,), frozenset({new}), carried={new: frozenset(olds)})


def is_clean(commit: Commit, by: Policy | None = None) -> bool:
    used = by or policy()
    left = without_carried(commit, used, Ownership(used))
    assert bool(left.conflicts) == bool(left.changes)
    return left.is_clean_merge


@pytest.mark.parametrize(
    ("new", "olds", "is_free"),
    [
        (b"ui/new", (b"ui/old",), True),
        (b"core/new", (b"core/old",), True),
        (b"core/new", (b"ui/old",), False),
        (b"ui/new", (b"core/old",), False),
        (b"ui/new", (b"ui/old", b"core/old"), False),
        (b"ui/new", (), False),
        (b"core/new", (b"app.py",), False),  # ui may change the content of app.py
        (b"app.py", (b"ui/old",), False),  # and nothing more
        (b"nobody/new", (b"ui/old",), False),
        (b"ui/new", (b"nobody/old",), True),
        (b"ui/vendor/new", (b"ui/old",), False),
        (b"nobody/new", (b"nobody/old",), True),
    ],
)
def test_a_change_is_free_within_the_same_rights(new: bytes, olds: tuple[bytes, ...], is_free: bool) -> None:
    assert is_clean(merge(new, *olds)) is is_free


def test_what_nobody_owns_is_everybodys_where_the_policy_says_so() -> None:
    free = policy(unowned="allow")
    assert is_clean(merge(b"nobody/new", b"nobody/old"), free)
    assert is_clean(merge(b"nobody/new", b"nobody/old", b"nobody/more"), free)
    assert not is_clean(merge(b"ui/new", b"nobody/old"), free)
    assert not is_clean(merge(b"ui/vendor/new", b"nobody/old"), free)
    for grant in ("modify_paths", "read_paths"):  # a lane of which the policy says less
        assert not is_clean(merge(b"x/new", b"ui/old"), policy(replace(UI, **{grant: rules("/x/")}), unowned="allow"))
    assert is_clean(merge(b"x/new", b"nobody/old"), free)


def test_links_and_zones_are_never_free() -> None:
    assert not is_clean(merge(b"ui/new", b"ui/old", mode=LINK))
    assert is_clean(merge(b"ui/new", b"ui/old", mode=EXECUTABLE))
    for place in ("/ui/new", "/ui/old"):
        zoned = policy(zones=(Zone(rules(place), SHARED, 60),))
        assert not is_clean(merge(b"ui/new", b"ui/old"), zoned)
        assert is_clean(merge(b"ui/other", b"ui/another"), zoned)


def test_any_other_change_stays() -> None:
    carried = merge(b"ui/new", b"ui/old")
    other = Change(b"core/x", REGULAR, REGULAR, "a" * 40, "b" * 40)
    commit = carried._replace(changes=(other, *carried.changes), conflicts=carried.conflicts | {b"core/y"})
    used = policy()
    left = without_carried(commit, used, Ownership(used))
    assert (left.changes, left.conflicts) == ((other,), {b"core/y"})
    plain = commit._replace(carried={})
    assert without_carried(plain, used, Ownership(used)) is plain
