"""How long, as people type it: `90s`, `30m`, `4h`, `1h30m`, `2d`."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError

from lanegate.core.lock_record import MAX_LEASE

_SHAPE = re.compile(r"(?:(?P<d>\d{1,6})d)?(?:(?P<h>\d{1,6})h)?(?:(?P<m>\d{1,6})m)?(?:(?P<s>\d{1,6})s)?", re.ASCII)
_SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}


def seconds_meant(text: str) -> int:
    """The seconds that a text such as `1h30m` means. Raises ArgumentTypeError, which argparse tells."""
    found = _SHAPE.fullmatch(text)
    if found is None or not text:
        raise ArgumentTypeError(f"{text!r} is no duration such as 90s, 30m, 4h or 1h30m")
    return sum(int(number) * _SECONDS[unit] for unit, number in found.groupdict().items() if number)


def lease_meant(text: str) -> int:
    """`seconds_meant` of a lease. Raises ArgumentTypeError."""
    seconds = seconds_meant(text)
    if not 1 <= seconds <= MAX_LEASE:
        raise ArgumentTypeError(f"a lease lasts from a second to {MAX_LEASE // _SECONDS['d']}d")
    return seconds
