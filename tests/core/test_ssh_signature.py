"""SSH signatures: honest ones by every kind of key pass, as for OpenSSH, and nothing near them does."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.core.ssh_keys import fingerprint
from lanegate.core.ssh_signature import Checked, Signature, check_signature, parse_signature
from lanegate.core.ssh_wire import FormatError
from tests.core.conftest import Oracles, Signers
from tests.core.oracles import examples
from tests.core.ssh_signers import (
    KINDS,
    Signer,
    armoured,
    mpint,
    ssh_keygen,
    sshsig,
    string,
    to_sign,
    wrapped,
)

MESSAGE = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nSubject\n"
FEW = ("ed25519", "ecdsa-256", "ecdsa-521", "rsa-2048", "sk-ed25519", "sk-ecdsa")


def why(armour: bytes, *known: Signer, message: bytes = MESSAGE) -> str:
    """Why a signature is not accepted."""
    key, reason = check_signature(armour, message, {signer.blob for signer in known})
    assert key is None
    assert reason
    return reason


@pytest.mark.parametrize("kind", KINDS)
def test_an_honest_signature(kind: str, signer: Signers, oracle: Oracles, tmp_path: Path) -> None:
    ana, bob = signer(kind), signer("ed25519", 1)
    known = {ana.blob, bob.blob}
    for armour in (ana.armour(MESSAGE, tmp_path), armoured(sshsig(ana, MESSAGE))):
        assert check_signature(armour, MESSAGE, known) == Checked(ana.blob)
        assert oracle(ana, bob).accepts(kind, armour, MESSAGE)
        assert why(armour, ana, message=MESSAGE + b"\n") == (
            f"not a signature of this commit by the key {fingerprint(ana.blob)}"
        )
        assert why(armour, bob) == f"signed by the key {fingerprint(ana.blob)}, which the policy does not name"
        assert why(armour) == f"signed by the key {fingerprint(ana.blob)}, which the policy does not name"


@pytest.mark.parametrize("digest", ["sha256", "sha512"])
@pytest.mark.parametrize("algorithm", ["rsa-sha2-256", "rsa-sha2-512"])
def test_hashes_of_rsa(digest: str, algorithm: str, signer: Signers, oracle: Oracles) -> None:
    ana = signer("rsa-2048")
    field = ana.field(to_sign(MESSAGE, digest=digest), algorithm=algorithm)
    armour = armoured(wrapped(ana.blob, field, digest=digest.encode()))
    assert check_signature(armour, MESSAGE, {ana.blob}) == Checked(ana.blob)
    assert oracle(ana).accepts("rsa-2048", armour, MESSAGE)


@pytest.mark.parametrize("kind", ["sk-ed25519", "sk-ecdsa"])
@pytest.mark.parametrize("flags", [0x01, 0x05, 0x1D])
@pytest.mark.parametrize("counter", [0, 2**32 - 1])
def test_a_touched_security_key(kind: str, flags: int, counter: int, signer: Signers, oracle: Oracles) -> None:
    ana = signer(kind)
    armour = armoured(sshsig(ana, MESSAGE, flags=flags, counter=counter))
    assert check_signature(armour, MESSAGE, {ana.blob}) == Checked(ana.blob)
    assert oracle(ana).accepts(kind, armour, MESSAGE)


def test_the_frame_as_programs_write_it(signer: Signers, oracle: Oracles) -> None:
    """Lines of any length; libgit2 keeps the last line feed of the text and adds its own."""
    ana = signer("ed25519")
    blob = sshsig(ana, MESSAGE)
    for armour in (*(armoured(blob, width) for width in (64, 76, 10**6)), armoured(blob) + b"\n", armoured(blob)[:-1]):
        assert check_signature(armour, MESSAGE, {ana.blob}) == Checked(ana.blob)
        assert oracle(ana).accepts("ed25519", armour, MESSAGE)


def test_a_signature_short_of_its_zeros(signer: Signers, oracle: Oracles) -> None:
    """RFC 8332 has a signature as long as the modulus; some programs leave out zeros, and OpenSSH takes that."""
    ana = signer("rsa-2048")
    number = 0
    while True:  # one signature in 256 starts with a zero
        message = MESSAGE + b"%d" % number
        raw = ana.raw(to_sign(message))
        if raw[0] == 0:
            break
        number += 1
    short, full, longer = (
        armoured(wrapped(ana.blob, string(b"rsa-sha2-512") + string(form)))
        for form in (raw.lstrip(b"\0"), raw, b"\0" + raw)
    )
    for armour, is_good in ((short, True), (full, True), (longer, False)):
        assert (check_signature(armour, message, {ana.blob}).key == ana.blob) == is_good
        assert oracle(ana).accepts("rsa-2048", armour, message) == is_good


@pytest.mark.parametrize("length", [0, 3, 63, 64, 65, 83, 300])
def test_what_fronts_have_in_common_says_nothing_of_their_tails(length: int, signer: Signers) -> None:
    """The front of a signature is read once; where the last 64 bytes reach beyond its field they are read each time."""
    key = signer("ed25519").blob
    blobs = [wrapped(key, bytes([byte]) * length) for byte in range(3)]
    assert [parse_signature(armoured(blob)).field for blob in blobs] == [bytes([byte]) * length for byte in range(3)]
    good = blobs[0]
    for wrong in (
        good[:-1],
        good + b"\0",
        good[: -length - 1] + bytes([length % 256 ^ 1]) + good[len(good) - length :],
    ):
        with pytest.raises(FormatError, match=r"cut off|left over"):
            parse_signature(armoured(wrong))


def test_a_certificate(signer: Signers, tmp_path: Path) -> None:
    """ssh-keygen signs with a certificate when it is given one; git users may have that."""
    ana, authority = signer("ed25519"), signer("ecdsa-256")
    assert ana.path
    key = tmp_path / "ana"
    key.write_bytes(ana.path.read_bytes())
    key.chmod(0o600)
    (tmp_path / "ana.pub").write_text(ana.line + "\n")
    for args in (
        ("-q", "-s", str(authority.path), "-I", "ana", "-n", "ana", str(tmp_path / "ana.pub")),
        ("-q", "-Y", "sign", "-n", "git", "-f", str(tmp_path / "ana-cert.pub"), str(tmp_path / "ana.pub")),
    ):
        done = ssh_keygen(*args)
        assert done.returncode == 0, done.stderr
    armour = (tmp_path / "ana.pub.sig").read_bytes()
    assert why(armour, ana, authority, message=(tmp_path / "ana.pub").read_bytes()) == (
        "signature not accepted: certificates are not accepted, only plain keys"
    )


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (b"-----BEGIN PGP SIGNATURE-----\n\niQEzBAABCAAdFiEE\n=x\n-----END PGP SIGNATURE-----\n", "OpenPGP"),
        (b"-----BEGIN PGP MESSAGE-----\n", "OpenPGP"),
        (b"-----BEGIN SIGNED MESSAGE-----\nMIIE\n-----END SIGNED MESSAGE-----\n", "X.509"),
    ],
)
def test_other_kinds_of_signature(text: bytes, kind: str) -> None:
    assert why(text) == f"signed with {kind}, and only SSH signatures count"


@pytest.mark.parametrize("kind", FEW)
def test_no_beginning_of_a_signature_is_one(kind: str, signer: Signers) -> None:
    ana = signer(kind)
    armour = armoured(sshsig(ana, MESSAGE))
    assert check_signature(armour[:-1], MESSAGE, {ana.blob}).key  # but for the last line feed
    assert all(check_signature(armour[:end], MESSAGE, {ana.blob}).key is None for end in range(len(armour) - 1))
    blob = sshsig(ana, MESSAGE)
    assert all(check_signature(armoured(blob[:end]), MESSAGE, {ana.blob}).key is None for end in range(1, len(blob)))


bits = st.integers(0, 7).map(lambda bit: 1 << bit)
#: A place, to be taken modulo the length of what has it: lengths differ from key to key.
anywhere = st.integers(0, 4000)


@examples(600)
@given(at=anywhere, kind=st.sampled_from(FEW), bit=bits)
def test_a_flipped_bit_of_the_signature(at: int, kind: str, bit: int, signer: Signers) -> None:
    ana = signer(kind)
    blob = bytearray(sshsig(ana, MESSAGE))
    blob[at % len(blob)] ^= bit
    assert check_signature(armoured(bytes(blob)), MESSAGE, {ana.blob}).key is None


@examples(200)
@given(at=anywhere, kind=st.sampled_from(FEW), bit=bits)
def test_a_flipped_bit_of_the_message(at: int, kind: str, bit: int, signer: Signers) -> None:
    ana = signer(kind)
    message = bytearray(MESSAGE)
    message[at % len(message)] ^= bit
    assert check_signature(armoured(sshsig(ana, MESSAGE)), bytes(message), {ana.blob}).key is None


@examples(300)
@given(at=anywhere, kind=st.sampled_from(FEW), bit=bits)
def test_a_flipped_bit_of_the_known_key(at: int, kind: str, bit: int, signer: Signers) -> None:
    """Nor does it help to put the changed key into the signature: whatever it is, it did not sign."""
    ana = signer(kind)
    key = bytearray(ana.blob)
    key[at % len(key)] ^= bit
    field = ana.field(to_sign(MESSAGE))
    assert check_signature(armoured(wrapped(ana.blob, field)), MESSAGE, {bytes(key)}).key is None
    assert check_signature(armoured(wrapped(bytes(key), field)), MESSAGE, {bytes(key)}).key is None


@examples(600)
@given(
    at=anywhere,
    gone=st.integers(0, 2),
    instead=st.sampled_from([b"", b"\n", b"=", b"A", b" ", b"\r"]) | st.binary(min_size=1, max_size=2),
    kind=st.sampled_from(FEW),
)
def test_a_changed_text_is_refused_or_says_the_same(
    at: int, gone: int, instead: bytes, kind: str, signer: Signers
) -> None:
    ana = signer(kind)
    armour = armoured(sshsig(ana, MESSAGE))
    at %= len(armour) + 1
    changed = armour[:at] + instead + armour[at + gone :]
    if check_signature(changed, MESSAGE, {ana.blob}).key is not None:
        assert parse_signature(changed) == parse_signature(armour)


@given(st.binary() | st.binary().map(armoured) | st.binary().map(lambda raw: armoured(b"SSHSIG\0\0\0\x01" + raw)))
def test_any_bytes_get_an_answer(armour: bytes) -> None:
    assert check_signature(armour, MESSAGE, ()).key is None


@given(key=st.binary(), field=st.binary())
def test_any_field_under_a_known_key_gets_an_answer(key: bytes, field: bytes, signer: Signers) -> None:
    for kind in FEW:
        ana = signer(kind)
        name = string(b"rsa-sha2-256" if kind == "rsa-2048" else ana.algorithm.encode())
        for any_field in (field, name + field, name + string(field)):
            armour = armoured(wrapped(ana.blob, any_field))
            assert parse_signature(armour) == Signature(ana.blob, b"sha512", any_field)
            assert check_signature(armour, MESSAGE, {ana.blob}).key is None
    assert check_signature(armoured(wrapped(key, field)), MESSAGE, {key}).key is None


def test_parse_refuses_text_alone() -> None:
    with pytest.raises(FormatError, match=r"^not an SSH signature in its frame$"):
        parse_signature(b64encode(b"SSHSIG"))


def test_the_mirror_of_an_ecdsa_signature_is_one_too(signer: Signers, oracle: Oracles) -> None:
    """Honest signers make both, so neither can be refused: a signature does not fix the id of its commit."""
    ana = signer("ecdsa-256")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    raw = ana.raw(to_sign(MESSAGE))
    size = int.from_bytes(raw[:4], "big")
    mirror = raw[: 4 + size] + mpint(order - int.from_bytes(raw[8 + size :], "big"))
    armour = armoured(wrapped(ana.blob, string(ana.algorithm.encode()) + string(mirror)))
    assert check_signature(armour, MESSAGE, {ana.blob}) == Checked(ana.blob)
    assert oracle(ana).accepts("ecdsa-256", armour, MESSAGE)
