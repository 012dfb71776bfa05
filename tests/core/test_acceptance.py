"""Which verdict decides: tables, and random ledgers against a second computation that goes by time, backwards."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.core.acceptance import accepted_refs, candidates, deciding, is_accepted, is_lifted, meets
from lanegate.core.ledger import Entry
from tests.core.build import DOCS, MAIN, NEW, OTHER, UI, commit_of, merge_of, replace
from tests.core.build_ledger import BOT, RELEASE, accepted_policy, accepts, line_of, rejects, withdraws

#: (lines about a commit, number of the record that decides for main).
DECIDE = [
    ((), None),
    ((accepts(1),), 1),
    ((accepts(1), accepts(2, by="cy")), 2),
    ((accepts(1), rejects(2, by="cy")), 2),
    ((accepts(1, on=RELEASE),), None),
    ((accepts(1, on=(MAIN, RELEASE)),), 1),
    ((accepts(1, on="refs/heads/mai"), accepts(2, on=MAIN + "2")), None),
    ((accepts(1), withdraws(2)), None),
    ((accepts(1), withdraws(2, by="cy")), 1),
    ((accepts(1), withdraws(2, on=RELEASE)), 1),
    ((accepts(1, on=(MAIN, RELEASE)), withdraws(2, on=RELEASE)), 1),
    ((accepts(1, on=(MAIN, RELEASE)), withdraws(2, on=(MAIN, RELEASE))), None),
    ((rejects(1, by="cy"), accepts(2), withdraws(3)), 1),
    ((accepts(1), rejects(2), withdraws(3)), None),
    ((accepts(1), withdraws(2), accepts(3)), 3),
    ((accepts(1), rejects(2, by="cy"), withdraws(3, by="cy")), 1),
    ((accepts(1, by=None), withdraws(2, by=None)), None),
    ((line_of(1, "gate", gate="full", by="dan"), line_of(2, "landing", ref=MAIN, new=NEW, seen="1")), None),
]


@pytest.mark.parametrize(("entries", "number"), DECIDE)
def test_the_last_verdict_that_nobody_withdrew_decides(entries: tuple[Entry, ...], number: int | None) -> None:
    verdict = deciding(entries, MAIN)
    assert (verdict.number if verdict else None) == number


def test_accepted_and_rejected() -> None:
    assert is_accepted(accepts())
    assert not is_accepted(rejects())
    assert not is_accepted(None)


LINES = st.lists(
    st.tuples(
        st.sampled_from(["accepted", "rejected", "withdraw", "gate"]),
        st.sampled_from(["dan", "cy", None]),
        st.lists(st.sampled_from([MAIN, RELEASE, "refs/heads/x"]), min_size=1, unique=True).map(tuple),
    ),
    max_size=12,
)


def made(drawn: list[tuple[str, str | None, tuple[str, ...]]]) -> tuple[Entry, ...]:
    lines = []
    for number, (what, by, on) in enumerate(drawn, 1):
        if what in ("accepted", "rejected"):
            lines.append(line_of(number, is_=what, lane="ui", on=on, by=by))
        else:
            lines.append(line_of(number, what, on=on, by=by))
    return tuple(lines)


@given(LINES)
def test_against_a_reading_from_the_end(drawn: list[tuple[str, str | None, tuple[str, ...]]]) -> None:
    """From the newest line back: who has withdrawn is remembered, the first verdict by anybody else decides."""
    entries = made(drawn)
    for ref in (MAIN, RELEASE):
        silent: set[str | None] = set()
        expected = None
        for number, (what, by, on) in reversed(list(enumerate(drawn, 1))):
            if ref not in on or what == "gate":
                continue
            if what == "withdraw":
                silent.add(by)
            elif by not in silent:
                expected = number
                break
        found = deciding(entries, ref)
        assert (found.number if found else None) == expected
        assert (ref in accepted_refs(entries)) == is_accepted(found)


def test_accepted_refs_stand_in_order() -> None:
    refs = tuple(f"refs/heads/{name}" for name in "hgfedcba")
    assert accepted_refs((accepts(on=refs), rejects(2, on=refs[1:2]))) == tuple(sorted(refs[:1] + refs[2:]))


@given(LINES, st.sampled_from(["dan", "cy"]))
def test_who_withdraws_is_left_with_nothing(drawn: list[Any], by: str) -> None:
    entries = (*made(drawn), withdraws(99, by=by))
    found = deciding(entries, MAIN)
    assert found is None or found.one("by") != by


#: (lines, lane, whether they are landed work of it).
MEETS = [
    ((accepts(1),), UI, True),
    ((), UI, False),
    ((rejects(1),), UI, False),
    ((accepts(1, lane="docs"),), UI, False),
    ((accepts(1), withdraws(2)), UI, False),
    ((accepts(1, on=RELEASE),), UI, False),
    ((accepts(1, lane="docs", task="T-12"),), DOCS, True),
    ((accepts(1, lane="docs", task="T-11"),), DOCS, False),
    ((accepts(1, lane="docs"),), DOCS, False),
    ((accepts(1, task="T-12"),), UI, True),
]


@pytest.mark.parametrize(("entries", "lane", "expected"), MEETS)
def test_what_counts_as_landed_work(entries: tuple[Entry, ...], lane: Any, expected: bool) -> None:
    assert meets(entries, (MAIN,), lane) is expected


def test_landed_work_of_where_a_ref_begins() -> None:
    entries = (accepts(1, on=RELEASE), rejects(2))
    assert meets(entries, (MAIN, RELEASE), UI)
    assert not meets(entries, (MAIN,), UI)


REJECTION = line_of(5, commit=(NEW, OTHER), on=MAIN, tip=OTHER, by="dan")
#: (lines about NEW, lines about OTHER, whether the rejection 5 is lifted).
LIFTED = [
    ((), (), False),
    ((withdraws(6),), (withdraws(6),), True),
    ((withdraws(6),), (), False),
    ((withdraws(6),), (withdraws(7),), True),
    ((withdraws(4),), (withdraws(4),), False),
    ((withdraws(6, by="cy"),), (withdraws(6, by="cy"),), False),
    ((withdraws(6, on=RELEASE),), (withdraws(6),), False),
    ((accepts(6),), (accepts(6),), False),
]


@pytest.mark.parametrize(("new", "other", "expected"), LIFTED)
def test_a_rejection_is_lifted_by_its_writer(new: tuple[Entry], other: tuple[Entry], expected: bool) -> None:
    assert is_lifted(REJECTION, MAIN, {NEW: new, OTHER: other}) is expected


def test_a_rejection_by_nobody_who_is_proven() -> None:
    rejection = line_of(5, commit=NEW, on=MAIN, tip=OTHER)
    assert is_lifted(rejection, MAIN, {NEW: (withdraws(6, by=None),)})
    assert not is_lifted(rejection, MAIN, {NEW: (withdraws(6),)})


#: (message, lines, lane, whether only the verdict says so).
LANES = [
    ("Change\n\nLane: ui\n", (), "ui", False),
    ("Change\n\nLane: ui\n", (accepts(lane="bot"),), "ui", False),
    ("Change\n\nLane: nobody\n", (accepts(),), None, False),
    ("Change\n\nLane: ui\nLane: core\n", (accepts(),), None, False),
    ("Change\n\nLane: ui\n bot\n", (accepts(lane="bot"),), None, False),
    ("Change\n", (), None, False),
    ("Change\n", (accepts(lane="bot"),), "bot", True),
    ("Change\n", (rejects(lane="bot"),), None, False),
    ("Change\n", (accepts(lane="ui"),), None, False),
    ("Change\n", (accepts(lane="gone"),), None, False),
    ("Change\n\nTask: T-1\n", (accepts(lane="bot"),), "bot", True),
]


@pytest.mark.parametrize(("message", "entries", "lane", "is_unnamed"), LANES)
def test_the_lane_that_a_commit_comes_for(
    message: str, entries: tuple[Entry, ...], lane: str | None, is_unnamed: bool
) -> None:
    (found,) = candidates(accepted_policy(BOT), MAIN, [commit_of(message=message)], {NEW: entries})
    assert (found.lane, found.is_unnamed) == (lane, is_unnamed)
    assert found.verdict == (entries[0] if entries else None)


def test_a_clean_merge_needs_no_verdict() -> None:
    merges = [merge_of(), replace(commit_of(), id=OTHER)]
    assert [found.commit.id for found in candidates(accepted_policy(), MAIN, merges, {})] == [OTHER]
