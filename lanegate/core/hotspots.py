"""Which files are hot: large, changed often, and by many lanes; and the zones that would guard them (R-B14, R-F05).

Each measure counts as its share of the largest in the repository, the size by its logarithm, and the score is their
geometric mean times 100: a file is only as hot as all three say, and none of them needs a unit or a weight. A file that
nobody changed, or nobody touched, scores nothing.

Where a commit carries no single `Lane`, its author stands for a lane: that is all that a history from before lanegate
tells.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from math import log2

from lanegate.core.named_tuple import NamedTuple
from lanegate.core.patterns import PatternError, parse_pattern

#: A lock is worth its trouble where at least so many lanes changed a file, and so often.
LEAST_LANES = 2
LEAST_CHANGES = 3
#: A zone of more files is no longer read by whoever pastes it.
MOST_PROPOSED = 10


class Touched(NamedTuple):
    """A tracked file and its history. size: bytes at the tip. changes: commits that changed it. lanes: of those with
    one `Lane`, sorted; authors: of the others, how many."""

    path: bytes
    size: int
    changes: int
    lanes: tuple[str, ...] = ()
    authors: int = 0

    @property
    def hands(self) -> int:
        """Lanes, and authors that stand for lanes."""
        return len(self.lanes) + self.authors


class Hotspot(NamedTuple):
    """A file with its score, 0 to 100."""

    file: Touched
    score: float


def rank(files: Iterable[Touched]) -> tuple[Hotspot, ...]:
    """The files that were changed at all, hottest first; equal ones by their path."""
    files = [file for file in files if file.changes and file.hands]
    changes = max((file.changes for file in files), default=1)
    hands = max((file.hands for file in files), default=1)
    weight = max((_weight(file.size) for file in files), default=1.0)
    scored = [
        Hotspot(file, 100 * (file.changes / changes * (file.hands / hands) * (_weight(file.size) / weight)) ** (1 / 3))
        for file in files
    ]
    return tuple(sorted(scored, key=lambda spot: (-spot.score, spot.file.path)))


def _weight(size: int) -> float:
    """Twice the size counts one step more; an empty file still counts."""
    return 1 + log2(1 + size)


def proposed(hotspots: Sequence[Hotspot], guarded: Collection[bytes] = ()) -> tuple[str, ...]:
    """Patterns of the files that several lanes keep changing, hottest first, at most MOST_PROPOSED.

    guarded: paths that are in a zone already.
    """
    found: list[str] = []
    for spot in hotspots:
        if len(found) == MOST_PROPOSED:
            break
        file = spot.file
        if file.path not in guarded and file.hands >= LEAST_LANES and file.changes >= LEAST_CHANGES:
            pattern = pattern_of(file.path)
            found += [] if pattern is None else [pattern]
    return tuple(found)


def pattern_of(path: bytes) -> str | None:
    """The pattern that matches a path (and what would be below it), None where the dialect cannot spell it."""
    try:
        text = "/" + path.decode()
    except UnicodeDecodeError:
        return None
    text = "".join(f"[{letter}]" if letter in "*?[" else letter for letter in text)
    for spelt in (text, text + "/"):  # a name that ends in a blank needs a slash after it
        try:
            parse_pattern(spelt)
        except PatternError:
            continue
        return spelt
    return None


def zone_toml(patterns: Sequence[str]) -> str:
    """A [[zones]] table to paste into the policy, ending with a newline; empty without patterns."""
    if not patterns:
        return ""
    lines = "".join(f"  {_quoted(pattern)},\n" for pattern in patterns)
    return f'[[zones]]\npaths = [\n{lines}]\nmode = "high-risk"\n'


def _quoted(text: str) -> str:
    """A basic string of TOML; a pattern holds no control character and no backslash."""
    return '"' + text.replace('"', '\\"') + '"'
