"""A push that must be refused and one that must be accepted, on a throw-away copy of a server (R-F07).

The copy has the server's configuration, hooks and trusted ref, and borrows its objects (gitrepository-layout(5),
objects/info/alternates), so nothing is ever written in the real one. What is tried is git's own way from `git push`
to the hook: a file that lost its executable bit, a `core.hooksPath`, a Python that is gone, a platform's delegator
that does not run what is beside it are all found, because the wrong push gets through or the right one does not.

The right push is an empty commit in an active lane to that lane's ref, by an owner of the lane under whatever
the platform calls him. It says nothing of the platform's own authentication, which is only imitated; where a signature
is asked for, it says that it has none.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping

from lanegate.core.judge_push import may_push
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.policy import Lane, Policy
from lanegate.core.refs import match_ref
from lanegate.git.worktree import CallersGit, Worktree, without_repository
from lanegate.usecases.clone import branch_of, lane_trailers
from lanegate.usecases.doctor import DEAD, LIVE, NOTE, Layer
from lanegate.usecases.platforms import LOCAL, PLATFORMS
from lanegate.usecases.server_config import AUDIT, ServerConfig
from lanegate.usecases.shim import SERVER_HOOK
from lanegate.usecases.trusted_policy import PolicyFile

_SAID = 500  # letters of what git and the hook say that are shown
_NOBODY = "lanegate-probe"  # whom a platform may authenticate where no rule asks
_HINT = "see what it says, and the hook above"
_IDENTITY = {f"GIT_{who}_{what}": "lanegate probe" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
#: As Gitaly goes about a repository's own hooks: NAME, then what is in NAME.d in order, until one says no.
_GITALY = """\
#!/bin/sh
input=$(cat)
for hook in "$GIT_DIR/FOLDER/${0##*/}" "$GIT_DIR/FOLDER/${0##*/}.d"/*; do
  case $hook in *~) continue ;; esac
  if [ -f "$hook" ] && [ -x "$hook" ]; then printf '%s\\n' "$input" | "$hook" || exit; fi
done
"""
_SIGN_VALUES = {
    "SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22",
    "GATEWAY_INTERFACE": "CGI/1.1",
    "REQUEST_METHOD": "POST",
    "GL_REPO": "probe",
    "GL_ID": "user-1",
    "GL_PROTOCOL": "ssh",
    "GITEA_PUSHER_ID": "1",
    "GITHUB_REPO_NAME": "lanegate/probe",
}


def probe(server: Worktree, config: ServerConfig, file: PolicyFile) -> tuple[Layer, ...]:
    """What became of the two pushes. Raises GitError, OSError when the copy cannot be made."""
    chosen = pushable(file.policy, config)
    if chosen is None:
        why = "no lane has an owner who may push to its own ref: nothing to try a push with"
        return (Layer("probe", NOTE, why, "see [[refs]] and [lanes] of the policy"),)
    folder = tempfile.mkdtemp(prefix="lanegate-probe-")
    try:
        copy = copy_of(server, config, file, folder)
        pushes = _Pushes(copy, server, file, chosen.ref, environment_of(config, chosen.pusher))
        return tuple(_layers(pushes, chosen, config))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Try(NamedTuple):
    """A push to try. pusher: the name that it comes under, None where nobody has one. is_owner: whether the pusher is
    known to own the lane; a probe can sign for nobody."""

    lane: Lane
    ref: str
    pusher: str | None
    is_owner: bool = True


def pushable(policy: Policy, config: ServerConfig) -> Try | None:
    """A push that the policy lets through, else one that lacks nothing but a signature, None if there is neither."""
    tries = list(all_tries(policy, knows_people=config.platform != LOCAL))
    return next((one for one in tries if one.is_owner), next(iter(tries), None))


def all_tries(policy: Policy, *, knows_people: bool) -> Iterator[Try]:
    """Every lane with a ref of its own that somebody may push to. knows_people: whether the server authenticates."""
    for lane in policy.lanes.values():
        ref = f"refs/heads/{branch_of(lane)}"
        found = match_ref(policy, ref)
        if lane.state != "active" or found is None or found[1] not in (None, lane.id):
            continue
        if policy.identity == "none":
            yield Try(lane, ref, None)
        elif policy.identity == "pusher" or (policy.asks_pusher and knows_people):
            people = [policy.people[owner] for owner in lane.owners if may_push(policy, found[0], owner)]
            yield from (Try(lane, ref, person.pushers[0]) for person in people if person.pushers)
        if policy.asks_signature and (knows_people or found[0].pushers is None):
            names = [
                person.pushers[0]
                for person in policy.people.values()
                if person.pushers and may_push(policy, found[0], person.id)
            ]
            if names or found[0].pushers is None:
                yield Try(lane, ref, names[0] if names else _NOBODY, is_owner=False)


def _layers(pushes: _Pushes, chosen: Try, config: ServerConfig) -> Iterator[Layer]:
    lane = chosen.lane
    prefix = f"{lane.subject_prefix} " if lane.subject_prefix else ""
    went_in, said = pushes.push(f"{prefix}A push that must be refused, since it names no lane\n")
    if went_in:
        why = "lanegate.mode is audit" if config.mode == AUDIT else "git does not run the hook"
        yield Layer("refused push", DEAD, f"a commit without a lane went in: {why}", "run: lanegate install --server")
    elif "LG201" not in codes_in(said):
        yield Layer("refused push", DEAD, f"refused, but not by the rule that should: {said[:_SAID]}", _HINT)
    else:
        yield Layer("refused push", LIVE, "a commit without a lane is refused (LG201)")
    went_in, said = pushes.push(message_of(lane, "A push that must be accepted"))
    if went_in:
        yield Layer("accepted push", LIVE, f"an empty commit of lane {lane.id} is let in")
    elif not chosen.is_owner and codes_in(said) in ({"LG202"}, {"LG203"}):
        what = f"not tried: it needs the signature of an owner of lane {lane.id}; for that alone it is refused"
        yield Layer("accepted push", NOTE, what, "push a commit that you signed, and see")
    else:
        yield Layer("accepted push", DEAD, f"an empty commit of lane {lane.id} is refused: {said[:_SAID]}", _HINT)


def message_of(lane: Lane, subject: str) -> str:
    """The message of a commit as the lane's policy wants it."""
    prefix = f"{lane.subject_prefix} " if lane.subject_prefix else ""
    trailers = "".join(f"{key}: {value}\n" for key, value in lane_trailers(lane))
    return f"{prefix}{subject}\n\n{trailers}"


def codes_in(said: str) -> set[str]:
    """The codes that an answer names."""
    return set(re.findall(r"\bLG\d{3}\b", said))


class _Pushes:
    """Commits made in a scratch repository of their own and pushed to the copy."""

    def __init__(self, copy: str, server: Worktree, file: PolicyFile, ref: str, environ: Mapping[str, str]) -> None:
        self.copy, self.parent, self.ref = copy, file.commit, ref
        self.git = CallersGit(os.path.join(os.path.dirname(copy), "from.git"), environ)
        empty_copy(self.git.folder, server)

    def push(self, message: str) -> tuple[bool, str]:
        """(whether an empty commit with this message went in, what was said, in one line)."""
        tree = f"{self.parent}^{{tree}}"
        commit = self.git.output("commit-tree", tree, "-p", self.parent, stdin=message.encode()).decode().strip()
        return run_git(self.git, "push", "--no-verify", self.copy, f"+{commit}:{self.ref}")


def run_git(git: CallersGit, *arguments: str) -> tuple[bool, str]:
    """(whether a git command that may fail did not, what it and a hook said, in one line)."""
    argv = ["git", "-C", git.folder, *arguments]
    done = subprocess.run(argv, env=git.environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    said = (done.stderr + done.stdout).decode("utf-8", "replace").replace("remote:", " ")
    return done.returncode == 0, " ".join(said.split())


def copy_of(server: Worktree, config: ServerConfig, file: PolicyFile, folder: str) -> str:
    """A copy of a server in `folder`: its configuration, hooks and trusted ref; its path. Raises GitError, OSError."""
    copy = os.path.join(folder, "copy.git")
    empty_copy(copy, server)
    shutil.copyfile(os.path.join(server.git_dir, "config"), os.path.join(copy, "config"))
    platform = PLATFORMS[config.platform]
    folder_of_hooks = platform.hooks
    hooks = os.path.join(server.git_dir, folder_of_hooks)
    if os.path.isdir(hooks):
        shutil.copytree(hooks, os.path.join(copy, folder_of_hooks), symlinks=True)
    theirs = CallersGit(copy, without_repository(os.environ))
    if platform.runs_folders:  # its own hooks, which it sets when it runs git
        runner = os.path.join(copy, "gitaly", SERVER_HOOK)
        os.mkdir(os.path.dirname(runner))
        with open(os.open(runner, os.O_WRONLY | os.O_CREAT, 0o755), "w", encoding="utf-8") as out:
            out.write(_GITALY.replace("FOLDER", folder_of_hooks))
        theirs.output("config", "core.hooksPath", os.path.dirname(runner))
    theirs.output("update-ref", config.trusted_ref, file.commit)
    theirs.output("symbolic-ref", "HEAD", config.trusted_ref)
    return copy


def empty_copy(path: str, of: Worktree) -> None:
    """An empty bare repository at `path` that borrows the objects of another. Raises GitError, OSError."""
    form = of.git.line("rev-parse", "--show-object-format")
    theirs = CallersGit(os.path.dirname(path), without_repository(os.environ))
    theirs.output("init", "--quiet", "--bare", "--template=", f"--object-format={form}", path)
    os.makedirs(os.path.join(path, "objects", "info"), exist_ok=True)
    with open(os.path.join(path, "objects", "info", "alternates"), "w", encoding="utf-8") as out:
        out.write(os.path.join(of.common_dir, "objects") + "\n")


def environment_of(config: ServerConfig, pusher: str | None) -> dict[str, str]:
    """What the platform's own environment looks like when `pusher` pushes."""
    environ = {name: value for name, value in without_repository(os.environ).items() if name not in _SIGN_VALUES}
    environ.update(_IDENTITY)
    environ.update({sign: _SIGN_VALUES[sign] for sign in PLATFORMS[config.platform].signs})
    if config.identity_variable is not None and pusher is not None:
        environ[config.identity_variable] = pusher
    return environ
