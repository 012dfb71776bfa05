"""Carrying a verdict over to a commit that was made anew: rebased, cherry-picked, amended (THREATS: "say how to get it
re-accepted").

Nothing is carried by itself. An acceptor gives the verdict in his own name, to the new id, and lanegate proves first
that the change is the one that was accepted (git/same_change.py). Gates are run again where a ref asks for them.
"""

from __future__ import annotations

from collections.abc import Sequence

from lanegate.core.acceptance import accepted_refs, deciding
from lanegate.core.decision import Violation
from lanegate.core.named_tuple import NamedTuple
from lanegate.git.ledger import Ledger
from lanegate.git.objects import CatFile
from lanegate.git.same_change import range_diff, why_different
from lanegate.usecases.clone import Clone, StoppedError
from lanegate.usecases.ledger_here import tip_here
from lanegate.usecases.ledger_refusals import refused
from lanegate.usecases.verdicts import Asked, AskedWronglyError, full_ids, meant_refs


class Carried(NamedTuple):
    """asked: the verdict on the new commits. pairs: (new, old). shown: git's range-diff of each, for people."""

    asked: Asked
    pairs: tuple[tuple[str, str], ...]
    shown: tuple[str, ...]


def carry(clone: Clone, pairs: Sequence[tuple[str, str]], asked: Asked) -> Carried:
    """What is asked with `--carry OLD NEW`, proven. pairs: (old, new) as the person names them.

    Raises StoppedError (LG301) where the change is another or the old commit is not accepted, AskedWronglyError,
    GitError.
    """
    worktree = clone.worktree
    found: dict[str, str] = {}
    for names in pairs:
        old, new = (full_ids(worktree, [name])[0] for name in names)
        if old == new:
            raise AskedWronglyError(f"{old[:12]} and {new[:12]} are the same commit")
        if new in found:
            raise AskedWronglyError(f"{new[:12]} is named twice")
        found[new] = old
    reader = CatFile(worktree.git)
    try:
        ledger = Ledger(reader, tip_here(worktree.git))
        refs = _refs(clone, ledger, tuple(found.values()), asked.refs)
        lanes = {_lane(ledger, old, refs[0]) for old in found.values()}
        if len(lanes) > 1:
            raise AskedWronglyError(
                f"the verdicts are about lanes {', '.join(sorted(lanes))}: carry one lane at a time"
            )
        for new, old in found.items():
            why = why_different(worktree.git, reader, old, new)
            if why is not None:
                hint = f"look at it and accept it for itself: lanegate accept {new[:12]}"
                raise _refused(new, f"not the change that was accepted as {old[:12]}: {why}", hint)
    finally:
        reader.close()
    shown = tuple([range_diff(worktree.git, old, new) for new, old in found.items()])
    lane = asked.lane if asked.lane is not None else lanes.pop()
    return Carried(asked._replace(commits=tuple(found), refs=refs, lane=lane), tuple(sorted(found.items())), shown)


def _refs(clone: Clone, ledger: Ledger, olds: tuple[str, ...], named: tuple[str, ...]) -> tuple[str, ...]:
    """The refs for which the verdicts are carried: those named, else all that every old commit is accepted for."""
    accepted = {old: set(accepted_refs(ledger.entries(old))) for old in olds}
    wanted = set(meant_refs(clone.policy, named)) if named else None
    for old, refs in accepted.items():
        missing = (wanted or set()) - refs
        if missing or not refs:
            where = f" for {', '.join(sorted(missing))}" if missing else ""
            raise _refused(old, f"it has no accepted verdict{where} that could be carried", "see: lanegate ledger sync")
    common = wanted if wanted is not None else set.intersection(*accepted.values())
    if not common:
        raise AskedWronglyError("the commits are accepted for different refs: carry them one by one")
    return tuple(sorted(common))


def _lane(ledger: Ledger, old: str, ref: str) -> str:
    verdict = deciding(ledger.entries(old), ref)
    return (verdict.one("lane") if verdict is not None else None) or ""


def _refused(commit: str, message: str, hint: str) -> StoppedError:
    return StoppedError(refused(Violation(code="LG301", message=message, commit=commit, hint=hint)))
