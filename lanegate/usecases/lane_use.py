"""`lanegate lane use ID`: this worktree works in lane ID from now on (R-B01, mode B: a worktree and branch a lane).

The setting belongs to one worktree, so it lives in that worktree's own file (git-worktree(1), "Configuration file").
That needs `extensions.worktreeConfig`, and turning it on needs what git-worktree(1) says of it: `core.bare = true`
and `core.worktree` of the common file are moved to the main worktree's own, or every worktree would believe them.
"""

from __future__ import annotations

import os

from lanegate.core.named_tuple import NamedTuple
from lanegate.core.policy import Lane
from lanegate.git.run import Git
from lanegate.git.worktree import CallersGit, Worktree, own_configuration, worktree_id
from lanegate.usecases.clone import Clone, branch_of

KEY = "lanegate.lane"
KEY_OF = "lanegate.laneOf"
EXTENSION = "extensions.worktreeConfig"
_MOVED = ("core.bare", "core.worktree")


class LaneUseError(Exception):
    """The lane cannot be used here; the text says why and what to do."""


class Used(NamedTuple):
    """What was done. former: the lane of this worktree before, None if it had none of its own."""

    lane: Lane
    former: str | None
    branch: str | None = None
    created: bool = False


def use_lane(clone: Clone, name: str, *, with_branch: bool) -> Used:
    """Set the lane of this worktree; with_branch: also switch to its branch, made from HEAD where there is none.

    Raises LaneUseError, GitError.
    """
    lane = clone.policy.lanes.get(name)
    if lane is None:
        raise LaneUseError(f"unknown lane {name}; lanes of the policy: {', '.join(clone.policy.lanes) or 'none'}")
    if lane.state != "active":
        raise LaneUseError(f"lane {name} is {lane.state}: only an active lane can be worked in")
    worktree = clone.worktree
    if worktree.top is None:
        raise LaneUseError("this repository has no work tree: add one with git worktree add, and use the lane there")
    created = _switch(worktree.top, branch_of(lane)) if with_branch else False
    former = set_lane(worktree, name)
    return Used(lane, former, branch_of(lane) if with_branch else None, created)


def set_lane(worktree: Worktree, name: str) -> str | None:
    """Write the worktree's own lane; the lane that it had. Raises GitError."""
    enable_worktree_config(worktree)
    worktree.git.output("config", "--worktree", "--replace-all", KEY, name)
    where = worktree_id(worktree.git_dir, worktree.common_dir)
    worktree.git.output("config", "--worktree", "--replace-all", KEY_OF, where)
    return worktree.settings.lane


def clear_lane(worktree: Worktree) -> str | None:
    """Let this worktree have no lane of its own again; the lane that it had. Raises GitError."""
    present = {key for _, key, _ in own_configuration(worktree.git)}
    for key in (KEY, KEY_OF):
        if key.lower() in present:
            worktree.git.output("config", "--worktree", "--unset-all", key, accept=(0, 5))
    return worktree.settings.lane


def enable_worktree_config(worktree: Worktree) -> None:
    """Give each worktree a configuration file of its own, without changing what any of them is. Raises GitError."""
    common = Git(worktree.common_dir)
    local = {key: value for scope, key, value in own_configuration(common) if scope == "local"}
    if local.get(EXTENSION.lower(), "false") in ("true", None):
        return
    main_file = os.path.join(worktree.common_dir, "config.worktree")
    for key in _MOVED:
        value = local.get(key)
        if key not in local or (key == "core.bare" and value == "false"):
            continue
        common.output("config", "--file", main_file, key, "true" if value is None else value)
        common.output("config", "--local", "--unset-all", key)
    common.output("config", "--local", EXTENSION, "true")


def _switch(top: str, branch: str) -> bool:
    """Check a branch out, making it from HEAD where there is none; whether it was made. Raises GitError."""
    theirs = CallersGit(top)
    if theirs.line("symbolic-ref", "--quiet", "HEAD", accept=(0, 1)) == f"refs/heads/{branch}":
        return False
    exists = theirs.line("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}", accept=(0, 1))
    tracked = theirs.line("for-each-ref", "--format=x", f"refs/remotes/*/{branch}")
    theirs.output("switch", "--quiet", *(() if exists or tracked else ("--create",)), branch)
    return not exists
