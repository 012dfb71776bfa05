"""Every short path over a small alphabet, and which of them a pattern list is about: overlap by trying.

A list is one integer with a bit for each path, the shortest path in the lowest bit, so that the first path of two lists
is a few operations away. Which single patterns match a path is what `core/index.py` says, which the tests of patterns
compare with git and pathspec.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

from lanegate.core.index import PatternIndex
from lanegate.core.overlap import in_order
from lanegate.core.patterns import Pattern, PatternError, parse_pattern

ATOMS = (
    "a", "b", "ab", "aa", ".a", "*", "?", "[ab]", "[a-b]*", "a*", "*b", "*a*", "?b", "a?", "?*", ".*", "*.b", "b?*a",
    "**", "**",
)  # fmt: skip


def short_paths(longest: int, letters: bytes = b"abc./") -> list[bytes]:
    """All paths of at most so many bytes, in the order in which a search would find them."""
    texts = (bytes(text) for size in range(1, longest + 1) for text in itertools.product(letters, repeat=size))
    odd = {b"", b".", b".."}
    return sorted((text for text in texts if odd.isdisjoint(text.split(b"/"))), key=in_order)


def random_bodies(pick: random.Random, count: int) -> list[str]:
    """Different patterns of the dialect, without `!`: up to three names of ATOMS."""
    found: dict[str, None] = {}
    while len(found) < count:
        parts = [pick.choice(ATOMS) for _ in range(pick.randint(1, 3))]
        text = pick.choice(("/", "/", "/", "")) + "/".join(parts) + pick.choice(("", "/"))
        try:
            found[parse_pattern(text).text] = None
        except PatternError:
            continue
    return list(found)


def random_list(pick: random.Random, bodies: Sequence[str]) -> list[Pattern]:
    """One to five of the patterns; some with `!`, though not the first."""
    chosen = [pick.choice(bodies) for _ in range(pick.randint(1, 5))]
    return [parse_pattern(("!" if at and pick.random() < 0.45 else "") + body) for at, body in enumerate(chosen)]


class Trial:
    """What lists of some patterns match, by trying all paths."""

    def __init__(self, bodies: Sequence[str], longest: int) -> None:
        self.longest = longest
        self.paths = short_paths(longest)
        self._matched = dict.fromkeys(bodies, 0)
        index = PatternIndex([parse_pattern(body) for body in bodies])
        for at, path in enumerate(self.paths):
            for position in index.matching(path):
                self._matched[bodies[position]] |= 1 << at

    def of_list(self, patterns: Sequence[Pattern]) -> int:
        """The paths whose last matching pattern has no `!`, as bits."""
        found = 0
        for pattern in patterns:
            matched = self._matched[pattern.text.removeprefix("!")]
            found = found & ~matched if pattern.negated else found | matched
        return found

    def first(self, found: int) -> bytes | None:
        """The shortest of some paths, None if there are none."""
        return self.paths[(found & -found).bit_length() - 1] if found else None
