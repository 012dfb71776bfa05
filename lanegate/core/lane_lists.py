"""What a lane may change, as pattern lists that can be compared with another list (core/overlap.py).

Taken from the state of an Ownership (core/ownership_state.py), since a server's hook loads a policy without its rules.
"""

from __future__ import annotations

from itertools import pairwise

from lanegate.core.policy import APPEND_ONLY, MODIFY, PRIMARY, SHARED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lanegate.core.ownership import Ownership
    from lanegate.core.policy import Policy


OPEN_MODES = (SHARED, APPEND_ONLY)


def changing_lists(policy: Policy, ownership: Ownership, lane: str) -> tuple[tuple[str, ...], ...]:
    """Lists of patterns that together cover every path that a lane may change: where it is PRIMARY or may MODIFY, and
    where a zone lets any lane. None for a lane that the policy does not have. policy: may be without rules.

    They cover nothing else but where one list cannot say it: paths that an `out_of_scope` takes away which holds a `!`,
    and those of a zone of OPEN_MODES that stand in a later zone as well whose list holds one (docs/judgement.md, "The
    lock registry").
    """
    state = ownership.state()
    grants, lanes, texts = state[1], state[2], state[4].split("\n")
    found = next(((bounds, rows) for name, bounds, rows in lanes if name == lane), None)
    if found is None:
        return ()
    bounds, rows = found
    given = [
        texts[at] if grants[level - 1] in (PRIMARY, MODIFY) else f"!{texts[at]}"
        for at, level in enumerate(rows)
        if level
    ]
    out = texts[bounds[3] : bounds[4]]
    taken = _not_in([out])
    zones = [texts[start:end] for start, end in pairwise(state[8])]
    anybodys = [
        (*zones[at], *_not_in(zones[at + 1 :])) for at, zone in enumerate(policy.zones) if zone.mode in OPEN_MODES
    ]
    owned, modified = texts[bounds[0] : bounds[1]], texts[bounds[1] : bounds[2]]
    return (*owned, *given, *taken), (*modified, *given, *taken), *[(*zone, *taken) for zone in anybodys]


def _not_in(lists: Sequence[Sequence[str]]) -> list[str]:
    """Patterns that take away, at the end of a list, what these lists hold; nothing for a list that holds a `!`."""
    plain = [texts for texts in lists if not any(text.startswith("!") for text in texts)]
    return [f"!{text}" for texts in plain for text in texts]
