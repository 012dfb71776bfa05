"""What the ledger says about a commit, with a hundred verdicts in it, 10,000 and 100,000: one lookup, and what people
notice of it.

usage: python bench/lookup.py [--sizes N,N,…] [--rounds N]

The ledgers are unsigned (a signature is read by nobody who looks something up), written by git fast-import, one record
a commit, as a server has them. A lookup is what pre-receive does for a pushed commit: a file of the tree at the
ledger's tip, read and parsed. "One" is a lookup with a git of its own, started and ended for it; "one more" comes in
the conversation with git that runs anyway. Each is the median of the rounds, of the mean of lookups of commits taken
at random; the ratio is of pairs of one round, against the smallest ledger.

Then whole programs, with the same ledgers: `lanegate ledger show COMMIT` in a clone, and a push of ten accepted commits
to a server as `lanegate install --server` sets it up, but for post-receive (a policy that asks for verdicts and for
nobody's signature).
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import measure
from acceptance import BATCH, LANEGATE, Server, run, show
from signed import Signed, large_ledger, signed_history

from lanegate.core.ledger import LEDGER_REF
from lanegate.git.ledger import Ledger
from lanegate.git.objects import CatFile
from lanegate.git.run import Git

#: Lookups in a round: with a git for each, and in one conversation.
ALONE, LOOKUPS = 50, 500


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="100,10000,100000", help="verdicts in each ledger, smallest first")
    parser.add_argument("--rounds", type=int, default=7, help="rounds of lookups in each")
    return parser.parse_args()


def tip_of(where: Path) -> str:
    return run("git", "-C", str(where), "rev-parse", LEDGER_REF)


def one(where: Path, named: list[str], round_: int) -> float:
    """Seconds for a lookup that somebody starts a git for."""
    tip, taken = tip_of(where), 0.0
    for oid in random.Random(round_).choices(named, k=ALONE):
        started = time.perf_counter()
        with closing(CatFile(Git(str(where)))) as reader:
            found = Ledger(reader, tip).entries(oid)
        taken += time.perf_counter() - started
        if not found:
            raise SystemExit(f"the ledger {where.name} does not know a commit that it names")
    return taken / ALONE


def one_more(where: Path, named: list[str], round_: int) -> float:
    """Seconds for one lookup, of many in one conversation."""
    tip = tip_of(where)
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
        made = {size: signed_history(Path(name) / f"{size}.git", 100, accepted=False, asks=True) for size in sizes}
        ledgers = {size: one.where for size, one in made.items()}
        named = {size: large_ledger(one.where, size, one.commits) for size, one in made.items()}
        for what, lookup in (("one lookup", one), ("one more lookup", one_more)):
            runs: dict[int, list[float]] = {size: [] for size in sizes}
            for number in range(-1, asked.rounds):
                for size, where in ledgers.items():
                    taken = lookup(where, named[size], number)
                    if number >= 0:
                        runs[size].append(taken)
            print(f"{what} of a commit in the ledger")
            for size, each in runs.items():
                ratios = sorted(large / small for large, small in zip(each, runs[sizes[0]], strict=True))
                print(f"  {size:>9,} verdicts {1e6 * statistics.median(each):9.0f} us   x {measure.spread(ratios)}")
        whole(Path(name), made, asked.rounds)
    return 0


def whole(folder: Path, made: dict[int, Signed], rounds: int) -> None:
    """Programs that look something up, by the size of the ledger."""
    for what, tasks in (
        ("lanegate ledger show COMMIT", {size: shown(folder, one) for size, one in made.items()}),
        (f"push of {BATCH} accepted commits", {size: pushed(folder, one) for size, one in made.items()}),
    ):
        runs = measure.interleave({f"{size:,} verdicts": task for size, task in tasks.items()}, rounds)
        print(what)
        for name, taken in runs.items():
            show(name, taken, next(iter(runs.values())))


def shown(folder: Path, made: Signed) -> Callable[[int], measure.Run]:
    clone = folder / f"clone-{made.where.name}"
    run("git", "clone", "--quiet", "--no-checkout", str(made.where), str(clone))
    run("git", "-C", str(clone), "fetch", "--quiet", "origin", f"{LEDGER_REF}:{LEDGER_REF}")
    command = measure.Command("show", (LANEGATE, "ledger", "show", made.commits[-1]), cwd=clone)
    return lambda _: measure.run(command)


def pushed(folder: Path, made: Signed) -> Callable[[int], measure.Run]:
    server = Server(folder, made, records=False)
    return lambda _: server.push()


if __name__ == "__main__":
    raise SystemExit(main())
