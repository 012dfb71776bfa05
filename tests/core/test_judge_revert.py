"""Commits that take another one back (LG506), by table: who may, and what their paths need."""

from __future__ import annotations

from typing import Any

import pytest

from lanegate.core.facts import Revert, Signer
from lanegate.core.judge import Scope
from tests.core.build import MAIN, codes, commit_of, edited, judge_of

PATH = {"ui": "ui/x", "core": "core/x"}
#: Of lane ui, and exact; bob owns ui, ana core, cy is integrator.
#: (lane of the commit, path, lane taken back, problem, identity, signer, pusher, codes).
REVERTS = [
    ("ui", "ui/x", "ui", None, "signature", "bob", None, []),
    ("ui", "core/x", "ui", None, "signature", "bob", None, ["LG101"]),
    ("core", "ui/x", "ui", None, "signature", "ana", None, ["LG506", "LG101"]),
    ("core", "core/x", "ui", None, "signature", "ana", None, ["LG506"]),
    ("core", "ui/x", None, None, "signature", "ana", None, ["LG101"]),
    ("core", "core/x", None, None, "signature", "ana", None, []),
    ("ui", "ui/x", "ui", "differs", "signature", "bob", None, ["LG506"]),
    ("core", "core/x", "ui", "differs", "signature", "ana", None, ["LG506", "LG506"]),
    ("docs", "ui/x", "ui", None, "signature", "cy", None, []),
    ("docs", "ui/vendor/x", "ui", None, "signature", "cy", None, []),
    ("docs", "ui/x", None, None, "signature", "cy", None, []),
    ("docs", "ui/x", "ui", "differs", "signature", "cy", None, ["LG506", "LG101"]),
    ("docs", "ui/x", "ui", None, "pusher", None, "cy", []),
    ("docs", "ui/x", "ui", None, "pusher", "cy", "ana", ["LG506", "LG101"]),
    ("docs", "ui/x", "ui", None, "either", "cy", "ana", []),
    ("docs", "ui/x", "ui", None, "either", None, "cy", []),
    ("docs", "ui/x", "ui", None, "either", None, "ana", ["LG506", "LG101"]),
    ("ui", "ui/x", "ui", None, "none", None, None, []),
    ("core", "core/x", "ui", None, "none", None, None, ["LG506"]),
]


@pytest.mark.parametrize(("lane", "path", "taken", "problem", "identity", "signer", "pusher", "expected"), REVERTS)
def test_who_may_take_what_back(
    lane: str, path: str, taken: str, problem: Any, identity: str, signer: Any, pusher: Any, expected: list[str]
) -> None:
    """LG202 aside: an integrator brings it in a lane of their own."""
    judge = judge_of(identity=identity)
    message = f"[W1] Revert\n\nLane: {lane}\nTask: T-12\nReverts: {'1' * 40}\n"
    commit = commit_of(
        edited(path), message=message, revert=Revert(taken, problem), signer=Signer(signer, reason="no signature")
    )
    scope = Scope(MAIN, pusher=pusher, judges_people=identity != "none", is_vouched=True)
    assert codes(judge.commit(commit, scope)) == expected


def test_who_could_help_is_named() -> None:
    commit = commit_of(edited("ui/x"), lane="core", revert=Revert("ui"))
    found = judge_of().commit(commit, Scope(MAIN))[0]
    assert (found.lane, found.owner, found.policy_line) == ("core", "cy", 20)
    assert found.message == "takes back a commit of lane ui, and comes for lane core"
    assert found.hint == "have lane ui take it back, or an integrator: cy"
    nobody = judge_of(roles={}).commit(commit, Scope(MAIN))[0]
    assert (nobody.owner, nobody.hint) == (None, "have lane ui take it back, or an integrator")


def test_what_is_not_exact_is_told_how_to_make_it() -> None:
    (found,) = judge_of().commit(commit_of(edited("ui/x"), revert=Revert("ui", "differs")), Scope(MAIN))
    assert (found.code, found.message, found.lane) == ("LG506", "differs", "ui")
    assert (found.hint or "").startswith("make it with `git revert`")


def test_where_nobody_looked_it_is_a_commit_like_any_other() -> None:
    """In a clone: the server will look."""
    message = f"Revert\n\nLane: ui\nReverts: {'1' * 40}\n"
    assert judge_of().commit(commit_of(edited("ui/x"), message=message), Scope()) == []
