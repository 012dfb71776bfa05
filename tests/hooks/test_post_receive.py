"""What lands is recorded, once, by what it was judged, whatever happens to the hook that records it."""

from __future__ import annotations

import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lanegate.core.record import Landing, Moved
from tests.attack_ledger import LEDGER, ledger_policy, verdict
from tests.attack_signatures import key_file, key_line
from tests.attack_support import LANE, MAIN, arena, as_pusher, blob, commit_with
from tests.landing_support import Yard, age, moves, yard
from tests.support import POLICY_PATH, make_clone, run

TIMES = int(os.environ.get("LANEGATE_EXAMPLES", "1"))
RECORDED = "landing recorded as number"
NOT_RECORDED = "landing not recorded"


@pytest.fixture
def place(tmp_path: Path) -> Yard:
    return yard(tmp_path)


def test_a_landing(place: Yard) -> None:
    old, blob_id = place.at.server.tip(), place.at.server.out("rev-parse", f"{MAIN}:{POLICY_PATH}")
    commit = place.accepted()
    judged_by = place.at.server.tip(LEDGER)
    ran = place.push(f"{commit}:{MAIN}")
    assert f"remote: lanegate: {RECORDED} 2 of the ledger" in ran.err
    record = place.records()[-1]
    assert (record.number, record.policy, record.writer, record.note) == (2, blob_id, "server:main", None)
    landing = record.body
    assert isinstance(landing, Landing)
    assert landing.moved == (Moved(MAIN, old, commit, False),)
    assert (landing.pusher, landing.ledger, landing.seen) == ("ana", judged_by, 1)
    assert (landing.reason, landing.codes, landing.locks) == (None, (), None)
    assert time.strptime(landing.time, "%Y-%m-%dT%H:%M:%SZ")
    assert run(["git", "version"], cwd=place.at.server.path).out == f"git version {landing.git}\n"
    assert place.left() == []
    place.at.sound()


def test_the_record_is_signed_by_the_server(place: Yard, tmp_path: Path) -> None:
    place.land()
    allowed = tmp_path / "allowed"
    allowed.write_text(f"server {' '.join(key_line('server').split()[:2])}\n")
    ran = place.at.server.git("-c", f"gpg.ssh.allowedSignersFile={allowed}", "verify-commit", LEDGER, check=False)
    assert ran.ok, ran.both
    assert place.at.server.out("log", "-1", "--format=%an", LEDGER) == "lanegate main"


def test_what_is_worth_a_record(place: Yard) -> None:
    """Every move of an accepted ref, and what is rewound or deleted; a lane that moves on is not."""
    commit = place.accepted("one")
    other = commit_with(place.at.clone, {b"src/ui/two.py": ("100644", blob(place.at.clone))})
    assert moves(place) == []
    assert place.push(f"+{other}:{LANE}", who="bob").ok
    assert moves(place) == [(LANE, commit, other, True)]
    assert place.push(f":{LANE}", who="bob").ok
    assert moves(place)[1:] == [(LANE, other, None, True)]
    assert place.push(f"{other}:{LANE}", who="bob").ok
    assert place.push(f"{commit}:refs/heads/lane/core", who="ana").code == 1
    assert len(moves(place)) == 2


def test_several_refs_of_one_push(place: Yard) -> None:
    base, commit = place.at.server.tip(), place.accepted()
    assert place.push(f"{commit}:{MAIN}", f"{commit}:refs/tags/v1").ok
    assert moves(place) == [(MAIN, base, commit, False)]
    assert place.push(f"+{base}:refs/tags/v1", why="wrong commit").ok
    assert moves(place)[1:] == [("refs/tags/v1", commit, base, True)]


def test_records_pushed_by_people_are_no_landings(place: Yard) -> None:
    commit = place.accepted()
    ran = place.push(f"{place.book().make(verdict(commit), 'ana')}:{LEDGER}", who="ana")
    assert ran.ok
    assert RECORDED not in ran.err
    assert place.landings() == []


def test_a_landing_pushed_by_a_client_is_refused(place: Yard) -> None:
    """Whoever has no key of the server cannot say that something landed."""
    commit = place.accepted()
    landing = Landing(
        (Moved(MAIN, place.at.server.tip(), commit),), "2026-11-21T15:30:00Z", "2.39.5", pusher="ana", seen=1
    )
    before = place.at.refs()
    for who, writer in (("ana", "server:main"), ("ana", "ana"), ("mallory", "server:main")):
        ran = place.push(f"{place.book().make(landing, who, writer=writer)}:{LEDGER}", who="ana")
        assert ran.code == 1, ran.both
        assert place.at.refs() == before


def test_without_acceptance_it_is_silent(tmp_path: Path) -> None:
    at = arena(tmp_path)
    at.server.config("lanegate.serverKey", str(key_file("server")))
    ran = at.accepts(f"{commit_with(at.clone, {b'src/ui/x.py': ('100644', blob(at.clone))})}:{MAIN}")
    assert "recorded" not in ran.err
    assert at.server.tip(LEDGER) is None
    assert not (at.server.path / "lanegate/judged").exists()
    hook = at.server.path / "hooks/post-receive"  # it does not even start Python, which costs every push
    hook.write_text(hook.read_text().replace("python=", "python=/nowhere # ", 1))
    ran = at.clone.push(f"{MAIN}:refs/tags/v1", env={"PATH": "/usr/bin:/bin"})
    assert "recorded" not in ran.err
    (at.server.path / "lanegate/judged").mkdir(parents=True)
    ran = at.clone.push(f"{MAIN}:refs/tags/v2", env={"PATH": "/usr/bin:/bin"})
    assert "landed, but not recorded: " in ran.err


def test_under_identity_none(tmp_path: Path) -> None:
    """Nobody signs there and nobody is known, but what landed is written down all the same."""
    place = yard(tmp_path, ledger_policy("none"), config={"lanegate.platform": "local"})
    commit = commit_with(place.at.clone, {b"src/ui/x.py": ("100644", blob(place.at.clone))})
    assert place.push(f"{place.book().make(verdict(commit), writer=None)}:{LEDGER}").ok
    ran = place.push(f"{commit}:{MAIN}")
    assert ran.ok, ran.both
    record = place.records()[-1]
    assert record.writer is None
    assert isinstance(record.body, Landing)
    assert record.body.pusher is None
    assert "gpgsig" not in place.at.server.out("cat-file", "commit", LEDGER)


@pytest.mark.parametrize("setting", [None, "/nowhere/key", "mallory", "open"])
def test_a_key_that_does_not_sign(place: Yard, tmp_path: Path, setting: str | None) -> None:
    """The push stays landed, everybody is told, and the record is made up for when the key is there again."""
    server = place.at.server
    commit, old = place.accepted(), server.tip()
    server.git("config", "--unset", "lanegate.serverKey")
    if setting == "open":
        copy = tmp_path / "open"
        copy.write_bytes(key_file("server").read_bytes())
        copy.chmod(0o644)
        setting = str(copy)
    if setting is not None:
        server.config("lanegate.serverKey", str(key_file("mallory")) if setting == "mallory" else setting)
    ran = place.push(f"{commit}:{MAIN}")
    assert ran.ok, ran.both
    assert server.tip() == commit
    assert f"remote: lanegate: {NOT_RECORDED}: " in ran.err
    assert "a later push records it" in ran.err
    assert "Traceback" not in ran.err
    assert len(place.left()) == 1
    server.config("lanegate.serverKey", str(key_file("server")))
    ran = place.push(f"{commit}:refs/tags/v1")
    assert "an earlier landing recorded as number" in ran.err
    assert moves(place) == [(MAIN, old, commit, False)]
    assert [landing.pusher for landing in place.landings()] == ["ana"]


def test_many_that_cannot_be_signed(place: Yard) -> None:
    """Whoever pushes is told once, and does not wait for each of them."""
    server = place.at.server
    server.config("lanegate.serverKey", str(key_file("mallory")))
    commit = place.at.clone.head()
    for name in "abc":
        commit = place.land(name, base=commit)
    ran = place.push(f"{commit}:refs/tags/v1")
    assert len(place.left()) == 3
    assert ran.err.count("an earlier landing not recorded: ") == 1
    assert "2 more earlier landings not recorded, for the same reason" in ran.err
    server.config("lanegate.serverKey", str(key_file("server")))
    assert place.push(f"{commit}:refs/tags/v2").ok
    assert len(place.landings()) == 3
    assert {path.suffix for path in place.left()} == {".done"}


def test_a_policy_without_servers(tmp_path: Path) -> None:
    text = ledger_policy("pusher")
    start = text.index("[servers.main]")
    place = yard(tmp_path, text[:start])
    ran = place.push(f"{place.accepted()}:{MAIN}")
    assert ran.ok, ran.both
    assert f"lanegate: {NOT_RECORDED}: the policy names no server whose key could sign the record" in ran.err
    assert place.left() == []


def test_several_at_once_are_each_recorded_once(place: Yard, tmp_path: Path) -> None:
    """Eight people land at the same time, again and again, while somebody writes verdicts."""
    at = place.at
    commit = commit_with(at.clone, {b"src/ui/one.py": ("100644", blob(at.clone))})
    tags = [f"{commit}:refs/tags/t{number}" for number in range(8)]
    assert place.push(f"{commit}:{LANE}", *tags, why="so that they can be moved").ok
    before = len(place.landings())
    clones = [make_clone(at.server, tmp_path / f"clone{number}") for number in range(8)]

    def move(number: int) -> bool:
        clones[number].git("fetch", "-q", str(at.clone.path), "HEAD")
        refspec = f"+origin/main:refs/tags/t{number}"
        options = ("-o", f"lanegate.override=moved by {number}")
        return clones[number].push(refspec, options=options, env=as_pusher("ana")).ok

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(move, range(8)))
    landings = place.landings()[before:]
    assert sorted(moved.ref for landing in landings for moved in landing.moved) == [f"refs/tags/t{n}" for n in range(8)]
    assert sorted(landing.reason or "" for landing in landings) == [f"moved by {number}" for number in range(8)]
    assert [record.number for record in place.records()] == list(range(1, len(place.records()) + 1))
    assert place.left() == []
    at.sound()


def test_killed_at_any_point(place: Yard) -> None:
    """post-receive is killed again and again; in the end every landing is recorded once, and nothing is broken."""
    at, luck = place.at, random.Random(f"{os.environ.get('LANEGATE_SEED', 1)}")
    hook = at.server.path / "hooks/post-receive"
    text = hook.read_text()
    base, expected = "HEAD", []
    for number in range(4 * TIMES):
        commit = place.accepted(f"f{number}", base=base)
        expected.append((MAIN, at.server.tip(), commit, False))
        wait = luck.uniform(0.02, 0.35)
        hook.write_text(f"#!/bin/sh\nexec timeout -s KILL {wait:.3f} {hook}.real\n")
        (at.server.path / "hooks/post-receive.real").write_text(text)
        (at.server.path / "hooks/post-receive.real").chmod(0o755)
        assert place.push(f"{commit}:{MAIN}").ok
        base = commit
        hook.write_text(text)
        at.sound()
        if luck.random() < 0.5:
            age(place)
            assert place.push(f"{commit}:refs/tags/t{number}").ok
    age(place)
    assert place.push(f"{base}:refs/tags/last").ok
    assert sorted(moves(place)) == sorted(expected)
    assert [record.number for record in place.records()] == list(range(1, len(place.records()) + 1))
    at.sound()


def test_it_needs_no_configuration_of_who_runs_it(place: Yard, tmp_path: Path) -> None:
    """Neither name, nor mail, nor a signing program of the account counts; a key with a password fails at once."""
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text('[gpg "ssh"]\n\tprogram = /bin/false\n[gpg]\n\tformat = openpgp\n')
    commit = place.accepted()
    env = {**as_pusher("ana"), "HOME": str(home), "GIT_CONFIG_GLOBAL": str(home / ".gitconfig")}
    ran = place.at.clone.push(f"{commit}:{MAIN}", env=env)
    assert RECORDED in ran.err, ran.both
    locked = tmp_path / "locked"
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", str(locked)], cwd=tmp_path, check=True)
    place.at.server.config("lanegate.serverKey", str(locked))
    ran = place.push(f"{place.accepted('two', base=commit)}:{MAIN}")
    assert ran.ok
    assert NOT_RECORDED in ran.err


def test_the_bootstrap_pusher_is_recorded_as_an_override(tmp_path: Path) -> None:
    place = yard(tmp_path, config={"lanegate.bootstrapPusher": "root"})
    clone = place.at.clone
    text = clone.out("cat-file", "blob", f"HEAD:{POLICY_PATH}") + "\n# more\n"
    commit = commit_with(clone, {POLICY_PATH.encode(): ("100644", blob(clone, text))}, message="Policy\n")
    ran = place.push(f"{commit}:{MAIN}", who="root")
    assert ran.ok, ran.both
    (landing,) = place.landings()
    assert landing.reason == "lanegate.bootstrapPusher root brought a policy by itself"
    assert {"LG201", "LG701"} <= set(landing.codes)
    assert landing.pusher == "root"


def test_only_what_came_true_is_recorded(place: Yard) -> None:
    """An update hook, or somebody who was quicker, may stop one ref of a push after pre-receive let in all."""
    update = place.at.server.path / "hooks/update"
    update.write_text('#!/bin/sh\ntest "$1" != refs/tags/v1\n')
    update.chmod(0o755)
    commit, old, tip = place.accepted(), place.at.server.tip(), place.at.server.tip(LEDGER)
    ran = place.push(f"{commit}:{MAIN}", f"{commit}:refs/tags/v1")
    assert ran.code == 1
    assert "hook declined" in ran.err
    assert moves(place) == [(MAIN, old, commit, False)]
    assert place.records()[-1].note is None
    assert place.landings()[-1].ledger == tip
    assert place.left() == []
