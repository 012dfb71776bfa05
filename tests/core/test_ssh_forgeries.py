"""Forged SSH signatures, one by one: lanegate's words, what OpenSSH says to the same bytes, and the honest twin.

A row with `openssh=True` is a place where lanegate is stricter; why is said in core/ssh_signature.py, core/ssh_wire.py
and core/ssh_arithmetic.py. There is no place where it is laxer (test_ssh_differential.py).
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256, sha512
from typing import NamedTuple

import pytest

from lanegate.core.ssh_signature import check_signature, parse_signature
from tests.core import ed25519_points as textbook
from tests.core.conftest import Oracles, Signers
from tests.core.ssh_signers import Signer, armoured, mpint, sshsig, string, to_sign, wrapped

MESSAGE = b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nSubject\n"


class Forgery(NamedTuple):
    """kind: of the key. make: (signer, somebody else who is known) → armour. why: lanegate's words.
    openssh: whether `ssh-keygen -Y verify` takes it, None if its versions differ."""

    kind: str
    make: Callable[[Signer, Signer], bytes]
    why: str
    openssh: bool | None = False


def _blob(change: Callable[[bytes], bytes]) -> Callable[[Signer, Signer], bytes]:
    return lambda ana, _: armoured(change(sshsig(ana, MESSAGE)))


def _text(change: Callable[[bytes], bytes]) -> Callable[[Signer, Signer], bytes]:
    return lambda ana, _: change(armoured(sshsig(ana, MESSAGE)))


def _field(change: Callable[[bytes], bytes]) -> Callable[[Signer, Signer], bytes]:
    return lambda ana, _: armoured(wrapped(ana.blob, change(ana.field(to_sign(MESSAGE)))))


def _pair(change: Callable[[int, int], tuple[bytes, bytes]]) -> Callable[[Signer, Signer], bytes]:
    """r and s of an ECDSA signature, encoded in other ways."""

    def make(ana: Signer, _: Signer) -> bytes:
        raw = ana.raw(to_sign(MESSAGE))
        size = int.from_bytes(raw[:4], "big")
        r, s = int.from_bytes(raw[4 : 4 + size], "big"), int.from_bytes(raw[8 + size :], "big")
        return armoured(wrapped(ana.blob, string(ana.algorithm.encode()) + string(b"".join(change(r, s)))))

    return make


def _parts(ana: Signer, *, signed: bytes | None = None, **changed: object) -> bytes:
    """A signature of `signed` instead of what it should be, its blob changed by keyword."""
    return armoured(wrapped(ana.blob, ana.field(signed or to_sign(MESSAGE)), **changed))  # type: ignore[arg-type]


def _malleable(ana: Signer, _: Signer) -> bytes:
    """S + L instead of S, which fits where S is small enough: the same equation holds. Messages are the counter's."""
    raw = ana.raw(to_sign(MESSAGE))
    s = int.from_bytes(raw[32:], "little") + textbook.L
    return armoured(wrapped(ana.blob, string(b"ssh-ed25519") + string(raw[:32] + s.to_bytes(32, "little"))))


def _twisted(ana: Signer, _: Signer) -> bytes:
    """A point of small order added to R: eight times the equation holds, the equation itself does not (RFC 8032, 5.1.7,
    lets either be asked; OpenSSH asks the equation)."""
    digest = sha512(ana.private.private_bytes_raw()).digest()
    secret = int.from_bytes(digest[:32], "little") & (2**254 - 8) | 2**254
    point = textbook.encode(textbook.times(secret, textbook.BASE))
    r = int.from_bytes(digest[32:], "little") % textbook.L
    eighth = next(at for at in textbook.small_order() if textbook.times(4, at) != textbook.NEUTRAL)
    raw = textbook.encode(textbook.add(textbook.times(r, textbook.BASE), eighth))
    h = int.from_bytes(sha512(raw + point + to_sign(MESSAGE)).digest(), "little")
    s = (r + h * secret) % textbook.L
    return armoured(wrapped(ana.blob, string(b"ssh-ed25519") + string(raw + s.to_bytes(32, "little"))))


def _longer(ana: Signer, _: Signer) -> bytes:
    """Good for a longer text, whose start stands behind the signature."""
    raw = ana.raw(b"x" + to_sign(MESSAGE)) + b"x"
    return armoured(wrapped(ana.blob, string(b"ssh-ed25519") + string(raw)))


def _webauthn(ana: Signer, _: Signer) -> bytes:
    """What a browser makes of a web site's wish to have something signed (PROTOCOL.u2f, "webauthn signatures")."""
    challenge = urlsafe_b64encode(to_sign(MESSAGE)).rstrip(b"=").decode()
    wish = {"type": "webauthn.get", "challenge": challenge, "origin": "https://example.org", "crossOrigin": False}
    client = json.dumps(wish, separators=(",", ":")).encode()
    tail = b"\x01" + bytes(4)
    raw = ana.raw(sha256(ana.application).digest() + tail + sha256(client).digest())
    name = string(b"webauthn-sk-ecdsa-sha2-nistp256@openssh.com")
    rest = string(b"https://example.org") + string(client) + string(b"")
    return armoured(wrapped(ana.blob, name + string(raw) + tail + rest))


def _next(text: bytes) -> bytes:
    """The letter after the last one of base64 that is padded with one `=`: two of its bits belong to no byte."""
    letter = text[text.index(b"=\n") - 1]
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return bytes([alphabet[alphabet.index(letter) + 1]])


def _other_spelling(value: int) -> bytes:
    """An mpint with a zero that it does not need."""
    return string(b"\0\0" + value.to_bytes(value.bit_length() // 8 + 1, "big"))


NO_FRAME = "signature not accepted: not an SSH signature in its frame"
NOT_BASE64 = "signature not accepted: not base64"
CUT = "signature not accepted: cut off"
LEFT = "signature not accepted: bytes left over at the end"
NOT_SIGNED = "not a signature of this commit by the key SHA256:"
ZEROS = "signature not accepted: number with needless zeros"
VERSION = "signature not accepted: unknown version"
HASH = "signature not accepted: hash other than sha256 and sha512"
PURPOSE = "signature not accepted: made for another purpose (namespace) than git"
RESERVED = "signature not accepted: reserved bytes that nothing defines"
UNTOUCHED = "signature not accepted: made by a security key that nobody touched"

FORGERIES = {
    # the frame
    "nothing": Forgery("ed25519", _text(lambda _: b""), NO_FRAME),
    "no header": Forgery("ed25519", _text(lambda text: text.partition(b"\n")[2]), NO_FRAME),
    "no footer": Forgery("ed25519", _text(lambda text: text[: text.index(b"-----END")]), NO_FRAME),
    "footer in the line": Forgery("ed25519", _text(lambda text: text.replace(b"\n-----END", b"-----END")), NO_FRAME),
    "text before": Forgery("ed25519", _text(lambda text: b"\n" + text), NO_FRAME),
    "text after": Forgery("ed25519", _text(lambda text: text + b"Lane: core\n"), NO_FRAME, openssh=True),
    "two empty lines after": Forgery("ed25519", _text(lambda text: text + b"\n\n"), NO_FRAME, openssh=True),
    "second signature": Forgery("ed25519", _text(lambda text: text * 2), NO_FRAME, openssh=True),
    "CR": Forgery("ed25519", _text(lambda text: text.replace(b"\n", b"\r\n")), NO_FRAME, openssh=None),
    "CR inside": Forgery(
        "ed25519", _text(lambda t: t.replace(b"\n", b"\r\n").replace(b"-\r", b"-")), NO_FRAME, openssh=True
    ),
    "empty line": Forgery("ed25519", _text(lambda text: text.replace(b"-\nU", b"-\n\nU")), NO_FRAME, openssh=True),
    "space": Forgery("ed25519", _text(lambda text: text.replace(b"\nU", b"\n U")), NO_FRAME, openssh=True),
    "no base64": Forgery("ed25519", _text(lambda text: text.replace(b"\nU", b"\n*U")), NO_FRAME),
    "url alphabet": Forgery("ed25519", _text(lambda text: text.replace(b"\nU", b"\n-U")), NO_FRAME),
    "padding in the middle": Forgery("ed25519", _text(lambda text: text.replace(b"\nU", b"\n=U")), NOT_BASE64),
    "a letter too much": Forgery("ed25519", _text(lambda text: text.replace(b"\nU", b"\nAU")), NOT_BASE64),
    "unused bits": Forgery(
        "ed25519", _text(lambda t: t[: t.index(b"=\n") - 1] + _next(t) + t[t.index(b"=\n") :]), NOT_BASE64
    ),
    # the blob
    "empty blob": Forgery("ed25519", _blob(lambda _: b"\0"), CUT),
    "other preamble": Forgery(
        "ed25519", _blob(lambda b: b"SSHSIH" + b[6:]), "signature not accepted: not an SSH signature"
    ),
    "version 0": Forgery("ed25519", lambda ana, _: _parts(ana, version=0), VERSION, openssh=True),
    "version 2": Forgery("ed25519", lambda ana, _: _parts(ana, version=2), VERSION),
    "bytes at the end": Forgery("ed25519", _blob(lambda blob: blob + b"\0"), LEFT),
    "a byte short": Forgery("ed25519", _blob(lambda blob: blob[:-1]), CUT),
    "no namespace": Forgery(
        "ed25519", lambda a, _: _parts(a, signed=to_sign(MESSAGE, namespace=b""), namespace=b""), PURPOSE
    ),
    "file namespace": Forgery(
        "ed25519", lambda a, _: _parts(a, signed=to_sign(MESSAGE, namespace=b"file"), namespace=b"file"), PURPOSE
    ),
    "longer namespace": Forgery(
        "ed25519", lambda a, _: _parts(a, signed=to_sign(MESSAGE, namespace=b"git2"), namespace=b"git2"), PURPOSE
    ),
    "namespace with NUL": Forgery(
        "ed25519", lambda a, _: _parts(a, signed=to_sign(MESSAGE, namespace=b"git\0"), namespace=b"git\0"), PURPOSE
    ),
    "namespace and NUL": Forgery("ed25519", lambda a, _: _parts(a, namespace=b"git\0"), PURPOSE, openssh=True),
    "signed as a file": Forgery(
        "ed25519", lambda a, _: _parts(a, signed=to_sign(MESSAGE, namespace=b"file")), NOT_SIGNED
    ),
    "reserved": Forgery("ed25519", lambda ana, _: _parts(ana, reserved=b"Lane: core"), RESERVED, openssh=True),
    "signed reserved": Forgery(
        "ed25519", lambda a, _: _parts(a, signed=to_sign(MESSAGE, reserved=b"x"), reserved=b"x"), RESERVED
    ),
    "sha1": Forgery("ed25519", lambda a, _: _parts(a, signed=to_sign(MESSAGE, digest="sha1"), digest=b"sha1"), HASH),
    "SHA512": Forgery("ed25519", lambda ana, _: _parts(ana, digest=b"SHA512"), HASH),
    "hash and NUL": Forgery("ed25519", lambda a, _: _parts(a, digest=b"sha512\0"), HASH, openssh=True),
    "no hash": Forgery("ed25519", lambda ana, _: _parts(ana, digest=b""), HASH),
    "hash swapped": Forgery("ed25519", lambda ana, _: _parts(ana, digest=b"sha256"), NOT_SIGNED),
    "the message itself": Forgery("ed25519", lambda ana, _: _parts(ana, signed=MESSAGE), NOT_SIGNED),
    # the key
    "somebody else's key": Forgery(
        "ed25519", lambda ana, bob: armoured(wrapped(ana.blob, bob.field(to_sign(MESSAGE)))), NOT_SIGNED
    ),
    "not a key": Forgery("ed25519", lambda a, _: armoured(wrapped(b"", a.field(to_sign(MESSAGE)))), CUT),
    "key with bytes at the end": Forgery(
        "ed25519", lambda a, _: armoured(wrapped(a.blob + b"\0", a.field(to_sign(MESSAGE)))), LEFT
    ),
    "key in another spelling": Forgery(
        "rsa-2048",
        lambda a, _: armoured(wrapped(a.blob.replace(b"\x01\x01\0", b"\x01\x02\0\0", 1), a.field(to_sign(MESSAGE)))),
        ZEROS,
        openssh=True,
    ),
    "the key as RSA with SHA-2": Forgery(
        "rsa-2048",
        lambda a, _: armoured(wrapped(string(b"rsa-sha2-512") + a.blob[11:], a.field(to_sign(MESSAGE)))),
        "signature not accepted: a key of an unknown kind",
        openssh=True,
    ),
    # the signature itself
    "empty field": Forgery("ed25519", _field(lambda _: b""), CUT),
    "field with bytes at the end": Forgery("ed25519", _field(lambda field: field + b"\0"), LEFT),
    "63 bytes": Forgery("ed25519", _field(lambda field: field[:-65] + b"\x3f" + field[-64:-1]), NOT_SIGNED),
    "65 bytes": Forgery("ed25519", _field(lambda field: field[:-65] + b"\x41" + field[-64:] + b"\0"), NOT_SIGNED),
    "no signature": Forgery("ed25519", _field(lambda field: field[:-65] + b"\0"), NOT_SIGNED),
    "all zero": Forgery("ed25519", _field(lambda field: field[:-64] + bytes(64)), NOT_SIGNED),
    "name of another algorithm": Forgery(
        "ed25519",
        lambda ana, _: armoured(sshsig(ana, MESSAGE, algorithm="ssh-rsa")),
        "signature not accepted: signature algorithm `ssh-rsa` for a key of the kind ssh-ed25519",
    ),
    "name and NUL": Forgery(
        "ed25519",
        lambda ana, _: armoured(sshsig(ana, MESSAGE, algorithm="ssh-ed25519\0")),
        "signature not accepted: signature algorithm `ssh-ed25519\0` for a key of the kind ssh-ed25519",
        openssh=True,
    ),
    "RSA with SHA-1": Forgery(
        "rsa-2048",
        lambda ana, _: armoured(sshsig(ana, MESSAGE, algorithm="ssh-rsa")),
        "signature not accepted: signature algorithm `ssh-rsa` for a key of the kind ssh-rsa",
    ),
    "RSA algorithm swapped": Forgery("rsa-2048", _field(lambda f: f.replace(b"sha2-512", b"sha2-256")), NOT_SIGNED),
    "RSA above the modulus": Forgery("rsa-2048", _field(lambda f: f[:-256] + b"\xff" * 256), NOT_SIGNED),
    "RSA empty": Forgery("rsa-2048", _field(lambda f: f[:-260] + bytes(4)), NOT_SIGNED),
    "r and s swapped": Forgery("ecdsa-256", _pair(lambda r, s: (mpint(s), mpint(r))), NOT_SIGNED),
    "r is 0": Forgery("ecdsa-256", _pair(lambda r, s: (mpint(0), mpint(s))), NOT_SIGNED),
    "s is 0": Forgery("ecdsa-256", _pair(lambda r, s: (mpint(r), mpint(0))), NOT_SIGNED),
    "both are 0": Forgery("ecdsa-256", _pair(lambda r, s: (mpint(0), mpint(0))), NOT_SIGNED),
    "r is huge": Forgery("ecdsa-256", _pair(lambda r, s: (mpint(r + 2**8000), mpint(s))), NOT_SIGNED),
    "no s": Forgery("ecdsa-256", _pair(lambda r, s: (mpint(r), b"")), CUT),
    "three numbers": Forgery("ecdsa-256", _pair(lambda r, s: (mpint(r), mpint(s) + mpint(1))), LEFT),
    "negative r": Forgery(
        "ecdsa-256",
        _pair(lambda r, s: (string(b"\xff" + r.to_bytes(32, "big")), mpint(s))),
        "signature not accepted: negative number",
    ),
    "r in another spelling": Forgery(
        "ecdsa-256", _pair(lambda r, s: (_other_spelling(r), mpint(s))), ZEROS, openssh=True
    ),
    "s in another spelling": Forgery(
        "ecdsa-521", _pair(lambda r, s: (mpint(r), _other_spelling(s))), ZEROS, openssh=True
    ),
    # Ed25519
    "R with something of small order": Forgery("ed25519", _twisted, NOT_SIGNED),
    "a signature of more than 64 bytes": Forgery("ed25519", _longer, NOT_SIGNED),
    # security keys
    "untouched Ed25519": Forgery(
        "sk-ed25519", lambda a, _: armoured(sshsig(a, MESSAGE, flags=0x04)), UNTOUCHED, openssh=True
    ),
    "untouched ECDSA": Forgery("sk-ecdsa", lambda a, _: armoured(sshsig(a, MESSAGE, flags=0)), UNTOUCHED, openssh=True),
    "touch claimed": Forgery(
        "sk-ed25519",
        lambda a, _: armoured(wrapped(a.blob, a.field(to_sign(MESSAGE), flags=0)[:-5] + b"\x01\0\0\0\x07")),
        NOT_SIGNED,
    ),
    "counter changed": Forgery("sk-ecdsa", _field(lambda field: field[:-1] + b"\x08"), NOT_SIGNED),
    "no counter": Forgery("sk-ed25519", _field(lambda field: field[:-4]), CUT),
    "no flags": Forgery("sk-ecdsa", _field(lambda field: field[:-5]), CUT),
    "as a plain key": Forgery(
        "sk-ed25519",
        lambda a, _: armoured(wrapped(a.blob, string(b"ssh-ed25519") + string(a.raw(to_sign(MESSAGE))))),
        "signature not accepted: signature algorithm `ssh-ed25519` for a key of the kind sk-ssh-ed25519@openssh.com",
    ),
    "webauthn": Forgery(
        "sk-ecdsa",
        _webauthn,
        "signature not accepted: signature algorithm `webauthn-sk-ecdsa-sha2-nistp256@openssh.com`"
        " for a key of the kind sk-ecdsa-sha2-nistp256@openssh.com",
        openssh=True,
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_forgeries(name: str, signer: Signers, oracle: Oracles) -> None:
    kind, make, reason, openssh = FORGERIES[name]
    ana, bob = signer(kind), signer("ed25519", 1)
    armour = make(ana, bob)
    key, told = check_signature(armour, MESSAGE, {ana.blob, bob.blob})
    assert key is None
    assert told is not None
    assert told.startswith(reason) if reason == NOT_SIGNED else told == reason
    assert openssh is None or oracle(ana, bob).accepts(kind, armour, MESSAGE) == openssh
    assert check_signature(armoured(sshsig(ana, MESSAGE)), MESSAGE, {ana.blob}).key == ana.blob


def test_the_other_spelling_of_an_ed25519_signature(signer: Signers) -> None:
    """S + L solves the same equation; who takes it lets anybody make a second signature out of one."""
    ana = signer("ed25519")
    armour = _malleable(ana, ana)
    raw = parse_signature(armour).field[-64:]
    assert textbook.holds(ana.private.public_key().public_bytes_raw(), raw, to_sign(MESSAGE))
    assert check_signature(armour, MESSAGE, {ana.blob}).key is None
