"""What lanes ask of each other before one lands, gates, bots and identity `pusher`, over real pushes."""

from __future__ import annotations

from pathlib import Path

import pytest

from lanegate.core.record import GateRun
from tests.attack_acceptance import BOTH_REFS, Stage, main_with
from tests.attack_ledger import ledger_policy, verdict
from tests.attack_support import as_pusher
from tests.support import LANES

UI, CORE = "refs/heads/lane/ui", "refs/heads/lane/core"
IN_CORE = {"src/core/index.py": "better\n"}
IN_DOCS = {"docs/guide.md": "# Better\n"}
MORE = {"src/ui/more.py": "more\n"}


def lanes(lane: str, *lines: str) -> str:
    """[lanes] of tests/support.py with more lines for one lane."""
    return LANES.replace(f"[lanes.{lane}]\n", "\n".join((f"[lanes.{lane}]", *lines, "")))


@pytest.fixture
def hard(tmp_path: Path) -> Stage:
    return Stage(tmp_path, ledger_policy(lanes=lanes("ui", 'depends_on = { core = "hard" }')))


def test_a_hard_dependency(hard: Stage) -> None:
    """Accepted is not enough, it has to be below what lands."""
    ui = hard.commit()
    hard.accept(ui)
    assert "ui depends on core (hard), " in hard.refused("LG501")
    core = hard.offered(IN_CORE, lane="core", on="origin/main")
    hard.refused("LG501", commit=ui)
    hard.accept(core, lane="core")
    hard.refused("LG501", commit=ui)
    hard.lands(core)
    hard.merge(ui)
    hard.lands()


def test_a_hard_dependency_on_a_release(tmp_path: Path) -> None:
    """What main holds is known to the release that begins from it; what main never took is not."""
    text = ledger_policy(lanes=lanes("ui", 'depends_on = { core = "hard" }'), refs=BOTH_REFS)
    stage = Stage(tmp_path, text)
    release = "refs/heads/release/1"
    stage.lands("origin/main", release)
    fix = stage.offered()
    stage.accept(fix, refs=(release,))
    stage.refused("LG501", commit=fix, ref=release)
    core = stage.offered(IN_CORE, lane="core", on="origin/main")
    stage.accept(core, lane="core")
    stage.lands(core)
    release = "refs/heads/release/2"
    stage.lands(core, release)
    fix = stage.offered(MORE, on=core)
    stage.accept(fix, refs=(release,))
    stage.lands(fix, release)


def test_a_hard_dependency_in_the_same_push(hard: Stage) -> None:
    core = hard.commit(IN_CORE, lane="core")
    ui = hard.commit()
    hard.accept(ui)
    hard.refused("LG301", "LG303", "LG501", commit=ui)
    hard.accept(core, lane="core")
    hard.lands(ui)


def test_a_hard_dependency_that_was_withdrawn(hard: Stage) -> None:
    core = hard.commit(IN_CORE, lane="core")
    hard.accept(core, lane="core")
    hard.lands(core)
    hard.withdraw(core)
    ui = hard.commit()
    hard.accept(ui)
    hard.refused("LG501")
    hard.accept(core, lane="core")
    hard.lands(ui)


def test_a_verdict_for_a_commit_that_claims_another_lane(hard: Stage) -> None:
    """Work of docs below it is no work of core."""
    docs = hard.commit(IN_DOCS, "Task: T-12", lane="docs", message="[W1] Guide")
    hard.accept(docs, lane="docs", who="ana", task="T-12")
    hard.lands(docs)
    ui = hard.commit()
    hard.accept(ui)
    hard.refused("LG501")


def test_a_lane_that_is_done_is_no_obstacle(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ledger_policy(lanes=lanes("ui", 'depends_on = { old = "hard" }')))
    commit = stage.commit()
    stage.accept(commit)
    stage.lands()


def test_a_dependency_on_the_task_that_a_lane_has_now(tmp_path: Path) -> None:
    text = ledger_policy(lanes=lanes("ui", 'depends_on = { docs = "hard" }'))
    stage = Stage(tmp_path, text)
    earlier = stage.commit(IN_DOCS, "Task: T-12", lane="docs", message="[W1] Guide")
    stage.planted(verdict(earlier, lane="docs", task="T-11"), "ana")
    stage.lands(earlier)
    ui = stage.commit()
    stage.accept(ui)
    assert "nothing of task T-12 " in stage.refused("LG501")
    stage.accept(earlier, lane="docs", who="ana", task="T-12")
    stage.lands(ui)


@pytest.fixture
def soft(tmp_path: Path) -> Stage:
    return Stage(tmp_path, ledger_policy(lanes=lanes("ui", 'depends_on = { core = "soft" }')))


def test_an_assumption_that_nobody_answered(soft: Stage) -> None:
    silent = soft.commit()
    soft.accept(silent)
    assert "the commit does not say what it assumes" in soft.refused("LG502")
    commit = soft.commit(None, "Assumption: A1 the index is sorted", on="origin/main")
    soft.accept(commit)
    assert "assumption A1 about core is not reconciled" in soft.refused("LG502")
    soft.reconcile("A1")
    soft.lands()


def test_an_assumption_answered_by_another_lane(soft: Stage) -> None:
    commit = soft.commit(None, "Assumption: A1 the index is sorted")
    core = soft.commit({"src/app.py": "app = 2\n"}, "Reconciled: A1", lane="core", on="origin/main")
    soft.accept(commit)
    soft.accept(core, lane="core")
    soft.reconcile("A1", lane="core", who="ana")
    soft.refused("LG502", commit=commit)
    answer = soft.commit(MORE, "Assumption: none", "Reconciled: A1", on=commit)
    soft.accept(answer)
    soft.lands()


def test_nothing_is_assumed_once_it_has_landed(soft: Stage) -> None:
    core = soft.commit(IN_CORE, lane="core")
    soft.accept(core, lane="core")
    soft.lands(core)
    commit = soft.commit()
    soft.accept(commit)
    soft.lands()


@pytest.fixture
def ordered(tmp_path: Path) -> Stage:
    return Stage(tmp_path, ledger_policy(refs=main_with('order = ["requirements", "implementation"]')))


def test_work_of_an_earlier_kind_is_overtaken(ordered: Stage) -> None:
    core = ordered.offered(IN_CORE, lane="core")
    ui = ordered.commit(on="origin/main")
    ordered.accept(ui)
    ordered.accept(core, lane="core")
    said = ordered.refused("LG503")
    assert f"ui would land before core (requirements), whose accepted work stays behind: 1 commit ({core[:12]})" in said
    ordered.git("checkout", "-q", "--detach", core)
    ordered.merge(ui)
    ordered.lands()


def test_work_of_an_earlier_kind_that_is_not_to_land(ordered: Stage) -> None:
    """Not accepted (yet), withdrawn, or no longer on its lane's ref."""
    core = ordered.offered(IN_CORE, lane="core")
    first = ordered.commit(on="origin/main")
    ordered.accept(first)
    ordered.lands(first)
    ordered.accept(core, lane="core")
    second = ordered.commit(MORE, on=first)
    ordered.accept(second)
    ordered.refused("LG503")
    ordered.withdraw(core)
    ordered.lands(second)
    ordered.accept(core, lane="core", who="cy")
    third = ordered.commit({"src/ui/third.py": "3\n"}, on=second)
    ordered.accept(third)
    ordered.refused("LG503")
    ordered.at.accepts("--delete", CORE)
    ordered.lands(third)


def test_a_later_kind_waits_for_nobody(ordered: Stage) -> None:
    """core is the earlier one, and docs has no place in the order."""
    ui = ordered.offered()
    ordered.accept(ui)
    core = ordered.commit(IN_CORE, lane="core", on="origin/main")
    ordered.accept(core, lane="core")
    ordered.lands(core)
    docs = ordered.commit(IN_DOCS, "Task: T-12", lane="docs", message="[W1] Guide")
    ordered.accept(docs, lane="docs", who="ana", task="T-12")
    ordered.lands(docs)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, ledger_policy(refs=BOTH_REFS))


def moved_on(stage: Stage) -> str:
    """Work of core that lands; main's new tip."""
    core = stage.commit(IN_CORE, lane="core", on="origin/main")
    stage.accept(core, lane="core")
    stage.lands(core)
    return core


def test_a_rejected_lane_stays_where_it_was(stage: Stage) -> None:
    bad = stage.commit()
    core = moved_on(stage)
    stage.reject(bad)
    good = stage.commit(MORE, on=bad)
    stage.accept(good, bad)
    stage.git("checkout", "-q", "--detach", core)
    stage.merge(good)
    said = stage.refused("LG505")
    assert f"lane ui was rejected by cy (record 2), and this does not stand on what main held then, {core[:12]}" in said
    other = stage.commit(MORE, on=core)
    stage.accept(other)
    stage.lands(other)


def test_a_rejection_that_was_lifted(stage: Stage) -> None:
    bad = stage.commit()
    core = moved_on(stage)
    stage.reject(bad)
    stage.git("checkout", "-q", "--detach", core)
    merge = stage.merge(bad)
    stage.refused("LG302")
    stage.accept(bad)
    stage.refused("LG505")
    stage.accept(bad, who="ana")
    stage.refused("LG505")
    stage.withdraw(bad)
    stage.lands(merge)


def test_what_was_accepted_before_the_rejection_still_counts(stage: Stage) -> None:
    good = stage.commit()
    stage.accept(good)
    bad = stage.commit(MORE)
    core = moved_on(stage)
    stage.reject(bad)
    stage.git("checkout", "-q", "--detach", core)
    stage.merge(good)
    stage.lands()


def test_a_rejected_lane_does_not_hold_up_another(stage: Stage) -> None:
    bad = stage.commit()
    late = stage.commit(
        {"docs/guide.md": "# Better\n"}, "Task: T-12", lane="docs", message="[W1] Guide", on="origin/main"
    )
    core = moved_on(stage)
    stage.reject(bad)
    stage.accept(late, lane="docs", who="ana", task="T-12")
    stage.git("checkout", "-q", "--detach", core)
    stage.merge(late)
    stage.lands()


GATES = '[gates.full]\nrung = 3\nrun = ["true"]\n[gates.targeted]\nrung = 2\nrun = ["true"]\n'


def gated(folder: Path, *lines: str) -> Stage:
    return Stage(folder, ledger_policy(refs=main_with('gates = ["targeted", "full"]', *lines), extra=GATES))


def test_gates_that_a_verdict_does_not_show(tmp_path: Path) -> None:
    stage = gated(tmp_path, "gate_tip = false")
    commit = stage.commit()
    stage.planted(verdict(commit), "cy")
    assert "(record 1) shows no pass of targeted, full, which main asks for" in stage.refused("LG304")
    stage.planted(verdict(commit, gates=("full",), ran=commit), "cy")
    assert "shows no pass of targeted, which main" in stage.refused("LG304")
    stage.gate(commit, "full", "targeted")
    stage.refused("LG304")
    stage.planted(verdict(commit, gates=("full", "targeted"), ran=commit), "cy")
    stage.lands()


def test_the_gates_of_the_new_tip(tmp_path: Path) -> None:
    """Each side passed on its own; nobody has run anything on the merge."""
    stage = gated(tmp_path)
    both = ("full", "targeted")
    core = stage.commit(IN_CORE, lane="core")
    stage.planted(verdict(core, lane="core", gates=both, ran=core), "cy")
    stage.lands(core)
    ui = stage.commit(on=f"{core}~1")
    stage.planted(verdict(ui, gates=both, ran=ui), "cy")
    stage.git("checkout", "-q", "--detach", core)
    merge = stage.merge(ui)
    assert f"no record that targeted, full passed on {merge[:12]}, the new tip of main" in stage.refused("LG304")
    stage.planted(GateRun(merge, ("targeted",), ("full",)))
    assert f"no record that full passed on {merge[:12]}" in stage.refused("LG304")
    stage.gate(merge, "full")
    stage.lands()


def test_a_gate_that_failed_afterwards(tmp_path: Path) -> None:
    stage = gated(tmp_path)
    commit = stage.commit()
    stage.planted(verdict(commit, gates=("full", "targeted"), ran=commit), "cy")
    stage.gate(commit, failed=("full",))
    stage.refused("LG304")
    stage.gate(commit, "full")
    stage.lands()


BOT = """
[lanes.bot]
owners = ["bob"]
owned_paths = ["/deps/"]
bots = true
"""
DEPS = {"deps/lock": "1\n"}


def test_bots(tmp_path: Path) -> None:
    """Neither `Lane` nor signature, and only in their lane."""
    stage = Stage(tmp_path, ledger_policy(extra=BOT))
    commit = stage.commit(DEPS, lane=None, who="")
    stage.refused("LG201", "LG301")
    stage.refused("LG201", ref=UI)
    stage.lands(commit, "refs/heads/lane/bot")
    stage.accept(commit, lane="bot")
    stage.lands()


def test_a_bot_beyond_its_lane(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ledger_policy(extra=BOT))
    commit = stage.commit({"src/core/index.py": "evil\n"}, lane=None, who="")
    stage.refused("LG101", ref="refs/heads/lane/bot")
    stage.planted(verdict(commit, lane="bot"), "cy")
    stage.refused("LG101")
    stage.planted(verdict(commit, lane="core"), "cy")
    stage.refused("LG201")


def test_under_identity_pusher_what_is_accepted_lands_whoever_pushes(tmp_path: Path) -> None:
    """The record was only taken because the commit stood on the lane's ref, and its owner had pushed it there."""
    ssh = {"lanegate.platform": "ssh"}
    stage = Stage(tmp_path, ledger_policy("pusher"), config=ssh)
    commit = stage.commit(who="")
    stage.refused("LG202", "LG301", env=as_pusher("cy"))
    stage.refused("LG202", ref=UI, env=as_pusher("cy"))
    stage.at.accepts(f"{commit}:{UI}", env=as_pusher("bob"))
    record = stage.book.write(verdict(commit), "cy")
    stage.at.accepts(f"{record}:refs/lanegate/ledger", env=as_pusher("cy"))
    stage.at.accepts("--delete", UI, env=as_pusher("bob"))
    stage.lands(env=as_pusher("ana"))
