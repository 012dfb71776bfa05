"""The lock registry as a clone has it: where it is kept, what the server showed last, and when (design section 6).

`refs/lanegate/locks` here is what the server had when it was asked last; nothing of this clone's own is ever on top of
it, since a lock that is not on the server is held by nobody. Beside it a file remembers that tip and the time, so that
whatever the server shows later must descend from it, and everybody sees how old the answer is. Where there is no
remote, the clone's own ref is the registry, and all its worktrees share it.

| file of the folder that all worktrees share | holds |
|---|---|
| `lanegate/locks-seen` | the tip that was seen last (`-`: there was no registry), and when, in seconds since 1970 |
| `lanegate/server-clock` | by how many seconds the server's clock is ahead of this one |
"""

from __future__ import annotations

import time

from lanegate.core.decision import Decision, Violation
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.object_id import is_full_id
from lanegate.core.refs import LOCKS_REF
from lanegate.git.reach import is_reachable
from lanegate.git.remote import Remote
from lanegate.git.run import GitError
from lanegate.git.worktree import Worktree
from lanegate.usecases.clone import Clone, StoppedError, open_clone
from lanegate.usecases.kept_file import keep, kept_in, read_kept
from lanegate.usecases.ledger_here import RECORDS, has, move_tip, remote_records, tip_here
from lanegate.usecases.ledger_refusals import refused

#: Where a fetch puts the server's registry before anybody has looked at it.
_SHOWN = "refs/lanegate/shown/locks"
_SEEN, _CLOCK = "locks-seen", "server-clock"
#: Seconds between two clocks, at most: no clock is off by a century.
_MOST_AHEAD = 100 * 366 * 86_400


class Registry(NamedTuple):
    """Where the registry is. remote: that keeps it, None where this clone's own is the only one. ref: its name there.
    advisory: no hook of lanegate judges it there, as on a forge without server hooks."""

    remote: Remote | None
    ref: str
    advisory: bool = False


class Seen(NamedTuple):
    """tip: of the registry, None where there was none. at: when it was fetched, in seconds since 1970."""

    tip: str | None
    at: int


def registry_of(worktree: Worktree) -> Registry:
    """The registry that counts in this clone. Raises GitError."""
    found = remote_records(worktree)
    if found is None:
        return Registry(None, LOCKS_REF)
    remote, prefix = found
    return Registry(remote, f"{prefix}/{LOCKS_REF.rpartition('/')[2]}", advisory=prefix != RECORDS)


def fetched(clone: Clone, registry: Registry) -> tuple[Clone, str | None]:
    """The clone with the policy, and the registry's tip, as the server has them now, in one fetch; this clone's
    registry is that one then. Raises StoppedError (LG407) where it is not what the server showed before,
    UnreachableError, GitError."""
    worktree, remote = clone.worktree, registry.remote
    if remote is None:
        return clone, tip_here(worktree.git, LOCKS_REF)
    prefix = f"refs/remotes/{remote.name}/"
    branch = clone.ref.removeprefix(prefix)
    policy = [f"+refs/heads/{branch}:{clone.ref}"] if branch != clone.ref else []
    tip = remote.follow(registry.ref, _SHOWN, *policy)
    if worktree.commit(clone.ref) != clone.file.commit:
        clone = open_clone(worktree) or clone
    before = seen(worktree)
    if before is not None and before.tip not in (None, tip) and not _follows(worktree, before.tip, tip):
        raise StoppedError(went_back(before.tip or "", tip, registry.ref, kept_in(worktree.common_dir, _SEEN)))
    settle(worktree, tip)
    return clone, tip


def settle(worktree: Worktree, tip: str | None) -> None:
    """Let this clone's registry be what the server has now. Raises GitError."""
    keep(kept_in(worktree.common_dir, _SEEN), f"{tip or '-'}\n{int(time.time())}\n".encode())
    here = tip_here(worktree.git, LOCKS_REF)
    while not move_tip(worktree.git, here, tip, LOCKS_REF):
        here = tip_here(worktree.git, LOCKS_REF)


def _follows(worktree: Worktree, older: str | None, tip: str | None) -> bool:
    if older is None or tip is None:
        return older is None
    return has(worktree.git, older) and is_reachable(worktree.git, older, [tip])


def went_back(seen_tip: str, tip: str | None, ref: str, file: str) -> Decision:
    """LG407: what was there before is not there any more."""
    shown = f"shows {tip[:12]}, which does not descend from it" if tip is not None else "has no registry any more"
    message = f"an older or forked lock registry is served: {seen_tip[:12]} was there before, and the server {shown}"
    hint = f"ask the server's admin; {LOCKS_REF} of older clones has what is missing. If all is well: rm {file}"
    return refused(Violation(code="LG407", message=message, hint=hint, ref=ref))


def seen(worktree: Worktree) -> Seen | None:
    """What the server showed last, None before the first time. Raises GitError."""
    path = kept_in(worktree.common_dir, _SEEN)
    content = read_kept(path)
    if content is None:
        return None
    tip, _, rest = content.decode("ascii", "replace").partition("\n")
    if not (rest.endswith("\n") and rest[:-1].isdecimal() and (tip == "-" or is_full_id(tip))):
        raise GitError(f"{path} does not hold the registry's tip and a time; take it away once you know why: rm {path}")
    return Seen(None if tip == "-" else tip, int(rest))


def clock_ahead(worktree: Worktree) -> int:
    """By how many seconds the server's clock was ahead of this one when they were compared; 0 if they never were."""
    return _ahead(worktree) or 0


def was_compared(worktree: Worktree) -> bool:
    """Whether the server ever took or refused a time of this clone."""
    return _ahead(worktree) is not None


def _ahead(worktree: Worktree) -> int | None:
    """None also where nobody can read it any more."""
    content = read_kept(kept_in(worktree.common_dir, _CLOCK)) or b""
    try:
        found = int(content)
    except ValueError:
        return None
    return found if abs(found) <= _MOST_AHEAD else None


def remember_clock(worktree: Worktree, ahead: int) -> None:
    """Keep by how many seconds the server's clock is ahead. Raises GitError."""
    keep(kept_in(worktree.common_dir, _CLOCK), f"{ahead}\n".encode())
