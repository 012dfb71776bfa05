"""lanegate and `ssh-keygen -Y verify` on the same signatures, honest ones and ones with their parts mixed at random.

Whatever lanegate accepts, OpenSSH accepts for the same person: lanegate is never laxer. Where OpenSSH accepts and
lanegate does not, the reason is one of the few that core/ssh_signature.py and core/ssh_arithmetic.py explain.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import event, given
from hypothesis import strategies as st

from lanegate.core.ssh_signature import check_signature
from tests.core.conftest import Oracles, Signers
from tests.core.oracles import examples
from tests.core.ssh_signers import Signer, armoured, string, to_sign, wrapped

MESSAGES = (b"", b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nSubject\n", b"\0\xff" * 40)
FEW = ("ed25519", "ecdsa-256", "ecdsa-384", "rsa-2048", "sk-ed25519", "sk-ecdsa")


@dataclass(frozen=True)
class Recipe:
    """How a signature is put together; the defaults are an honest one. who: of FEW, the person it is claimed for."""

    who: str
    by: str | None = None
    message: bytes = MESSAGES[1]
    signed_namespace: bytes = b"git"
    namespace: bytes = b"git"
    reserved: bytes = b""
    signed_digest: str = "sha512"
    digest: bytes = b"sha512"
    version: int = 1
    flags: int = 1
    algorithm: str | None = None
    zeros: int = 0
    flip: int | None = None
    cut: int = 0
    tail: bytes = b""
    width: int = 70
    line_end: bytes = b"\n"
    after: bytes = b""

    def stricter(self) -> list[str]:
        """What lanegate may say to a signature that OpenSSH accepts."""
        odd = {
            "unknown version": self.version == 0,
            "made for another purpose (namespace) than git": self.namespace == b"git\0",
            "reserved bytes that nothing defines": self.reserved != b"",
            "hash other than sha256 and sha512": self.digest == b"sha512\0",
            "number with needless zeros": self.zeros > 0,
            "made by a security key that nobody touched": not self.flags & 1,
            "not an SSH signature in its frame": self.line_end != b"\n" or self.after not in (b"", b"\n"),
        }
        return [f"signature not accepted: {reason}" for reason, is_so in odd.items() if is_so]

    def armour(self, ana: Signer, by: Signer) -> bytes:
        signed = to_sign(self.message, namespace=self.signed_namespace, digest=self.signed_digest)
        algorithm = self.algorithm if by.kind.startswith("rsa") else None
        field = by.field(signed, flags=self.flags, algorithm=algorithm)
        blob = bytearray(
            wrapped(
                ana.blob,
                self._with_zeros(field, by),
                version=self.version,
                namespace=self.namespace,
                reserved=self.reserved,
                digest=self.digest,
            )
        )
        if self.flip is not None:
            blob[self.flip // 8 % len(blob)] ^= 1 << self.flip % 8
        text = armoured(bytes(blob[: len(blob) - self.cut]) + self.tail, self.width)
        header, _, body = text.partition(b"\n")
        return header + b"\n" + body.replace(b"\n", self.line_end) + self.after

    def _with_zeros(self, field: bytes, by: Signer) -> bytes:
        """The field with zeros in front of r of an ECDSA signature."""
        name, start = string(by.algorithm.encode()), len(by.algorithm) + 4
        if "ecdsa" not in by.kind or not self.zeros:
            return field
        size = int.from_bytes(field[start : start + 4], "big")
        pair, rest = field[start + 4 : start + 4 + size], field[start + 4 + size :]
        first = int.from_bytes(pair[:4], "big")
        pair = string(bytes(self.zeros) + pair[4 : 4 + first]) + pair[4 + first :]
        return name + string(pair) + rest


def mostly(usual: object, *others: object) -> st.SearchStrategy[object]:
    """`usual` more often than not, so that signatures with one thing wrong are common."""
    return st.sampled_from([*[usual] * 8 * len(others), *others])


recipes = st.builds(
    Recipe,
    who=st.sampled_from(FEW),
    by=mostly(None, *FEW),
    message=st.sampled_from(MESSAGES),
    signed_namespace=mostly(b"git", b"file", b""),
    namespace=mostly(b"git", b"file", b"git\0", b""),
    reserved=mostly(b"", b"x"),
    signed_digest=mostly("sha512", "sha256"),
    digest=mostly(b"sha512", b"sha256", b"sha384", b"sha512\0"),
    version=mostly(1, 0, 2, 2**32 - 1),
    flags=mostly(1, 0, 4, 5, 0x81, 0xFF),
    algorithm=mostly(None, "rsa-sha2-256", "ssh-rsa"),
    zeros=mostly(0, 1, 40),
    flip=mostly(None, 8, 200, 1000, 1700, 2500, 4801),
    cut=mostly(0, 1, 5),
    tail=mostly(b"", b"\0"),
    width=mostly(70, 64, 1000, 1),
    line_end=mostly(b"\n", b"\r\n", b"\n\n", b" \n"),
    after=mostly(b"", b"\n", b"\n\n", b"text"),
)


@examples(250)
@given(recipe=recipes)
def test_never_laxer_and_stricter_where_it_is_explained(recipe: Recipe, signer: Signers, oracle: Oracles) -> None:
    people = [signer(kind) for kind in FEW]
    who = signer(recipe.who)
    armour = recipe.armour(who, signer(recipe.by or recipe.who))
    key, reason = check_signature(armour, recipe.message, {person.blob for person in people})
    openssh = oracle(*people).accepts(recipe.who, armour, recipe.message)
    event(f"lanegate {'accepts' if key else 'refuses'}, OpenSSH {'accepts' if openssh else 'refuses'}")
    if key is not None:
        assert key == who.blob
        assert openssh
    elif openssh:
        assert reason in recipe.stricter()


@examples(150)
@given(
    recipe=st.builds(
        Recipe,
        who=st.sampled_from(FEW),
        message=st.sampled_from(MESSAGES) | st.binary(max_size=300),
        flags=st.sampled_from([1, 5, 0x0D, 0x1D]),
        algorithm=st.sampled_from([None, "rsa-sha2-256"]),
        width=st.integers(1, 200),
        after=st.sampled_from([b"", b"\n"]),
    )
)
def test_the_honest_ones_pass_both(recipe: Recipe, signer: Signers, oracle: Oracles) -> None:
    who = signer(recipe.who)
    armour = recipe.armour(who, who)
    assert check_signature(armour, recipe.message, {who.blob}).key == who.blob
    assert oracle(who).accepts(recipe.who, armour, recipe.message)
