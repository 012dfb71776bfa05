"""Putting lanegate's file where git looks for a hook, and taking it away so that nothing is lost.

A hook that stands there already is kept under NAME.before-lanegate and runs first (`usecases/shim.py`). Doing it
again changes nothing, and taking it away puts the former file back as it was, mode and link included, since it was
only renamed. The pre-commit program does the same with NAME.legacy; where it has put itself in front of us, our place
is there.
"""

from __future__ import annotations

import filecmp
import os

from lanegate.usecases.shim import BEFORE, FRAMEWORK_MARK, LEGACY, MARK
from lanegate.usecases.whole_file import put_whole

_MODE = 0o755
_HEAD = 256  # bytes of a file that are looked at for our mark


class HookFileError(Exception):
    """A hook file cannot be put in place; the text says why and what to do."""


def is_ours(path: str) -> bool:
    """Whether the file at `path` is one that lanegate wrote."""
    return MARK.encode() in head(path)


def is_frameworks(path: str) -> bool:
    """Whether the file at `path` is one that the pre-commit program wrote."""
    return FRAMEWORK_MARK.encode() in head(path)


def head(path: str, most: int = _HEAD) -> bytes:
    """The first bytes of a file, none if it cannot be read. most: how many."""
    try:
        with open(path, "rb") as file:
            return file.read(most)
    except OSError:
        return b""


def place_of(folder: str, hook: str) -> str | None:
    """The path of our file for a hook: its own name, or NAME.legacy behind pre-commit; None if there is none."""
    path = os.path.join(folder, hook)
    return next((place for place in (path, path + LEGACY) if is_ours(place)), None)


def is_live(path: str) -> bool:
    """Whether git would run the file: it passes over one that is not executable, with no more than advice."""
    return os.path.isfile(path) and os.access(path, os.X_OK)


def put(folder: str, hook: str, text: str) -> str:
    """Let `text` be our file for a hook; what was done, in words. Raises HookFileError, OSError."""
    path = os.path.join(folder, hook)
    ours = place_of(folder, hook)
    if ours is not None:
        as_it_is = _content(ours) == text and is_live(ours)
        if not as_it_is:
            _write(ours, text)
        where = f", behind pre-commit as {hook}{LEGACY}" if ours != path else ""
        return f"lanegate → lanegate{'' if as_it_is else ', renewed'}{where}"
    if not os.path.lexists(path):
        os.makedirs(folder, exist_ok=True)
        _write(path, text)
        return "none → lanegate"
    if os.path.lexists(path + BEFORE) and not _are_same(path, path + BEFORE):
        raise HookFileError(
            f"{path} is not lanegate's, and {hook}{BEFORE} is there already: move one of the two away, then try again"
        )
    os.replace(path, path + BEFORE)
    _write(path, text)
    return f"another hook → lanegate; the other one runs first, as {hook}{BEFORE}"


def take_away(folder: str, hook: str) -> str:
    """Remove our file for a hook and put back what it replaced; what was done, in words. Raises OSError."""
    path = os.path.join(folder, hook)
    ours = place_of(folder, hook)
    if ours is None:
        return "another hook, left alone" if os.path.lexists(path) else "none"
    if not os.path.lexists(path + BEFORE):
        os.unlink(ours)
        return "lanegate → none"
    if ours != path and is_frameworks(path + BEFORE):
        os.unlink(ours)
        os.unlink(path + BEFORE)  # it has put itself back in the first place since
        return "lanegate → pre-commit alone"
    os.replace(path + BEFORE, ours)
    return "lanegate → the hook that stood here before"


def _are_same(one: str, other: str) -> bool:
    """Whether two hooks are the same link or file: whoever manages it has put it back in its place (gitolite setup)."""
    if os.path.islink(one) or os.path.islink(other):
        return os.path.islink(one) and os.path.islink(other) and os.readlink(one) == os.readlink(other)
    return os.stat(one).st_mode == os.stat(other).st_mode and filecmp.cmp(one, other, shallow=False)


def _content(path: str) -> str:
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.read()


def _write(path: str, text: str) -> None:
    put_whole(path, text.encode("utf-8", "surrogateescape"), _MODE)
