"""What the refusal of a push tells: every field, since people and scripts go by them, and nothing beside it."""

from __future__ import annotations

from typing import Any

import pytest

from lanegate.core.decision import Violation
from lanegate.core.judge_push import PolicyAfter, Push, judge_push
from lanegate.core.policy import Problem, RefRule
from tests.core.build import (
    MAIN,
    NEW,
    OLD,
    OTHER,
    POLICY_PATH,
    UI,
    added,
    commit_of,
    edited,
    judge_of,
    merge_of,
    policy,
    replace,
    update_of,
)

LANE_REF = "refs/heads/lane/ui"
CREATION: dict[str, Any] = {"old": None, "fast_forward": None, "on_first_parent_chain": None}
POLICY_COMMIT = commit_of(edited(POLICY_PATH), lane="core")
NO_RULE = "push to a ref that [[refs]] in the policy names"


def refused(update: Any, push: dict[str, Any] | None = None, **changed: Any) -> tuple[Violation, ...]:
    return judge_push(judge_of(**changed), Push(updates=(update,), trusted_ref=MAIN, **(push or {})))


def by(person: str) -> dict[str, Any]:
    return {"pusher": person, "pusher_name": person, "judges_people": True}


@pytest.mark.parametrize(
    ("ref", "fields", "message", "hint"),
    [
        ("refs/replace/" + OLD, CREATION, "nobody pushes to refs/replace/", NO_RULE),
        ("refs/lanegate/ledger", CREATION, "nobody pushes to refs/lanegate/", NO_RULE),
        ("refs/heads/Main", CREATION, f"differs from {MAIN} only in case", NO_RULE),
        ("refs/heads/x", CREATION, "no rule of the policy names this ref", NO_RULE),
        (
            LANE_REF,
            {"symref": MAIN},
            f"a symbolic ref of the server, it stands for {MAIN}",
            f"push to {MAIN} by its name",
        ),
    ],
)
def test_a_ref_that_is_nobodys(ref: str, fields: dict[str, Any], message: str, hint: str) -> None:
    assert refused(update_of(ref=ref, **fields)) == (Violation("LG601", message, ref=ref, hint=hint),)


@pytest.mark.parametrize(("trusted", "ref"), [("straße", "STRASSE"), ("STRASSE", "straße"), ("main", "MAIN")])
def test_only_in_case_is_meant_in_every_script(trusted: str, ref: str) -> None:
    trusted, ref = f"refs/heads/{trusted}", f"refs/heads/{ref}"
    judge = judge_of(refs=(RefRule("refs/**", 1),))
    (found,) = judge_push(judge, Push((update_of(ref=ref, **CREATION),), trusted))
    assert found.message == f"differs from {trusted} only in case"
    assert judge_push(judge, Push((update_of(ref=ref + "n", **CREATION),), trusted)) == ()


def test_what_is_no_commit_has_no_commits_to_judge() -> None:
    bad = commit_of(edited("core/a"))
    expected = Violation("LG604", "a blob", ref=MAIN, commit=NEW, policy_line=50, hint="push a commit")
    assert refused(update_of(bad, defect="a blob")) == (expected,)
    tag = update_of(ref="refs/tags/v1", **CREATION, is_tag_reachable=False, defect="a tree")
    assert [(v.code, v.message) for v in refused(tag)] == [("LG604", "a tree")]


def test_a_tag_is_judged_by_where_it_points_and_by_nothing_else() -> None:
    tag = update_of(commit_of(edited("core/a")), ref="refs/tags/v1", **CREATION, is_tag_reachable=True)
    assert refused(tag) == ()


def test_a_refused_commit_is_told_with_its_ref() -> None:
    (found,) = refused(update_of(commit_of(edited("core/a")), ref=LANE_REF))
    assert (found.commit, found.ref) == (NEW, LANE_REF)


def test_a_pusher_that_the_rule_does_not_name() -> None:
    refs = (RefRule(MAIN, 50, pushers=("maintainer", "cy")),)
    assert refused(update_of(), by("bob"), refs=refs) == (
        Violation(
            "LG601",
            "bob may not push here: maintainer, cy may",
            ref=MAIN,
            commit=NEW,
            policy_line=50,
            hint="ask one of: maintainer, cy",
        ),
    )


def test_a_pusher_who_does_not_own_the_lane() -> None:
    ui = replace(UI, owners=("bob", "cy"))
    (found,) = judge_push(judge_of(ui, identity="pusher"), Push((update_of(ref=LANE_REF),), MAIN, **by("ana")))
    assert found == Violation(
        "LG202",
        "ana does not own lane ui",
        ref=LANE_REF,
        commit=NEW,
        policy_line=52,
        lane="ui",
        owner="bob, cy",
        hint="ask bob, cy",
    )


def test_a_policy_change_that_came_with_others() -> None:
    others = [commit_of(added(f"ui/{n}"), id=digit * 40) for n, digit in enumerate("56")]
    expected = Violation(
        "LG701",
        "a policy change comes alone, this one came with 2 other commit(s)",
        commit=NEW,
        path=POLICY_PATH.encode(),
        ref=MAIN,
        hint="push the commit that changes the policy by itself, before or after the others",
    )
    assert refused(update_of(others[0], POLICY_COMMIT, merge_of(lane=None), others[1])) == (expected,)


def test_a_policy_change_by_no_maintainer_tells_the_last_commit() -> None:
    again = replace(POLICY_COMMIT, id=OTHER)
    *_, found = refused(
        update_of(POLICY_COMMIT, again), by("ana"), identity="pusher", roles={"maintainer": ("bob", "cy")}
    )
    assert found == Violation(
        "LG701",
        "ana is no maintainer",
        commit=OTHER,
        path=POLICY_PATH.encode(),
        ref=MAIN,
        owner="bob, cy",
        hint="ask a maintainer: bob, cy",
    )


def test_a_policy_that_changes_by_no_new_commit() -> None:
    found = refused(update_of(merge_of(lane=None)), {"policy_after": PolicyAfter(policy())})
    assert found == (
        Violation(
            "LG701",
            "the policy file changes without a new commit that changes it",
            commit=NEW,
            path=POLICY_PATH.encode(),
            ref=MAIN,
            hint="merge the trusted branch first, then change the policy in a commit of its own",
        ),
    )


@pytest.mark.parametrize(
    ("after", "message", "line", "hint"),
    [
        (
            PolicyAfter(None, (Problem("LG702", "lanes.ui", 7, "expected a table"),)),
            "lanes.ui: expected a table",
            7,
            "run: lanegate policy check",
        ),
        (
            PolicyAfter(policy(refs=())),
            f"no rule of [[refs]] names {MAIN}: nobody could push there again",
            None,
            "add a rule to [[refs]]",
        ),
    ],
)
def test_a_policy_that_could_not_judge_next(after: PolicyAfter, message: str, line: int | None, hint: str) -> None:
    where: dict[str, Any] = {"commit": NEW, "path": POLICY_PATH.encode(), "ref": MAIN}
    assert refused(update_of(POLICY_COMMIT), {"policy_after": after}) == (
        Violation("LG702", message, policy_line=line, hint=hint, **where),
    )
