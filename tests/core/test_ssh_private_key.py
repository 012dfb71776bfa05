"""A server's key: read from the file that ssh-keygen writes, and signing as ssh-keygen does, to the byte."""

from __future__ import annotations

import sys
from base64 import b64encode
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.core import ssh_arithmetic
from lanegate.core.ssh_keys import parse_key_line
from lanegate.core.ssh_private_key import PrivateKey, read_private_key, sign
from lanegate.core.ssh_signature import Checked, check_signature
from lanegate.core.ssh_wire import FormatError
from tests.core.conftest import Signers
from tests.core.ssh_signers import GENERATED, armoured, ssh_keygen, sshsig, string

MESSAGE = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nSubject\n"


def file_of(folder: Path, kind: str = "ed25519", *, passphrase: str = "") -> Path:
    made = folder / f"key-{kind}"
    algorithm, bits = GENERATED[kind]
    short = {"ssh-ed25519": "ed25519", "ssh-rsa": "rsa"}.get(algorithm, "ecdsa")
    assert ssh_keygen("-q", "-t", short, "-b", bits, "-N", passphrase, "-C", "a b", "-f", str(made)).returncode == 0
    return made


def line_of(made: Path) -> str:
    return " ".join(Path(f"{made}.pub").read_text().split()[:2])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return file_of(tmp_path_factory.mktemp("key"))


def test_the_signature_is_ssh_keygens(made: Path) -> None:
    key = read_private_key(made.read_bytes())
    assert key.blob == parse_key_line(line_of(made)).blob
    for text in (b"", MESSAGE, bytes(range(256)) * 50):
        assert sign(key, text) == ssh_keygen("-Y", "sign", "-n", "git", "-f", str(made), data=text).stdout
        assert check_signature(sign(key, text), text, {key.blob}) == Checked(key.blob)
        assert check_signature(sign(key, text), text + b"x", {key.blob}).key is None


@pytest.mark.parametrize("kind", ["ecdsa-256", "rsa-2048"])
def test_other_kinds_tell_their_public_half(tmp_path: Path, kind: str) -> None:
    other = file_of(tmp_path, kind)
    key = read_private_key(other.read_bytes())
    assert (key.blob, key.secret) == (parse_key_line(line_of(other)).blob, None)
    with pytest.raises(FormatError, match="not read here"):
        sign(key, MESSAGE)


def test_behind_a_passphrase(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="behind a passphrase"):
        read_private_key(file_of(tmp_path, passphrase="secret").read_bytes())  # noqa: S106


def framed(blob: bytes) -> bytes:
    return b"-----BEGIN OPENSSH PRIVATE KEY-----\n" + b64encode(blob) + b"\n-----END OPENSSH PRIVATE KEY-----\n"


def written(blob: bytes, secret: bytes, *, magic: bytes = b"openssh-key-v1\0", count: int = 1) -> bytes:
    private = bytes(8) + blob + string(secret)
    head = magic + string(b"none") + string(b"none") + string(b"")
    return framed(head + count.to_bytes(4, "big") + string(blob) + string(private))


POINT, OTHER = b"\x05" * 32, b"\x06" * 32
BLOB = string(b"ssh-ed25519") + string(POINT)
NO_FILE = "not a private key as OpenSSH writes it"
APART = "halves do not belong together"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", NO_FILE),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----", NO_FILE),
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", NO_FILE),
        (b"-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n", NO_FILE),
        (framed(b"!" * 40), NO_FILE),
        (framed(b"!").replace(b"=", b""), "not base64"),
        (framed(b"openssh-key-v1\0" + string(b"none")), "cut off"),
        (written(BLOB, bytes(32) + POINT, magic=b"openssh-key-v2\0"), NO_FILE),
        (written(BLOB, bytes(32) + POINT, count=2), "several keys"),
        (written(BLOB, bytes(32) + OTHER), APART),
        (written(BLOB, bytes(31) + POINT), APART),
        (written(string(b"ssh-ed25519") + string(POINT[1:]), bytes(32) + POINT[1:]), APART),  # libsodium reads 64 bytes
        (written(BLOB + b"x", bytes(32) + POINT), "cut off"),
    ],
)
def test_what_is_no_key(content: bytes, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        read_private_key(content)


def test_a_secret_of_another_key_signs_nothing() -> None:
    """Its signature would not be one by the public half, and with a second one would give the secret away."""
    key = read_private_key(written(BLOB, bytes(32) + POINT))
    assert key == PrivateKey(BLOB, bytes(32) + POINT)
    with pytest.raises(FormatError, match="does not belong to its public half"):
        sign(key, MESSAGE)


@given(st.data())
def test_a_damaged_file_is_refused_or_harmless(made: Path, data: st.DataObject) -> None:
    raw = bytearray(made.read_bytes())
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        key = read_private_key(bytes(raw))
        armour = sign(key, MESSAGE)
    except FormatError:
        return
    assert check_signature(armour, MESSAGE, {key.blob}).key == key.blob


@pytest.mark.parametrize("gone", [None, SimpleNamespace(lib=SimpleNamespace(sodium_init=lambda: 0), ffi=None)])
def test_where_pynacl_has_it_elsewhere(
    made: Path, signer: Signers, monkeypatch: pytest.MonkeyPatch, gone: SimpleNamespace | None
) -> None:
    """The same answers by its public functions."""
    key = read_private_key(made.read_bytes())
    before = sign(key, MESSAGE)
    import nacl.bindings  # what it has loaded itself stays

    assert nacl.bindings
    monkeypatch.setitem(sys.modules, "nacl._sodium", gone)
    assert ssh_arithmetic._libsodium() is None
    other = signer("ed25519", 77)  # a key that nobody asked about yet
    armour = armoured(sshsig(other, MESSAGE))
    assert sign(key, MESSAGE) == before
    assert check_signature(armour, MESSAGE, {other.blob}).key == other.blob
    assert check_signature(armour, MESSAGE + b"x", {other.blob}).key is None


@pytest.mark.parametrize("gone", ["sodium_init", "crypto_sign", "crypto_sign_open", "NULL", None])
def test_each_thing_that_is_used_of_it_has_to_be_there(monkeypatch: pytest.MonkeyPatch, gone: str | None) -> None:
    """Or a push would break off in the middle of a signature."""
    lib = {"sodium_init": lambda: 0, "crypto_sign": None, "crypto_sign_open": None}
    names = [SimpleNamespace(**{k: v for k, v in one.items() if k != gone}) for one in (lib, {"NULL": None})]
    monkeypatch.setitem(sys.modules, "nacl._sodium", SimpleNamespace(lib=names[0], ffi=names[1]))
    assert ssh_arithmetic._libsodium() == (None if gone else (names[1], names[0]))


def test_a_library_that_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    lib = SimpleNamespace(sodium_init=lambda: -1, crypto_sign=None, crypto_sign_open=None)
    monkeypatch.setitem(sys.modules, "nacl._sodium", SimpleNamespace(lib=lib, ffi=SimpleNamespace(NULL=None)))
    with pytest.raises(OSError, match="sodium_init failed"):
        ssh_arithmetic._libsodium()
    lib = SimpleNamespace(crypto_sign=lambda *_: -1)
    ffi = SimpleNamespace(new=lambda *_: None, NULL=None)
    monkeypatch.setattr(ssh_arithmetic, "_libsodium", lambda: (ffi, lib))
    with pytest.raises(OSError, match="crypto_sign failed"):
        ssh_arithmetic.sign_ed25519(bytes(64), b"")
