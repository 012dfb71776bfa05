"""What zones ask of a change: a table for each mode, who is exempt from what, and the words of each refusal."""

from __future__ import annotations

from typing import Any

import pytest

from lanegate.core.decision import Violation
from lanegate.core.facts import ABSENT, EXECUTABLE, LINK, REGULAR, SUBMODULE, Change, Commit, Revert, Signer
from lanegate.core.judge import Judge, Scope
from lanegate.core.judge_push import Push, judge_push
from lanegate.core.locks import Held, Lock
from lanegate.core.policy import APPEND_ONLY, FROZEN, HIGH_RISK, SHARED, Policy, Zone
from tests.core.build import (
    MAIN,
    NEW,
    NOWHERE,
    POLICY_PATH,
    added,
    codes,
    commit_of,
    deleted,
    edited,
    merge_of,
    policy,
    replace,
    rules,
    update_of,
)

NOW = 1_800_000_000
ZONES = (
    Zone(rules("/ui/hot/", "/ui/vendor/hot", "/core/hot", line=61), HIGH_RISK, 60),
    Zone(rules("/board/", "/ui/vendor/board", line=66), SHARED, 65),
    Zone(rules("/LOG", "/ui/vendor/log", line=71), APPEND_ONLY, 70),
    Zone(rules("/ui/ice/", line=76), FROZEN, 75),
)


def lock(lane: str = "ui", scope: str = "/ui/hot/", *, expires: int = NOW + 60, owner: str | None = "bob") -> Lock:
    return Lock(f"{lane}-1", lane, owner, (scope,), "work", NOW - 600, NOW - 600, expires, 7)


def held(*locks: Lock) -> Held:
    return Held(locks, NOW)


MINE, THEIRS, MINE_STALE = lock(), lock("core", owner="ana"), lock(expires=NOW)


def judged(commit: Commit, scope: Scope = NOWHERE, *locks: Lock, rules_of: Policy | None = None) -> list[Violation]:
    judge = Judge(rules_of or policy(zones=ZONES), POLICY_PATH)
    return judge.commit(commit, scope._replace(held=held(*locks)))


def appended(*changes: Change, **fields: Any) -> Commit:
    """A commit of which the git layer found that it only adds lines."""
    return commit_of(*changes, appended=frozenset(change.path for change in changes), **fields)


LOG = edited("LOG")
#: (name, commit, locks, codes).
TABLE: list[tuple[str, Commit, tuple[Lock, ...], list[str]]] = [
    ("high-risk without a lock", commit_of(edited("ui/hot/a")), (), ["LG401"]),
    ("high-risk with its own", commit_of(edited("ui/hot/a")), (MINE,), []),
    ("high-risk with a lock on another path", commit_of(edited("ui/hot/a")), (lock(scope="/ui/hot/b"),), ["LG401"]),
    ("high-risk with its own that ran out", commit_of(edited("ui/hot/a")), (MINE_STALE,), ["LG401"]),
    ("high-risk, another lane's", commit_of(edited("ui/hot/a")), (THEIRS,), ["LG402"]),
    ("high-risk, another lane's that ran out", commit_of(edited("ui/hot/a")), (lock("core", expires=NOW),), ["LG401"]),
    ("high-risk, both (no registry says so)", commit_of(edited("ui/hot/a")), (MINE, THEIRS), ["LG402"]),
    ("high-risk created", commit_of(added("ui/hot/a")), (), ["LG401"]),
    ("high-risk deleted", commit_of(deleted("ui/hot/a")), (), ["LG401"]),
    ("high-risk of another mode", commit_of(edited("ui/hot/a", REGULAR, EXECUTABLE)), (), ["LG401"]),
    ("the folder itself, as a link", commit_of(added("ui/hot", LINK)), (), ["LG401"]),
    ("renamed away", commit_of(deleted("ui/hot/a"), added("ui/a")), (), ["LG401"]),
    ("a rename takes it along", commit_of(deleted("ui/hot/a"), added("ui/a")), (MINE,), []),
    ("high-risk without a grant", commit_of(edited("core/hot")), (lock(scope="/core/hot"),), ["LG101"]),
    ("high-risk out of scope", commit_of(edited("ui/vendor/hot")), (lock(scope="/ui/vendor/"),), ["LG104"]),
    ("high-risk in a merge", merge_of(edited("ui/hot/a")), (), ["LG401"]),
    ("shared, nobody's", commit_of(edited("board/x")), (), []),
    ("shared, deleted", commit_of(deleted("board/x")), (), []),
    ("shared, a submodule", commit_of(added("board/x", SUBMODULE)), (), []),
    ("shared, out of scope", commit_of(edited("ui/vendor/board")), (), ["LG104"]),
    ("shared, a link inside", commit_of(added("board/x", LINK), links={b"board/x": b"y"}), (), []),
    ("shared, a link out", commit_of(added("board/x", LINK), links={b"board/x": b"../docs/y"}), (), ["LG101"]),
    ("a link to what is shared", commit_of(added("ui/x", LINK), links={b"ui/x": b"../board/y"}), (), []),
    ("a link to what only grows", commit_of(added("ui/x", LINK), links={b"ui/x": b"../LOG"}), (), []),
    ("a link to high-risk of others", commit_of(added("ui/x", LINK), links={b"ui/x": b"../docs/a"}), (), ["LG101"]),
    ("lines added", appended(LOG), (), []),
    ("a log begun", appended(added("LOG")), (), []),
    ("lines added out of scope", appended(edited("ui/vendor/log")), (), ["LG104"]),
    ("not only lines added", commit_of(LOG), (), ["LG405"]),
    ("a log deleted", commit_of(deleted("LOG")), (), ["LG405"]),
    ("a log as a link", commit_of(edited("LOG", REGULAR, LINK)), (), ["LG405"]),
    ("a log of another mode", commit_of(edited("LOG", REGULAR, EXECUTABLE)), (), ["LG405"]),
    ("a log merged badly", merge_of(LOG), (), ["LG405"]),
    ("a log merged well", replace(merge_of(LOG), appended=frozenset((b"LOG",))), (), []),
    ("frozen", commit_of(edited("ui/ice/a")), (lock(scope="/ui/"),), ["LG404"]),
    ("frozen, created", commit_of(added("ui/ice/a")), (), ["LG404"]),
    ("in no zone", commit_of(edited("ui/a")), (THEIRS,), []),
]  # fmt: skip


@pytest.mark.parametrize(("commit", "locks", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_table(commit: Commit, locks: tuple[Lock, ...], expected: list[str]) -> None:
    assert codes(judged(commit, NOWHERE, *locks)) == expected


HOT_A = b"ui/hot/a"


def test_a_commit_that_stood_on_a_policed_ref_needs_no_lock_of_its_own_any_more() -> None:
    commit, stood = commit_of(edited("ui/hot/a")), Scope(known=frozenset((NEW,)), had=frozenset({("ui", HOT_A)}))
    assert codes(judged(commit, stood)) == []
    assert codes(judged(commit, stood, MINE_STALE)) == []
    assert codes(judged(commit, stood, THEIRS)) == ["LG402"]


@pytest.mark.parametrize("had", [set[tuple[str, bytes]](), {("core", HOT_A)}, {("ui", b"ui/hot/b")}])
def test_but_its_lane_must_have_had_one_on_each_path(had: set[tuple[str, bytes]]) -> None:
    """It may have come when the path was not high-risk yet."""
    commit, stood = commit_of(edited("ui/hot/a")), Scope(known=frozenset((NEW,)), had=frozenset(had))
    (found,) = judged(commit, stood)
    assert (found.code, found.message) == ("LG401", "high-risk, and lane ui never held a lock that covers it")
    assert found.hint == "lanegate lock acquire '/ui/hot/a' --lane ui, then push again"
    assert codes(judged(commit, stood, MINE)) == []
    assert codes(judged(commit, stood._replace(known=frozenset(), had=frozenset({("ui", HOT_A)})))) == ["LG401"]


def test_where_nobody_knows_the_locks_they_are_not_judged() -> None:
    judge = Judge(policy(zones=ZONES), POLICY_PATH)
    assert judge.commit(commit_of(edited("ui/hot/a")), NOWHERE) == []
    assert codes(judge.commit(commit_of(edited("ui/ice/a")), NOWHERE)) == ["LG404"]


def test_an_update_brings_the_locks_and_what_stood_before() -> None:
    judge = Judge(policy(zones=ZONES), POLICY_PATH)
    mine = frozenset({("ui", HOT_A)})
    for known, had, expected in ((set(), mine, ["LG401"]), ({NEW}, mine, []), ({NEW}, frozenset(), ["LG401"])):
        update = update_of(commit_of(edited("ui/hot/a")), held=held(), known=frozenset(known), had=had)
        assert codes(judge_push(judge, Push((update,), MAIN))) == expected


INTEGRATOR = Scope(ref=MAIN, pusher="cy", judges_people=True)
OWNER = Scope(ref=MAIN, pusher="bob", judges_people=True)


@pytest.mark.parametrize(("path", "expected"), [("ui/ice/a", "LG404"), ("LOG", "LG405"), ("ui/hot/a", "LG401")])
def test_integrators_are_not_exempt(path: str, expected: str) -> None:
    """Neither where they resolve a conflict nor where they take a commit back."""
    asked = policy(zones=ZONES, identity="pusher")
    conflict = merge_of(edited(path), conflicts=frozenset((path.encode(),)))
    vouched = INTEGRATOR._replace(is_vouched=True)
    assert codes(judged(conflict, vouched, rules_of=asked)) == [expected]
    assert codes(judged(commit_of(edited(path), revert=Revert("ui")), vouched, rules_of=asked)) == [expected]
    assert codes(judged(commit_of(edited("core/a"), revert=Revert("ui")), vouched, rules_of=asked)) == []


ROLES = (Zone(rules("/ui/", line=81), SHARED, 80, roles=("maintainer", "lead")),)
KEY = b"key"
#: (identity, scope, signer, codes); ana holds a role of the zone, bob owns the lane.
WRITERS = [
    ("pusher", OWNER, None, ["LG406"]),
    ("pusher", Scope(pusher=None, judges_people=True, already_on_lane={"ui": frozenset((NEW,))}), None, []),
    ("pusher", OWNER._replace(is_vouched=True), None, []),
    ("pusher", NOWHERE, None, []),  # verify cannot know who pushed
    ("signature", NOWHERE, Signer("bob", KEY), ["LG406"]),
    ("signature", NOWHERE, Signer("dan", KEY), []),
    ("signature", NOWHERE, None, []),  # in a clone, before it is signed
    ("either", OWNER, Signer("bob", KEY), ["LG406"]),
    ("either", OWNER, Signer(None, None, "not signed"), ["LG406"]),
    ("either", OWNER, Signer("dan", KEY), []),
    ("either", OWNER._replace(pusher="dan"), Signer("bob", KEY), []),
]


@pytest.mark.parametrize(("identity", "scope", "signer", "expected"), WRITERS)
def test_roles(identity: str, scope: Scope, signer: Signer | None, expected: list[str]) -> None:
    dan = policy().lanes["ui"]._replace(owners=("bob", "dan"))
    asked = policy(dan, zones=ROLES, identity=identity, roles={"maintainer": ("ana",), "lead": ("dan", "ana")})
    found = judged(commit_of(edited("ui/a"), signer=signer), scope, rules_of=asked)
    assert codes(found) == expected
    for violation in found:
        assert violation.owner == "ana, dan"


def only(found: list[Violation]) -> tuple[str, str | None, int | None, str | None]:
    (one,) = found
    assert one.lane == "ui"
    return one.message, one.owner, one.policy_line, one.hint


NO_LOCK = ("high-risk, and lane ui holds no lock that covers it", None, 61,
           "lanegate lock acquire '/ui/hot/a' --lane ui, then push again")  # fmt: skip
WORDS = [
    (commit_of(edited("ui/hot/a")), (), NO_LOCK),
    (commit_of(edited("ui/hot/a")), (lock("core", expires=NOW),), NO_LOCK),  # not this lane's to reclaim
    (commit_of(edited("ui/hot/a")), (lock(scope="/ui/hot/b", expires=NOW),), NO_LOCK),
    (commit_of(edited("ui/hot/a")), (MINE_STALE,), ("high-risk, and lock ui-1 of lane ui ran out at "
     "2027-01-15T08:00:00Z", None, 61, 'lanegate lock reclaim ui-1 --note "why it ran out", then push again')),
    (commit_of(edited("ui/hot/a")), (THEIRS,), ("high-risk, and lock core-1 is held by ana for lane core until "
     "2027-01-15T08:01:00Z", "ana (core)", 61,
     "wait until lock core-1 is released, or ask its holder; `lanegate lock list` shows it")),
    (commit_of(edited("ui/hot/a")), (lock("core", owner=None),), ("high-risk, and lock core-1 is held by lane core "
     "until 2027-01-15T08:01:00Z", "core", 61,
     "wait until lock core-1 is released, or ask its holder; `lanegate lock list` shows it")),
    (commit_of(edited("ui/ice/a")), (), ("frozen: nobody changes it", None, 76,
     "leave it as it is, or have a maintainer change the zone in the policy first")),
    (commit_of(LOG), (), ("append-only: what stood there changes: lines may only be added at the end", None, 71,
     "keep what stands there, and add lines at the end")),
    (commit_of(deleted("LOG")), (), ("append-only: not to be deleted or renamed", None, 71,
     "leave the file where it is")),
    (commit_of(edited("LOG", REGULAR, LINK)), (), ("append-only: only a regular file stands here, not mode 120000",
     None, 71, "leave it a regular file")),
    (commit_of(edited("LOG", REGULAR, EXECUTABLE)), (), ("append-only: its type or mode changes (100644 to 100755)",
     None, 71, "leave its type and mode as they are")),
    (merge_of(edited("LOG", ABSENT)), (), ("append-only: the merge does not hold what both sides began from, and then "
     "all that each of them added", None, 71,
     "keep the common start, then one side's new lines, then the other's, and nothing else")),
]  # fmt: skip


@pytest.mark.parametrize(("commit", "locks", "expected"), WORDS)
def test_words(commit: Commit, locks: tuple[Lock, ...], expected: tuple[str, str | None, int, str]) -> None:
    found = judged(commit, NOWHERE, *locks)
    assert only(found) == expected
    assert [one.path for one in found] == [change.path for change in commit.changes]


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("a b", "'/ui/hot/a b'"),
        ("é", "'/ui/hot/é'"),
        ("'; rm -r ~; '", "PATTERN"),
        ("*", "PATTERN"),
        ("\u202e", "PATTERN"),
    ],
)
def test_a_command_that_is_safe_to_paste(name: str, pattern: str) -> None:
    (found,) = judged(commit_of(edited(f"ui/hot/{name}")))
    assert found.hint == f"lanegate lock acquire {pattern} --lane ui, then push again"


def test_a_path_that_is_not_text() -> None:
    (found,) = judged(commit_of(edited(b"ui/hot/\xff")))
    assert found.hint == "lanegate lock acquire PATTERN --lane ui, then push again"


@pytest.mark.parametrize(
    ("identity", "scope", "signer", "message", "how"),
    [
        ("pusher", OWNER, None, "pushed by bob", "push"),
        ("signature", NOWHERE, Signer("bob", KEY), "signed by bob", "sign"),
        ("either", OWNER._replace(pusher=None, already_on_lane={}), Signer("bob", KEY),
         "pushed by nobody known, signed by bob", "sign or push"),
        ("either", OWNER, Signer(None, None, "not signed"),
         "pushed by bob, not signed by any of them: not signed", "sign or push"),
    ],
)  # fmt: skip
def test_words_about_roles(identity: str, scope: Scope, signer: Signer | None, message: str, how: str) -> None:
    asked = policy(zones=ROLES, identity=identity)
    (found,) = judged(commit_of(edited("ui/a"), signer=signer), scope, rules_of=asked)
    assert found.message == f"only maintainer or lead may write here; {message}"
    assert found.hint == f"have one of them {how} the change: ana"
