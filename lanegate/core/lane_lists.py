"""What a lane may change, as pattern lists that can be compared with another list (core/overlap.py).

Taken from the state of an Ownership (core/ownership_state.py), since a server's hook loads a policy without its rules.
"""

from __future__ import annotations

from lanegate.core.policy import MODIFY, PRIMARY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lanegate.core.ownership import Ownership


def changing_lists(ownership: Ownership, lane: str) -> tuple[tuple[str, ...], ...]:
    """Lists of patterns, each of which covers only paths where the lane is PRIMARY or may MODIFY, and all of them
    together every such path. None for a lane that the policy does not have.

    Not so where `out_of_scope` holds a `!`, which no list can say: then the lists leave `out_of_scope` out of account.
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
    taken = [] if any(text.startswith("!") for text in out) else [f"!{text}" for text in out]
    owned, modified = texts[bounds[0] : bounds[1]], texts[bounds[1] : bounds[2]]
    return (*owned, *given, *taken), (*modified, *given, *taken)
