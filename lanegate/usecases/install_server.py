"""`lanegate install --server DIR`: the gate of a bare repository, its settings and what git itself must deny.

Everything the hook goes by is written into the repository's own configuration, key by key, also where it is the
default: nothing a pusher brings along may fill a gap (design section 3.6). What git denies by itself:

| key | why |
|---|---|
| receive.fsckObjects, transfer.fsckObjects | malformed objects are stopped before they are stored |
| receive.shallowUpdate = false | a push that cuts history off cannot be judged |
| receive.denyDeleteCurrent = true | the default branch is not deleted, whatever the policy says |
| core.hooksPath = hooks | git-receive-pack may run as the pusher, whose own ~/.gitconfig could switch hooks off |

Non-fast-forwards and deletions stay possible for git: the policy says for each ref whether they are allowed.

Where the platform keeps a `pre-receive.d` folder beside a hook of its own that runs what is in it, lanegate goes in
there.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from lanegate.core.named_tuple import NamedTuple
from lanegate.core.policy import Policy
from lanegate.git.config_edit import all_values
from lanegate.git.objects import CatFile
from lanegate.git.worktree import DEFAULT_POLICY_PATH, NotARepositoryError, Worktree, find, without_repository
from lanegate.usecases.hook_files import is_live, put, take_away
from lanegate.usecases.install import InstallError, Report, hooks_folder, own_shim
from lanegate.usecases.installed import Installed
from lanegate.usecases.server_config import (
    DEFAULT_DEADLINE,
    ENFORCE,
    IDENTITY_VARIABLES,
    LOCAL,
    ConfigError,
    ServerConfig,
    read_server_config,
)
from lanegate.usecases.shim import SERVER_HOOK
from lanegate.usecases.trusted_policy import NoPolicyError, policy_at

DELEGATED = SERVER_HOOK + ".d"
DELEGATED_NAME = "lanegate"
DENIED: Mapping[str, tuple[str, ...]] = {
    "receive.fsckObjects": ("true",),
    "transfer.fsckObjects": ("true",),
    "receive.shallowUpdate": ("false",),
    "receive.denyDeleteCurrent": ("true",),
}
_HOOKS_PATH = "core.hooksPath"
_FOREIGN = "dubious ownership"  # what git says of a repository of somebody else (git-config(1), safe.directory)


class ServerOptions(NamedTuple):
    """What was asked for; None keeps what the repository has, else the default. baseline: names of commits."""

    platform: str | None = None
    trusted_ref: str | None = None
    policy_path: str | None = None
    identity_variable: str | None = None
    bootstrap_pusher: str | None = None
    baseline: tuple[str, ...] | None = None
    mode: str | None = None
    deadline: str | None = None


def install_server(directory: str, options: ServerOptions, *, force: bool = False) -> Report:
    """Put the gate in place. Raises InstallError, HookFileError, GitError, OSError; then nothing was changed."""
    server = open_server(directory)
    folder = os.path.join(server.git_dir, "hooks")
    _refuse_other_folder(server, folder, force=force)
    settings = _settings(server, options)
    try:
        config = read_server_config({key.partition(".")[2].lower(): values for key, values in settings.items()})
    except ConfigError as error:
        raise InstallError(error.message) from error
    place, name = hook_place(folder)
    lines = [f"{SERVER_HOOK}: {put(place, name, own_shim(SERVER_HOOK))}"]
    record = Installed(server.git, server.git_dir)
    record.configure({**settings, **DENIED, _HOOKS_PATH: (_own_hooks(server),)})
    return Report((f"hook in {place}", *lines, *record.lines), _notes(server, config))


def uninstall_server(directory: str) -> Report:
    """Take the gate away and give everything its former state. Raises InstallError, GitError, OSError."""
    server = open_server(directory)
    folder = os.path.join(server.git_dir, "hooks")
    place, name = hook_place(folder, must_be_run=False)
    lines = [f"{SERVER_HOOK}: {take_away(place, name)}"]
    record = Installed(server.git, server.git_dir)
    record.take_back()
    return Report((f"hook in {place}", *lines, *record.lines))


def open_server(directory: str) -> Worktree:
    """The bare repository at `directory`. Raises InstallError when it is none that can be judged."""
    try:
        server = find(directory, without_repository(os.environ))
    except NotARepositoryError as error:
        hint = f"; if you trust it: git config --global --add safe.directory {directory}"
        raise InstallError(f"{directory}: {error.message}{hint if _FOREIGN in error.message else ''}") from error
    if server.git.line("rev-parse", "--is-bare-repository") != "true" or server.top is not None:
        raise InstallError(f"{directory} has a work tree: people push to a bare repository (git clone --bare)")
    if os.path.realpath(server.git_dir) != os.path.realpath(directory):
        raise InstallError(f"{directory} is not a repository itself, it lies inside {server.git_dir}")
    shallow = os.path.join(server.git_dir, "shallow")
    if os.path.exists(shallow) and os.path.getsize(shallow):
        raise InstallError(f"{directory} is shallow, its history is cut off: git fetch --unshallow there first")
    return server


def hook_place(folder: str, *, must_be_run: bool = True) -> tuple[str, str]:
    """(folder, file name) of our hook: beside the platform's own in pre-receive.d, where there is one.

    Raises InstallError when nothing would run what is in there, unless not `must_be_run`.
    """
    delegated = os.path.join(folder, DELEGATED)
    if not os.path.isdir(delegated):
        return folder, SERVER_HOOK
    if must_be_run and not is_live(os.path.join(folder, SERVER_HOOK)):
        raise InstallError(f"{delegated} is there, but no executable {SERVER_HOOK} that runs what is in it")
    return delegated, DELEGATED_NAME


def _own_hooks(server: Worktree) -> str:
    """The value of core.hooksPath that means the repository's own folder, also after it was moved if possible.

    A relative path counts from where hooks run, which for a server's hooks is the git folder, but for those of a linked
    worktree its top.
    """
    linked = os.path.join(server.git_dir, "worktrees")
    return os.path.join(server.git_dir, "hooks") if os.path.isdir(linked) and os.listdir(linked) else "hooks"


def _refuse_other_folder(server: Worktree, folder: str, *, force: bool) -> None:
    used = hooks_folder(server)
    if os.path.realpath(used) != os.path.realpath(folder) and not force:
        raise InstallError(
            f"core.hooksPath is {used}: git looks for hooks there. Call lanegate-pre-receive from the hook there, "
            "or say --force to let this repository's own hooks count instead"
        )


def _settings(server: Worktree, options: ServerOptions) -> dict[str, tuple[str, ...]]:
    """Every lanegate key with its values; none: the key is unset."""
    before = all_values(server.git)

    def one(key: str, asked: str | None, default: str | None) -> tuple[str, ...]:
        if asked is None:
            asked = next(iter(before.get(f"lanegate.{key.lower()}", ())), default)
        return (asked,) if asked else ()

    platform = one("platform", options.platform, LOCAL)
    variable = IDENTITY_VARIABLES.get(platform[0])
    had = before.get("lanegate.platform") == platform
    kept = options.identity_variable if options.identity_variable is not None or had else variable
    return {
        "lanegate.managed": ("true",),
        "lanegate.trustedRef": one("trustedRef", options.trusted_ref, server.symbolic("HEAD")),
        "lanegate.policyPath": one("policyPath", options.policy_path, DEFAULT_POLICY_PATH),
        "lanegate.mode": one("mode", options.mode, ENFORCE),
        "lanegate.platform": platform,
        "lanegate.identityVariable": one("identityVariable", kept, variable) if platform[0] != LOCAL else (),
        "lanegate.deadline": one("deadline", options.deadline, f"{DEFAULT_DEADLINE:g}"),
        "lanegate.bootstrapPusher": one("bootstrapPusher", options.bootstrap_pusher, None),
        "lanegate.baseline": _baseline(server, options, before.get("lanegate.baseline", ())),
    }


def _baseline(server: Worktree, options: ServerOptions, before: tuple[str, ...]) -> tuple[str, ...]:
    if options.baseline is None:
        return before
    ids = []
    for name in options.baseline:
        commit = server.commit(name)
        if commit is None:
            raise InstallError(f"baseline {name} is no commit of {server.git_dir}")
        ids.append(commit)
    return tuple(ids)


def _notes(server: Worktree, config: ServerConfig) -> tuple[str, ...]:
    commit = server.commit(config.trusted_ref)
    reader = CatFile(server.git)
    try:
        if commit is None:
            return (f"{config.trusted_ref} does not exist yet{_until(config)}",)
        policy = policy_at(reader, commit, config.policy_path).policy
    except NoPolicyError as error:
        return (f"{config.trusted_ref}: {error.problems[0].message}{_until(config)}",)
    finally:
        reader.close()
    unknown = of_unknown_pushers(policy, config)
    return (f"{unknown} until --platform says who pushes",) if unknown else ()


def of_unknown_pushers(policy: Policy, config: ServerConfig) -> str | None:
    """What becomes of pushes where the policy asks for the pusher and the platform knows nobody; None: nothing does."""
    why = "platform local authenticates nobody"
    if policy.identity == "none" or config.platform != LOCAL:
        return None
    if policy.identity == "pusher":
        return f'the policy says identity = "pusher", and {why}: every push is refused (LG907)'
    refs = [rule.name for rule in policy.refs if rule.pushers is not None]
    if not refs:
        return None
    return f"the policy says who may push to {', '.join(refs)}, and {why}: pushes there are refused (LG907)"


def _until(config: ServerConfig) -> str:
    who = f"{config.bootstrap_pusher} brings a policy" if config.bootstrap_pusher else "a policy stands there"
    return f": every push is refused (LG901) until {who}"
