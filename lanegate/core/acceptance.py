"""What the ledger says about the commits that an accepted ref would take: values, and which verdict decides.

A commit has a verdict for a ref, not as such: the last one that names the ref and that its writer has not withdrawn
since, whoever wrote the others. A rejection after an acceptance rejects, an acceptance after it accepts again. The
ledger took each record only from somebody who might write it then (docs/judgement.md); whether the writer's word still
counts is judged anew (core/judge_acceptance.py).

Everything here is read before the push is judged (git/evidence.py): a rule looks at nothing else. Design section 5.
"""

from __future__ import annotations

from lanegate.core.message import Trailers, read_trailers
from lanegate.core.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from lanegate.core.facts import Commit
    from lanegate.core.ledger import Entry
    from lanegate.core.policy import Lane, Policy

_NOTHING: Mapping[Any, Any] = {}


class Rejection(NamedTuple):
    """A rejection in a lane that nobody has lifted. number: of its record. by: its writer. tip: what the ref held then;
    descendants: those of the new commits that have it among their ancestors."""

    number: int
    by: str | None
    tip: str
    descendants: frozenset[str] = frozenset()


class Likeness(NamedTuple):
    """A commit that has an accepted verdict and that a new commit was made from. number: of that verdict's record.
    is_same: whether both change exactly the same; else they only share author and subject."""

    commit: str
    number: int
    is_same: bool


class Evidence(NamedTuple):
    """What is known about one update of an accepted ref, from the ledger and the refs before the push.

    entries: the ledger's lines about each new commit, and the new tip. met: lanes that have an accepted commit for the
    ref below the new tip (of their task now). reconciled: by lane, the assumptions that records answer. waiting: by
    lane, accepted commits on its {lane} ref that would stay behind. rejections: by lane, those not lifted. alike: by
    new commit without a verdict, the accepted one that it resembles. found: as `candidates` answers, where somebody
    asked it already.
    """

    entries: Mapping[str, tuple[Entry, ...]] = _NOTHING
    met: frozenset[str] = frozenset()
    reconciled: Mapping[str, frozenset[str]] = _NOTHING
    waiting: Mapping[str, tuple[str, ...]] = _NOTHING
    rejections: Mapping[str, tuple[Rejection, ...]] = _NOTHING
    alike: Mapping[str, Likeness] = _NOTHING
    found: tuple[Candidate, ...] | None = None


class Candidate(NamedTuple):
    """A new commit that needs a verdict. lane: id of the lane it comes for, None if that is not one lane of the policy.
    verdict: the one that decides, None without one. is_unnamed: it has no `Lane`, and its verdict gives it one, of a
    lane with `bots`."""

    commit: Commit
    trailers: Trailers
    lane: str | None
    verdict: Entry | None
    is_unnamed: bool = False


def deciding(entries: Iterable[Entry], ref: str) -> Entry | None:
    """The verdict that decides about a commit for a ref. entries: the ledger's lines about the commit, oldest first."""
    left: list[Entry] = []
    for entry in entries:
        if entry.kind == "verdict" and ref in entry.all("on"):
            left.append(entry)
        elif entry.kind == "withdraw" and ref in entry.all("on"):
            left = [verdict for verdict in left if verdict.one("by") != entry.one("by")]
    return left[-1] if left else None


def is_accepted(verdict: Entry | None) -> bool:
    return verdict is not None and verdict.one("is") == "accepted"


def accepted_refs(entries: Sequence[Entry]) -> tuple[str, ...]:
    """The refs for which a commit's deciding verdict is accepted, in order."""
    refs = sorted({ref for entry in entries if entry.kind == "verdict" for ref in entry.all("on")})
    return tuple([ref for ref in refs if is_accepted(deciding(entries, ref))])


def meets(entries: Sequence[Entry], refs: Iterable[str], lane: Lane) -> bool:
    """Whether a commit with these lines counts as landed work of a lane, for those that depend on it: accepted for one
    of the refs, as the lane's, and of the task that the lane has now, if it has one."""
    return any(_is_of(deciding(entries, ref), lane) for ref in refs)


def _is_of(verdict: Entry | None, lane: Lane) -> bool:
    if verdict is None or not is_accepted(verdict) or verdict.one("lane") != lane.id:
        return False
    return lane.task is None or verdict.one("task") == lane.task


def is_lifted(rejection: Entry, ref: str, entries: Mapping[str, Sequence[Entry]]) -> bool:
    """Whether the writer of a rejection has since withdrawn, for this ref, every verdict it was.

    rejection: a line of the lane's events. entries: the ledger's lines about each commit that it names.
    """
    return all(_withdrawn(rejection, ref, entries.get(commit, ())) for commit in rejection.all("commit"))


def _withdrawn(rejection: Entry, ref: str, entries: Sequence[Entry]) -> bool:
    return any(
        entry.kind == "withdraw"
        and entry.number > rejection.number
        and entry.one("by") == rejection.one("by")
        and ref in entry.all("on")
        for entry in entries
    )


def candidates(
    policy: Policy, ref: str, commits: Iterable[Commit], entries: Mapping[str, Sequence[Entry]]
) -> tuple[Candidate, ...]:
    """Those of the new commits that need a verdict, each with the one that decides and the lane it comes for."""
    found = []
    for commit in commits:
        if not commit.is_clean_merge:
            trailers = read_trailers(commit.message)
            verdict = deciding(entries.get(commit.id, ()), ref)
            lane, is_unnamed = _lane(policy, trailers, verdict)
            found.append(Candidate(commit, trailers, lane, verdict, is_unnamed))
    return tuple(found)


def _lane(policy: Policy, trailers: Trailers, verdict: Entry | None) -> tuple[str | None, bool]:
    """The lane that a commit comes for, and whether only its verdict says so."""
    named = trailers.of(b"lane")
    if trailers.broken or len(named) > 1:
        return None, False
    if named:
        return (named[0] if named[0] in policy.lanes else None), False
    lane = policy.lanes.get(verdict.one("lane") or "") if verdict is not None and is_accepted(verdict) else None
    return (lane.id, True) if lane is not None and lane.bots else (None, False)
