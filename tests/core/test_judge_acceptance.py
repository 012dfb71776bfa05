"""Verdicts and gates of accepted refs (LG301 to LG304), and what a verdict vouches for, by table."""

from __future__ import annotations

from typing import Any

import pytest

from lanegate.core.acceptance import Evidence, Likeness, candidates
from lanegate.core.facts import Signer
from lanegate.core.judge_push import Push
from lanegate.core.ledger import Entry
from lanegate.core.policy import Policy, RefRule
from tests.core.build import MAIN, NEW, OLD, OTHER, POLICY_PATH, THIRD, UI, codes, edited, merge_of, replace, update_of
from tests.core.build_ledger import (
    BOT,
    RELEASE,
    accepted_policy,
    accepts,
    line_of,
    rejects,
    signed,
    told,
    withdraws,
)

FREE = accepted_policy(self_accept=True)
LOCAL = accepted_policy(identity="none")


def about(*lines: Entry, **fields: Any) -> Evidence:
    """Evidence with these lines about the commit NEW."""
    return Evidence(entries={NEW: lines}, **fields)


#: (lines about a commit of lane ui signed by bob, policy, codes, words of the message).
VERDICTS = [
    ((accepts(),), None, [], ""),
    ((), None, ["LG301"], "no accepted verdict for refs/heads/main"),
    ((accepts(on=RELEASE),), None, ["LG301"], f"accepted for {RELEASE}, not for {MAIN}"),
    ((accepts(on=RELEASE), withdraws(on=RELEASE)), None, ["LG301"], "no accepted verdict for refs/heads/main"),
    ((line_of(1, "gate", gate="full"),), None, ["LG301"], "no accepted verdict for refs/heads/main"),
    ((accepts(), withdraws()), None, ["LG301"], "its verdict for refs/heads/main was withdrawn by dan (record 2)"),
    ((accepts(), withdraws(by="cy")), None, [], ""),
    ((accepts(), withdraws(), accepts(3, by="cy"), withdraws(4, by="cy")), None, ["LG301"], "by cy (record 4)"),
    ((rejects(),), None, ["LG302"], "rejected for refs/heads/main by dan (record 1)"),
    ((accepts(), rejects(2, by="cy")), None, ["LG302"], "by cy (record 2)"),
    ((rejects(), accepts(2)), None, [], ""),
    ((accepts(by="zoe"),), None, ["LG301"], "accepted by zoe, who is no acceptor (record 1)"),
    ((accepts(by="server:main"),), None, ["LG301"], "who is no acceptor"),
    ((accepts(by=None),), None, ["LG301"], "accepted by nobody who is proven (record 1)"),
    ((accepts(by="bob"),), None, ["LG301"], "accepted by bob, who signed the commit (record 1)"),
    ((accepts(by="bob"),), FREE, [], ""),
    ((accepts(by="zoe"),), FREE, ["LG301"], "who is no acceptor"),
    ((accepts(lane="core"),), None, ["LG301"], "(record 1) is for lane core, the commit names lane ui"),
    ((accepts(lane="core"),), FREE, ["LG301"], "is for lane core"),
    ((accepts(by=None),), LOCAL, [], ""),
    ((accepts(by="bob"),), LOCAL, [], ""),
    ((accepts(by=None, lane="core"),), LOCAL, ["LG301"], "is for lane core"),
    ((rejects(by=None),), LOCAL, ["LG302"], "rejected for refs/heads/main (record 1)"),
    ((accepts(by=None), withdraws(by=None)), LOCAL, ["LG301"], "its verdict for refs/heads/main was withdrawn (record"),
    ((), LOCAL, ["LG301"], "no accepted verdict"),
]


@pytest.mark.parametrize(("lines", "by", "expected", "words"), VERDICTS)
def test_a_commit_lands_on_the_word_of_its_verdict(
    lines: tuple[Entry, ...], by: Policy | None, expected: list[str], words: str
) -> None:
    found = told(signed(), evidence=about(*lines), by=by)
    assert codes(found) == expected
    assert all(words in violation.message for violation in found)
    assert all((one.commit, one.ref, one.lane, one.policy_line) == (NEW, MAIN, "ui", 50) for one in found)
    assert all((one.subject, one.owner) == ("Change", "bob") for one in found)
    asked = candidates(by or accepted_policy(), MAIN, (signed(),), {NEW: lines})
    assert told(signed(), evidence=about(*lines, found=asked), by=by) == found


def test_nobody_accepts_work_of_a_lane_that_they_own() -> None:
    lane = replace(UI, owners=("bob", "dan"))
    (found,) = told(signed(), evidence=about(accepts()), by=accepted_policy(lane))
    assert (found.code, found.message) == ("LG301", "accepted by dan, who owns lane ui (record 1)")
    assert told(signed(), evidence=about(accepts()), by=accepted_policy(lane, self_accept=True)) == []


def test_a_lane_that_the_policy_has_no_more() -> None:
    assert codes(told(signed(lane="gone"), evidence=about(accepts(lane="gone")))) == ["LG201"]


def test_without_any_evidence_nothing_is_accepted() -> None:
    assert codes(told(signed(), evidence=None)) == ["LG301"]


def test_other_refs_ask_for_no_verdict() -> None:
    update = update_of(signed(), ref="refs/heads/lane/ui")
    assert told(signed(), evidence=None, push=Push((update,), MAIN), ref="refs/heads/lane/ui") == []


def test_a_clone_does_not_judge_acceptance() -> None:
    assert told(signed(), evidence=None, push=Push((), MAIN, judges_acceptance=False)) == []


def test_the_hint_names_who_may_accept() -> None:
    """Not bob, who signed it and owns the lane."""
    (found,) = told(signed(), evidence=about())
    assert found.hint == f"ask an acceptor (dan, cy): lanegate accept {NEW[:12]}"
    (found,) = told(signed(), evidence=about(), by=FREE)
    assert found.hint == f"ask an acceptor (dan, cy, bob): lanegate accept {NEW[:12]}"
    owning = accepted_policy(replace(UI, owners=("cy",)))
    assert told(signed(), evidence=about(), by=owning)[-1].hint.startswith("ask an acceptor (dan): ")
    alone = accepted_policy(roles={"acceptor": ("bob",)})
    assert told(signed(), evidence=about(), by=alone)[0].hint.startswith(
        "ask an acceptor (the policy names none who may)"
    )
    assert told(signed(), evidence=about(), by=LOCAL)[0].hint == f"lanegate accept {NEW[:12]}"


def test_a_commit_without_a_lane_says_so_and_that_nobody_accepted_it() -> None:
    (lane, verdict) = told(signed(lane=None), evidence=about())
    assert (lane.code, verdict.code) == ("LG201", "LG301")
    assert verdict.hint == f"ask an acceptor (dan, cy): lanegate accept {NEW[:12]}"


def test_an_unsigned_commit_may_be_accepted_by_anybody() -> None:
    """LG203 says what is wrong with it."""
    assert codes(told(replace(signed(), signer=None), evidence=about(accepts()))) == []
    assert codes(told(signed(signer=None), evidence=about(accepts()))) == ["LG203"]


SAME = Likeness(OTHER, 7, True)
LIKE = Likeness(OTHER, 7, False)


def test_a_lost_verdict_is_named() -> None:
    carry = f"lanegate accept --carry {OTHER[:12]} {NEW[:12]}"
    (found,) = told(signed(), evidence=about(alike={NEW: SAME}))
    assert found.message.endswith(f"; the same change was accepted as {OTHER[:12]} (record 7)")
    assert found.hint == f"ask an acceptor (dan, cy): {carry}"
    (found,) = told(signed(), evidence=about(alike={NEW: LIKE}))
    assert found.message.endswith(f"; it looks like {OTHER[:12]}, made anew after its verdict (record 7)")
    assert found.hint.endswith(f"lanegate accept {NEW[:12]} (where only the base is another one: {carry})")


TWO = (signed(), replace(signed(), id=OTHER))


def test_a_mixed_range_is_told_once_beside_what_is_wrong() -> None:
    found = told(*TWO, evidence=about(accepts()))
    assert codes(found) == ["LG301", "LG303"]
    assert (found[1].ref, found[1].commit) == (MAIN, NEW)
    accepted, missing = f"1 commit ({NEW[:12]}) accepted", f"1 commit ({OTHER[:12]}) not"
    assert found[1].message == f"mixed: {accepted}, {missing}; nothing of it lands"
    assert codes(told(*TWO, evidence=Evidence({NEW: (accepts(),), OTHER: (rejects(),)}))) == ["LG302", "LG303"]
    assert codes(told(*TWO, evidence=Evidence())) == ["LG301", "LG301"]
    assert codes(told(*TWO, evidence=Evidence({NEW: (accepts(),), OTHER: (accepts(),)}))) == []


def test_many_ids_are_cut() -> None:
    many = [replace(signed(), id=f"{number:040x}") for number in range(1, 8)]
    found = told(*many, signed(), evidence=about(accepts()))
    assert "7 commits (" in found[-1].message
    assert found[-1].message.count("00000000000") == 5
    assert ", …)" in found[-1].message


def test_a_clean_merge_needs_none_an_edited_one_does() -> None:
    merge = merge_of(signer=Signer("bob"))
    assert told(merge, evidence=about()) == []
    assert codes(told(replace(merge, changes=(edited("ui/x"),)), evidence=about())) == ["LG301"]
    assert told(replace(merge, changes=(edited("ui/x"),)), evidence=about(accepts())) == []


BOTS = "Bump a dependency\n"
#: (lines, signer, path, codes): a commit without `Lane`.
UNNAMED = [
    ((accepts(lane="bot"),), None, "deps/x", []),
    ((accepts(lane="bot"),), "zoe", "deps/x", []),
    ((accepts(lane="bot", by="cy"),), "cy", "deps/x", ["LG201", "LG301"]),
    ((accepts(lane="bot"),), None, "ui/x", ["LG101"]),
    ((accepts(lane="ui"),), None, "ui/x", ["LG201"]),
    ((rejects(lane="bot"),), None, "deps/x", ["LG201", "LG302"]),
    ((accepts(lane="bot", by="zoe"),), None, "deps/x", ["LG201", "LG301"]),
    ((), None, "deps/x", ["LG201", "LG301"]),
]


@pytest.mark.parametrize(("lines", "signer", "path", "expected"), UNNAMED)
@pytest.mark.parametrize("identity", ["signature", "pusher", "either"])
def test_bots(identity: str, lines: tuple[Entry, ...], signer: str | None, path: str, expected: list[str]) -> None:
    commit = signed(edited(path), message=BOTS, signer=signer)
    assert codes(told(commit, evidence=about(*lines), by=accepted_policy(identity=identity))) == expected


def test_a_bots_lane_with_a_task_asks_no_bot_for_it() -> None:
    by = accepted_policy(replace(BOT, task="T-1", subject_prefix="[B]"))
    assert told(signed(edited("deps/x"), message=BOTS), evidence=about(accepts(lane="bot")), by=by) == []
    done = accepted_policy(replace(BOT, state="done"))
    assert codes(told(signed(edited("deps/x"), message=BOTS), evidence=about(accepts(lane="bot")), by=done)) == [
        "LG201"
    ]


def test_a_commit_that_names_a_bots_lane_is_like_any_other() -> None:
    commit = signed(edited("deps/x"), lane="bot", signer=None)
    assert codes(told(commit, evidence=about(accepts(lane="bot")))) == ["LG203"]


LANE_REF = "refs/heads/lane/bot"
#: (identity, pusher, message, codes): an unsigned commit on the ref of a lane with `bots`.
ON_LANE = [
    ("signature", None, BOTS, []),
    ("signature", None, BOTS + "\nLane: bot\n", ["LG203"]),
    ("signature", None, BOTS + "\nLane: bot\n x\n", ["LG201"]),
    ("pusher", "ana", BOTS, []),
    ("pusher", "zoe", BOTS, ["LG202"]),
    ("either", "ana", BOTS, []),
    ("either", "zoe", BOTS, ["LG202"]),
    ("none", None, BOTS, []),
]


@pytest.mark.parametrize(("identity", "pusher", "message", "expected"), ON_LANE)
def test_bots_on_their_own_ref(identity: str, pusher: str | None, message: str, expected: list[str]) -> None:
    commit = signed(edited("deps/x"), message=message, signer=None)
    update = update_of(commit, ref=LANE_REF)
    push = Push((update,), MAIN, judges_people=identity != "none", pusher=pusher, pusher_name=pusher)
    assert (
        codes(told(commit, evidence=None, by=accepted_policy(identity=identity), push=push, ref=LANE_REF)) == expected
    )


def test_without_bots_a_lane_is_named() -> None:
    by = accepted_policy(replace(BOT, bots=False))
    commit = signed(edited("deps/x"), message=BOTS)
    assert codes(told(commit, evidence=None, by=by, push=Push((), MAIN), ref=LANE_REF)) == ["LG201"]
    assert codes(told(commit, evidence=about(accepts(lane="bot")), by=by)) == ["LG201"]


def test_under_identity_pusher_a_verdict_vouches_for_who_pushed() -> None:
    """Its record was only taken for commits on the lane's ref."""
    by = accepted_policy(identity="pusher")
    push = Push((), MAIN, judges_people=True, pusher="zoe")
    commit = replace(signed(), signer=None)
    assert told(commit, evidence=about(accepts()), by=by, push=push) == []
    assert codes(told(commit, evidence=about(), by=by, push=push)) == ["LG202", "LG301"]
    assert codes(told(commit, evidence=about(accepts(lane="core")), by=by, push=push)) == ["LG202", "LG301"]
    either = accepted_policy(identity="either")
    assert codes(told(signed(signer="zoe"), evidence=about(accepts()), by=either, push=push)) == ["LG202"]


BOTH = {"gates": ("full", "targeted"), "gate_tip": False}
#: (lines about the commit, codes, gates named in the message).
GATES = [
    ((accepts(gate=("full", "targeted"), ran=OTHER),), [], ""),
    ((accepts(gate=("full", "more", "targeted"), ran=OTHER),), [], ""),
    ((accepts(gate=("targeted",), ran=OTHER),), ["LG304"], "no pass of full,"),
    ((accepts(),), ["LG304"], "no pass of full, targeted,"),
    ((accepts(gate=("full", "targeted")), accepts(2)), ["LG304"], "(record 2)"),
    ((accepts(), line_of(2, "gate", gate=("full", "targeted"))), ["LG304"], "(record 1)"),
    ((rejects(),), ["LG302"], ""),
    ((), ["LG301"], ""),
]


@pytest.mark.parametrize(("lines", "expected", "words"), GATES)
def test_the_report_of_the_verdict_shows_the_gates(lines: tuple[Entry, ...], expected: list[str], words: str) -> None:
    found = told(signed(), evidence=about(*lines), by=accepted_policy(**BOTH))
    assert codes(found) == expected
    assert all(words in violation.message for violation in found)
    gate_run = f"lanegate gate run --lane ui {NEW[:12]}, then have it accepted with the report"
    assert all(violation.hint == gate_run for violation in found if violation.code == "LG304")


def ran(number: int, gate: Any = (), failed: Any = ()) -> Entry:
    return line_of(number, "gate", gate=gate, failed=failed, by="dan")


VERDICT = accepts(gate=("full", "targeted"), ran=NEW)
#: (lines about the tip, gates that its own record misses).
TIP = [
    ((VERDICT,), ""),
    ((accepts(gate=("full", "targeted"), ran=OTHER),), "full, targeted"),
    ((ran(1, ("full", "targeted")),), ""),
    ((ran(1, ("full",)),), "targeted"),
    ((ran(1, ("full",)), ran(2, ("targeted",))), ""),
    ((ran(1, ("full", "targeted")), ran(2, (), ("full",))), "full"),
    ((ran(1, ("targeted",), ("full",)), ran(2, ("full",))), ""),
    ((VERDICT, ran(2, (), ("targeted",))), "targeted"),
    ((VERDICT, withdraws(2)), "full, targeted"),
    ((VERDICT, accepts(2, by="cy")), "full, targeted"),
    ((VERDICT._replace(values=(*VERDICT.values[1:], ("is", "rejected"))),), "full, targeted"),
    ((VERDICT._replace(number=1), rejects(2)), "full, targeted"),
    ((), "full, targeted"),
]


@pytest.mark.parametrize(("lines", "missing"), TIP)
def test_the_tip_has_its_own_gates_even_a_clean_merge(lines: tuple[Entry, ...], missing: str) -> None:
    by = accepted_policy(gates=("full", "targeted"), gate_tip=True)
    found = told(merge_of(), evidence=about(*lines), by=by)
    assert codes(found) == (["LG304"] if missing else [])
    words = f"no record that {missing} passed on {NEW[:12]}, the new tip of main"
    assert all(one.message == words for one in found)
    assert told(merge_of(), evidence=about(*lines), by=accepted_policy(**BOTH)) == []


def test_nothing_new_still_has_the_gates_of_the_tip() -> None:
    by = accepted_policy(gates=("full",), gate_tip=True)
    assert codes(told(evidence=about(), by=by, old=None, fast_forward=None)) == ["LG304"]


def test_a_deletion_is_no_landing() -> None:
    assert codes(told(evidence=None, new=None)) == ["LG602"]


STRAIGHT = RefRule(RELEASE, 51, accepted=True, force=True, start=MAIN)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, []),
        ({"fast_forward": False, "on_first_parent_chain": False}, []),  # its rule says force
        ({"on_first_parent_chain": False}, ["LG603"]),
        ({"old": None, "fast_forward": None, "on_first_parent_chain": None}, []),
        ({"old": None, "fast_forward": None, "on_first_parent_chain": None, "has_no_start": True}, ["LG601"]),
    ],
)
def test_every_accepted_ref_keeps_its_first_parent_chain(fields: dict[str, Any], expected: list[str]) -> None:
    by = accepted_policy(refs=(STRAIGHT,))
    evidence = about(accepts(on=RELEASE))
    found = told(signed(), evidence=evidence, by=by, push=Push((), MAIN), ref=RELEASE, **fields)
    assert codes(found) == expected
    assert codes(told(signed(), evidence=evidence, by=by, push=Push((), MAIN), ref=RELEASE, old=OLD)) == []


def test_a_lone_policy_commit_of_the_bootstrap_pusher_is_excused() -> None:
    commit = signed(edited(POLICY_PATH), lane="core", id=THIRD)
    push = Push((), MAIN, judges_people=True, is_bootstrap=True)
    assert told(commit, evidence=None, push=push) == []
    assert codes(told(commit, evidence=None, push=replace(push, is_bootstrap=False))) == ["LG202", "LG301", "LG701"]
