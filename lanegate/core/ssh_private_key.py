"""Signing as a server does: the private key in a file that OpenSSH wrote, and the signature that git would make by it.

The file (OpenSSH's PROTOCOL.key) says its public half in the clear, and the private one where no passphrase keeps it.
Of that one only Ed25519 is read; whoever has another kind lets git and ssh-keygen sign. Ed25519 signatures are
determined by key and text (RFC 8032), so these are the bytes that `ssh-keygen -Y sign -n git` writes.
"""

from __future__ import annotations

from lanegate.core.named_tuple import NamedTuple
from lanegate.core.ssh_arithmetic import sign_ed25519
from lanegate.core.ssh_signature import armoured, check_signature, signed_bytes
from lanegate.core.ssh_wire import FormatError, Reader, decode_base64, string

_BEGIN, _END = b"-----BEGIN OPENSSH PRIVATE KEY-----", b"-----END OPENSSH PRIVATE KEY-----"
_MAGIC = b"openssh-key-v1\0"
_ED25519 = b"ssh-ed25519"
_HASH = b"sha512"  # what ssh-keygen takes


class PrivateKey(NamedTuple):
    """blob: the encoded public key. secret: of Ed25519, the seed and the public half behind it; None of other kinds."""

    blob: bytes
    secret: bytes | None


def read_private_key(content: bytes) -> PrivateKey:
    """Read the file of a private key. Raises FormatError for one with a passphrase, or of another form."""
    head, *lines = content.rstrip(b"\n").split(b"\n")
    if head != _BEGIN or not lines or lines.pop() != _END:
        raise FormatError("not a private key as OpenSSH writes it")
    reader = Reader(decode_base64(b"".join(lines)))
    if reader.take(len(_MAGIC)) != _MAGIC:
        raise FormatError("not a private key as OpenSSH writes it")
    if reader.string() != b"none":  # the cipher
        raise FormatError("a private key behind a passphrase")
    reader.string(), reader.string()  # of a passphrase
    if reader.number() != 1:
        raise FormatError("a file of several keys")
    blob, private = reader.string(), Reader(reader.string())
    if Reader(blob).string() != _ED25519:
        return PrivateKey(blob, None)
    private.take(8)  # the same number twice, by which a passphrase is known to be right
    kind, point, secret = (private.string() for _ in range(3))
    if blob != string(kind) + string(point) or len(secret) != 64 or secret[32:] != point:
        raise FormatError("a private key whose halves do not belong together")
    return PrivateKey(blob, secret)


def sign(key: PrivateKey, text: bytes) -> bytes:
    """The signature of a text in the namespace `git`, armoured. Raises FormatError where the key has no secret, or what
    it makes is not a signature by its public half: nobody is to see that."""
    if key.secret is None:
        raise FormatError("a key that is not read here cannot sign here")
    field = string(_ED25519) + string(sign_ed25519(key.secret, signed_bytes(_HASH, text)))
    armour = armoured(key.blob, _HASH, field)
    if check_signature(armour, text, (key.blob,)).key is None:
        raise FormatError("the private key does not belong to its public half")
    return armour
