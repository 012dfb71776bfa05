"""What a clone remembers of its own lock commands, beside the registry (R-B04).

| file | holds |
|---|---|
| `lanegate/locks-held` of a worktree | the fence by which this worktree holds each lock |
| `lanegate/lock-tries` of all worktrees | refused tries by lane and scope: how many, the first, the last |
| `lanegate/locks-turn` of all worktrees | nothing: who has it locked is at work on the registry |

The fence that a worktree remembers is what makes it notice that it lost a lock to another holder of its own lane; by
the registry alone it would take that one's fence for its own. Tries are for metrics only: damaged, they begin anew.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager

from lanegate.core.named_tuple import NamedTuple
from lanegate.git.run import GitError
from lanegate.git.worktree import Worktree
from lanegate.usecases.kept_file import keep, kept_in, read_kept

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from lanegate.core.locks import Lock

_HELD, _TRIES, _TURN = "locks-held", "lock-tries", "locks-turn"
#: Seconds after which a refused try that nobody repeated belongs to another story.
_FORGOTTEN = 3600


class Tries(NamedTuple):
    """times: refused tries. waited: seconds since the first of them."""

    times: int = 0
    waited: int = 0


@contextmanager
def in_turn(worktree: Worktree, say: Callable[[str], None]) -> Iterator[None]:
    """One process of the clone at a time, whatever worktree it is in: they do not outrun each other over the network.

    A process that dies lets go (flock(2)). say: told once where somebody else is at work. Raises GitError.
    """
    path = kept_in(worktree.common_dir, _TURN)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise GitError(f"{path} cannot be opened: {error.strerror}") from error
    try:
        _take(descriptor, path, say)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, path: str, say: Callable[[str], None]) -> None:
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another lock command of this clone is at work, waiting for it")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError as error:
        raise GitError(f"{path} cannot be locked: {error.strerror}") from error


def fences(worktree: Worktree, lane: str) -> dict[str, int]:
    """The fence by which this worktree holds each lock for a lane. Raises GitError."""
    return {lock: fence for lock, (whose, fence) in _held(worktree).items() if whose == lane}


def hold(worktree: Worktree, locks: Iterable[Lock]) -> None:
    """Keep that this worktree holds these locks, each by its fence. Raises GitError."""
    former = _held(worktree)
    _keep_held(worktree, former, {**former, **{lock.id: (lock.lane, lock.fence) for lock in locks}})


def let_go(worktree: Worktree, names: Iterable[str]) -> None:
    """Keep that this worktree holds none of these locks any more. Raises GitError."""
    former, gone = _held(worktree), frozenset(names)
    _keep_held(worktree, former, {name: one for name, one in former.items() if name not in gone})


def _held(worktree: Worktree) -> dict[str, tuple[str, int]]:
    path = kept_in(worktree.git_dir, _HELD)
    content = read_kept(path)
    try:
        found = json.loads(content or b"{}")
        return {str(lock): (str(one["lane"]), int(one["fence"])) for lock, one in found.items()}
    except (ValueError, TypeError, AttributeError, KeyError):
        message = f"{path} does not say any more which locks this worktree holds; look, then take it away: rm {path}"
        raise GitError(message) from None


def _keep_held(worktree: Worktree, former: Mapping[str, Any], now: Mapping[str, tuple[str, int]]) -> None:
    if now != former:
        plain = {lock: {"lane": lane, "fence": fence} for lock, (lane, fence) in now.items()}
        keep(kept_in(worktree.git_dir, _HELD), json.dumps(plain, indent=1, sort_keys=True).encode() + b"\n")


def tries(worktree: Worktree, lane: str, scope: tuple[str, ...], now: int) -> Tries:
    """The refused tries of a lane to get this scope."""
    found = _tries(worktree).get(_key(lane, scope))
    if found is None or not 0 <= now - found["last"] <= _FORGOTTEN:
        return Tries()
    return Tries(found["count"], max(0, now - found["first"]))


def count_try(worktree: Worktree, lane: str, scope: tuple[str, ...], now: int, *, again: bool = False) -> None:
    """One more try was refused; again: the one that was counted last still waits. Raises GitError."""
    before = tries(worktree, lane, scope, now)
    kept = {key: one for key, one in _tries(worktree).items() if 0 <= now - one["last"] <= _FORGOTTEN}
    times = max(1, before.times + (not again))
    kept[_key(lane, scope)] = {"count": times, "first": now - before.waited, "last": now}
    _keep_tries(worktree, kept)


def forget_tries(worktree: Worktree, lane: str, scope: tuple[str, ...]) -> None:
    """The lane got the scope. Raises GitError."""
    kept = _tries(worktree)
    if kept.pop(_key(lane, scope), None) is not None:
        _keep_tries(worktree, kept)


def _key(lane: str, scope: tuple[str, ...]) -> str:
    return " ".join((lane, *scope))


def _tries(worktree: Worktree) -> dict[str, dict[str, int]]:
    content = read_kept(kept_in(worktree.common_dir, _TRIES))
    try:
        found: Any = json.loads(content or b"{}")
        kept = {str(key): {name: int(one[name]) for name in ("count", "first", "last")} for key, one in found.items()}
    except (ValueError, TypeError, AttributeError, KeyError, OverflowError):
        return {}
    return {key: one for key, one in kept.items() if one["count"] > 0}


def _keep_tries(worktree: Worktree, kept: Mapping[str, Mapping[str, int]]) -> None:
    keep(kept_in(worktree.common_dir, _TRIES), json.dumps(kept, indent=1, sort_keys=True).encode() + b"\n")
