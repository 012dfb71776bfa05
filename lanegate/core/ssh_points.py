"""Which points of an elliptic curve can be a public key: those on the curve that do not belong to everybody.

Pure arithmetic, so that a policy with a useless or dangerous key is refused when it is loaded, without a library.

- NIST curves (FIPS 186-4, D.1.2): y^2 = x^3 - 3x + b. A point that is not on the curve verifies nothing.
- Ed25519 (RFC 8032): -x^2 + y^2 = 1 + d x^2 y^2, a point written as y and the sign of x. Eight points have a small
  order: for them anybody can make a signature of any text. Nobody's key generator yields one, but somebody may offer
  one as "my key" and say later "it was not me". OpenSSH refuses one of the eight, since 10.4.
"""

from __future__ import annotations

from lanegate.core.named_tuple import NamedTuple


class Curve(NamedTuple):
    """name: as SSH writes it. size: bytes of a coordinate. prime, b: of the equation above."""

    name: bytes
    size: int
    prime: int
    b: int


NISTP256 = Curve(
    b"nistp256",
    32,
    2**256 - 2**224 + 2**192 + 2**96 - 1,
    0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
)
NISTP384 = Curve(
    b"nistp384",
    48,
    2**384 - 2**128 - 2**96 + 2**32 - 1,
    0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
)
NISTP521 = Curve(
    b"nistp521",
    66,
    2**521 - 1,
    0x0051953EB9618E1C9A1F929A21A0B68540EEA2DA725B99B315F3B8B489918EF109E156193951EC7E937B1652C0BD3BB1BF073573DF883D2C34F1EF451FD46B503F00,
)

_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P


def is_on_curve(curve: Curve, point: bytes) -> bool:
    """Whether `point` is one of the curve, written as SEC 1 writes it uncompressed: 4, x, y."""
    if len(point) != 1 + 2 * curve.size or point[0] != 4:
        return False
    x = int.from_bytes(point[1 : 1 + curve.size], "big")
    y = int.from_bytes(point[1 + curve.size :], "big")
    return max(x, y) < curve.prime and (y * y - (x * x - 3) * x - curve.b) % curve.prime == 0


def is_strong_ed25519(point: bytes) -> bool:
    """Whether 32 bytes are a point of Ed25519, in its one canonical spelling, that is not of small order."""
    y = int.from_bytes(point, "little") & (2**255 - 1)
    square = y * y % _P
    # of order 4 are the points with y = 0, of order 8 those that doubling takes there
    if not 0 < y < _P or (_D * square + 2) * square % _P == 1:
        return False
    # x^2 is over / under: a root other than 0 (order 1 and 2) is there if over * under has one (Euler's criterion)
    over, under = square - 1, _D * square + 1
    return pow(over * under, (_P - 1) // 2, _P) == 1
