"""Work in another process: its answer, or the work done here after all."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from lanegate.git import beside
from lanegate.git.beside import Beside

HERE = os.getpid()


pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """pytest's own threads do no harm to what is done here."""
    monkeypatch.setattr(beside, "may_fork", lambda: True)


def where() -> bool:
    """Whether this is the process that asked."""
    return os.getpid() == HERE


def test_it_is_done_elsewhere_and_ends() -> None:
    large = b"x" * (1 << 20)  # more than a pipe holds
    with Beside(lambda: (where(), large)) as other:
        assert other.result() == (False, large)
    with pytest.raises(ChildProcessError):
        os.waitpid(other.pid, 0)


def failing() -> bool:
    if not where():
        raise ValueError
    return True


def killed() -> bool:
    if not where():
        os.kill(os.getpid(), signal.SIGKILL)
    return True


def unspeakable() -> object:
    return True if where() else object()


@pytest.mark.parametrize("work", [failing, killed, unspeakable])
def test_what_fails_there_is_done_here(work: object, capfd: pytest.CaptureFixture[str]) -> None:
    with Beside(work) as other:  # type: ignore[arg-type]
        assert other.result() is True
    assert capfd.readouterr() == ("", "")


def test_an_error_is_met_here() -> None:
    def work() -> None:
        raise KeyError("both")

    with Beside(work) as other, pytest.raises(KeyError):
        other.result()


def test_what_nobody_waits_for_is_killed() -> None:
    with Beside(signal.pause) as other:
        os.kill(other.pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(other.pid, 0)


def test_nothing_is_forked_beside_threads_or_on_one_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    waiting = threading.Event()
    thread = threading.Thread(target=waiting.wait)
    thread.start()
    with Beside(where) as other:
        assert other.result() is True
    waiting.set()
    thread.join()
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    with Beside(where) as other:
        assert other.result() is True
