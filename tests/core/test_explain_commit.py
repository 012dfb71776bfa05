"""What is told about a commit on a ref: each fact as found, each violation beside the fact that it comes from."""

from __future__ import annotations

from typing import Any

import pytest

from lanegate.core.acceptance import Evidence, Rejection
from lanegate.core.decision import Violation
from lanegate.core.explain_commit import Aspect, explain_commit
from lanegate.core.facts import Commit, RefUpdate, Signer
from lanegate.core.ledger import Entry
from lanegate.core.policy import Policy, RefRule
from tests.core.build import CORE, MAIN, UI, edited, policy, replace

ID, TIP, OTHER = "1" * 40, "2" * 40, "3" * 40
PLAIN = RefRule(MAIN, 50)
ACCEPTED = RefRule(MAIN, 50, pushers=("integrator",), accepted=True)
COMMIT = Commit(ID, (TIP,), b"Change\n\nLane: ui\n", (edited("ui/a"),))
MERGE = Commit(ID, (TIP, OTHER), b"Merge\n")


def accepted(*values: tuple[str, str]) -> Entry:
    return Entry(12, "verdict", (("is", "accepted"), ("lane", "ui"), ("on", MAIN), *values))


def told(
    commit: Commit = COMMIT,
    rule: RefRule = ACCEPTED,
    rules: Policy | None = None,
    violations: tuple[Violation, ...] = (),
    **evidence: Any,
) -> dict[str, Aspect]:
    update = RefUpdate(MAIN, TIP, ID, (commit,), evidence=Evidence(**evidence) if evidence else None)
    found = explain_commit(rules or policy(), rule, update, commit, violations)
    return {aspect.name: aspect for aspect in found}


def facts(*args: Any, **values: Any) -> dict[str, str]:
    return {name: aspect.fact for name, aspect in told(*args, **values).items()}


def test_a_ref_that_asks_for_nothing_more() -> None:
    assert facts(rule=PLAIN) == {"ref": f"rule {MAIN}: anybody may push", "lane": "ui, active", "paths": "ui/a"}


def test_a_clean_merge_needs_little() -> None:
    rule = replace(ACCEPTED, gates=("full",), order=("implementation",))
    assert facts(MERGE, rule, policy(identity="signature")) == {
        "ref": f"rule {MAIN}: pushed by integrator",
        "lane": "a clean merge needs none",
        "paths": "none changed",
    }


@pytest.mark.parametrize(
    ("entries", "fact"),
    [
        ((), "none"),
        ((accepted(("by", "cy")),), "accepted by cy (record 12)"),
        ((accepted(("carried", OTHER)),), "accepted (record 12), carried over from 333333333333"),
        (
            (Entry(3, "verdict", (("is", "accepted"), ("lane", "ui"), ("on", "refs/heads/release/1"))),),
            "none for this ref; accepted for refs/heads/release/1",
        ),
    ],
)
def test_verdict(entries: tuple[Entry, ...], fact: str) -> None:
    assert facts(entries={ID: entries})["verdict"] == fact


@pytest.mark.parametrize(
    ("message", "lane"),
    [(b"No lane\n", "not known"), (b"x\n\nLane: nobody\n", "not known"), (b"x\n\nLane: ui\nLane: core\n", "not known")],
)
def test_lane_that_is_not_known(message: bytes, lane: str) -> None:
    rules = policy(replace(UI, depends_on=(("core", "hard"),)))
    found = facts(replace(COMMIT, message=message), replace(ACCEPTED, order=("quality",)), rules)
    assert found["lane"] == lane
    assert {"depends on", "assumptions", "order", "rejections"}.isdisjoint(found)


@pytest.mark.parametrize(
    ("identity", "signer", "fact"),
    [
        ("none", None, None),
        ("signature", Signer("bob"), "signed by bob"),
        ("signature", Signer(None, reason="it has no signature"), "not proven: it has no signature"),
        ("signature", None, None),
        (
            "either",
            Signer(None, reason="it has no signature"),
            "whoever pushes it to its lane's ref; a clone does not know",
        ),
        ("pusher", None, "whoever pushes it to its lane's ref; a clone does not know"),
    ],
)
def test_identity(identity: str, signer: Signer | None, fact: str | None) -> None:
    assert facts(replace(COMMIT, signer=signer), rules=policy(identity=identity)).get("identity") == fact


def test_many_paths_are_counted() -> None:
    changes = tuple(edited(f"ui/{n}") for n in range(7))
    assert facts(replace(COMMIT, changes=changes))["paths"] == "ui/0, ui/1, ui/2, ui/3, ui/4 and 2 more"


def test_gates() -> None:
    rule = replace(ACCEPTED, gates=("full", "style"))
    assert facts(rule=rule)["gates"] == "asked for full, style; the verdict shows none"
    rule = replace(rule, gate_tip=True)
    assert facts(rule=rule, entries={ID: (accepted(("gate", "full")),)})["gates"] == (
        "asked for full, style; the verdict shows full; the pushed tip needs a gate record of its own"
    )


def test_dependencies_and_assumptions() -> None:
    lane = replace(UI, depends_on=(("core", "hard"), ("docs", "soft"), ("old", "hard")))
    commit = replace(COMMIT, message=b"x\n\nLane: ui\nAssumption: A1 sorted\nAssumption: A2 fast\n")
    found = facts(commit, rules=policy(lane), met=frozenset({"core"}), reconciled={"ui": frozenset({"A2"})})
    assert found["depends on"] == "core (hard), met, docs (soft), not met, old (hard), met"
    assert found["assumptions"] == "A1, A2 (reconciled by a record)"
    assert "depends on" not in facts(commit, PLAIN, policy(lane))


def test_order_and_rejections() -> None:
    rule = replace(ACCEPTED, order=("requirements", "implementation"))
    assert facts(rule=rule)["order"] == "ui is of kind implementation; order: requirements, implementation"
    free = policy(replace(UI, kind="quality"))
    assert facts(rule=rule, rules=free)["order"].startswith("ui is of kind quality, which is free; order: ")
    rejections = {"ui": (Rejection(4, "cy", TIP), Rejection(6, None, TIP))}
    assert facts(rejections=rejections)["rejections"] == "record 4 by cy, record 6"


def test_revert() -> None:
    commit = replace(COMMIT, message=f"x\n\nLane: ui\nReverts: {OTHER}\n".encode())
    assert facts(commit)["revert"] == f"takes back {OTHER}"


def test_violations_stand_beside_their_facts() -> None:
    mine = Violation("LG301", "no verdict", commit=ID)
    whole = Violation("LG503", "order", commit=TIP)
    odd = Violation("LG999", "new", commit=ID)
    theirs = Violation("LG301", "no verdict", commit=OTHER)
    other = Commit(OTHER, (TIP,), b"Other\n\nLane: core\n")
    update = RefUpdate(MAIN, TIP, "4" * 40, (other, COMMIT))
    found = explain_commit(policy(CORE), ACCEPTED, update, COMMIT, (mine, whole, odd, theirs))
    by_name = {aspect.name: aspect.violations for aspect in found if aspect.violations}
    assert by_name == {"verdict": (mine,), "order": (whole,), "other": (odd,)}
