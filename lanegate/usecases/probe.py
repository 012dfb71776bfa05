"""A push that must be refused and one that must be accepted, on a throw-away copy of a server (R-F07).

The copy has the server's configuration, hooks and trusted ref, and borrows its objects (gitrepository-layout(5),
objects/info/alternates), so nothing is ever written in the real one. What is tried is git's own way from `git push` to the
hook: a file that lost its executable bit, a `core.hooksPath`, a Python that is gone, a platform's delegator that does not run
what is beside it are all found, because the wrong push gets through or the right one does not.

The right push is an empty commit in an active lane to that lane's ref, by an owner of the lane under whatever
the platform calls him. It says nothing of the platform's own authentication, which is only imitated.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping

from lanegate.core.judge_push import may_push
from lanegate.core.policy import Lane, Policy
from lanegate.core.refs import match_ref
from lanegate.git.run import GitError
from lanegate.git.worktree import CallersGit, Worktree
from lanegate.usecases.clone import branch_of
from lanegate.usecases.doctor import DEAD, LIVE, NOTE, Layer
from lanegate.usecases.pusher import SIGNS
from lanegate.usecases.server_config import HTTP_BACKEND, SSH, ServerConfig
from lanegate.usecases.trusted_policy import PolicyFile

_IDENTITY = {f"GIT_{who}_{what}": "lanegate probe" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
_SIGN_VALUES = {"SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22", "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "POST"}


def probe(server: Worktree, config: ServerConfig, file: PolicyFile) -> tuple[Layer, ...]:
    """What became of the two pushes. Raises GitError, OSError when the copy cannot be made."""
    chosen = pushable(file.policy)
    if chosen is None:
        why = "no lane has an owner who may push to its own ref: nothing to try a push with"
        return (Layer("probe", NOTE, why, "see [[refs]] and [lanes] of the policy"),)
    lane, ref, pusher = chosen
    folder = tempfile.mkdtemp(prefix="lanegate-probe-")
    try:
        copy = _copy(server, config, file, folder)
        pushes = _Pushes(copy, server, file, ref, _environment(config, pusher))
        return tuple(_layers(pushes, lane, config))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def pushable(policy: Policy) -> tuple[Lane, str, str | None] | None:
    """(lane, its ref, name that the pusher goes by) of a push that the policy lets through, None if there is none."""
    for lane in policy.lanes.values():
        ref = f"refs/heads/{branch_of(lane)}"
        found = match_ref(policy, ref)
        if lane.state != "active" or found is None or found[1] not in (None, lane.id):
            continue
        if policy.identity == "none":
            return lane, ref, None
        for owner in lane.owners:
            names = policy.people[owner].pushers
            if names and may_push(policy, found[0], owner):
                return lane, ref, names[0]
    return None


def _layers(pushes: _Pushes, lane: Lane, config: ServerConfig) -> Iterator[Layer]:
    prefix = f"{lane.subject_prefix} " if lane.subject_prefix else ""
    task = f"\nTask: {lane.task}" if lane.task else ""
    went_in, said = pushes.push(f"{prefix}A push that must be refused: it names no lane\n")
    if went_in:
        why = "lanegate.mode is audit" if config.mode == "audit" else "the hook is not run"
        yield Layer("refused push", DEAD, f"a commit without a lane went in: {why}", "see the hook above")
    elif "LG201" not in said:
        yield Layer("refused push", DEAD, f"refused, but not by the rule that should: {said}", "see the hook above")
    else:
        yield Layer("refused push", LIVE, "a commit without a lane is refused (LG201)")
    went_in, said = pushes.push(f"{prefix}A push that must be accepted\n\nLane: {lane.id}{task}\n")
    if went_in:
        yield Layer("accepted push", LIVE, f"an empty commit of lane {lane.id} is let in")
    else:
        yield Layer("accepted push", DEAD, f"an empty commit of lane {lane.id} is refused: {said}", "see what it says")


class _Pushes:
    """Commits made in a scratch repository of their own and pushed to the copy."""

    def __init__(
        self, copy: str, server: Worktree, file: PolicyFile, ref: str, environment: Mapping[str, str]
    ) -> None:
        self.copy, self.file, self.ref = copy, file, ref
        self.git = CallersGit(os.path.join(os.path.dirname(copy), "from.git"), environment)
        _init(self.git.folder, server)

    def push(self, message: str) -> tuple[bool, str]:
        """(whether a commit with this message went in, what was said in one line)."""
        commit = self.git.output(
            "commit-tree", f"{self.file.commit}^{{tree}}", "-p", self.file.commit, stdin=message.encode()
        ).decode()
        process = self.git.output(
            "push", "--porcelain", self.copy, f"+{commit.strip()}:{self.ref}", accept=(0, 1, 128, 129)
        )
        went_in = f"\n*\t{commit.strip()}:{self.ref}\t" in f"\n{os.fsdecode(process)}"
        return went_in, os.fsdecode(process)


def _copy(server: Worktree, config: ServerConfig, file: PolicyFile, folder: str) -> str:
    copy = os.path.join(folder, "copy.git")
    _init(copy, server)
    shutil.copyfile(os.path.join(server.git_dir, "config"), os.path.join(copy, "config"))
    hooks = os.path.join(server.git_dir, "hooks")
    if os.path.isdir(hooks):
        shutil.copytree(hooks, os.path.join(copy, "hooks"), symlinks=True, dirs_exist_ok=True)
    theirs = CallersGit(copy, _without_git(os.environ))
    theirs.output("update-ref", config.trusted_ref, file.commit)
    theirs.output("symbolic-ref", "HEAD", config.trusted_ref)
    return copy


def _init(path: str, server: Worktree) -> None:
    """An empty bare repository that borrows the server's objects."""
    form = server.git.line("rev-parse", "--show-object-format")
    theirs = CallersGit(os.path.dirname(path), _without_git(os.environ))
    theirs.output("init", "--quiet", "--bare", "--template=", f"--object-format={form}", path)
    with open(os.path.join(path, "objects", "info", "alternates"), "w", encoding="utf-8") as out:
        out.write(os.path.join(server.git_dir, "objects") + "\n")


def _environment(config: ServerConfig, pusher: str | None) -> Mapping[str, str]:
    """What the platform's own environment looks like when `pusher` pushes."""
    environment = {name: value for name, value in _without_git(os.environ).items() if name not in _SIGN_VALUES}
    environment.update(_IDENTITY)
    if config.platform in (SSH, HTTP_BACKEND):
        environment.update({sign: _SIGN_VALUES[sign] for sign in SIGNS[config.platform]})
    if config.identity_variable is not None and pusher is not None:
        environment[config.identity_variable] = pusher
    return environment


def _without_git(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if not name.startswith("GIT_CONFIG_") or "GLOBAL" in name}


_ = GitError
