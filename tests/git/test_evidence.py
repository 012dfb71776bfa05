"""Evidence from a ledger in memory and a real history: how far it looks, and what it does not look at."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from lanegate.core.acceptance import Evidence, Likeness, Rejection
from lanegate.core.facts import Commit
from lanegate.core.ledger import Entry
from lanegate.core.people import nobody_asks
from lanegate.core.policy import Lane, Policy, RefRule
from lanegate.git.commits import read_commits
from lanegate.git.evidence import Hindsight, Landing, gather_evidence
from lanegate.git.objects import CatFile
from lanegate.git.reach import reached
from lanegate.git.run import Git
from tests.support import Clone

MAIN = "refs/heads/main"
NOWHERE = "d" * 40


class Lines:
    """A ledger of just these lines. looked_up: what was asked for, commits and lanes."""

    def __init__(self) -> None:
        self.about: dict[str, list[Entry]] = {}
        self.of_lane: dict[str, list[Entry]] = {}
        self.given: dict[str, list[Entry]] = {}
        self.number = 0
        self.looked_up: list[str] = []

    def add(self, kind: str, *commits: str, lane: str = "ui", **values: str) -> None:
        self.number += 1
        pairs = (("lane", lane), *((name.rstrip("_"), value) for name, value in values.items()))
        for oid in commits:
            self.about.setdefault(oid, []).append(Entry(self.number, kind, pairs))
        named = (*(("commit", oid) for oid in commits), *pairs)
        if kind == "verdict":
            self.given.setdefault(lane, []).append(Entry(self.number, kind, named))
        if kind == "reconcile" or "tip" in values:
            self.of_lane.setdefault(lane, []).append(Entry(self.number, kind, named))

    def accept(self, *commits: str, lane: str = "ui", on: str = MAIN) -> None:
        self.add("verdict", *commits, lane=lane, is_="accepted", on=on, by="cy")

    def reject(self, *commits: str, tip: str, lane: str = "ui") -> None:
        self.add("verdict", *commits, lane=lane, is_="rejected", on=MAIN, by="cy", tip=tip)

    def entries(self, oid: str) -> tuple[Entry, ...]:
        self.looked_up.append(oid)
        return tuple(self.about.get(oid, ()))

    def events(self, lane: str) -> tuple[Entry, ...]:
        self.looked_up.append(lane)
        return tuple(self.of_lane.get(lane, ()))

    def verdicts(self, lane: str) -> Iterator[Entry]:
        self.looked_up.append(lane)
        return reversed(self.given.get(lane, []))


class Past:
    """A history in one repository, and its ledger."""

    def __init__(self, repo: Clone) -> None:
        self.repo = repo
        self.git = Git(str(repo.path / ".git"))
        self.ledger = Lines()

    def commit(self, path: str, lane: str = "ui", message: str = "Change") -> str:
        return self.repo.change({path: f"{path}\n"}, message, lane=lane)

    def evidence(self, *new: str, seen: int | None = None, tips: dict[str, list[str]] | None = None) -> Evidence:
        """Of a push that brings these commits to main, the last its new tip."""
        reader = CatFile(self.git)
        rule = RefRule(MAIN, 1, accepted=True, order=("requirements", "implementation"))
        try:
            commits: tuple[Commit, ...] = tuple(read_commits(self.git, reader, new, signed=nobody_asks))
            landing = Landing(MAIN, rule, new[-1], commits, tips or {})
            later = None if seen is None else Hindsight(seen, partial(reached, self.git))
            return gather_evidence(self.git, reader, self.ledger, POLICY, landing, later)
        finally:
            reader.close()


POLICY = Policy(
    "signature",
    lanes={
        "core": Lane("core", 1, kind="requirements"),
        "docs": Lane("docs", 2, kind="quality"),
        "ui": Lane("ui", 3, depends_on=(("core", "hard"), ("docs", "soft"))),
    },
)


@pytest.fixture
def past(repo: Clone) -> Past:
    return Past(repo)


def test_a_lane_that_asks_nothing_costs_a_lookup_a_commit(past: Past) -> None:
    commit = past.commit("a", "core")
    past.ledger.accept(commit, lane="core")
    assert past.evidence(commit).entries == {commit: tuple(past.ledger.about[commit])}
    assert past.ledger.looked_up == [commit, "core"]  # the lane, for rejections before the verdict


def test_what_has_landed_is_found_however_long_ago(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lanegate.git.evidence.AT_ONCE", 2)
    first = past.commit("a", "core")
    past.ledger.accept(first, lane="core")
    past.repo.git("checkout", "-q", "--orphan", "beside")
    beside = [past.commit(f"b{number}", "core") for number in range(5)]
    for oid in (*beside, NOWHERE):
        past.ledger.accept(oid, lane="core")
    past.repo.git("checkout", "-q", "-f", "main")
    ui = past.commit("c")
    assert past.evidence(ui).met == {"core"}
    past.ledger.add("withdraw", first, on=MAIN, by="cy")
    assert past.evidence(ui).met == set()
    past.ledger.accept(beside[0], ui, lane="docs")
    assert past.evidence(ui).met == {"docs"}


def test_later_records_do_not_count(past: Past) -> None:
    core, ui = past.commit("a", "core"), past.commit("b")
    past.ledger.accept(core, lane="core")
    past.ledger.accept(ui)
    past.ledger.add("reconcile", assumption="A1")
    past.ledger.add("withdraw", core, on=MAIN, by="cy")
    found = past.evidence(core, ui, seen=3)
    assert found.met == {"core"}
    assert found.reconciled == {"ui": {"A1"}}
    assert [len(found.entries[oid]) for oid in (core, ui)] == [1, 1]
    assert past.evidence(core, ui, seen=2).reconciled == {"ui": set()}
    none = past.evidence(core, ui, seen=0)
    assert none == Evidence({core: (), ui: ()}, reconciled={"ui": frozenset()}, found=none.found)
    assert none.found is not None
    assert [each.verdict for each in none.found] == [None, None]
    assert past.evidence(core, ui).met == set()


def test_what_waits_on_the_refs_of_earlier_lanes(past: Past) -> None:
    start = past.commit("a", "core")
    waiting, other, later = past.commit("b", "core"), past.commit("c", "core"), past.commit("d")
    for oid in (start, waiting):
        past.ledger.accept(oid, lane="core")
    past.ledger.accept(other, later)
    past.repo.git("checkout", "-q", "--detach", start)
    ui = past.commit("e")
    assert past.evidence(ui, tips={"core": [later, start], "docs": [later]}).waiting == {"core": (waiting,)}
    assert past.evidence(waiting, other, later, tips={"core": [later]}).waiting == {}


def test_who_descends_from_what_the_ref_held(past: Past) -> None:
    old = past.commit("a", "core")
    held = past.commit("b", "core")
    past.repo.git("checkout", "-q", "--detach", old)
    beside = past.commit("c")
    past.repo.git("merge", "-q", "--no-ff", "--no-edit", held)
    merge = past.repo.head()
    after = past.commit("d")
    past.ledger.reject(beside, tip=old)
    past.ledger.reject(beside, tip=held)
    past.ledger.reject(beside, tip=NOWHERE)
    past.ledger.accept(beside, after)
    past.ledger.reject(after, tip=held)
    expected = (
        Rejection(1, "cy", old, frozenset({beside, merge, after})),
        Rejection(2, "cy", held, frozenset({merge, after})),
        Rejection(3, "cy", NOWHERE),
    )
    assert past.evidence(beside, merge, after, seen=4).rejections == {"ui": expected}
    assert past.evidence(beside, merge, after, seen=1).rejections == {}


def test_what_a_verdict_was_lost_on(past: Past) -> None:
    start = past.commit("a", "core", "Start")
    accepted = past.commit("b", message="Same")
    past.repo.git("checkout", "-q", "--detach", start)
    same, other = past.commit("b", message="Reworded"), past.commit("c", message="Other")
    past.ledger.accept(accepted, NOWHERE)
    past.ledger.accept(other, on="refs/heads/x")
    assert past.evidence(same, other).alike == {same: Likeness(accepted, 1, True)}
    past.ledger.add("withdraw", accepted, on=MAIN, by="cy")
    assert past.evidence(same, other).alike == {}


def test_somebody_elses_commit_is_not_alike(past: Past) -> None:
    start = past.commit("a", "core", "Start")
    accepted = past.commit("b", message="Mine")
    past.ledger.accept(accepted)
    past.repo.git("checkout", "-q", "--detach", start)
    past.repo.write("c", "c\n")
    past.repo.git("add", "-A")
    past.repo.git("commit", "-q", "-C", accepted)
    again = past.repo.head()
    past.repo.git("commit", "-q", "--amend", "--no-edit", "--author", "Eve <eve@example.org>")
    assert past.evidence(again).alike == {again: Likeness(accepted, 1, False)}
    assert past.evidence(past.repo.head()).alike == {}
