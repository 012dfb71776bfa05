"""Many random histories, and what came of them: `python -m tests.differential.soak --seed N --histories M`.

Exit 0 when lanegate and the oracle agreed on every push, 1 when they did not. A history is known by its seed alone, so
`--seed N --histories 1 --keep` plays one again and keeps its repositories. Defaults come from LANEGATE_SEED,
LANEGATE_HISTORIES and LANEGATE_PUSHES.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.differential.arena import Played, play
from tests.differential.plumbing import Patterns
from tests.differential.verified import DisagreementError

HISTORIES = int(os.environ.get("LANEGATE_HISTORIES", "25"))
PUSHES = int(os.environ.get("LANEGATE_PUSHES", "8"))
SEED = int(os.environ["LANEGATE_SEED"]) if "LANEGATE_SEED" in os.environ else time.time_ns() % 10**9


#: Disagreements after which nothing more is played.
MOST = 10


def summary(played: list[Played]) -> str:
    """Accepts, refusals and how often each code was given, by the oracle and by lanegate."""
    pushes = [push for one in played for push in one.pushes]
    accepted = sum(push.accepted for push in pushes)
    by_git = sum(push.by_git for push in pushes)
    oracle, lanegate = (Counter[str](), Counter[str]())
    for push in pushes:
        oracle.update(push.oracle)
        lanegate.update(push.lanegate)
    asked = [push for push in pushes if not push.accepted and not push.by_git]
    others = [push for push in asked if push.oracle != push.lanegate and "LG604" not in push.oracle & push.lanegate]
    lines = [f"{len(played)} histories, {len(pushes)} pushes: {accepted} accepted, {len(pushes) - accepted} refused"]
    lines.append(
        f"  of these {by_git} by git alone; {sum(one.steps for one in played)} first-parent steps verified,"
        f" {sum(one.landings for one in played)} landings recorded"
    )
    lines.append("  codes (oracle, lanegate): " + _table(oracle, lanegate))
    kinds = Counter((push.note.split(":")[0], push.accepted) for push in pushes)
    notes = sorted({note for note, _ in kinds})
    lines.append("  kinds (accepted, refused): " + ", ".join(f"{n} {kinds[n, True]} {kinds[n, False]}" for n in notes))
    lines += [f"  other codes, {push.name}: {_codes(push.oracle)} / {_codes(push.lanegate)}" for push in others[:40]]
    if len(played) == 1:
        lines += [push.words for push in others]
    return "\n".join(lines)


def _codes(codes: frozenset[str]) -> str:
    return " ".join(sorted(codes)) or "none"


def _table(one: Counter[str], other: Counter[str]) -> str:
    return ", ".join(f"{code} {one[code]} {other[code]}" for code in sorted({*one, *other}))


def soak(seed: int, histories: int, pushes: int, folder: Path, keep: bool = False) -> tuple[list[Played], list[str]]:
    """Play histories with the seeds from `seed` on; what was played, and the disagreements. Folders of histories that
    disagree are left."""
    patterns_folder = folder / "patterns"
    patterns_folder.mkdir(parents=True)
    patterns = Patterns(patterns_folder)
    played: list[Played] = []
    disagreements: list[str] = []
    for number in range(seed, seed + histories):
        place = folder / str(number)
        place.mkdir()
        try:
            played.append(play(number, place, patterns, pushes))
        except DisagreementError as error:
            disagreements.append(str(error))
            if len(disagreements) == MOST:
                break
            continue
        if not keep:
            shutil.rmtree(place)
    return played, disagreements


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--histories", type=int, default=HISTORIES)
    parser.add_argument("--pushes", type=int, default=PUSHES)
    parser.add_argument("--keep", action="store_true")
    arguments = parser.parse_args(argv)
    folder = Path(tempfile.mkdtemp(prefix="lanegate-differential-"))
    started = time.monotonic()
    print(f"seed {arguments.seed}, {folder}", flush=True)
    played, disagreements = soak(arguments.seed, arguments.histories, arguments.pushes, folder, arguments.keep)
    print(summary(played), f"{time.monotonic() - started:.0f} s", sep="\n")
    print(*disagreements, sep="\n\n")
    if not disagreements and not arguments.keep:
        shutil.rmtree(folder)
    return 1 if disagreements else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
