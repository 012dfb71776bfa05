"""The oracle on accepted refs: each refusal beside its honest twin."""

from __future__ import annotations

import pytest

from tests.differential.lock_out import can_be_changed
from tests.differential.records import LEDGER
from tests.differential.rules import Policy
from tests.differential.signers import signature, with_header
from tests.differential.small import CORE, MAIN, POLICY_PATH, UI
from tests.differential.small_acceptance import GATES, LANE, RELEASE, Project, accepting, without_people
from tests.differential.world import World

BOB_UI = {b"ui/a.py": b"bob\n"}
ACCEPTED_MAIN = 'name = "refs/heads/main"\naccepted = true\n'
ALSO_BOB = 'acceptor = ["cy", "ana"]', 'acceptor = ["cy", "ana", "bob"]'


def signed(world: World, by: str, commit: str) -> str:
    raw = world.git.object(commit)[1]
    return world.store.write("commit", with_header(raw, b"gpgsig", signature(by, raw)))


def work(project: Project, *parents: str, text: bytes = b"bob\n", message: bytes = UI, by: str = "bob") -> str:
    """A signed commit of the lane ui on main."""
    path = b"ui/a.py" if message.find(b"Lane: core") < 0 else b"core/c.py"
    made = project.world.commit({path: text}, message, *(parents or (project.refs[MAIN],)))
    return signed(project.world, by, made)


@pytest.fixture
def project(world: World) -> Project:
    return Project(world)


def test_verdicts(project: Project) -> None:
    one = work(project)
    two = work(project, one, text=b"two\n")
    assert project.push(one) == {"LG301"}
    project.accept(one)
    assert project.push(one) == set()
    assert project.push(two) == {"LG301", "LG303"}
    assert project.push(one, RELEASE) == {"LG301"}
    assert project.push(work(project, text=b"bob\n", message=UI + b"Note: amended\n")) == {"LG301"}
    project.write(commits=[one], verdict="rejected", tips={MAIN: project.base})
    assert project.push(one) == {"LG302"}
    project.accept(one, by="ana")
    assert project.push(one) == set()
    project.write("withdraw", "ana", commits=[one], refs=[MAIN])
    assert project.push(one) == {"LG302"}
    project.write("withdraw", "cy", commits=[one], refs=[MAIN])
    assert project.push(one) == {"LG301"}


def test_a_withdrawal_is_for_the_refs_that_it_names(project: Project) -> None:
    one = work(project)
    project.accept(one, refs=[MAIN, RELEASE])
    assert project.push(one, RELEASE) == set()
    project.write("withdraw", "cy", commits=[one], refs=[RELEASE])
    assert (project.push(one, RELEASE), project.push(one)) == ({"LG301"}, set())


def test_clean_merges_need_no_verdict_and_others_do(project: Project) -> None:
    one = work(project)
    project.accept(one)
    project.refs[MAIN] = signed(project.world, "ana", project.world.commit({b"core/c.py": b"x"}, CORE, project.base))
    merge = project.world.merge(project.refs[MAIN], one)
    assert project.push(merge) == set()
    assert project.push(project.world.merge(one, project.refs[MAIN])) == {"LG603"}
    evil = project.world.merge(project.refs[MAIN], one, {b"ui/b.py": b"x"}, UI)
    assert project.push(signed(project.world, "bob", evil)) == {"LG301", "LG303"}


@pytest.mark.parametrize(
    ("by", "edit", "expected"),
    [
        ("cy", None, set()),
        ("cy", ('acceptor = ["cy", "ana"]', 'acceptor = ["ana"]'), {"LG301"}),
        (
            "ana",
            ('owners = ["bob"]\nowned_paths = ["/ui/"', 'owners = ["bob", "ana"]\nowned_paths = ["/ui/"'),
            {"LG301"},
        ),
    ],
)
def test_writers_are_judged_again(project: Project, by: str, edit: tuple[str, str] | None, expected: set[str]) -> None:
    one = work(project)
    project.accept(one, by=by)
    if edit is not None:
        changed = project.world.commit({POLICY_PATH: accepting("signature", edit)}, CORE, project.base)
        project.refs[MAIN] = changed
        one = project.world.merge(changed, one)
    assert project.push(one) == expected


def test_nobody_accepts_his_own_commit(world: World) -> None:
    for self_accept, expected in ((False, {"LG202"}), (True, set[str]())):
        edits = [
            ALSO_BOB,
            ('unowned = "deny"', f'unowned = "deny"\nself_accept = {"true" if self_accept else "false"}'),
        ]
        project = Project(world, accepting("signature", *edits))
        one = work(project)
        assert project.push(project.record(by="bob", commits=[one]), LEDGER) == expected
        if self_accept:
            project.accept(one, by="bob")
            assert project.push(one) == set()


def test_lanes_of_commit_and_verdict(project: Project) -> None:
    one = work(project)
    project.accept(one, lane="core")
    assert project.push(one) == {"LG301"}


def test_bots(world: World) -> None:
    for bots, expected in (("", {"LG201"}), ("bots = true\n", set[str]())):
        edit = ('[lanes.ui]\nowners = ["bob"]', f'[lanes.ui]\n{bots}owners = ["bob"]')
        project = Project(world, accepting("signature", edit))
        one = world.commit({b"ui/a.py": b"bot\n"}, b"Bump\n", project.base)
        project.accept(one)
        assert (project.push(one), project.push(one, LANE)) == (expected, expected)
        other = world.commit({b"core/c.py": b"bot\n"}, b"Bump\n", project.base)
        project.accept(other)
        assert project.push(other) == ({"LG101"} if bots else {"LG201"})


def test_gates(world: World) -> None:
    edits = [(ACCEPTED_MAIN, ACCEPTED_MAIN + 'gates = ["quick"]\n'), ("[lanes.ui]", GATES + "[lanes.ui]")]
    project = Project(world, accepting("signature", *edits))
    one, two = work(project), work(project, text=b"two\n")
    for commit in (one, two):
        project.refs[f"refs/heads/wip/{commit}"] = commit
        passed = {"gates": ["quick"], "ran": commit, "report_text": project.quick_report(commit)}
        assert project.push(project.record(commits=[commit]), LEDGER) == {"LG304"}
        project.accept(commit, **passed)
    assert project.push(one) == set()
    merge = world.merge(project.base, one)
    assert project.push(merge) == {"LG304"}
    project.write("gate", commit=merge, passed=["quick"], report_text=project.quick_report(merge))
    assert project.push(merge) == set()
    project.write("gate", commit=merge, failed=["quick"], report_text=project.quick_report(merge, failed=True))
    assert project.push(merge) == {"LG304"}


def test_dependencies(world: World) -> None:
    for how, missing in (("hard", {"LG501"}), ("soft", {"LG502"})):
        edit = ("[lanes.ui]\n", f'[lanes.ui]\ndepends_on = {{ core = "{how}" }}\n')
        project = Project(world, accepting("signature", edit))
        core = signed(world, "ana", world.commit({b"core/c.py": b"x"}, CORE, project.base))
        one, late = work(project), work(project, core)
        project.accept(one, late)
        project.accept(core, lane="core")
        assert project.push(one) == missing
        assert project.push(late) == set()
        project.write("withdraw", "cy", commits=[core], refs=[MAIN])
        assert missing <= project.push(late)


def test_assumptions(world: World) -> None:
    project = Project(world, accepting("signature", ("[lanes.ui]\n", '[lanes.ui]\ndepends_on = { core = "soft" }\n')))
    told = work(project, message=UI + b"Assumption: a1 core answers\n")
    bare = work(project, message=UI + b"Assumption: a1\n")
    none = work(project, message=UI + b"Assumption: none\n")
    here = work(project, told, text=b"y\n", message=UI + b"Assumption: none\nReconciled: a1 it does\n")
    project.accept(told, none, here, bare)
    assert (project.push(told), project.push(none), project.push(here)) == ({"LG502"}, set(), set())
    project.write("reconcile", "bob", lane="ui", assumptions=["a1"])
    assert (project.push(told), project.push(bare)) == (set(), {"LG502"})


def test_order(world: World) -> None:
    edits = [
        (ACCEPTED_MAIN, ACCEPTED_MAIN + 'order = ["implementation", "quality"]\n'),
        ("[lanes.ui]\n", '[lanes.ui]\nkind = "quality"\n'),
    ]
    project = Project(world, accepting("signature", *edits))
    core = signed(world, "ana", world.commit({b"core/c.py": b"x"}, CORE, project.base))
    one, both = work(project), work(project, core)
    project.accept(one, both)
    project.accept(core, lane="core")
    assert project.push(one) == set()
    project.refs["refs/heads/lane/core"] = core
    assert project.push(one) == {"LG503"}
    assert (project.push(both), project.push(core)) == (set(), set())
    project.write("withdraw", "cy", commits=[core], refs=[MAIN])
    assert project.push(one) == set()


def test_after_a_rejection(project: Project) -> None:
    one, late = work(project), work(project, text=b"late\n")
    project.refs[MAIN] = signed(project.world, "ana", project.world.commit({b"core/c.py": b"x"}, CORE, project.base))
    rebased = work(project, text=b"again\n")
    project.write(commits=[one], verdict="rejected", tips={MAIN: project.refs[MAIN]})
    project.accept(late, rebased, by="ana")
    merge = project.world.merge(project.refs[MAIN], late)
    assert (project.push(merge), project.push(rebased)) == ({"LG505"}, set())
    project.write("withdraw", "cy", commits=[one], refs=[MAIN])
    assert project.push(merge) == set()


def test_reverts(project: Project) -> None:
    world = project.world
    undone = signed(world, "ana", world.commit({b"core/c.py": b"x"}, CORE, project.base))
    project.refs[MAIN] = tip = work(project, undone)
    text = b"Revert\n\nLane: %s\nReverts: %s\n"

    def revert(lane: bytes, by: str, more: dict[bytes, bytes] | None = None, name: str = undone) -> set[str]:
        edits = {b"core/c.py": b"c\n" * 9, **(more or {})}
        made = signed(world, by, world.commit(edits, text % (lane, name.encode()), tip))
        project.accept(made, lane=lane.decode())
        return project.push(made)

    assert revert(b"core", "ana") == set()
    assert revert(b"ui", "bob") == {"LG506", "LG101"}
    assert revert(b"ui", "dee") == {"LG202"}
    assert revert(b"core", "ana", {b"core/d": b"x"}) == {"LG506"}
    assert revert(b"core", "ana", name=undone[:12]) == {"LG506"}
    assert revert(b"core", "ana", name="1" * 40) == {"LG506"}


def test_identity_pusher(world: World) -> None:
    project = Project(world, accepting("pusher"), is_local=False)
    one = world.commit(BOB_UI, UI, project.base)
    assert project.push(project.record(commits=[one]), LEDGER, "cy") == {"LG301"}
    project.refs[LANE] = one
    tip = project.record(commits=[one])
    assert project.push(tip, LEDGER, "bob") == set()
    project.refs[LEDGER] = tip
    del project.refs[LANE]
    assert project.push(one, MAIN, "ana") == set()
    assert project.push(world.commit(BOB_UI, UI + b"Note: x\n", project.base), MAIN, "ana") == {"LG202", "LG301"}


def test_nobody_is_proven(world: World) -> None:
    project = Project(world, without_people(accepting()))
    one = world.commit(BOB_UI, UI, project.base)
    assert project.push(one) == {"LG301"}
    project.accept(one, by=None)
    assert project.push(one) == set()
    assert project.push(project.record(by="cy", commits=[one]), LEDGER) == {"LG305"}


def test_release_branches(project: Project) -> None:
    one = work(project)
    assert project.push(project.base, RELEASE) == set()
    assert project.push(one, RELEASE) == {"LG301"}
    project.accept(one, refs=[RELEASE])
    assert (project.push(one, RELEASE), project.push(one)) == (set(), {"LG301"})
    project.refs[RELEASE] = project.base
    assert project.push(one, RELEASE) == set()
    assert project.push(None, RELEASE) == {"LG602"}


def test_any_lane_may_change_the_policy_in_an_open_zone(world: World) -> None:
    """Of the lanes that ana, the maintainer, owns none has the file any more."""
    lost = ('"/policy/"', '"/policies/"')
    out = ('owners = ["ana"]\n', 'owners = ["ana"]\nout_of_scope = ["/policy/"]\n')
    for mode, edits, can in (
        ("high-risk", (), True),
        ("high-risk", (lost,), False),
        ("shared", (lost,), True),
        ("append-only", (lost,), True),
        ("shared", (lost, out), False),
    ):
        zone = f'[[zones]]\npaths = ["/policy/"]\nmode = "{mode}"\n'
        policy = Policy(accepting("signature", *edits) + zone.encode(), world.patterns)
        assert can_be_changed(policy, MAIN, POLICY_PATH) is can, (mode, edits)
