"""People who sign commits: by name, a key that is always the same, and signatures good and bad, made in process.

Ed25519 keys come from the name alone and sign without chance, so that a history is known by its seed. Whether what is
made here is anybody's signature is for the oracle to ask of git and ssh-keygen, and for lanegate.
"""

from __future__ import annotations

import random
import re
from functools import cache
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.core.ssh_signers import Signer, armoured, string, to_sign, wrapped
from tests.differential.rules import Policy

HEADERS = {20: b"gpgsig", 32: b"gpgsig-sha256"}
PGP = b"-----BEGIN PGP SIGNATURE-----\n\niQEzBAABCAAd\n-----END PGP SIGNATURE-----\n"
LANE = re.compile(rb"^Lane: *([^\n]+)", re.MULTILINE | re.IGNORECASE)


@cache
def signer(name: str) -> Signer:
    """The key of a name; a person has one under his id, and others under other names."""
    private = Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return Signer("ed25519", string(b"ssh-ed25519") + string(public), private)


def key_line(name: str) -> str:
    """The public key of a name as a policy has it; its comment is the name."""
    return f"{signer(name).line} {name}"


def private_key(name: str) -> bytes:
    """The private key of a name as OpenSSH keeps it in a file."""
    private = Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())
    return private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())


def signature(name: str, payload: bytes, *, namespace: bytes = b"git", digest: str = "sha512") -> bytes:
    """A signature of `payload` as git keeps it, in its frame."""
    one = signer(name)
    field = one.field(to_sign(payload, namespace=namespace, digest=digest))
    return armoured(wrapped(one.blob, field, namespace=namespace, digest=digest.encode()))


def with_header(commit: bytes, name: bytes, value: bytes) -> bytes:
    """A commit with one more header behind the others, of several lines."""
    head, gap, message = commit.partition(b"\n\n")
    return head + b"\n" + name + b" " + value.rstrip(b"\n").replace(b"\n", b"\n ") + gap + message


class Signing:
    """Signs the commits of a history, mostly as somebody who may. `policy`: the one that people go by now.
    is_careful: as somebody who may, always."""

    def __init__(self, rng: random.Random, policy: Policy, id_bytes: int) -> None:
        self.rng = rng
        self.policy = policy
        self.is_careful = False
        self.header, self.other_header = HEADERS[id_bytes], HEADERS[52 - id_bytes]

    def __call__(self, commit: bytes) -> bytes:
        """The commit object, signed or not."""
        head, gap, message = commit.partition(b"\n\n")
        if not self.policy.by_signature or not gap or b"\ngpgsig" in head:
            return commit
        rng, name = self.rng, self._name(message)
        digest = rng.choice(["sha256", "sha512"])
        if self.is_careful or rng.random() < (0.5 if self.policy.by_pusher else 0.92):
            return with_header(commit, self.header, signature(name, commit, digest=digest))
        match rng.choice(["none", "none", "somebody", "stranger", "other text", "purpose", "spoilt", "header", "pgp"]):
            case "none":
                return commit
            case "somebody":
                name = rng.choice(self._names(list(self.policy.people)) or [name])
            case "stranger":
                name = rng.choice(["mallory", name.partition("-")[0], f"{name}-2"])
            case "other text":
                return with_header(commit, self.header, signature(name, commit + b"\n"))
            case "purpose":
                return with_header(commit, self.header, signature(name, commit, namespace=b"file"))
            case "spoilt":
                return with_header(commit, self.header, self._spoilt(signature(name, commit)))
            case "header":
                return with_header(commit, self.other_header, signature(name, commit))
            case "pgp":
                return with_header(commit, self.header, PGP)
        return with_header(commit, self.header, signature(name, commit, digest=digest))

    def _name(self, message: bytes) -> str:
        """Whose key the commit should be signed with: that of an owner of the lane it names."""
        lanes = [lane.decode("utf-8", "replace").strip() for lane in LANE.findall(message)]
        owners = [owner for lane in lanes for owner in self.policy.lanes.get(lane, {}).get("owners", [])]
        maintainers = [owner for owner in owners if owner in self.policy.roles.get("maintainer", [])]
        chosen = maintainers if maintainers and self.rng.random() < 0.7 else owners
        return self.rng.choice(self._names(chosen) or self._names(list(self.policy.people)) or ["mallory"])

    def _names(self, people: list[str]) -> list[str]:
        lines = [line for person in people for line in self.policy.people.get(person, {}).get("keys", [])]
        return [line.split(" ")[2] for line in lines]

    def _spoilt(self, armour: bytes) -> bytes:
        """One letter of the base64 changed, in the signature itself."""
        lines = armour.split(b"\n")
        at = self.rng.randrange(2, 40)
        letter = lines[3][at : at + 1]
        lines[3] = lines[3][:at] + (b"A" if letter != b"A" else b"B") + lines[3][at + 1 :]
        return b"\n".join(lines)
