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
