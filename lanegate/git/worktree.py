"""The repository around a hook or command in a clone: its folders, its own configuration, what it is doing.

Two views of git. `CallersGit` is git as the person runs it: found from a folder, with his environment and
configuration; it answers where things are (`core.hooksPath`, `commit.cleanup`), never what may be done.
`Worktree.git` is the hermetic git of `git.run` on the same repository, with the index that this very commit uses; it
answers everything that is judged.

Configuration that lanegate trusts is read from the clone's own files only (scope local and worktree, without
includes).
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from lanegate.core.named_tuple import NamedTuple
from lanegate.git.run import Git, GitError, Process

DEFAULT_POLICY_PATH = "policy/lanegate.toml"

#: What says which repository is meant, and how (`git rev-parse --local-env-vars`): not for another repository.
LOCAL_VARIABLES = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
)


def without_repository(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for git in another repository than the one that the caller may be in."""
    return {name: value for name, value in environ.items() if name not in LOCAL_VARIABLES}


class NotARepositoryError(GitError):
    """There is no git repository here, or git refuses to use it."""


class CallersGit(Git):
    """git as its caller set it up, run in `folder`; only replace refs, paging and translation are off."""

    def __init__(self, folder: str, environ: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        fixed = {"GIT_NO_REPLACE_OBJECTS": "1", "GIT_OPTIONAL_LOCKS": "0", "GIT_ADVICE": "0", "LC_ALL": "C"}
        self.environment = {**(os.environ if environ is None else environ), **fixed}

    def start(self, *arguments: str) -> Process:
        return Process(("-C", self.folder, *arguments), self.environment)


class Settings(NamedTuple):
    """The clone's own configuration that lanegate reads. `lane` is the lane set for this worktree alone."""

    managed: bool = False
    trusted_ref: str | None = None
    policy_path: str = DEFAULT_POLICY_PATH
    lane: str | None = None
    remotes: tuple[str, ...] = ()


class Worktree(NamedTuple):
    """One work tree of a repository (or a bare one: `top` is None). All paths are absolute."""

    git_dir: str
    common_dir: str
    top: str | None
    git: Git
    settings: Settings = Settings()

    def commit(self, name: str) -> str | None:
        """The id of the commit that a ref or HEAD names, None if there is none."""
        argument = f"{name}^{{commit}}"
        return self.git.line("rev-parse", "--verify", "--quiet", "--end-of-options", argument, accept=(0, 1)) or None

    def symbolic(self, name: str) -> str | None:
        """The ref that a symbolic ref points to, None if it is not symbolic."""
        return self.git.line("symbolic-ref", "--quiet", "--", name, accept=(0, 1, 128)) or None

    def branch(self) -> str | None:
        """The branch that is checked out, without refs/heads/; during a rebase the branch that is being rebased."""
        ref = self.symbolic("HEAD") or self._note("rebase-merge/head-name") or self._note("rebase-apply/head-name")
        return ref.removeprefix("refs/heads/") if ref is not None and ref.startswith("refs/heads/") else None

    def merge_heads(self) -> tuple[str, ...]:
        """Ids of the commits that a merge in progress brings in, empty if there is no merge."""
        return tuple((self._note("MERGE_HEAD") or "").split())

    def _note(self, name: str) -> str | None:
        """A file of this worktree's git folder (gitrepository-layout(5)), stripped; None if it is not there."""
        try:
            with open(os.path.join(self.git_dir, name), "rb") as file:
                return os.fsdecode(file.read()).strip()
        except OSError:
            return None


def find(folder: str = ".", environ: Mapping[str, str] | None = None) -> Worktree:
    """The repository that git finds from `folder` (GIT_DIR and friends count, as in a hook). Raises
    NotARepositoryError."""
    environ = os.environ if environ is None else environ
    theirs = CallersGit(folder, environ)
    ask = ("rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir")
    try:
        answer = theirs.line(*ask, "--show-toplevel", accept=(0, 128)).split("\n")
        if len(answer) != 3:  # bare, or inside the git folder itself
            answer = theirs.line(*ask).split("\n")
    except GitError as error:
        raise NotARepositoryError(error.message) from error
    git_dir, common_dir = answer[:2]
    index = environ.get("GIT_INDEX_FILE")
    extra = {"GIT_INDEX_FILE": os.path.join(os.path.abspath(folder), index)} if index else {}
    git = Git(git_dir, environ, **extra)
    return Worktree(git_dir, common_dir, answer[2] if len(answer) == 3 else None, git, read_settings(git, common_dir))


def worktree_id(git_dir: str, common_dir: str) -> str:
    """What git calls a worktree: the name of its folder below .git/worktrees, `.` for the main one."""
    return "." if os.path.realpath(git_dir) == os.path.realpath(common_dir) else os.path.basename(git_dir)


def read_settings(git: Git, common_dir: str) -> Settings:
    """What the repository's own configuration says to lanegate.

    A lane counts where it was set: `git worktree add` copies the configuration of the worktree it is run in, so
    `lanegate.laneOf` names the worktree that `lanegate.lane` was set for.
    """
    lane_of: str | None = None
    managed, trusted_ref, policy_path, lane = False, None, DEFAULT_POLICY_PATH, None
    remotes: list[str] = []
    for scope, key, value in own_configuration(git):
        if key == "lanegate.managed":
            managed = value is None or value.lower() in ("true", "yes", "on", "1")
        elif key == "lanegate.trustedref":
            trusted_ref = value or None
        elif key == "lanegate.policypath":
            policy_path = value or DEFAULT_POLICY_PATH
        elif key == "lanegate.lane" and (scope == "worktree" or not _has_linked_worktrees(common_dir)):
            lane = value or None
        elif key == "lanegate.laneof":
            lane_of = value
        elif key.startswith("remote.") and key.endswith(".url"):
            remotes.append(key[len("remote.") : -len(".url")])
    if lane_of is not None and lane_of != worktree_id(git.git_dir, common_dir):
        lane = None
    return Settings(managed, trusted_ref, policy_path, lane, tuple(dict.fromkeys(remotes)))


def own_configuration(git: Git) -> list[tuple[str, str, str | None]]:
    """(scope, key, value) of the repository's own configuration, in git's order; scope is local or worktree.

    Keys are lower case but for their middle part; the value of a key without `=` is None.
    """
    fields = os.fsdecode(git.output("config", "--list", "--null", "--show-scope", "--no-includes")).split("\0")
    found: list[tuple[str, str, str | None]] = []
    for scope, entry in zip(fields[::2], fields[1::2], strict=False):
        key, has_value, value = entry.partition("\n")
        if scope in ("local", "worktree"):
            found.append((scope, key, value if has_value else None))
    return found


def _has_linked_worktrees(common_dir: str) -> bool:
    try:
        return bool(os.listdir(os.path.join(common_dir, "worktrees")))
    except OSError:
        return False
