"""May a lock go from this state to that one: a table for each kind of record, each with what passes."""

from __future__ import annotations

from typing import Any

import pytest

from lanegate.core import judge_locks
from lanegate.core.decision import Violation
from lanegate.core.facts import Signer
from lanegate.core.instant import instant_of
from lanegate.core.judge_locks import MAX_SKEW, judge_lock_record, judge_transition
from lanegate.core.judge_records import record_shape
from lanegate.core.lane_lists import changing_lists
from lanegate.core.ledger import LEDGER
from lanegate.core.locks import LOCKS, MAX_BYTES, Lock, after, locks_file
from lanegate.core.overlap import scopes_overlap
from lanegate.core.ownership import Ownership
from lanegate.core.path_search import OverlapLimitError
from lanegate.core.policy import APPEND_ONLY, SHARED, ZONE_MODES, MatrixRow, Policy, Zone
from lanegate.core.record_facts import Place, RecordCommit
from lanegate.core.record_log import Log
from tests.core.build import CORE, UI, policy, replace, rules
from tests.core.build_locks import ACQUIRE, HEARTBEAT, HOUR, NOON, RECLAIM, RELEASE, lock_of, record_of
from tests.core.records import POLICY, RECONCILE, A, D

ROLES = {"maintainer": ("ana",), "orchestrator": ("eve",), "integrator": ("cy",)}
HELD = lock_of()
STALE = lock_of(expires=NOON)
CORES = lock_of("c-1", "core", "ana", "/core/")


def told(
    body: Any,
    *locks: Lock,
    writer: str | None = "bob",
    note: str | None = None,
    now: int = NOON,
    last: int | None = None,
    by: Policy | None = None,
    **fields: Any,
) -> list[Violation]:
    used = by or policy(identity="signature", roles=ROLES)
    record = record_of(body._replace(**fields), writer, note=note)
    found = list(judge_transition(used, Ownership(used), locks, record, now, scopes_overlap, last))
    assert all(one.hint for one in found)  # what next
    assert all(one.lane for one in found if one.code in ("LG101", "LG402", "LG904"))
    return found


def codes(*args: Any, **options: Any) -> list[str]:
    return [violation.code for violation in told(*args, **options)]


@pytest.mark.parametrize(
    ("locks", "fields", "found"),
    [
        ((), {}, []),
        ((CORES,), {}, []),
        ((), {"lane": "core"}, ["LG202", "LG101"]),
        ((), {"lane": "nobody"}, ["LG201", "LG202"]),
        ((), {"lane": "old", "scope": ("/old/",)}, ["LG201", "LG202"]),
        ((HELD,), {}, ["LG402"]),
        ((HELD,), {"lock": "l-2"}, []),
        ((lock_of(lane="core"),), {}, ["LG402"]),
        ((lock_of("c-1", "core", "ana", "/ui/x"),), {}, ["LG402"]),
        ((lock_of("c-1", "core", "ana", "/ui/theme/"),), {}, []),
        ((lock_of("c-1", "core", "ana", "/ui/", "!/ui/[a-y]*"),), {"scope": ("/ui/[a-z]*",)}, ["LG402"]),
        ((lock_of("c-1", "core", "ana", "/ui/?*", "!/ui/[a-z]*"),), {"scope": ("/ui/[a-z]*",)}, []),
        ((lock_of("c-1", "core", "ana", "/ui/x", expires=NOON),), {}, ["LG403"]),
        ((lock_of("c-1", "core", "ana", "/src/*b.py"),), {"scope": ("/src/a*.py", "/ui/")}, ["LG402"]),
        ((CORES, lock_of("c-2", "docs", "ana", "/docs/")), {"scope": ("/**",)}, ["LG402", "LG402"]),
        ((), {"scope": ("/core/",)}, ["LG101"]),
        ((), {"scope": ("/app.py",)}, []),
        ((), {"scope": ("/ui/vendor/",)}, ["LG101"]),
        ((), {"scope": ("/ui/vendor/", "/ui/x")}, []),
        ((), {"scope": ("/ui/theme/",)}, ["LG101"]),
    ],
)
def test_acquire(locks: tuple[Lock, ...], fields: dict[str, Any], found: list[str]) -> None:
    assert codes(ACQUIRE, *locks, **fields) == found


def test_a_scope_meets_what_the_matrix_gives() -> None:
    row = MatrixRow(rules("/docs/")[0], {"ui": "MODIFY", "core": "PRIMARY"})
    taken = MatrixRow(rules("/ui/x")[0], {"ui": "READ"})
    given = policy(identity="signature", roles=ROLES, matrix=(row, taken))
    assert codes(ACQUIRE, scope=("/docs/",), by=given) == []
    assert codes(ACQUIRE, scope=("/ui/x",), by=given) == ["LG101"]
    assert codes(ACQUIRE, scope=("/ui/y",), by=given) == []


def test_where_nobody_owns_anybody_may_lock() -> None:
    """A high-risk path that no lane owns: to change it asks for a lock."""
    free = policy(identity="signature", roles=ROLES, unowned="allow")
    assert codes(ACQUIRE, scope=("/no/bodys",), by=free) == []
    assert codes(ACQUIRE, scope=("/no/bodys",), by=free._replace(unowned="deny")) == ["LG101"]


def test_a_scope_meets_what_a_zone_lets_any_lane_change() -> None:
    zones = tuple(Zone(rules(f"/docs/{mode}/", "/ui/vendor/"), mode, 60) for mode in ZONE_MODES)
    open_to = policy(identity="signature", roles=ROLES, zones=zones)
    for mode in ZONE_MODES:
        is_open = mode in (SHARED, APPEND_ONLY)
        assert codes(ACQUIRE, scope=(f"/docs/{mode}/",), by=open_to) == ([] if is_open else ["LG101"])
    assert codes(ACQUIRE, scope=("/ui/vendor/",), by=open_to) == ["LG101"]


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        ("/docs/hot/a", ["LG101"]),
        ("/docs/hot/", []),
        ("/docs/hot/log", []),
        ("/docs/cold/a", []),
        ("/docs/", []),
        ("/docs/ice/", []),  # more than it may: one list cannot say it
    ],
)
def test_a_later_zone_takes_paths_from_an_open_one(scope: str, found: list[str]) -> None:
    lists = (("/docs/", SHARED), ("/docs/hot/", ZONE_MODES[0]), ("/docs/hot/log", APPEND_ONLY))
    zones = [Zone(rules(text), mode, 60) for text, mode in lists]
    zones.append(Zone(rules("/docs/ice/", "!/docs/ice/x/y/"), ZONE_MODES[0], 70))
    used = policy(identity="signature", roles=ROLES, zones=tuple(zones))
    assert codes(ACQUIRE, by=used, scope=(scope,)) == found


def test_who_may_change_more_than_the_lane_s_grants_say() -> None:
    """Who resolves a conflict or takes back elsewhere needs the lock there."""
    used = policy(identity="signature", roles={**ROLES, "integrator": ("bob",)})
    assert codes(ACQUIRE, scope=("/core/",), by=used) == []
    assert codes(ACQUIRE, scope=("/core/",), by=used, writer="ana") == ["LG202", "LG101"]
    nobody = policy(identity="none", roles={"integrator": ("bob",)})
    assert codes(ACQUIRE, scope=("/core/",), by=nobody) == ["LG101"]


def test_an_out_of_scope_with_exceptions_is_left_to_the_commit() -> None:
    excepting = policy(
        replace(UI, out_of_scope=rules("/ui/vendor/", "!/ui/vendor/x")), identity="signature", roles=ROLES
    )
    assert codes(ACQUIRE, scope=("/ui/vendor/",), by=excepting) == []


def test_no_more_locks_than_the_registry_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge_locks, "MAX_LOCKS", 2)
    assert codes(ACQUIRE, CORES) == []
    assert codes(ACQUIRE, CORES, lock_of("c-2", "core", "ana", "/app.py")) == ["LG904"]


def test_the_registry_does_not_outgrow_what_is_read_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody can read nobody could release; it may get smaller, however large it is."""
    stale, mine = lock_of(objective="x" * 100, expires=NOON), lock_of(objective="x" * 100)
    both = len(locks_file(after((mine,), record_of(ACQUIRE._replace(lock="l-2", scope=("/ui/x",), objective="y")))))
    for most, found in ((both, []), (both - 1, ["LG904"])):
        monkeypatch.setattr(judge_locks, "MAX_BYTES", most)
        assert codes(ACQUIRE, mine, lock="l-2", scope=("/ui/x",), objective="y") == found
    size = len(locks_file((mine,)))
    for most, found in ((size + 200, []), (size + 50, ["LG904"]), (1, ["LG904"])):
        monkeypatch.setattr(judge_locks, "MAX_BYTES", most)
        assert codes(ACQUIRE, mine, lock="l-2", scope=("/ui/x",), objective="y") == found
        longer = 200 if found else 1
        taken = codes(RECLAIM, stale, writer="ana", note="gone", objective="y" * longer, fence=3)
        assert taken == found
        assert codes(RECLAIM, stale, writer="ana", note="gone", objective="y") == []
        assert codes(HEARTBEAT, mine) == codes(RELEASE, mine) == []
    for length, found in ((98, []), (99, ["LG904"])):  # beyond it, as many bytes as before or one more
        assert codes(RECLAIM, stale, writer="ana", note="gone", objective="y" * length) == found


def test_a_scope_counts_as_it_is_written() -> None:
    """Three characters a byte of what is no ASCII: few locks fill what thousands do not."""
    others = [lock_of(f"l-{n}", "ui", "bob", *[f"/ui/{i}{chr(0x1F600) * 95}" for i in range(99)]) for n in range(40)]
    (found,) = told(ACQUIRE, *others, lock="l", scope=("/ui/x",))
    assert found.code == "LG904"
    assert found.message.startswith("the registry would hold 4")
    assert found.message.endswith(f" bytes of locks, and {MAX_BYTES} are the most")
    assert found.hint == "release locks that nobody needs any more, or write this one in fewer words"
    assert codes(RELEASE, *others, lock="l-7") == []


def test_what_cannot_be_told_is_not_let_through() -> None:
    def lost(_first: Any, second: Any) -> bytes | None:
        if "/core/" in second:
            raise OverlapLimitError
        return None

    used = policy(identity="signature", roles=ROLES)
    found = judge_transition(used, Ownership(used), (CORES,), record_of(ACQUIRE), NOON, lost, None)
    assert [(one.code, one.lane) for one in found] == [("LG904", "ui"), ("LG101", "ui")]
    assert all(one.hint for one in found)
    assert found[0].message.startswith("whether this scope meets lock c-1 of lane core cannot be told: ")
    found = judge_transition(
        used, Ownership(used), (), record_of(ACQUIRE._replace(lane="core"), "ana"), NOON, lost, None
    )
    assert [violation.code for violation in found] == ["LG904"]
    assert found[0].message.startswith("whether lane core may change any path of this scope cannot be told: ")


@pytest.mark.parametrize(
    ("locks", "writer", "fields", "now", "found"),
    [
        ((HELD,), "bob", {}, NOON, []),
        ((HELD,), "ana", {}, NOON, ["LG202"]),
        ((), "bob", {}, NOON, ["LG403"]),
        ((CORES,), "bob", {}, NOON, ["LG403"]),
        ((HELD,), "bob", {"fence": 2}, NOON, ["LG403"]),
        ((lock_of(fence=6),), "bob", {}, NOON, ["LG403"]),
        ((lock_of(expires=NOON + 1),), "bob", {}, NOON, []),
        ((STALE,), "bob", {}, NOON, ["LG403"]),
        ((lock_of(expires=NOON + 60),), "bob", {}, NOON + 60, ["LG403"]),
        ((lock_of(expires=NOON),), "bob", {}, NOON - 60, ["LG403"]),
        ((lock_of(lane="old"),), "bob", {}, NOON, ["LG201", "LG202"]),
        ((lock_of(lane="gone"),), "bob", {}, NOON, ["LG201", "LG202"]),
    ],
)
def test_heartbeat(locks: tuple[Lock, ...], writer: str, fields: dict[str, Any], now: int, found: list[str]) -> None:
    assert codes(HEARTBEAT, *locks, writer=writer, now=now, **fields) == found


@pytest.mark.parametrize(
    ("locks", "writer", "note", "fence", "found"),
    [
        ((HELD,), "bob", None, 3, []),
        ((STALE,), "bob", None, 3, []),
        ((), "bob", None, 3, ["LG403"]),
        ((HELD,), "bob", None, 2, ["LG403"]),
        ((HELD,), "cy", "why", 3, ["LG202"]),
        ((lock_of(lane="core"),), "ana", None, 3, []),  # a lead, of a lane of hers
        ((HELD,), "ana", "bob has left", 3, []),
        ((HELD,), "eve", "bob has left", 3, []),
        ((HELD,), "ana", None, 3, ["LG403"]),
        ((HELD,), "ana", " \n", 3, ["LG403"]),
        ((lock_of(lane="gone"),), "ana", "no such lane", 3, []),
    ],
)
def test_release(locks: tuple[Lock, ...], writer: str, note: str | None, fence: int, found: list[str]) -> None:
    assert codes(RELEASE, *locks, writer=writer, note=note, fence=fence) == found


WHY = "bob is ill"


@pytest.mark.parametrize(
    ("locks", "writer", "note", "fields", "found"),
    [
        ((STALE,), "ana", WHY, {}, []),
        ((STALE,), "ana", None, {}, ["LG403"]),
        ((STALE,), "ana", " ", {}, ["LG403"]),
        ((STALE,), "bob", WHY, {"lane": "ui"}, []),
        ((STALE,), "bob", WHY, {}, ["LG202"]),
        ((STALE,), "ana", WHY, {"lane": "old"}, ["LG201", "LG202"]),
        ((STALE,), "ana", WHY, {"fence": 2}, ["LG403"]),
        ((), "ana", WHY, {}, ["LG403"]),
        ((HELD,), "ana", WHY, {}, ["LG402"]),
        ((HELD,), "ana", WHY, {"override": True}, []),
        ((HELD,), "eve", WHY, {"override": True}, []),
        ((HELD,), "eve", None, {"override": True}, ["LG403"]),
        ((HELD,), "eve", WHY, {}, ["LG202", "LG402"]),
        ((HELD,), "cy", WHY, {"override": True}, ["LG202", "LG402"]),
        ((STALE,), "eve", WHY, {"override": True}, []),
        ((STALE, lock_of("l-2", "ui", "bob", "/ui/x")), "ana", WHY, {}, ["LG402"]),
        ((STALE, lock_of("l-2", "ui", "bob", "/ui/x", expires=NOON)), "ana", WHY, {}, []),
        ((STALE, lock_of("l-2", "core", "ana", "/ui/x")), "ana", WHY, {}, []),
        ((STALE, lock_of("l-2", "ui", "bob", "/app.py")), "ana", WHY, {}, []),
        ((HELD, lock_of("l-2", "ui", "bob", "/ui/x")), "eve", WHY, {"override": True}, ["LG402"]),
    ],
)
def test_reclaim(locks: tuple[Lock, ...], writer: str, note: str | None, fields: Any, found: list[str]) -> None:
    assert codes(RECLAIM, *locks, writer=writer, note=note, **fields) == found


@pytest.mark.parametrize(("expires", "found"), [(NOON - 30, "LG402"), (NOON - 60, "LG403")])
def test_a_lock_whose_lease_ends_on_the_way_is_in_the_way_as_an_alive_one(expires: int, found: str) -> None:
    """By the record's own time it was not over yet, so nobody is told to reclaim it."""
    gone, others = lock_of(expires=NOON - HOUR), lock_of("l-2", "docs", "ana", "/ui/x", expires=expires)
    at = instant_of(NOON - 60)
    assert codes(ACQUIRE, others, at=at) == [found]
    assert codes(RECLAIM, gone, others, writer="ana", note=WHY, at=at) == (["LG402"] if found == "LG402" else [])


@pytest.mark.parametrize(
    ("expires", "now", "is_alive"),
    [
        (NOON, NOON, False),
        (NOON, NOON - 1, True),
        (NOON + 1, NOON + 60, True),
        (NOON, NOON + 60, False),
    ],
)
def test_alive_by_either_time_for_whoever_would_take_it(expires: int, now: int, is_alive: bool) -> None:
    """Neither a clock that is fast nor one that is slow lets a reclaim in early; the record says NOON."""
    found = codes(RECLAIM, lock_of(expires=expires), writer="ana", note=WHY, now=now)
    assert found == (["LG402"] if is_alive else [])


@pytest.mark.parametrize("body", [ACQUIRE, HEARTBEAT, RELEASE, RECLAIM])
@pytest.mark.parametrize(
    ("at", "last", "is_right"),
    [
        (NOON - MAX_SKEW, None, True),
        (NOON + MAX_SKEW, NOON, True),
        (NOON - MAX_SKEW - 1, None, False),
        (NOON + MAX_SKEW + 1, None, False),
        (NOON, NOON, True),
        (NOON, NOON + 1, False),
    ],
)
def test_time(body: Any, at: int, last: int | None, is_right: bool) -> None:
    found = told(body, STALE, at=instant_of(at), last=last)
    assert ("LG408" in [violation.code for violation in found]) is not is_right
    assert all(
        violation.message.endswith(f"the server's time is {instant_of(NOON)}")
        for violation in found
        if violation.code == "LG408"
    )


def test_with_a_wrong_time_the_rest_is_judged_as_of_now() -> None:
    """One that is off by hours is told so, and not that its lease ran out."""
    for at in (NOON - 9 * HOUR, NOON + 9 * HOUR):
        assert codes(HEARTBEAT, HELD, at=instant_of(at)) == ["LG408"]
    assert codes(RECLAIM, HELD, at=instant_of(NOON + 9 * HOUR), writer="ana", note=WHY) == ["LG408", "LG402"]
    assert codes(HEARTBEAT, STALE, at=instant_of(NOON - 9 * HOUR)) == ["LG408", "LG403"]


def test_under_identity_none_nobody_is_asked_and_nobody_takes_a_live_lock() -> None:
    free = policy(roles={})
    held, stale = lock_of(owner=None), lock_of(owner=None, expires=NOON)
    assert codes(ACQUIRE, writer=None, by=free) == []
    assert codes(HEARTBEAT, held, writer=None, by=free) == []
    assert codes(RELEASE, held, writer=None, by=free) == []
    assert codes(RECLAIM, stale, writer=None, note=WHY, by=free) == []
    assert codes(RECLAIM, stale, writer=None, note=WHY, override=True, by=free) == []
    assert codes(RECLAIM, held, writer=None, note=WHY, by=free) == ["LG402"]
    assert codes(RECLAIM, held, writer=None, note=WHY, override=True, by=free) == ["LG402"]


def test_a_lane_that_the_policy_does_not_have_changes_nothing() -> None:
    assert changing_lists(policy(), Ownership(policy()), "nobody") == ()


def test_what_is_said() -> None:
    [meets] = told(ACQUIRE, lock_of("c-1", "core", "ana", "/ui/x"))
    assert meets == Violation(
        "LG402",
        "at ui/x this scope meets lock c-1: lane core (ana), lease until 2026-11-21T18:30:00Z",
        path=b"ui/x",
        lane="ui",
        owner="core",
        hint="wait, ask its holder to release it, or take a narrower scope",
    )
    [stale] = told(ACQUIRE, lock_of("c-1", "core", None, "/ui/x", expires=NOON - HOUR))
    assert stale.message == (
        "at ui/x this scope meets lock c-1, which is stale: lane core, lease until 2026-11-21T17:00:00Z"
    )
    assert (stale.path, stale.lane) == (b"ui/x", "ui")
    assert stale.hint == 'ask its holder; if nobody works on it: lanegate lock reclaim c-1 --note "why"'
    [alive] = told(RECLAIM, HELD, writer="ana", note=WHY)
    assert alive.message == "lock l-1 is alive: lane ui (bob), lease until 2026-11-21T18:30:00Z"
    assert alive.hint == "wait until its lease runs out, or ask the lead to override: eve, ana"
    [fence] = told(HEARTBEAT, lock_of(fence=6))
    assert fence.message == (
        "fence 3 of lock l-1 holds no more, it is 6 now: lane ui (bob), lease until 2026-11-21T18:30:00Z"
    )
    [over] = told(HEARTBEAT, lock_of(expires=NOON))
    assert (over.message, over.lane) == ("the lease of lock l-1 ran out at 2026-11-21T18:00:00Z", "ui")
    [nobody] = told(RECLAIM, HELD, writer="ana", note=WHY, by=policy(identity="signature", roles={}))
    assert (nobody.hint or "").endswith(": nobody may")
    inactive = policy(replace(CORE, state="planned", owners=()), identity="signature", roles=ROLES)
    first, second = told(RECLAIM, STALE, writer="ana", note=WHY, by=inactive)
    assert (first.message, first.policy_line) == ("lane core is planned, not active", 20)
    assert (second.message, second.hint) == ("ana does not own lane core", "ask an owner of the lane: nobody")


def test_with_who_wrote_it_and_where_it_stands() -> None:
    used = policy(identity="signature", roles=ROLES)
    commit = RecordCommit(A, (D,), record=record_of(ACQUIRE), signer=Signer("bob", b"key"), locks=(CORES,), last=NOON)

    def judged(changed: RecordCommit) -> tuple[Violation, ...]:
        assert changed.record is not None
        return judge_lock_record(used, Ownership(used), changed.record, changed, NOON, scopes_overlap)

    assert judged(commit) == ()
    [unsigned] = judged(commit._replace(signer=Signer(None, reason="no signature")))
    assert (unsigned.code, unsigned.ref, unsigned.commit) == ("LG203", LOCKS.ref, A)
    [other] = judged(commit._replace(signer=Signer("ana", b"key")))
    assert (other.code, other.hint) == ("LG202", LOCKS.sync)
    [late] = judged(commit._replace(last=NOON + 1))
    assert (late.code, late.message[:14]) == ("LG408", "record 7: its ")
    [meets] = judged(commit._replace(locks=(lock_of("c-1", "core", "ana", "/ui/"),)))
    assert (meets.code, meets.message[:10]) == ("LG402", "record 7: ")


def test_a_writer_under_identity_none_is_a_forgery() -> None:
    used = policy()
    commit = RecordCommit(A, (D,), record=record_of(ACQUIRE))
    [named] = judge_lock_record(used, Ownership(used), record_of(ACQUIRE), commit, NOON, scopes_overlap)
    assert (named.code, named.hint) == ("LG407", LOCKS.sync)
    assert judge_lock_record(used, Ownership(used), record_of(ACQUIRE, None), commit, NOON, scopes_overlap) == ()


@pytest.mark.parametrize(
    ("body", "log", "code", "message"),
    [
        *[(body, LOCKS, None, None) for body in (ACQUIRE, HEARTBEAT, RELEASE, RECLAIM)],
        (RECONCILE, LEDGER, None, None),
        (RECONCILE, LOCKS, "LG407", "record 7: a record of kind reconcile, which has no place in the lock registry"),
        (RELEASE, LEDGER, "LG305", "record 7: a record of kind release, which has no place in the ledger"),
    ],
)
def test_each_log_has_its_own_kinds(body: Any, log: Log, code: str | None, message: str | None) -> None:
    found = record_shape(Place(D, 6, POLICY), RecordCommit(A, (D,), record=record_of(body)), log)
    assert [(one.code, one.message, one.ref, one.hint) for one in found] == (
        [(code, message, log.ref, log.sync)] if code is not None else []
    )
