"""Processes that work aside, for whoever has more to judge than one can.

Forked, so that they inherit what was read. They make way for the one that started them: it gathers what they find, in
its order, and what it does in between nobody can take from it; with as many of them as there are cores, and an equal
share of the time for each, it would be the last to end, alone.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

#: What is needed first, and what can wait for it (nice(2)).
SOON, LATER = 5, 10


def processes(jobs: int, way: int, start: Callable[..., Any] | None = None, *given: Any) -> ProcessPoolExecutor:
    """So many processes that make way by `way`, SOON or LATER; each begins with `start(*given)`, if that is given."""
    return ProcessPoolExecutor(jobs, mp_context=get_context("fork"), initializer=_begin, initargs=(way, start, given))


def _begin(way: int, start: Callable[..., Any] | None, given: tuple[Any, ...]) -> None:
    os.nice(way)
    if start is not None:
        start(*given)
