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

What git then offers: push options (`receive.advertisePushOptions`), by which a maintainer breaks the glass where the
policy lets him. Nothing else reads them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from lanegate.core.named_tuple import NamedTuple
from lanegate.core.policy import Policy
from lanegate.core.refs import LEDGER_REF, LOCKS_REF
from lanegate.git.config_edit import all_values
from lanegate.git.objects import CatFile
from lanegate.git.worktree import DEFAULT_POLICY_PATH, NotARepositoryError, Worktree, find, without_repository
from lanegate.usecases.install import InstallError, Report
from lanegate.usecases.installed import Installed
from lanegate.usecases.platforms import LOCAL, Platform
from lanegate.usecases.server_config import ENFORCE, ConfigError, ServerConfig, read_server_config
from lanegate.usecases.server_hooks import (
    left_elsewhere,
    missing_folders,
    own_hooks_path,
    places,
    platform_of,
    put_hooks,
    refuse_other_folder,
    take_hooks_away,
)
from lanegate.usecases.server_key import OWN_KEY, ServerKeyError, key_path, make_key, public_line, remove_key
from lanegate.usecases.trusted_policy import NoPolicyError, policy_at

DENIED: Mapping[str, tuple[str, ...]] = {
    "receive.fsckObjects": ("true",),
    "transfer.fsckObjects": ("true",),
    "receive.shallowUpdate": ("false",),
    "receive.denyDeleteCurrent": ("true",),
}
OFFERED: Mapping[str, tuple[str, ...]] = {"receive.advertisePushOptions": ("true",)}
_HOOKS_PATH = "core.hooksPath"
_SERVER_KEY = "lanegate.serverKey"
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
    settings = _settings(server, options)
    try:
        config = read_server_config({key.partition(".")[2].lower(): values for key, values in settings.items()})
    except ConfigError as error:
        raise InstallError(error.message) from error
    platform = platform_of(config.platform)
    refuse_other_folder(server, platform, force=force)
    found = _found_records(server)
    where = places(server, platform)
    record = Installed(server.git, server.git_dir)
    record.made(missing_folders(server, where))
    lines = put_hooks(where) + take_hooks_away(left_elsewhere(server, where))
    made, key_lines, key_notes = _key(server, config)
    hooks_path = {_HOOKS_PATH: (own_hooks_path(server),)} if platform.hooks == "hooks" else {}
    record.configure({**settings, _SERVER_KEY: made, **DENIED, **OFFERED, **hooks_path})
    return Report((*lines, *record.lines, *key_lines), (*_notes(server, config), *found, *key_notes))


def uninstall_server(directory: str) -> Report:
    """Take the gate away and give everything its former state. Raises InstallError, GitError, OSError."""
    server = open_server(directory)
    values = all_values(server.git)
    platform = platform_of(next(iter(values.get("lanegate.platform", ())), None))
    where = places(server, platform, must_be_run=False)
    lines = take_hooks_away(where) + take_hooks_away(left_elsewhere(server, where))
    removed = remove_key(server.git_dir)
    record = Installed(server.git, server.git_dir)
    record.take_back()
    last = ("server key: removed; take its line out of [servers] of the policy",) if removed else ()
    return Report((*lines, *record.lines, *last))


def _key(server: Worktree, config: ServerConfig) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The setting of the key that signs landing records, which is made where there is none; lines and notes on it."""
    setting = config.server_key
    try:
        if setting is None:
            if not make_key(server.git_dir):
                return (), (), ("there is no ssh-keygen here: landings cannot be signed, so they are not recorded",)
            setting = OWN_KEY
        line = public_line(key_path(server.git_dir, setting))
    except ServerKeyError as error:
        return ((setting,) if setting else ()), (), (f"{error.message}: landings are not recorded",)
    return (setting,), (f"server key, for [servers.main] of the policy: {line}",), ()


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


def _settings(server: Worktree, options: ServerOptions) -> dict[str, tuple[str, ...]]:
    """Every lanegate key with its values; none: the key is unset."""
    before = all_values(server.git)

    def one(key: str, asked: str | None, default: str | None) -> tuple[str, ...]:
        if asked is None:
            asked = next(iter(before.get(f"lanegate.{key.lower()}", ())), default)
        return (asked,) if asked else ()

    platform = one("platform", options.platform, LOCAL)
    facts = platform_of(platform[0])
    variable = facts.variable
    had = before.get("lanegate.platform") == platform
    kept = options.identity_variable if options.identity_variable is not None or had else variable
    return {
        "lanegate.managed": ("true",),
        "lanegate.trustedRef": one("trustedRef", options.trusted_ref, server.symbolic("HEAD")),
        "lanegate.policyPath": one("policyPath", options.policy_path, DEFAULT_POLICY_PATH),
        "lanegate.mode": one("mode", options.mode, ENFORCE),
        "lanegate.platform": platform,
        "lanegate.identityVariable": one("identityVariable", kept, variable) if platform[0] != LOCAL else (),
        "lanegate.deadline": one("deadline", _deadline(options, before, facts), None),
        "lanegate.bootstrapPusher": one("bootstrapPusher", options.bootstrap_pusher, None),
        "lanegate.baseline": _baseline(server, options, before.get("lanegate.baseline", ())),
        _SERVER_KEY: one("serverKey", None, None),
    }


def _deadline(options: ServerOptions, before: Mapping[str, tuple[str, ...]], platform: Platform) -> str:
    """What was asked for, else what was there and is not merely what another platform has by default."""
    had = next(iter(before.get("lanegate.deadline", ())), None)
    former = platform_of(next(iter(before.get("lanegate.platform", ())), None))
    kept = had if had != f"{former.deadline:g}" else None
    return options.deadline or kept or f"{platform.deadline:g}"


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


def _found_records(server: Worktree) -> tuple[str, ...]:
    """A word on each log of records that stands there before anything guarded it: from now on it is believed."""
    if server.git.line("config", "--local", "--get", "lanegate.managed", accept=(0, 1)) == "true":
        return ()
    found = []
    for ref, command in ((LEDGER_REF, "lanegate ledger verify"), (LOCKS_REF, "lanegate lock verify")):
        if server.git.line("rev-parse", "--verify", "--quiet", ref, accept=(0, 1)):
            hint = f"look at it with {command} in a clone, or take it away: git update-ref -d {ref}"
            found.append(f"{ref} was here before, and its records count now: {hint}")
    return tuple(found)


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
