"""Commit messages: the strict trailer parser (docs/judgement.md, "Messages"; R-C06).

Parsers of trailers disagree (git's own counts a paragraph with a quarter of trailers, folds lines, stops at `---`), so
this one takes the narrowest reading, on bytes as git stores them: the last paragraph, never the first one, and every
line of it a trailer. What is lanegate's own may not be folded and may not hold a control character.
"""

from __future__ import annotations

from typing import NamedTuple

OWN_TOKENS = (b"lane", b"task", b"assumption", b"reconciled", b"reverts")
_TOKEN_LETTERS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")
_CHERRY_PICKED = b"(cherry picked from commit "
_HEX = frozenset(b"0123456789abcdef")


class Trailers(NamedTuple):
    """lanegate's trailers by lower-case token, in order. `broken`: why one of them cannot be read, None if all can."""

    values: tuple[tuple[bytes, bytes], ...] = ()
    broken: str | None = None

    def of(self, token: bytes) -> tuple[str, ...]:
        """Values of a token (lower case), bytes that are not UTF-8 replaced (no such value is ever an id)."""
        return tuple(value.decode("utf-8", "replace") for name, value in self.values if name == token)


def subject(message: bytes) -> str:
    """First line of a message, for people."""
    return message.lstrip(b"\n").split(b"\n", 1)[0].decode("utf-8", "replace")


def read_trailers(message: bytes) -> Trailers:
    """lanegate's trailers of a raw commit message; none where the last paragraph is not made of trailers only."""
    lines = message.rstrip(b"\n").split(b"\n")
    start = len(lines)
    while start and lines[start - 1]:
        start -= 1
    if not any(lines[:start]):  # the only paragraph is the subject
        return Trailers()
    found: list[tuple[bytes, bytes]] = []
    broken: str | None = None
    last: bytes | None = None
    for line in lines[start:]:
        if line[:1] in (b" ", b"\t"):
            if last is None:
                return Trailers()
            if last in OWN_TOKENS:
                broken = f"trailer {last.decode().capitalize()} is folded over several lines"
            continue
        token, value = _split(line)
        if token is None:
            return Trailers()
        last = token
        if token in OWN_TOKENS:
            if _has_control(value):
                broken = f"trailer {token.decode().capitalize()} holds a control character"
            found.append((token, value))
    return Trailers(tuple(found), broken)


def _split(line: bytes) -> tuple[bytes | None, bytes]:
    """(lower-case token, value) of one trailer line, (None, …) where it is none."""
    if line.startswith(_CHERRY_PICKED) and line.endswith(b")") and _HEX.issuperset(line[len(_CHERRY_PICKED) : -1]):
        return b"(cherry picked", b""
    token, colon, value = line.partition(b":")
    if not colon or not token or not value.startswith(b" ") or not _TOKEN_LETTERS.issuperset(token):
        return None, b""
    if not token[:1].isalpha():
        return None, b""
    return token.lower(), value.strip(b" ")


def _has_control(value: bytes) -> bool:
    return any(byte < 32 or byte == 127 for byte in value)
