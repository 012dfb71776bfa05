"""The oracle on zones: each refusal beside the honest twin that must pass."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.differential.case import Server, Update
from tests.differential.lock_records import LOCKS, instant, lock_record, locks_after, registry, state
from tests.differential.oracle import judge_push
from tests.differential.plumbing import Entry
from tests.differential.records import Contents, Scribe, Table
from tests.differential.small import CORE, FILES, MAIN, POLICY, POLICY_PATH, UI, codes
from tests.differential.world import Edit, World

HOUR = 3600
ZONES = """
[[zones]]
paths = ["/app.py", "/core/"]
mode = "high-risk"
[[zones]]
paths = ["/docs/", "/ui/log"]
mode = "append-only"
[[zones]]
paths = ["/other", "/core/open"]
mode = "shared"
[[zones]]
paths = ["/ui/theme/", "!/ui/theme/new"]
mode = "frozen"
[[zones]]
paths = ["/ui/b", "/ui/vendor/"]
mode = "shared"
roles = ["maintainer"]
"""
LANE = "refs/heads/lane/ui"


class Zoned:
    """A server of the small project with zones. locks: (lane, scope, seconds from now to the end of the lease)."""

    def __init__(self, world: World, *locks: tuple[str, list[str], int], more: dict[bytes, Edit] | None = None) -> None:
        self.world = world
        files: dict[bytes, Edit] = {**FILES, POLICY_PATH: POLICY + ZONES.encode(), b"ui/log": b"one\n", **(more or {})}
        self.base = world.commit(files, b"Start\n")
        self.refs = {MAIN: self.base}
        tip, now = None, int(time.time())
        for number, (lane, scope, left) in enumerate(locks, 1):
            values: Table = {"lock": f"l{number}", "lane": lane, "scope": scope, "seconds": HOUR, "number": number}
            at = instant(now + left - HOUR)
            tip = Scribe(world, self._made).write(lock_record("acquire", **values, at=at, writer="ana"), tip, None)
        if tip is not None:
            self.refs[LOCKS] = tip

    def _made(self, _old: Contents, record: Table, before: str | None) -> Contents:
        return state(locks_after([*registry(self.world.git, before), record]))

    def push(self, new: str, ref: str = LANE, pusher: str = "bob", **refs: str) -> set[str]:
        server = Server({**self.refs, **{f"refs/heads/{name}": tip for name, tip in refs.items()}})
        return codes(
            judge_push(self.world.git, self.world.patterns, server, [Update(ref, server.refs.get(ref), new)], pusher)
        )

    def change(self, edits: dict[bytes, Edit], message: bytes = UI, *parents: str) -> str:
        return self.world.commit(edits, message, *(parents or (self.base,)))


CHANGES: dict[str, tuple[dict[bytes, Any], set[str]]] = {
    "added to": ({b"ui/log": b"one\ntwo\n"}, set()),
    "added to what another lane owns": ({b"docs/d": b"d\nmore"}, set()),
    "made": ({b"docs/new": b"any"}, set()),
    "rewritten": ({b"ui/log": b"uno\ntwo\n"}, {"LG405"}),
    "cut": ({b"ui/log": b"on"}, {"LG405"}),
    "line made longer": ({b"ui/log2": None, b"docs/d": b"d\r\n"}, {"LG405"}),
    "deleted": ({b"ui/log": None}, {"LG405"}),
    "moved": ({b"ui/log": None, b"ui/log2": b"one\n"}, {"LG405"}),
    "mode": ({b"ui/log": ("100755", b"one\ntwo\n")}, {"LG405"}),
    "link": ({b"ui/log": ("120000", b"one\n")}, {"LG405"}),
    "link to nowhere": ({b"ui/log": ("120000", b"../core/../..")}, {"LG405", "LG101"}),
    "anybody's": ({b"other": b"x"}, set()),
    "anybody's, gone": ({b"other": None}, set()),
    "anybody's, the last zone wins": ({b"core/open": b"x"}, set()),
    "frozen": ({b"ui/theme/t": b"x"}, {"LG404"}),
    "not frozen": ({b"ui/theme/new": b"x"}, {"LG101"}),
    "role": ({b"ui/b": b"x"}, {"LG406"}),
    "out of scope all the same": ({b"ui/vendor/v": b"x"}, {"LG104"}),
    "own": ({b"ui/a.py": b"x"}, set()),
    "high risk": ({b"app.py": b"x"}, {"LG401"}),
    "high risk of others": ({b"core/c.py": b"x"}, {"LG101"}),
    "high risk, more than granted": ({b"app.py": None}, {"LG102"}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_changes(world: World, name: str) -> None:
    edits, expected = CHANGES[name]
    entries = {path: Entry(e[0], world.store.blob(e[1])) if isinstance(e, tuple) else e for path, e in edits.items()}
    zoned = Zoned(world)
    assert zoned.push(zoned.change(entries)) == expected


def test_a_file_that_does_not_end_a_line(world: World) -> None:
    zoned = Zoned(world, more={b"docs/d": b"d"})
    for content, expected in ((b"d", set[str]()), (b"dd\n", {"LG405"}), (b"d\nd", set()), (b"d\r\nd", set())):
        assert zoned.push(zoned.change({b"docs/d": content, b"ui/a.py": b"x"})) == expected


def test_roles(world: World) -> None:
    """The maintainer, who owns no lane, pushes what an owner brought to the lane's ref; or an owner does all of it."""
    zoned = Zoned(world)
    tip = zoned.change({b"ui/b": b"x"})
    assert zoned.push(tip, MAIN, "ana", **{"lane/ui": zoned.change({b"ui/a.py": b"y"}, UI, tip)}) == set()
    assert zoned.push(tip, MAIN, "ana", **{"lane/core": tip}) == {"LG202"}


APP = ["/app.py"]
LOCKED: dict[str, tuple[list[tuple[str, list[str], int]], set[str]]] = {
    "none": ([], {"LG401"}),
    "own": ([("ui", APP, HOUR)], set()),
    "own, wide": ([("ui", ["/**"], HOUR)], set()),
    "own, but not there": ([("ui", ["/**", "!/app.py"], HOUR)], {"LG401"}),
    "own, elsewhere": ([("ui", ["/core/"], HOUR)], {"LG401"}),
    "own, run out": ([("ui", APP, -60)], {"LG401"}),
    "another's": ([("core", APP, HOUR)], {"LG402"}),
    "another's, run out": ([("core", APP, -60)], {"LG401"}),
    "another's, run out, and own": ([("core", APP, -60), ("ui", APP, HOUR)], set()),
    "both": ([("core", APP, HOUR), ("ui", APP, HOUR)], {"LG402"}),
}


@pytest.mark.parametrize("name", LOCKED)
def test_locks(world: World, name: str) -> None:
    locks, expected = LOCKED[name]
    zoned = Zoned(world, *locks)
    assert zoned.push(zoned.change({b"app.py": b"x"})) == expected


def test_what_stood_before_needs_no_lock_any_more(world: World) -> None:
    """But its lane had one at some time, and nobody else's may be in the way."""
    for locks, expected in (
        (LOCKED["own, run out"][0], set[str]()),
        (LOCKED["own, elsewhere"][0], {"LG401"}),
        (LOCKED["another's, run out"][0], {"LG401"}),
        ([], {"LG401"}),
        ([("ui", APP, -60), ("core", APP, HOUR)], {"LG402"}),
    ):
        zoned = Zoned(world, *locks)
        tip = zoned.change({b"app.py": b"x"})
        assert zoned.push(tip, MAIN, "ana", **{"lane/ui": tip}) == expected


def test_merges(world: World) -> None:
    """Both sides added to a file: the merge holds all of it, in either order, and nothing else."""
    zoned = Zoned(world)
    one, other = (zoned.change({b"ui/log": b"one\n" + line}) for line in (b"two\n", b"three\n"))
    for content, expected in (
        (b"one\ntwo\nthree\n", set[str]()),
        (b"one\nthree\ntwo\n", set()),
        (b"one\ntwo\n", {"LG405"}),
        (b"one\nthree\ntwo\nfour\n", {"LG405"}),
        (b"one\ntwo\nthree", {"LG405"}),
    ):
        merge = world.merge(one, other, {b"ui/log": content}, UI)
        assert zoned.push(merge) == expected
    both = [zoned.change({b"ui/log": b"one\nsame\n" + line}) for line in (b"two\n", b"three\n")]
    for content, expected in (
        (b"one\nsame\ntwo\nthree\n", set[str]()),
        (b"one\nsame\ntwo\nsame\nthree\n", set()),
        (b"one\ntwo\nsame\nthree\n", {"LG405"}),
    ):
        assert zoned.push(world.merge(*both, {b"ui/log": content}, UI)) == expected
    clean = world.merge(one, zoned.change({b"ui/a.py": b"x"}))
    assert zoned.push(clean) == set()
    assert zoned.push(world.merge(one, zoned.change({b"ui/a.py": b"x"}), {b"ui/log": b"one\n"}, UI)) == {"LG405"}


def test_conflicts_and_reverts_are_in_zones_too(world: World) -> None:
    """An integrator needs no grant there, but what zones ask."""
    zoned = Zoned(world, ("core", APP, HOUR))
    one, other = (zoned.change({b"app.py": b"x", b"core/c.py": b"%d\n" % n * 9}, CORE) for n in (1, 2))
    merge = world.merge(one, other, {b"core/c.py": b"c\n"}, UI)
    assert zoned.push(merge, MAIN, "ana", **{"lane/core": one, "wip/x": other}) >= {"LG401"}
    undone = zoned.change({b"ui/theme/t": b"x"})
    back = world.commit({b"ui/theme/t": FILES[b"ui/theme/t"]}, UI + b"Reverts: " + undone.encode() + b"\n", undone)
    assert zoned.push(back, MAIN, "ana", **{"lane/ui": back, "wip/x": undone}) == {"LG404"}
