"""SSH public keys as a policy writes them: `ssh-ed25519 AAAA… comment`, read strictly.

A key here is one that somebody may sign with, so it is a plain public key and nothing around it: no options, no
certificate (whoever holds the certifying key could make new ones that no policy names). Kinds:

| algorithm | key | refused |
|---|---|---|
| `ssh-ed25519` | Ed25519 | points that are none, or that everybody can sign for |
| `ecdsa-sha2-nistp256`, `-384`, `-521` | ECDSA | another curve than the name says, points not on it, compressed ones |
| `ssh-rsa` | RSA | under 2048 or over 16384 bits, exponents even, under 17 or over 32 bits |
| `sk-ssh-ed25519@openssh.com` | Ed25519 on a security key | as above; applications that are not `ssh:…` |
| `sk-ecdsa-sha2-nistp256@openssh.com` | ECDSA on a security key | the same |

DSA is refused: its signatures are made with SHA-1. Sources: RFC 4253 section 6.6, RFC 5656 section 3.1, RFC 8709,
OpenSSH's PROTOCOL.u2f; 2048 bits are what `ssh-keygen` and NIST SP 800-131A ask for, 16384 are OpenSSL's limit, and
exponents as small as 3 have had forged signatures (CVE-2006-4339).

Reading a key needs no library. Two keys are the same when their blobs are: each key has one spelling here.
"""

from __future__ import annotations

from lanegate.core.message import short
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.remembered import remembered
from lanegate.core.ssh_points import NISTP256, NISTP384, NISTP521, Curve, is_on_curve, is_strong_ed25519
from lanegate.core.ssh_wire import FormatError, Reader, decode_base64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_RSA_BITS = range(2048, 16384 + 1)
_RSA_EXPONENTS = range(17, 2**32)


class Ed25519(NamedTuple):
    point: bytes


class Ecdsa(NamedTuple):
    """point: as SEC 1 writes it, uncompressed."""

    curve: Curve
    point: bytes


class Rsa(NamedTuple):
    exponent: int
    modulus: int


class PublicKey(NamedTuple):
    """What a blob says. application: what the security key mixes into its signatures, None where there is none."""

    algorithm: str
    numbers: Ed25519 | Ecdsa | Rsa
    application: bytes | None = None


class KeyLine(NamedTuple):
    """A key as a policy writes it, made by `parse_key_line`. blob: the encoded key, which tells it from all others."""

    algorithm: str
    blob: bytes
    comment: str = ""

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.blob)


def fingerprint(blob: bytes) -> str:
    """`SHA256:…` of an encoded key, as `ssh-keygen -lf` prints it."""
    from binascii import b2a_base64

    from lanegate.core.hashes import sha256

    return "SHA256:" + b2a_base64(sha256(blob).digest(), newline=False).decode().rstrip("=")


def parse_key_line(line: str) -> KeyLine:
    """Read `algorithm base64 comment`, one space between them; the comment may be missing.

    Raises FormatError with one line that says what is wrong.
    """
    if "PRIVATE KEY-----" in line:
        raise FormatError("this is a private key: take it out and make a new one, and give the line of its .pub file")
    if not line.isprintable():
        raise FormatError("control character in a key line")
    algorithm, _, rest = line.partition(" ")
    text, _, comment = rest.partition(" ")
    if algorithm not in _READERS:
        found = (
            f"expected a key line such as `ssh-ed25519 AAAA… comment`, without options; found `{short(algorithm, 40)}`"
        )
        raise FormatError(_refused(algorithm) or found)
    if not text:
        raise FormatError("expected `algorithm base64 comment` with one space between them")
    blob = decode_base64(text.encode())
    named = read_key(blob).algorithm
    if named != algorithm:
        raise FormatError(f"the line says {algorithm}, the key in it is {named}")
    return KeyLine(algorithm, blob, comment)


def known_key(line: str) -> bytes:
    """The encoded key of a line of a policy, which `parse_key_line` took when that was read: whether it is a strong one
    is then not asked again, a tenth of a millisecond for each key of each person."""
    return decode_base64(line.split(" ", 2)[1].encode())


@remembered
def read_key(blob: bytes) -> PublicKey:
    """Read an encoded public key (RFC 4253 section 6.6). Raises FormatError."""
    reader = Reader(blob)
    algorithm = reader.string().decode("ascii", "backslashreplace")
    if algorithm not in _READERS:
        raise FormatError(_refused(algorithm) or "a key of an unknown kind")
    numbers = _READERS[algorithm](reader)
    application = _application(reader) if algorithm.startswith("sk-") else None
    reader.end()
    return PublicKey(algorithm, numbers, application)


def _refused(algorithm: str) -> str | None:
    """Why keys of an algorithm are not taken, where it is a known one."""
    if algorithm.endswith("-cert-v01@openssh.com"):
        return "certificates are not accepted, only plain keys"
    return "DSA keys are not accepted" if algorithm == "ssh-dss" else None


def _ed25519(reader: Reader) -> Ed25519:
    point = reader.string()
    if len(point) != 32:
        raise FormatError("an Ed25519 key has 32 bytes")
    if not is_strong_ed25519(point):
        raise FormatError("not an Ed25519 key that only one person can sign with")
    return Ed25519(point)


def _ecdsa(curve: Curve) -> Callable[[Reader], Ecdsa]:
    def read(reader: Reader) -> Ecdsa:
        if reader.string() != curve.name:
            raise FormatError("the curve is not the one of the algorithm")
        point = reader.string()
        if not is_on_curve(curve, point):
            raise FormatError("not a point of the curve, uncompressed")
        return Ecdsa(curve, point)

    return read


def _rsa(reader: Reader) -> Rsa:
    exponent, modulus = reader.mpint(), reader.mpint()
    if modulus.bit_length() not in _RSA_BITS:
        raise FormatError(
            f"an RSA key has {_RSA_BITS[0]} to {_RSA_BITS[-1]} bits, this one {modulus.bit_length()}; make a new one"
        )
    if modulus % 2 == 0 or exponent % 2 == 0 or exponent not in _RSA_EXPONENTS:
        raise FormatError("not the numbers of a sound RSA key")
    return Rsa(exponent, modulus)


def _application(reader: Reader) -> bytes:
    """`ssh:…`, as ssh-keygen makes them: a key made for a web site is not one for signing commits."""
    application = reader.string()
    if not application.startswith(b"ssh:"):
        raise FormatError("a security key that was not made for SSH")
    return application


_READERS: Mapping[str, Callable[[Reader], Ed25519 | Ecdsa | Rsa]] = {
    "ssh-ed25519": _ed25519,
    "ecdsa-sha2-nistp256": _ecdsa(NISTP256),
    "ecdsa-sha2-nistp384": _ecdsa(NISTP384),
    "ecdsa-sha2-nistp521": _ecdsa(NISTP521),
    "ssh-rsa": _rsa,
    "sk-ssh-ed25519@openssh.com": _ed25519,
    "sk-ecdsa-sha2-nistp256@openssh.com": _ecdsa(NISTP256),
}
