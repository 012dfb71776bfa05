"""Commits that say they take another one back, over real pushes: exactly that, and by whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attack_acceptance import Stage
from tests.attack_ledger import ledger_policy
from tests.attack_signatures import by
from tests.support import Clone

CORE = {"src/core/index.py": "better\n"}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Work of core that has landed, and then some of ui. ana owns core and is integrator."""
    stage = Stage(tmp_path, ledger_policy())
    core = stage.commit(CORE, lane="core")
    ui = stage.commit({"src/ui/search.py": "found\n", "src/ui/new.py": "new\n"})
    stage.accept(core, lane="core")
    stage.accept(ui)
    stage.lands()
    return stage


def revert(stage: Stage, target: str, lane: str, who: str, *options: str, more: str = "") -> str:
    """What `git revert` makes, with a message that says so; its id."""
    target = stage.git("rev-parse", target)
    clone: Clone = by(who, stage.at.clone)
    clone.git("revert", "--no-commit", *options, target)
    message = f"Take it back\n\nLane: {lane}\nReverts: {target}\n{more}"
    clone.git("commit", "-q", "--no-verify", "-m", message)
    return stage.at.clone.head()


def test_a_lane_takes_its_own_work_back(stage: Stage) -> None:
    commit = revert(stage, "HEAD", "ui", "bob")
    stage.refused("LG301")
    stage.accept(commit)
    stage.lands()


def test_an_integrator_takes_back_what_another_lane_brought(stage: Stage) -> None:
    """Wherever it is, with no grant there: on the ref of her own lane first, so that it can be reviewed."""
    commit = revert(stage, "HEAD", "core", "ana")
    stage.lands(commit, "refs/heads/lane/core")
    stage.accept(commit, lane="core")
    stage.lands()


def test_another_lane_takes_it_back(stage: Stage) -> None:
    commit = revert(stage, "HEAD~1", "ui", "bob")
    said = stage.refused("LG101", "LG506", ref="refs/heads/lane/ui")
    assert "takes back a commit of lane core, and comes for lane ui" in said
    assert "have lane core take it back, or an integrator: ana" in said
    stage.accept(commit)
    stage.refused("LG101", "LG506")


def test_a_revert_that_does_more(stage: Stage) -> None:
    """An integrator's freedom is for exactly the inverse."""
    revert(stage, "HEAD", "core", "ana")
    stage.at.clone.write("src/ui/extra.py", "extra\n")
    stage.git("add", "-A")
    by("ana", stage.at.clone).git("commit", "-q", "--no-verify", "--amend", "--no-edit")
    said = stage.refused("LG101", "LG506", ref="refs/heads/lane/core")
    assert "not exactly the inverse of" in said
    assert "it differs in src/ui/extra.py" in said


def test_a_revert_that_does_less(stage: Stage) -> None:
    revert(stage, "HEAD", "ui", "bob")
    stage.git("checkout", "-q", "HEAD~1", "--", "src/ui/new.py")
    by("bob", stage.at.clone).git("commit", "-q", "--no-verify", "--amend", "--no-edit")
    assert "it differs in src/ui/new.py" in stage.refused("LG506", ref="refs/heads/lane/ui")


def test_a_conflict_that_somebody_resolved(stage: Stage) -> None:
    """In two steps: what came after it is taken back first."""
    core = stage.git("rev-parse", "HEAD~1")
    later = stage.commit({"src/core/index.py": "better still\n"}, lane="core")
    message = f"Reverts: {core}"
    stage.commit({"src/core/index.py": "index = 1\n"}, message, lane="core")
    said = stage.refused("LG506", ref="refs/heads/lane/core")
    assert f"git cannot take {core[:12]} back here without a conflict" in said
    stage.git("checkout", "-q", "--detach", later)
    revert(stage, later, "core", "ana")
    revert(stage, core, "core", "ana")
    stage.lands(ref="refs/heads/lane/core")


def test_what_was_changed_since_stays(stage: Stage) -> None:
    """Three-way: the inverse on the new base, not the old content."""
    start = stage.at.clone.head()
    lines = "".join(f"{number}\n" for number in range(20))
    stage.commit({"src/ui/long.py": lines})
    first = stage.commit({"src/ui/long.py": lines.replace("3\n", "three\n", 1)})
    second = stage.commit({"src/ui/long.py": lines.replace("3\n", "three\n", 1) + "end\n"})
    stage.commit({"src/ui/long.py": lines}, f"Reverts: {first}")
    stage.refused("LG506", ref="refs/heads/lane/ui")
    stage.git("checkout", "-q", "--detach", second)
    revert(stage, first, "ui", "bob")
    stage.lands(ref="refs/heads/lane/ui")
    assert stage.git("show", "HEAD:src/ui/long.py").endswith("end")
    assert start in stage.git("rev-list", "HEAD").split()


def test_a_merge_is_taken_back_against_its_first_parent(stage: Stage) -> None:
    base = stage.at.clone.head()
    side = stage.commit({"src/ui/side.py": "1\n"})
    more = stage.commit({"src/ui/side.py": "2\n"})
    stage.git("checkout", "-q", "--detach", base)
    merge = stage.merge(more)
    stage.accept(side, more)
    stage.lands()
    commit = revert(stage, merge, "ui", "bob", "-m", "1")
    stage.accept(commit)
    stage.lands()
    assert stage.git("diff", "--name-only", base, "HEAD") == ""


def test_a_clean_merge_is_nobodys_so_an_integrator_or_whoever_may_write_there(stage: Stage) -> None:
    base = stage.at.clone.head()
    side = stage.commit({"src/ui/side.py": "1\n"})
    stage.git("checkout", "-q", "--detach", base)
    merge = stage.merge(side)
    stage.accept(side)
    stage.lands()
    start = stage.at.clone.head()
    docs = revert(stage, merge, "docs", "cy", "-m", "1", more="Task: T-12\n")
    stage.refused("LG101", "LG205", commit=docs, ref="refs/heads/lane/docs")
    stage.git("checkout", "-q", "--detach", start)
    stage.lands(revert(stage, merge, "core", "ana", "-m", "1"), "refs/heads/lane/core")


def test_the_first_commit_of_all(stage: Stage) -> None:
    """Everything that it brought and nobody changed since; the policy with it, so nobody gets far with that."""
    root = stage.git("rev-list", "--max-parents=0", "HEAD")
    clone = by("ana", stage.at.clone)
    clone.git("rm", "-q", "docs/guide.md")
    clone.git("commit", "-q", "--no-verify", "-m", f"Away\n\nLane: core\nReverts: {root}")
    assert "without a conflict" in stage.refused("LG101", "LG506", ref="refs/heads/lane/core")


#: (what stands behind `Reverts: `, words).
NAMES = [
    ("{short}", "is no full commit id"),
    ("HEAD~1", "is no full commit id"),
    ("{upper}", "is no full commit id"),
    ("{blob}", "which it takes back, is not in its history"),
    ("{unknown}", "which it takes back, is not in its history"),
    ("{beside}", "which it takes back, is not in its history"),
    ("{target}\nReverts: {target}", "several `Reverts` trailers"),
]


@pytest.mark.parametrize(("name", "words"), NAMES)
def test_what_is_named(stage: Stage, name: str, words: str) -> None:
    target = stage.at.clone.head()
    beside = stage.commit({"src/ui/beside.py": "1\n"})
    stage.git("reset", "-q", "--hard", target)
    ids = {"target": target, "short": target[:12], "upper": target.upper(), "beside": beside, "unknown": "1" * 40}
    named = name.format(**ids, blob=stage.git("rev-parse", "HEAD:README.md"))
    clone = by("bob", stage.at.clone)
    clone.git("revert", "--no-commit", target)
    clone.git("commit", "-q", "--no-verify", "-m", f"Take it back\n\nLane: ui\nReverts: {named}")
    assert words in stage.refused("LG506", ref="refs/heads/lane/ui")
    clone.git("commit", "-q", "--no-verify", "--amend", "-m", f"Take it back\n\nLane: ui\nReverts: {target}")
    stage.lands(ref="refs/heads/lane/ui")


def test_a_merge_takes_nothing_back(stage: Stage) -> None:
    target = stage.at.clone.head()
    side = stage.commit({"src/ui/side.py": "1\n"})
    stage.git("checkout", "-q", "--detach", target)
    stage.commit({"src/ui/other.py": "1\n"})
    by("bob", stage.at.clone).git("merge", "-q", "--no-ff", "--no-commit", side)
    stage.commit({"src/ui/evil.py": "1\n"}, f"Reverts: {target}", message="Merge")
    said = stage.refused("LG506", ref="refs/heads/lane/ui")
    assert "a commit that takes another one back has one parent" in said


def test_words_in_the_text_take_nothing_back(stage: Stage) -> None:
    """What git itself writes, and a trailer that is quoted."""
    target = stage.at.clone.head()
    text = f"Change\n\nThis reverts commit {target}.\nReverts: {target}\n\nAnd more."
    stage.commit({"src/ui/x.py": "x\n"}, message=text)
    stage.lands(ref="refs/heads/lane/ui")
