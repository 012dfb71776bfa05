"""How fast `lanegate verify` is, as a ratio to what git alone takes to list the same changes.

usage: python bench/verify.py [REPO] [--rev REV] [--rounds N] [--patterns N] [--commits N]

Judges the whole history of REV in REPO (any repository, only read; a generated one without it) by a policy of one lane
of 10,000 patterns that allows everything (`--policy FILE --assume-lane all`). Compared in one interleaved run with

- `git log -c --root --raw -z --no-renames`: lists what each commit changes, but cannot see what a merge really did;
- `git log --remerge-diff …`: makes each merge again, as verify does. Slow on a history with many merges.

Prints medians of pairwise ratios (smallest-largest) and the peak memory.
"""

from __future__ import annotations

import argparse
import fnmatch
import itertools
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import measure
from generate import generate

LIST = ("--root", "--raw", "-z", "--no-renames", "--no-abbrev")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repo", nargs="?", type=Path, help="repository to read; generated when absent")
    parser.add_argument("--rev", default="HEAD", help="judge up to this revision")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each command")
    parser.add_argument("--patterns", type=int, default=10_000, help="patterns in the lane")
    parser.add_argument("--commits", type=int, default=20_000, help="size of the generated history")
    parser.add_argument("--no-remerge", action="store_true", help="leave out git log --remerge-diff")
    return parser.parse_args()


def git(repo: Path, *words: str) -> bytes:
    return subprocess.run(["git", "-C", str(repo), *words], check=True, stdout=subprocess.PIPE).stdout


def patterns(repo: Path, rev: str, count: int) -> list[str]:
    """Patterns as a large team would have them: folders first, then kinds of file in folders, then single files."""
    paths = [os.fsdecode(path) for path in git(repo, "ls-tree", "-r", "-z", "--name-only", rev).split(b"\0") if path]
    plain = [path for path in paths if path.isascii() and path.isprintable() and not set(path) & set('*?[]!\\#" ')]
    folders = sorted({str(parent) for path in plain for parent in Path(path).parents} - {"."})

    def candidates() -> Iterator[str]:
        yield from (f"/{folder}/" for folder in folders)
        yield from (f"/{folder}/*{suffix}" for folder in folders for suffix in (".py", ".md", ".txt"))
        yield from (f"/{path}" for path in plain)
        yield from (f"/absent/part{number}/" for number in itertools.count())

    return list(itertools.islice(candidates(), count))


def write_policy(where: Path, owned: list[str]) -> Path:
    listed = "".join(f'  "{pattern}",\n' for pattern in owned)
    where.write_text(
        'version = 1\nunowned = "allow"\nidentity = "none"\n\n'
        f"[lanes.all]\nowned_paths = [\n{listed}]\n\n"
        '[[refs]]\nname = "refs/heads/**"\n'
    )
    return where


def commands(repo: Path, tip: str, policy: Path, *, remerge: bool) -> list[measure.Command]:
    log = ("git", "--no-replace-objects", "-C", str(repo), "log")
    lanegate = Path(sys.executable).with_name("lanegate")
    verify = (str(lanegate), "verify", tip, "--policy", str(policy), "--assume-lane", "all")

    def judge(name: str, *more: str) -> measure.Command:
        return measure.Command(name, (*verify, *more), allowed=(0, 1), cwd=repo)

    found = [measure.Command("git log -c", (*log, "-c", *LIST, tip))]
    if remerge:
        found.append(measure.Command("git log --remerge-diff", (*log, "--remerge-diff", *LIST, tip)))
    return [*found, judge("verify, one process", "--jobs", "1"), judge("verify")]


def has_commit_graph(repo: Path) -> bool:
    info = Path(os.fsdecode(git(repo, "rev-parse", "--path-format=absolute", "--git-path", "objects/info")).strip())
    return any(fnmatch.fnmatch(name, "commit-graph*") for name in os.listdir(info)) if info.is_dir() else False


def describe(repo: Path, tip: str, owned: int) -> None:
    commits = int(git(repo, "rev-list", "--count", tip))
    merges = int(git(repo, "rev-list", "--count", "--merges", tip))
    graph = "with" if has_commit_graph(repo) else "no"
    print(f"{repo.name}: {commits} commits, {merges} of them merges, {graph} commit-graph")
    print(f"policy: one lane, {owned} patterns; {os.cpu_count()} processors; {git(repo, 'version').decode().strip()}")


def report(runs: dict[str, list[measure.Run]], family: int | None) -> None:
    bases = [name for name in runs if name.startswith("git log")]
    print(f"{'':24}{'median':>9}{'largest process':>17}", *(f"   x {name}" for name in bases))
    for name, taken in runs.items():
        row = f"{name:24}{measure.median_seconds(taken):7.2f} s{measure.peak(taken) / measure.MIB:13.0f} MiB"
        if name not in bases:
            for base in bases:
                row += f"   {measure.spread(measure.ratios(taken, runs[base])):{len(base) + 2}}"
        print(row)
    if family is not None:
        print(f"memory of all lanegate's processes together, at the worst moment: {family / measure.MIB:.0f} MiB")


def main() -> int:
    asked = arguments()
    with tempfile.TemporaryDirectory(prefix="lanegate-bench-") as folder:
        repo = asked.repo or generate(Path(folder, "generated.git"), asked.commits)
        repo = repo.resolve()
        tip = git(repo, "rev-parse", "--verify", f"{asked.rev}^{{commit}}").decode().strip()
        owned = patterns(repo, tip, asked.patterns)
        policy = write_policy(Path(folder, "policy.toml"), owned)
        describe(repo, tip, len(owned))
        listed = commands(repo, tip, policy, remerge=not asked.no_remerge)
        tasks = {command.name: (lambda _, command=command: measure.run(command)) for command in listed}
        runs = measure.interleave(tasks, asked.rounds)
        report(runs, measure.peak_of_family(listed[-1]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
