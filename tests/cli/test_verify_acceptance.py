"""Acceptance judged again from a clone alone: what the server let in is allowed, what went past it is found (R-F03)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lanegate.core.record import Withdraw
from lanegate.git.history import read_history
from lanegate.git.run import Git
from lanegate.usecases import verify_cuts, verify_range
from lanegate.usecases.verify import VerifyOptions
from lanegate.usecases.verify import verify as judge_history
from lanegate.usecases.verify_ledger import LogWanted
from tests.attack_acceptance import Stage, main_with
from tests.attack_ledger import LEDGER, ledger_policy, verdict
from tests.attack_signatures import by
from tests.attack_support import LANE, MAIN, Arena
from tests.landing_support import Yard, yard
from tests.support import POLICY_PATH, Clone, Ran, lanegate, make_clone


def elsewhere(at: Arena, name: str = "reader") -> Clone:
    """A fresh clone with the ledger, as a CI job makes it."""
    clone = make_clone(at.server, at.clone.path.parent / name)
    if at.server.tip(LEDGER) is not None:
        clone.git("fetch", "-q", "origin", f"{LEDGER}:{LEDGER}")
    return clone


def verify(clone: Clone, *more: str, base: str = "", tip: str = "origin/main") -> Ran:
    """`lanegate verify` from the first commit on, or from `base`."""
    first = base or clone.out("rev-list", "--max-parents=0", tip)
    return lanegate("verify", f"{first}..{tip}", *more, cwd=clone.path)


def found(ran: Ran) -> list[tuple[str, str | None]]:
    """(code, commit) of each violation."""
    return [(violation["code"], violation["commit"]) for violation in json.loads(ran.out)["violations"]]


def answer(at: Arena, *more: str, **options: str) -> list[tuple[str, str | None]]:
    return found(verify(elsewhere(at), "--format", "json", *more, **options))


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Signatures, and a server that keeps no key of its own: nothing records what lands."""
    return Stage(tmp_path, ledger_policy(identity="signature").replace("[servers.main]\nkeys", "#", 1))


@pytest.fixture
def place(tmp_path: Path) -> Yard:
    return yard(tmp_path)


def test_what_was_accepted_is_allowed(stage: Stage) -> None:
    commit = stage.offered()
    stage.accept(commit)
    stage.lands(commit)
    ran = verify(elsewhere(stage.at))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("lanegate: allowed (1 commit, 1 path, policy ")


def test_what_went_past_the_hook_is_found(stage: Stage) -> None:
    """The same commit, put on main by somebody with a shell on the server."""
    commit = stage.offered()
    other = stage.commit({"src/ui/other.py": "x\n"}, on=commit)
    stage.accept(commit)
    stage.at.plant(f"+{other}:{MAIN}")
    assert answer(stage.at) == [("LG301", other)]


def test_without_the_ledger_nothing_is_decided(stage: Stage) -> None:
    commit = stage.offered()
    stage.accept(commit)
    stage.lands(commit)
    clone = make_clone(stage.at.server, stage.at.clone.path.parent / "reader")
    ran = verify(clone)
    assert ran.code == 3
    assert "LG903 acceptance is asked for, and this clone has no ledger" in ran.out
    assert f"git fetch origin {LEDGER}:{LEDGER}" in ran.out


def test_a_history_of_no_known_ref_is_not_decided(stage: Stage) -> None:
    """The honest twin says which ref it is."""
    commit = stage.offered()
    stage.accept(commit)
    stage.lands(commit)
    clone = elsewhere(stage.at)
    clone.git("remote", "rename", "origin", "far")
    clone.git("remote", "add", "away", "nowhere")
    ran = verify(clone, tip="far/main")
    assert ran.code == 3
    assert "LG901 the policy asks for acceptance, and this clone does not tell which ref" in ran.out
    assert "--ref refs/heads/main" in ran.out
    assert verify(clone, "--ref", MAIN, tip="far/main").code == 0


def test_another_ref_is_judged_by_its_own_rule(stage: Stage) -> None:
    """A lane's own branch asks for no verdict."""
    commit = stage.offered()
    clone = elsewhere(stage.at)
    assert verify(clone, "--ref", LANE, tip=commit).code == 0
    assert found(verify(clone, "--ref", MAIN, "--format", "json", tip=commit)) == [("LG903", None)]


def test_a_forged_ledger_convinces_nobody(stage: Stage) -> None:
    """Somebody with a shell on the server wrote the verdict too, without a key that may."""
    commit = stage.offered()
    stage.planted(verdict(commit), "bob")
    stage.at.plant(f"+{commit}:{MAIN}")
    codes = dict(answer(stage.at))
    assert codes["LG202"] == stage.at.server.tip(LEDGER)
    assert codes["LG301"] == commit


def test_a_pinned_record_must_be_there(stage: Stage) -> None:
    one = stage.offered()
    stage.accept(one)
    stage.lands(one)
    first = stage.at.server.tip(LEDGER) or ""
    two = stage.offered({"src/ui/two.py": "x\n"})
    second = stage.accept(two)
    clone = elsewhere(stage.at)
    assert verify(clone, "--ledger-tip", second).code == 0
    assert verify(clone, "--ledger-tip", first).code == 0
    clone.git("update-ref", LEDGER, first)
    ran = verify(clone, "--ledger-tip", second, "--format", "json")
    assert (ran.code, found(ran)) == (1, [("LG305", None)])


def test_mixed_landings_are_named(stage: Stage) -> None:
    """Two commits of one landing, one accepted; without a landing record each step is its own landing."""
    one = stage.offered()
    two = stage.commit({"src/ui/two.py": "x\n"}, on=one)
    stage.accept(two)
    stage.git("checkout", "-q", "-B", "main", "origin/main")
    merge = stage.merge(two)
    stage.at.plant(f"+{merge}:{MAIN}")
    assert set(answer(stage.at)) == {("LG301", one), ("LG303", merge)}


def test_gates_are_judged_again(tmp_path: Path) -> None:
    gates = '[gates.full]\nrung = 1\nrun = ["true"]\n'
    stage = Stage(tmp_path, ledger_policy(refs=main_with('gates = ["full"]'), extra=gates))
    commit = stage.offered()
    stage.planted(verdict(commit))
    stage.at.plant(f"+{commit}:{MAIN}")
    assert ("LG304", commit) in answer(stage.at)


@pytest.mark.parametrize("lanes", [True, False], ids=["unmet", "met"])
def test_dependencies_are_judged_again(tmp_path: Path, lanes: bool) -> None:
    """ui waits for core. What core landed before the range counts, and what it lands in it."""
    text = ledger_policy().replace('branch = "lane/ui"\n', 'branch = "lane/ui"\ndepends_on = { core = "hard" }\n', 1)
    stage = Stage(tmp_path, text.replace("[servers.main]\nkeys", "#", 1))
    base = stage.at.server.tip() or ""
    if not lanes:
        upstream = stage.offered({"src/core/new.py": "x\n"}, lane="core")
        stage.accept(upstream, lane="core")
        stage.lands(upstream)
        base = upstream
    commit = stage.offered()
    stage.accept(commit)
    stage.at.plant(f"+{commit}:{MAIN}")
    assert answer(stage.at, base=base) == ([("LG501", commit)] if lanes else [])
    assert answer_again(stage.at) == ([("LG501", commit)] if lanes else [])


def answer_again(at: Arena) -> list[tuple[str, str | None]]:
    """From the first commit on, in another clone."""
    return found(verify(elsewhere(at, "again"), "--format", "json"))


def test_landings_are_judged_by_the_ledger_as_it_was(place: Yard) -> None:
    """A verdict that is withdrawn after the landing leaves the landing what it was; one withdrawn before does not."""
    landed = place.land()
    place.write(Withdraw((landed,), (MAIN,)))
    assert answer(place.at) == []
    late = place.accepted("late", base=landed)
    place.write(Withdraw((late,), (MAIN,)))
    place.at.plant(f"+{late}:{MAIN}")
    assert set(answer_again(place.at)) == {("LG301", late), ("LG305", late)}


def test_a_landing_that_no_record_explains(place: Yard) -> None:
    """Accepted, so nothing else is wrong with it: but not the hook brought it."""
    landed = place.land()
    commit = place.accepted("more", base=landed)
    place.at.plant(f"+{commit}:{MAIN}")
    ran = verify(elsewhere(place.at))
    assert ran.code == 1
    assert "LG305 no record explains how this landed on main" in ran.out
    assert answer_again(place.at) == [("LG305", commit)]


def test_an_override_is_told_and_not_refused(place: Yard) -> None:
    """What a maintainer overrode on the record is no violation any more, and every verify says so."""
    commit = place.at.clone.change({"src/ui/x.py": "x\n"}, lane="ui")
    ran = place.push(f"{commit}:{LANE}", who="bob")
    assert ran.ok, ran.both
    ran = place.push(f"{commit}:{MAIN}", why="the registry is down")
    assert ran.ok, ran.both
    ran = verify(elsewhere(place.at))
    assert ran.code == 0, ran.both
    assert "override: ana overrode LG301 of" in ran.out
    assert "the registry is down" in ran.out


def test_a_verdict_stands_for_the_lanes_owner(place: Yard) -> None:
    """Identity `pusher`: history does not tell who pushed, the verdict was only given to what the owner brought."""
    place.land()
    ran = verify(elsewhere(place.at))
    assert ran.code == 0, ran.both
    assert "not judged: who pushed" in ran.out


@pytest.mark.parametrize(("few", "jobs"), [(2000, 1), (2, 1), (2, 2)])
def test_in_parts_and_in_one(stage: Stage, monkeypatch: pytest.MonkeyPatch, few: int, jobs: int) -> None:
    """Parts of one commit each, so that a landing of several is spread over parts: it is judged once, with all of
    them."""
    monkeypatch.setattr(verify_range, "FEW", few)
    monkeypatch.setattr(verify_cuts, "PART_COLLECTED", 1)
    one = stage.offered()
    two = stage.commit({"src/ui/two.py": "x\n"}, on=one)
    stage.accept(two)
    stage.git("checkout", "-q", "-B", "main", "origin/main")
    merge = stage.merge(two)
    last = stage.commit({"src/ui/last.py": "x\n"}, on=merge)
    stage.at.plant(f"+{last}:{MAIN}")
    clone = elsewhere(stage.at)
    git = Git(str(clone.path / ".git"))
    history = read_history(git, clone.out("rev-list", "--max-parents=0", last), last)
    ledger = LogWanted(clone.out("rev-parse", LEDGER), last, POLICY_PATH, ids=lambda: [one])  # as of another tip
    decision = judge_history(git, history, VerifyOptions(POLICY_PATH, jobs=jobs, ref=MAIN, ledger=ledger))
    answered = [(violation.code, violation.commit) for violation in decision.violations]
    assert answered == [("LG301", one), ("LG303", merge), ("LG301", last)]


def test_who_signed_matters_again(stage: Stage) -> None:
    """The signer's own acceptance is nobody's: ana signs, owns lane core, and accepts."""
    commit = stage.commit({"src/core/new.py": "x\n"}, lane="core")
    stage.lands(f"+{commit}", "refs/heads/lane/core")
    stage.planted(verdict(commit, lane="core"), "ana")
    stage.at.plant(f"+{commit}:{MAIN}")
    assert by("ana", stage.at.clone).head() == commit
    assert ("LG301", commit) in answer(stage.at)
