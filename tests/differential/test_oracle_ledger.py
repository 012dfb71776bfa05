"""The oracle on pushes to the ledger: each refusal beside its honest twin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.differential.acceptors import WRONG_FILES
from tests.differential.records import LEDGER
from tests.differential.small import MAIN, UI
from tests.differential.small_acceptance import LANE, RELEASE, Project, accepting
from tests.differential.world import World


@pytest.fixture
def project(world: World) -> Project:
    """A project with a commit of ui on the lane's ref and one record in its ledger."""
    project = Project(world)
    project.refs[LANE] = world.commit({b"ui/a.py": b"x"}, UI, project.base)
    project.accept("1" * 40)
    return project


VERDICTS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "accepted": ({}, set()),
    "for two refs": ({"refs": [MAIN, RELEASE]}, set()),
    "refs not in order": ({"refs": [RELEASE, MAIN]}, {"LG305"}),
    "in words": ({"note": "Größe\n"}, set()),
    "by an owner of the lane": ({"by": "bob"}, {"LG202"}),
    "by no acceptor": ({"by": "dee"}, {"LG202"}),
    "by a server": ({"by": "server:main"}, {"LG202"}),
    "by nobody": ({"by": None}, {"LG203"}),
    "by a stranger": ({"key": "mallory"}, {"LG203"}),
    "signed by somebody else": ({"key": "ana"}, {"LG202"}),
    "for a ref without verdicts": ({"refs": ["refs/heads/wip/x"]}, {"LG305"}),
    "for no lane": ({"lane": "ghost"}, {"LG305"}),
    "of another task": ({"task": "T-1"}, {"LG305"}),
    "under another policy": ({"policy": "2" * 40}, {"LG305"}),
    "number left out": ({"number": 3}, {"LG305"}),
    "number again": ({"number": 1}, {"LG305"}),
    "other field": ({"more": 1}, {"LG305"}),
    "another format": ({"format": 2}, {"LG305"}),
    "short ids": ({"commits": ["1234567"]}, {"LG305"}),
    "the same commit twice": ({"commits": ["1" * 40, "1" * 40]}, {"LG305"}),
    "report that is not there": ({"report": "3" * 40}, {"LG305"}),
    "tips of an acceptance": ({"tips": {MAIN: None}}, {"LG305"}),
    "rejected": ({"verdict": "rejected", "tips": "now"}, set()),
    "rejected by an owner": ({"verdict": "rejected", "tips": "now", "by": "bob"}, {"LG202"}),
    "rejected elsewhere": ({"verdict": "rejected", "tips": {MAIN: "1" * 40}}, {"LG305"}),
    "rejected nowhere": ({"verdict": "rejected"}, {"LG305"}),
}


@pytest.mark.parametrize("name", VERDICTS)
def test_verdicts(project: Project, name: str) -> None:
    values, expected = VERDICTS[name]
    values = {"commits": [project.refs[LANE]], **values}
    if values.get("tips") == "now":
        values["tips"] = {MAIN: project.base}
    assert project.push(project.record(**values), LEDGER) == expected


@pytest.mark.parametrize("name", WRONG_FILES)
def test_trees(project: Project, name: str) -> None:
    record = project.record(commits=[project.refs[LANE]], spoil=WRONG_FILES[name])
    assert project.push(record, LEDGER) == {"LG305"}


def test_the_ledger_only_grows(project: Project) -> None:
    first = project.refs[LEDGER]
    parents: list[tuple[list[str], set[str]]] = [
        ([first], set()),
        ([], {"LG602"}),
        ([project.base], {"LG602"}),
        ([first, project.base], {"LG305"}),
    ]
    for names, expected in parents:
        assert project.push(project.record(commits=["1" * 40], parents=names), LEDGER) == expected
    assert project.push(None, LEDGER) == {"LG602"}
    project.accept("1" * 40)
    assert project.push(first, LEDGER) == {"LG602"}
    assert project.push(project.scribe.again(project.refs[LEDGER]), LEDGER) == {"LG305"}
    assert project.push(project.base, LEDGER) == {"LG602"}
    assert project.push(project.base, "refs/lanegate/locks2") == {"LG601"}


def test_one_withdraws_ones_own(project: Project) -> None:
    def by(writer: str, commit: str = "1" * 40, ref: str = MAIN) -> set[str]:
        return project.push(project.record("withdraw", writer, commits=[commit], refs=[ref]), LEDGER)

    assert by("cy") == set()
    assert by("ana") == by("cy", "2" * 40) == by("cy", ref=RELEASE) == {"LG202"}


OTHERS: dict[str, tuple[Callable[[Project], str], set[str]]] = {
    "reconciled by an owner": (lambda p: p.record("reconcile", "bob", lane="ui", assumptions=["a"]), set()),
    "by an integrator": (lambda p: p.record("reconcile", "dee", lane="ui", assumptions=["a"]), set()),
    "by an acceptor": (lambda p: p.record("reconcile", "cy", lane="ui", assumptions=["a"]), {"LG202"}),
    "for no lane": (lambda p: p.record("reconcile", "dee", lane="ghost", assumptions=["a"]), {"LG305"}),
    "nothing": (lambda p: p.record("reconcile", "bob", lane="ui", assumptions=[]), {"LG305"}),
    "gates": (lambda p: gate(p, "dee"), set()),
    "gates by an owner": (lambda p: gate(p, "bob"), {"LG202"}),
    "gates that failed": (lambda p: gate(p, "cy", failed=True), {"LG304"}),
    "gates without report": (lambda p: p.record("gate", commit="1" * 40, passed=["quick"]), {"LG304"}),
    "landing": (lambda p: landing(p, "server:main"), set()),
    "landing by a person": (lambda p: landing(p, "ana"), {"LG202"}),
}


def gate(project: Project, by: str, *, failed: bool = False) -> str:
    report = project.quick_report("1" * 40, failed=failed)
    return project.record("gate", by, commit="1" * 40, passed=["quick"], report_text=report)


def landing(project: Project, by: str) -> str:
    moved = [{"ref": MAIN, "old": None, "new": project.base, "forced": False}]
    return project.record("landing", by, moved=moved)


@pytest.mark.parametrize("name", OTHERS)
def test_other_records(project: Project, name: str) -> None:
    make, expected = OTHERS[name]
    assert project.push(make(project), LEDGER) == expected


def test_several_records_at_once(project: Project) -> None:
    tip = project.refs[LEDGER]
    project.refs[LEDGER] = project.record(commits=["2" * 40])
    two = project.record("withdraw", commits=["2" * 40], refs=[MAIN])
    project.refs[LEDGER] = tip
    assert project.push(two, LEDGER) == set()


def test_records_wait_for_a_policy_that_asks_for_them(world: World) -> None:
    project = Project(world, accepting().replace(b"accepted = true\n", b"").replace(b'from = "refs/heads/main"\n', b""))
    assert project.push(project.record(commits=["1" * 40]), LEDGER) != set()
