"""Whether a key made a signature: the one place that uses `cryptography` and libsodium, loaded with the first question.

What stands in the signature field, by the kind of the key (all of them read to their last byte):

- `string algorithm`, `string signature`; for security keys then `byte flags`, `uint32 counter`.
- Ed25519 (RFC 8709): 64 bytes. A second half of L or more, the same signature written otherwise, is refused, as
  RFC 8032 asks; OpenSSH does so since 10.4. libsodium (PyNaCl) takes half the time of OpenSSL (cryptography) for it; it
  also refuses an R of small order, which no program makes.
- ECDSA (RFC 5656 section 3.1.2): `mpint r`, `mpint s`, hashed as the curve says.
- RSA (RFC 8332): PKCS #1 v1.5 with `rsa-sha2-256` or `rsa-sha2-512`; `ssh-rsa`, which is SHA-1, is refused. A signature
  shorter than the modulus counts as one with zeros in front, as for OpenSSH: some programs leave them out.
- Security keys (OpenSSH's PROTOCOL.u2f) sign the hash of their application, the flags, the counter and the hash of the
  data. The flag "user present" must be set: somebody touched the key. sshd asks for it at a login (auth2-pubkey.c,
  unless `no-touch-required`); `ssh-keygen -Y verify` does not. The counter is not looked at: nobody here remembers the
  last one. WebAuthn signatures (`webauthn-sk-…`), which a browser makes, are refused.

Arithmetic only: whose key it is and what the bytes mean is decided elsewhere. An error in the library other than "this
is not the signature" is not caught: nothing is decided then.
"""

from __future__ import annotations

from lanegate.core.hashes import sha256
from lanegate.core.message import short
from lanegate.core.remembered import remembered
from lanegate.core.ssh_keys import Ecdsa, Ed25519, PublicKey, Rsa, read_key
from lanegate.core.ssh_wire import FormatError, Reader, string

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cryptography.hazmat.primitives.asymmetric import ec

    #: (signature algorithm, signature, signed bytes): whether it is one; may raise FormatError.
    _Check = Callable[[str, bytes, bytes], bool]

_USER_PRESENT = 0x01
_PLAIN = "ssh-ed25519"
_PLAIN_FRONT = string(_PLAIN.encode()) + (64).to_bytes(4, "big")
_RSA_SIGNATURES = ("rsa-sha2-256", "rsa-sha2-512")


def is_signed_by(blob: bytes, field: bytes, data: bytes) -> bool:
    """Whether `field`, the signature field of an SSH signature, is one of `data` by the key encoded in `blob`.

    Raises FormatError if the blob is no key (core/ssh_keys.py) or the field is not of the form that such a key gives.
    """
    key = read_key(blob)
    if key.algorithm == _PLAIN and field[:-64] == _PLAIN_FRONT:  # as it would be read, for the most common kind
        algorithm, signature = _PLAIN, field[-64:]
    else:
        algorithm, signature, data = _read(key, field, data)
    return _check_of(key)(algorithm, signature, data)


def _read(key: PublicKey, field: bytes, data: bytes) -> tuple[str, bytes, bytes]:
    """(algorithm, signature, what is signed) of a signature field and the data. Raises FormatError."""
    reader = Reader(field)
    algorithm = reader.string().decode("ascii", "backslashreplace")
    if algorithm not in (_RSA_SIGNATURES if isinstance(key.numbers, Rsa) else (key.algorithm,)):
        raise FormatError(f"signature algorithm `{short(algorithm, 60)}` for a key of the kind {key.algorithm}")
    signature = reader.string()
    if key.application is not None:
        data = _signed_by_security_key(key.application, reader, data)
    reader.end()
    return algorithm, signature, data


def _signed_by_security_key(application: bytes, reader: Reader, data: bytes) -> bytes:
    """What a security key signs when it is asked to sign `data`; reads flags and counter."""
    flags, counter = reader.take(1), reader.take(4)
    if not flags[0] & _USER_PRESENT:
        raise FormatError("made by a security key that nobody touched")
    return sha256(application).digest() + flags + counter + sha256(data).digest()


@remembered
def _check_of(key: PublicKey) -> _Check:
    """The check for one key; the library reads the key once."""
    if isinstance(key.numbers, Ed25519):
        return _ed25519(key.numbers)
    if isinstance(key.numbers, Ecdsa):
        return _ecdsa(key.numbers)
    return _rsa(key.numbers)


def sign_ed25519(secret: bytes, data: bytes) -> bytes:
    """The signature of `data`, 64 bytes. secret: seed and public key, which the caller knows to belong together."""
    found = _libsodium()
    if found is None:
        from nacl.bindings import crypto_sign

        return crypto_sign(data, secret)[:64]
    ffi, lib = found
    signed = ffi.new("unsigned char[]", 64 + len(data))
    if lib.crypto_sign(signed, ffi.NULL, data, len(data), secret):
        raise OSError("libsodium cannot be used: crypto_sign failed")
    return bytes(ffi.buffer(signed, 64))


def _ed25519(key: Ed25519) -> _Check:
    opens = _opener()
    point = key.point

    def check(_: str, signature: bytes, data: bytes) -> bool:
        return len(signature) == 64 and opens(signature + data, point)  # the cut between them is ours to keep

    return check


def _opener() -> Callable[[bytes, bytes], bool]:
    """crypto_sign_open(3): whether bytes are a signature and what the key at a point signed with it."""
    found = _libsodium()
    if found is None:
        return _pynacl
    opens, nowhere = found[1].crypto_sign_open, found[0].NULL
    return lambda signed, point: opens(nowhere, nowhere, signed, len(signed), point) == 0


def _libsodium() -> tuple[Any, Any] | None:
    """The module that all of PyNaCl is built on, since PyNaCl's own functions load `typing` and what that needs, 14 ms
    of each push. None where a release of PyNaCl has it elsewhere: then they are asked."""
    try:
        from nacl._sodium import ffi, lib  # type: ignore[import-not-found]

        is_ready, _ = lib.sodium_init() >= 0, (lib.crypto_sign, lib.crypto_sign_open, ffi.NULL)
    except (ImportError, AttributeError):
        return None
    if not is_ready:
        raise OSError("libsodium cannot be used: sodium_init failed")
    return ffi, lib


def _pynacl(signed: bytes, point: bytes) -> bool:
    from nacl.bindings import crypto_sign_open
    from nacl.exceptions import BadSignatureError

    try:
        crypto_sign_open(signed, point)
    except BadSignatureError:
        return False
    return True


def _ecdsa(key: Ecdsa) -> _Check:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    curve: ec.EllipticCurve
    digest: hashes.HashAlgorithm
    curve, digest = {
        32: (ec.SECP256R1(), hashes.SHA256()),
        48: (ec.SECP384R1(), hashes.SHA384()),
        66: (ec.SECP521R1(), hashes.SHA512()),
    }[key.curve.size]
    public = ec.EllipticCurvePublicKey.from_encoded_point(curve, key.point)
    scheme = ec.ECDSA(digest)

    def verify(_: str, signature: bytes, data: bytes) -> None:
        reader = Reader(signature)
        pair = encode_dss_signature(reader.mpint(), reader.mpint())
        reader.end()
        public.verify(pair, data, scheme)

    return _answered(verify)


def _rsa(key: Rsa) -> _Check:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

    public = RSAPublicNumbers(key.exponent, key.modulus).public_key()
    size = (key.modulus.bit_length() + 7) // 8
    padding = PKCS1v15()
    digests = {"rsa-sha2-256": hashes.SHA256(), "rsa-sha2-512": hashes.SHA512()}

    def verify(algorithm: str, signature: bytes, data: bytes) -> None:
        public.verify(signature.rjust(size, b"\0"), data, padding, digests[algorithm])

    return _answered(verify)


def _answered(verify: Callable[[str, bytes, bytes], None]) -> _Check:
    """The check that asks a function which raises InvalidSignature."""
    from cryptography.exceptions import InvalidSignature

    def check(algorithm: str, signature: bytes, data: bytes) -> bool:
        try:
            verify(algorithm, signature, data)
        except InvalidSignature:
            return False
        return True

    return check
