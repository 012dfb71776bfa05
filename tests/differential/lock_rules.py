"""A push to the lock registry, a second time: docs/judgement.md's section of that name, record by record."""

from __future__ import annotations

from typing import Any

from tests.differential.case import Case
from tests.differential.ground import may_be_worked_on, meet
from tests.differential.lock_records import BODIES, STATE, instant, locks_after, registry, seconds_of, state
from tests.differential.log_rules import NotARecordError, judge_log, judge_place, judge_signer, must, read
from tests.differential.records import RECORD, Table
from tests.differential.rules import ID, is_in_dialect

SKEW = 120
MOST = 4 * 1024 * 1024
LEAD = ["orchestrator", "maintainer"]


def judge_locks(case: Case) -> None:
    judge_log(case, "registry", "LG407", judge_record)


def judge_record(case: Case, commit: str, before: str | None) -> None:
    """Raises NotARecordError; what a record does wrongly is found."""
    git = case.git
    earlier = registry(git, before)
    record = read(case, commit, BODIES)
    for name, value in record.items():
        judge_field(name, value)
    judge_place(case, commit, before, record, len(earlier) + 1)
    leaves = git.leaves(commit)
    must(leaves.keys() == {RECORD, STATE}, "other files than the record and the locks")
    must({entry.mode for entry in leaves.values()} == {"100644"}, "a file of another mode")
    made = state(locks_after([*earlier, record]))[STATE]
    must(git.object(leaves[STATE].id)[1] == made, "locks that no record made")
    if judge_signer(case, commit, record):
        grows = record["kind"] in ("acquire", "reclaim") and len(made) > len(state(locks_after(earlier))[STATE])
        if grows and len(made) > MOST:
            case.add("LG904", f"{len(made)} bytes of locks", commit)
        judge_turn(case, commit, record, locks_after(earlier), time_of(case, commit, record, earlier))


def judge_field(name: str, value: Any) -> None:
    """Raises NotARecordError for a value that may not stand there."""
    if name in ("lock", "lane"):
        must(isinstance(value, str) and ID.fullmatch(value) is not None, f"{name}: {value}")
        must(name == "lane" or len(value) <= 100, f"an id of {len(value)} letters")
    elif name in ("fence", "tries", "waited", "seconds", "number"):
        must(type(value) is int and value >= (1 if name == "seconds" else 0), f"{name}: {value}")
        must(name != "seconds" or value <= 604_800, "a lease of more than a week")
    elif name == "objective":
        must(isinstance(value, str) and 0 < len(value) <= 1000 and value.isprintable() and value != "", "no objective")
        must(value.strip() != "", "an objective without words")
    elif name == "scope":
        must(isinstance(value, list) and 0 < len(value) <= 100 and len(set(value)) == len(value), f"scope: {value}")
        must(all(isinstance(one, str) and is_in_dialect(one, "!") for one in value), f"patterns: {value}")
        must(not all(one.startswith("!") for one in value), "a scope of nothing")
    elif name == "override":
        must(type(value) is bool, f"override: {value}")
    elif name == "at":
        try:
            seconds_of(value)
        except (TypeError, ValueError) as error:
            raise NotARecordError(f"at: {error}") from error


def time_of(case: Case, commit: str, record: Table, earlier: list[Table]) -> int:
    """When the record was written: now, where what it says of that is wrong."""
    at = seconds_of(record["at"])
    if abs(at - case.now) <= SKEW and (not earlier or at >= seconds_of(earlier[-1]["at"])):
        return at
    case.add("LG408", f"written at {record['at']}, and it is {instant(case.now)}", commit)
    return case.now


def judge_turn(case: Case, commit: str, record: Table, locks: dict[str, Table], at: int) -> None:
    """Whether the lock may go where the record takes it. locks: before it. at: when it was written."""
    kind, lock = record["kind"], locks.get(record["lock"])
    if kind == "acquire":
        judge_acquire(case, commit, record, locks, at)
        return
    if lock is None:
        case.add("LG403", "no such lock", commit)
        return
    if record["fence"] != lock["fence"]:
        case.add("LG403", f"fence {record['fence']}, now {lock['fence']}", commit)
    if kind == "heartbeat":
        is_active(case, commit, lock["lane"])
        is_owner(case, commit, record, lock["lane"])
        if lock["expires"] <= max(case.now, at):
            case.add("LG403", "the lease ran out", commit)
    elif kind == "release" and not owns(case, record, lock["lane"]):
        if is_lead(case, record):
            has_note(case, commit, record)
        else:
            is_owner(case, commit, record, lock["lane"])
    elif kind == "reclaim":
        judge_reclaim(case, commit, record, locks, at)


def judge_acquire(case: Case, commit: str, record: Table, locks: dict[str, Table], at: int) -> None:
    lane = record["lane"]
    is_active(case, commit, lane)
    is_owner(case, commit, record, lane)
    if record["lock"] in locks:
        case.add("LG402", "a lock of that id is there", commit)
    others = [lock for name, lock in locks.items() if name != record["lock"]]
    for lock in in_the_way(case, lane, record["scope"], others):
        code = "LG402" if min(at, case.now) < lock["expires"] else "LG403"
        case.add(code, f"{lock['lane']} has {lock['scope']}", commit)
    integrates = case.policy.identity != "none" and case.policy.holds(record["writer"], ["integrator"])
    is_asked = lane in case.policy.lanes and not integrates
    if is_asked and not may_be_worked_on(case.policy, lane, record["scope"]):
        case.add("LG101", f"{lane} may change nothing in {record['scope']}", commit)


def judge_reclaim(case: Case, commit: str, record: Table, locks: dict[str, Table], at: int) -> None:
    lock, lane = locks[record["lock"]], record["lane"]
    leads = record["override"] and case.policy.identity != "none" and is_lead(case, record)
    is_active(case, commit, lane)
    has_note(case, commit, record)
    if not leads:
        is_owner(case, commit, record, lane)
        if min(at, case.now) < lock["expires"]:
            case.add("LG402", "the lock is alive", commit)
    others = [other for name, other in locks.items() if name != record["lock"]]
    alive = [other for other in others if min(at, case.now) < other["expires"]]
    for other in in_the_way(case, lane, lock["scope"], alive):
        case.add("LG402", f"{other['lane']} has {other['scope']}", commit)


def in_the_way(case: Case, lane: str, scope: list[str], locks: list[Table]) -> list[Table]:
    """Those of the locks that keep a lane from holding a scope."""
    return [lock for lock in locks if lock["lane"] != lane and meet(case.policy, scope, lock["scope"])]


def is_active(case: Case, commit: str, lane: str) -> None:
    if not case.policy.is_active(lane):
        case.add("LG201", f"no active lane: {lane}", commit)


def owns(case: Case, record: Table, lane: str) -> bool:
    """Whether the writer owns a lane, so far as people are proven."""
    if case.policy.identity == "none":
        return True
    return lane in case.policy.lanes and case.policy.owns(record["writer"], lane)


def is_owner(case: Case, commit: str, record: Table, lane: str) -> None:
    if not owns(case, record, lane):
        case.add("LG202", f"{record['writer']} does not own {lane}", commit)


def is_lead(case: Case, record: Table) -> bool:
    return case.policy.holds(record["writer"], LEAD)


def has_note(case: Case, commit: str, record: Table) -> None:
    if not (record["note"] or "").strip():
        case.add("LG403", "no note says why", commit)
