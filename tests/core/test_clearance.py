"""What is cleared at a glance is what the judge finds nothing against: by table, and by property."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from lanegate.core import clearance as module
from lanegate.core.clearance import Clearance
from lanegate.core.facts import LINK, Change
from lanegate.core.judge import Judge, Scope
from lanegate.core.policy import Policy, Zone
from tests.core.build import POLICY_PATH, UI, commit_of, judge_of, replace, rules
from tests.core.test_judge_properties import CHANGES, MESSAGES, policies

IN_UI = b"C\n\nLane: ui\n"
REVERTS = b"C\n\nLane: ui\nReverts: " + b"1" * 40 + b"\n"


@pytest.mark.parametrize(
    ("message", "paths", "cleared"),
    [
        (IN_UI, [], True),
        (IN_UI, [b"ui/a", b"ui/b"], True),
        (IN_UI, [b"ui/a", b"core/a"], False),
        (IN_UI, [b"app.py"], False),
        (IN_UI, [b"ui/vendor/a"], False),
        (IN_UI, [b"nobody/a"], False),
        (b"C\n", [b"ui/a"], False),
        (b"C\n\nLane: nobody\n", [b"ui/a"], False),
        (REVERTS, [b"ui/a"], False),
    ],
)
def test_what_is_cleared(message: bytes, paths: list[bytes], cleared: bool) -> None:
    clearance = Clearance(judge_of(), Scope())
    assert [clearance.clears(message, paths) for _ in range(2)] == [cleared, cleared]


def test_a_path_that_nobody_owns_where_that_is_allowed() -> None:
    clearance = Clearance(judge_of(unowned="allow"), Scope())
    assert clearance.clears(IN_UI, [b"nobody/a"])
    assert not clearance.clears(IN_UI, [b"core/a"])
    assert not clearance.clears(IN_UI, [b"ui/vendor/a"])


def test_a_commit_without_a_lane_that_is_assumed() -> None:
    clearance = Clearance(judge_of(), Scope(assume_lane="ui"))
    assert clearance.clears(b"C\n", [b"ui/a"])
    assert not clearance.clears(b"C\n\nLane: core\n", [b"ui/a"])


@pytest.mark.parametrize(
    ("changed", "scope"),
    [
        ({"identity": "signature"}, Scope()),
        ({"identity": "pusher"}, Scope(judges_people=True)),
        ({"zones": (Zone(rules("/ui/a"), "frozen", 60),)}, Scope()),
    ],
)
def test_policies_that_ask_for_more_than_lane_and_paths(changed: dict[str, Any], scope: Scope) -> None:
    clearance = Clearance(judge_of(**changed), scope)
    assert not clearance.clears_some
    assert not clearance.clears(IN_UI, [b"ui/a"])


@pytest.mark.parametrize("asked", [{"task": "T"}, {"subject_prefix": "[W]"}])
def test_lanes_that_ask_for_more(asked: dict[str, str]) -> None:
    assert not Clearance(judge_of(replace(UI, **asked)), Scope()).clears(IN_UI, [b"ui/a"])


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_FREE", 1)
    clearance = Clearance(judge_of(), Scope())
    for _ in range(2):
        assert clearance.clears(IN_UI, [b"ui/a", b"ui/b"])
        assert not clearance.clears(IN_UI, [b"ui/a", b"core/a"])


PLAIN = CHANGES.filter(lambda changes: all(change.new_mode != LINK for change in changes))


@given(policies(), PLAIN, MESSAGES)
def test_nothing_is_cleared_that_the_judge_refuses(policy: Policy, changes: list[Change], message: str) -> None:
    judge, commit = Judge(policy, POLICY_PATH), commit_of(*changes, message=message)
    if Clearance(judge, Scope()).clears(commit.message, [change.path for change in changes]):
        assert judge.commit(commit, Scope()) == []
