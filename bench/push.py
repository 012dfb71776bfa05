"""What the pre-receive hook adds to a push of ten commits.

usage: python bench/push.py [REPO] [--rounds N] [--commits N]

Copies REPO (a generated one without it) into two bare repositories, both set up by `lanegate install --server`; then
takes the hook out of one. The same ten commits, on a lane's branch, are pushed to both in turn, a fresh ten each round,
over the file transport. Done for a policy of 10 patterns and for one of 10,000. Beside it, the time of
`git log -c --root --raw -z --no-renames` for the ten commits alone, which bounds what reading them must cost.

Prints medians in milliseconds; `adds` is the median of the pairwise differences, `bar` what it should stay below: 60 ms
and three times that `git log` plus 30 ms.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import measure
from generate import generate
from verify import patterns

BRANCH = "refs/heads/lane/all"
BATCH = 10


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repo", nargs="?", type=Path, help="repository to copy; generated when absent")
    parser.add_argument("--rounds", type=int, default=15, help="pushes to each server")
    parser.add_argument("--commits", type=int, default=5_000, help="size of the generated history")
    return parser.parse_args()


class Stage:
    """A work clone and two servers, one without the hook, in a folder of their own."""

    def __init__(self, folder: Path, source: Path, owned: int) -> None:
        self.folder = folder
        self.work = folder / "work"
        self.environment = self._hermetic()
        self.git(folder, "clone", "--quiet", "--bare", "--no-tags", str(source), "seed.git")
        tip = self.git(folder / "seed.git", "rev-parse", "HEAD")
        self.git(folder, "clone", "--quiet", "--no-checkout", "--shared", "seed.git", "work")
        self.git(self.work, "checkout", "--quiet", "-B", "main", tip)
        self._commit_policy(patterns(source, tip, owned))
        self.servers = {name: self._server(name) for name in ("hook", "plain")}
        for hook in (self.servers["plain"] / "hooks").glob("pre-receive*"):
            hook.unlink()

    def _hermetic(self) -> dict[str, str]:
        config = self.folder / "gitconfig"
        config.write_text("[user]\nname = Bench\nemail = bench@example.org\n[safe]\ndirectory = *\n[gc]\nauto = 0\n")
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "LANEGATE_"))}
        return kept | {"HOME": str(self.folder), "GIT_CONFIG_GLOBAL": str(config), "GIT_CONFIG_NOSYSTEM": "1"}

    def git(self, where: Path, *words: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(where), *words], env=self.environment, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def _commit_policy(self, owned: list[str]) -> None:
        policy = self.work / "policy" / "lanegate.toml"
        policy.parent.mkdir(exist_ok=True)
        listed = "".join(f'  "{pattern}",\n' for pattern in [*owned, "/policy/", "/bench-push/"])
        policy.write_text(
            f'version = 1\nidentity = "none"\n\n[lanes.all]\nowned_paths = [\n{listed}]\n\n'
            '[[refs]]\nname = "refs/heads/main"\n\n'
            '[[refs]]\nname = "refs/heads/lane/{lane}"\nforce = true\ndelete = true\n'
        )
        self.git(self.work, "add", "--force", "policy/lanegate.toml")
        self.git(self.work, "commit", "--quiet", "--no-verify", "-m", "Policy\n\nLane: all")

    def _server(self, name: str) -> Path:
        """A bare copy with the policy on main, set up as an administrator would."""
        server = self.folder / f"{name}.git"
        self.git(self.folder, "clone", "--quiet", "--bare", "--no-tags", "seed.git", server.name)
        for ref in self.git(server, "for-each-ref", "--format=%(refname)", "refs/heads").splitlines():
            self.git(server, "update-ref", "--no-deref", "-d", ref)
        self.git(self.work, "push", "--quiet", str(server), "main:refs/heads/main")
        self.git(server, "symbolic-ref", "HEAD", "refs/heads/main")
        lanegate = str(Path(sys.executable).with_name("lanegate"))
        subprocess.run(
            [lanegate, "install", "--server", str(server), "--platform", "local"],
            env=self.environment, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        return server

    def batches(self, count: int) -> Iterator[str]:
        """Tips of `count` different lines of ten commits on top of main, each changing three files."""
        start = self.git(self.work, "rev-parse", "main")
        for number in range(count):
            self.git(self.work, "checkout", "--quiet", "--detach", start)
            for step in range(BATCH):
                for file in range(3):
                    path = self.work / "bench-push" / f"part{file}" / f"file{step % 4}.txt"
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(f"batch {number} step {step} file {file}\n")
                self.git(self.work, "add", "--force", "bench-push")
                self.git(self.work, "commit", "--quiet", "--no-verify", "-m", f"Step {step}\n\nLane: all")
            yield self.git(self.work, "rev-parse", "HEAD")

    def push(self, name: str, tip: str) -> measure.Run:
        """Pushes a batch to the lane's branch of a server, timed; takes the branch away again."""
        argv = ("git", "push", "--quiet", str(self.servers[name]), f"+{tip}:{BRANCH}")
        taken = measure.run(measure.Command(f"push to {name}", argv, cwd=self.work, env=self.environment))
        self.git(self.servers[name], "update-ref", "-d", BRANCH)
        return taken

    def log(self, tip: str) -> measure.Run:
        """The ten commits listed on the server by git alone, timed."""
        words = ("git", "log", "-c", "--root", "--raw", "-z", "--no-renames", f"{tip}~{BATCH}..{tip}")
        return measure.run(measure.Command("git log -c", words, cwd=self.servers["hook"], env=self.environment))


def compare(source: Path, owned: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory(prefix="lanegate-bench-") as folder:
        stage = Stage(Path(folder), source, owned)
        tips = list(stage.batches(rounds + 1))
        tasks: dict[str, Callable[[int], measure.Run]] = {
            "plain": lambda number: stage.push("plain", tips[number]),
            "hook": lambda number: stage.push("hook", tips[number]),
            "log": lambda number: stage.log(tips[number]),
        }
        runs = measure.interleave(tasks, rounds)
    adds = [hook.seconds - plain.seconds for hook, plain in zip(runs["hook"], runs["plain"], strict=True)]
    medians = [measure.median_seconds(runs[name]) for name in ("plain", "hook", "log")]
    cells = [*medians, statistics.median(adds), min(0.060, 3 * medians[-1] + 0.030)]
    print(f"{owned:>8}" + "".join(f"{1000 * cell:14.0f} ms" for cell in cells))


def main() -> int:
    asked = arguments()
    print(f"{'patterns':>8}{'no hook':>17}{'with hook':>17}{'git log -c':>17}{'adds':>17}{'bar':>17}")
    with tempfile.TemporaryDirectory(prefix="lanegate-bench-") as folder:
        source = (asked.repo or generate(Path(folder, "generated.git"), asked.commits)).resolve()
        for owned in (10, 10_000):
            compare(source, owned, asked.rounds)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
