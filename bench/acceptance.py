"""What acceptance costs: verify of a signed history with its ledger, and a push of accepted commits.

usage: python bench/acceptance.py [--commits N] [--rounds N]

verify: N signed commits on a hundred lanes, each with a signed verdict, judged from a cold start; against the same
range judged on paths alone (`--policy` of the same lanes without people and acceptance), and against one `ssh-keygen -Y
verify` a signature (a sample of them is timed and counted up).

push: ten signed, accepted commits to main; against the same push under a policy of paths alone. All servers as
`lanegate install --server` sets them up, both hooks included: under a policy of paths alone post-receive is a shell
that finds nothing handed over and leaves. In between, what pre-receive's part of it is: the same server without the
hook post-receive, so that nothing records the landing.

Prints medians, medians of the pairwise ratios with the smallest and largest, and medians of processor time with their
ratio.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import measure
from signed import MAIN, Signed, lane_policy, signed_history

from lanegate.core.ledger import LEDGER_REF
from lanegate.core.signed_commit import split_commit

BATCH = 10
SAMPLE = 100
LANEGATE = str(Path(sys.executable).with_name("lanegate"))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commits", type=int, default=5_000, help="signed commits, and verdicts, to verify")
    parser.add_argument("--rounds", type=int, default=7, help="runs of each")
    return parser.parse_args()


def show(name: str, runs: list[measure.Run], against: list[measure.Run]) -> None:
    ratio = measure.spread(measure.ratios(runs, against))
    cpu, base = measure.median_cpu(runs), measure.median_cpu(against)
    print(
        f"  {name:36}{1000 * measure.median_seconds(runs):9.0f} ms   x {ratio}"
        f"   processor {1000 * cpu:.0f} ms   x {cpu / base:.2f}"
    )


def verify(folder: Path, commits: int, rounds: int) -> None:
    made = signed_history(folder / "verify.git", commits)
    paths = folder / "paths.toml"
    paths.write_text(lane_policy({}, 100, accepted=False))
    words = (LANEGATE, "verify", f"{made.base}..{made.commits[-1]}")
    alone = measure.Command("paths", (*words, "--policy", str(paths)), cwd=made.where)
    whole = measure.Command("acceptance", words, cwd=made.where)
    runs = measure.interleave({"paths": lambda _: measure.run(alone), "whole": lambda _: measure.run(whole)}, rounds)
    print(f"verify of {commits} signed commits with {commits} signed verdicts, 100 lanes")
    show("paths alone", runs["paths"], runs["paths"])
    show("with signatures and acceptance", runs["whole"], runs["paths"])
    each = one_by_one(folder, made)
    seconds = measure.median_seconds(runs["whole"])
    print(f"  ssh-keygen one by one: {2 * commits * each:.0f} s, {2 * commits * each / seconds:.0f} times as long")


def one_by_one(folder: Path, made: Signed) -> float:
    """Seconds that ssh-keygen takes for one signature, by a sample of the commits'."""
    allowed, signature = folder / "allowed", folder / "signature"
    allowed.write_text("".join(f"{name} {key.line}\n" for name, key in made.keys.items()))
    spent = 0.0
    for number, commit in list(enumerate(made.commits))[:SAMPLE]:
        raw = subprocess.run(
            ["git", "-C", str(made.where), "cat-file", "commit", commit], check=True, capture_output=True
        ).stdout
        payload, armour = split_commit(raw)
        signature.write_bytes(armour)
        files = ("-f", str(allowed), "-I", f"p{number % 100}", "-s", str(signature))
        started = time.perf_counter()
        subprocess.run(
            ["ssh-keygen", "-Y", "verify", "-n", "git", *files], input=payload, check=True, stdout=subprocess.DEVNULL
        )
        spent += time.perf_counter() - started
    return spent / SAMPLE


class Server:
    """A server whose main stands before the last commits of a history. records: whether it records landings."""

    def __init__(self, folder: Path, made: Signed, *, records: bool) -> None:
        self.made = made
        self.where = folder / f"server-{made.where.name}"
        self.start = made.commits[-BATCH - 1]
        run("git", "init", "--quiet", "--bare", "--initial-branch=main", str(self.where))
        refs = [f"{self.start}:{MAIN}", *([f"{LEDGER_REF}:{LEDGER_REF}"] if made.has_ledger else [])]
        run("git", "-C", str(made.where), "push", "--quiet", str(self.where), *refs)
        run(LANEGATE, "install", "--server", str(self.where), "--platform", "local")
        if not records:
            for hook in (self.where / "hooks").glob("post-receive*"):
                hook.unlink()
        self.ledger = run("git", "-C", str(self.where), "for-each-ref", "--format=%(objectname)", LEDGER_REF)

    def push(self) -> measure.Run:
        """Push the last commits, timed; put everything back."""
        argv = ("git", "push", "--quiet", str(self.where), f"{self.made.commits[-1]}:{MAIN}")
        taken = measure.run(measure.Command("push", argv, cwd=self.made.where))
        run("git", "-C", str(self.where), "update-ref", MAIN, self.start)
        if self.ledger:
            run("git", "-C", str(self.where), "update-ref", LEDGER_REF, self.ledger)
        return taken


def run(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


def push(folder: Path, rounds: int) -> None:
    plain = Server(folder, signed_history(folder / "plain.git", 200, accepted=False), records=True)
    accepted = Server(folder, signed_history(folder / "accepted.git", 200), records=False)
    recorded = signed_history(folder / "recorded.git", 200, server=str(folder / "server_key"))
    recording = Server(folder, recorded, records=True)
    run("git", "-C", str(recording.where), "config", "lanegate.serverKey", str(folder / "server_key"))
    tasks: dict[str, Callable[[int], measure.Run]] = {
        "paths": lambda _: plain.push(),
        "accepted": lambda _: accepted.push(),
        "recorded": lambda _: recording.push(),
    }
    runs = measure.interleave(tasks, rounds)
    print(f"push of {BATCH} commits to main")
    show("paths alone", runs["paths"], runs["paths"])
    show("signed and accepted", runs["accepted"], runs["paths"])
    show("the same, and the landing recorded", runs["recorded"], runs["paths"])


def main() -> int:
    asked = arguments()
    os.environ.update({"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"})
    with tempfile.TemporaryDirectory(prefix="lanegate-bench-") as name:
        folder = Path(name)
        push(folder, asked.rounds)
        verify(folder, asked.commits, asked.rounds)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
