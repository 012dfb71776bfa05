"""SSH public keys of a policy: read as ssh-keygen reads what it made, and refused where they are no sound keys."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lanegate.core.ssh_keys import Ecdsa, Ed25519, KeyLine, Rsa, parse_key_line, read_key
from lanegate.core.ssh_points import is_on_curve, is_strong_ed25519
from lanegate.core.ssh_wire import FormatError
from tests.core import ed25519_points as textbook
from tests.core.conftest import Signers
from tests.core.oracles import examples
from tests.core.ssh_signers import (
    KINDS,
    SECURITY_KEYS,
    generate,
    mpint,
    security_key,
    ssh_keygen,
    string,
)

ED_POINT = textbook.encode(textbook.times(5, textbook.BASE))


def line_of(blob: bytes) -> str:
    """A key line whose name is the one in the blob."""
    return f"{blob[4 : 4 + blob[3]].decode()} {b64encode(blob).decode()}"


def ed25519_blob(point: bytes) -> bytes:
    return string(b"ssh-ed25519") + string(point)


def rsa_blob(modulus: int, exponent: int = 65537) -> bytes:
    return string(b"ssh-rsa") + mpint(exponent) + mpint(modulus)


def refusal(line: str) -> str:
    with pytest.raises(FormatError) as refused:
        parse_key_line(line)
    return str(refused.value)


def test_without_ssh_keygen_a_test_fails_and_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert generate("ed25519", tmp_path).line.startswith("ssh-ed25519 ")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pytest.fail.Exception, match=r"this test needs ssh-keygen, .*apt install openssh-client"):
        generate("ed25519", tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_reads_what_ssh_keygen_makes(kind: str, signer: Signers) -> None:
    person = signer(kind)
    line = person.line if person.path is None else person.path.with_suffix(".pub").read_text().rstrip("\n")
    told = ssh_keygen("-lf", "-", data=line.encode() + b"\n").stdout.decode().split()
    key = parse_key_line(line)
    assert (key.algorithm, key.blob, key.fingerprint) == (person.algorithm, person.blob, told[1])
    assert key.comment == line.partition(" ")[2].partition(" ")[2]


@pytest.mark.parametrize("kind", KINDS)
def test_the_numbers_are_those_of_the_key(kind: str, signer: Signers) -> None:
    person = signer(kind)
    key = read_key(person.blob)
    public = person.private.public_key()
    if isinstance(key.numbers, Rsa):
        numbers = public.public_numbers()
        assert key.numbers == (numbers.e, numbers.n)
    elif isinstance(key.numbers, Ecdsa):
        numbers = public.public_numbers()
        size = key.numbers.curve.size
        assert key.numbers.curve.name == b"nistp%d" % public.curve.key_size
        assert key.numbers.point == b"\x04" + numbers.x.to_bytes(size, "big") + numbers.y.to_bytes(size, "big")
    else:
        assert key.numbers == Ed25519(public.public_bytes_raw())
    assert key.application == (b"ssh:" if kind.startswith("sk-") else None)


@pytest.mark.parametrize("comment", ["", "ana", "ana@work  two words ", "Ána — laptop"])
def test_comments(comment: str) -> None:
    blob = ed25519_blob(ED_POINT)
    assert parse_key_line(f"{line_of(blob)} {comment}") == KeyLine("ssh-ed25519", blob, comment)
    assert parse_key_line(line_of(blob)) == KeyLine("ssh-ed25519", blob)


LINE = line_of(ed25519_blob(ED_POINT))
TEXT = LINE.split()[1]
EXPECTED = "expected a key line such as `ssh-ed25519 AAAA… comment`, without options; found "
ONE_SPACE = "expected `algorithm base64 comment` with one space between them"
CERTIFICATE = "certificates are not accepted, only plain keys"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", EXPECTED + "``"),
        (TEXT, EXPECTED + f"`{TEXT[:39]}…`"),
        (f'command="sh" {LINE}', EXPECTED + '`command="sh"`'),
        (f"git@example.org {LINE}", EXPECTED + "`git@example.org`"),
        (f"key::{LINE}", EXPECTED + "`key::ssh-ed25519`"),
        (f" {LINE}", EXPECTED + "``"),
        (f"SSH-ED25519 {TEXT}", EXPECTED + "`SSH-ED25519`"),
        (f"rsa-sha2-512 {TEXT}", EXPECTED + "`rsa-sha2-512`"),
        ("ssh-ed25519", ONE_SPACE),
        ("ssh-ed25519 ", ONE_SPACE),
        (f"ssh-ed25519  {TEXT}", ONE_SPACE),
        (f"ssh-ed25519\t{TEXT}", "control character in a key line"),
        (f"{LINE}\n", "control character in a key line"),
        (f"{LINE} a\x1b[31m", "control character in a key line"),
        (f"{LINE} a\N{RIGHT-TO-LEFT OVERRIDE}", "control character in a key line"),
        (f"ssh-dss {TEXT}", "DSA keys are not accepted"),
        (f"ssh-ed25519-cert-v01@openssh.com {TEXT}", CERTIFICATE),
        (f"ssh-rsa {TEXT}", "the line says ssh-rsa, the key in it is ssh-ed25519"),
        ("ssh-ed25519 AAAÁ", "not base64"),
        ("ssh-ed25519 AAA", "not base64"),
        (f"ssh-ed25519 {TEXT}=", "not base64"),
        (f"ssh-ed25519 -{TEXT[1:]}", "not base64"),
        (
            "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blb",
            "this is a private key: take it out and make a new one, and give the line of its .pub file",
        ),
    ],
)
def test_lines_that_are_refused(line: str, why: str) -> None:
    assert refusal(line) == why


NOT_STRONG = "not an Ed25519 key that only one person can sign with"
OFF_CURVE = "not a point of the curve, uncompressed"


@pytest.mark.parametrize(
    ("blob", "why"),
    [
        (ed25519_blob(ED_POINT) + b"\0", "bytes left over at the end"),
        (ed25519_blob(ED_POINT)[:-1], "cut off"),
        (ed25519_blob(ED_POINT[:-1]), "an Ed25519 key has 32 bytes"),
        (ed25519_blob(ED_POINT + b"\0"), "an Ed25519 key has 32 bytes"),
        (ed25519_blob(bytes(32)), NOT_STRONG),
        (ed25519_blob(b"\x02" + bytes(31)), NOT_STRONG),
        (string(SECURITY_KEYS[0].encode()) + string(ED_POINT), "cut off"),
        (
            string(SECURITY_KEYS[0].encode()) + string(ED_POINT) + string(b"https://example.org"),
            "a security key that was not made for SSH",
        ),
        (string(SECURITY_KEYS[0].encode()) + string(ED_POINT) + string(b"ssh:") * 2, "bytes left over at the end"),
        (rsa_blob(2**2047 - 1), "an RSA key has 2048 to 16384 bits, this one 2047; make a new one"),
        (rsa_blob(2**16384 + 1), "an RSA key has 2048 to 16384 bits, this one 16385; make a new one"),
        (rsa_blob(0), "an RSA key has 2048 to 16384 bits, this one 0; make a new one"),
        (rsa_blob(2**2048 - 2), "not the numbers of a sound RSA key"),
        (string(b"ssh-rsa") + mpint(65537) + string(b"\0\0" + b"\xff" * 256), "number with needless zeros"),
        (string(b"ssh-rsa") + mpint(65537) + string(b"\xff" * 256), "negative number"),
        *((rsa_blob(2**2048 - 1, e), "not the numbers of a sound RSA key") for e in (0, 1, 3, 15, 18, 2**32 + 1)),
    ],
)
def test_encoded_keys_that_are_refused(blob: bytes, why: str) -> None:
    assert refusal(line_of(blob)) == why


@pytest.mark.parametrize(("bits", "exponent"), [(2048, 65537), (2049, 17), (4096, 35), (16384, 2**32 - 1)])
def test_rsa_keys_at_the_limits(bits: int, exponent: int) -> None:
    blob = rsa_blob(2**bits - 1, exponent)
    assert read_key(parse_key_line(line_of(blob)).blob).numbers == Rsa(exponent, 2**bits - 1)


def test_an_algorithm_that_only_the_blob_names() -> None:
    text = b64encode(string(b"ssh-\xfe") + string(ED_POINT)).decode()
    assert refusal(f"ssh-ed25519 {text}") == "a key of an unknown kind"
    cert = b64encode(string(b"ssh-ed25519-cert-v01@openssh.com") + string(ED_POINT)).decode()
    assert refusal(f"ssh-ed25519 {cert}") == CERTIFICATE


def test_a_certificate_of_ssh_keygen(signer: Signers, tmp_path: Path) -> None:
    ana, authority = signer("ed25519"), signer("ed25519", 1)
    assert ana.path
    public = tmp_path / "ana.pub"
    public.write_text(ana.line + "\n")
    done = ssh_keygen("-q", "-s", str(authority.path), "-I", "ana", "-n", "ana", str(public))
    assert done.returncode == 0, done.stderr
    assert refusal((tmp_path / "ana-cert.pub").read_text().rstrip("\n")) == CERTIFICATE


@pytest.mark.parametrize("kind", ["ecdsa-256", "ecdsa-384", "ecdsa-521", "sk-ecdsa"])
def test_points_that_are_not_on_the_curve(kind: str, signer: Signers) -> None:
    person = signer(kind)
    numbers = read_key(person.blob).numbers
    assert isinstance(numbers, Ecdsa)
    curve, point = numbers
    assert is_on_curve(curve, point)
    # the prime fits once more only where the bytes have room for it: P-521
    beyond = int.from_bytes(point[1 : 1 + curve.size], "big") + curve.prime
    wrong = [
        point[:-1],
        point + b"\0",
        b"\x03" + point[1:],
        b"\x02" + point[1 : 1 + curve.size],
        b"\0",
        b"\x04" + point[2:] + point[:1],
        point[:-1] + bytes([point[-1] ^ 1]),
        b"\x04" + bytes(2 * curve.size),
    ]
    if beyond < 256**curve.size:
        wrong.append(b"\x04" + beyond.to_bytes(curve.size, "big") + point[1 + curve.size :])
    for other in wrong:
        assert not is_on_curve(curve, other)
        assert refusal(line_of(person.blob.replace(string(point), string(other)))) == OFF_CURVE


def test_a_curve_under_the_name_of_another(signer: Signers) -> None:
    blob = signer("ecdsa-256").blob
    wrong = "the curve is not the one of the algorithm"
    assert refusal(line_of(blob.replace(b"ecdsa-sha2-nistp256", b"ecdsa-sha2-nistp384"))) == wrong
    assert refusal(line_of(blob.replace(string(b"nistp256"), string(b"nistp384")))) == wrong


def test_nobody_may_sign_with_a_key_that_is_everybodys() -> None:
    """All spellings of the points of small order. For the neutral one, this signature is one of any text."""
    points = textbook.small_order()
    assert len(points) == 8
    assert all(textbook.times(8, point) == textbook.NEUTRAL for point in points)
    spellings = {
        (y | sign << 255).to_bytes(32, "little")
        for _, once in points
        for y in (once, once + textbook.P)
        for sign in (0, 1)
        if y < 2**255
    }
    assert all(not is_strong_ed25519(spelling) for spelling in spellings)
    anybodys = textbook.encode(textbook.NEUTRAL)
    assert textbook.holds(anybodys, anybodys + bytes(32), b"any text")
    assert refusal(line_of(ed25519_blob(anybodys))) == NOT_STRONG


@examples(60)
@given(st.binary(min_size=32, max_size=32) | st.integers(0, 2**256 - 1).map(lambda n: n.to_bytes(32, "little")))
def test_ed25519_points_as_the_textbook_has_them(raw: bytes) -> None:
    point = textbook.decode(raw)
    is_canonical = int.from_bytes(raw, "little") % 2**255 < textbook.P
    honest = point is not None and is_canonical and textbook.times(8, point) != textbook.NEUTRAL
    assert is_strong_ed25519(raw) == honest


@examples(200)
@given(
    at=st.integers(0, 4000),
    letter=st.characters(min_codepoint=32, max_codepoint=126),
    kind=st.sampled_from([kind for kind in KINDS if kind not in ("rsa-3072", "rsa-4096")]),
)
def test_a_line_with_a_letter_changed_is_refused_or_another_key(
    at: int, letter: str, kind: str, signer: Signers
) -> None:
    line = signer(kind).line
    at %= len(line)
    assume(letter != line[at])
    try:
        key = parse_key_line(line[:at] + letter + line[at + 1 :])
    except FormatError:
        return
    assert key.blob != signer(kind).blob


@examples(60)
@given(
    at=st.integers(-8, 4000),
    bit=st.integers(0, 7),
    kind=st.sampled_from([kind for kind in KINDS if kind not in ("rsa-3072", "rsa-4096")]),
)
def test_what_is_read_is_what_ssh_keygen_reads(at: int, bit: int, kind: str, signer: Signers) -> None:
    """Never a key that OpenSSH would refuse, and never another one than OpenSSH takes it for."""
    blob = bytearray(signer(kind).blob)
    blob[at % len(blob)] ^= 1 << bit
    line = f"{signer(kind).algorithm} {b64encode(blob).decode()}"
    told = ssh_keygen("-lf", "-", data=line.encode() + b"\n")
    try:
        key = parse_key_line(line)
    except FormatError:
        return
    assert told.returncode == 0
    assert told.stdout.decode().split()[1] == key.fingerprint


def test_applications_of_ssh() -> None:
    own = security_key("sk-ecdsa", b"ssh:lanegate")
    assert read_key(parse_key_line(own.line).blob).application == b"ssh:lanegate"
