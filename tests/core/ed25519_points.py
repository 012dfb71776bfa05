"""Ed25519 by the textbook (RFC 8032, section 5.1), slow and plain: what a point is, and when a signature is one."""

from __future__ import annotations

from hashlib import sha512

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)

Point = tuple[int, int]
NEUTRAL: Point = (0, 1)


def add(a: Point, b: Point) -> Point:
    mixed = D * a[0] * b[0] * a[1] * b[1] % P
    x = (a[0] * b[1] + b[0] * a[1]) * pow(1 + mixed, P - 2, P) % P
    y = (a[1] * b[1] + a[0] * b[0]) * pow(1 - mixed, P - 2, P) % P
    return x, y


def times(factor: int, point: Point) -> Point:
    result = NEUTRAL
    for bit in bin(factor)[2:]:
        result = add(result, result)
        if bit == "1":
            result = add(result, point)
    return result


def encode(point: Point) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def decode(raw: bytes) -> Point | None:
    """The point of 32 bytes, None where they are none; y may be P or more, as old software has it."""
    number = int.from_bytes(raw, "little")
    y, sign = number % 2**255 % P, number >> 255
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * ROOT_OF_MINUS_1 % P
    if x * x % P != square:
        return None
    return (x if x & 1 == sign else -x % P), y


_base = decode((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
assert _base is not None
BASE: Point = _base


def holds(public: bytes, signature: bytes, data: bytes) -> bool:
    """Whether R + h A = S B, and nothing else: S may be L or more, the key may be anybody's."""
    key, r = decode(public), decode(signature[:32])
    assert key is not None
    assert r is not None
    h = int.from_bytes(sha512(signature[:32] + public + data).digest(), "little") % L
    return add(r, times(h, key)) == times(int.from_bytes(signature[32:], "little"), BASE)


def small_order() -> list[Point]:
    """The eight points that are neutral when doubled three times."""
    found: set[Point] = set()
    y = 2
    while len(found) < 8:
        point = decode(y.to_bytes(32, "little"))
        if point is not None:
            found.add(times(L, point))
        y += 1
    return sorted(found)
