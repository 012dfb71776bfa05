"""The oracle on pushes to the lock registry: each refusal beside its honest twin."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.differential.lock_records import LOCKS, STATE, instant, lock_record, locks_after, registry, state
from tests.differential.lockers import WRONG_FILES, WRONG_VALUES
from tests.differential.records import Contents, Scribe, Table
from tests.differential.small import POLICY_PATH
from tests.differential.small_acceptance import Project, accepting, without_people
from tests.differential.world import World

#: Leases that are over a minute later, and in an hour; records are written so many seconds ago.
SHORT, LONG = 10, 3600
AGO = 60


class Registry:
    """A server of the small project with some locks: bob's lane ui has `ui`, and `old`, whose lease ran out; ana's lane
    core has `core`."""

    def __init__(self, world: World, policy: bytes | None = None, *, is_signed: bool = True) -> None:
        self.project = Project(world, policy or accepting())
        self.world = world
        self.scribe = Scribe(world, self._made)
        self.is_signed = is_signed
        self.take("ui", "ui", ["/ui/", "!/ui/theme/"], LONG, "bob")
        self.take("old", "ui", ["/app.py"], SHORT, "bob")
        self.take("core", "core", ["/core/c.py"], LONG, "ana")

    def _made(self, _old: Contents, record: Table, before: str | None) -> Contents:
        return state(locks_after([*registry(self.world.git, before), record]))

    def take(self, lock: str, lane: str, scope: list[str], seconds: int, by: str) -> None:
        values: Table = {"lock": lock, "lane": lane, "scope": scope, "seconds": seconds, "ago": AGO}
        assert self.push(self.record("acquire", by, **values)) == set()
        self.project.refs[LOCKS] = self.tip

    def record(self, kind: str, by: str | None, /, *, ago: int = 0, key: str | None = None, **values: Any) -> str:
        """The registry's tip with one more record on top, written so many seconds ago."""
        oddity = {name: values.pop(name) for name in ("spoil", "parents") if name in values}
        tip, refs = self.project.refs.get(LOCKS), self.project.refs
        number = len(registry(self.world.git, tip)) + 1
        head: Table = {"number": number, "policy": self.world.git.leaves(refs["refs/heads/main"])[POLICY_PATH].id}
        head |= {"writer": by if self.is_signed else None, "at": instant(int(time.time()) - ago)}
        self.tip = self.scribe.write(
            {**lock_record(kind), **head, **values}, tip, (key or by) if self.is_signed else None, **oddity
        )
        return self.tip

    def push(self, tip: str | None) -> set[str]:
        return self.project.push(tip, LOCKS)


@pytest.fixture(scope="module")
def locks(world: World) -> Registry:
    return Registry(world)


NEW = {"lock": "n", "lane": "ui", "scope": ["/ui/theme/", "/app.py"]}
TURNS: dict[str, tuple[str, str, Table, set[str]]] = {
    "acquired": ("acquire", "bob", NEW, set()),
    "beside its own": ("acquire", "bob", {**NEW, "scope": ["/ui/a.py"]}, set()),
    "of another's lane": ("acquire", "ana", NEW, {"LG202"}),
    "of a lane at rest": ("acquire", "bob", {**NEW, "lane": "old", "scope": ["/old/"]}, {"LG201"}),
    "of no lane": ("acquire", "bob", {**NEW, "lane": "ghost", "scope": ["/x/"]}, {"LG201", "LG202"}),
    "an id that is there": ("acquire", "bob", {**NEW, "lock": "ui"}, {"LG402"}),
    "over another's": ("acquire", "bob", {**NEW, "scope": ["/ui/", "/core/"]}, {"LG402"}),
    "beside another's": ("acquire", "bob", {**NEW, "scope": ["/core/*.md", "/ui/"]}, set()),
    "around another's": ("acquire", "bob", {**NEW, "scope": ["/core/", "!/core/c.py"]}, set()),
    "over a stale one": ("acquire", "ana", {**NEW, "lane": "core", "scope": ["/core/", "/app.py"]}, {"LG403"}),
    "over its own stale one": ("acquire", "bob", {**NEW, "scope": ["/app.py"]}, set()),
    "where it may do nothing": ("acquire", "bob", {**NEW, "scope": ["/other"]}, {"LG101"}),
    "in two minutes": ("acquire", "bob", {**NEW, "ago": -400}, {"LG408"}),
    "before the last one": ("acquire", "bob", {**NEW, "ago": AGO + 20}, {"LG408"}),
    "signed by another": ("acquire", "bob", {**NEW, "key": "ana"}, {"LG202"}),
    "signed by a stranger": ("acquire", "bob", {**NEW, "key": "mallory"}, {"LG203"}),
    "still at work": ("heartbeat", "bob", {"lock": "ui", "fence": 1}, set()),
    "at work for another": ("heartbeat", "ana", {"lock": "ui", "fence": 1}, {"LG202"}),
    "at work by another fence": ("heartbeat", "bob", {"lock": "ui", "fence": 2}, {"LG403"}),
    "at work too late": ("heartbeat", "bob", {"lock": "old", "fence": 2}, {"LG403"}),
    "at work on nothing": ("heartbeat", "bob", {"lock": "n", "fence": 1}, {"LG403"}),
    "given back": ("release", "bob", {"lock": "ui", "fence": 1}, set()),
    "given back late": ("release", "bob", {"lock": "old", "fence": 2}, set()),
    "given back by another": ("release", "dee", {"lock": "ui", "fence": 1}, {"LG202"}),
    "given back by the lead": ("release", "ana", {"lock": "ui", "fence": 1, "note": "on leave"}, set()),
    "given back by the lead, why": ("release", "ana", {"lock": "ui", "fence": 1}, {"LG403"}),
    "given back twice": ("release", "bob", {"lock": "ui", "fence": 0}, {"LG403"}),
    "reclaimed": ("reclaim", "ana", {"lock": "old", "fence": 2, "lane": "core", "note": "gone"}, set()),
    "reclaimed, why": ("reclaim", "ana", {"lock": "old", "fence": 2, "lane": "core", "note": " "}, {"LG403"}),
    "reclaimed by its holder": ("reclaim", "bob", {"lock": "old", "fence": 2, "lane": "ui", "note": "late"}, set()),
    "reclaimed for another": ("reclaim", "dee", {"lock": "old", "fence": 2, "lane": "core", "note": "x"}, {"LG202"}),
    "reclaimed by an old fence": (
        "reclaim",
        "ana",
        {"lock": "old", "fence": 1, "lane": "core", "note": "x"},
        {"LG403"},
    ),
    "reclaimed alive": ("reclaim", "bob", {"lock": "core", "fence": 3, "lane": "ui", "note": "x"}, {"LG402"}),
    "overridden": ("reclaim", "ana", {"lock": "ui", "fence": 1, "lane": "core", "note": "x", "override": True}, set()),
    "overridden by nobody": (
        "reclaim",
        "bob",
        {"lock": "core", "fence": 3, "lane": "ui", "note": "x", "override": True},
        {"LG402"},
    ),
}


@pytest.mark.parametrize("name", TURNS)
def test_turns(locks: Registry, name: str) -> None:
    kind, by, values, expected = TURNS[name]
    assert locks.push(locks.record(kind, by, **values)) == expected


OTHERS = {"no lane": {"LG201", "LG202", "LG402"}, "nowhere": {"LG101"}}


@pytest.mark.parametrize("name", WRONG_VALUES)
def test_values(locks: Registry, name: str) -> None:
    record = locks.record("acquire", "bob", **{**NEW, "scope": ["/ui/"], **WRONG_VALUES[name]})
    assert locks.push(record) == OTHERS.get(name, {"LG407"})


@pytest.mark.parametrize("name", WRONG_FILES)
def test_trees(locks: Registry, name: str) -> None:
    assert locks.push(locks.record("acquire", "bob", **NEW, spoil=WRONG_FILES[name])) == {"LG407"}


def test_the_registry_only_grows(locks: Registry) -> None:
    tip = locks.project.refs[LOCKS]
    above = locks.world.git.parents(tip)
    for parents, expected in (([tip], set[str]()), ([], {"LG602"}), (above, {"LG602"}), ([tip, *above], {"LG407"})):
        assert locks.push(locks.record("acquire", "bob", **NEW, parents=parents)) == expected
    assert locks.push(None) == {"LG602"}
    assert locks.push(above[0]) == {"LG602"}
    assert locks.push(locks.project.base) == {"LG602"}


def test_several_at_once(locks: Registry) -> None:
    """Each is judged on what the one before it left."""
    tip = locks.project.refs[LOCKS]
    steps: list[tuple[Callable[[], str], set[str]]] = [
        (lambda: locks.record("release", "ana", lock="core", fence=3), set()),
        (lambda: locks.record("acquire", "bob", **{**NEW, "scope": ["/core/"]}), set()),
        (lambda: locks.record("acquire", "ana", lock="core", lane="core", scope=["/core/c.py"]), {"LG402"}),
        (lambda: locks.record("heartbeat", "bob", lock="n", fence=5), {"LG402"}),
    ]
    try:
        for make, expected in steps:
            new, locks.project.refs[LOCKS] = make(), tip
            assert locks.push(new) == expected
            locks.project.refs[LOCKS] = new
    finally:
        locks.project.refs[LOCKS] = tip


def test_nobody_is_proven(world: World) -> None:
    """Under identity `none` lanes are taken at their word, and nobody takes what is alive."""
    locks = Registry(world, without_people(accepting()), is_signed=False)
    assert locks.push(locks.record("acquire", None, **NEW)) == set()
    assert locks.push(locks.record("release", None, lock="core", fence=3)) == set()
    steal = {"lock": "core", "fence": 3, "lane": "ui", "note": "x", "override": True}
    assert locks.push(locks.record("reclaim", None, **steal)) == {"LG402"}
    assert locks.push(locks.record("acquire", None, **NEW, writer="bob")) == {"LG407"}
    assert STATE in world.git.leaves(locks.tip)


ZONES = """[[zones]]
paths = ["/notes/"]
mode = "append-only"
[[zones]]
paths = ["/notes/plain/"]
mode = "high-risk"
[[zones]]
paths = ["/notes/but/", "!/notes/but/theme/"]
mode = "high-risk"
[[zones]]
paths = ["/notes/plain/open/"]
mode = "shared"
"""
FIRST_REF = '[[refs]]\nname = "refs/heads/main"'
OUT = '"/ui/vendor/"'
#: What bob finds when he would lock it for lane ui.
SCOPES = {
    "/notes/a": set[str](),
    "/notes/plain/a": {"LG101"},  # the later zone takes it
    "/notes/plain/open/a": set(),
    "/notes/but/a": set(),  # so does one here, but its list holds a `!`
    "/no/bodys": {"LG101"},
    "/ui/vendor/a": {"LG101"},  # out of scope
}


def test_what_a_lane_may_change_is_counted_generously(world: World) -> None:
    """What takes a path away counts only where its list holds no `!`; of an integrator nothing is asked."""
    for out, scopes in (("", SCOPES), (', "!/ui/vendor/open"', {**SCOPES, "/ui/vendor/a": set[str]()})):
        locks = Registry(world, accepting("signature", (FIRST_REF, ZONES + FIRST_REF), (OUT, OUT + out)))
        for scope, expected in scopes.items():
            assert locks.push(locks.record("acquire", "bob", **{**NEW, "scope": [scope]})) == expected, scope
    for by, expected in (("dee", {"LG202"}), ("cy", {"LG202", "LG101"})):
        assert locks.push(locks.record("acquire", by, **{**NEW, "scope": ["/no/bodys"]})) == expected
