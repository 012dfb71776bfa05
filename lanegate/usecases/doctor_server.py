"""Which layers are live at a server: its settings, its policy, its hook, what git itself denies, and how it knows
people."""

from __future__ import annotations

import os
from collections.abc import Iterator

from lanegate.git.config import ask_config, read_config
from lanegate.git.config_edit import all_values
from lanegate.git.worktree import Worktree
from lanegate.usecases.doctor import DEAD, LIVE, NOTE, Layer, hook_layer
from lanegate.usecases.doctor_landing import examine_landing
from lanegate.usecases.doctor_locks import examine_server_locks
from lanegate.usecases.install import InstallError, hooks_folder
from lanegate.usecases.install_server import DENIED, of_unknown_pushers
from lanegate.usecases.platforms import LOCAL, PLATFORMS
from lanegate.usecases.probe import probe
from lanegate.usecases.server_config import AUDIT, ConfigError, ServerConfig, is_managed, read_server_config
from lanegate.usecases.server_hooks import DELEGATED_NAME, own_folder, place_of_hook
from lanegate.usecases.shim import SERVER_HOOK, SERVER_HOOKS
from lanegate.usecases.trusted_policy import NoPolicyError, PolicyFile, policy_of

_INSTALL = "run: lanegate install --server DIR"
_WRITABLE_BY_OTHERS = 0o002


def examine_server(server: Worktree, *, with_probe: bool) -> tuple[Layer, ...]:
    """The layers of a bare repository. Raises GitError, OSError."""
    try:
        settings = read_config(ask_config(server.git))
        if not is_managed(settings):
            return (Layer("settings", DEAD, "lanegate.managed is not set: every push passes unjudged", _INSTALL),)
        config = read_server_config(settings)
    except ConfigError as error:
        return (Layer("settings", DEAD, f"{error.message}: every push is refused (LG902)", _INSTALL),)
    file, policy = _policy(server, config)
    layers = [
        *_settings(config),
        policy,
        _hook(server, config, SERVER_HOOK),
        *_denied(server, config),
        *_writable(server, config),
    ]
    if file is not None:
        layers += _identity(config, file)
        layers += examine_landing(server, config, file, lambda hook: _hook(server, config, hook))
        layers += examine_server_locks(server, config, file)
        layers += probe(server, config, file) if with_probe else ()
    return tuple(layers)


def _settings(config: ServerConfig) -> Iterator[Layer]:
    if config.mode == AUDIT:
        hint = "when you have seen enough: lanegate install --server DIR --mode enforce"
        yield Layer("settings", DEAD, "lanegate.mode is audit: refusals are said, and let through", hint)
    else:
        yield Layer("settings", LIVE, f"enforced, within {config.deadline:g} seconds")


def _policy(server: Worktree, config: ServerConfig) -> tuple[PolicyFile | None, Layer]:
    commit = server.commit(config.trusted_ref)
    if commit is None:
        return None, Layer("policy", DEAD, f"{config.trusted_ref} does not exist: every push is refused (LG901)")
    try:
        file = policy_of(server, commit, config.policy_path)
    except NoPolicyError as error:
        problem = error.problems[0]
        where = f"{config.policy_path}:{problem.line}: " if problem.line else ""
        message = f"{config.trusted_ref}: {where}{problem.message}: every push is refused (LG901)"
        return None, Layer("policy", DEAD, message, "run: lanegate policy check")
    where = f"{config.policy_path} of {config.trusted_ref} (commit {commit[:7]}, blob {file.blob[:7]})"
    return file, Layer("policy", LIVE, where)


def _hook(server: Worktree, config: ServerConfig, hook: str) -> Layer:
    platform = PLATFORMS[config.platform]
    folder = hooks_folder(server) if platform.hooks == "hooks" else own_folder(server, platform)
    if os.path.lexists(folder) and not os.path.isdir(folder):
        return Layer(hook, DEAD, f"core.hooksPath is {folder}: git runs no hook", _INSTALL)
    try:
        place = place_of_hook(folder, hook, runs_folders=platform.runs_folders)
    except InstallError as error:
        return Layer(hook, DEAD, str(error))
    return hook_layer(place.folder, hook, file=place.name)


def _denied(server: Worktree, config: ServerConfig) -> Iterator[Layer]:
    values = all_values(server.git)
    lax = [f"{key} = {wanted[0]}" for key, wanted in DENIED.items() if values.get(key.lower(), ())[-1:] != wanted]
    if "core.hookspath" not in values and PLATFORMS[config.platform].hooks == "hooks":
        lax.append("core.hooksPath")  # a pusher's own configuration could set it
    if lax:
        yield Layer("git itself", DEAD, f"not set: {', '.join(lax)}", _INSTALL)
    else:
        yield Layer("git itself", LIVE, ", ".join(DENIED))


def _writable(server: Worktree, config: ServerConfig) -> Iterator[Layer]:
    hooks = PLATFORMS[config.platform].hooks
    files = [name for hook in SERVER_HOOKS for name in (hook, f"{hook}.d", f"{hook}.d/{DELEGATED_NAME}")]
    for name in ("config", hooks, *(os.path.join(hooks, file) for file in files)):
        path = os.path.join(server.git_dir, name)
        if os.path.exists(path) and os.stat(path).st_mode & _WRITABLE_BY_OTHERS:
            yield Layer("permissions", DEAD, f"anybody may write {path}", f"run: chmod o-w {path}")


def _identity(config: ServerConfig, file: PolicyFile) -> Iterator[Layer]:
    if file.policy.identity == "none":
        what = 'identity is "none": trailers are believed, so this guards against mistakes, not malice'
        yield Layer("identity", NOTE, what)
        return
    unknown = of_unknown_pushers(file.policy, config)
    if unknown is not None:
        yield Layer("identity", DEAD, unknown, "run: lanegate install --server DIR --platform ssh")
        return
    ways = []
    if file.policy.asks_signature:
        signers = sum(bool(person.keys) for person in file.policy.people.values())
        ways.append(f"signatures, by the keys of {signers} {'person' if signers == 1 else 'people'}")
    if config.platform != LOCAL:
        ways.append(f"{config.identity_variable}, set by the platform ({config.platform})")
    yield Layer("identity", LIVE, "; ".join(ways))
    if file.policy.identity == "either" and config.platform == LOCAL:
        what = "platform local knows no pusher: only signatures count, and nobody deletes or rewrites a lane's ref"
        yield Layer("identity", NOTE, what)
