"""Breaking the glass over real pushes: a maintainer's override goes in, loudly and recorded; nobody else's does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.attack_ledger import LEDGER, verdict
from tests.attack_signatures import key_file
from tests.attack_support import LANE, MAIN, Arena, arena, as_pusher, blob, codes_in, commit_with, tree_with
from tests.landing_support import Yard, glass_policy, yard
from tests.support import POLICY_PATH

WHY = "the shop is down, see #41"


@pytest.fixture
def place(tmp_path: Path) -> Yard:
    return yard(tmp_path)


def foreign(at: Arena) -> str:
    """A commit that lane ui may not make."""
    return commit_with(at.clone, {b"src/core/x.py": ("100644", blob(at.clone))})


def refused(place: Yard, *refspecs: str, who: str = "ana", why: str | None = WHY, **options: tuple[str, ...]) -> str:
    """What was said of a push that moved nothing."""
    before = place.at.refs()
    ran = place.push(*refspecs, who=who, why=why, **options)
    assert ran.code == 1, ran.both
    assert place.at.refs() == before
    assert place.left() == []
    place.at.sound()
    return ran.err


def test_a_maintainer_breaks_the_glass(place: Yard) -> None:
    bad, old = foreign(place.at), place.at.server.tip()
    assert "LG101" in refused(place, f"{bad}:{MAIN}", why=None)
    ran = place.push(f"{bad}:{MAIN}", why=WHY)
    assert ran.ok, ran.both
    assert place.at.server.tip() == bad
    assert "lanegate: OVERRIDDEN, so it goes in and is recorded as that" in ran.err
    assert "LG101 src/core/x.py" in ran.err
    assert f"reason: {WHY}" in ran.err
    (landing,) = place.landings()
    assert (landing.reason, landing.pusher) == (WHY, "ana")
    assert set(landing.codes) == codes_in(ran) >= {"LG101"}
    assert [tuple(moved) for moved in landing.moved] == [(MAIN, old, bad, False)]
    assert "landing recorded as number 1 of the ledger" in ran.err
    assert place.left() == []
    place.at.sound()


def test_every_ref_of_an_override_is_recorded(place: Yard) -> None:
    """Also one that no rule names, and one where nothing was refused."""
    bad = foreign(place.at)
    ran = place.push(f"{bad}:{MAIN}", f"{bad}:refs/heads/other", "HEAD:refs/heads/lane/core", why=WHY)
    assert ran.ok, ran.both
    (landing,) = place.landings()
    assert [moved.ref for moved in landing.moved] == [MAIN, "refs/heads/other", "refs/heads/lane/core"]
    assert "LG601" in landing.codes


def test_not_needed(place: Yard) -> None:
    commit = place.accepted()
    ran = place.push(f"{commit}:{MAIN}", why=WHY)
    assert ran.ok, ran.both
    assert codes_in(ran) == set()
    assert "note: lanegate.override was not needed: nothing was overridden" in ran.err
    assert [(landing.reason, landing.codes) for landing in place.landings()] == [(None, ())]


@pytest.mark.parametrize("who", ["bob", "cy", "mallory", "Ana"])
def test_nobody_else_does(place: Yard, who: str) -> None:
    said = refused(place, f"{foreign(place.at)}:{MAIN}", who=who)
    assert "LG101" in said
    assert f"LG202 lanegate.override does not count: {who} is no maintainer" in said


def test_while_the_policy_does_not_say_so(tmp_path: Path) -> None:
    place = yard(tmp_path, glass_policy(override=False))
    said = refused(place, f"{foreign(place.at)}:{MAIN}")
    assert "LG202 lanegate.override does not count: the policy does not say override = true" in said


def test_where_nothing_is_accepted_at_all(tmp_path: Path) -> None:
    at = arena(tmp_path)
    ran = at.refuses(
        f"{foreign(at)}:{LANE}",
        codes=["LG101", "LG202"],
        options=("-o", "lanegate.override=because"),
        env=as_pusher("ana"),
    )
    assert "the policy does not say override = true" in ran.err


@pytest.mark.parametrize("identity", ["signature", "either"])
def test_where_nobody_is_authenticated(tmp_path: Path, identity: str) -> None:
    """A signature proves who made a commit, never who pushes; and a name in the environment proves nothing."""
    text = glass_policy(identity)
    if identity == "signature":
        text = text.replace("[people.ana]\n", '[people.ana]\npushers = ["ana"]\n')
        text = text.replace('name = "refs/heads/main"\n', 'name = "refs/heads/main"\npushers = ["ana", "cy"]\n')
    place = yard(tmp_path, text.replace('pushers = ["ana", "cy"]\n', ""), config={"lanegate.platform": "local"})
    assert "nobody is authenticated here" in refused(place, f"{foreign(place.at)}:{LANE}")


@pytest.mark.parametrize("env", [{"LANEGATE_PUSHER": "ana"}, {"SSH_CONNECTION": "1 2 3 4"}])
def test_a_pusher_who_is_not_known(place: Yard, env: Mapping[str, str]) -> None:
    ran = place.at.refuses(
        f"{foreign(place.at)}:{MAIN}", codes=["LG907"], options=("-o", f"lanegate.override={WHY}"), env=env
    )
    assert "could not decide" in ran.err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("-o", "lanegate.override="), "it gives no reason"),
        (("-o", "lanegate.override"), "it gives no reason"),
        (("-o", "lanegate.override=  \t"), "it gives no reason"),
        (("-o", f"lanegate.override={'x' * 1001}"), "longer than 1000 characters, or not plain text"),
        (("-o", "lanegate.override=a\x1b[2Jb"), "longer than 1000 characters, or not plain text"),
        (("-o", "lanegate.override=a", "-o", "lanegate.override=b"), "it was given 2 times"),
    ],
)
def test_reasons(place: Yard, options: tuple[str, ...], says: str) -> None:
    said = refused(place, f"{foreign(place.at)}:{MAIN}", why=None, options=options)
    assert f"LG202 lanegate.override does not count: its reason is {says}".replace("its reason is it", "it") in said


@pytest.mark.parametrize("option", ["lanegate.overrides=x", "LANEGATE.OVERRIDE=x", "override=x", "ci.skip"])
def test_other_push_options_mean_nothing(place: Yard, option: str) -> None:
    said = refused(place, f"{foreign(place.at)}:{MAIN}", why=None, options=("-o", option))
    assert "override" not in said


def test_one_of_a_thousand_letters(place: Yard) -> None:
    ran = place.push(f"{foreign(place.at)}:{MAIN}", why="ä" * 1000)
    assert ran.ok, ran.both
    assert [landing.reason for landing in place.landings()] == ["ä" * 1000]


def test_what_cannot_be_recorded_is_not_overridden(place: Yard) -> None:
    bad = foreign(place.at)
    for setting, says in (
        ("/nowhere/key", "it could not be recorded: the server's key /nowhere/key is not there"),
        (str(key_file("mallory")), "it could not be recorded: the policy knows no server with the key"),
    ):
        place.at.server.config("lanegate.serverKey", setting)
        assert says in refused(place, f"{bad}:{MAIN}")
    place.at.server.git("config", "--unset", "lanegate.serverKey")
    assert "it could not be recorded: lanegate.serverKey is not set" in refused(place, f"{bad}:{MAIN}")
    place.at.server.config("lanegate.serverKey", str(key_file("server")))
    (place.at.server.path / "lanegate/judged").write_text("in the way")
    before = place.at.refs()
    ran = place.push(f"{bad}:{MAIN}", why=WHY)
    assert not ran.ok, ran.both
    assert "LG903 an override that could not be recorded" in ran.err
    assert place.at.refs() == before
    (place.at.server.path / "lanegate/judged").unlink()
    assert place.push(f"{bad}:{MAIN}", why=WHY).ok


def test_the_ledger_is_out_of_reach(place: Yard) -> None:
    """Neither by itself nor beside a branch that may be overridden."""
    bad = foreign(place.at)
    forged = place.book().make(verdict(bad), "mallory", writer="cy")
    assert "does not reach" in refused(place, f"{forged}:{LEDGER}")
    said = refused(place, f"{forged}:{LEDGER}", f"{bad}:{MAIN}")
    assert "so nothing is overridden" in said
    assert "refs/lanegate/ledger" in said
    place.write(verdict(place.accepted()))
    assert "does not reach" in refused(place, f":{LEDGER}")
    assert "does not reach" in refused(place, f"{bad}:refs/lanegate/other")
    assert "does not reach" in refused(place, f"{bad}:refs/replace/{bad}")


def test_what_is_malformed(place: Yard) -> None:
    """An octopus merge, and a tree with two names that are one to some."""
    at = place.at
    one, two = (commit_with(at.clone, {f"src/core/{n}.py".encode(): ("100644", blob(at.clone))}) for n in "ab")
    octopus = commit_with(at.clone, {}, "HEAD", one, two)
    assert "does not reach LG603" in refused(place, f"{octopus}:{MAIN}")
    twins = commit_with(at.clone, {b"src/ui/SEARCH.py": ("100644", blob(at.clone))})
    assert "does not reach LG604" in refused(place, f"{twins}:{MAIN}")


def test_the_trusted_ref_stays_where_it_can_judge(place: Yard) -> None:
    """Not deleted, not rewound, not without a policy."""
    at = place.at
    place.land()
    assert "does not reach LG602" in refused(place, f":{MAIN}")
    assert "does not reach LG602" in refused(place, f"+{foreign(at)}:{MAIN}")
    at.clone.git("fetch", "-q", str(at.server.path), f"{MAIN}:refs/tip")
    for content in (None, "version = 2\n"):
        side = ("100644", blob(at.clone, content)) if content else None
        broken = at.clone.out(
            "commit-tree", tree_with(at.clone, "refs/tip", {POLICY_PATH.encode(): side}), "-p", "refs/tip", data="X\n"
        )
        assert "does not reach LG702" in refused(place, f"{broken}:{MAIN}")
    lax = at.server.out("cat-file", "blob", f"{MAIN}:{POLICY_PATH}").replace("override = true\n", "") + "\n"
    side = ("100644", blob(at.clone, lax))
    fine = at.clone.out("commit-tree", tree_with(at.clone, "refs/tip", {POLICY_PATH.encode(): side}), "-p", "refs/tip")
    ran = place.push(f"{fine}:{MAIN}", why=WHY)
    assert ran.ok, ran.both
    assert "does not say override = true" in refused(place, f"{commit_with(at.clone, {}, fine)}:{MAIN}")


def test_a_lane_deleted_by_override(tmp_path: Path) -> None:
    """Any ref of a rule but the trusted one may be rewound so, and the record shows it."""
    text = glass_policy().replace("force = true\ndelete = true\n", "", 1)
    place = yard(tmp_path, text)
    commit = place.accepted()
    assert "LG602" in refused(place, f":{LANE}", why=None)
    assert place.push(f":{LANE}", why=WHY).ok
    assert [tuple(moved) for moved in place.landings()[-1].moved] == [(LANE, commit, None, True)]
