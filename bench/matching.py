"""Matching paths against very many patterns: lanegate and pathspec, each in a cold process.

usage: python bench/matching.py [--rules N] [--paths N] [--rounds N]

Each reads the same generated rules and paths from files, in a process of its own, and counts the paths that the rules
own: lanegate by the grants of one lane (`core.ownership`), pathspec by `GitIgnoreSpec` with its own ("simple") backend.
They take turns; the median of the pairwise ratios is printed with the smallest and largest. With the default numbers a
round takes pathspec one to two minutes. On some of the paths the two are first compared: they must agree on each.

Then, in this process and for lanegate alone: what one path costs with 10 and with 10,000 rules when it is new, what it
costs when it was asked before, and what loading 10,000 compiled rules costs a hook. Medians of several runs.
"""

from __future__ import annotations

import argparse
import marshal
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import measure

from lanegate.core.ownership import Ownership
from lanegate.core.policy import PRIMARY, Lane, Policy, Rule

LANE = "all"
SUFFIXES = ("py", "c", "h", "md", "toml", "txt", "js", "json")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", type=int, default=10_000)
    parser.add_argument("--paths", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs=3, metavar=("WHICH", "RULES", "PATHS"), help=argparse.SUPPRESS)
    return parser.parse_args()


def rules(count: int) -> list[str]:
    """Patterns as a large policy has them: half are folders, a fifth files, the others with wildcards."""
    pick = random.Random(1)
    found = []
    for number in range(count):
        folder = f"/src/area{number % 40}/module{number}"
        kinds = (
            (50, f"{folder}/"),
            (20, f"{folder}/file{pick.randrange(9)}.py"),
            (15, f"{folder}/*.{pick.choice(SUFFIXES)}"),
            (5, f"/src/area{pick.randrange(40)}/**/made{number}_*.c"),
            (5, f"/src/*/module{number}/test_?.py"),
            (5, f"**/name{number}"),
        )
        found += pick.choices([text for _, text in kinds], [weight for weight, _ in kinds])
    return found


def paths(count: int, modules: int) -> list[bytes]:
    """Paths of files in no order, some in folders that no rule names."""
    pick = random.Random(2)
    found = []
    for number in range(count):
        module = pick.randrange(modules * 5 // 4)
        folder = f"src/area{module % 40}/module{module}"
        below = pick.choice(("", "", "", "vendor/lib/", f"name{module}/"))
        name = pick.choice((f"file{number % 9}", f"test_{number % 10}", f"made{module}_{number}", f"new{number}"))
        found.append(f"{folder}/{below}{name}.{pick.choice(SUFFIXES)}".encode())
    return found


def policy(texts: list[str]) -> Policy:
    owned = tuple(Rule(text, f"lanes.{LANE}.owned_paths[{at}]", at + 5) for at, text in enumerate(texts))
    return Policy(identity="none", lanes={LANE: Lane(id=LANE, line=1, owned_paths=owned)})


def by_lanegate(texts: list[str], asked: list[bytes]) -> list[bool]:
    grant = Ownership(policy(texts)).grant
    return [grant(LANE, path).grant == PRIMARY for path in asked]


def by_pathspec(texts: list[str], asked: list[bytes]) -> list[bool]:
    from pathspec import GitIgnoreSpec

    spec = GitIgnoreSpec.from_lines(texts, backend="simple")
    return [spec.match_file(path.decode()) for path in asked]


WHICH: dict[str, Callable[[list[str], list[bytes]], list[bool]]] = {"pathspec": by_pathspec, "lanegate": by_lanegate}


def agree(texts: list[str], asked: list[bytes]) -> None:
    for path, ours, theirs in zip(asked, by_lanegate(texts, asked), by_pathspec(texts, asked), strict=True):
        if ours != theirs:
            raise SystemExit(f"lanegate and pathspec disagree on {path.decode()}")


def only(which: str, rules_file: str, paths_file: str) -> int:
    """The work of one process: print how many paths are owned."""
    print(sum(WHICH[which](Path(rules_file).read_text().splitlines(), Path(paths_file).read_bytes().splitlines())))
    return 0


def compare(texts: list[str], asked: list[bytes], rounds: int) -> None:
    with tempfile.TemporaryDirectory(prefix="lanegate-bench-") as folder:
        files = (Path(folder, "rules"), Path(folder, "paths"))
        files[0].write_text("\n".join(texts))
        files[1].write_bytes(b"\n".join(asked))
        commands = {
            which: measure.Command(which, (sys.executable, __file__, "--only", which, *map(str, files)))
            for which in WHICH
        }
        runs: dict[str, list[measure.Run]] = {which: [] for which in WHICH}
        for _ in range(rounds):
            for which, command in commands.items():
                runs[which].append(measure.run(command))
    print(f"{len(texts)} rules, {len(asked)} paths; cold process, median of {rounds}")
    for which, taken in runs.items():
        print(f"  {which:<10}{measure.median_seconds(taken):8.2f} s{measure.peak(taken) / measure.MIB:8.0f} MiB")
    print(f"  pathspec / lanegate: {measure.spread(measure.ratios(runs['pathspec'], runs['lanegate']))}, bar 50")


def ask(ownership: Ownership, asked: list[bytes]) -> None:
    grant = ownership.grant
    for path in asked:
        grant(LANE, path)


def loaded(state: bytes) -> Ownership:
    return Ownership.from_state(marshal.loads(state))  # noqa: S302


def microseconds(work: Callable[[], object], count: int) -> float:
    started = time.perf_counter()
    work()
    return 1e6 * (time.perf_counter() - started) / count


def inside(texts: list[str], asked: list[bytes], rounds: int) -> None:
    """What a path costs in one process, by the number of rules."""
    print(f"{'rules':>8}{'new path':>12}{'same again':>12}{'load state':>12}")
    for count in (10, 100, 1_000, len(texts)):
        few = policy(texts[:: len(texts) // count])
        new, again, load = [], [], []
        for _ in range(rounds):
            ownership = Ownership(few)
            state = marshal.dumps(ownership.state())
            new.append(microseconds(partial(ask, ownership, asked), len(asked)))
            again.append(microseconds(partial(ask, ownership, asked), len(asked)))
            load.append(microseconds(partial(loaded, state), 1))
        print(f"{count:>8}" + "".join(f"{statistics.median(taken):9.2f} µs" for taken in (new, again, load)))


def main() -> int:
    asked = arguments()
    if asked.only:
        return only(*asked.only)
    texts, found = rules(asked.rules), paths(asked.paths, asked.rules)
    inside(texts, found[:20_000], 5)
    agree(texts, found[:: max(1, len(found) // 1_000)])
    compare(texts, found, asked.rounds)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
