"""What zones ask of a path and of a commit, as it is told: by the judge, and beside the locks that are known."""

from __future__ import annotations

import pytest

from lanegate.core.explain import explain
from lanegate.core.explain_commit import explain_commit
from lanegate.core.facts import Commit, RefUpdate
from lanegate.core.locks import Held, Lock
from lanegate.core.ownership import Ownership
from lanegate.core.policy import APPEND_ONLY, HIGH_RISK, RefRule, Rule, Zone
from tests.core.build import MAIN, UI, edited, policy, replace

PATH = "policy/lanegate.toml"
RULE = RefRule(MAIN, 5)
NOW = 1_800_000_000
RULES = (Rule("/ui/", "zones[0].paths[0]", 7), Rule("/ui/log", "zones[1].paths[0]", 9))
ZONES = (Zone((RULES[0],), HIGH_RISK, 6, ("maintainer",)), Zone((RULES[1],), APPEND_ONLY, 8))
ZONED = replace(policy(UI), zones=ZONES, identity="pusher")


def held(*lanes: str) -> Held:
    locks = [Lock(f"of-{lane}", lane, None, ("/ui/",), "why", NOW, NOW, NOW + 10, 1) for lane in lanes]
    return Held(locks, NOW)


@pytest.mark.parametrize(
    ("locks", "code", "shown"),
    [(None, None, None), (held(), "LG401", ()), (held("ui"), None, ("of-ui",)), (held("core"), "LG402", ("of-core",))],
)
def test_a_path(locks: Held | None, code: str | None, shown: tuple[str, ...] | None) -> None:
    (one,) = explain(ZONED, PATH, [b"ui/a"], [], locks)
    assert one.zone is not None
    assert one.zone[:2] == (ZONES[0], RULES[0])
    assert (None if one.zone.locks is None else tuple([lock.id for lock in one.zone.locks])) == shown
    assert {violation.code if violation else None for _, _, violation in one.acts} == {code}


def test_what_may_be_added() -> None:
    (one, none) = explain(ZONED, PATH, [b"ui/log", b"elsewhere"], ["ui"])
    assert [(act, violation.code if violation else None) for _, act, violation in one.acts] == [
        ("change", "LG405"),
        ("create", None),
        ("delete", "LG405"),
        ("append", None),
    ]
    assert none.zone is None


@pytest.mark.parametrize(
    ("locks", "paths", "fact"),
    [
        (held(), ("elsewhere",), None),
        (None, ("ui/a",), "ui/a (high-risk, maintainer only)"),
        (held(), ("ui/a",), "ui/a (high-risk, maintainer only, no live lock)"),
        (
            held("core", "ui"),
            ("ui/a",),
            "ui/a (high-risk, maintainer only, lock of-core of lane core and of-ui of lane ui)",
        ),
        (held("ui"), ("ui/log",), "ui/log (append-only)"),
        (None, tuple(f"ui/{n}" for n in range(7)), "2 more"),
    ],
)
def test_a_commit(locks: Held | None, paths: tuple[str, ...], fact: str | None) -> None:
    commit = Commit("1" * 40, ("2" * 40,), b"Change\n\nLane: ui\n", tuple([edited(path) for path in paths]))
    update = RefUpdate(MAIN, "2" * 40, commit.id, (commit,), held=locks)
    aspects = {one.name: one.fact for one in explain_commit(ZONED, RULE, update, commit, (), Ownership(ZONED))}
    told = aspects.get("zones")
    assert told == fact if len(paths) < 6 else (told or "").endswith(f", {fact}")
