"""`lanegate doctor` says whether locks are enforced or advice, and how old what a clone knows of them is."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from tests.desk import Desk, make_desk
from tests.hooks.zoned import ZONED, lock, plant_locks
from tests.support import Bare, lanegate

GATE = "enforced by the gate at the remote"
OWN = "advisory: no server judges them, so only hooks and verify refuse"


def told(at: Bare, *args: str) -> tuple[str, str, str | None] | None:
    """State, message and hint of the layer, None where there is none."""
    layers = json.loads(lanegate("doctor", *args, "--format", "json", cwd=at.path).out)["layers"]
    found = [(layer["state"], layer["message"], layer["hint"]) for layer in layers if layer["name"] == "locks"]
    return found[0] if found else None


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = make_desk(tmp_path, text=ZONED)
    desk.use("ui")
    return desk


def test_in_a_clone(desk: Desk) -> None:
    fetch = "run: lanegate lock list --fetch"
    never = f"{GATE}; the lock registry was never fetched here: 0 live, 0 stale"
    assert told(desk) == ("note", never, fetch)
    plant_locks(desk, lock("a"), lock("b", left=-1))
    assert told(desk) == ("live", f"{GATE}; the lock registry as fetched just now: 1 live, 1 stale", None)
    old = time.time() - 3 * 86400
    os.utime(desk.path / ".git/refs/lanegate/locks", (old, old))
    assert told(desk) == ("note", f"{GATE}; the lock registry as fetched 3 days ago: 1 live, 1 stale", fetch)


def test_a_fetch_that_brought_nothing_new_is_news(desk: Desk) -> None:
    plant_locks(desk, lock("a"))
    tip = desk.out("rev-parse", "refs/lanegate/locks")
    old = time.time() - 3 * 86400
    os.utime(desk.path / ".git/refs/lanegate/locks", (old, old))
    (desk.path / ".git/lanegate/locks-seen").write_text(f"{tip}\n{int(time.time()) - 120}\n")
    assert told(desk) == ("live", f"{GATE}; the lock registry as fetched 2 minutes ago: 1 live, 0 stale", None)
    (desk.path / ".git/lanegate/server-clock").write_text("7200\n")
    assert told(desk) == ("live", f"{GATE}; the lock registry as fetched 2 minutes ago: 0 live, 1 stale", None)


def test_where_locks_are_advice(desk: Desk) -> None:
    plant_locks(desk, lock("a"))
    desk.git("config", "lanegate.records", "refs/heads/lanegate")
    state, message, _ = told(desk) or ("", "", None)
    assert state == "note"
    assert message.startswith("advisory: they are kept in refs/heads/lanegate/locks, where no hook")
    desk.git("config", "--unset", "lanegate.records")
    desk.git("remote", "remove", "origin")
    desk.git("config", "lanegate.trustedRef", "refs/heads/main")
    assert told(desk) == ("note", f"{OWN}; this repository's own lock registry: 1 live, 0 stale", None)


def test_a_damaged_registry_is_dead(desk: Desk) -> None:
    empty = desk.out("commit-tree", desk.out("mktree", data=""), "-m", "No locks")
    restore = "bring refs/lanegate/locks back from a clone that has it whole"
    for at, hint in ((desk, "run: lanegate lock list --fetch"), (desk.server, restore)):
        at.git("fetch", "-q", str(desk.path), f"+{empty}:refs/lanegate/locks")
        state, _, said = told(at) or ("", "", None)
        assert (state, said) == ("dead", hint)


def test_at_a_server(desk: Desk) -> None:
    assert told(desk.server) == ("live", "enforced at every push; nobody ever took one", None)
    plant_locks(desk, lock("a"))
    desk.server.git("fetch", "-q", str(desk.path), "+refs/lanegate/locks:refs/lanegate/locks")
    assert told(desk.server) == ("live", "enforced at every push; 1 live, 0 stale", None)
    desk.server.config("lanegate.mode", "audit")
    state, message, _ = told(desk.server) or ("", "", None)
    assert (state, message.split(":")[0]) == ("note", "advisory")


def test_without_high_risk_zones_there_is_nothing_to_say(tmp_path: Path) -> None:
    desk = make_desk(tmp_path)
    assert told(desk) is None
    assert told(desk.server) is None
