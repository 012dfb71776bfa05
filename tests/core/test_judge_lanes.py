"""What lanes ask of each other before one lands (LG501, LG502, LG503, LG505), by table."""

from __future__ import annotations

from typing import Any

import pytest

from lanegate.core.acceptance import Evidence, Rejection
from lanegate.core.judge_lanes import assumptions, reconciled
from lanegate.core.ledger import Entry
from lanegate.core.message import read_trailers
from tests.core.build import CORE, DONE, MAIN, NEW, OTHER, THIRD, UI, codes, edited, merge_of, replace
from tests.core.build_ledger import accepted_policy, accepts, rejects, signed, told

HARD_UI = replace(UI, depends_on=(("core", "hard"),))
SOFT_UI = replace(UI, depends_on=(("core", "soft"),))


def evidence_of(*lines: Entry, **fields: Any) -> Evidence:
    return Evidence(entries={NEW: lines or (accepts(),)}, **fields)


#: (lanes of the policy, lanes that are met, codes): a commit of ui, which depends on core.
HARD = [
    ((HARD_UI,), (), ["LG501"]),
    ((HARD_UI,), ("core",), []),
    ((HARD_UI,), ("ui", "docs"), ["LG501"]),
    ((HARD_UI, replace(CORE, state="done")), (), []),
    ((HARD_UI, replace(CORE, state="planned")), (), ["LG501"]),
    ((replace(UI, depends_on=(("core", "hard"), ("docs", "hard"))),), ("core",), ["LG501"]),
    ((replace(UI, depends_on=(("core", "hard"), ("docs", "hard"))),), (), ["LG501", "LG501"]),
    ((replace(CORE, depends_on=(("ui", "hard"),)),), (), []),
]


@pytest.mark.parametrize(("lanes", "met", "expected"), HARD)
def test_a_hard_dependency_has_landed(lanes: Any, met: tuple[str, ...], expected: list[str]) -> None:
    found = told(signed(), evidence=evidence_of(met=frozenset(met)), by=accepted_policy(*lanes))
    assert codes(found) == expected
    assert all((one.lane, one.policy_line, one.ref) == ("ui", 10, MAIN) for one in found)


def test_a_hard_dependency_is_told_once_and_names_the_task() -> None:
    lane = replace(UI, depends_on=(("docs", "hard"),))
    both = Evidence({NEW: (accepts(),), OTHER: (accepts(),)})
    (found,) = told(signed(), replace(signed(), id=OTHER), evidence=both, by=accepted_policy(lane))
    assert found.message.startswith("ui depends on docs (hard), and nothing of task T-12")
    assert told(merge_of(), evidence=Evidence(), by=accepted_policy(lane)) == []


def saying(*trailers: str) -> str:
    return "\n".join(("Change", "", "Lane: ui", *trailers, ""))


#: (trailers of a commit of ui, assumptions of ui that records answer, words of the LG502, "" for none).
SOFT = [
    ((), (), "does not say what it assumes"),
    (("Reconciled: A1",), ("A1",), "does not say what it assumes"),
    (("Assumption: none",), (), ""),
    (("Assumption: none  ",), (), ""),
    (("Assumption: None",), (), "says nothing about what `Assumption: None` is"),
    (("Assumption: A1",), ("A1",), "says nothing about what `Assumption: A1` is"),
    (("Assumption: A1  ",), ("A1",), "says nothing about what `Assumption: A1` is"),
    (("Assumption: A1 the index is sorted",), (), "assumption A1 about core is not reconciled"),
    (("Assumption: A1 the index is sorted",), ("A1",), ""),
    (("Assumption: A1 sorted", "Assumption: A2 unique"), ("A1",), "assumption A2 about core"),
    (("Assumption: A1 sorted", "Assumption: A2 unique"), (), "assumption A1, A2 about core"),
    (("Assumption: A1 sorted", "Assumption: A2"), ("A1", "A2"), "says nothing about what `Assumption: A2` is"),
    (("Assumption: A1 sorted", "Assumption: A2 unique"), ("A2", "A1", "A0"), ""),
    (("Assumption: A1 sorted", "Assumption: none"), ("A1",), ""),
    (("Assumption: A1 sorted", "Reconciled: A1"), (), ""),
    (("Assumption: A1 sorted", "Reconciled: A1 as merged"), (), ""),
    (("Assumption: A1 sorted", "Reconciled: A12"), (), "assumption A1 about core"),
    (("Assumption: a1 sorted", "Reconciled: A1"), ("A1",), "assumption a1 about core"),
    (("Assumption: none of it is sorted",), (), "assumption none about core"),
]


@pytest.mark.parametrize(("trailers", "answered", "words"), SOFT)
def test_an_assumption_is_reconciled(trailers: tuple[str, ...], answered: tuple[str, ...], words: str) -> None:
    evidence = evidence_of(reconciled={"ui": frozenset(answered), "core": frozenset(("A1", "a1", "A12"))})
    commit = signed(message=saying(*trailers))
    found = told(commit, evidence=evidence, by=accepted_policy(SOFT_UI))
    assert codes(found) == (["LG502"] if words else [])
    assert all(words in one.message for one in found)


def test_nothing_is_assumed_once_the_other_lane_has_landed() -> None:
    commit = signed(message=saying("Assumption: A1"))
    assert told(commit, evidence=evidence_of(met=frozenset({"core"})), by=accepted_policy(SOFT_UI)) == []
    done = accepted_policy(SOFT_UI, replace(CORE, state="done"))
    assert told(commit, evidence=evidence_of(), by=done) == []
    assert told(commit, evidence=evidence_of(), by=accepted_policy()) == []


def test_another_commit_of_the_lane_answers() -> None:
    first = signed(message=saying("Assumption: A1 sorted"))
    second = replace(first, id=OTHER, message=saying("Assumption: none", "Reconciled: A1").encode())
    both = Evidence({NEW: (accepts(),), OTHER: (accepts(),)})
    assert told(first, second, evidence=both, by=accepted_policy(SOFT_UI)) == []
    other = signed(edited("core/x"), message="Change\n\nLane: core\nReconciled: A1\n", signer="ana", id=OTHER)
    both = Evidence({NEW: (accepts(),), OTHER: (accepts(lane="core"),)})
    (found,) = told(first, other, evidence=both, by=accepted_policy(SOFT_UI))
    assert (found.code, found.commit) == ("LG502", NEW)


def test_the_trailers_as_they_are_read() -> None:
    trailers = read_trailers(b"Change\n\nAssumption: A1  two  spaces\nReconciled: B1  x\nReconciled: B2\n")
    assert assumptions(trailers) == (("A1",), None)
    assert reconciled(trailers) == {"B1", "B2"}


ORDER = ("requirements", "implementation", "quality")
REQUIREMENTS = replace(CORE, kind="requirements")
QUALITY = replace(UI, kind="quality")
#: (kind of ui, order, lanes with accepted work that stays behind, codes); core is requirements, docs implementation.
ORDERS = [
    ("implementation", ORDER, ("core",), ["LG503"]),
    ("implementation", ORDER, (), []),
    ("implementation", ORDER, ("docs",), []),
    ("quality", ORDER, ("core", "docs"), ["LG503", "LG503"]),
    ("requirements", ORDER, ("core", "docs"), []),
    ("operations", ORDER, ("core", "docs"), []),
    ("implementation", (), ("core",), []),
    ("implementation", ("implementation", "requirements"), ("core",), []),
    ("quality", ("quality", "requirements"), ("core", "docs"), []),
    ("quality", ("requirements", "quality"), ("docs",), []),
]


@pytest.mark.parametrize(("kind", "order", "behind", "expected"), ORDERS)
def test_kinds_land_in_order(kind: str, order: tuple[str, ...], behind: tuple[str, ...], expected: list[str]) -> None:
    by = accepted_policy(replace(UI, kind=kind), REQUIREMENTS, order=order)
    found = told(signed(), evidence=evidence_of(waiting=dict.fromkeys(behind, (THIRD, OTHER))), by=by)
    assert codes(found) == expected
    assert all(f"2 commits ({THIRD[:12]}, {OTHER[:12]})" in one.message for one in found)
    assert all(one.message.startswith("ui would land before ") for one in found)


def test_several_lanes_in_one_push() -> None:
    """docs (implementation) comes too late for core alone, ui (quality) for both."""
    core = signed(edited("core/x"), lane="core", signer="ana", id=OTHER)
    by = accepted_policy(QUALITY, REQUIREMENTS, order=ORDER)
    evidence = Evidence({NEW: (accepts(),), OTHER: (accepts(lane="core"),)}, waiting={"core": (THIRD,)})
    (found,) = told(core, signed(), evidence=evidence, by=by)
    assert (found.code, found.lane) == ("LG503", "core")
    assert found.message.startswith(
        "ui would land before core (requirements), whose accepted work stays behind: 1 commit"
    )
    assert told(core, evidence=evidence, by=by) == []


def test_a_commit_of_no_lane_has_no_place_in_the_order() -> None:
    by = accepted_policy(QUALITY, REQUIREMENTS, order=ORDER)
    found = told(signed(lane="nobody"), evidence=evidence_of(waiting={"core": (THIRD,)}), by=by)
    assert codes(found) == ["LG201"]


REJECTED = Rejection(5, "dan", OTHER)
ON_TOP = REJECTED._replace(descendants=frozenset({NEW}))
#: (line that decides, rejections of ui, codes).
REJECTIONS = [
    (accepts(6), (REJECTED,), ["LG505"]),
    (accepts(6), (ON_TOP,), []),
    (accepts(4), (REJECTED,), []),
    (accepts(6), (ON_TOP, REJECTED), ["LG505"]),
    (accepts(6), (REJECTED, REJECTED), ["LG505"]),
    (accepts(6), (), []),
    (rejects(5), (REJECTED,), ["LG302"]),
    (rejects(6), (REJECTED,), ["LG302"]),
]


@pytest.mark.parametrize(("line", "rejections", "expected"), REJECTIONS)
def test_a_rejected_lane_stands_on_what_the_ref_held(line: Entry, rejections: Any, expected: list[str]) -> None:
    found = told(signed(), evidence=evidence_of(line, rejections={"ui": rejections, "core": (REJECTED,)}))
    assert codes(found) == expected


def test_a_rejection_says_by_whom() -> None:
    (found,) = told(signed(), evidence=evidence_of(accepts(6), rejections={"ui": (REJECTED,)}))
    words = "lane ui was rejected by dan (record 5), and this does not stand on what main held then, "
    assert found.message == words + OTHER[:12]
    local = evidence_of(accepts(6), rejections={"ui": (REJECTED._replace(by=None),)})
    assert told(signed(), evidence=local)[0].message.startswith("lane ui was rejected (record 5)")


def test_lanes_that_are_over_ask_for_nothing() -> None:
    assert codes(told(signed(lane="old"), evidence=evidence_of(accepts(lane="old")), by=accepted_policy(DONE))) == [
        "LG201"
    ]
