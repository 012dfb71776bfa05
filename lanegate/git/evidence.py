"""Gathering what the ledger and the server's refs say about one update of an accepted ref (core/acceptance.py).

The lines about each new commit cost a lookup each, in the conversation with git that runs anyway. Everything else is
asked only where a rule of the policy needs it: who reaches whom where lanes depend on each other, where kinds have an
order, where a lane was rejected; and commits that a verdict was lost on (git/likeness.py) where one has none.

What a record says is taken from the ledger as it stood before the push; `Hindsight` cuts it where history is judged
later.
"""

from __future__ import annotations

from lanegate.core.acceptance import Evidence, Rejection, candidates, deciding, is_accepted, is_lifted, meets
from lanegate.core.judge_lanes import earlier_lanes
from lanegate.core.named_tuple import NamedTuple
from lanegate.git.objects import is_commit
from lanegate.git.reach import commits_beyond, reached

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from lanegate.core.acceptance import Candidate, Likeness
    from lanegate.core.facts import Commit
    from lanegate.core.ledger import Entry
    from lanegate.core.policy import Lane, Policy, RefRule
    from lanegate.git.ledger import LedgerView
    from lanegate.git.objects import Reader
    from lanegate.git.run import Git

#: Commits about which git is asked at once.
AT_ONCE = 200
#: Verdicts of a lane among which a lost one is looked for.
LOOKED_BACK = 50


class Landing(NamedTuple):
    """An update of an accepted ref. new: its new tip. commits: the new ones, parents before children. lane_tips: what
    the {lane} refs of each lane held before the push."""

    ref: str
    rule: RefRule
    new: str
    commits: Sequence[Commit]
    lane_tips: Mapping[str, Sequence[str]]


class Hindsight(NamedTuple):
    """How a landing is judged later. seen: number of the last record that counts, None for all of the ledger. reached:
    which of some commits another one reaches, as `git.reach.reached` answers."""

    seen: int | None
    reached: Callable[[Sequence[str], str], frozenset[str]]


def gather_evidence(
    git: Git, reader: Reader, ledger: LedgerView, policy: Policy, landing: Landing, later: Hindsight | None = None
) -> Evidence:
    """What is known about an update. later: where it landed long ago; then nothing is looked for that would only help
    to land it.

    Raises GitError, LimitError, ObjectTooLargeError.
    """
    return _Gathering(git, reader, ledger, policy, landing, later).evidence()


class _Gathering:
    def __init__(
        self, git: Git, reader: Reader, ledger: LedgerView, policy: Policy, landing: Landing, later: Hindsight | None
    ) -> None:
        self.git = git
        self.reader = reader
        self.ledger = ledger
        self.policy = policy
        self.landing = landing
        self.later = later
        self._entries: dict[str, tuple[Entry, ...]] = {}

    def evidence(self) -> Evidence:
        ref, rule, new, commits, _ = self.landing
        asked = [commit.id for commit in commits if not commit.is_clean_merge]
        entries = {oid: self._about(oid) for oid in ([*asked, new] if rule.gate_tip else asked)}
        found = candidates(self.policy, ref, commits, entries)
        lanes = [self.policy.lanes[name] for name in dict.fromkeys([each.lane for each in found]) if name is not None]
        return Evidence(
            entries,
            met=frozenset([lane.id for lane in self._depended_on(lanes) if self._has_landed(lane)]),
            reconciled={lane.id: self._reconciled(lane.id) for lane in lanes if lane.depends_on},
            waiting=self._waiting(earlier_lanes(self.policy, rule, found)),
            rejections=self._rejections(found),
            alike=self._alike(found) if self.later is None else {},
            found=found,
        )

    def _about(self, oid: str) -> tuple[Entry, ...]:
        """The ledger's lines about a commit, each commit looked up once."""
        if oid not in self._entries:
            self._entries[oid] = tuple(self._counting(self.ledger.entries(oid)))
        return self._entries[oid]

    def _counting(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        seen = self.later.seen if self.later is not None else None
        return (entry for entry in entries if seen is None or entry.number <= seen)

    def _reached(self, some: Sequence[str], new: str) -> frozenset[str]:
        return self.later.reached(some, new) if self.later is not None else reached(self.git, some, new)

    def _depended_on(self, lanes: Iterable[Lane]) -> list[Lane]:
        """The lanes that these depend on, where something has to have landed."""
        names = dict.fromkeys([name for lane in lanes for name, _ in lane.depends_on])
        return [self.policy.lanes[name] for name in names if self.policy.lanes[name].state != "done"]

    def _has_landed(self, lane: Lane) -> bool:
        """Whether the new tip reaches an accepted commit of a lane, looked for from its newest verdict back. Accepted
        for this ref or for the one that it begins from, whose work is known to it."""
        ref, rule, new, commits, _ = self.landing
        refs = (ref, rule.start) if rule.start is not None else (ref,)
        ours = {commit.id for commit in commits}
        some: dict[str, None] = {}
        for verdict in self._counting(self.ledger.verdicts(lane.id)):
            if not is_accepted(verdict) or set(refs).isdisjoint(verdict.all("on")):
                continue
            for oid in verdict.all("commit"):
                if oid not in some and meets(self._about(oid), refs, lane):
                    if oid in ours:
                        return True
                    if is_commit(self.reader, oid):
                        some[oid] = None
            if len(some) >= AT_ONCE:
                if self._reached(tuple(some), new):
                    return True
                some.clear()
        return bool(self._reached(tuple(some), new))

    def _reconciled(self, lane: str) -> frozenset[str]:
        events = self._counting(self.ledger.events(lane))
        return frozenset([name for event in events if event.kind == "reconcile" for name in event.all("assumption")])

    def _waiting(self, lanes: Iterable[Lane]) -> dict[str, tuple[str, ...]]:
        """Of each lane, what is accepted on its {lane} ref and not below the new tip."""
        ref, _, new, _, lane_tips = self.landing
        found = {}
        for lane in lanes:
            tips = lane_tips.get(lane.id, ())
            beyond = commits_beyond(self.git, tips, (new,)) if tips else []
            ready = [oid for oid, _ in beyond if self._is_ready(oid, ref, lane)]
            if ready:
                found[lane.id] = tuple(ready)
        return found

    def _is_ready(self, oid: str, ref: str, lane: Lane) -> bool:
        verdict = deciding(self._about(oid), ref)
        return verdict is not None and is_accepted(verdict) and verdict.one("lane") == lane.id

    def _rejections(self, found: Iterable[Candidate]) -> dict[str, tuple[Rejection, ...]]:
        """Of each lane the rejections that a verdict about one of these commits comes after."""
        last: dict[str, int] = {}
        for candidate in found:
            verdict = candidate.verdict
            if verdict is not None and is_accepted(verdict):
                lane = verdict.one("lane") or ""
                last[lane] = max(last.get(lane, 0), verdict.number)
        events = {lane: self._standing(lane, number) for lane, number in last.items()}
        tips = dict.fromkeys([event.one("tip") or "" for several in events.values() for event in several])
        descendants = self._descendants(tuple(tips)) if tips else {}
        return {
            lane: tuple(
                [
                    Rejection(event.number, event.one("by"), tip, descendants[tip])
                    for event in several
                    for tip in event.all("tip")
                ]
            )
            for lane, several in events.items()
            if several
        }

    def _standing(self, lane: str, before: int) -> list[Entry]:
        """Rejections in a lane that say what the ref held then and that nobody has lifted."""
        ref = self.landing.ref
        return [
            event
            for event in self._counting(self.ledger.events(lane))
            if event.kind == "verdict" and event.number < before and event.all("tip") and ref in event.all("on")
            if not is_lifted(event, ref, {oid: self._about(oid) for oid in event.all("commit")})
        ]

    def _descendants(self, tips: Sequence[str]) -> dict[str, frozenset[str]]:
        """For each of these commits, which of the new ones descend from it."""
        there = [tip for tip in tips if is_commit(self.reader, tip)]
        below: dict[str, frozenset[str]] = {}
        for commit in self.landing.commits:
            for parent in commit.parents:
                if parent not in below:  # one that is not new
                    below[parent] = self._reached(there, parent)
            behind = [below[parent] | frozenset(tip for tip in there if tip == parent) for parent in commit.parents]
            below[commit.id] = frozenset().union(*behind)
        return {
            tip: frozenset([commit.id for commit in self.landing.commits if tip in below[commit.id]]) for tip in tips
        }

    def _alike(self, found: Iterable[Candidate]) -> dict[str, Likeness]:
        """Of the commits that nobody gave a verdict for this ref, those that look like an accepted one."""
        ref = self.landing.ref
        lost = [each for each in found if each.verdict is None and not self._has_verdict(each.commit.id, ref)]
        if not lost:
            return {}
        from lanegate.git.likeness import find_alike

        lanes = dict.fromkeys([each.lane for each in lost if each.lane is not None])
        verdicts = [entry for lane in lanes for entry in self._latest(lane, ref)]
        return find_alike(self.git, self.reader, [each.commit for each in lost], verdicts)

    def _has_verdict(self, oid: str, ref: str) -> bool:
        return any(entry.kind == "verdict" and ref in entry.all("on") for entry in self._about(oid))

    def _latest(self, lane: str, ref: str) -> list[tuple[str, int]]:
        """(commit, number of the verdict) of what was accepted in a lane lately, newest first."""
        from itertools import islice

        latest = islice(self._counting(self.ledger.verdicts(lane)), LOOKED_BACK)
        return [
            (oid, verdict.number)
            for verdict in latest
            if is_accepted(verdict) and ref in verdict.all("on")
            for oid in verdict.all("commit")
            if is_accepted(deciding(self._about(oid), ref))
        ]
