"""Moving a ref of lanegate by compare-and-swap, also after somebody was killed while he did (git-update-ref(1)).

git holds `<ref>.lock` for as long as it writes an id and a line of reflog. Who is killed meanwhile leaves that behind,
and git then asks for somebody to delete it. Nothing but lanegate moves these refs, so a lock that stays the same for
STALE seconds is nobody's any more.
"""

from __future__ import annotations

import os
import time

from lanegate.git.run import Git, GitError

#: Seconds after which a lock of a ref counts as left behind, and between two looks at it.
STALE, LOOK = 3.0, 0.1
_NAMES_LOCK = ".lock': File exists"


def move_ref(git: Git, ref: str, old: str | None, new: str | None, *options: str) -> None:
    """Let a ref that holds `old` hold `new`, None for no such ref. options: of `git update-ref`. Raises GitError where
    it holds something else, or cannot be moved."""
    none = "0" * len(old or new or "")
    asked = ("update-ref", "--no-deref", *options, ref, new or none, old or none)
    try:
        git.output(*asked)
    except GitError as error:
        if _NAMES_LOCK not in error.message or not _cleared(_lock_of(git, ref)):
            raise
        git.output(*asked)


def _lock_of(git: Git, ref: str) -> str:
    common = git.line("rev-parse", "--path-format=absolute", "--git-common-dir")
    return os.path.join(common, f"{ref}.lock")


def _cleared(lock: str) -> bool:
    """Whether a lock is gone, by its owner within STALE seconds, or taken away as left behind; False where it keeps
    changing hands."""
    first = _identity(lock)
    end = time.monotonic() + STALE
    while first is not None and time.monotonic() < end:
        time.sleep(LOOK)
        now = _identity(lock)
        if now != first:
            return now is None
    if first is not None:
        try:
            os.unlink(lock)
        except FileNotFoundError:
            return True
    return True


def _identity(lock: str) -> tuple[int, int, int] | None:
    try:
        found = os.stat(lock)
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
