"""Whether a lane holds the locks for its high-risk paths, for the lean pre-commit (`lanegate/lean.py`).

As there, the only answer given is yes. What is read is the registry as it was fetched last, laid out in one index by
`usecases/lean_cache.py`, so that a thousand locks cost about as much as ten; the file says which files held the ref
then, and no longer counts once they say something else.
"""

from __future__ import annotations

from time import time

from lanegate.core.scope_index import ScopeIndex
from lanegate.lean import load, ref_files

LOCKS_FILE = b"/lanegate/locks"
#: core/refs.py says the same, and loads more.
LOCKS_REF = b"refs/lanegate/locks"


def all_locked(common_dir: bytes, lane: str, paths: list[bytes]) -> bool:
    """Whether a live lock of the lane covers each path, and none of another lane does."""
    known = load(common_dir + LOCKS_FILE)
    if known is None or known[0] != ref_files(common_dir, LOCKS_REF):
        return False
    _, lanes, expiries, state = known
    scopes = ScopeIndex.from_state(state)
    now = time()
    for path in paths:
        holders = [lanes[at] for at in scopes.covering(path) if now < expiries[at]]
        if not holders or any(holder != lane for holder in holders):
            return False
    return True
