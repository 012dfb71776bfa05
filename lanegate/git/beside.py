"""Work that another process does while this one goes on, for hooks: without all that `concurrent.futures` loads.

The process is forked, so that it has whatever this one has. It answers with plain values (`marshal`) through a pipe.
Whatever stops it, this one then does the work itself, and meets the same error: nothing counts as done that is not.

Limits: POSIX. Nothing is forked where other threads run (fork(2): they would be gone, and the locks that they hold
would stay), or where there is one processor only. The deadline of this process ends the other one with it; where this
one is killed, the other one's own limit does.
"""

from __future__ import annotations

import _thread
import marshal
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
    from typing import Any
else:
    import _signal as signal  # what the module `signal` wraps in enums, which takes longer than judging a small push

#: Seconds after which the other process is ended.
MOST_SECONDS = 300
_CHUNK = 1 << 20


class Beside:
    """Starts `work` in another process. Use as a context manager; what still works at the end is killed.

    work: gives values that marshal takes; it opens what it reads from itself, since files of this process are shared.
    """

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        #: Of the other process, 0 where there is none.
        self.pid, self._pipe = 0, -1
        self._is_over = True
        if not may_fork():
            return
        self._pipe, end = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            _answer(work, end)
        self._is_over = False
        os.close(end)

    def result(self) -> Any:
        """What the work gives, done here where the other process failed. Raises what it raises."""
        answer = b"".join(iter(lambda: os.read(self._pipe, _CHUNK), b"")) if self.pid else b""
        is_done = self.pid and self._wait() == 0
        return marshal.loads(answer) if is_done else self._work()  # noqa: S302 (our own process wrote it)

    def _wait(self) -> int:
        _, status = os.waitpid(self.pid, 0)
        self._is_over = True
        return status

    def __enter__(self) -> Beside:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._is_over:
            os.kill(self.pid, signal.SIGKILL)
            self._wait()
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1


def may_fork() -> bool:
    """Whether there is no other thread, and another processor."""
    return not _thread._count() and (os.cpu_count() or 1) > 1


def _answer(work: Callable[[], Any], end: int) -> None:
    """The other process: never returns."""
    status = 1
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(MOST_SECONDS)
        left = memoryview(marshal.dumps(work()))
        while left:
            left = left[os.write(end, left) :]
        status = 0
    except BaseException:  # noqa: S110 (whoever asked does the work again, and tells of it)
        pass
    finally:
        os._exit(status)
