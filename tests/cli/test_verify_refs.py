"""`lanegate verify` of refs beside the trusted one, and of records by policies that have changed since (R-F03)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attack_acceptance import BOTH_REFS
from tests.attack_ledger import LEDGER, ledger_policy, verdict
from tests.attack_signatures import key_file, key_line
from tests.attack_support import LANE, MAIN, blob, commit_with
from tests.cli.test_verify_acceptance import answer, elsewhere, found, verify
from tests.landing_support import Yard, glass_policy, yard
from tests.support import POLICY_PATH

RELEASE = "refs/heads/release/1"


@pytest.fixture
def place(tmp_path: Path) -> Yard:
    return yard(tmp_path, ledger_policy("pusher", refs=BOTH_REFS))


def policy_commit(place: Yard, base: str, *edits: tuple[str, str], ref: str = MAIN) -> str:
    """Land a commit of lane core that edits the policy file of `base`; its id."""
    text = place.at.clone.out("show", f"{base}:{POLICY_PATH}") + "\n"
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    commit = commit_with(
        place.at.clone,
        {POLICY_PATH.encode(): ("100644", blob(place.at.clone, text))},
        base,
        message="P\n\nLane: core\n",
    )
    assert place.push(f"+{commit}:refs/heads/lane/core").ok
    place.write(verdict(commit, lane="core", refs=(ref,)))
    assert place.push(f"{commit}:{ref}").ok
    return commit


def lanes(number: int) -> tuple[str, str]:
    return f"max_active_lanes = {number}", f"max_active_lanes = {number + 1}"


def fix(place: Yard, base: str) -> str:
    """A commit of lane ui that is accepted for the release."""
    commit = commit_with(place.at.clone, {b"src/ui/fix.py": ("100644", blob(place.at.clone, "fix\n"))}, base)
    assert place.push(f"+{commit}:{LANE}", who="bob").ok
    place.write(verdict(commit, refs=(RELEASE,)))
    return commit


def released(place: Yard) -> str:
    """What the release begins from."""
    commit = place.land()
    assert place.push(f"{commit}:{RELEASE}").ok
    return commit


def test_a_release_is_judged_by_the_policy_of_the_trusted_ref(place: Yard) -> None:
    """Its own policy file has no effect at the server, so it does not excuse anything later."""
    start = released(place)
    lax = policy_commit(place, start, ("accepted = true\n", ""), (f'from = "{MAIN}"\n', ""), lanes(8), ref=RELEASE)
    assert answer(place.at, "--ref", RELEASE, base=start, tip=lax) == []
    past = commit_with(place.at.clone, {b"src/ui/past.py": ("100644", blob(place.at.clone, "x\n"))}, lax)
    place.at.plant(f"+{past}:{RELEASE}")
    clone = elsewhere(place.at, "later")
    for ref in (RELEASE, "release/1"):
        again = found(verify(clone, "--format", "json", "--ref", ref, base=start, tip=past))
        assert again == [("LG301", past), ("LG305", past)]


def test_a_release_lives_on_while_the_policy_changes(place: Yard) -> None:
    """Each landing is judged by the policy that its record names, and records by those of the trusted ref."""
    start = released(place)
    first = fix(place, start)
    assert place.push(f"{first}:{RELEASE}").ok
    policy_commit(place, start, lanes(8))
    second = commit_with(place.at.clone, {b"src/ui/fix.py": ("100644", blob(place.at.clone, "2\n"))}, first)
    assert place.push(f"+{second}:{LANE}", who="bob").ok
    place.write(verdict(second, refs=(RELEASE,)))
    assert place.push(f"{second}:{RELEASE}").ok
    assert answer(place.at, "--ref", RELEASE, base=start, tip=second) == []


def test_a_landing_is_judged_by_the_policy_of_its_day(place: Yard) -> None:
    """ui is done now; then it was not."""
    start = released(place)
    commit = fix(place, start)
    assert place.push(f"{commit}:{RELEASE}").ok
    text = '[lanes.ui]\nkind = "implementation"\nstate = "{}"'
    policy_commit(place, start, (text.format("active"), text.format("done")))
    assert answer(place.at, "--ref", RELEASE, base=start, tip=commit) == []
    late = commit_with(place.at.clone, {b"src/ui/late.py": ("100644", blob(place.at.clone, "x\n"))}, commit)
    place.at.plant(f"+{late}:{RELEASE}")
    again = verify(elsewhere(place.at, "later"), "--format", "json", "--ref", RELEASE, base=start, tip=late)
    assert set(found(again)) == {("LG201", late), ("LG301", late), ("LG305", late)}


def test_a_ref_that_no_rule_names_is_not_decided(place: Yard) -> None:
    """A slip of the pen does not mean that nothing is asked for."""
    start, commit = place.at.clone.head(), place.land()
    assert answer(place.at, "--ref", "main", base=start, tip=commit) == []
    ran = verify(elsewhere(place.at, "again"), "--ref", "refs/heads/mian", base=start, tip=commit)
    assert ran.code == 3
    assert "LG901 no rule of the policy names refs/heads/mian" in ran.out


def test_landings_that_were_recorded_several_policies_later(tmp_path: Path) -> None:
    """The server could not sign for a while."""
    place = yard(tmp_path)
    start = place.land()
    place.at.server.config("lanegate.serverKey", "/nowhere")
    for number in (8, 9, 10):
        start = policy_commit(place, start, lanes(number))
    assert {code for code, _ in answer(place.at)} == {"LG305"}
    place.at.server.config("lanegate.serverKey", str(key_file("server")))
    place.land("b", base=start)
    assert len(place.landings()) == 5
    assert found(verify(elsewhere(place.at, "later"), "--format", "json")) == []


@pytest.mark.parametrize(("option", "code"), [("--ledger-tip", 2), ("--policy", 2), ("--ref", 3)])
def test_an_option_without_a_value_is_not_one_that_was_not_given(place: Yard, option: str, code: int) -> None:
    """A variable of a CI job that is not set."""
    start, commit = place.at.clone.head(), place.land()
    clone = elsewhere(place.at)
    assert verify(clone, base=start, tip=commit).code == 0
    assert verify(clone, option, "", base=start, tip=commit).code == code


def test_a_pinned_record_that_was_never_fetched(place: Yard) -> None:
    """An older ledger is served, and a fresh clone has nothing newer."""
    start, commit = place.at.clone.head(), place.land()
    clone = elsewhere(place.at)
    place.land("b", base=commit)
    newer = place.at.server.out("rev-parse", LEDGER)
    ran = verify(clone, "--ledger-tip", newer, base=start, tip=commit)
    assert ran.code == 1
    assert f"LG305 an older or forked ledger: {newer[:12]} was pinned" in ran.out
    clone.git("update-ref", "-d", LEDGER)
    ran = verify(clone, "--ledger-tip", newer, base=start, tip=commit)
    assert ran.code == 3
    assert "LG903 acceptance is asked for, and this clone has no ledger" in ran.out


def test_landings_that_wait_for_a_policy_that_knows_the_key(tmp_path: Path) -> None:
    """The first policy names another key than the server's, a maintainer mends it."""
    place = yard(tmp_path)
    place.at.server.config("lanegate.serverKey", str(key_file("mallory")))
    start = place.land()
    assert place.landings() == []
    start = policy_commit(place, start, (key_line("server"), key_line("mallory")))
    place.land("b", base=start)
    assert len(place.landings()) == 3
    assert answer(place.at) == []


def test_an_override_does_not_explain_what_stood_before_it(tmp_path: Path) -> None:
    """A release is rewound by override; what had gone past the hook stays behind what it brought."""
    place = yard(tmp_path, glass_policy(refs=BOTH_REFS))
    start = released(place)

    def change(name: str, base: str) -> str:
        path = f"src/ui/{name}.py".encode()
        return commit_with(place.at.clone, {path: ("100644", blob(place.at.clone, f"{name}\n"))}, base)

    past = change("past", start)
    place.at.plant(f"+{past}:{RELEASE}")
    dropped, first = change("dropped", past), change("first", past)
    second = change("second", first)
    assert place.push(f"{dropped}:{RELEASE}", why="urgent").ok
    clone = elsewhere(place.at)
    assert place.push(f"+{second}:{RELEASE}", why="more urgent").ok
    clone.git("fetch", "-q", "origin", f"{LEDGER}:{LEDGER}", RELEASE)
    ran = verify(clone, "--format", "json", "--ref", RELEASE, base=start, tip=second)
    assert found(ran) == [("LG301", past), ("LG305", past)]
