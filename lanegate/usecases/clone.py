"""A clone ready to judge: which policy counts here, and which lane this worktree works in (design section 3.6).

The policy is the one of the trusted ref as this clone last saw it: `lanegate.trustedRef` of the clone's own
configuration, else what the remote calls its default branch. Never the work tree, the index or the branch that is
checked out: a lane would grant itself what it wants. Not managed (silent, allowed) is only a repository that neither
says `lanegate.managed` nor has a policy on any ref that could be the trusted one.

The lane is LANEGATE_LANE for one command, else what `lanegate lane use` set for this worktree, else the lane whose
branch is checked out. It says what a person works on, it proves nothing: the server judges again.
"""

from __future__ import annotations

from collections.abc import Mapping

from lanegate.core.decision import REFUSED, Decision, Violation
from lanegate.core.judge import Judge
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.policy import Lane, Policy
from lanegate.git.objects import CatFile
from lanegate.git.worktree import Worktree
from lanegate.usecases.trusted_policy import NoPolicyError, PolicyFile, policy_at
from lanegate.usecases.undecided import stopped

LANE_VARIABLE = "LANEGATE_LANE"
#: Set while `lanegate rollback` commits: the id of the commit that is taken back.
ROLLBACK_VARIABLE = "LANEGATE_ROLLBACK"
#: Tracking branches that may stand for a remote's default branch when refs/remotes/<remote>/HEAD is missing.
USUAL_DEFAULTS = ("main", "master")


class StoppedError(Exception):
    """Nothing can be judged here, or not for this worktree. `decision` says why and what to do."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision.violations[0].message)
        self.decision = decision


class Clone(NamedTuple):
    """A managed clone with the policy that judges in it. ref: the trusted ref, as it is called here."""

    worktree: Worktree
    ref: str
    file: PolicyFile

    @property
    def policy(self) -> Policy:
        return self.file.policy

    @property
    def judge(self) -> Judge:
        """The engine under this policy."""
        return Judge(self.file.policy, self.policy_path, self.file.ownership)

    @property
    def policy_path(self) -> str:
        return self.worktree.settings.policy_path


def open_clone(worktree: Worktree) -> Clone | None:
    """The clone with its policy, None if it is not managed. Raises StoppedError (LG901), GitError."""
    settings = worktree.settings
    candidates = trusted_candidates(worktree)
    reader = CatFile(worktree.git)
    try:
        found: list[tuple[str, PolicyFile | NoPolicyError]] = []
        for ref in candidates:
            commit = worktree.commit(ref)
            if commit is None:
                continue
            try:
                found.append((ref, policy_at(reader, commit, settings.policy_path, keep_in=worktree.common_dir)))
            except NoPolicyError as error:
                if settings.managed or not error.is_absent:
                    found.append((ref, error))
    finally:
        reader.close()
    if not found and not settings.managed:
        return None
    if len(candidates) != 1:
        raise StoppedError(_no_trusted_ref(candidates))
    if not found:
        message = f"the trusted ref {candidates[0]} does not exist here"
        raise StoppedError(stopped("LG901", message, "run: git fetch, or set lanegate.trustedRef"))
    ref, file = found[0]
    if isinstance(file, NoPolicyError):
        problem = file.problems[0]
        where = f"{settings.policy_path}:{problem.line}: " if problem.line else ""
        message = f"the policy at {ref} cannot be used: {where}{problem.message}"
        raise StoppedError(stopped("LG901", message, "run: git fetch, then: lanegate policy check"))
    return Clone(worktree, ref, file)


def why_unmanaged(worktree: Worktree) -> str:
    """Why there is no policy where `open_clone` gives None, and what to do."""
    settings = worktree.settings
    if settings.trusted_ref is None and remote_of(worktree) is None:
        what = "none of the remotes here is called origin" if settings.remotes else "there is no remote here"
        return f"{what}, so name the ref that holds the policy: lanegate install --trusted-ref refs/heads/main"
    ref = settings.trusted_ref or " or ".join(trusted_candidates(worktree)) or "the remote's default branch"
    return f"there is no policy at {settings.policy_path} of {ref} yet"


def trusted_candidates(worktree: Worktree) -> tuple[str, ...]:
    """The refs that may be the trusted one here; exactly one of them means that it is known."""
    settings = worktree.settings
    if settings.trusted_ref is not None:
        return (settings.trusted_ref,)
    remote = remote_of(worktree)
    if remote is None:
        return ()
    head = worktree.symbolic(f"refs/remotes/{remote}/HEAD")
    if head is not None:
        return (head,)
    tracking = (f"refs/remotes/{remote}/{name}" for name in USUAL_DEFAULTS)
    return tuple(ref for ref in tracking if worktree.commit(ref) is not None)


def remote_of(worktree: Worktree) -> str | None:
    """The remote whose default branch is trusted: origin, else the only one there is."""
    remotes = worktree.settings.remotes
    if "origin" in remotes:
        return "origin"
    return remotes[0] if len(remotes) == 1 else None


def lane_here(clone: Clone, environ: Mapping[str, str]) -> Lane:
    """The active lane of this worktree. Raises StoppedError (LG201) that says how to set one."""
    name, origin = lane_name(clone, environ)
    lanes = clone.policy.lanes
    if name is None:
        active = ", ".join(lane.id for lane in lanes.values() if lane.state == "active") or "none is active"
        message = "this worktree has no lane, and its branch is the branch of no lane"
        raise StoppedError(_refused(clone, message, f"run: lanegate lane use <id> ({active})"))
    lane = lanes.get(name)
    if lane is None:
        hint = f"lanes of the policy: {', '.join(lanes) or 'none'}; run: lanegate lane use <id>"
        raise StoppedError(_refused(clone, f"unknown lane {name} ({origin})", hint))
    if lane.state != "active":
        hint = "work in an active lane: lanegate lane use <id>"
        raise StoppedError(_refused(clone, f"lane {name} is {lane.state} ({origin})", hint, lane))
    return lane


def lane_name(clone: Clone, environ: Mapping[str, str]) -> tuple[str | None, str]:
    """(lane id or None, where it comes from in words)."""
    named = environ.get(LANE_VARIABLE)
    if named:
        return named, LANE_VARIABLE
    if clone.worktree.settings.lane is not None:
        return clone.worktree.settings.lane, "lanegate.lane of this worktree"
    branch = clone.worktree.branch()
    owners = [lane.id for lane in clone.policy.lanes.values() if branch is not None and branch_of(lane) == branch]
    return (owners[0], f"branch {branch}") if len(owners) == 1 else (None, "nothing")


def branch_of(lane: Lane) -> str:
    """The branch that a lane works on, without refs/heads/."""
    return lane.branch or f"lane/{lane.id}"


def lane_trailers(lane: Lane) -> tuple[tuple[str, str], ...]:
    """The trailers that every commit of a lane carries."""
    task = (("Task", lane.task),) if lane.task is not None else ()
    return (("Lane", lane.id), *task)


def _refused(clone: Clone, message: str, hint: str, lane: Lane | None = None) -> Decision:
    line = lane.line if lane else None
    violation = Violation(code="LG201", message=message, hint=hint, lane=lane.id if lane else None, policy_line=line)
    return Decision(
        decision=REFUSED,
        violations=(violation,),
        policy_commit=clone.file.commit,
        policy_blob=clone.file.blob,
        policy_path=clone.policy_path,
    )


def _no_trusted_ref(candidates: tuple[str, ...]) -> Decision:
    if candidates:
        message = f"the default branch of the remote is unknown: {' or '.join(candidates)}"
        return stopped("LG901", message, "run: git remote set-head origin -a")
    message = "no trusted ref: there is no remote-tracking branch that the policy could be read from"
    hint = "run: git fetch && git remote set-head origin -a, or without a remote: git config lanegate.trustedRef <ref>"
    return stopped("LG901", message, hint)
