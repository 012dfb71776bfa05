"""A policy with a zone of each mode, and a lock registry as a clone may have fetched it."""

from __future__ import annotations

import time
from collections.abc import Sequence

from lanegate.core.locks import LOCKS_REF, Lock, locks_file
from tests.support import Clone, policy

ZONES = """
[[zones]]
paths = ["/src/ui/hot/", "!/src/ui/hot/cold.py", "/src/app.py"]
mode = "high-risk"
[[zones]]
paths = ["/docs/guide.md", "/docs/log/"]
mode = "append-only"
[[zones]]
paths = ["/shared/", "/src/ui/vendor/"]
mode = "shared"
[[zones]]
paths = ["/src/ui/frozen/"]
mode = "frozen"
"""
ZONED = policy(extra=ZONES)
HOT = "src/ui/hot/a.py"


def lock(
    name: str, lane: str = "ui", scope: Sequence[str] = ("/src/ui/hot/",), *, left: int = 3600, owner: str | None = None
) -> Lock:
    """A lock whose lease ends in so many seconds."""
    now = int(time.time())
    return Lock(name, lane, owner, tuple(scope), "work on it", now - 60, now - 60, now + left, 1)


def plant_locks(clone: Clone, *locks: Lock) -> str:
    """Let the registry of a clone hold exactly these, as a fetch would; its tip."""
    blob = clone.out("hash-object", "-w", "--stdin", data=locks_file(locks))
    tree = clone.out("mktree", data=f"100644 blob {blob}\tlocks\n")
    tip = clone.out("commit-tree", tree, "-m", "Locks")
    clone.git("update-ref", LOCKS_REF, tip)
    return tip
