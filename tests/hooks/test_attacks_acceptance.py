"""Landing on an accepted ref over real pushes: whose word counts, for which commit, and when it was given."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attack_acceptance import BOTH_REFS, RELEASES, Stage
from tests.attack_ledger import LEDGER, ledger_policy, rejection, verdict
from tests.attack_signatures import by
from tests.attack_support import MAIN, as_pusher

RELEASE = RELEASES + "1"


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def test_a_commit_without_a_verdict(stage: Stage) -> None:
    commit = stage.commit()
    said = stage.refused("LG301")
    assert f"no accepted verdict for {MAIN}" in said
    assert f"ask an acceptor (ana, cy): lanegate accept {commit[:12]}" in said
    stage.accept(commit)
    stage.lands()


def test_a_verdict_in_the_same_push(stage: Stage) -> None:
    """Nothing that a push brings judges that push."""
    commit = stage.commit()
    record = stage.book.write(verdict(commit), "cy")
    stage.at.refuses(f"{commit}:{MAIN}", f"{record}:{LEDGER}", codes=["LG301"])
    stage.at.refuses(f"{record}:{LEDGER}", f"{commit}:{MAIN}", codes=["LG301"])
    stage.at.accepts(f"{record}:{LEDGER}")
    stage.lands()


def test_a_verdict_that_only_stands_in_the_clone(stage: Stage) -> None:
    commit = stage.commit()
    record = stage.book.write(verdict(commit), "cy")
    stage.git("update-ref", LEDGER, record)
    stage.refused("LG301")
    stage.at.accepts(f"{record}:{LEDGER}")
    stage.lands()


def test_accepted_for_another_ref(stage: Stage) -> None:
    commit = stage.commit()
    stage.lands(stage.git("rev-parse", "origin/main"), RELEASE)
    stage.accept(commit, refs=(RELEASE,))
    assert f"accepted for {RELEASE}, not for {MAIN}" in stage.refused("LG301")
    stage.lands(ref=RELEASE)
    stage.accept(commit, refs=(MAIN,))
    stage.lands()


def test_a_rejected_commit(stage: Stage) -> None:
    commit = stage.commit()
    stage.reject(commit)
    assert f"rejected for {MAIN} by cy (record 1)" in stage.refused("LG302")


def test_the_last_verdict_decides_whoever_gave_it(stage: Stage) -> None:
    commit = stage.commit()
    stage.accept(commit, who="ana")
    stage.reject(commit, who="cy")
    stage.refused("LG302")
    stage.withdraw(commit, who="cy")
    stage.lands()


def test_a_withdrawn_verdict(stage: Stage) -> None:
    commit = stage.commit()
    stage.accept(commit)
    stage.withdraw(commit)
    assert "was withdrawn by cy (record 2)" in stage.refused("LG301")
    stage.accept(commit, who="ana")
    stage.lands()


def test_a_mixed_range(stage: Stage) -> None:
    first, second = stage.commit(), stage.commit({"src/ui/more.py": "more\n"})
    stage.accept(first)
    said = stage.refused("LG301", "LG303")
    assert f"mixed: 1 commit ({first[:12]}) accepted, 1 commit ({second[:12]}) not; nothing of it lands" in said
    stage.reject(second)
    stage.refused("LG302", "LG303")
    stage.lands(first)


def test_half_of_a_push_of_several_refs(stage: Stage) -> None:
    good = stage.commit()
    bad = stage.commit({"src/ui/more.py": "more\n"}, on="origin/main")
    stage.accept(good)
    stage.lands("origin/main", RELEASE)
    stage.at.refuses(f"{good}:{MAIN}", f"{bad}:{RELEASE}", codes=["LG301"])
    stage.accept(bad, refs=(RELEASE,))
    stage.at.accepts(f"{good}:{MAIN}", f"{bad}:{RELEASE}")


def test_a_reviewer_who_lost_the_role(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ledger_policy().replace('acceptor = ["ana", "cy"]', 'acceptor = ["ana"]'))
    commit = stage.commit()
    stage.planted(verdict(commit), "cy")
    assert "accepted by cy, who is no acceptor (record 1)" in stage.refused("LG301")
    stage.accept(commit, who="ana")
    stage.lands()


ACCEPTORS = 'acceptor = ["ana", "bob", "cy"]'


@pytest.mark.parametrize("key", ["bob", "bob-laptop"])
def test_who_signed_a_commit_does_not_accept_it(tmp_path: Path, key: str) -> None:
    """With whichever key: a person with two is one person."""
    text = ledger_policy().replace('acceptor = ["ana", "cy"]', ACCEPTORS)
    stage = Stage(tmp_path, text)
    commit = stage.commit(who="bob-laptop")
    stage.planted(verdict(commit), key, writer="bob")
    assert "accepted by bob, who signed the commit" in stage.refused("LG301")
    stage.accept(commit, who="cy")
    stage.lands()


def test_nobody_accepts_for_a_lane_of_their_own(tmp_path: Path) -> None:
    """cy owns ui beside bob, who signed."""
    text = ledger_policy().replace('owners = ["bob"]', 'owners = ["bob", "cy"]')
    stage = Stage(tmp_path, text)
    commit = stage.commit()
    stage.planted(verdict(commit), "cy")
    assert "accepted by cy, who owns lane ui" in stage.refused("LG301")
    stage.accept(commit, who="ana")
    stage.lands()


def test_a_team_of_one(tmp_path: Path) -> None:
    text = ledger_policy().replace('acceptor = ["ana", "cy"]', ACCEPTORS)
    stage = Stage(tmp_path, text.replace("version = 1\n", "version = 1\nself_accept = true\n"))
    commit = stage.commit()
    stage.refused("LG301")
    stage.accept(commit, who="bob")
    stage.lands()


def test_a_verdict_for_another_lane(stage: Stage) -> None:
    commit = stage.commit()
    stage.planted(verdict(commit, lane="core"), "cy")
    assert "is for lane core, the commit names lane ui" in stage.refused("LG301")
    stage.accept(commit)
    stage.lands()


def test_a_verdict_does_not_widen_a_lane(stage: Stage) -> None:
    commit = stage.commit({"src/core/index.py": "mine\n"})
    stage.accept(commit)
    stage.refused("LG101")


def test_an_unsigned_commit_is_not_signed_by_its_verdict(stage: Stage) -> None:
    commit = stage.commit(who="")
    stage.accept(commit)
    stage.refused("LG203")


def test_an_amended_commit_loses_its_verdict(stage: Stage) -> None:
    """The same tree, and a change as was accepted: another commit."""
    commit = stage.offered()
    stage.accept(commit)
    by("bob", stage.at.clone).git("commit", "-q", "--amend", "--no-verify", "-m", "Better words\n\nLane: ui")
    amended = stage.at.clone.head()
    said = stage.refused("LG301")
    assert f"the same change was accepted as {commit[:12]} (record 1)" in said
    assert f"lanegate accept --carry {commit[:12]} {amended[:12]}" in said
    stage.accept(amended, carried=((amended, commit),))
    stage.lands()


def test_an_amended_commit_with_more_in_it(stage: Stage) -> None:
    commit = stage.offered()
    stage.accept(commit)
    stage.at.clone.write("src/ui/evil.py", "evil\n")
    stage.git("add", "-A")
    by("bob", stage.at.clone).git("commit", "-q", "--amend", "--no-verify", "--no-edit")
    said = stage.refused("LG301")
    assert f"it looks like {commit[:12]}, made anew after its verdict (record 1)" in said
    stage.lands(commit)


def test_a_rebased_commit_loses_its_verdict(stage: Stage) -> None:
    commit = stage.offered()
    stage.accept(commit)
    other = stage.commit({"src/ui/other.py": "other\n"}, on="origin/main")
    stage.accept(other)
    stage.lands(other)
    by("bob", stage.at.clone).git("cherry-pick", commit)
    said = stage.refused("LG301")
    assert f"the same change was accepted as {commit[:12]}" in said
    stage.git("checkout", "-q", "--detach", other)
    stage.merge(commit)
    stage.lands()


def test_a_squash_loses_both_verdicts(stage: Stage) -> None:
    first, second = stage.offered(), stage.offered({"src/ui/more.py": "more\n"})
    stage.accept(first, second)
    stage.git("reset", "-q", "--soft", "origin/main")
    by("bob", stage.at.clone).git("commit", "-q", "--no-verify", "-C", first)
    assert f"it looks like {first[:12]}" in stage.refused("LG301")
    stage.lands(second)


def test_what_looks_like_no_accepted_commit(stage: Stage) -> None:
    stage.accept(stage.offered())
    stage.commit({"src/ui/more.py": "more\n"}, on="origin/main", message="Another one")
    said = stage.refused("LG301")
    assert "--carry" not in said


def test_a_clean_merge_of_accepted_branches(stage: Stage) -> None:
    ui = stage.commit()
    core = stage.commit({"src/core/index.py": "better\n"}, lane="core", on="origin/main")
    stage.accept(ui)
    stage.refused("LG301", commit=core)
    stage.git("checkout", "-q", "--detach", "origin/main")
    merge = stage.merge(ui, who="")
    stage.merge(core, who="")
    stage.refused("LG301", "LG303")
    stage.accept(core, lane="core")
    stage.lands(merge)
    stage.lands()


def test_a_merge_that_adds_something_of_its_own(stage: Stage) -> None:
    ui = stage.commit()
    stage.accept(ui)
    stage.git("checkout", "-q", "--detach", "origin/main")
    by("bob", stage.at.clone).git("merge", "-q", "--no-ff", "--no-commit", ui)
    evil = stage.commit({"src/ui/evil.py": "evil\n"}, message="Merge")
    stage.refused("LG301", "LG303")
    stage.accept(evil)
    stage.lands()


def test_accepted_work_is_dropped_by_a_merge_that_takes_ours(stage: Stage) -> None:
    ui = stage.commit()
    stage.accept(ui)
    stage.git("checkout", "-q", "--detach", "origin/main")
    stage.merge(ui, options=("-s", "ours"))
    stage.refused("LG201", "LG301", "LG303")


def test_the_old_tip_stays_on_the_first_parent_chain_of_every_accepted_ref(stage: Stage) -> None:
    stage.lands("origin/main", RELEASE)
    first = stage.commit()
    stage.accept(first, refs=(RELEASE,))
    stage.lands(first, RELEASE)
    second = stage.commit({"src/ui/more.py": "more\n"}, on="origin/main")
    stage.accept(second, refs=(RELEASE,))
    stage.merge(first)
    stage.refused("LG603", ref=RELEASE)
    stage.git("checkout", "-q", "--detach", first)
    stage.merge(second)
    stage.lands(ref=RELEASE)


def test_an_accepted_ref_is_not_rewound(stage: Stage) -> None:
    stage.lands("origin/main", RELEASE)
    commit = stage.commit()
    stage.accept(commit, refs=(RELEASE,))
    stage.lands(commit, RELEASE)
    stage.refused("LG602", commit="+origin/main", ref=RELEASE)


def test_a_release_begins_from_main(stage: Stage) -> None:
    """What main holds is known; what only a lane's ref holds is not, though its paths were judged there."""
    commit = stage.commit()
    stage.at.accepts(f"{commit}:refs/heads/lane/ui")
    stage.refused("LG301", commit=commit, ref=RELEASE)
    stage.lands("origin/main", RELEASE)
    stage.accept(commit, refs=(MAIN, RELEASES + "2"))
    stage.lands(commit, RELEASES + "2")
    stage.lands(commit)
    stage.lands(commit, RELEASES + "3")


@pytest.mark.parametrize("force", [True, False])
def test_a_release_that_is_taken_back(tmp_path: Path, force: bool) -> None:
    """By force only where the rule says so; what it then holds is new to it and needs its verdicts as ever."""
    text = ledger_policy(refs=BOTH_REFS + ("force = true\n" if force else ""))
    stage = Stage(tmp_path, text)
    one, two = stage.offered(), stage.offered({"src/ui/two.py": "x\n"})
    stage.accept(one, two, refs=(RELEASE,))
    stage.lands("origin/main", RELEASE)
    stage.lands(two, RELEASE)
    other = stage.offered({"src/ui/other.py": "x\n"}, on=one)
    if not force:
        stage.refused("LG301", "LG602", commit=f"+{other}", ref=RELEASE)
        return
    stage.refused("LG301", commit=f"+{other}", ref=RELEASE)
    stage.accept(other, refs=(RELEASE,))
    stage.lands(f"+{other}", RELEASE)


def test_a_ref_without_a_beginning(tmp_path: Path) -> None:
    """Every commit is new to it."""
    stage = Stage(tmp_path, ledger_policy(refs=BOTH_REFS.replace(f'from = "{MAIN}"\n', "")))
    stage.refused("LG101", "LG103", "LG203", "LG301", commit="origin/main", ref=RELEASE)
    stage.at.server.config("lanegate.baseline", stage.git("rev-parse", "origin/main"))
    stage.lands("origin/main", RELEASE)


def test_the_beginning_is_not_there(tmp_path: Path) -> None:
    refs = BOTH_REFS.replace(f'from = "{MAIN}"', 'from = "refs/heads/release/0"')
    stage = Stage(tmp_path, ledger_policy(refs=refs))
    said = stage.refused("LG601", commit="origin/main", ref=RELEASE)
    assert "refs/heads/release/0, which its rule says to begin from, is no branch of the server" in said
    stage.at.plant("origin/main:refs/heads/release/0")
    stage.lands("origin/main", RELEASE)


def test_tags_of_what_has_landed(stage: Stage) -> None:
    commit = stage.commit()
    stage.refused("LG601", commit=commit, ref="refs/tags/v1")
    stage.accept(commit)
    stage.lands(commit)
    stage.lands(commit, "refs/tags/v1")


def test_a_policy_change_needs_a_verdict_as_anything_else(stage: Stage) -> None:
    text = (stage.at.clone.path / "policy/lanegate.toml").read_text()
    files = {"policy/lanegate.toml": text.replace("max_active_lanes = 8", "max_active_lanes = 7")}
    commit = stage.commit(files, lane="core")
    stage.refused("LG301")
    stage.accept(commit, lane="core")
    stage.lands()


def test_the_bootstrap_pusher_changes_the_policy_alone(tmp_path: Path) -> None:
    ssh = {"lanegate.platform": "ssh", "lanegate.bootstrapPusher": "root"}
    stage = Stage(tmp_path, ledger_policy(), config=ssh)
    text = (stage.at.clone.path / "policy/lanegate.toml").read_text()
    files = {"policy/lanegate.toml": text.replace("max_active_lanes = 8", "max_active_lanes = 7")}
    stage.commit(files, lane="core")
    stage.refused("LG301", env=as_pusher("ana"))
    stage.refused("LG301", "LG701", commit=stage.commit(on=stage.at.clone.head()), env=as_pusher("root"))
    stage.lands("HEAD~1", env=as_pusher("root"))


def test_verdicts_of_nobody_on_one_machine(tmp_path: Path) -> None:
    stage = Stage(tmp_path, ledger_policy("none"))
    commit = stage.commit(who="")
    stage.refused("LG301")
    stage.says(verdict(commit), "cy", writer=None)
    stage.lands()
    other = stage.commit({"src/ui/more.py": "more\n"}, who="")
    stage.says(rejection(stage.at, other), "cy", writer=None)
    assert f"rejected for {MAIN} (record 3)" in stage.refused("LG302")
