"""People who sign, for the tests of SSH signatures, and OpenSSH's own answer to "is this a signature of theirs".

Keys are made by `ssh-keygen`, and so is what `Signer.armour` gives for them. Keys on a security key are played in
software (OpenSSH's PROTOCOL.u2f): `ssh-keygen` cannot sign with them without the hardware, but it checks what they
signed. Each private key is also at hand as numbers, to write signatures that no honest program writes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import new as new_hash
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key

#: What `ssh-keygen -t … -b …` makes without hardware; the first two names are the kinds of security key.
SECURITY_KEYS = ("sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com")
GENERATED = {
    "ed25519": ("ssh-ed25519", "256"),
    "ecdsa-256": ("ecdsa-sha2-nistp256", "256"),
    "ecdsa-384": ("ecdsa-sha2-nistp384", "384"),
    "ecdsa-521": ("ecdsa-sha2-nistp521", "521"),
    "rsa-2048": ("ssh-rsa", "2048"),
    "rsa-3072": ("ssh-rsa", "3072"),
    "rsa-4096": ("ssh-rsa", "4096"),
}
KINDS = (*GENERATED, "sk-ed25519", "sk-ecdsa")
_RSA_HASHES: dict[str, hashes.HashAlgorithm] = {
    "rsa-sha2-512": hashes.SHA512(),
    "rsa-sha2-256": hashes.SHA256(),
    "ssh-rsa": hashes.SHA1(),  # noqa: S303 - what must be refused has to be made first
}
_EC_HASHES: dict[int, hashes.HashAlgorithm] = {256: hashes.SHA256(), 384: hashes.SHA384(), 521: hashes.SHA512()}


def string(value: bytes) -> bytes:
    """RFC 4251, section 5."""
    return len(value).to_bytes(4, "big") + value


def mpint(value: int) -> bytes:
    """RFC 4251, section 5, of a number that is not negative."""
    return string(value.to_bytes(value.bit_length() // 8 + 1, "big") if value else b"")


def armoured(blob: bytes, width: int = 70) -> bytes:
    """The text around an encoded signature, as ssh-keygen writes it."""
    text = b64encode(blob)
    lines = [text[at : at + width] for at in range(0, len(text), width)]
    return b"".join(line + b"\n" for line in (b"-----BEGIN SSH SIGNATURE-----", *lines, b"-----END SSH SIGNATURE-----"))


def need_ssh_keygen() -> None:
    """Fail the test, and say what to install, where there is no ssh-keygen; git itself starts it for SSH signatures."""
    if shutil.which("ssh-keygen") is None:
        what = "this test needs ssh-keygen, of OpenSSH's client tools (Debian, Ubuntu: apt install openssh-client)"
        pytest.fail(what, pytrace=False)


def ssh_keygen(*args: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run ssh-keygen, without the agent of whoever runs the tests."""
    need_ssh_keygen()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SSH_")}
    return subprocess.run(
        ["ssh-keygen", *args], input=data, env=environment, capture_output=True, timeout=120, check=False
    )


@dataclass(frozen=True)
class Signer:
    """One person with one key. kind: of KINDS. blob: the encoded public key. private: the key as numbers.
    path: of the file that ssh-keygen signs with, None for a security key. application: what a security key mixes in."""

    kind: str
    blob: bytes
    private: Any
    path: Path | None = None
    application: bytes = b"ssh:"

    @property
    def algorithm(self) -> str:
        return self.blob[4 : 4 + self.blob[3]].decode()

    @property
    def line(self) -> str:
        return f"{self.algorithm} {b64encode(self.blob).decode()}"

    def raw(self, data: bytes, algorithm: str = "rsa-sha2-512") -> bytes:
        """The signature itself as SSH encodes it, without the algorithm's name (which only RSA has a choice of)."""
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return self.private.sign(data)
        if isinstance(self.private, ec.EllipticCurvePrivateKey):
            r, s = decode_dss_signature(self.private.sign(data, ec.ECDSA(_EC_HASHES[self.private.curve.key_size])))
            return mpint(r) + mpint(s)
        assert isinstance(self.private, rsa.RSAPrivateKey)
        return self.private.sign(data, padding.PKCS1v15(), _RSA_HASHES[algorithm])

    def field(self, data: bytes, *, flags: int = 1, counter: int = 7, algorithm: str | None = None) -> bytes:
        """The signature field: name, signature, and for a security key flags and counter."""
        if self.kind.startswith("sk-"):
            tail = bytes([flags]) + counter.to_bytes(4, "big")
            raw = self.raw(sha256(self.application).digest() + tail + sha256(data).digest())
            return string((algorithm or self.algorithm).encode()) + string(raw) + tail
        name = algorithm or ("rsa-sha2-512" if self.kind.startswith("rsa") else self.algorithm)
        return string(name.encode()) + string(self.raw(data, name))

    def armour(self, message: bytes, folder: Path) -> bytes:
        """A signature of `message` in the namespace git: by ssh-keygen, of a security key by `field`."""
        if self.path is None:
            return armoured(sshsig(self, message))
        (folder / "message").write_bytes(message)
        (folder / "message.sig").unlink(missing_ok=True)
        done = ssh_keygen("-Y", "sign", "-q", "-n", "git", "-f", str(self.path), str(folder / "message"))
        assert done.returncode == 0, done.stderr
        return (folder / "message.sig").read_bytes()


def to_sign(message: bytes, *, namespace: bytes = b"git", reserved: bytes = b"", digest: str = "sha512") -> bytes:
    """What is signed of a message (PROTOCOL.sshsig, section 3)."""
    hashed = new_hash(digest, message).digest()
    return b"SSHSIG" + string(namespace) + string(reserved) + string(digest.encode()) + string(hashed)


def wrapped(
    key: bytes,
    field: bytes,
    *,
    version: int = 1,
    namespace: bytes = b"git",
    reserved: bytes = b"",
    digest: bytes = b"sha512",
) -> bytes:
    """The blob of a signature (PROTOCOL.sshsig, section 2) of whatever parts."""
    parts = (key, namespace, reserved, digest, field)
    return b"SSHSIG" + version.to_bytes(4, "big") + b"".join(map(string, parts))


def sshsig(signer: Signer, message: bytes, **changed: Any) -> bytes:
    """The blob of an honest signature; changed: keywords of Signer.field."""
    return wrapped(signer.blob, signer.field(to_sign(message), **changed))


class Oracle:
    """What `ssh-keygen -Y verify` says."""

    def __init__(self, folder: Path, signers: Iterable[Signer]) -> None:
        self._allowed, self._armour = folder / "allowed", folder / "armour"
        self._allowed.write_text("".join(f"{signer.kind} {signer.line}\n" for signer in signers))

    def accepts(self, kind: str, armour: bytes, message: bytes) -> bool:
        """Whether `armour` is a signature of `message`, for git, by the person whose key is of that kind."""
        self._armour.write_bytes(armour)
        files = ("-f", str(self._allowed), "-s", str(self._armour))
        return ssh_keygen("-Y", "verify", "-n", "git", "-I", kind, *files, data=message).returncode == 0


def generate(kind: str, folder: Path) -> Signer:
    """A key of its own in `folder`, made by ssh-keygen."""
    algorithm, bits = GENERATED[kind]
    path = folder / f"{kind}-{os.urandom(4).hex()}"
    done = ssh_keygen(
        "-q", "-t", algorithm.removeprefix("ssh-").partition("-sha2")[0], "-b", bits, "-N", "", "-f", str(path)
    )
    assert done.returncode == 0, done.stderr
    private = load_ssh_private_key(path.read_bytes(), None)
    return Signer(kind, _blob(private, algorithm), private, path)


def security_key(kind: str, application: bytes = b"ssh:") -> Signer:
    """A security key played in software."""
    make: Callable[[], Any] = {
        "sk-ed25519": ed25519.Ed25519PrivateKey.generate,
        "sk-ecdsa": lambda: ec.generate_private_key(ec.SECP256R1()),
    }[kind]
    private = make()
    name = SECURITY_KEYS[kind == "sk-ecdsa"]
    return Signer(kind, _blob(private, name) + string(application), private, application=application)


def _blob(private: Any, algorithm: str) -> bytes:
    """The encoded public key, written here from the numbers (not by lanegate, not by the library)."""
    public = private.public_key()
    if isinstance(public, rsa.RSAPublicKey):
        numbers = public.public_numbers()
        return string(algorithm.encode()) + mpint(numbers.e) + mpint(numbers.n)
    if isinstance(public, ec.EllipticCurvePublicKey):
        point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        curve = b"nistp%d" % public.curve.key_size
        return string(algorithm.encode()) + string(curve) + string(point)
    return string(algorithm.encode()) + string(public.public_bytes(Encoding.Raw, PublicFormat.Raw))
