"""Claims that take from one lane alone, beside those that take from all (core/claims.py)."""

from __future__ import annotations

from lanegate.core.claims import Claim, Reach, owned_lists, spread_claims
from tests.core.build_locks import covers


def test_what_takes_from_one_lane_takes_nothing_from_another() -> None:
    """`/a/*` is shallow, so ui keeps what it has below; that core has nothing in /a/x/ is none of its business."""
    reaches = [
        Reach(Claim("/a/", "ui"), shallow=False),
        Reach(Claim("/a/x/", None, only="core"), shallow=False),
        Reach(Claim("/a/*", None, only="ui"), shallow=True),
    ]
    claims, lost = spread_claims(reaches)
    ui = owned_lists(claims)["ui"]
    assert lost == ()
    assert [covers(ui, path) for path in (b"a/b", b"a/b/c", b"a/x", b"a/x/y")] == [False, True, False, True]


def test_what_is_below_stays_kept_from_the_one_lane_alone() -> None:
    """Whoever is given the files of /a: ui has what is in its folders, and core still nothing of /a/x/."""
    reaches = [
        Reach(Claim("/a/", "ui"), shallow=False),
        Reach(Claim("/a/x/", None, only="core"), shallow=False),
        Reach(Claim("/a/*", None), shallow=True),
    ]
    claims, _ = spread_claims(reaches)
    assert [covers(owned_lists(claims)["ui"], path) for path in (b"a/b", b"a/b/c", b"a/x/y")] == [False, True, True]
    assert claims[-1] == Claim("/a/x/**", None, only="core")


def test_a_name_at_any_depth_is_kept_below_a_shallow_claim() -> None:
    anywhere = Reach(Claim("**/x.md", "docs"), shallow=False)
    claims, lost = spread_claims([anywhere, Reach(Claim("/a/*", "core"), shallow=True)])
    found = owned_lists(claims)["docs"]
    asked = (b"x.md", b"b/x.md", b"a/x.md", b"a/b/x.md", b"a/b/c/x.md", b"a/x.md/y", b"a/b/y")
    assert [covers(found, path) for path in asked] == [True, True, False, True, True, True, False]
    assert lost == ()
    for folder in ("/?/*", "/b*/*"):
        claims, lost = spread_claims([anywhere, Reach(Claim(folder, "core"), shallow=True)])
        assert lost == ((1, "**/x.md"),), "no pattern says which x.md stands directly in such a folder"
        assert not covers(owned_lists(claims)["docs"], b"b/x.md")
    claims, lost = spread_claims([anywhere, Reach(Claim("/?/*", None, only="ui"), shallow=True)])
    assert (lost, covers(owned_lists(claims)["docs"], b"b/c/x.md")) == (((1, "**/x.md"),), True)
