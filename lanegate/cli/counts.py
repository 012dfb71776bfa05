"""How many of a list are shown, as people type it."""

from __future__ import annotations


def count_meant(text: str) -> int:
    """A number, at least 1. Raises ValueError, which argparse tells."""
    return _at_least(1, text)


def limit_meant(text: str) -> int:
    """A number, 0 for no limit. Raises ValueError, which argparse tells."""
    return _at_least(0, text)


def _at_least(least: int, text: str) -> int:
    number = int(text)
    if number < least:
        raise ValueError(text)
    return number
