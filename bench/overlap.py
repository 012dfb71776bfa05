"""Proving that lanes do not overlap: 1,000 active lanes with 10 patterns each, every two of them compared.

usage: python bench/overlap.py [--lanes N] [--rounds N]

Two policies, each without an overlap, and each again with one hidden in it, which must be found. "plain": folders and
files, as most policies have them. "wildcards": nearly every pattern has some, at the start, in the middle and at the
end, and one lane owns a file name at any depth, which all other lanes leave out. The bar of issue 4 is 2 seconds.
Also one lane with 10,000 patterns, which has nobody to overlap with. Medians, seconds of the processor.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

from lanegate.core.lane_overlap import primary_overlaps
from lanegate.core.policy import Lane, Policy, Rule


def plain(number: int) -> list[str]:
    area = f"/src/area{number % 40}"
    return [
        f"{area}/module{number}/", f"!{area}/module{number}/vendor/", f"/docs/module{number}.md",
        f"/tests/area{number % 40}/test_module{number}.py", f"/tests/data/module{number}/", f"/conf/m{number}.toml",
        f"/tools/m{number}.sh", f"/assets/{number}/", f"!/assets/{number}/shared/", f"/assets/{number}/shared/own.css",
    ]  # fmt: skip


def wildcards(number: int) -> list[str]:
    """`**/Makefile` belongs to the first lane; it goes without saying in most of these patterns, not in folders."""
    found = [
        f"/crates/c{number}/**/*.rs", f"/src/*/c{number}/", f"/docs/c{number}-*.md", f"/tests/test_c{number}_*.py",
        f"/gen/c{number}_[a-z]?/**/made/", f"/ui/*_c{number}.tsx", f"/ui/*.c{number}.css", f"/data/*/[0-9]*-c{number}/",
        f"/lib/c{number}-?*/*/",
    ]  # fmt: skip
    return [*found, "**/Makefile"] if number == 0 else [*found, "!**/Makefile"]


def policy(patterns: Callable[[int], list[str]], lanes: int) -> Policy:
    found = {}
    for number in range(lanes):
        rules = [Rule(text, f"lanes.l{number}.owned_paths", number) for text in patterns(number)]
        found[f"l{number}"] = Lane(id=f"l{number}", line=number, owned_paths=tuple(rules))
    return Policy(identity="none", lanes=found)


def median(policy: Policy, rounds: int, overlaps: int) -> float:
    seconds = []
    for _ in range(rounds):
        start = time.process_time()
        found = primary_overlaps(policy)
        seconds.append(time.process_time() - start)
        assert len(found) == overlaps, found[:3]
    return statistics.median(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lanes", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    last = asked.lanes - 1
    for name, patterns, hidden in (
        ("plain", plain, f"/src/area{last % 40}/module{last}/a.py"),
        ("wildcards", wildcards, f"/ui/*x_c{last}.tsx"),
    ):
        apart = policy(patterns, asked.lanes)
        print(f"{name}: {asked.lanes} lanes apart in {median(apart, asked.rounds, 0):.2f} s")
        ui = apart.lanes["l1"]._replace(owned_paths=(Rule(hidden, "", 1), *apart.lanes["l1"].owned_paths))
        hiding = apart._replace(lanes={**apart.lanes, "l1": ui})
        print(f"{name}: one overlap found in {median(hiding, asked.rounds, 1):.2f} s")
    alone = policy(lambda _: [text for number in range(1_000) for text in plain(number)], 1)
    print(f"one lane of 10,000 patterns: {median(alone, asked.rounds, 0) * 1000:.1f} ms")


if __name__ == "__main__":
    main()
