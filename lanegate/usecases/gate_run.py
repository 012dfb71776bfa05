"""Running the gates of the policy on exactly one commit, rung by rung (R-B12, R-D06).

Each gate gets a checkout of its own that nothing was built in, and runs its commands in order until one fails. All
gates of a rung run; when one failed, no higher rung starts. A command has no standard input, no variable that git or
lanegate would take for its own, and a process group that ends with it: what it leaves in the background is killed.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from itertools import groupby

from lanegate.core.policy import Gate
from lanegate.core.report import MAX_TAIL, GateStep
from lanegate.git.checkout import fresh_checkout
from lanegate.git.run import Git

#: Seconds after the end of a command for which output of its children is still read.
_GRACE = 0.2


def run_gates(
    git: Git, commit: str, gates: Sequence[Gate], environ: Mapping[str, str], show: Callable[[bytes], None]
) -> tuple[GateStep, ...]:
    """Run gates on a commit, lowest rung first; what each command did, in the order they ran.

    show: told the output as it comes. Raises GitError.
    """
    clean = {name: value for name, value in environ.items() if not name.startswith(("GIT_", "LANEGATE_"))}
    steps: list[GateStep] = []
    with ended_by_signals():
        for _, rung in groupby(sorted(gates, key=lambda gate: gate.rung), key=lambda gate: gate.rung):
            for gate in rung:
                steps += _run_gate(git, commit, gate, clean, show)
            if any(step.exit for step in steps):
                break
    return tuple(steps)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Within, SIGTERM and SIGHUP end the program as an exception does: what was made is taken away."""

    def leave(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    names = (signal.SIGTERM, signal.SIGHUP)
    former = {number: signal.signal(number, leave) for number in names}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _run_gate(
    git: Git, commit: str, gate: Gate, environ: Mapping[str, str], show: Callable[[bytes], None]
) -> Iterator[GateStep]:
    with fresh_checkout(git, commit, environ) as folder:
        for command in gate.run:
            show(f"lanegate: gate {gate.id}, rung {gate.rung}: {command}\n".encode())
            started = time.monotonic()
            status, digest, tail = run_command(command, folder, environ, show)
            spent = round((time.monotonic() - started) * 1000)
            yield GateStep(gate.id, gate.rung, command, status, spent, digest, tail)
            if status:
                break


def run_command(
    command: str, folder: str, environ: Mapping[str, str], show: Callable[[bytes], None]
) -> tuple[int, str, str]:
    """(exit status as a shell tells it, SHA-256 of the output, its end as text) of a shell command."""
    process = subprocess.Popen(
        ["/bin/sh", "-c", command],
        cwd=folder,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    digest, tail = sha256(), b""
    try:
        for chunk in _output(process):
            digest.update(chunk)
            tail = (tail + chunk)[-4 * MAX_TAIL :]
            show(chunk)
        status = process.wait()
    finally:
        _end(process)
    return (status if status >= 0 else 128 - status) & 0xFF, digest.hexdigest(), readable_end(tail)


def _output(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    """What a command prints, until it has ended and what it had printed is read."""
    if process.stdout is None:
        raise ValueError("the command's output is not ours to read")
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdout, selectors.EVENT_READ)
        while True:
            ended = process.poll() is not None
            if ready.select(_GRACE):
                chunk = os.read(process.stdout.fileno(), 1 << 16)
                if not chunk:
                    return
                yield chunk
            elif ended:  # something in the background still holds its output
                return


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill whatever is left of a command."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    finally:
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def readable_end(output: bytes) -> str:
    """The end of an output as text that a report may hold."""
    text = output.decode("utf-8", "replace").replace("\r\n", "\n")
    return "".join(letter if letter in "\n\t" or letter.isprintable() else "?" for letter in text)[-MAX_TAIL:]
