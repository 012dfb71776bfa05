"""Writing what the lean pre-commit reads (`lanegate/lean.py`): after the full engine has found policy and lane.

Files are written beside and renamed, so that a reader sees a whole one or none. A failure is silent: the cache saves
time and nothing else, and a read-only repository is none of a commit's business.

The order keeps it honest. The fingerprint of configuration and refs is taken first, then git is asked again for both;
only if the answers are still those that judged are they written. A fetch in between leaves a fingerprint that no
longer matches.
"""

from __future__ import annotations

import os
from typing import Any

from lanegate.core.policy import Lane
from lanegate.git.objects import ObjectTooLargeError
from lanegate.git.run import FIXED_VARIABLES, GitError
from lanegate.git.staged import DIFF_INDEX
from lanegate.git.worktree import Worktree, own_configuration, read_settings
from lanegate.lean import dump, fingerprint, load, ref_files
from lanegate.usecases.clone import Clone, branch_of, lane_trailers, remote_of

_PREFIX = "ownership-"


def remember(clone: Clone) -> None:
    """Let the next pre-commit in this worktree be lean, if it can be. Raises GitError, nothing else."""
    worktree = clone.worktree
    ref = _file_of_trusted_ref(worktree)
    if ref is None:
        return
    try:
        depends_on = fingerprint(os.fsencode(worktree.git_dir), os.fsencode(worktree.common_dir), os.fsencode(ref))
    except OSError:
        return
    if depends_on is None or not _is_unchanged(clone):
        return
    _write(os.path.join(worktree.git_dir, "lanegate", "lean"), _remembered(clone, ref, depends_on))
    folder = os.path.join(worktree.common_dir, "lanegate")
    name = _PREFIX + clone.file.blob
    state = clone.file.ownership.state()
    _write(os.path.join(folder, name), (*state[:4], "", "", "", *state[7:]))  # rules are only shown
    _forget_others(folder, name)
    if clone.policy.asks_locks:
        _remember_locks(worktree)


def _remember_locks(worktree: Worktree) -> None:
    """Lay out the locks as they are known here, beside what the files said before they were read."""
    from lanegate.core.scope_index import ScopeIndex
    from lanegate.lean_locks import LOCKS_FILE, LOCKS_REF
    from lanegate.usecases.locks_known import registry_known

    path = os.fsencode(worktree.common_dir) + LOCKS_FILE
    try:
        depends_on = ref_files(os.fsencode(worktree.common_dir), LOCKS_REF)
    except OSError:
        return
    former = load(path)
    if former is not None and former[0] == depends_on:
        return
    try:
        known = registry_known(worktree)
    except (GitError, ObjectTooLargeError):  # told where a path needs a lock
        return
    scopes = ScopeIndex([lock.scope for lock in known.locks])
    lanes = tuple([lock.lane for lock in known.locks])
    expiries = tuple([lock.expires - known.ahead for lock in known.locks])  # by this clock
    _write(os.fsdecode(path), (depends_on, lanes, expiries, scopes.state()))


def _file_of_trusted_ref(worktree: Worktree) -> str | None:
    """The ref whose file decides which commit is trusted, None where no single file does."""
    if any(key == "extensions.refstorage" for _, key, _ in own_configuration(worktree.git)):
        return None
    if worktree.settings.trusted_ref is not None:
        return worktree.settings.trusted_ref
    remote = remote_of(worktree)
    head = f"refs/remotes/{remote}/HEAD"
    return head if remote is not None and worktree.symbolic(head) is not None else None


def _is_unchanged(clone: Clone) -> bool:
    worktree = clone.worktree
    return (
        worktree.commit(clone.ref) == clone.file.commit
        and read_settings(worktree.git, worktree.common_dir) == worktree.settings
    )


def _remembered(clone: Clone, ref: str, depends_on: tuple[Any, ...]) -> tuple[Any, ...]:
    lanes = clone.policy.lanes.values()
    branches: dict[str, list[str]] = {}
    for lane in lanes:
        branches.setdefault(branch_of(lane), []).append(lane.id)
    by_head = {
        f"ref: refs/heads/{branch}\n".encode(): owners[0].encode()
        for branch, owners in branches.items()
        if len(owners) == 1
    }
    own = clone.worktree.settings.lane
    return (
        os.fsencode(ref),
        depends_on,
        clone.file.blob.encode(),
        {lane.id.encode(): _message(lane) for lane in lanes if lane.state == "active"},
        None if own is None else os.fsencode(own),
        by_head,
        tuple(argument.encode() for argument in (*DIFF_INDEX, "HEAD", "--")),
        {name.encode(): value.encode() for name, value in FIXED_VARIABLES.items()},
        tuple("" if zone.roles else zone.mode for zone in clone.policy.zones),
        _plain_top(clone.worktree),
    )


def _plain_top(worktree: Worktree) -> bytes:
    """The top of the work tree, for lanegate/lean_agent.py; nothing where one file may go by several names."""
    configured = {key: value for _, key, value in own_configuration(worktree.git)}
    if worktree.top is None or configured.get("core.ignorecase", "false") != "false":
        return b""
    return os.fsencode(worktree.top)


def _message(lane: Lane) -> tuple[bytes, bytes]:
    """What a message of the lane ends with, and what its subject starts with (nothing: it is free)."""
    trailers = "".join(f"{token}: {value}\n" for token, value in lane_trailers(lane))
    return trailers.encode(), f"{lane.subject_prefix} ".encode() if lane.subject_prefix else b""


def _write(path: str, value: tuple[Any, ...]) -> None:
    if load(os.fsencode(path)) == value:
        return
    beside = f"{path}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(beside, "wb") as file:
            file.write(dump(value))
        os.replace(beside, path)
    except OSError:
        return


def _forget_others(folder: str, keep: str) -> None:
    try:
        for name in os.listdir(folder):
            if name.startswith(_PREFIX) and not name.startswith(keep):
                os.unlink(os.path.join(folder, name))
    except OSError:
        return
