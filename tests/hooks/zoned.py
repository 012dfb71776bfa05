"""A policy with a zone of each mode, and a lock registry as a clone may have fetched it."""

from __future__ import annotations

import time
from collections.abc import Sequence

from lanegate.core.lock_record import Acquire, Release
from lanegate.core.locks import LOCKS_REF, Lock, locks_file
from lanegate.core.record import Record, write_record
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
_AT = "2026-11-21T18:00:00Z"


def lock(
    name: str, lane: str = "ui", scope: Sequence[str] = ("/src/ui/hot/",), *, left: int = 3600, owner: str | None = None
) -> Lock:
    """A lock whose lease ends in so many seconds."""
    now = int(time.time())
    return Lock(name, lane, owner, tuple(scope), "work on it", now - 60, now - 60, now + left, 1)


def plant_locks(clone: Clone, *locks: Lock) -> str:
    """Let the registry of a clone hold exactly these, as a fetch would; its tip. Its records tell who ever held one."""
    blob = clone.out("hash-object", "-w", "--stdin", data=locks_file(locks))
    tip = clone.tip(LOCKS_REF)
    gone: list[Acquire | Release] = [Release("gone", 1, _AT)]
    bodies = [Acquire(one.id, one.lane, one.scope, one.objective, 3600, _AT) for one in locks] or gone
    for number, body in enumerate(bodies, 1):
        record = clone.out("hash-object", "-w", "--stdin", data=write_record(Record(number, "a" * 40, body, None)))
        tree = clone.out("mktree", data=f"100644 blob {blob}\tlocks\n100644 blob {record}\trecord\n")
        tip = clone.out("commit-tree", tree, *(["-p", tip] if tip else []), "-m", "Locks")
    assert tip is not None
    clone.git("update-ref", LOCKS_REF, tip)
    return tip
