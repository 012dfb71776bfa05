"""How a long history is cut into parts: contiguous, so that each part's objects lie near each other in the packs.

A part starts git anew, with cold caches; smaller ones share the work better.
"""

from __future__ import annotations

from itertools import pairwise

#: Commits in a part, at most; and in the last ones that are judged, if there are so many.
PART, LAST_PART = 14_000, 4_000
#: Where acceptance is judged: somebody waits for the first of them, to judge the landings while the next ones come in.
PART_COLLECTED = 1_000


def even_cuts(total: int, jobs: int) -> list[tuple[int, int]]:
    """`total` positions in contiguous stretches of nearly the same length, from the first on."""
    parts = jobs * -(-total // (jobs * PART_COLLECTED))
    marks = [total * number // parts for number in range(parts + 1)]
    return list(pairwise(marks))


def shrinking_cuts(total: int, jobs: int) -> list[tuple[int, int]]:
    """`total` positions in contiguous stretches, from the last on: newer commits take longer to judge. Each is a share
    of what is left, so that in the end nobody works alone for long."""
    least = min(LAST_PART, -(-total // jobs))
    cuts = []
    left = total
    while left:
        size = min(left, PART, max(least, left // (2 * jobs)))
        cuts.append((left - size, left))
        left -= size
    return cuts
