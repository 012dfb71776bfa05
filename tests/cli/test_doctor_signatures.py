"""`lanegate doctor` where the policy asks for signatures: in a clone, whether commits are signed and as whom; on a
server, how it knows people and what a probe can try."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from lanegate.git.worktree import find
from lanegate.usecases.doctor import Layer, examine_clone
from lanegate.usecases.doctor_server import examine_server
from lanegate.usecases.install_server import ServerOptions, install_server, open_server
from tests.attack_signatures import key_file, key_line, signed_policy
from tests.desk import Desk, make_desk
from tests.support import REFS, Bare, lanegate, make_server, run

SET_UP = {"gpg.format": "ssh", "user.signingKey": "", "commit.gpgSign": "true"}
GUARDED = REFS.replace('main"\n', 'main"\npushers = ["maintainer"]\n', 1)
BY_SIGNATURE = "signatures, by the keys of 3 people"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = make_desk(tmp_path, text=signed_policy())
    desk.use("ui")
    return desk


def set_up(desk: Desk, **other: str | None) -> None:
    """Have git sign as bob, but for other settings (`_` for the dot), None for no such setting."""
    settings = {**SET_UP, "user.signingKey": str(key_file("bob")), **{k.replace("_", "."): v for k, v in other.items()}}
    for key, value in settings.items():
        if value is not None:
            desk.config(key, value)


def signing(desk: Desk) -> Layer | None:
    layers = examine_clone(find(str(desk.path)), os.environ)
    return next((layer for layer in layers if layer.name == "signing"), None)


def fingerprint(name: str) -> str:
    ran = run(["ssh-keygen", "-lf", str(key_file(name))], cwd=key_file(name).parent, check=True)
    return ran.out.split()[1]


@pytest.mark.parametrize("name", ["bob", "bob-laptop"])
def test_commits_are_signed(desk: Desk, name: str) -> None:
    set_up(desk, user_signingKey=str(key_file(name)))
    assert signing(desk) == Layer("signing", "live", f"as bob, by {fingerprint(name)}")
    assert lanegate("doctor", cwd=desk.path).code == 0


def test_nothing_is_set_up(desk: Desk) -> None:
    ran = lanegate("doctor", cwd=desk.path)
    assert ran.code == 1
    assert "dead  signing" in ran.out
    found = signing(desk)
    assert found is not None
    assert found.message == (
        "commits are not signed by an SSH key: "
        "gpg.format is not set, user.signingKey is not set, commit.gpgSign is not set"
    )
    commands = (
        "git config gpg.format ssh && git config user.signingKey ~/.ssh/id_ed25519.pub && "
        "git config commit.gpgSign true"
    )
    assert found.hint == f"run: {commands}"
    home = Path(os.environ["HOME"]) / ".ssh"
    home.mkdir()
    shutil.copy(key_file("bob").with_suffix(".pub"), home / "id_ed25519.pub")
    run(["sh", "-c", commands], cwd=desk.path, check=True)  # what it says helps
    assert signing(desk) == Layer("signing", "live", f"as bob, by {fingerprint('bob')}")


#: Settings that are not there or not right, by what is said of them.
WRONG: list[tuple[str, dict[str, str | None]]] = [
    ("gpg.format is not set", {"gpg_format": None}),
    ("gpg.format is openpgp", {"gpg_format": "openpgp"}),
    ("user.signingKey is not set", {"user_signingKey": None}),
    ("commit.gpgSign is not set", {"commit_gpgSign": None}),
    ("commit.gpgSign is false", {"commit_gpgSign": "no"}),
    ("commit.gpgSign is not set", {"commit_gpgSign": "perhaps"}),  # git itself reads nothing there
]


@pytest.mark.parametrize(("said", "settings"), WRONG)
def test_one_thing_is_wrong(desk: Desk, said: str, settings: dict[str, str | None]) -> None:
    set_up(desk, **settings)
    found = signing(desk)
    assert found is not None
    assert (found.state, found.message) == ("dead", f"commits are not signed by an SSH key: {said}")
    assert found.hint is not None
    assert found.hint.count("git config") == 1


def test_spellings_of_a_key(desk: Desk, tmp_path: Path) -> None:
    """git-config(1): a private or public key's file, or the key itself."""
    set_up(desk)
    shutil.copy(key_file("bob").with_suffix(".pub"), desk.path / "mine.pub")
    public = str(key_file("bob").with_suffix(".pub"))
    for value in (public, "mine.pub", "mine", f"key::{key_line('bob')}", key_line("bob"), key_line("bob")[:80]):
        desk.config("user.signingKey", value)
        found = signing(desk)
        assert found is not None
        assert found.message == f"as bob, by {fingerprint('bob')}"


NOWHERE = "user.signingKey = /nowhere/key: /nowhere/key.pub cannot be read: No such file or directory"


def test_a_key_that_is_not_to_be_seen(desk: Desk) -> None:
    set_up(desk, user_signingKey="/nowhere/key")
    found = signing(desk)
    assert found is not None
    assert (found.state, found.message) == ("dead", NOWHERE)
    desk.config("user.signingKey", "key::nonsense")
    found = signing(desk)
    assert found is not None
    assert found.state == "dead"
    assert found.message.startswith("user.signingKey = key::nonsense: expected a key line")


def test_a_key_that_the_policy_does_not_name(desk: Desk) -> None:
    set_up(desk, user_signingKey=str(key_file("mallory")))
    found = signing(desk)
    assert found is not None
    assert (found.state, found.message) == ("dead", f"{fingerprint('mallory')} is nobody's key in the policy")
    assert found.hint == f"have a maintainer add it to your keys: {key_line('mallory')}"


def test_either_does_without(tmp_path: Path) -> None:
    desk = make_desk(tmp_path, text=signed_policy("either"))
    desk.use("ui")
    found = signing(desk)
    assert found is not None
    assert found.state == "note"
    set_up(desk)
    assert signing(desk) == Layer("signing", "live", f"as bob, by {fingerprint('bob')}")


def test_nobody_asks(tmp_path: Path) -> None:
    assert signing(make_desk(tmp_path)) is None


def layers(server: Bare, *, with_probe: bool = False) -> dict[str, tuple[str, str]]:
    found = examine_server(open_server(str(server.path)), with_probe=with_probe)
    return {layer.name: (layer.state, layer.message) for layer in found}


def at(tmp_path: Path, text: str, platform: str) -> Bare:
    server = make_server(tmp_path / "server.git", text=text)
    install_server(str(server.path), ServerOptions(platform=platform))
    return server


@pytest.mark.parametrize("platform", ["local", "ssh", "http-backend"])
def test_a_probe_has_no_signature(tmp_path: Path, platform: str) -> None:
    """Of a policy that asks for one it tries the half that needs none, and says so."""
    found = layers(at(tmp_path, signed_policy(), platform), with_probe=True)
    assert found["identity"][0] == "live"
    assert found["identity"][1].startswith(BY_SIGNATURE)
    assert ("set by the platform" in found["identity"][1]) is (platform != "local")
    assert found["refused push"][0] == "live"
    what = "not tried: it needs the signature of an owner of lane ui; for that alone it is refused"
    assert found["accepted push"] == ("note", what)
    assert "dead" not in {state for state, _ in found.values()}


def test_a_probe_under_either(tmp_path: Path) -> None:
    """Where people are known it comes as an owner; where not, there is nobody to come as."""
    server = at(tmp_path, signed_policy("either"), "local")
    found = layers(server, with_probe=True)
    assert found["identity"][0] == "note"
    assert "only signatures count" in found["identity"][1]
    assert (found["refused push"][0], found["accepted push"][0]) == ("live", "note")
    install_server(str(server.path), ServerOptions(platform="ssh"))
    found = layers(server, with_probe=True)
    assert (found["refused push"][0], found["accepted push"][0]) == ("live", "live")


def test_a_probe_under_either_of_people_without_names(tmp_path: Path) -> None:
    found = layers(at(tmp_path, signed_policy("either", pushers=False), "ssh"), with_probe=True)
    assert (found["refused push"][0], found["accepted push"][0]) == ("live", "note")


def test_a_probe_finds_more_than_a_missing_signature(tmp_path: Path) -> None:
    server = at(tmp_path, signed_policy(), "local")
    server.config("lanegate.deadline", "0.000001")
    found = layers(server, with_probe=True)
    assert (found["refused push"][0], found["accepted push"][0]) == ("dead", "dead")


@pytest.mark.parametrize("identity", ["signature", "either"])
def test_refs_that_name_who_may_push(tmp_path: Path, identity: str) -> None:
    server = at(tmp_path, signed_policy(identity, pushers=True, refs=GUARDED), "local")
    said = "the policy says who may push to refs/heads/main, and platform local authenticates nobody"
    found = layers(server, with_probe=True)
    assert found["identity"] == ("dead", f"{said}: pushes there are refused (LG907)")
    assert found["refused push"][0] == "live"  # on a lane's own ref, where nobody is asked for
    install_server(str(server.path), ServerOptions(platform="ssh"))
    found = layers(server, with_probe=True)
    assert found["identity"] == ("live", f"{BY_SIGNATURE}; LANEGATE_PUSHER, set by the platform (ssh)")
    assert "dead" not in {state for state, _ in found.values()}


def test_nothing_to_try_where_every_ref_names_who_may_push(tmp_path: Path) -> None:
    refs = GUARDED.replace('{lane}"\n', '{lane}"\npushers = ["ana"]\n')
    server = at(tmp_path, signed_policy(pushers=True, refs=refs), "local")
    assert layers(server, with_probe=True)["probe"][0] == "note"
    install_server(str(server.path), ServerOptions(platform="ssh"))
    assert layers(server, with_probe=True)["refused push"][0] == "live"
