"""A deadline for the whole process: git servers kill a hook that takes too long, or let the push through."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from lanegate.usecases.undecided import DeadlineError


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise DeadlineError in here once `seconds` of wall time are over."""

    def over(_signal: int, _frame: FrameType | None) -> None:
        raise DeadlineError(f"no decision within {seconds:g} seconds (lanegate.deadline)")

    former = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)  # again and again: Python drops what a __del__ raises
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)
