"""Ref updates and the policy file under the rules of docs/judgement.md, by table."""

from __future__ import annotations

from typing import Any

import pytest

from lanegate.core.facts import Defect
from lanegate.core.judge_push import PolicyAfter, Push, judge_push, may_push
from lanegate.core.policy import Problem, RefRule
from tests.core.build import (
    MAIN,
    NEW,
    OLD,
    OTHER,
    POLICY_PATH,
    UI,
    commit_of,
    edited,
    judge_of,
    merge_of,
    policy,
    replace,
    update_of,
)

LANE_REF = "refs/heads/lane/ui"
POLICY_COMMIT = commit_of(edited(POLICY_PATH), lane="core")
DELETION: dict[str, Any] = {"new": None, "fast_forward": None, "on_first_parent_chain": None}
CREATION: dict[str, Any] = {"old": None, "fast_forward": None, "on_first_parent_chain": None}


def push_of(*updates: Any, **fields: Any) -> Push:
    return Push(updates=updates, trusted_ref=MAIN, **fields)


def told(push: Push, **policy_fields: Any) -> list[str]:
    return [violation.code for violation in judge_push(judge_of(**policy_fields), push)]


#: (ref, further fields of the update, code): what a rule lets a ref do, whoever pushes.
MOVES = [
    (MAIN, {}, None),
    (MAIN, CREATION, None),
    (MAIN, {"fast_forward": False, "on_first_parent_chain": False}, "LG602"),
    (MAIN, {"on_first_parent_chain": False}, "LG603"),
    (MAIN, DELETION, "LG602"),
    (LANE_REF, {}, None),
    (LANE_REF, {"on_first_parent_chain": False}, None),
    (LANE_REF, {"fast_forward": False, "on_first_parent_chain": False}, None),
    (LANE_REF, DELETION, None),
    (LANE_REF, CREATION, None),
    ("refs/heads/strict", {"on_first_parent_chain": False}, None),
    ("refs/heads/strict", {"fast_forward": False, "on_first_parent_chain": False}, "LG602"),
    ("refs/heads/strict", DELETION, "LG602"),
    ("refs/heads/nobody", {}, "LG601"),
    ("refs/heads/nobody", DELETION, "LG601"),
    ("refs/heads/lane/unknown", {}, "LG601"),
    ("refs/heads/lane/UI", {}, "LG601"),
    ("refs/heads/lane/ui/deep", {}, "LG601"),
    ("refs/heads/lane/old", CREATION, "LG601"),
    ("refs/heads/lane/old", DELETION, None),
    ("refs/heads/Main", CREATION, "LG601"),
    ("refs/heads/main/x", CREATION, "LG601"),
    ("refs/notes/commits", CREATION, "LG601"),
    ("refs/replace/" + OLD, CREATION, "LG601"),
    ("refs/lanegate/ledger", CREATION, "LG601"),
    ("refs/tags/v1", {**CREATION, "is_tag_reachable": True}, None),
    ("refs/tags/v1", {**CREATION, "is_tag_reachable": False}, "LG601"),
    ("refs/tags/v1", {"is_tag_reachable": True, "fast_forward": False}, "LG602"),
    ("refs/tags/v1", DELETION, "LG602"),
    ("refs/tags/deep/v1", {**CREATION, "is_tag_reachable": True}, "LG601"),
    ("refs/heads/strict", {"symref": MAIN}, "LG601"),
    (LANE_REF, {"symref": MAIN, **DELETION}, "LG601"),
    (MAIN, {"defect": "a blob"}, "LG604"),
    (LANE_REF, {"defect": "a tag object"}, "LG604"),
]

STRICT = (*policy().refs, RefRule("refs/heads/strict", 60))
WIDE = (*policy().refs, RefRule("refs/**", 60, force=True, delete=True))


@pytest.mark.parametrize(("ref", "fields", "code"), MOVES)
def test_moves(ref: str, fields: dict[str, Any], code: str | None) -> None:
    assert told(push_of(update_of(ref=ref, **fields)), refs=STRICT) == ([code] if code else [])


@pytest.mark.parametrize("ref", ["refs/replace/" + OLD, "refs/lanegate/ledger", "refs/heads/MAIN", "Refs/Heads/main"])
def test_no_rule_opens_these(ref: str) -> None:
    assert told(push_of(update_of(ref=ref, **CREATION)), refs=WIDE) == ["LG601"]


def test_a_wide_rule_opens_the_rest_and_never_the_trusted_ref() -> None:
    assert told(push_of(update_of(ref="refs/notes/commits", **DELETION)), refs=WIDE) == []
    every = (RefRule("refs/**", 60, force=True, delete=True),)
    assert told(push_of(update_of(**DELETION)), refs=every) == ["LG602"]
    assert told(push_of(update_of(fast_forward=False, on_first_parent_chain=False)), refs=every) == ["LG602"]
    assert told(push_of(update_of(on_first_parent_chain=False)), refs=every) == ["LG603"]


def test_an_accepted_ref_moves_by_force_where_its_rule_says_so() -> None:
    """Not so the trusted one; and a merge that took the branch as second parent is no force."""
    aside = "refs/heads/release"
    back = {"ref": aside, "fast_forward": False, "on_first_parent_chain": False}
    for force, codes in ((True, []), (False, ["LG602"])):
        rules = (RefRule(aside, 60, accepted=True, force=force), RefRule(MAIN, 61, accepted=True, force=True))
        assert told(push_of(update_of(**back)), refs=rules) == codes
        assert told(push_of(update_of(ref=aside, on_first_parent_chain=False)), refs=rules) == ["LG603"]
        assert told(push_of(update_of(fast_forward=False, on_first_parent_chain=False)), refs=rules) == ["LG602"]


def test_the_first_rule_that_names_a_ref_wins() -> None:
    refs = (RefRule("refs/heads/*", 1), RefRule(MAIN, 2, force=True), RefRule("refs/heads/x", 3, delete=True))
    assert told(push_of(update_of(ref="refs/heads/x", **DELETION)), refs=refs) == ["LG602"]


def test_what_a_ref_refusal_says() -> None:
    (found,) = judge_push(judge_of(refs=STRICT), push_of(update_of(fast_forward=False)))
    assert found.message == "not a fast-forward: it would drop commits that stand there"
    assert (found.ref, found.commit, found.policy_line) == (MAIN, NEW, 50)
    (found,) = judge_push(judge_of(), push_of(update_of(**DELETION)))
    assert found.message == "the trusted ref is never deleted"
    (found,) = judge_push(judge_of(refs=STRICT), push_of(update_of(ref="refs/heads/strict", **DELETION)))
    assert found.message == "the rule of this ref allows no deletion"
    (found,) = judge_push(judge_of(), push_of(update_of(on_first_parent_chain=False)))
    assert found.hint == "check out main and merge your branch into it"
    (found,) = judge_push(judge_of(), push_of(update_of(ref="refs/replace/x", **CREATION)))
    assert found.message == "nobody pushes to refs/replace/"
    (found,) = judge_push(judge_of(), push_of(update_of(ref="refs/heads/lane/old", **CREATION)))
    assert (found.message, found.lane) == ("lane old is done", "old")
    (found,) = judge_push(judge_of(), push_of(update_of(ref=LANE_REF, symref=MAIN)))
    assert (found.message, found.hint) == (
        f"a symbolic ref of the server, it stands for {MAIN}",
        f"push to {MAIN} by its name",
    )


def guarded(*names: str) -> tuple[RefRule, ...]:
    return (RefRule(MAIN, 50, pushers=names), *policy().refs[1:])


#: (ref, pusher, rules, deletion, codes): who may push, under identity `pusher`.
PUSHERS = [
    (MAIN, "ana", guarded("maintainer"), False, []),
    (MAIN, "ana", guarded("ana"), False, []),
    (MAIN, "bob", guarded("maintainer", "bob"), False, []),
    (MAIN, "bob", guarded("maintainer"), False, ["LG601"]),
    (MAIN, "bob", guarded(), False, ["LG601"]),
    (MAIN, "bob", guarded("nobody"), False, ["LG601"]),
    (MAIN, None, guarded("maintainer"), False, ["LG601"]),
    (LANE_REF, "bob", policy().refs, False, []),
    (LANE_REF, "ana", policy().refs, False, ["LG202"]),
    (LANE_REF, None, policy().refs, False, ["LG202"]),
    (LANE_REF, "ana", policy().refs, True, ["LG202"]),
    ("refs/heads/lane/old", "bob", policy().refs, True, ["LG202"]),
    ("refs/heads/lane/old", "bob", policy().refs, False, ["LG601", "LG202"]),
]


@pytest.mark.parametrize(("ref", "pusher", "refs", "deletion", "expected"), PUSHERS)
def test_pushers(ref: str, pusher: str | None, refs: Any, deletion: bool, expected: list[str]) -> None:
    update = update_of(ref=ref, **(DELETION if deletion else {}))
    push = push_of(update, pusher=pusher, pusher_name=pusher, judges_people=True)
    assert told(push, refs=refs, identity="pusher") == expected
    assert "LG202" not in told(replace(push, judges_people=False), refs=refs, identity="pusher")


def test_what_a_pusher_refusal_says() -> None:
    push = push_of(update_of(), pusher="bob", pusher_name="bob", judges_people=True)
    (found,) = judge_push(judge_of(refs=guarded("maintainer", "cy")), push)
    assert found.message == "bob may not push here: maintainer, cy may"
    (found,) = judge_push(judge_of(refs=guarded()), push)
    assert (found.message, found.hint) == ("bob may not push here: nobody may", "ask one of: the maintainers")
    lane_push = push_of(update_of(ref=LANE_REF), pusher="ana", pusher_name="ana", judges_people=True)
    (found,) = judge_push(judge_of(identity="pusher"), lane_push)
    assert (found.message, found.hint, found.owner) == ("ana does not own lane ui", "ask bob", "bob")
    (found,) = judge_push(judge_of(replace(UI, owners=()), identity="pusher"), lane_push)
    assert (found.hint, found.owner) == ("ask a maintainer", None)


def test_commits_are_judged_with_the_lane_of_their_ref() -> None:
    ours, theirs = commit_of(edited("ui/a")), commit_of(edited("core/a"), lane="core")
    assert told(push_of(update_of(ours, ref=LANE_REF))) == []
    assert told(push_of(update_of(ours, theirs, ref=LANE_REF))) == ["LG201"]
    assert told(push_of(update_of(ours, theirs))) == []
    assert told(push_of(update_of(ours, theirs, defect="x"))) == ["LG604"]


def test_a_push_judges_every_update_and_every_commit() -> None:
    bad = commit_of(edited("core/a"))
    push = push_of(
        update_of(commit_of(edited("ui/a")), ref=LANE_REF),
        update_of(bad, bad),
        update_of(ref="refs/heads/nobody"),
        update_of(ref="refs/tags/v1", **CREATION, is_tag_reachable=False),
    )
    assert told(push) == ["LG101", "LG101", "LG601", "LG601"]


def test_landing_another_lane_under_identity_pusher() -> None:
    commit = commit_of(edited("ui/a"))
    push = push_of(update_of(commit), pusher="ana", pusher_name="ana", judges_people=True)
    assert told(push, identity="pusher") == ["LG202"]
    known = update_of(commit, already_on_lane={"ui": frozenset({NEW})})
    assert told(replace(push, updates=(known,)), identity="pusher") == []


CLEAN = merge_of(lane=None)
OTHER_COMMIT = commit_of(edited("ui/a"), id=OTHER)


@pytest.mark.parametrize(
    ("commits", "expected"),
    [
        ((POLICY_COMMIT,), []),
        ((CLEAN, POLICY_COMMIT, CLEAN), []),
        ((POLICY_COMMIT, OTHER_COMMIT), ["LG701"]),
        ((OTHER_COMMIT, POLICY_COMMIT), ["LG701"]),
        ((POLICY_COMMIT, POLICY_COMMIT), ["LG701", "LG701"]),
        ((OTHER_COMMIT, OTHER_COMMIT), []),
        ((merge_of(edited(POLICY_PATH), lane="core"), OTHER_COMMIT), ["LG701"]),
        ((commit_of(edited(POLICY_PATH)),), ["LG101"]),
    ],
)
def test_a_policy_change_comes_alone(commits: Any, expected: list[str]) -> None:
    assert told(push_of(update_of(*commits))) == expected
    elsewhere = told(push_of(update_of(*commits, ref="refs/heads/strict")), refs=STRICT)
    assert elsewhere == [code for code in expected if code != "LG701"]


@pytest.mark.parametrize(
    ("pusher", "judges", "roles", "expected"),
    [
        ("ana", True, {"maintainer": ("ana",)}, []),
        ("ana", True, {"maintainer": ("bob",)}, ["LG701"]),
        ("ana", True, {}, ["LG701"]),
        ("ana", False, {}, []),
    ],
)
def test_a_policy_change_takes_a_maintainer(pusher: str, judges: bool, roles: Any, expected: list[str]) -> None:
    push = push_of(update_of(POLICY_COMMIT), pusher=pusher, pusher_name=pusher, judges_people=judges)
    assert told(push, identity="pusher", roles=roles) == expected


def test_what_a_maintainer_refusal_says() -> None:
    push = push_of(update_of(POLICY_COMMIT), pusher="ana", pusher_name="ana", judges_people=True)
    (found,) = judge_push(judge_of(identity="pusher", roles={"maintainer": ("bob", "cy")}), push)
    assert (found.message, found.owner, found.hint) == ("ana is no maintainer", "bob, cy", "ask a maintainer: bob, cy")
    (found,) = judge_push(judge_of(), push_of(update_of(CLEAN), policy_after=PolicyAfter(policy())))
    assert found.message == "the policy file changes without a new commit that changes it"
    (found,) = judge_push(judge_of(identity="pusher", roles={}), push)
    assert (found.owner, found.hint) == (None, "ask a maintainer: the policy names none")


STRANGE = commit_of(edited(POLICY_PATH), edited("nobody/a"), message="No lane\n")


@pytest.mark.parametrize(
    ("update", "expected"),
    [
        (update_of(STRANGE), []),
        (update_of(STRANGE, **CREATION), []),
        (update_of(CLEAN, STRANGE), []),
        (update_of(STRANGE, OTHER_COMMIT), ["LG601", "LG201", "LG202", "LG701"]),
        (update_of(replace(STRANGE, defects=(Defect("x"),))), ["LG604"]),
        (update_of(replace(STRANGE, parents=(OLD, OLD))), ["LG603"]),
        (update_of(STRANGE, fast_forward=False), ["LG602"]),
        (update_of(OTHER_COMMIT), ["LG601", "LG202"]),
        (update_of(STRANGE, ref="refs/heads/strict"), ["LG601", "LG201"]),
    ],
)
def test_the_bootstrap_pusher_may_push_a_lone_policy_commit(update: Any, expected: list[str]) -> None:
    refs = (RefRule(MAIN, 50, pushers=("ana",)), RefRule("refs/heads/strict", 51, pushers=("ana",)))
    push = push_of(update, pusher=None, pusher_name="root", judges_people=True, is_bootstrap=True)
    assert told(push, identity="pusher", refs=refs) == expected


PROBLEM = Problem("LG702", "lanes.ui.owned_paths[2]", 7, "expected a pattern")
TOO_MANY = Problem("LG504", "max_active_lanes", 3, "5 lanes are active, 4 may be")


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (None, []),
        (PolicyAfter(policy()), []),
        (PolicyAfter(None, (PROBLEM,)), ["LG702"]),
        (PolicyAfter(None, (PROBLEM, Problem("LG702", "", 0, "not a regular file"))), ["LG702", "LG702"]),
        (PolicyAfter(policy(), (TOO_MANY,)), ["LG504"]),
        (PolicyAfter(policy(refs=())), ["LG702"]),
    ],
)
def test_the_policy_that_would_judge_next(after: PolicyAfter | None, expected: list[str]) -> None:
    assert told(push_of(update_of(POLICY_COMMIT), policy_after=after)) == expected
    untouched = [] if after is None else ["LG701"]
    assert told(push_of(update_of(CLEAN), policy_after=after)) == untouched + expected


def test_what_a_policy_refusal_says() -> None:
    after = PolicyAfter(None, (PROBLEM, Problem("LG702", "", 0, "not a regular file")))
    first, second = judge_push(judge_of(), push_of(update_of(POLICY_COMMIT), policy_after=after))
    assert (first.message, first.policy_line) == ("lanes.ui.owned_paths[2]: expected a pattern", 7)
    assert (second.message, second.policy_line) == ("not a regular file", None)
    assert (second.path, second.commit, second.ref) == (POLICY_PATH.encode(), NEW, MAIN)


@pytest.mark.parametrize(
    ("pushers", "person", "expected"),
    [
        (None, None, True),
        (None, "bob", True),
        ((), "bob", False),
        (("bob",), "bob", True),
        (("maintainer",), "ana", True),
        (("maintainer",), "bob", False),
        (("integrator", "bob"), "bob", True),
        (("nobody",), None, False),
    ],
)
def test_may_push(pushers: tuple[str, ...] | None, person: str | None, expected: bool) -> None:
    assert may_push(policy(), RefRule(MAIN, 1, pushers=pushers), person) is expected
