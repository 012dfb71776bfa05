"""Running programs side by side: wall time, peak memory, medians of pairwise ratios.

Two programs are compared inside one run and interleaved (A B A B …), because a machine's speed drifts by more than what
is measured. Each round gives one ratio; the median of the ratios is reported, with the smallest and largest beside it.
Peak memory is that of the largest single process (`wait4`); where /proc exists, `peak_of_family` adds up what a program
and all its children hold at the same moment (proportional set size, so pages that they share count once).
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20
#: wait4 counts kilobytes on Linux and bytes on macOS.
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True)
class Command:
    """A program to time. allowed: exit statuses that count as having done the work."""

    name: str
    argv: tuple[str, ...]
    allowed: tuple[int, ...] = (0,)
    cwd: Path | None = None
    env: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run: seconds of wall time, peak memory of its largest process in bytes, exit status. cpu: seconds of
    processor time, of all its processes together: this says something on a busy machine too."""

    seconds: float
    peak: int
    status: int
    cpu: float


def run(command: Command) -> Run:
    """Runs a command once, its output thrown away. Raises SystemExit with its words when it fails."""
    started = time.perf_counter()
    process = _start(command)
    _, wait_status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = status = os.waitstatus_to_exitcode(wait_status)
    if status not in command.allowed:
        _explain(command, status)
    return Run(seconds, usage.ru_maxrss * MAXRSS_UNIT, status, usage.ru_utime + usage.ru_stime)


def _start(command: Command) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command.argv,
        cwd=command.cwd,
        env=command.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _explain(command: Command, status: int) -> None:
    """Runs a failed command again, for what it says."""
    again = subprocess.run(command.argv, cwd=command.cwd, env=command.env, capture_output=True, text=True, check=False)
    said = (again.stdout + again.stderr)[-2000:]
    raise SystemExit(f"{command.name}: exit {status} from: {' '.join(command.argv)}\n{said}")


def interleave(tasks: Mapping[str, Callable[[int], Run]], rounds: int) -> dict[str, list[Run]]:
    """Runs every task once a round, in turn, after a round that warms the caches and is thrown away.

    Each task is told its round: -1 for the warm-up, then 0, 1, …
    """
    runs: dict[str, list[Run]] = {name: [] for name in tasks}
    for number in range(-1, rounds):
        for name, task in tasks.items():
            result = task(number)
            if number >= 0:
                runs[name].append(result)
            _progress(f"round {number + 1} of {rounds}: {name} {result.seconds:.2f} s")
    _progress("")
    return runs


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def median_seconds(runs: Sequence[Run]) -> float:
    return statistics.median(run.seconds for run in runs)


def median_cpu(runs: Sequence[Run]) -> float:
    return statistics.median(run.cpu for run in runs)


def peak(runs: Sequence[Run]) -> int:
    return max(run.peak for run in runs)


def ratios(runs: Sequence[Run], against: Sequence[Run]) -> list[float]:
    """Pairwise ratios of wall time, round by round, smallest first."""
    return sorted(one.seconds / other.seconds for one, other in zip(runs, against, strict=True))


def spread(values: Sequence[float]) -> str:
    """`median (smallest-largest)` of sorted values."""
    return f"{statistics.median(values):.2f} ({values[0]:.2f}-{values[-1]:.2f})"


def peak_of_family(command: Command) -> int | None:
    """Peak memory of a program and all its children together, in bytes, sampled; None where /proc does not tell."""
    if not Path("/proc/self/smaps_rollup").exists():
        return None
    process = _start(command)
    largest = 0
    while process.poll() is None:
        largest = max(largest, sum(_proportional(pid) for pid in _session(process.pid)))
        time.sleep(0.05)
    return largest


def _session(leader: int) -> list[int]:
    """The processes of a session that are not git's: what git maps of its packs is not lanegate's memory."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                stat = Path("/proc", entry, "stat").read_text()
            except OSError:
                continue  # it has ended since
            name, _, rest = stat.partition("(")[2].rpartition(")")
            if int(rest.split()[3]) == leader and not name.startswith("git"):
                found.append(int(entry))
    return found


def _proportional(pid: int) -> int:
    try:
        rollup = Path("/proc", str(pid), "smaps_rollup").read_text()
    except OSError:
        return 0  # it has ended since
    return sum(int(line.split()[1]) * 1024 for line in rollup.splitlines() if line.startswith("Pss:"))
