"""What the pre-commit hook costs a commit, and an editor's hook an edit, as a ratio to starting Python for nothing.

usage: python bench/hook.py [--rounds N]

In a clone with one staged file: the hook as `lanegate install` sets it, under a policy of 10 patterns and of 10,000,
and the console script `lanegate-pre-commit` that pip makes, each against `python -I -S -c pass` in the same interleaved
run. The policy has been compiled before, as it has for all commits but the first after a change of the policy. The hook
of an agent's editor, as `lanegate agent-hook --config` has it run, before a tool writes that file. The same with the
file in a high-risk zone and 1,000 live locks, one of which covers it: what that adds to the hook.

Prints medians of pairwise ratios (smallest-largest), and of pairwise differences for the locks.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import measure

from lanegate.core.locks import LOCKS_REF, Lock, locks_file
from lanegate.usecases.agent_setup import command_for

#: Milliseconds that LOCKS live locks may add to the hook.
LOCKS, LOCKS_BAR = 1_000, 5.0
LOCKED, PLAIN = f"hook, {LOCKS} locks", "hook, 10 patterns"
AGENT = "agent-hook"
BARS = {"hook, 10 patterns": 1.6, AGENT: 2.0, "hook, 10000 patterns": 2.0, "lanegate-pre-commit": 3.0}


def hermetic(home: Path) -> dict[str, str]:
    config = home / "gitconfig"
    config.write_text("[user]\nname = Bench\nemail = bench@example.org\n[init]\ndefaultBranch = main\n")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "LANEGATE_", "PYTHON"))}
    return kept | {"HOME": str(home), "GIT_CONFIG_GLOBAL": str(config), "GIT_CONFIG_NOSYSTEM": "1"}


def write_policy(where: Path, count: int, zones: str = "") -> None:
    owned = "".join(f'  "/src/part{number}/",\n' for number in range(count))
    where.write_text(
        f'version = 1\nidentity = "none"\n\n[lanes.all]\nowned_paths = [\n{owned}  "/policy/",\n]\n\n'
        f'[[refs]]\nname = "refs/heads/**"\n{zones}'
    )


def registry() -> bytes:
    """Locks of another lane all over the tree, but for the one that the commit needs."""
    now = int(time.time())
    scopes = [("all", "/src/part7/")] + [("other", f"/src/far{number}/**/*.py") for number in range(LOCKS - 1)]
    return locks_file(
        [
            Lock(f"lock-{number}", lane, None, (scope,), "work", now, now, now + 100_000, number + 1)
            for number, (lane, scope) in enumerate(scopes)
        ]
    )


def clone(folder: Path, patterns: int, *, locked: bool = False) -> Path:
    """A clone in lane `all` with hooks installed and one file of the lane staged. locked: it is high-risk, and the
    registry holds 1,000 locks."""
    environment = hermetic(folder)

    def do(where: Path, *argv: str) -> None:
        subprocess.run(argv, cwd=where, env=environment, check=True, stdout=subprocess.DEVNULL)

    def made(data: bytes, *argv: str) -> str:
        ran = subprocess.run(argv, cwd=work, env=environment, check=True, input=data, stdout=subprocess.PIPE)
        return ran.stdout.decode().strip()

    name = f"{patterns}{'-locked' if locked else ''}"
    origin, work = folder / f"origin{name}", folder / f"clone{name}"
    (origin / "policy").mkdir(parents=True)
    zones = '[[zones]]\npaths = ["/src/"]\nmode = "high-risk"\n' if locked else ""
    write_policy(origin / "policy" / "lanegate.toml", patterns, zones)
    do(origin, "git", "init", "--quiet")
    do(origin, "git", "add", ".")
    do(origin, "git", "commit", "--quiet", "-m", "Policy\n\nLane: all")
    do(folder, "git", "clone", "--quiet", str(origin), str(work))
    lanegate = str(Path(sys.executable).with_name("lanegate"))
    do(work, lanegate, "install")
    do(work, lanegate, "lane", "use", "all")
    (work / "src" / "part7").mkdir(parents=True)
    (work / "src" / "part7" / "file.py").write_text("x = 1\n")
    do(work, "git", "add", ".")
    if locked:
        blob = made(registry(), "git", "hash-object", "-w", "--stdin")
        tree = made(f"100644 blob {blob}\tlocks\n".encode(), "git", "mktree")
        do(work, "git", "update-ref", LOCKS_REF, made(b"", "git", "commit-tree", tree, "-m", "Locks"))
    do(work, ".git/hooks/pre-commit")
    return work


def asking(folder: Path, work: Path) -> tuple[str, ...]:
    """What an editor runs before a tool writes the staged file of a clone, with the JSON that it sends."""
    wants = {"file_path": str(work / "src/part7/file.py"), "content": "x = 2\n" * 100}
    sent = {"hook_event_name": "PreToolUse", "cwd": str(work), "tool_name": "Write", "tool_input": wants}
    (folder / "sent.json").write_text(json.dumps(sent))
    return "sh", "-c", f"exec < {shlex.quote(str(folder / 'sent.json'))}; {command_for('claude')}"


def commands(folder: Path) -> list[measure.Command]:
    environment = hermetic(folder)
    small, large = clone(folder, 10), clone(folder, 10_000)
    script = str(Path(sys.executable).with_name("lanegate-pre-commit"))
    return [
        measure.Command("python -I -S -c pass", (sys.executable, "-I", "-S", "-c", "pass"), env=environment),
        measure.Command("hook, 10 patterns", (".git/hooks/pre-commit",), cwd=small, env=environment),
        measure.Command("hook, 10000 patterns", (".git/hooks/pre-commit",), cwd=large, env=environment),
        measure.Command(LOCKED, (".git/hooks/pre-commit",), cwd=clone(folder, 10, locked=True), env=environment),
        measure.Command(AGENT, asking(folder, small), cwd=small, env=environment),
        measure.Command("lanegate-pre-commit", (script,), cwd=small, env=environment),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40, help="runs of each program")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lanegate-bench-") as folder:
        listed = commands(Path(folder).resolve())
        tasks: dict[str, Callable[[int], measure.Run]] = {
            command.name: functools.partial(lambda command, _: measure.run(command), command) for command in listed
        }
        runs = measure.interleave(tasks, asked.rounds)
    base = runs[listed[0].name]
    print(f"{'':24}{'median':>10}{'x start of Python':>24}{'bar':>8}")
    for name, taken in runs.items():
        ratio, bar = "", ""
        if name in BARS:
            ratio, bar = measure.spread(measure.ratios(taken, base)), f"{BARS[name]:.1f}"
        print(f"{name:24}{1000 * measure.median_seconds(taken):7.1f} ms{ratio:>24}{bar:>8}")
    added = [1000 * (one.seconds - other.seconds) for one, other in zip(runs[LOCKED], runs[PLAIN], strict=True)]
    print(f"{LOCKS} live locks add {statistics.median(added):.1f} ms (bar {LOCKS_BAR:.1f})")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
