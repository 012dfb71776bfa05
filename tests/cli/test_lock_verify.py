"""`lanegate lock verify`: a registry that the server took is said to be right, an older or forged one is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lanegate.core.refs import LOCKS_REF
from tests.attack_locks import Registry, acquire, heartbeat, locks_policy
from tests.attack_signatures import by
from tests.attack_support import Arena, arena
from tests.support import Clone, Ran, lanegate, make_clone


@pytest.fixture
def at(tmp_path: Path) -> Arena:
    return arena(tmp_path, locks_policy())


def lock(clone: Clone, *args: str) -> Ran:
    return lanegate("lock", *args, cwd=clone.path, env=clone.environment)


def test_verify(at: Arena, tmp_path: Path) -> None:
    assert lock(at.clone, "verify").out == "this clone has no lock registry yet: lanegate lock list --fetch\n"
    bob = by("bob", at.clone)
    for args in (("acquire", "/src/ui/", "--id", "l-1"), ("heartbeat", "l-1")):
        assert lock(bob, *args, "--lane", "ui").ok
    tip = at.server.tip(LOCKS_REF) or ""
    ran = lock(at.clone, "verify", "--tip", tip)
    note = "note: not judged: the server's time when a record came (a clone cannot tell)\n"
    assert (ran.code, ran.out) == (0, f"verified 2 record(s), tip {tip}\n{note}")
    said = json.loads(lock(at.clone, "verify", "--format", "json").out)
    assert (said["decision"], said["summary"]["commits"]) == ("allowed", 2)
    wrong = lock(at.clone, "verify", "--tip", tip[:12])
    assert (wrong.code, wrong.err) == (2, f"lanegate lock: --tip {tip[:12]}: expected a full commit id\n")
    other = make_clone(at.server, tmp_path / "other")
    assert f"LG407 an older or forked lock registry: {tip[:12]} was pinned" in lock(other, "verify", "--tip", tip).out


def test_an_older_or_forged_registry(at: Arena) -> None:
    registry = Registry(at)
    registry.put(acquire("l-1", "ui", "/src/ui/"), "bob")
    good = registry.put(heartbeat("l-1", 1), "bob")
    assert lock(at.clone, "list", "--fetch").ok
    at.clone.git("update-ref", LOCKS_REF, f"{good}~1")
    ran = lock(at.clone, "verify")
    assert ran.code == 1
    assert f"LG407 an older or forked lock registry: {good[:12]} was seen before" in ran.out
    at.clone.git("update-ref", LOCKS_REF, registry.make(heartbeat("l-1", 1), "ana"))
    ran = lock(at.clone, "verify")
    assert ran.code == 1
    assert "LG202 record 3: ana does not own lane ui" in ran.out
