"""The oracle on refs, pushers, the policy file and ranges: each refusal beside the honest twin that must pass."""

from __future__ import annotations

from tests.differential.case import Server, Update
from tests.differential.oracle import judge_push, judge_range
from tests.differential.small import CORE, MAIN, POLICY, POLICY_PATH, UI, codes, push
from tests.differential.world import Edit, World


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
    assert change(laxer.replace(b'"/core/"', b'"/core/", "/docs/x"')) == {"LG703"}
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
