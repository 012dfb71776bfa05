"""What an agent's edits would make of a commit, judged before they happen: the same engine as pre-commit's (R-F01).

An edit counts against HEAD, as the commit will see it: a file that HEAD does not hold is created, however long it has
stood in the work tree. What git ignores will be in no commit and is let through. The new content is known for the
tools that say all of it; where it is not, a zone that only takes lines at the end is left to the commit.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

from lanegate.agent_tools import DELETE
from lanegate.core.appends import is_append
from lanegate.core.decision import Decision, Violation
from lanegate.core.facts import ABSENT, EXECUTABLE, REGULAR, Change, Commit
from lanegate.core.policy import APPEND_ONLY
from lanegate.git.objects import CatFile
from lanegate.git.worktree import CallersGit, Worktree, without_repository
from lanegate.usecases.clone import LANE_VARIABLE, Clone, StoppedError, lane_here, open_clone
from lanegate.usecases.lean_cache import remember
from lanegate.usecases.locks_known import LocksHere
from lanegate.usecases.staged import answer
from lanegate.usecases.staged_zones import zoned

_REGULAR = (REGULAR, EXECUTABLE)


def judge_edits(
    worktree: Worktree,
    edits: Mapping[bytes, tuple[str, bytes | None]],
    environ: Mapping[str, str],
) -> Decision | None:
    """Judge edits in one work tree, in its lane: path → (WRITE or DELETE, new content where known).

    None: the repository is not managed. Raises GitError, LimitError, ObjectTooLargeError.
    """
    try:
        clone = open_clone(worktree)
        return None if clone is None else _judge(clone, edits, environ)
    except StoppedError as error:
        return error.decision


def _judge(clone: Clone, edits: Mapping[bytes, tuple[str, bytes | None]], environ: Mapping[str, str]) -> Decision:
    remember(clone)
    head = clone.worktree.commit("HEAD")
    changes: list[Change] = []
    for path, (kind, _) in edits.items():
        changes += _changes(clone.worktree, head, path, deletes=kind == DELETE)
    commit = Commit("", (head,) if head else (), b"", tuple(changes), appended=_appended(clone, changes, edits))
    locks = LocksHere(clone.worktree, time.time())
    violations = _violations(clone, commit, environ, locks)
    if violations:
        kept = tuple(change for change in changes if not _is_ignored(clone.worktree, change, environ))
        if len(kept) < len(changes):
            violations = _violations(clone, commit._replace(changes=kept), environ, locks)
    return answer(clone, violations, paths=len(changes))


def _violations(clone: Clone, commit: Commit, environ: Mapping[str, str], locks: LocksHere) -> tuple[Violation, ...]:
    if not commit.changes:
        return ()
    lane = lane_here(clone, environ)
    judged, scope = zoned(clone, commit, locks, reads_contents=False)
    return tuple(locks.told(clone.judge.changes(lane, judged, scope)))


def _changes(worktree: Worktree, head: str | None, path: bytes, *, deletes: bool) -> list[Change]:
    """What the commit would show of an edit: of a folder that is deleted, each file that HEAD has in it."""
    entries = []
    if head is not None:
        recursing = ("-r",) if deletes else ()
        asked = ("ls-tree", "-z", "--full-tree", *recursing, head, "--", os.fsdecode(path))
        for entry in worktree.git.output(*asked).split(b"\0")[:-1]:
            fields, _, name = entry.partition(b"\t")
            mode, kind, oid = fields.decode("ascii").split(" ")
            if kind != "tree":
                entries.append((name, mode, oid))
    if deletes:
        return [Change(name, mode, ABSENT, oid, "") for name, mode, oid in entries]
    old = next(((mode, oid) for name, mode, oid in entries if name == path), (ABSENT, ""))
    return [Change(path, old[0], old[0] if old[0] in _REGULAR else REGULAR, old[1], "")]


def _appended(clone: Clone, changes: list[Change], edits: Mapping[bytes, tuple[str, bytes | None]]) -> frozenset[bytes]:
    """The paths in append-only zones to which only lines are added, or of which that is not known yet."""
    ownership, zones = clone.file.ownership, clone.policy.zones
    found = set()
    for path, old_mode, new_mode, old_id, _ in changes:
        at = ownership.zone(path)
        if at is None or zones[at].mode != APPEND_ONLY or new_mode == ABSENT:
            continue
        content = edits[path][1]
        if old_mode not in _REGULAR or content is None or is_append(_blob(clone.worktree, old_id), content):
            found.add(path)
    return frozenset(found)


def _blob(worktree: Worktree, oid: str) -> bytes:
    reader = CatFile(worktree.git)
    try:
        return reader.read(oid)[1]
    finally:
        reader.close()


def _is_ignored(worktree: Worktree, change: Change, environ: Mapping[str, str]) -> bool:
    """Whether git leaves a file out of every commit: it is in none yet, nor in the index, and it is ignored."""
    if change.old_mode != ABSENT or worktree.top is None:
        return False
    theirs = CallersGit(worktree.top, without_repository(environ))
    said = theirs.line("check-ignore", "--", os.path.join(worktree.top, os.fsdecode(change.path)), accept=(0, 1))
    return said != ""


def environment_for(worktree: Worktree, session: Worktree | None, environ: Mapping[str, str]) -> Mapping[str, str]:
    """The environment that decides on the lane of a work tree: LANEGATE_LANE is the session's own, not that of another
    work tree that it reaches into."""
    if session is not None and session.git_dir == worktree.git_dir:
        return environ
    return {name: value for name, value in environ.items() if name != LANE_VARIABLE}
