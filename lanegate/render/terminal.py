"""What the place can show that text is written to: how wide it is, whether it takes colour and block letters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO
from unicodedata import combining, east_asian_width

from lanegate.core.named_tuple import NamedTuple

_BLOCKS = " ▏▎▍▌▋▊▉█"
GREEN, YELLOW, RED = "\x1b[32m", "\x1b[33m", "\x1b[31m"
_PLAIN = "\x1b[0m"
#: Columns that wrapped text has at least, however narrow the terminal.
_NARROWEST = 20


class Terminal(NamedTuple):
    """width: columns, None where lines may be as long as they are (a pipe, a file)."""

    width: int | None = None
    has_colour: bool = False
    has_blocks: bool = True


def terminal_of(stream: TextIO, environ: Mapping[str, str]) -> Terminal:
    """What `stream` is. NO_COLOR turns colour off, and so does TERM=dumb (no-color.org); FORCE_COLOR, which
    CI servers set whose logs show colour, turns it on without a terminal (force-color.org). COLUMNS says the width of a
    terminal."""
    from shutil import get_terminal_size

    try:
        "█".encode(stream.encoding or "ascii")
        has_blocks = True
    except (UnicodeEncodeError, LookupError):
        has_blocks = False
    may_colour, is_forced = not environ.get("NO_COLOR"), bool(environ.get("FORCE_COLOR"))
    if not stream.isatty():
        return Terminal(None, may_colour and is_forced, has_blocks)
    has_colour = may_colour and (is_forced or environ.get("TERM") != "dumb")
    return Terminal(max(get_terminal_size().columns, 20), has_colour, has_blocks)


def bar(share: float, columns: int, terminal: Terminal) -> str:
    """A bar of a share (0 to 1) of so many columns, filled up with blanks; anything above nothing is seen."""
    eighths = max(round(share * columns * 8), 1 if share > 0 else 0)
    if terminal.has_blocks:
        full, rest = divmod(eighths, 8)
        drawn = _BLOCKS[8] * full + (_BLOCKS[rest] if rest else "")
    else:
        drawn = "#" * -(-eighths // 8)
    padded = drawn.ljust(columns)
    return painted(padded, RED if share > 2 / 3 else YELLOW if share > 1 / 3 else GREEN, terminal)


def painted(text: str, colour: str, terminal: Terminal) -> str:
    """Text in a colour (GREEN, YELLOW, RED), where the terminal has any."""
    return f"{colour}{text}{_PLAIN}" if terminal.has_colour else text


def behind(start: str, text: str, terminal: Terminal | None) -> list[str]:
    """A text behind the start of its line. On a terminal too narrow for it the rest comes below, as far in; broken
    between words, so a path that is longer than that stays whole."""
    indent = columns_of(start)
    if terminal is None or terminal.width is None or indent + columns_of(text) <= terminal.width:
        return [start + text]
    from textwrap import wrap

    room = max(terminal.width - indent, _NARROWEST)
    first, *rest = wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]
    return [start + first, *(" " * indent + line for line in rest)]


def columns_of(text: str) -> int:
    """Columns that a text takes: two for wide letters, none for those that join the one before."""
    return sum(0 if combining(letter) else 2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def fitted(text: str, columns: int | None) -> str:
    """The end of a text in so many columns, with `…` where letters were left out; None: all of it."""
    if columns is None or columns_of(text) <= columns:
        return text
    text = text[-columns:]
    while text and columns_of(text) >= columns:
        text = text[1:]
    return "…" + text
