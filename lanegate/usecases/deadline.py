"""A deadline for the whole process: git servers kill a hook that takes too long, or let the push through."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from types import FrameType, TracebackType
else:
    import _signal as signal  # what the module `signal` wraps in enums, which takes longer than judging a small push


class DeadlineError(Exception):
    """The time for a decision is over (LG905)."""


class Deadline:
    """Raises DeadlineError inside its `with` block once `seconds` of wall time are over."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        self._former = signal.signal(signal.SIGALRM, self._over)
        # again and again: Python drops what a __del__ raises
        signal.setitimer(signal.ITIMER_REAL, self._seconds, 1.0)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._former)

    def _over(self, _signal: int, _frame: FrameType | None) -> None:
        raise DeadlineError(f"no decision within {self._seconds:g} seconds (lanegate.deadline)")
