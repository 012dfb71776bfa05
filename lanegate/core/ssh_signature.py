"""SSH signatures of text (OpenSSH's PROTOCOL.sshsig), as git stores them in a commit: whose signature is this?

    -----BEGIN SSH SIGNATURE-----
    base64 of: "SSHSIG", uint32 version 1, string public key, string namespace "git", string reserved,
               string hash ("sha256" or "sha512"), string signature
    -----END SSH SIGNATURE-----

What is signed is not the text but "SSHSIG", the namespace, reserved, the name of the hash, and the text's hash.

There is one question, and it needs the keys that count: a good signature by any other key is no answer (`ssh-keygen -Y
check-novalidate` has no counterpart here). The key is looked up before any arithmetic, byte by byte.

Stricter than `ssh-keygen -Y verify`, each time so that nothing unsigned can be added to a signature or changed in it:

- The base64 is lines of its alphabet that end in a line feed, of any length: no CR, no spaces, no empty lines. After
  the footer there is at most one empty line, which libgit2 writes; OpenSSH ignores whatever follows.
- Version 1, not 0.
- `reserved` is empty, as every program writes it. The specification has it ignored, so it could hold anything.
- Names have no NUL at their end, numbers no zeros in front (core/ssh_wire.py), and the key is spelt as the policy has
  it (OpenSSH knows an RSA key under `rsa-sha2-512` again).
- The key is one that core/ssh_keys.py takes, and what a security key signed was touched for (core/ssh_arithmetic.py).

One thing anybody can change: of an ECDSA signature (r, s) the mirror (r, -s) is good too. Honest signers make both.
"""

from __future__ import annotations

from binascii import b2a_base64

from lanegate.core.hashes import sha256, sha512
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.remembered import remembered
from lanegate.core.ssh_arithmetic import is_signed_by
from lanegate.core.ssh_keys import fingerprint, read_key
from lanegate.core.ssh_wire import FormatError, Reader, decode_base64, string

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container

#: The only namespace whose signatures count: a signature of a file (`-n file`) says nothing about a commit.
NAMESPACE = b"git"

_PREAMBLE = b"SSHSIG"
_HASHES = {b"sha256": sha256, b"sha512": sha512}
#: By the name of the hash, what is signed in front of the text's hash.
_SIGNED = {
    name: b"".join((_PREAMBLE, *map(string, (NAMESPACE, b"", name)), made().digest_size.to_bytes(4, "big")))
    for name, made in _HASHES.items()
}
#: Bytes of an Ed25519 signature.
_TAIL = 64
_BEGIN, _END = b"-----BEGIN SSH SIGNATURE-----\n", b"-----END SSH SIGNATURE-----"
_COLUMNS = 70
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
#: How git tells the kinds apart (gpg-interface.c).
_OTHER_KINDS = (
    (b"-----BEGIN PGP ", "OpenPGP"),
    (b"-----BEGIN SIGNED MESSAGE-----", "X.509"),
)


class Signature(NamedTuple):
    """key: the encoded public key that it claims. hash: name of the hash. field: the signature itself, encoded."""

    key: bytes
    hash: bytes
    field: bytes


class Checked(NamedTuple):
    """key: the encoded key that made the signature, one of the known ones; None if none did, and `reason` says why."""

    key: bytes | None
    reason: str | None = None


def check_signature(armour: bytes, message: bytes, known: Container[bytes]) -> Checked:
    """Which of the `known` keys (encoded, from core/ssh_keys.py) made a signature of `message` in the namespace `git`.

    armour: the signature as text. There is an answer for any armour and any message.
    """
    for start, kind in _OTHER_KINDS:
        if armour.startswith(start):
            return Checked(None, f"signed with {kind}, and only SSH signatures count")
    try:
        signature = parse_signature(armour)
        if signature.key not in known:
            read_key(signature.key)  # what could never be known is told as what it is, such as a certificate
            return Checked(None, f"signed by the key {fingerprint(signature.key)}, which the policy does not name")
        if is_signed_by(signature.key, signature.field, signed_bytes(signature.hash, message)):
            return Checked(signature.key)
    except FormatError as wrong:
        return Checked(None, f"signature not accepted: {wrong}")
    return Checked(None, f"not a signature of this commit by the key {fingerprint(signature.key)}")


def signed_bytes(name: bytes, message: bytes) -> bytes:
    """What is signed of a message in the namespace `git`. name: of a hash, `sha256` or `sha512`."""
    return _SIGNED[name] + _HASHES[name](message).digest()


def armoured(key: bytes, name: bytes, field: bytes) -> bytes:
    """A signature as text, as ssh-keygen writes it; `parse_signature` reads it. key: encoded. name: of the hash. field:
    the signature, encoded."""
    blob = b"".join((_PREAMBLE, (1).to_bytes(4, "big"), *map(string, (key, NAMESPACE, b"", name, field))))
    text = b2a_base64(blob, newline=False)
    lines = [text[start : start + _COLUMNS] for start in range(0, len(text), _COLUMNS)]
    return _BEGIN + b"".join([line + b"\n" for line in lines]) + _END + b"\n"


def parse_signature(armour: bytes) -> Signature:
    """Read a signature in the namespace `git`, without asking whether it is one. Raises FormatError."""
    blob = decode_base64(_framed(armour))
    front = _front(blob[:-_TAIL])
    return _read(blob) if front is None else Signature(front.key, front.hash, front.field + blob[-_TAIL:])


@remembered
def _front(blob: bytes) -> Signature | None:
    """What a signature says whose last bytes, _TAIL of them, are missing; `field` without them. None where it says
    nothing, or they are not all of the field: then their value could matter.

    All that a key ever signed with Ed25519 has the same front, and is read once.
    """
    try:
        signature = _read(blob + bytes(_TAIL))
    except FormatError:
        return None
    return signature._replace(field=signature.field[:-_TAIL]) if len(signature.field) >= _TAIL else None


def _read(blob: bytes) -> Signature:
    """Read a signature without its armour. Raises FormatError."""
    reader = Reader(blob)
    if reader.take(len(_PREAMBLE)) != _PREAMBLE:
        raise FormatError("not an SSH signature")
    if reader.number() != 1:
        raise FormatError("unknown version")
    key, namespace, reserved, name, field = [reader.string() for _ in range(5)]
    reader.end()
    if namespace != NAMESPACE:
        raise FormatError("made for another purpose (namespace) than git")
    if reserved:
        raise FormatError("reserved bytes that nothing defines")
    if name not in _HASHES:
        raise FormatError("hash other than sha256 and sha512")
    return Signature(key, name, field)


def _framed(armour: bytes) -> bytes:
    """The base64 in an armour, without its line feeds. Raises FormatError."""
    lines, end, after = armour.removeprefix(_BEGIN).partition(_END)
    is_framed = armour.startswith(_BEGIN) and end and after in (b"", b"\n", b"\n\n")
    is_lines = lines.endswith(b"\n") and not lines.startswith(b"\n") and b"\n\n" not in lines
    text = lines.replace(b"\n", b"")
    if not is_framed or not is_lines or text.strip(_LETTERS):
        raise FormatError("not an SSH signature in its frame")
    return text
