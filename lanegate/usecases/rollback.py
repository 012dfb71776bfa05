"""`lanegate rollback COMMIT`: one commit that takes back exactly one other, as LG506 wants it (R-D11, R-B09).

What it changes is made by git's own merge, the same that the server makes again; the person's git commits it, with
his hooks and his key. A conflict is nobody's to resolve here: that comes as an ordinary commit.
"""

from __future__ import annotations

from lanegate.core.decision import Decision
from lanegate.core.message import read_trailers, short, subject
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.objects import parse_commit
from lanegate.core.policy import Lane
from lanegate.git.objects import CatFile
from lanegate.git.reach import is_reachable
from lanegate.git.reverts import inverse_tree
from lanegate.git.worktree import CallersGit
from lanegate.usecases.clone import LANE_VARIABLE, ROLLBACK_VARIABLE, Clone, StoppedError, lane_trailers
from lanegate.usecases.undecided import stopped
from lanegate.usecases.verdicts import AskedWronglyError, full_ids, known_lane


class RolledBack(NamedTuple):
    """commit: the new one. target: the one that it takes back."""

    commit: str
    target: str
    lane: str


def rollback(clone: Clone, name: str, lane_name: str | None) -> RolledBack:
    """Commit the exact inverse of a commit on top of HEAD. lane_name: of the new commit, by default the lane of the one
    taken back. Raises AskedWronglyError, StoppedError, GitError."""
    worktree = clone.worktree
    if worktree.top is None:
        raise AskedWronglyError("this repository has no work tree: run it in one")
    (target,) = full_ids(worktree, [name])
    head = worktree.commit("HEAD")
    if head is None or not is_reachable(worktree.git, target, [head]):
        raise AskedWronglyError(f"{target[:12]} is not in the history of HEAD: nothing to take back here")
    reader = CatFile(worktree.git)
    try:
        message = parse_commit(reader.read(target)[1]).message
        tree = inverse_tree(worktree.git, reader, target, head)
    finally:
        reader.close()
    if tree is None:
        why = "make it in two steps: an ordinary commit that clears the way, then the rollback"
        raise AskedWronglyError(f"git cannot take {target[:12]} back here without a conflict; {why}")
    lane = _lane(clone, target, message, lane_name)
    theirs = CallersGit(worktree.top)
    staged = theirs.line("write-tree")
    unchanged = worktree.git.line("rev-parse", f"{head}^{{tree}}")
    if tree == unchanged:
        raise AskedWronglyError(f"{target[:12]} is taken back already: nothing would change")
    if staged not in (unchanged, tree):  # the inverse itself: left by a rollback that was killed
        raise AskedWronglyError("something is staged: commit it or put it aside first (git stash)")
    if staged == unchanged:
        theirs.output("read-tree", "-m", "-u", head, tree)
    theirs.environment[LANE_VARIABLE] = lane.id  # for the hooks, whatever this worktree works in
    theirs.environment[ROLLBACK_VARIABLE] = target
    options = ("--quiet", "--cleanup=whitespace", "--message", _message(target, message, lane))
    status, _, said = theirs.outcome("commit", *options)
    if status:
        raise StoppedError(_not_committed(said.decode("utf-8", "replace")))
    return RolledBack(worktree.commit("HEAD") or "", target, lane.id)


def _lane(clone: Clone, target: str, message: bytes, named: str | None) -> Lane:
    carried = read_trailers(message).of(b"lane")
    if named is None and len(carried) != 1:
        raise AskedWronglyError(f"{target[:12]} does not name one lane: say --lane ID")
    return known_lane(clone.policy, named if named is not None else carried[0])


def _not_committed(said: str) -> Decision:
    """git, or a hook, did not make the commit: their words, and what is left."""
    hint = "the inverse is staged; once git commits here, give the command again"
    decision = stopped("LG903", "git did not commit", hint)
    return decision._replace(notes=tuple(filter(None, map(str.strip, said.splitlines()))))


def _message(target: str, message: bytes, lane: Lane) -> str:
    prefix = f"{lane.subject_prefix} " if lane.subject_prefix is not None else ""
    trailers = "".join(f"{key}: {value}\n" for key, value in (*lane_trailers(lane), ("Reverts", target)))
    return f'{prefix}Take back "{short(subject(message), 60)}"\n\n{trailers}'
