"""The oracle on changes, messages and merges: each refusal beside the honest twin that must pass."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.differential.case import Server
from tests.differential.oracle import judge_range
from tests.differential.small import CORE, MAIN, UI, push
from tests.differential.world import Edit, World

Edits = Callable[[World], dict[bytes, Edit]]
CHANGES: dict[str, tuple[Edits, set[str]]] = {
    "own file": (lambda w: {b"ui/a.py": b"b"}, set()),
    "own executable bit": (lambda w: {b"ui/a.py": w.regular(b"a", "100755")}, set()),
    "own deletion": (lambda w: {b"ui/a.py": None}, set()),
    "own folder becomes a file": (
        lambda w: {b"ui/vendor/v": None, b"ui/theme/t": None, b"ui": b"x"},
        {"LG101", "LG104"},
    ),
    "nothing": (lambda w: {}, set()),
    "negated": (lambda w: {b"ui/theme/t": b"x"}, {"LG101"}),
    "out of scope": (lambda w: {b"ui/vendor/v": b"x"}, {"LG104"}),
    "modify content": (lambda w: {b"app.py": b"x"}, set()),
    "modify mode": (lambda w: {b"app.py": w.regular(b"x", "100755")}, {"LG102"}),
    "modify delete": (lambda w: {b"app.py": None}, {"LG102"}),
    "modify by link": (lambda w: {b"app.py": w.link(b"ui/a.py")}, {"LG102"}),
    "read only": (lambda w: {b"core/c.py": b"x"}, {"LG101"}),
    "matrix modify": (lambda w: {b"core/r.md": b"x"}, set()),
    "matrix create": (lambda w: {b"core/new.md": b"x"}, {"LG102"}),
    "matrix none": (lambda w: {b"core/x.md": b"x"}, {"LG103"}),
    "unowned": (lambda w: {b"other": b"x"}, {"LG103"}),
    "rename out of core": (lambda w: {b"ui/c.py": b"c\n" * 9, b"core/c.py": None}, {"LG101"}),
    "own submodule": (lambda w: {b"ui/sub": w.submodule()}, set()),
    "submodule elsewhere": (lambda w: {b"sub": w.submodule()}, {"LG103"}),
    "link to own": (lambda w: {b"ui/l": w.link(b"./a.py")}, set()),
    "link to own folder": (lambda w: {b"ui/l": w.link(b"../ui")}, set()),
    "link to read": (lambda w: {b"ui/l": w.link(b"../core//c.py")}, set()),
    "link to theme": (lambda w: {b"ui/l": w.link(b"theme/t")}, {"LG101"}),
    "link out of scope": (lambda w: {b"ui/l": w.link(b"vendor/v")}, {"LG104"}),
    "link to root": (lambda w: {b"ui/l": w.link(b"..")}, {"LG101"}),
    "link outside": (lambda w: {b"ui/l": w.link(b"../../etc")}, {"LG101"}),
    "link to nothing": (lambda w: {b"ui/l": w.link(b"")}, {"LG101"}),
    "link absolute": (lambda w: {b"ui/l": w.link(b"/ui/a.py")}, {"LG101"}),
    "odd names": (lambda w: {b'ui/"q\xff ': b"x", b"ui/-f": b"", b"ui/\xc3\xa9": b""}, set()),
    "case twin": (lambda w: {b"ui/A.py": b"x"}, {"LG604"}),
    "dot twin": (lambda w: {b"ui/a.py.": b"x"}, {"LG604"}),
    "control character": (lambda w: {b"ui/a\n": b"x"}, {"LG604"}),
    "dot git": (lambda w: {b"ui/.GIT /x": b"x"}, {"LG604"}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_changes(world: World, base: str, name: str) -> None:
    make, expected = CHANGES[name]
    assert push(world, base, world.commit(make(world), UI, base)) == expected


MESSAGES: dict[bytes, set[str]] = {
    UI: set(),
    b"S\n\nText\n\nlane:   ui\nSigned-off-by: B <b@x>\n folded\n(cherry picked from commit 12ab)": set(),
    b"S\n\nLane: nobody\n\nLane: ui\n\n\n": set(),
    b"Lane: ui\n": {"LG201"},
    b"\n\nLane: ui\n": {"LG201"},
    b"S\n\nLane: ui\n\nText\n": {"LG201"},
    b"S\n\nLane: ui\nLane: ui\n": {"LG201"},
    b"S\n\nLane: ui\nlane: core\n": {"LG201"},
    b"S\n\nLane: ui\nText\n": {"LG201"},
    b"S\n\nLane: ui\r\n": {"LG201"},
    b"S\n\nLane: ui\n folded\n": {"LG201"},
    b"S\n\nLane:ui\n": {"LG201"},
    b"S\n\nLane : ui\n": {"LG201"},
    b"S\n\nLane: UI\n": {"LG201"},
    b"S\n\nLane: old\n": {"LG201"},
    b"S\n\nLane: ghost\n": {"LG201"},
    b"S\n\nLane: core\n": {"LG201"},
    b"S\n\nTask: a\x01\nLane: ui\n": {"LG201"},
    b"S\n\nTask: a\nTask: b\nLane: ui\n": set(),
    b"[W1] S\n\nLane: docs\nTask: T-1\n": {"LG201"},
    b"": {"LG201"},
}


@pytest.mark.parametrize("message", MESSAGES)
def test_messages(world: World, base: str, message: bytes) -> None:
    assert push(world, base, world.commit({b"ui/a.py": b"b"}, message, base)) == MESSAGES[message]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (b"[W1] S\n\nTask: T-1\nLane: docs\n", set()),
        (b"[W1]\n\nTask: T-1\nLane: docs\n", set()),
        (b"[W1]S\n\nTask: T-1\nLane: docs\n", {"LG205"}),
        (b"S\n\nTask: T-1\nLane: docs\n", {"LG205"}),
        (b"[W1] S\n\nTask: T-2\nLane: docs\n", {"LG204"}),
        (b"[W1] S\n\nTask: T-1\nTask: T-1\nLane: docs\n", {"LG204"}),
        (b"[W1] S\n\nLane: docs\n", {"LG204"}),
    ],
)
def test_task_and_prefix(world: World, base: str, message: bytes, expected: set[str]) -> None:
    commit = world.commit({b"docs/d": b"e"}, message, base)
    assert push(world, base, commit, "refs/heads/lane/docs", pusher="ana") == expected


def test_change_then_revert_is_seen(world: World, base: str) -> None:
    first = world.commit({b"core/c.py": b"x"}, UI, base)
    assert push(world, base, world.commit({b"core/c.py": b"c\n" * 9}, UI, first)) == {"LG101"}
    honest = world.commit({b"ui/a.py": b"x"}, UI, base)
    assert push(world, base, world.commit({b"ui/a.py": b"a\n" * 9}, UI, honest)) == set()


def test_new_commits_are_those_on_no_policed_ref(world: World, base: str) -> None:
    foreign = world.commit({b"core/c.py": b"x"}, CORE, base)
    mine = world.commit({b"ui/a.py": b"x"}, UI, foreign)
    assert push(world, base, mine) == {"LG201"}
    assert push(world, base, mine, refs={"refs/heads/lane/core": foreign}) == set()
    assert push(world, base, mine, refs={"refs/tags/t": foreign, "refs/x/y": foreign}) == {"LG201"}
    assert push(world, base, mine, baseline=(foreign,)) == set()


def test_merges(world: World, base: str) -> None:
    ui = world.commit({b"ui/a.py": b"x"}, UI, base)
    core = world.commit({b"core/c.py": b"y"}, CORE, base)
    refs = {"refs/heads/lane/ui": ui, "refs/heads/lane/core": core}

    def land(commit: str, pusher: str = "ana", main: str = core) -> set[str]:
        return push(world, main, commit, MAIN, pusher=pusher, refs=refs)

    assert land(world.merge(core, ui)) == set()
    assert land(world.merge(core, ui, {b"ui/a.py": b"evil"})) == {"LG201"}
    assert land(world.merge(core, ui, {b"core/c.py": b"own"}, CORE)) == set()
    assert land(world.merge(core, ui, {b"ui/a.py": b"evil"}, CORE)) == {"LG101"}
    ours = world.store.commit(world.store.tree(world.files(core)), [core, ui], b"M\n")
    assert land(ours) == {"LG201"}
    assert land(world.merge(ui, core)) == {"LG603"}
    tree = world.store.tree(world.files(core))
    assert land(world.store.commit(tree, [core, core], CORE)) == {"LG603"}
    assert land(world.store.commit(tree, [core, ui, base], CORE)) == {"LG603"}
    assert land(world.merge(core, ui), pusher="bob") == {"LG601"}


def test_conflicts(world: World, base: str) -> None:
    one = world.commit({b"core/c.py": b"1\n"}, CORE, base)
    two = world.commit({b"core/c.py": b"2\n"}, CORE, base)
    refs = {"refs/heads/wip/x": two}
    resolved = world.merge(one, two, {b"core/c.py": b"3\n"}, UI)
    assert push(world, one, resolved, MAIN, pusher="ana", refs=refs) == {"LG202"}
    assert push(world, one, resolved, "refs/heads/wip/x", pusher="bob", refs=refs) == {"LG101"}
    assert push(world, one, world.merge(one, two, {b"core/c.py": b"3\n"}, CORE), MAIN, pusher="ana", refs=refs) == set()
    assert judge_range(world.git, world.patterns, Server({}), one, resolved) == {resolved: []}


def test_a_merge_with_a_conflict_is_never_clean(world: World, base: str) -> None:
    one = world.commit({b"core/c.py": b"\0 1\n"}, CORE, base)
    two = world.commit({b"core/c.py": b"\0 2\n"}, CORE, base)
    refs = {"refs/heads/wip/x": two}
    merged = world.git.merge(one, two)
    assert merged.conflicts == {b"core/c.py"}
    assert world.files(merged.tree)[b"core/c.py"] == world.files(one)[b"core/c.py"]
    assert push(world, one, world.merge(one, two), MAIN, pusher="ana", refs=refs) == {"LG201"}
    assert push(world, one, world.merge(one, two, {}, CORE), MAIN, pusher="ana", refs=refs) == set()


def test_unrelated_histories(world: World, base: str) -> None:
    other = world.commit({b"docs/imported": b"x"}, b"[W1] S\n\nLane: docs\nTask: T-1\n")
    assert push(world, base, world.merge(base, other), MAIN, pusher="ana") == set()
    clash = world.commit({b"docs/d": b"x"}, b"[W1] S\n\nLane: docs\nTask: T-1\n")
    assert push(world, base, world.merge(base, clash), MAIN, pusher="ana") == {"LG201"}
