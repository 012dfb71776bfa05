"""`lanegate install` in a clone: the four client hooks, for all worktrees of the repository at once.

The folder is the one that git itself would look in (`git rev-parse --git-path hooks`), which in a linked worktree is
the common one: hooks below .git/worktrees/X/hooks are never run. A folder that `core.hooksPath` puts somewhere else
is used only when it lies inside the git folder, or with `force`: outside the repository it is shared with others,
inside the work tree it is for everybody who clones. Nothing is changed before everything was looked at.
"""

from __future__ import annotations

import os
import sys

import lanegate
from lanegate.core.named_tuple import NamedTuple
from lanegate.git.worktree import CallersGit, Worktree, find
from lanegate.usecases.agent_setup import NAME, agent_shim, place_of_shim
from lanegate.usecases.clone import Clone, open_clone, why_unmanaged
from lanegate.usecases.hook_files import put, take_away
from lanegate.usecases.installed import Installed
from lanegate.usecases.lean_cache import remember
from lanegate.usecases.shim import CLIENT_HOOKS, shim


class InstallError(Exception):
    """Nothing was installed; the text says why and what to do."""


class Report(NamedTuple):
    """What was done, a line a thing, and what the person should know."""

    lines: tuple[str, ...]
    notes: tuple[str, ...] = ()


def install(
    worktree: Worktree, *, trusted_ref: str | None = None, policy_path: str | None = None, force: bool = False
) -> Report:
    """Put the client hooks in place. Raises InstallError, StoppedError, HookFileError, GitError, OSError."""
    folder = hooks_folder(worktree)
    refuse_foreign_folder(worktree, folder, force=force)
    settings = worktree.settings
    wanted = settings._replace(
        trusted_ref=trusted_ref or settings.trusted_ref, policy_path=policy_path or settings.policy_path
    )
    clone = open_clone(worktree._replace(settings=wanted))
    if trusted_ref is not None and worktree.commit(trusted_ref) is None:
        raise InstallError(f"there is no commit at {trusted_ref}: name a full ref, such as refs/remotes/origin/main")
    lines = [f"{hook}: {put(folder, hook, own_shim(hook))}" for hook in CLIENT_HOOKS]
    lines.append(_put_agent_hook(worktree))
    record = Installed(worktree.git, worktree.common_dir)
    keys = {
        "lanegate.managed": ("true",) if clone is not None else None,
        "lanegate.trustedRef": (trusted_ref,) if trusted_ref is not None else None,
        "lanegate.policyPath": (policy_path,) if policy_path is not None else None,
    }
    record.configure({key: values for key, values in keys.items() if values is not None})
    return Report((f"hooks in {folder}", *lines, *record.lines), _notes(worktree._replace(settings=wanted), clone))


def uninstall(worktree: Worktree) -> Report:
    """Take the client hooks away and give everything its former state. Raises GitError, OSError."""
    folder = hooks_folder(worktree)
    lines = [f"{hook}: {take_away(folder, hook)}" for hook in CLIENT_HOOKS]
    lines.append(f"{NAME}: {take_away(*os.path.split(place_of_shim(worktree.common_dir)))}")
    record = Installed(worktree.git, worktree.common_dir)
    record.take_back()
    return Report((f"hooks in {folder}", *lines, *record.lines))


def hooks_folder(worktree: Worktree) -> str:
    """Where git looks for hooks, with the configuration of whoever asks. Raises GitError."""
    theirs = CallersGit(worktree.top or worktree.git_dir)
    return theirs.line("rev-parse", "--path-format=absolute", "--git-path", "hooks")


def refuse_foreign_folder(worktree: Worktree, folder: str, *, force: bool) -> None:
    """Raise InstallError where hooks would do nothing, or reach others than this repository."""
    if os.path.lexists(folder) and not os.path.isdir(folder):
        raise InstallError(f"core.hooksPath is {folder}, so git runs no hooks here at all; unset it first")
    inside = os.path.realpath(folder).startswith(os.path.realpath(worktree.common_dir) + os.sep)
    if inside or force:
        return
    raise InstallError(
        f"core.hooksPath is {folder}, outside the git folder of this repository: the hooks would be others' too. "
        'Unset it, call lanegate from the hooks there (lanegate-pre-commit "$@"), or say --force'
    )


def _put_agent_hook(worktree: Worktree) -> str:
    """The file that agents' editors run, for whoever configures them to (docs/agents.md)."""
    folder, name = os.path.split(place_of_shim(worktree.common_dir))
    return f"{name}: {put(folder, name, agent_shim(sys.executable, _package()))}"


def own_shim(hook: str) -> str:
    """The hook file that starts the Python and the lanegate that run now."""
    return shim(hook, sys.executable, _package())


def _package() -> str:
    return os.path.dirname(os.path.dirname(os.path.abspath(lanegate.__file__)))


def _notes(worktree: Worktree, clone: Clone | None) -> tuple[str, ...]:
    if clone is None:
        return (f"the hooks are silent: {why_unmanaged(worktree)}",)
    remember(clone._replace(worktree=find(worktree.top or worktree.git_dir)))
    return ()
