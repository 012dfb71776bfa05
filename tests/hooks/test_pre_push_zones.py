"""Zones at pre-push: an early warning by the registry as it was fetched last, from commits past every other hook."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desk import Desk, allows, make_desk, refuses
from tests.hooks.zoned import HOT, ZONED, lock, plant_locks
from tests.support import Ran, lanegate

LANE = "HEAD:refs/heads/lane/ui"


@pytest.fixture
def blind(tmp_path: Path) -> Desk:
    """A desk whose server judges nothing, so that only the clone's own hook can refuse."""
    desk = make_desk(tmp_path, text=ZONED)
    desk.use("ui")
    desk.server.config("lanegate.managed", "false")
    return desk


def push(desk: Desk, refspec: str = LANE) -> Ran:
    return desk.git("push", "-q", "origin", refspec, check=False)


def test_a_lock_is_needed_when_a_commit_first_arrives(blind: Desk) -> None:
    blind.change({HOT: "1\n"}, "Hot", lane="ui")
    ran = push(blind)
    refuses(ran, "LG401")
    assert "(the lock registry was never fetched here)" in ran.err
    plant_locks(blind, lock("hot", "core"))
    refuses(push(blind), "LG402")
    plant_locks(blind, lock("hot"))
    allows(push(blind))
    plant_locks(blind)
    allows(push(blind, "HEAD:refs/heads/main"))  # it stood on the lane's ref before
    plant_locks(blind, lock("hot", "core"))
    blind.change({"src/ui/cold.py": "1\n"}, "Cold", lane="ui")
    allows(push(blind))


def test_what_came_before_its_path_was_high_risk_needs_a_lock_to_land(blind: Desk) -> None:
    """Of its own lane, at any time until then."""
    blind.change({HOT: "1\n"}, "Hot", lane="ui")
    allows(blind.git("push", "-q", "--no-verify", "origin", LANE, check=False))
    plant_locks(blind, lock("hot", "core"))
    plant_locks(blind)
    ran = push(blind, "HEAD:refs/heads/main")
    refuses(ran, "LG401")
    assert "high-risk, and lane ui never held a lock that covers it" in ran.err
    assert f"lanegate lock acquire '/{HOT}' --lane ui, then try again" in ran.err
    told = lanegate("explain", "--commit", "HEAD", "--ref", "refs/heads/main", cwd=blind.path).out
    assert f"LG401 {HOT}" in told
    plant_locks(blind, lock("hot"))
    plant_locks(blind)
    allows(push(blind, "HEAD:refs/heads/main"))


def test_contents_and_frozen_paths(blind: Desk) -> None:
    blind.change({"docs/guide.md": "# Guide\nmore\n", "shared/x": "1\n"}, "Grows", lane="ui")
    allows(push(blind))
    blind.change({"docs/guide.md": "more\n", "src/ui/frozen/x": "1\n"}, "Rewrites", lane="ui")
    refuses(push(blind), "LG404", "LG405")


def test_explain_says_the_same_of_the_commit(blind: Desk) -> None:
    blind.change({HOT: "1\n", "docs/guide.md": "# Guide\nmore\n"}, "Hot", lane="ui")
    plant_locks(blind, lock("hot", "core"))
    ran = lanegate("explain", "--commit", "HEAD", "--ref", "refs/heads/lane/ui", cwd=blind.path)
    told = f"no  zones  docs/guide.md (append-only), {HOT} (high-risk, lock hot of lane core)"
    assert told in ran.out, ran.both
    assert f"LG402 {HOT}" in ran.out
    assert "note: locks: the lock registry as fetched just now" in ran.out
    plant_locks(blind, lock("hot"))
    ran = lanegate("explain", "--commit", "HEAD", "--ref", "refs/heads/lane/ui", cwd=blind.path)
    assert "to refs/heads/lane/ui: may land\n" in ran.out
