"""Whether locks are enforced here or mere advice, and how fresh what this clone knows of them is (R-D04, R-F04).

Only where the policy has a high-risk zone; elsewhere no path needs a lock.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from lanegate.core.locks import LOCKS_REF
from lanegate.git.locks import read_registry
from lanegate.git.objects import CatFile
from lanegate.git.run import GitError
from lanegate.git.worktree import Worktree
from lanegate.usecases.clone import Clone
from lanegate.usecases.doctor import DEAD, LIVE, NOTE, Layer
from lanegate.usecases.locks_here import registry_of
from lanegate.usecases.locks_known import FETCH, registry_known
from lanegate.usecases.server_config import AUDIT, ServerConfig
from lanegate.usecases.trusted_policy import PolicyFile

#: Seconds after which what is known of the registry is called old: a lease lasts hours.
OLD = 86400
_FETCH = f"run: {FETCH}"
_RESTORE = f"bring {LOCKS_REF} back from a clone that has it whole"


def examine_locks(clone: Clone, now: float) -> Iterator[Layer]:
    """The layers of locks in a clone. now: seconds since 1970. Raises GitError."""
    if not clone.policy.asks_locks:
        return
    try:
        known, registry = registry_known(clone.worktree), registry_of(clone.worktree)
    except GitError as error:
        yield Layer("locks", DEAD, f"{error.message}: a commit that needs a lock cannot be judged here", _FETCH)
        return
    held = known.held(now)
    count = f"{len(held.live)} live, {len(held.stale)} stale"
    if known.is_own:
        what = "advisory: no server judges them, so only hooks and verify refuse"
    elif registry.advisory:
        what = f"advisory: they are kept in {registry.ref}, where no hook of the server judges them"
    else:
        what = "enforced by the gate at the remote"
    is_fresh = known.is_own or (known.heard is not None and now - known.heard <= OLD)
    state = LIVE if is_fresh and what.startswith("enforced") else NOTE
    yield Layer("locks", state, f"{what}; {known.freshness(now)}: {count}", None if is_fresh else _FETCH)


def examine_server_locks(server: Worktree, config: ServerConfig, file: PolicyFile) -> Iterator[Layer]:
    """The layer of locks at a server. Raises GitError."""
    if not file.policy.asks_locks:
        return
    tip = server.commit(LOCKS_REF)
    reader = CatFile(server.git)
    try:
        locks = read_registry(reader, tip)
    except GitError as error:
        yield Layer("locks", DEAD, f"{error.message}: no push that needs a lock can be judged", _RESTORE)
        return
    finally:
        reader.close()
    live = sum(time.time() < lock.expires for lock in locks)
    count = f"{live} live, {len(locks) - live} stale" if tip is not None else "nobody ever took one"
    if config.mode == AUDIT:
        yield Layer("locks", NOTE, f"advisory: lanegate.mode is audit, only the registry itself is guarded; {count}")
    else:
        yield Layer("locks", LIVE, f"enforced at every push; {count}")
