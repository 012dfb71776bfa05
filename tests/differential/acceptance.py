"""Acceptance on a ref, a second time: docs/judgement.md's section of that name, on the oracle's own plumbing.

`judge_acceptance` takes the new commits of an update of an accepted ref that are not clean merges. What the ledger
says comes from its records alone (chronicle.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.differential import trailers
from tests.differential.case import Case

Table = dict[str, Any]


def lane_named(case: Case, commit: str) -> str | None:
    """The lane of a `Lane` trailer, "" where the message has none; None where it is spoilt or there are several."""
    found = trailers.read_trailers(message(case, commit))
    named = [] if found is None else trailers.values(found, b"lane")
    if found is None or len(named) > 1:
        return None
    return named[0].decode("utf-8", "surrogateescape") if named else ""


def bots_lane(case: Case, commit: str) -> str | None:
    """The lane of a commit that need not name it: its verdict's on an accepted ref, its ref's on a {lane} ref, where
    that lane has bots. None: it has to name one."""
    if lane_named(case, commit) != "":
        return None
    if case.is_accepted:
        verdict = case.chronicle.decides(commit, case.update.ref)
        lane = verdict["lane"] if verdict is not None and verdict["verdict"] == "accepted" else None
    else:
        lane = case.match.lane if case.match is not None else None
    return lane if lane is not None and case.policy.lanes.get(lane, {}).get("bots", False) else None


def lane_of(case: Case, commit: str) -> str | None:
    """The lane that a commit comes for, None where that is no lane of the policy."""
    lane = bots_lane(case, commit) or lane_named(case, commit)
    return lane if lane in case.policy.lanes else None


def message(case: Case, commit: str) -> bytes:
    return case.git.object(commit)[1].partition(b"\n\n")[2]


def values(case: Case, commit: str, token: bytes) -> list[bytes]:
    return trailers.values(trailers.read_trailers(message(case, commit)) or [], token)


def judge_acceptance(case: Case, commits: list[str]) -> None:
    """Every rule about verdicts, gates, dependencies and order."""
    answers = {commit: verdict_problem(case, commit) for commit in commits}
    for commit, answer in answers.items():
        if answer is not None:
            case.add(*answer, commit)
    if None in answers.values() and any(answers.values()):
        case.add("LG303", "some commits are accepted, others are not")
    judge_gates(case, [commit for commit in commits if is_accepted(case, commit)])
    for commit in commits:
        judge_rejections(case, commit)
    lanes = {commit: lane_of(case, commit) for commit in commits}
    by_lane = {lane: [one for one in commits if lanes[one] == lane] for lane in lanes.values() if lane is not None}
    for lane, own in by_lane.items():
        judge_dependencies(case, lane, own)
    judge_order(case, by_lane.keys())


def verdict_problem(case: Case, commit: str) -> tuple[str, str] | None:
    """Why no accepted verdict that counts decides for this commit; None: one does."""
    policy, verdict = case.policy, case.chronicle.decides(commit, case.update.ref)
    if verdict is None:
        return "LG301", "no verdict"
    if verdict["verdict"] == "rejected":
        return "LG302", "rejected"
    lane = lane_of(case, commit)
    if lane is not None and lane != verdict["lane"]:
        return "LG301", f"the verdict is for lane {verdict['lane']}"
    if policy.identity != "none":
        writer = verdict["writer"]
        if not policy.holds(writer, ["acceptor"]):
            return "LG301", f"{writer} is no acceptor"
        owners = policy.lanes.get(verdict["lane"], {}).get("owners", [])
        if not policy.self_accepts and (case.signer(commit) == writer or writer in owners):
            return "LG301", f"{writer} accepted what is his own"
    return None


def judge_rejections(case: Case, commit: str) -> None:
    """After a rejection in the lane, an accepted commit stands on what the ref held then."""
    ref = case.update.ref
    verdict = case.chronicle.decides(commit, ref)
    if verdict is None or verdict["verdict"] != "accepted":
        return
    for rejection in case.chronicle.rejections(verdict["lane"], ref):
        tip = dict(rejection["tips"]).get(ref)
        if rejection["number"] < verdict["number"] and tip is not None and tip not in case.git.history(commit):
            case.add("LG505", f"rejected in record {rejection['number']}, and not rebased on {tip}", commit)
            return


def judge_gates(case: Case, accepted: list[str]) -> None:
    """Gates of the ref: by each verdict, and on the pushed tip."""
    ref, tip = case.update.ref, case.update.new
    gates = set(case.rule.get("gates", []))
    for commit in accepted:
        verdict = case.chronicle.decides(commit, ref)
        missing = gates - set(verdict["gates"]) if verdict else set()
        if missing:
            case.add("LG304", f"not shown as passed: {missing}", commit)
    if case.rule.get("gate_tip", bool(gates)) and tip is not None:
        passed = case.chronicle.passed_on(tip, ref)
        if not gates <= passed:
            case.add("LG304", f"not passed on the tip: {gates - passed}", tip)


def is_met(case: Case, lane: str) -> bool:
    """Whether a lane is done, or the pushed tip has an accepted commit of it, of its task now."""
    table, ref, tip = case.policy.lanes[lane], case.update.ref, case.update.new
    if table.get("state", "active") == "done":
        return True
    refs = [ref, case.rule["from"]] if "from" in case.rule else [ref]
    for commit in case.git.history(tip) if tip else []:
        for verdict in [case.chronicle.decides(commit, each) for each in refs]:
            is_own = verdict is not None and verdict["verdict"] == "accepted" and verdict["lane"] == lane
            if is_own and verdict is not None and ("task" not in table or verdict["task"] == table["task"]):
                return True
    return False


def judge_dependencies(case: Case, lane: str, commits: list[str]) -> None:
    """What the lane depends on, hard or soft."""
    waits = case.policy.lanes[lane].get("depends_on", {})
    for other, how in waits.items():
        if how == "hard" and not is_met(case, other):
            case.add("LG501", f"{lane} waits for {other}", commits[-1])
    if all(how != "soft" or is_met(case, other) for other, how in waits.items()):
        return
    answered = {id.encode() for id in case.chronicle.reconciled(lane)}
    answered |= {text.partition(b" ")[0] for commit in commits for text in values(case, commit, b"reconciled")}
    for commit in commits:
        assumed = values(case, commit, b"assumption")
        if not assumed:
            case.add("LG502", "says nothing of what it assumes", commit)
        for text in assumed:
            id, _, why = text.strip(b" ").partition(b" ")
            if id != b"none" if not why else id not in answered:
                case.add("LG502", f"assumption {id!r} says nothing, or is not reconciled", commit)


def judge_order(case: Case, lanes: Iterable[str]) -> None:
    """No accepted commit of an earlier kind stays behind on its lane's ref."""
    order: list[str] = case.rule.get("order", [])
    kinds = {case.policy.lanes[lane].get("kind", "implementation") for lane in lanes}
    places = [order.index(kind) for kind in kinds if kind in order]
    if not places or case.update.new is None:
        return
    landed = set(case.git.history(case.update.new))
    for commit, lane in waiting(case):
        kind = case.policy.lanes[lane].get("kind", "implementation")
        if kind in order and order.index(kind) < max(places) and commit not in landed:
            case.add("LG503", f"{commit} of {lane}, a {kind} lane, lands first")


def waiting(case: Case) -> list[tuple[str, str]]:
    """Commits on the {lane} refs that are accepted for this ref, each with the lane."""
    found: list[tuple[str, str]] = []
    for ref, tip in case.server.refs.items():
        match = case.policy.ref_rule(ref)
        if match is None or match.lane is None or case.git.peel(tip) is None:
            continue
        for commit in case.git.history(tip):
            verdict = case.chronicle.decides(commit, case.update.ref)
            if verdict is not None and verdict["verdict"] == "accepted" and verdict["lane"] == match.lane:
                found.append((commit, match.lane))
    return found


def is_accepted(case: Case, commit: str) -> bool:
    """Whether the verdict that decides about a commit for the ref accepts it."""
    verdict = case.chronicle.decides(commit, case.update.ref)
    return verdict is not None and verdict["verdict"] == "accepted"
