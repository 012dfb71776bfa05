"""A push to the ledger, a second time: each record well formed, written by who may, and nothing else changed (the
state tree of records.py)."""

from __future__ import annotations

import json
import tomllib

from tests.differential.case import Case
from tests.differential.changes import NOTHING
from tests.differential.chronicle import Chronicle
from tests.differential.log_rules import judge_log, judge_place, judge_signer, must, read
from tests.differential.records import BODIES, RECORD, REPORT, Table, state


def judge_ledger(case: Case) -> None:
    judge_log(case, "ledger", "LG305", judge_record)


def judge_record(case: Case, commit: str, before: str | None) -> None:
    """Raises NotARecordError; what a record says wrongly is found."""
    chronicle = Chronicle.at(case.git, before)
    record = read(case, commit, BODIES)
    judge_fields(record)
    judge_place(case, commit, before, record, len(chronicle.records) + 1)
    judge_tree(case, commit, before, record)
    if judge_signer(case, commit, record):
        judge_words(case, commit, record, chronicle)


def judge_fields(record: Table) -> None:
    """What the spoilt records of histories get wrong in fields."""
    for name in ("commits", "refs", "assumptions", "moved"):
        if name in record:
            must(isinstance(record[name], list) and len(record[name]) > 0, f"{name} is empty")
            must(len({json.dumps(one) for one in record[name]}) == len(record[name]), f"{name} has one twice")
    for name in ("refs", "assumptions", "gates", "passed", "failed"):
        must(record.get(name, []) == sorted(record.get(name, [])), f"{name} is not in order")
    for commit in record.get("commits", []):
        must(len(commit) in (40, 64) and set(commit) <= set("0123456789abcdef"), f"{commit} is no full id")
    must(record.get("verdict", "accepted") in ("accepted", "rejected"), "neither accepted nor rejected")


def judge_tree(case: Case, commit: str, before: str | None, record: Table) -> None:
    """The tree is the one before, with exactly what the record makes of it."""
    git = case.git
    leaves = git.leaves(commit)
    old = {path: git.object(entry.id)[1] for path, entry in git.leaves(before).items()}
    wanted = {**old, **state(old, record, before)}
    for path in (RECORD, REPORT):
        wanted.pop(path, None)
    must(leaves.keys() - {RECORD, REPORT} == wanted.keys(), "other files than the record makes")
    must({entry.mode for entry in leaves.values()} == {"100644"}, "a file of another mode")
    for path, content in wanted.items():
        must(git.object(leaves[path].id)[1] == content, f"{path!r} says something else than the records")
    report = leaves.get(REPORT, NOTHING).id or None
    must(report == record.get("report"), "the report is another one than the record says")


def judge_words(case: Case, commit: str, record: Table, chronicle: Chronicle) -> None:
    """What a record of each kind says, and whether its writer may say so."""
    match record["kind"]:
        case "verdict":
            judge_verdict(case, commit, record)
        case "withdraw":
            judge_withdraw(case, commit, record, chronicle)
        case "reconcile":
            lane = record["lane"]
            if lane not in case.policy.lanes:
                case.add("LG305", f"no lane {lane}", commit)
            elif not is_any(case, record, ["integrator"]) and not case.policy.owns(record["writer"], lane):
                case.add("LG202", "reconciled by neither an owner nor an integrator", commit)
        case "gate":
            if not is_any(case, record, ["acceptor", "integrator"]):
                case.add("LG202", "gates run by neither an acceptor nor an integrator", commit)
            judge_gate_report(case, commit, record)
        case "landing":
            if case.policy.identity != "none" and not record["writer"].startswith("server:"):
                case.add("LG202", "a landing that no server signed", commit)


def is_any(case: Case, record: Table, roles: list[str]) -> bool:
    return case.policy.identity == "none" or case.policy.holds(record["writer"], roles)


def judge_verdict(case: Case, commit: str, record: Table) -> None:
    policy, lane, writer = case.policy, record["lane"], record["writer"]
    is_accepted = record["verdict"] == "accepted"
    if not is_any(case, record, ["acceptor"]):
        case.add("LG202", f"{writer} is no acceptor", commit)
    if lane not in policy.lanes:
        case.add("LG305", f"no lane {lane}", commit)
        return
    if record["task"] != policy.lanes[lane].get("task"):
        case.add("LG305", f"the lane's task is not {record['task']}", commit)
    rules = {ref: policy.accepted_rule(ref) for ref in record["refs"]}
    for ref in [ref for ref, rule in rules.items() if rule is None]:
        case.add("LG305", f"{ref} asks for no verdict", commit)
    tips = {} if is_accepted else {ref: case.server.refs.get(ref) for ref in record["refs"]}
    if dict(record["tips"]) != tips:
        case.add("LG305", "the refs are not where the rejection says", commit)
    if policy.identity != "none" and is_accepted and not policy.self_accepts:
        if policy.owns(writer, lane):
            case.add("LG202", f"{writer} owns {lane}", commit)
        for named in record["commits"]:
            if is_held(case, named) and case.signer(named) == writer:
                case.add("LG202", f"{writer} signed {named}", commit)
    for named in record["commits"]:
        if case.server.holds(case.git, named) and case.git.kind(named) != "commit":
            case.add("LG305", f"{named} is no commit", commit)
    if policy.identity == "pusher":
        for named in [named for named in record["commits"] if not is_on_lane_ref(case, named, lane)]:
            case.add("LG301", f"{named} is on no ref of {lane}", commit)
    gates = {gate for rule in rules.values() if rule is not None for gate in rule.get("gates", [])}
    if is_accepted and not gates <= set(record["gates"]):
        case.add("LG304", f"gates missing: {gates - set(record['gates'])}", commit)
    if is_accepted and (gates or record["gates"] or record["report"]):
        judge_gate_report(case, commit, record)


def is_held(case: Case, commit: str) -> bool:
    """Whether the server has this commit, from before the push or by it."""
    if case.server.holds(case.git, commit):
        return case.git.kind(commit) == "commit"
    return any(commit in case.git.history(tip) for tip in case.brought)


def is_on_lane_ref(case: Case, commit: str, lane: str) -> bool:
    for ref, tip in case.server.refs.items():
        match = case.policy.ref_rule(ref)
        if match is not None and match.lane == lane and commit in case.git.history(tip):
            return True
    return False


def judge_withdraw(case: Case, commit: str, record: Table, chronicle: Chronicle) -> None:
    """One withdraws one's own verdicts only, those that there are."""
    if not is_any(case, record, ["acceptor"]):
        case.add("LG202", f"{record['writer']} is no acceptor", commit)
    for named in record["commits"]:
        for ref in record["refs"]:
            own = [one for one in chronicle.verdicts(named) if one["writer"] == record["writer"]]
            if not any(ref in one["refs"] for one in own):
                case.add("LG202", f"there is no verdict of {record['writer']} on {named} for {ref}", commit)


def judge_gate_report(case: Case, commit: str, record: Table) -> None:
    """The report that the record names: on which commit it ran, these gates passed; of a verdict, about its commits."""
    is_verdict = record["kind"] == "verdict"
    ran, gates = (record["ran"], record["gates"]) if is_verdict else (record["commit"], record["passed"])
    if record["report"] is None or ran is None:
        case.add("LG304", "no report", commit)
        return
    try:
        report = tomllib.loads(case.git.object(record["report"])[1].decode())
        steps, about, where = report["gates"], report["scope"]["commits"], report["scope"]["ran"]
        failed = {step["name"] for step in steps if step["exit"] != 0}
        passed = {step["name"] for step in steps} - failed
    except (ValueError, KeyError, TypeError) as error:
        case.add("LG304", f"no report: {error}", commit)
        return
    if where != ran or not set(gates) <= passed:
        case.add("LG304", "the report shows something else", commit)
    if not is_verdict:
        if failed != set(record["failed"]):
            case.add("LG304", "the report shows other gates as failed", commit)
        return
    named = record["commits"]
    if set(about) != set(named) or ran not in named:
        case.add("LG304", "the report is about other commits", commit)
    elif not is_held(case, ran) or any(one not in case.git.history(ran) for one in named):
        case.add("LG304", "the gates did not run on all of the commits", commit)
