"""`lanegate init`: a first policy for a repository that has none, and what to do next (R-A03).

What is there is left alone: a policy file is never written over, another program's configuration only gets lanegate's
entry at the end of a list. What would be written is checked as the server would check it, before anything is written.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from shlex import quote

from lanegate.core.draft_policy import Draft, policy_text
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.ownership import Ownership
from lanegate.core.policy_problems import say
from lanegate.core.policy_reader import PolicyError, read_policy
from lanegate.git.tracked import tracked_files
from lanegate.git.worktree import Worktree
from lanegate.usecases.clone import remote_of
from lanegate.usecases.lane_sources import SOURCES, Proposal, from_history
from lanegate.usecases.pre_commit_entry import CONFIG, entry, new_config, with_entry
from lanegate.usecases.whole_file import write_whole


class InitError(Exception):
    """It cannot be done, or not all of it; the text says why, and what to do."""


class File(NamedTuple):
    """A file to write. before: its bytes now, None where there is none."""

    path: str
    before: bytes | None
    after: bytes


class Plan(NamedTuple):
    """files: to write, none where all is there. source: of the lanes, None where the policy is there already. lanes: id
    and owned paths. notes: what a person should know. steps: commands from here to the first refused push, to be given
    in the current folder."""

    files: tuple[File, ...]
    source: str | None
    lanes: tuple[tuple[str, tuple[str, ...]], ...]
    notes: tuple[str, ...]
    steps: tuple[str, ...]


def plan_init(worktree: Worktree, source: str | None = None) -> Plan:
    """What `init` would do. source: one of SOURCES, None for the first that has lanes. Raises InitError, GitError."""
    if worktree.top is None:
        raise InitError("this repository has no work tree: run it in a clone")
    files: list[File] = []
    notes: list[str] = []
    path = worktree.settings.policy_path
    remote = remote_of(worktree)
    default = _default_branch(worktree, remote)
    branch = default or worktree.branch() or "main"
    if worktree.branch() not in (None, branch):
        notes.append(f"{worktree.branch()} is checked out: the policy counts once it is on {branch}")
    proposal: Proposal | None = None
    if _read(worktree.top, path) is not None:
        notes.append(f"{path} is there already and stays as it is")
    else:
        proposal = _propose(worktree, source)
        text, unowned = _policy(worktree, proposal, branch)
        files.append(File(path, None, text.encode()))
        notes += proposal.notes
        if unowned:
            notes.append(f'{unowned} tracked files are in no lane: so unowned = "allow" (lanegate policy overlaps)')
    config = _read(worktree.top, CONFIG)
    wanted = new_config() if config is None else with_entry(config)
    if wanted is None:
        notes.append(f"{CONFIG} has a shape that is left alone; its `repos` could have this:\n{entry()}".rstrip())
    elif wanted != config:
        files.append(File(CONFIG, config, wanted))
    if proposal is None:
        return Plan(tuple(files), None, (), tuple(notes), ())
    lanes = tuple((lane.id, lane.owned_paths) for lane in proposal.lanes)
    if len(lanes) == 1:
        notes.append(f"{lanes[0][0]} is the only lane, so nobody is refused anything: part it, or try --from history")
    paths = [os.path.relpath(os.path.join(os.path.realpath(worktree.top), file.path)) for file in files]
    steps = _steps(remote, branch, paths, [lane for lane, _ in lanes])
    return Plan(tuple(files), proposal.source, lanes, tuple(notes), steps)


def write(worktree: Worktree, plan: Plan) -> None:
    """Write the files of a plan; a file that is not any more as the plan saw it stops it. Raises InitError."""
    top = worktree.top or ""
    for file in plan.files:
        if _read(top, file.path) != file.before:
            raise InitError(f"{file.path} has changed meanwhile: run it again")
    for file in plan.files:
        try:
            _write(os.path.join(top, file.path), file)
        except OSError as error:
            raise InitError(f"{file.path} cannot be written: {error.strerror}; then run it again") from error


def _write(path: str, file: File) -> None:
    """Raises OSError."""
    if file.before is not None:
        return write_whole(path, file.after)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    out = open(path, "xb")  # noqa: SIM115 (what somebody else made meanwhile is not taken away again)
    try:
        with out:
            out.write(file.after)
    except BaseException:
        os.unlink(path)
        raise


def _propose(worktree: Worktree, source: str | None) -> Proposal:
    """The lanes of the source, or of the first one that has several, since one lane refuses nobody anything; if none
    has, of the first one that has any. What the others said is kept."""
    head = worktree.commit("HEAD")
    said: list[str] = []
    single: Proposal | None = None
    for name, read in SOURCES.items():
        if source not in (None, name) or head is None:
            continue
        found = read(worktree.git, head)
        said += found.notes if found is not None else ()
        if found is None or not found.lanes:
            continue
        if len(found.lanes) > 1 or source is not None:
            return found._replace(notes=tuple(said))
        if single is None:
            single = found._replace(notes=tuple(said))
            only = found.lanes[0].id
            said.append(f"{found.source} has one lane alone, {only}, so it is passed over; to take it: --from {name}")
    if source not in (None, "history"):
        why = f": {said[0]}" if said else ""
        raise InitError(f"--from {source}: HEAD holds no lanes of that kind{why}")
    if single is not None:
        return single
    return from_history(worktree.git, head)


def _policy(worktree: Worktree, proposal: Proposal, branch: str) -> tuple[str, int]:
    """The text of the policy, and how many tracked files it gives to nobody. Raises InitError."""
    text = policy_text(Draft(proposal.source, proposal.lanes, 0, branch))
    try:
        ownership = Ownership(read_policy(text.encode()))
        tracked = {*tracked_files(worktree), worktree.settings.policy_path.encode(), CONFIG.encode()}
        unowned = sum(not ownership.owners(path) for path in tracked)
        text = policy_text(Draft(proposal.source, proposal.lanes, unowned, branch))
        read_policy(text.encode())
    except PolicyError as error:
        raise InitError(
            f"the lanes of {proposal.source} make no valid policy ({say(error.problems[0])}): take "
            "lanegate init --from history, and go on from there by hand"
        ) from error
    return text, unowned


def _default_branch(worktree: Worktree, remote: str | None) -> str | None:
    """The default branch of a remote as this clone knows it, None where it does not."""
    prefix = f"refs/remotes/{remote}/"
    ref = worktree.symbolic(prefix + "HEAD") if remote is not None else None
    return ref.removeprefix(prefix) if ref is not None and ref.startswith(prefix) else None


def _steps(remote: str | None, branch: str, paths: Iterable[str], lanes: list[str]) -> tuple[str, ...]:
    """Three commands; with `init` itself and the push that is refused, five."""
    commit = f'git add {" ".join(map(quote, paths))} && git commit -m "Say who may change what"'
    push = f" && git push {quote(remote)} HEAD" if remote is not None else ""
    trusted = f"refs/remotes/{remote}/{branch}" if remote is not None else f"refs/heads/{branch}"
    return (
        commit + push,
        f"lanegate install --trusted-ref {quote(trusted)}",
        f"lanegate lane use {lanes[-1]} --branch",
    )


def _read(top: str, path: str) -> bytes | None:
    """A file of the work tree, None where there is none. Raises InitError for what is no file of its own."""
    full = os.path.join(top, path)
    inside = os.path.realpath(os.path.dirname(full)) + os.sep
    if os.path.islink(full) or not inside.startswith(os.path.realpath(top) + os.sep):
        raise InitError(f"{path} is or lies behind a symbolic link: nothing is written through it")
    try:
        with open(full, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InitError(f"{path} cannot be read: {error.strerror}") from error
