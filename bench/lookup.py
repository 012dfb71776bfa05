"""What the ledger says about a commit: one lookup in a ledger of a hundred verdicts, of 10,000 and of 100,000.

usage: python bench/lookup.py [--sizes N,N,…] [--rounds N]

The ledgers are unsigned (a signature is read by nobody who looks something up), written by git fast-import, one record
a commit, as a server has them. A lookup is what pre-receive does for a pushed commit: a file of the tree at the
ledger's tip, read and parsed, in one conversation with git. Microseconds are the median of the rounds, each the mean
of 500 lookups of commits taken at random; the ratio is of pairs of one round, against the smallest ledger.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import tempfile
import time
from contextlib import closing
from pathlib import Path

import measure
from signed import large_ledger

from lanegate.core.ledger import LEDGER_REF
from lanegate.git.ledger import Ledger
from lanegate.git.objects import CatFile
from lanegate.git.run import Git

LOOKUPS = 500


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="100,10000,100000", help="verdicts in each ledger, smallest first")
    parser.add_argument("--rounds", type=int, default=7, help="rounds of lookups in each")
    return parser.parse_args()


def look_up(where: Path, named: list[str], round_: int) -> float:
    """Seconds for one lookup, of many."""
    tip = subprocess.run(
        ["git", "-C", str(where), "rev-parse", LEDGER_REF], check=True, capture_output=True, text=True
    ).stdout.strip()
    some = random.Random(round_).choices(named, k=LOOKUPS)
    with closing(CatFile(Git(str(where)))) as reader:
        ledger = Ledger(reader, tip)
        ledger.entries(some[0])
        started = time.perf_counter()
        found = [ledger.entries(oid) for oid in some]
        taken = (time.perf_counter() - started) / LOOKUPS
    if not all(found):
        raise SystemExit(f"the ledger {where.name} does not know a commit that it names")
    return taken


def main() -> int:
    asked = arguments()
    sizes = [int(size) for size in asked.sizes.split(",")]
    os.environ.update({"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"})
    with tempfile.TemporaryDirectory(prefix="lanegate-bench-") as name:
        ledgers = {size: Path(name) / f"{size}.git" for size in sizes}
        named = {size: large_ledger(where, size) for size, where in ledgers.items()}
        runs: dict[int, list[float]] = {size: [] for size in sizes}
        for number in range(-1, asked.rounds):
            for size, where in ledgers.items():
                taken = look_up(where, named[size], number)
                if number >= 0:
                    runs[size].append(taken)
    print("lookup of a commit in the ledger")
    for size, taken_each in runs.items():
        ratios = sorted(one / small for one, small in zip(taken_each, runs[sizes[0]], strict=True))
        print(f"  {size:>9,} verdicts {1e6 * statistics.median(taken_each):9.0f} us   x {measure.spread(ratios)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
