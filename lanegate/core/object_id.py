"""How git writes the id of an object in full (gitformat-hash-function-transition: SHA-1 or SHA-256, in hex)."""

from __future__ import annotations

_HEX = frozenset("0123456789abcdef")


def is_full_id(text: str) -> bool:
    """Whether this is a full object id: 40 or 64 lower-case hex digits."""
    return len(text) in (40, 64) and _HEX.issuperset(text)
