"""What a private key's file tells of its public half: what ssh-keygen answers, or nothing."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from lanegate.core.policy import Policy, Server
from lanegate.usecases.server_key import ServerKeyError, SigningServer, named_server, signing_server
from tests.core.build import policy


def key(folder: Path, *options: str) -> Path:
    made = folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-C", "a comment", "-f", str(made), *options], check=True)
    return made


def knowing(made: Path) -> Policy:
    line = " ".join(Path(f"{made}.pub").read_text().split()[:2])
    return policy(identity="signature", servers={"main": Server("main", 1, (line,))})


@pytest.mark.parametrize("kind", [("ed25519",), ("ecdsa", "-b", "384"), ("rsa", "-b", "2048")])
def test_it_answers_as_ssh_keygen_does(tmp_path: Path, kind: tuple[str, ...]) -> None:
    made = key(tmp_path, "-N", "", "-t", *kind)
    named = named_server(knowing(made), str(tmp_path), "key")
    assert named is not None
    assert named[:2] == signing_server(knowing(made), str(tmp_path), "key")[:2] == ("main", str(made))
    assert named.private is not None
    assert (named.private.secret is not None) == (kind == ("ed25519",))


def test_a_key_that_the_policy_does_not_know(tmp_path: Path) -> None:
    made = key(tmp_path, "-N", "", "-t", "ed25519")
    assert named_server(policy(identity="signature"), str(tmp_path), str(made)) is None


def test_a_key_with_a_passphrase(tmp_path: Path) -> None:
    made = key(tmp_path, "-N", "secret", "-t", "ed25519")
    assert named_server(knowing(made), str(tmp_path), str(made)) is None
    with pytest.raises(ServerKeyError):
        signing_server(knowing(made), str(tmp_path), str(made))


def test_a_key_that_others_may_read(tmp_path: Path) -> None:
    made = key(tmp_path, "-N", "", "-t", "ed25519")
    made.chmod(0o640)
    assert named_server(knowing(made), str(tmp_path), str(made)) is None


def test_a_key_in_another_format_is_left_to_ssh_keygen(tmp_path: Path) -> None:
    made = key(tmp_path, "-N", "", "-t", "rsa", "-m", "PEM")
    assert named_server(knowing(made), str(tmp_path), str(made)) is None
    assert signing_server(knowing(made), str(tmp_path), str(made)) == SigningServer("main", str(made))


@pytest.mark.parametrize("cut", [0, 1, 2, 3, -2])
def test_what_is_no_key(tmp_path: Path, cut: int) -> None:
    made = key(tmp_path, "-N", "", "-t", "ed25519")
    known, lines = knowing(made), made.read_bytes().split(b"\n")
    made.write_bytes(b"\n".join(lines[:cut]))
    assert named_server(known, str(tmp_path), str(made)) is None


def test_no_key(tmp_path: Path) -> None:
    assert named_server(policy(), str(tmp_path), None) is None
    assert named_server(policy(), str(tmp_path), "nowhere") is None
