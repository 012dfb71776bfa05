"""Where the hooks of a server lie: what judges a push (pre-receive) and what records that it landed (post-receive).

Where the platform keeps a folder `NAME.d` beside a hook of its own that runs what is in it, lanegate goes in there;
where the platform runs such folders itself (Gitaly), one is made. What stands there for others is not touched.
"""

from __future__ import annotations

import os

from lanegate.core.named_tuple import NamedTuple
from lanegate.git.worktree import Worktree
from lanegate.usecases.hook_files import is_live, is_ours, place_of, put, take_away
from lanegate.usecases.install import InstallError, hooks_folder, own_shim
from lanegate.usecases.platforms import LOCAL, PLATFORMS, Platform
from lanegate.usecases.shim import AFTER_HOOK, SERVER_HOOKS

DELEGATED_NAME = "lanegate"


class Place(NamedTuple):
    """Where our file of a hook goes: folder and file name."""

    hook: str
    folder: str
    name: str


def platform_of(name: str | None) -> Platform:
    """The platform of that name, `local` for none that is known."""
    return PLATFORMS.get(name or LOCAL, PLATFORMS[LOCAL])


def own_folder(server: Worktree, platform: Platform) -> str:
    """The folder of the repository's own hooks on this platform."""
    return os.path.join(server.git_dir, platform.hooks)


def places(server: Worktree, platform: Platform, *, must_be_run: bool = True) -> tuple[Place, ...]:
    """The places of every hook that the platform runs. Raises InstallError as `place_of_hook`."""
    folder = own_folder(server, platform)
    hooks = [hook for hook in SERVER_HOOKS if platform.has_post_receive or hook != AFTER_HOOK]
    made = platform.runs_folders
    return tuple(place_of_hook(folder, hook, runs_folders=made, must_be_run=must_be_run) for hook in hooks)


def place_of_hook(folder: str, hook: str, *, runs_folders: bool = False, must_be_run: bool = True) -> Place:
    """The place of one hook: beside the platform's own in `NAME.d`, where there is one, or where it runs those itself.

    Raises InstallError when nothing would run what is in there, unless not `must_be_run`.
    """
    delegated = os.path.join(folder, f"{hook}.d")
    if runs_folders:
        return Place(hook, delegated, DELEGATED_NAME)
    if not os.path.isdir(delegated) or is_ours(os.path.join(folder, hook)):
        return Place(hook, folder, hook)
    if must_be_run and not is_live(os.path.join(folder, hook)):
        raise InstallError(f"{delegated} is there, but no executable {hook} that runs what is in it")
    return Place(hook, delegated, DELEGATED_NAME)


def left_elsewhere(server: Worktree, where: tuple[Place, ...]) -> tuple[Place, ...]:
    """Every other place that a platform has for a hook and where a file of ours lies: it was another one before."""
    found = []
    for folder in dict.fromkeys(os.path.join(server.git_dir, platform.hooks) for platform in PLATFORMS.values()):
        for hook in SERVER_HOOKS:
            found += [Place(hook, folder, hook), Place(hook, os.path.join(folder, f"{hook}.d"), DELEGATED_NAME)]
    return tuple(place for place in found if place not in where and place_of(place.folder, place.name) is not None)


def missing_folders(server: Worktree, where: tuple[Place, ...]) -> tuple[str, ...]:
    """The folders of these places that are yet to be made, outermost first, as paths in the repository."""
    names = [os.path.relpath(place.folder, server.git_dir) for place in where]
    both = dict.fromkeys(part for name in names for part in (os.path.dirname(name), name) if part)
    return tuple(part for part in both if not os.path.lexists(os.path.join(server.git_dir, part)))


def refuse_other_folder(server: Worktree, platform: Platform, *, force: bool) -> None:
    """Raise InstallError where git looks for hooks elsewhere. What a platform sets itself is not to be seen here."""
    used, folder = hooks_folder(server), own_folder(server, platform)
    if platform.hooks == "hooks" and os.path.realpath(used) != os.path.realpath(folder) and not force:
        raise InstallError(
            f"core.hooksPath is {used}: git looks for hooks there. Call lanegate-pre-receive from the hook there, "
            "or say --force to let this repository's own hooks count instead"
        )


def put_hooks(where: tuple[Place, ...]) -> list[str]:
    """Put our files in place; what was done, lines. Raises HookFileError, OSError."""
    return _in_folders(
        where, [f"{place.hook}: {put(place.folder, place.name, own_shim(place.hook))}" for place in where]
    )


def take_hooks_away(where: tuple[Place, ...]) -> list[str]:
    """Take our files away; what was done, as of `put_hooks`. Raises OSError."""
    return _in_folders(where, [f"{place.hook}: {take_away(place.folder, place.name)}" for place in where])


def own_hooks_path(server: Worktree) -> str:
    """The value of core.hooksPath that means the repository's own folder, also after it was moved if possible.

    A relative path counts from where hooks run, which for a server's hooks is the git folder, but for those of a linked
    worktree its top.
    """
    linked = os.path.join(server.git_dir, "worktrees")
    return os.path.join(server.git_dir, "hooks") if os.path.isdir(linked) and os.listdir(linked) else "hooks"


def _in_folders(where: tuple[Place, ...], lines: list[str]) -> list[str]:
    found: list[str] = []
    for folder in dict.fromkeys(place.folder for place in where):
        here = [line for place, line in zip(where, lines, strict=True) if place.folder == folder]
        found += (f"hook{'s' if len(here) > 1 else ''} in {folder}", *here)
    return found
