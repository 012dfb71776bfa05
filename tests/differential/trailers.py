"""lanegate's trailers, read from a raw commit message as docs/judgement.md, section "Messages", says."""

from __future__ import annotations

import re

OURS = (b"lane", b"task", b"assumption", b"reconciled", b"reverts")
TRAILER = re.compile(rb"([A-Za-z][A-Za-z0-9-]*): +([^ ].*)", re.DOTALL)
CHERRY_PICKED = re.compile(rb"\(cherry picked from commit [0-9a-f]+\)")
CONTROL = re.compile(rb"[\x00-\x1f\x7f]")

Trailers = list[tuple[bytes, bytes]]


def paragraphs(message: bytes) -> list[list[bytes]]:
    """Runs of lines that are not empty."""
    found: list[list[bytes]] = [[]]
    for line in message.split(b"\n"):
        if line:
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return [paragraph for paragraph in found if paragraph]


def read_trailers(message: bytes) -> Trailers | None:
    """Trailers in order, tokens in lower case. Empty: there is no trailer paragraph. None: one of ours is folded or
    holds a control character, which is LG201 whatever else stands there."""
    found = paragraphs(message)
    if len(found) < 2:
        return []
    trailers: Trailers = []
    is_trailer_paragraph = True
    before: bytes | None = None
    for line in found[-1]:
        if line[:1] in (b" ", b"\t"):
            if before in OURS:
                return None
            is_trailer_paragraph &= before is not None and not CONTROL.search(line[1:])
            continue
        before = None
        match = TRAILER.fullmatch(line)
        if match is None:
            is_trailer_paragraph &= CHERRY_PICKED.fullmatch(line) is not None
            continue
        before, value = match[1].lower(), match[2]
        if CONTROL.search(value):
            if before in OURS:
                return None
            is_trailer_paragraph = False
        trailers.append((before, value))
    return trailers if is_trailer_paragraph else []


def values(trailers: Trailers, token: bytes) -> list[bytes]:
    return [value for name, value in trailers if name == token]


def subject(message: bytes) -> bytes:
    """The first line of the message as it is stored."""
    return message.split(b"\n", 1)[0]
