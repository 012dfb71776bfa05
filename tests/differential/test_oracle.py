"""The oracle itself, rule by rule of docs/judgement.md: each refusal beside the honest twin that must pass."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.differential import malformed, oracle, trailers
from tests.differential.oracle import Server, Update, judge_push, judge_range
from tests.differential.plumbing import Entry, Patterns
from tests.differential.rules import NotAPolicyError, Policy
from tests.differential.world import Edit, World

MAIN = "refs/heads/main"
POLICY_PATH = b"policy/lanegate.toml"
POLICY = b"""
version = 1
identity = "pusher"
unowned = "deny"
[people.ana]
pushers = ["ana"]
[people.bob]
pushers = ["bob", "bobby"]
[people.cy]
pushers = ["cy"]
[roles]
maintainer = ["ana"]
integrator = ["ana"]
[lanes.ui]
owners = ["bob"]
owned_paths = ["/ui/", "!/ui/theme/"]
modify_paths = ["/app.py"]
read_paths = ["/core/"]
out_of_scope = ["/ui/vendor/"]
[lanes.core]
owners = ["ana"]
owned_paths = ["/core/", "/app.py", "/policy/", "/ui/theme/"]
[lanes.docs]
owners = ["ana"]
task = "T-1"
subject_prefix = "[W1]"
owned_paths = ["/docs/"]
[lanes.old]
state = "done"
owners = ["bob"]
owned_paths = ["/old/"]
[[matrix]]
path = "/core/*.md"
grants = { ui = "MODIFY", core = "READ" }
[[matrix]]
path = "/core/x.md"
grants = { ui = "-" }
[[refs]]
name = "refs/heads/main"
pushers = ["integrator"]
[[refs]]
name = "refs/heads/lane/{lane}"
force = true
delete = true
[[refs]]
name = "refs/heads/wip/*"
[[refs]]
name = "refs/heads/MAIN"
[[refs]]
name = "refs/tags/*"
"""
FILES: dict[bytes, Edit] = {
    POLICY_PATH: POLICY,
    b"ui/a.py": b"a\n" * 9,
    b"ui/theme/t": b"t\n",
    b"ui/vendor/v": b"v\n",
    b"core/c.py": b"c\n" * 9,
    b"core/r.md": b"r\n",
    b"core/x.md": b"x\n",
    b"app.py": b"app\n",
    b"docs/d": b"d\n",
    b"other": b"o\n",
}
UI = b"Change\n\nLane: ui\n"
CORE = b"Change\n\nLane: core\n"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("oracle")
    return World(folder, Patterns(folder))


@pytest.fixture
def base(world: World) -> str:
    return world.commit(FILES, b"Start\n")


def codes(found: list[oracle.Finding]) -> set[str]:
    return {finding.code for finding in found}


def push(
    world: World,
    base: str,
    new: str | None,
    ref: str = "refs/heads/lane/ui",
    *,
    pusher: str | None = "bob",
    refs: dict[str, str] | None = None,
    baseline: tuple[str, ...] = (),
    bootstrap: str | None = None,
) -> set[str]:
    """Codes of a push of one ref to a server whose main is `base`."""
    server = Server({MAIN: base, **(refs or {})}, baseline=baseline, bootstrap=bootstrap)
    updates = [Update(ref, server.refs.get(ref), new)]
    return codes(judge_push(world.git, world.patterns, server, updates, pusher))


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


def test_identity(world: World, base: str) -> None:
    ui = world.commit({b"ui/a.py": b"x"}, UI, base)
    assert push(world, base, ui, pusher="bobby") == set()
    assert push(world, base, ui, pusher="cy") == {"LG202"}
    assert push(world, base, ui, pusher=None) == {"LG907"}
    assert push(world, base, ui, MAIN, pusher="ana") == {"LG202"}
    assert push(world, base, ui, MAIN, pusher="ana", refs={"refs/heads/lane/ui": ui}) == set()
    assert push(world, base, ui, "refs/heads/wip/x", pusher="bob") == set()
    assert push(world, base, ui, "refs/heads/wip/x", pusher="ana") == {"LG202"}


def test_refs(world: World, base: str) -> None:
    ui = world.commit({b"ui/a.py": b"x"}, UI, base)
    tree = world.git.object(base)[1][5:45].decode()
    refs = {"refs/heads/lane/ui": ui, "refs/heads/wip/x": ui, "refs/tags/t": base}

    def update(new: str | None, ref: str, pusher: str = "bob") -> set[str]:
        return push(world, base, new, ref, pusher=pusher, refs=refs)

    assert update(ui, "refs/heads/unnamed") == {"LG601"}
    assert update(ui, "refs/heads/wip/x/y") == {"LG601"}
    assert update(ui, "refs/heads/lane/ghost") == {"LG601"}
    assert update(base, "refs/heads/lane/old") == {"LG601"}
    assert update(base, f"refs/replace/{base}") == {"LG601"}
    assert update(base, "refs/heads/lane/ui") == set()
    assert update(base, "refs/heads/wip/x") == {"LG602"}
    assert update(None, "refs/heads/lane/ui") == set()
    assert update(None, "refs/heads/lane/ui", "cy") == {"LG202"}
    assert update(None, "refs/heads/wip/x") == {"LG602"}
    assert update(None, MAIN, "ana") == {"LG602"}
    assert update(tree, "refs/heads/wip/z") == {"LG604"}
    assert update(world.store.tag(ui), "refs/heads/wip/z") == {"LG604"}
    assert update(ui, "refs/tags/u") == set()
    assert update(world.store.tag(world.store.tag(ui), "tag"), "refs/tags/u") == set()
    assert update(tree, "refs/tags/u") == {"LG604"}
    assert update(world.commit({}, UI, ui), "refs/tags/u") == {"LG601"}
    assert update(ui, "refs/tags/t") == {"LG602"}
    assert update(base, "refs/heads/MAIN", "ana") == {"LG601"}
    server = Server({MAIN: base, "refs/heads/wip/alias": base}, symbolic=frozenset({"refs/heads/wip/alias"}))
    alias = [Update("refs/heads/wip/alias", base, ui)]
    assert codes(judge_push(world.git, world.patterns, server, alias, "bob")) == {"LG601"}


def test_trusted_ref_moves_along_its_first_parents(world: World, base: str) -> None:
    ui = world.commit({b"ui/a.py": b"x"}, UI, base)
    docs = world.commit({}, CORE, base)
    refs = {"refs/heads/lane/ui": ui, "refs/heads/lane/core": docs}
    assert push(world, ui, base, MAIN, pusher="ana", refs=refs) == {"LG602"}
    assert push(world, ui, world.merge(ui, docs), MAIN, pusher="ana", refs=refs) == set()
    assert push(world, ui, world.merge(docs, ui), MAIN, pusher="ana", refs=refs) == {"LG603"}


def test_several_refs_in_one_push(world: World, base: str) -> None:
    ui = world.commit({b"ui/a.py": b"x"}, UI, base)
    both = [Update("refs/heads/lane/ui", None, ui), Update("refs/tags/t", None, ui)]
    assert judge_push(world.git, world.patterns, Server({MAIN: base}), both, "bob") == []
    mixed = [Update("refs/heads/lane/ui", None, ui), Update(MAIN, base, ui)]
    assert codes(judge_push(world.git, world.patterns, Server({MAIN: base}), mixed, "bob")) == {"LG601"}


def test_policy_changes(world: World, base: str) -> None:
    laxer = POLICY.replace(b'"/core/*.md"', b'"/core/*.rst"')

    def change(text: Edit, *more: bytes, pusher: str = "ana", bootstrap: str | None = None) -> set[str]:
        commit = world.commit({POLICY_PATH: text, **dict.fromkeys(more, b"x")}, CORE, base)
        return push(world, base, commit, MAIN, pusher=pusher, bootstrap=bootstrap)

    assert change(laxer) == set()
    assert change(laxer, b"core/c.py") == set()
    assert change(laxer, b"other", bootstrap="ana") == set()
    assert change(laxer, b"other") == {"LG103"}
    assert change(laxer.replace(b'maintainer = ["ana"]', b"")) == {"LG702"}
    assert change(laxer, b"other", pusher="cy", bootstrap="cy") == set()
    assert change(b"version = 2", pusher="cy", bootstrap="cy") == {"LG702"}
    assert change(None) == {"LG702"}
    assert change(world.link(b"/x")) == {"LG101", "LG702"}
    assert change(b"version = 1\nversion = 1\n") == {"LG702"}
    assert change(laxer.replace(b'pushers = ["integrator"]', b'pushers = ["acceptor"]')) == {"LG702"}
    assert change(laxer + b'[lanes.a]\nowners=["cy"]\n[lanes.b]\nowners=["cy"]\n') == {"LG504"}
    assert change(laxer, pusher="bob") == {"LG601", "LG202", "LG701"}
    alone = world.commit({POLICY_PATH: laxer}, CORE, base)
    assert push(world, base, world.commit({}, CORE, alone), MAIN, pusher="ana") == {"LG701"}
    side = world.commit({}, CORE, base)
    refs = {"refs/heads/wip/x": side}
    assert push(world, side, world.merge(side, alone), MAIN, pusher="ana", refs=refs) == set()
    assert push(world, base, alone, "refs/heads/wip/p", pusher="ana") == set()
    late = world.merge(side, alone)
    assert push(world, side, late, MAIN, pusher="ana", refs=refs, baseline=(alone,)) == {"LG701"}
    two = world.commit({}, b"No lane\n", alone)
    assert push(world, base, two, MAIN, pusher="cy", bootstrap="cy") == {"LG601", "LG201", "LG202", "LG701"}


def test_first_policy(world: World) -> None:
    start = world.commit({b"a": b"a"}, b"Start\n")
    first = world.commit({POLICY_PATH: POLICY}, b"Policy\n", start)
    assert push(world, start, first, MAIN, pusher="ana", bootstrap="ana") == set()
    assert push(world, start, first, MAIN, pusher="bob", bootstrap="ana") == {"LG901"}
    assert push(world, start, first, pusher="ana", bootstrap="ana") == {"LG901"}
    other = world.commit({POLICY_PATH: POLICY}, b"Policy\n")
    assert push(world, start, other, MAIN, pusher="ana", bootstrap="ana") == {"LG602"}
    bad = world.commit({POLICY_PATH: b"version = 2"}, b"Policy\n", start)
    assert push(world, start, bad, MAIN, pusher="ana", bootstrap="ana") == {"LG702"}


def test_range(world: World, base: str) -> None:
    good = world.commit({b"ui/a.py": b"x"}, UI, base)
    bad = world.commit({b"core/c.py": b"x"}, UI, good)
    found = judge_range(world.git, world.patterns, Server({}), base, bad)
    assert {step: codes(one) for step, one in found.items()} == {good: set(), bad: {"LG101"}}
    assert codes(judge_range(world.git, world.patterns, Server({}), bad, good)[good]) == {"LG603"}


TREE = "a" * 40
HEAD = b"tree " + b"a" * 40 + b"\nauthor A <a> 1 +0000\ncommitter A <a> 1 +0000\n"


@pytest.mark.parametrize(
    ("raw", "is_sound"),
    [
        (HEAD + b"\nS\n", True),
        (HEAD + b"mergetag object x\n more\n\nS\n", True),
        (HEAD + b"gpgsig x\n y\nHG:x y\nchange-id z\n\nS\n", True),
        (HEAD + b"gpgsig x\ngpgsig x\n\nS\n", False),
        (HEAD + b"encoding latin-1\n\nS\n", False),
        (HEAD + b"author B <a> 1 +0000\n\nS\n", False),
        (HEAD + b"tree " + b"b" * 40 + b"\n\nS\n", False),
        (HEAD + b"\nS\0\n", False),
        (HEAD.replace(b"author", b"autor") + b"\nS\n", False),
        (HEAD, True),
        (HEAD[:-1], False),
        (HEAD + b"gpgsig x\ngpgsig-sha256 x\n\nS\n", False),
    ],
)
def test_commit_objects(raw: bytes, is_sound: bool) -> None:
    assert (malformed.commit_defects(raw) == []) is is_sound


@pytest.mark.parametrize(
    ("entries", "is_sound"),
    [
        ([(b"100644", b"a"), (b"40000", b"a-b"), (b"100755", b"a.b"), (b"120000", b"b"), (b"160000", b"c")], True),
        ([(b"100644", b"a.b"), (b"40000", b"a")], True),
        ([(b"40000", b"a"), (b"100644", b"a.b")], False),
        ([(b"100664", b"a")], False),
        ([(b"040000", b"a")], False),
        ([(b"100644", b"a"), (b"100644", b"a")], False),
        ([(b"100644", b"")], False),
        ([(b"100644", b"..")], False),
        ([(b"100644", b".git")], False),
        ([(b"100644", b"GIT~1")], False),
        ([(b"100644", b".g\xe2\x80\x8cit")], False),
        ([(b"100644", b"a\\.git")], False),
        ([(b"100644", b".gitx"), (b"100644", b"digit")], True),
    ],
)
def test_tree_objects(entries: list[tuple[bytes, bytes]], is_sound: bool) -> None:
    found = malformed.tree_defects([malformed.TreeEntry(mode, name, TREE) for mode, name in entries])
    assert (found == []) is is_sound


def test_old_defects_are_not_held_against_a_commit(world: World, base: str) -> None:
    twins = world.commit({b"ui/A.py": b"x"}, UI, base)
    refs = {"refs/heads/lane/ui": twins}
    assert push(world, base, world.commit({b"ui/b.py": b"x"}, UI, twins), refs=refs) == set()
    assert push(world, base, world.commit({b"ui/b.py": b"x", b"ui/B.py": b""}, UI, twins), refs=refs) == {"LG604"}


def test_patterns_one_by_one(tmp_path: Path) -> None:
    patterns = Patterns(tmp_path)
    for pattern, path, expected in [
        ("/a/", b"a", True),
        ("/a/", b"a/b/c", True),
        ("/a/", b"b/a", False),
        ("a/*.py", b"a/x.py", True),
        ("a/*.py", b"a/x.py/y", True),
        ("a/*.py", b"a/b/x.py", False),
        ("**/x", b"a/b/x/c", True),
        ("/a/**", b"a", False),
        ("/a/**", b"a/b", True),
        ("/a/**/b", b"a/b", True),
        ("/[a-c]?", b"b\n", True),
        ("/-x", b"-x", True),
        ("/a", b"", False),
    ]:
        assert patterns.matches(pattern, path) is expected, (pattern, path)
    assert not patterns.in_list(["/a/", "!/a/b/"], b"a/b/c")
    assert patterns.in_list(["/a/", "!/a/b/", "/a/b/c"], b"a/b/c")


@pytest.mark.parametrize(
    "change",
    [
        (b"version = 1", b"version = 2"),
        (b'identity = "pusher"', b'identity = "none"'),
        (b'"/ui/"', b'"ui"'),
        (b"[lanes.old]", b"[lanes.UI]"),
        (b"task =", b"tasks ="),
        (b'["bob"]', b'"bob"'),
        (b'"/core/*.md"', b'"!/core/*.md"'),
        (b'"MODIFY"', b'"WRITE"'),
        (b"force = true", b'force = "yes"'),
    ],
)
def test_policies_that_are_none(tmp_path: Path, change: tuple[bytes, bytes]) -> None:
    patterns = Patterns(tmp_path)
    assert Policy(POLICY, patterns).identity == "pusher"
    with pytest.raises(NotAPolicyError):
        Policy(POLICY.replace(*change), patterns)


def test_trailers_are_told_apart_from_text() -> None:
    assert trailers.read_trailers(b"S\n\nA: b\nLane: x y\n") == [(b"a", b"b"), (b"lane", b"x y")]
    assert trailers.read_trailers(b"S\n\nA: b\nText\n") == []
    assert trailers.read_trailers(b"S\n\nLane: a\n\tb\n") is None


def test_nothing_of_lanegate_is_imported() -> None:
    for path in Path(__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.split(".")[0] == "lanegate"], path


def test_store_makes_what_git_reads(world: World, base: str) -> None:
    done = subprocess.run(["git", "fsck", "--strict"], cwd=world.folder, capture_output=True, check=False)
    assert b"missing" not in done.stdout + done.stderr
    assert world.files(base)[b"app.py"] == Entry("100644", world.store.blob(b"app\n"))
