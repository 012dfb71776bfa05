"""Which layers are live in a clone (design section 7; R-F07 later attacks them).

git is silent about a hook that it does not run: one that is not executable, one that `core.hooksPath` leads away
from, one that another program has put itself in place of. So each layer is looked at as git would find it, with the
caller's own configuration, since that is what his commits run with. Nothing here is a gate: the server's is the one
that counts.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Mapping

from lanegate.core.named_tuple import NamedTuple
from lanegate.git.run import GitError
from lanegate.git.worktree import CallersGit, Worktree
from lanegate.usecases.clone import Clone, StoppedError, lane_here, lane_name, open_clone
from lanegate.usecases.hook_files import is_frameworks, is_live, place_of
from lanegate.usecases.install import hooks_folder
from lanegate.usecases.shim import CLIENT_HOOKS

LIVE, DEAD, NOTE = "live", "dead", "note"
#: Days after which the last fetch is called old.
OLD = 7
_INSTALL = "run: lanegate install"
_FRAMEWORK_CONFIG = ".pre-commit-config.yaml"


class Layer(NamedTuple):
    """One layer of protection: LIVE, DEAD, or a NOTE that is neither; hint: what makes it live."""

    name: str
    state: str
    message: str
    hint: str | None = None


def is_all_live(layers: tuple[Layer, ...]) -> bool:
    return all(layer.state != DEAD for layer in layers)


def examine_clone(worktree: Worktree, environ: Mapping[str, str], now: float | None = None) -> tuple[Layer, ...]:
    """The layers of a clone. now: seconds since the epoch. Raises GitError."""
    moment = time.time() if now is None else now
    try:
        clone = open_clone(worktree)
    except StoppedError as error:
        violation = error.decision.violations[0]
        policy = [Layer("policy", DEAD, violation.message, violation.hint)]
        clone = None
    else:
        policy = list(_policy(clone, moment)) if clone is not None else [_no_policy(worktree)]
    lane = [] if clone is None else [*_signing(clone), _lane(clone, environ), *_locks(clone, moment)]
    agents = _agents(worktree, environ, is_managed=clone is not None)
    return (*policy, *lane, *_hooks(worktree), *agents, _server(clone))


def _no_policy(worktree: Worktree) -> Layer:
    after = "then: git fetch, lanegate install"
    path = worktree.settings.policy_path
    if worktree.top is not None and os.path.lexists(os.path.join(worktree.top, path)):
        hint = f"commit it, push it to the default branch, {after}"
        return Layer(
            "policy", DEAD, f"{path} is here, and not on the trusted ref: this repository is not managed", hint
        )
    hint = f"push one to the default branch (lanegate init proposes one), {after}"
    return Layer("policy", DEAD, "there is none on the trusted ref: this repository is not managed", hint)


def _policy(clone: Clone, now: float) -> Iterator[Layer]:
    where = f"{clone.policy_path} of {clone.ref} (commit {clone.file.commit[:7]}, blob {clone.file.blob[:7]})"
    yield Layer("policy", LIVE, where)
    if clone.policy.identity == "none":
        what = 'identity is "none": trailers are believed, so this guards against mistakes, not malice'
        yield Layer("identity", NOTE, what)
    fetched = _last_fetch(clone.worktree)
    if clone.ref.startswith("refs/remotes/") and fetched is not None and now - fetched > OLD * 86400:
        days = int((now - fetched) // 86400)
        yield Layer("trusted ref", NOTE, f"last fetched {days} days ago: the policy may have changed", "run: git fetch")


def _last_fetch(worktree: Worktree) -> float | None:
    """When this clone last heard of its remote; a fresh clone has no FETCH_HEAD, but refs of that time."""
    names = ("FETCH_HEAD", "packed-refs")
    times = []
    for name in names:
        try:
            times.append(os.stat(os.path.join(worktree.common_dir, name)).st_mtime)
        except OSError:
            continue
    return max(times, default=None)


def _signing(clone: Clone) -> Iterator[Layer]:
    """Where the policy asks for signatures. Under `either` the server's word does, so nothing is dead without."""
    if not clone.policy.asks_signature:
        return
    from lanegate.usecases.signing import examine_signing

    signing = examine_signing(clone.worktree, clone.policy)
    missing = NOTE if clone.policy.asks_pusher else DEAD
    yield Layer("signing", LIVE if signing.person else missing, signing.message, signing.hint)


def _lane(clone: Clone, environ: Mapping[str, str]) -> Layer:
    try:
        lane = lane_here(clone, environ)
    except StoppedError as error:
        violation = error.decision.violations[0]
        return Layer("lane", DEAD, violation.message, violation.hint)
    return Layer("lane", LIVE, f"{lane.id}, from {lane_name(clone, environ)[1]}")


def _locks(clone: Clone, now: float) -> Iterator[Layer]:
    from lanegate.usecases.doctor_locks import examine_locks

    return examine_locks(clone, now)


def _agents(worktree: Worktree, environ: Mapping[str, str], *, is_managed: bool) -> Iterator[Layer]:
    from lanegate.usecases.doctor_agents import examine_agents

    return examine_agents(worktree, environ, is_managed=is_managed)


def _hooks(worktree: Worktree) -> Iterator[Layer]:
    try:
        folder = hooks_folder(worktree)
    except GitError as error:
        yield Layer("hooks", DEAD, error.message)
        return
    if not os.path.isdir(folder):
        origin = _origin(worktree)
        if origin is not None:
            hint = "unset core.hooksPath there, then: lanegate install"
            yield Layer("hooks", DEAD, f"{origin}: git looks in {folder}, where no hook can be", hint)
            return
    for hook in CLIENT_HOOKS:
        yield hook_layer(folder, hook, worktree.top)


def hook_layer(folder: str, hook: str, top: str | None = None, file: str | None = None) -> Layer:
    """Whether git, or what it runs, starts lanegate for a hook. file: its name where that differs."""
    path = os.path.join(folder, file or hook)
    ours = place_of(folder, file or hook)
    if not os.path.lexists(path):
        return Layer(hook, DEAD, "not installed", _INSTALL)
    if not is_live(path):
        return Layer(hook, DEAD, f"{path} is not executable: git passes over it", f"run: chmod +x {path}")
    if ours is not None and not is_live(ours):
        return Layer(hook, DEAD, f"{ours} is not executable: pre-commit passes over it", f"run: chmod +x {ours}")
    if ours is not None:
        return _startable(hook, ours)
    content = _read(path)
    if is_frameworks(path):
        config = _read(os.path.join(top or "", _FRAMEWORK_CONFIG))
        if f"lanegate-{hook}".encode() in config:
            return Layer(hook, LIVE, "through pre-commit")
        return Layer(
            hook, DEAD, f"pre-commit is in its place, and {_FRAMEWORK_CONFIG} has no lanegate-{hook}", _INSTALL
        )
    if f"lanegate-{hook}".encode() in content:
        return Layer(hook, LIVE, f"{path} calls it")
    return Layer(hook, DEAD, f"{path} is another program's and does not call lanegate-{hook}", _INSTALL)


def _startable(hook: str, path: str) -> Layer:
    """Our own file: whether what it starts is there. If not it refuses everything, which is dead too."""
    python = next(
        (line[7:] for line in _read(path).decode("utf-8", "replace").split("\n") if line[:7] == "python="), ""
    )
    recorded = python.strip("'").replace("'\\''", "'")
    if os.access(recorded, os.X_OK):
        return Layer(hook, LIVE, path)
    found = shutil.which(f"lanegate-{hook}")
    if found is not None:
        return Layer(hook, LIVE, f"{path}, by {found}")
    return Layer(hook, DEAD, f"{path} refuses everything: {recorded or 'lanegate'} is gone", _INSTALL)


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def _origin(worktree: Worktree) -> str | None:
    """core.hooksPath with the file that sets it, None if it is not set."""
    theirs = CallersGit(worktree.top or worktree.git_dir)
    said = theirs.line("config", "--show-origin", "--get", "core.hooksPath", accept=(0, 1))
    origin, _, value = said.partition("\t")
    return f"core.hooksPath = {value} ({origin})" if said else None


def _server(clone: Clone | None) -> Layer:
    where = "the remote" if clone is None or clone.ref.startswith("refs/remotes/") else "nobody"
    return Layer("server", NOTE, f"the gate is at {where}; whether it is live is seen there: lanegate doctor --probe")
