"""The commit that would be made now, judged before it exists: pre-commit and `lanegate check`.

Same engine, same codes as at the server (R-F01), on what the index holds against the parents that the commit will
have: HEAD, or nothing on an unborn branch, or in a merge the merge that git itself makes of HEAD and MERGE_HEAD.

Two readings. git tells a pre-commit hook nothing of `--amend`, where the parents will be those of HEAD. A change that
is refused against HEAD is therefore judged against HEAD's parents too, while HEAD has not landed on the trusted ref:
taking a mistake back by amending must pass. What this lets through, a new commit that exactly undoes what the one
before it did outside the lane, is left to the server, which judges every commit against its true parent.

The exact inverse that `lanegate rollback` commits is not judged here: whether it needs grants at all rests on its
trailers and on who signs it (LG506), and neither is there yet. pre-push is the first to know.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from lanegate.core.carried import without_carried
from lanegate.core.decision import ALLOWED, Decision, Violation, decide
from lanegate.core.facts import LINK, Change, Commit
from lanegate.core.judge import Scope
from lanegate.core.named_tuple import NamedTuple
from lanegate.git.objects import CatFile, LimitError, ObjectTooLargeError
from lanegate.git.run import GitError
from lanegate.git.staged import staged_changes
from lanegate.git.worktree import Worktree, find
from lanegate.usecases.clone import ROLLBACK_VARIABLE, Clone, StoppedError, lane_here, open_clone
from lanegate.usecases.lean_cache import remember
from lanegate.usecases.locks_known import LocksHere
from lanegate.usecases.report import report
from lanegate.usecases.staged_zones import zoned
from lanegate.usecases.undecided import undecided


class Staged(NamedTuple):
    """The commit to be, as facts (its id is empty), and what could not be said about it."""

    commit: Commit
    notes: tuple[str, ...] = ()


def judge_staged(worktree: Worktree, environ: Mapping[str, str], *, tells_age: bool = False) -> Decision | None:
    """Judge what is staged in the lane of this worktree. None: the repository is not managed. Never raises.

    tells_age: whether a note says how old the locks are that were asked about; a refusal always says it.
    """
    try:
        clone = open_clone(worktree)
        return None if clone is None else _judge(clone, environ, tells_age)
    except StoppedError as error:
        return error.decision
    except (Exception, RecursionError, MemoryError) as error:
        return undecided(error)


def _judge(clone: Clone, environ: Mapping[str, str], tells_age: bool) -> Decision:
    staged = read_staged(clone)
    commit, notes = staged.commit, staged.notes
    remember(clone)
    if environ.get(ROLLBACK_VARIABLE):
        return answer(clone, (), notes, paths=len(commit.changes))
    locks = LocksHere(clone.worktree, time.time())
    violations = path_violations(clone, commit, environ, locks)
    if violations and not clone.worktree.merge_heads():
        amended = _as_amendment(clone)
        if amended is not None and not path_violations(clone, amended.commit, environ, locks):
            commit, violations = amended.commit, ()
            notes = (
                *amended.notes,
                "allowed only as an amendment of HEAD, which takes back what it did outside the lane",
            )
    if tells_age and locks.freshness is not None:
        notes = (*notes, f"locks: {locks.freshness}")
    return answer(clone, violations, notes, paths=len(commit.changes))


def path_violations(
    clone: Clone, commit: Commit, environ: Mapping[str, str], locks: LocksHere
) -> tuple[Violation, ...]:
    """What the paths of a commit to be break. A clean merge needs no lane. Raises StoppedError, GitError."""
    if commit.is_merge:
        shape = clone.judge.commit(commit._replace(changes=()), Scope())
        if shape or commit.is_clean_merge:
            return unnamed(shape)
    lane = lane_here(clone, environ)
    judged, scope = zoned(clone, commit, locks)
    return tuple(locks.told(clone.judge.changes(lane, judged, scope)))


def unnamed(violations: Sequence[Violation]) -> tuple[Violation, ...]:
    """Violations of a commit that has no id yet."""
    return tuple(violation._replace(commit=None, subject=None) for violation in violations)


def read_staged(clone: Clone) -> Staged:
    """The commit that `git commit` would make now, without its message. Raises GitError."""
    worktree = clone.worktree
    head = worktree.commit("HEAD")
    return commit_onto(clone, (*((head,) if head else ()), *worktree.merge_heads()))


def commit_onto(clone: Clone, parents: tuple[str, ...]) -> Staged:
    """What the index would bring as a commit with these parents. Raises GitError."""
    worktree = clone.worktree
    if len(parents) > 1:
        staged = _merge_onto(worktree, parents)
        return staged._replace(commit=without_carried(staged.commit, clone.policy, clone.file.ownership))
    changes, unmerged = staged_changes(worktree.git, parents[0] if parents else None)
    notes = (f"{unmerged} unmerged path(s) not judged: they cannot be committed yet",) if unmerged else ()
    return Staged(Commit("", parents, b"", changes, links=_links(worktree, changes)), notes)


def _merge_onto(worktree: Worktree, parents: tuple[str, ...]) -> Staged:
    """A merge to be, against the mechanical merge; left to the server where that cannot be had here."""
    plain = Commit("", parents, b"")
    if len(parents) != 2 or len(set(parents)) != len(parents):
        return Staged(plain)
    from lanegate.git.merges import MergeChanges

    reader = CatFile(worktree.git)
    try:
        tree = worktree.git.line("write-tree")
        with MergeChanges(worktree.git, reader) as merging:
            own = merging.of([("", tree, parents)])[""]
        if own.defects:
            return Staged(plain, (f"the merge is left to the server: {own.defects[0].what}",))
        changes = tuple(own.changes)
        facts = plain._replace(changes=changes, conflicts=own.conflicts, carried=own.carried)
        return Staged(facts._replace(links=_links(worktree, changes)))
    except (GitError, LimitError, ObjectTooLargeError) as error:
        return Staged(plain, (f"the merge is left to the server: {error}",))
    finally:
        reader.close()


def _as_amendment(clone: Clone) -> Staged | None:
    """What the index would bring as a new HEAD in place of the one that is there; None where HEAD has landed."""
    git = clone.worktree.git
    head = clone.worktree.commit("HEAD")
    if head is None or git.line("rev-list", "--max-count=1", head, f"^{clone.file.commit}") == "":
        return None
    parents = tuple(git.line("rev-parse", f"{head}^@").split())
    return commit_onto(clone, parents)


def _links(worktree: Worktree, changes: Sequence[Change]) -> Mapping[bytes, bytes]:
    if not any(change.new_mode == LINK for change in changes):
        return {}
    from lanegate.git.commits import link_targets

    reader = CatFile(worktree.git)
    try:
        return link_targets(reader, changes)
    finally:
        reader.close()


def answer(
    clone: Clone,
    violations: tuple[Violation, ...],
    notes: tuple[str, ...] = (),
    *,
    paths: int = 0,
    refs: int = 0,
    commits: int = 1,
) -> Decision:
    """The decision on something in this clone."""
    return Decision(
        decision=decide(violations) if violations else ALLOWED,
        violations=violations,
        policy_commit=clone.file.commit,
        policy_blob=clone.file.blob,
        policy_path=clone.policy_path,
        notes=notes,
        refs=refs,
        commits=commits,
        paths=paths,
    )


def main(environ: Mapping[str, str]) -> int:
    """The hook pre-commit: the answer on standard error unless all is well; the exit status."""
    return report(judge_staged(find(environ=environ), environ))
