"""The lock registry as this clone knows it: as fresh as the last fetch, so what is read from it is advice; the server
judges by its own (design section 5; R-D04, R-F04).

A registry that was never fetched counts as empty: what needs a lock is refused early rather than at the push.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from lanegate.core.decision import Violation
from lanegate.core.locks import LOCKS_REF, Held, Lock
from lanegate.core.named_tuple import NamedTuple
from lanegate.git.locks import read_registry
from lanegate.git.objects import CatFile
from lanegate.git.refs import Tip
from lanegate.git.worktree import Worktree
from lanegate.usecases.clone import remote_of

#: What brings it up to date.
FETCH = "lanegate lock list --fetch"
_LOCKS = ("LG401", "LG402")
_STEPS = ((86400, "day"), (3600, "hour"), (60, "minute"))


class Known(NamedTuple):
    """tip: of the registry here, None where there is none. locks: live and stale. heard: when it was fetched last, in
    seconds since 1970; None: never, or nothing tells. is_own: this repository's own registry is the only one. ahead: by
    how many seconds the server's clock is ahead of this one, as far as a lock command found out."""

    tip: str | None = None
    locks: tuple[Lock, ...] = ()
    heard: float | None = None
    is_own: bool = False
    ahead: int = 0

    def held(self, now: float) -> Held:
        """What is held at a time of this clock, as far as is known here; leases run by the server's."""
        return Held(self.locks, int(now) + self.ahead)

    def freshness(self, now: float) -> str:
        """How old this knowledge is, in words."""
        if self.is_own:
            return "this repository's own lock registry"
        if self.heard is None:
            return "the lock registry was never fetched here" if self.tip is None else "the lock registry as it is here"
        what = "the lock registry" if self.tip is not None else "a server without a lock registry"
        return f"{what} as fetched {ago(now - self.heard)}"


def registry_known(worktree: Worktree) -> Known:
    """What is known of the registry. Raises GitError, ObjectTooLargeError."""
    from lanegate.usecases.locks_here import clock_ahead, seen

    tip = worktree.commit(LOCKS_REF)
    known = Known(tip, is_own=True)
    if remote_of(worktree) is not None:
        shown = seen(worktree)
        moved = _moved(worktree)
        times = [at for at in (shown.at if shown is not None else None, moved) if at is not None]
        known = Known(tip, (), max(times, default=None), ahead=clock_ahead(worktree))
    if tip is None:
        return known
    reader = CatFile(worktree.git)
    try:
        return known._replace(locks=read_registry(reader, tip))
    finally:
        reader.close()


class LocksHere:
    """What is known of the registry, read once somebody asks for it. now: seconds since 1970."""

    def __init__(self, worktree: Worktree, now: float) -> None:
        self._worktree = worktree
        self._now = now
        self._known: Known | None = None

    def held(self) -> Held:
        """What is held now, as far as is known here. Raises GitError, ObjectTooLargeError."""
        if self._known is None:
            self._known = registry_known(self._worktree)
        return self._known.held(self._now)

    def tips(self) -> dict[str, Tip]:
        """The ref of the registry as it is known here, for the facts of a push; none where there is none. Raises
        GitError."""
        tip = self._worktree.commit(LOCKS_REF)
        return {LOCKS_REF: Tip(tip, "commit", "")} if tip is not None else {}

    def told(self, found: Iterable[Violation]) -> Iterator[Violation]:
        """Violations as they are, but for those about locks: these say how old what is known of locks is."""
        for violation in found:
            if self._known is not None and violation.code in _LOCKS:
                hint = (violation.hint or "").replace("then push again", "then try again")
                if not self._known.is_own:
                    hint += f"; where that changed since: {FETCH}"
                violation = violation._replace(message=f"{violation.message} ({self.freshness})", hint=hint)
            yield violation

    @property
    def freshness(self) -> str | None:
        """How old it is, in words; None where nobody asked."""
        return None if self._known is None else self._known.freshness(self._now)


def ago(seconds: float) -> str:
    """How long ago, in the largest unit that fits."""
    for size, unit in _STEPS:
        count = int(seconds // size)
        if count > 0:
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"


def _moved(worktree: Worktree) -> float | None:
    """When the registry's ref moved last, in the file that holds it; None where it stands in none of its own."""
    try:
        return os.stat(os.path.join(worktree.common_dir, LOCKS_REF)).st_mtime
    except OSError:
        return None
