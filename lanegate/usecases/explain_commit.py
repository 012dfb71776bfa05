"""Whether a commit may land on a ref, as far as a clone can tell: the push that would land it, judged (R-F06).

What would be pushed is the commit itself where it stands on top of the ref, else the merge of the two, made in a
throw-away repository. Judged by the server's own code (git/pushes.py, core/judge_push.py) on the refs and the ledger as
they were fetched last; what only the server knows is said.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from lanegate.core.decision import Violation
from lanegate.core.explain_commit import Aspect, explain_commit
from lanegate.core.facts import RefUpdate
from lanegate.core.judge_push import Push, judge_push
from lanegate.core.message import subject
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.refs import match_ref
from lanegate.git.ledger import Ledger
from lanegate.git.mechanical import mechanical_merges
from lanegate.git.objects import CatFile
from lanegate.git.push_lines import Line
from lanegate.git.pushes import Pushes
from lanegate.git.reach import is_reachable
from lanegate.git.refs import Tip
from lanegate.git.run import GitError
from lanegate.git.scratch import Scratch
from lanegate.usecases.clone import Clone, remote_of
from lanegate.usecases.ledger_here import tip_here
from lanegate.usecases.locks_known import LocksHere
from lanegate.usecases.publish import tracked
from lanegate.usecases.trusted_policy import policy_after
from lanegate.usecases.verdicts import AskedWronglyError, full_ids, meant_refs


class OnRef(NamedTuple):
    """What decides about a commit on one ref. aspects: empty where it stands there already. refused: other commits that
    would come with it and are refused. notes: what was taken for granted, or is not known."""

    ref: str
    commit: str
    subject: str
    aspects: tuple[Aspect, ...] = ()
    refused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def violations(self) -> tuple[Violation, ...]:
        return tuple([violation for aspect in self.aspects for violation in aspect.violations])


def explain_on_refs(clone: Clone, name: str, refs: Sequence[str]) -> tuple[OnRef, ...]:
    """Explain a commit for each of these refs, or each single ref that asks for verdicts.

    Raises AskedWronglyError, GitError, LimitError, ObjectTooLargeError.
    """
    (commit,) = full_ids(clone.worktree, [name])
    here = tracked(clone.worktree)
    return tuple([_on_ref(clone, commit, ref, here) for ref in meant_refs(clone.policy, refs)])


def _on_ref(clone: Clone, commit: str, ref: str, here: Mapping[str, str]) -> OnRef:
    git = clone.worktree.git
    matched = match_ref(clone.policy, ref)
    if matched is None:
        raise AskedWronglyError(f"no rule of [[refs]] names {ref}")
    old = here.get(ref)
    locks = LocksHere(clone.worktree, time.time())
    with Scratch(git, len(commit)) as scratch:
        if old is not None and is_reachable(git, commit, [old]):
            return OnRef(ref, commit, _subject(clone, commit), notes=(f"it stands on {ref} already",))
        new, notes = _landing(scratch, commit, old)
        reader = CatFile(scratch.git)
        try:
            tips = {name: Tip(oid, "commit", "") for name, oid in here.items()}
            tips |= locks.tips() if clone.policy.asks_locks else {}
            ledger = Ledger(reader, tip_here(git))
            lines = [Line(old, new, ref)]
            trusted = _trusted(clone)
            owned = clone.file.ownership
            facts = Pushes(scratch.git, reader, tips, clone.policy, ledger=ledger, ownership=owned, locks=locks.held)
            (update,) = facts.updates(lines, trusted, False)
            after = policy_after(reader, clone.file, trusted, clone.policy_path, lines)
        finally:
            reader.close()
    push = Push(updates=(update,), trusted_ref=trusted, policy_after=after)
    violations = tuple(locks.told(judge_push(clone.judge, push)))
    if locks.freshness is not None:
        notes = (*notes, f"locks: {locks.freshness}")
    return _answer(clone, update, commit, violations, notes)


def _answer(
    clone: Clone, update: RefUpdate, commit: str, violations: Sequence[Violation], notes: tuple[str, ...]
) -> OnRef:
    matched = match_ref(clone.policy, update.ref)
    found = next((each for each in update.commits if each.id == commit), None)
    if matched is None or found is None:
        raise GitError(f"git does not list {commit} among what would be pushed")
    if commit != update.new:
        violations = [_of_merge_to_come(violation, update.new or "") for violation in violations]
    aspects = explain_commit(clone.policy, matched[0], update, found, violations, clone.file.ownership)
    about = (violation.commit for violation in violations)
    others = dict.fromkeys([oid for oid in about if oid not in (commit, update.new, None)])
    fetched = "judged by the refs (git fetch) and the ledger (lanegate ledger sync) as they were fetched last"
    told = (*notes, f"{fetched}; who pushes is not known here")
    return OnRef(update.ref, commit, subject(found.message), aspects, tuple(filter(None, others)), told)


def _of_merge_to_come(violation: Violation, new: str) -> Violation:
    """A violation in words that do not name the throw-away merge, which nobody has."""
    message = violation.message.replace(new[:12], "that merge")
    return violation._replace(message=message, hint=(violation.hint or "").replace(new[:12], "HEAD, once merged"))


def _landing(scratch: Scratch, commit: str, old: str | None) -> tuple[str, tuple[str, ...]]:
    """The tip that would be pushed, and what is to be known about it."""
    if old is None or is_reachable(scratch.git, old, [commit]):
        return commit, ()
    (made,) = mechanical_merges(scratch.git, [(old, commit)])
    if isinstance(made, GitError) or not made.is_clean:
        return commit, (
            "it does not merge cleanly: whoever lands it resolves a conflict, and that needs a verdict too",
        )
    return scratch.commit(made.tree, old, commit), ("taken to land by a clean merge",)


def _trusted(clone: Clone) -> str:
    """The trusted ref by its name on the server."""
    prefix = f"refs/remotes/{remote_of(clone.worktree)}/"
    return clone.ref.replace(prefix, "refs/heads/", 1) if clone.ref.startswith(prefix) else clone.ref


def _subject(clone: Clone, commit: str) -> str:
    return clone.worktree.git.line("log", "-1", "--format=%s", commit)
