"""Where attacks are tried: a throw-away server with the hooks and policy of an installation, and a clone of it.

Both borrow the objects of the repository that is examined, and nothing is ever written there: new objects and refs lie
in the temporary folder. There is no checkout; commits are made from an index of their own, so a large repository costs
no more than a small one.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import lanegate
from lanegate.core.explain import explain
from lanegate.core.ledger import LEDGER_REF
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.policy import HIGH_RISK, Lane, Policy
from lanegate.core.refs import LOCKS_REF
from lanegate.git.worktree import CallersGit, Worktree, find, without_repository
from lanegate.usecases.clone import LANE_VARIABLE, Clone, branch_of
from lanegate.usecases.hook_files import is_frameworks
from lanegate.usecases.install import hooks_folder, install
from lanegate.usecases.install_server import ServerOptions, install_server
from lanegate.usecases.platforms import LOCAL, SSH
from lanegate.usecases.probe import Try, all_tries, copy_of, empty_copy, environment_of, run_git
from lanegate.usecases.server_config import ServerConfig
from lanegate.usecases.shim import CLIENT_HOOKS
from lanegate.usecases.trusted_policy import PolicyFile

#: Tracked files that are looked at to find some to try with.
_MOST_FILES = 20_000
_REGULAR = "100644"

#: What a commit changes: mode and id of a path, None for one that is deleted.
Changes = Mapping[bytes, tuple[str, str] | None]


class Files(NamedTuple):
    """Tracked files to try with, None where there is no such one. own: the lane may do anything with it; foreign: it
    may not change it; owner: an active lane that may; locked: its lane needs a lock for it."""

    own: bytes | None = None
    foreign: bytes | None = None
    owner: Lane | None = None
    locked: bytes | None = None


class Scene:
    """A scratch server and clone. base: the trusted commit. hooks_missing: why the hooks of the clone are
    not tried, None if they are."""

    def __init__(self, folder: str, source: Worktree, file: PolicyFile, config: ServerConfig, copy: str) -> None:
        self.copy, self.file, self.config, self.base = copy, file, config, file.commit
        self.policy: Policy = file.policy
        self.trusted = config.trusted_ref
        self.hooks_missing: str | None = None
        self.server = CallersGit(copy, without_repository(os.environ))
        self.path = os.path.join(folder, "clone")
        environ = environment_of(config, None)
        self.git = CallersGit(self.path, environ)
        CallersGit(folder, environ).output("init", "--quiet", "--template=", self._form(source), self.path)
        with open(os.path.join(self.path, ".git", "objects", "info", "alternates"), "w", encoding="utf-8") as out:
            out.write(os.path.join(source.common_dir, "objects") + "\n")
        self.git.output("config", "commit.gpgSign", "false")
        self.git.output("remote", "add", "origin", copy)
        branch = self.trusted.removeprefix("refs/heads/")
        self.git.output("update-ref", f"refs/remotes/origin/{branch}", self.base)
        self.git.output("symbolic-ref", "refs/remotes/origin/HEAD", f"refs/remotes/origin/{branch}")
        self.git.output("config", "lanegate.policyPath", config.policy_path)
        self.git.output("config", "core.hooksPath", os.path.join(self.path, ".git", "hooks"))
        os.makedirs(os.path.join(self.path, ".git", "hooks"), exist_ok=True)
        for ref in (LEDGER_REF, LOCKS_REF):
            tip = source.commit(ref)
            if tip is not None:
                self.git.output("update-ref", ref, tip)
                self.server.output("update-ref", ref, tip)
        self._refs = self._all_refs()

    @staticmethod
    def _form(source: Worktree) -> str:
        return f"--object-format={source.git.line('rev-parse', '--show-object-format')}"

    def tries(self) -> list[Try]:
        """Lanes that somebody may push for, those that need no signature first."""
        tries = list(all_tries(self.policy, knows_people=self.config.platform != LOCAL))
        return sorted(tries, key=lambda one: not one.is_owner)

    def files(self, lane: Lane) -> Files:
        """Files to try with in a lane."""
        found = Files()
        listed = self.git.output("ls-tree", "-r", "-z", "--full-tree", self.base).split(b"\0")[:_MOST_FILES]
        for entry in filter(None, listed):
            about, _, path = entry.partition(b"\t")
            if not about.startswith(_REGULAR.encode()) or path == os.fsencode(self.config.policy_path):
                continue
            found = self._sorted_in(found, lane, path)
            if found.own and found.owner and (found.locked or not self.policy.asks_locks):
                break
        return found

    def _sorted_in(self, found: Files, lane: Lane, path: bytes) -> Files:
        (told,) = explain(self.policy, self.config.policy_path, [path], [lane.id])
        refused = [violation for _, _, violation in told.acts if violation is not None]
        if told.zone is not None:
            is_locked = told.zone.zone.mode == HIGH_RISK and not told.zone.zone.roles and lane.id in told.owners
            return found._replace(locked=path) if is_locked and not found.locked else found
        if not refused and not found.own:
            return found._replace(own=path)
        if refused and told.acts[0][2] is not None and not found.owner:
            owners = [self.policy.lanes[owner] for owner in told.owners]
            active = [owner for owner in owners if owner.state == "active" and owner.id != lane.id]
            return found._replace(foreign=path, owner=active[0] if active else None)
        return found

    def entry(self, path: bytes) -> tuple[str, str]:
        """Mode and id of a tracked file."""
        asked = ("--literal-pathspecs", "ls-tree", "-z", "--full-tree", self.base, "--", os.fsdecode(path))
        about = self.git.output(*asked).split(b"\t")[0]
        mode, _, found = about.decode().split()
        return mode, found

    def edited(self, path: bytes, line: bytes = b"lanegate doctor --attack\n") -> tuple[str, str]:
        """The same with a line added."""
        mode, found = self.entry(path)
        return mode, self.blob(self.git.output("cat-file", "blob", found) + line)

    def blob(self, content: bytes) -> str:
        return self.git.output("hash-object", "-w", "--stdin", stdin=content).decode().strip()

    def commit(self, changes: Changes, message: str, *parents: str) -> str:
        """A commit that makes these changes to the first of its parents (the trusted commit); its id."""
        of = parents or (self.base,)
        self.stage(changes, of[0])
        tree = self.git.line("write-tree")
        options = [option for parent in of for option in ("-p", parent)]
        return self.git.output("commit-tree", tree, *options, stdin=message.encode()).decode().strip()

    def stage(self, changes: Changes, on: str) -> None:
        """Let the index of the clone be the tree of a commit with these changes."""
        self.git.output("read-tree", on)
        none = ("0", "0" * len(self.base))
        lines = (b"%b %b\t%b\0" % (side[0].encode(), side[1].encode(), path) for path, side in _sides(changes, none))
        self.git.output("update-index", "-z", "--index-info", stdin=b"".join(lines))

    def plant(self, commit: str) -> None:
        """Let a commit stand on the trusted ref of the server, as if it had landed."""
        self.server.output("fetch", "--quiet", "--no-tags", self.path, f"+{commit}:{self.trusted}")

    def commit_here(self, changes: Changes, lane: Lane, message: str) -> tuple[bool, str]:
        """(whether the hooks of the clone let a person of this lane commit that, what was said)."""
        branch = branch_of(lane)
        self.git.output("symbolic-ref", "HEAD", f"refs/heads/{branch}")
        self.git.output("update-ref", f"refs/heads/{branch}", self.base)
        self.stage(changes, self.base)
        theirs = CallersGit(self.path, {**self.git.environment, LANE_VARIABLE: lane.id})
        return run_git(theirs, "commit", "--quiet", "--allow-empty", "-m", message)

    def push(self, pusher: str | None, *refspecs: str) -> tuple[bool, str]:
        """(whether a push went in, what was said); the server is as before then."""
        theirs = CallersGit(self.path, environment_of(self.config, pusher))
        try:
            return run_git(theirs, "push", "--no-verify", self.copy, *refspecs)
        finally:
            self._restore()

    def verify(self, base: str, tip: str) -> tuple[bool, str]:
        """(whether `lanegate verify` lets a range pass, what it said)."""
        import subprocess

        environ = {**self.git.environment, "PYTHONPATH": os.path.dirname(os.path.dirname(lanegate.__file__))}
        # -P: nothing of the folder that this was called in is imported
        argv = [sys.executable, "-P", "-m", "lanegate", "verify", f"{base}..{tip}", "--jobs", "1", "--repo", self.path]
        done = subprocess.run(argv, env=environ, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        return done.returncode == 0, (done.stdout + done.stderr).decode("utf-8", "replace")

    def _all_refs(self) -> dict[str, str]:
        listed = self.server.output("for-each-ref", "--format=%(refname) %(objectname)").decode().splitlines()
        return dict(line.split(" ") for line in listed)

    def _restore(self) -> None:
        now = self._all_refs()
        for ref in now.keys() - self._refs.keys():
            self.server.output("update-ref", "-d", ref)
        for ref, commit in self._refs.items():
            if now.get(ref) != commit:
                self.server.output("update-ref", ref, commit)


def _sides(changes: Changes, none: tuple[str, str]) -> Iterator[tuple[bytes, tuple[str, str]]]:
    for path, side in changes.items():
        yield path, side or none


@contextmanager
def scene_of_server(server: Worktree, config: ServerConfig, file: PolicyFile) -> Iterator[Scene]:
    """A copy of a server, and a clone with the hooks that `lanegate install` puts there. Raises GitError, OSError."""
    with _folder() as folder:
        copy = copy_of(server, config, file, folder)
        scene = Scene(folder, server, file, config, copy)
        install(find(scene.path, scene.git.environment))
        yield scene


@contextmanager
def scene_of_clone(clone: Clone) -> Iterator[Scene]:
    """A clone with the hook files that stand in this one, and a server as `lanegate install --server` makes it.

    Raises GitError, InstallError, OSError.
    """
    remote = "refs/remotes/"
    ref = clone.ref if not clone.ref.startswith(remote) else f"refs/heads/{clone.ref[len(remote) :].partition('/')[2]}"
    platform = SSH if clone.policy.asks_pusher else LOCAL
    config = ServerConfig(ref, clone.policy_path, platform=platform)
    if platform == SSH:
        config = config._replace(identity_variable="LANEGATE_PUSHER")
    with _folder() as folder:
        copy = os.path.join(folder, "copy.git")
        empty_copy(copy, clone.worktree)
        theirs = CallersGit(copy, without_repository(os.environ))
        theirs.output("update-ref", ref, clone.file.commit)
        theirs.output("symbolic-ref", "HEAD", ref)
        install_server(copy, ServerOptions(platform, ref, clone.policy_path))
        scene = Scene(folder, clone.worktree, clone.file, config, copy)
        scene.hooks_missing = _borrow_hooks(hooks_folder(clone.worktree), os.path.join(scene.path, ".git", "hooks"))
        yield scene


def _borrow_hooks(folder: str, to: str) -> str | None:
    """Copy the hook files of a clone; why they cannot be tried, None if they can."""
    for hook in CLIENT_HOOKS:
        path = os.path.join(folder, hook)
        if is_frameworks(path):
            return "the hooks are run by the pre-commit program, which is not started here"
        if os.path.isfile(path):
            shutil.copy(path, os.path.join(to, hook))
    return None


@contextmanager
def _folder() -> Iterator[str]:
    folder = tempfile.mkdtemp(prefix="lanegate-attack-")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
