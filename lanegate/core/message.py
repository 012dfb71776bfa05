"""Commit messages: the strict trailer parser (docs/judgement.md, "Messages"; R-C06).

Parsers of trailers disagree (git's own counts a paragraph with a quarter of trailers, folds lines, stops at `---`), so
this one takes the narrowest reading, on bytes as git stores them: the last paragraph, never the first one, and every
line of it a trailer. What is lanegate's own may not be folded and may not hold a control character.
"""

from __future__ import annotations

from lanegate.core.named_tuple import NamedTuple

OWN_TOKENS = (b"lane", b"task", b"assumption", b"reconciled", b"reverts")
_TOKEN_LETTERS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")
_MARKS = tuple([token + b":" for token in OWN_TOKENS])
_CHERRY_PICKED = b"(cherry picked from commit "
_HEX = frozenset(b"0123456789abcdef")


class Trailers(NamedTuple):
    """lanegate's trailers by lower-case token, in order. `broken`: why one of them cannot be read, None if all can."""

    values: tuple[tuple[bytes, bytes], ...] = ()
    broken: str | None = None

    def of(self, token: bytes) -> tuple[str, ...]:
        """Values of a token (lower case), bytes that are not UTF-8 replaced (no such value is ever an id)."""
        return tuple(value.decode("utf-8", "replace") for name, value in self.values if name == token)


_NONE = Trailers()


def subject(message: bytes) -> str:
    """First line of a message as stored."""
    return message.split(b"\n", 1)[0].decode("utf-8", "replace")


def short(text: str, most: int = 80) -> str:
    """What a pusher wrote, cut so that no answer grows with it."""
    return text if len(text) <= most else text[: most - 1] + "…"


def read_trailers(message: bytes) -> Trailers:
    """lanegate's trailers of a raw commit message; none where the last paragraph is not made of trailers only."""
    folded = message.lower()
    for mark in _MARKS:
        if mark in folded:
            break
    else:
        return _NONE
    before, _, paragraph = message.rstrip(b"\n").rpartition(b"\n\n")
    if not before.strip(b"\n"):  # the only paragraph is the subject
        return Trailers()
    found: list[tuple[bytes, bytes]] = []
    broken: str | None = None
    last: bytes | None = None
    for line in paragraph.split(b"\n"):
        if line[:1] in (b" ", b"\t"):
            if last is None or _has_control(line[1:]):
                return Trailers()
            if last in OWN_TOKENS:
                broken = f"trailer {last.decode().capitalize()} is folded over several lines"
            continue
        if _is_cherry_pick(line):
            last = None
            continue
        token, value = _split(line)
        last = token
        if token in OWN_TOKENS:
            found.append((token, value))
            if _has_control(value):
                broken = f"trailer {token.decode().capitalize()} holds a control character"
        elif not token or _has_control(value):
            return Trailers()
    return Trailers(tuple(found), broken)


def _is_cherry_pick(line: bytes) -> bool:
    """What `git cherry-pick -x` adds."""
    return line.startswith(_CHERRY_PICKED) and line.endswith(b")") and _HEX.issuperset(line[len(_CHERRY_PICKED) : -1])


def _split(line: bytes) -> tuple[bytes, bytes]:
    """(lower-case token, value) of one trailer line; an empty token where it is none."""
    token, _, rest = line.partition(b":")
    value = rest.lstrip(b" ")
    if not value or value == rest or not token[:1].isalpha() or not _TOKEN_LETTERS.issuperset(token):
        return b"", b""
    return token.lower(), value


def _has_control(value: bytes) -> bool:
    return any(byte < 32 or byte == 127 for byte in value)
