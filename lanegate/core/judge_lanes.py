"""What lanes ask of each other before it lands (docs/judgement.md, "Acceptance on a ref"; R-D05, R-D08, R-D10).

LG501: a hard dependency has nothing accepted below the new tip. LG502: while a soft one has not, commits say what they
assume, and the assumptions are answered. LG503: work of an earlier kind that is accepted stays behind. LG505: work of a
lane that was rejected does not stand on what the ref held then.
"""

from __future__ import annotations

from lanegate.core.acceptance import Candidate, Evidence, is_accepted
from lanegate.core.decision import Violation
from lanegate.core.facts import RefUpdate
from lanegate.core.message import Trailers, short, subject
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.policy import HARD, SOFT, Lane, Policy, RefRule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

#: Ids that one message names.
_MOST_NAMED = 5
_ASSUME = "add `Assumption: <id> <what it takes for granted>`, or `Assumption: none`, beside `Lane`"


class Case(NamedTuple):
    """One update of an accepted ref, under its rule."""

    policy: Policy
    rule: RefRule
    update: RefUpdate
    evidence: Evidence
    candidates: tuple[Candidate, ...]

    def about(self, candidate: Candidate, code: str, message: str, hint: str) -> Violation:
        """A violation of one commit."""
        lane = self.policy.lanes.get(candidate.lane or "")
        return Violation(
            code=code,
            message=message,
            commit=candidate.commit.id,
            subject=short(subject(candidate.commit.message), 200),
            lane=lane.id if lane else None,
            owner=", ".join(lane.owners) or None if lane else None,
            ref=self.update.ref,
            policy_line=self.rule.line,
            hint=hint,
        )

    def whole(self, code: str, message: str, hint: str, lane: Lane | None = None) -> Violation:
        """A violation of the update as a whole; lane: whose line of the policy says so, else the ref's."""
        return Violation(
            code=code,
            message=message,
            commit=self.update.new,
            lane=lane.id if lane else None,
            ref=self.update.ref,
            policy_line=lane.line if lane else self.rule.line,
            hint=hint,
        )

    def by_lane(self) -> Iterator[tuple[Lane, list[Candidate]]]:
        """The candidates of each lane of the policy, in the order of the push."""
        for lane in dict.fromkeys([candidate.lane for candidate in self.candidates]):
            if lane is not None:
                yield self.policy.lanes[lane], [each for each in self.candidates if each.lane == lane]

    def unmet(self, lane: Lane, how: str) -> list[Lane]:
        """The lanes that a lane depends on in this way and that have nothing accepted below the new tip."""
        upstream = [self.policy.lanes[name] for name, kind in lane.depends_on if kind == how]
        return [each for each in upstream if each.state != "done" and each.id not in self.evidence.met]


def _hard(case: Case) -> Iterator[Violation]:
    for lane, _ in case.by_lane():
        for upstream in case.unmet(lane, HARD):
            work = f"of task {upstream.task}" if upstream.task else "of it"
            yield case.whole(
                "LG501",
                f"{lane.id} depends on {upstream.id} (hard), and nothing {work} stands accepted in this history",
                f"land {upstream.id} first, or bring it in the same push; a lane that has nothing more to bring is set "
                'to state = "done" in the policy',
                lane,
            )


def _soft(case: Case) -> Iterator[Violation]:
    for lane, commits in case.by_lane():
        open_ = ", ".join([each.id for each in case.unmet(lane, SOFT)])
        if not open_:
            continue
        answered = case.evidence.reconciled.get(lane.id, frozenset()).union(
            *[reconciled(candidate.trailers) for candidate in commits]
        )
        for candidate in commits:
            named, wrong = assumptions(candidate.trailers)
            left = [name for name in named if name not in answered]
            if wrong is not None:
                why = f"{lane.id} depends on {open_} (soft), of which nothing has landed, and the commit {wrong}"
                yield case.about(candidate, "LG502", why, _ASSUME)
            elif left:
                yield case.about(
                    candidate,
                    "LG502",
                    f"assumption {short(', '.join(left), 200)} about {open_} is not reconciled",
                    f"when it holds: lanegate reconcile {short(' '.join(left), 200)} --lane {lane.id}, or "
                    "`Reconciled: <id>` in a commit of the lane",
                )


def assumptions(trailers: Trailers) -> tuple[tuple[str, ...], str | None]:
    """(ids of the assumptions that a commit names, what is wrong with how it does)."""
    values = trailers.of(b"assumption")
    found = []
    for value in values:
        name, _, text = value.strip(" ").partition(" ")
        if text:
            found.append(name)
        elif name != "none":
            return (), f"says nothing about what `Assumption: {short(name)}` is"
    return tuple(found), None if values else "does not say what it assumes"


def reconciled(trailers: Trailers) -> frozenset[str]:
    """Ids of the assumptions that a commit answers: the first word of each `Reconciled`."""
    return frozenset([value.split(" ", 1)[0] for value in trailers.of(b"reconciled")])


def earlier_lanes(policy: Policy, rule: RefRule, candidates: tuple[Candidate, ...]) -> list[Lane]:
    """The lanes whose kind the ref takes before the latest kind among the candidates."""
    if not rule.order:
        return []
    places = {kind: place for place, kind in enumerate(rule.order)}
    kinds = [policy.lanes[candidate.lane].kind for candidate in candidates if candidate.lane is not None]
    last = max([places[kind] for kind in kinds if kind in places], default=0)
    return [lane for lane in policy.lanes.values() if places.get(lane.kind, last) < last]


def _order(case: Case) -> Iterator[Violation]:
    places = {kind: place for place, kind in enumerate(case.rule.order)}
    for earlier in earlier_lanes(case.policy, case.rule, case.candidates):
        behind = case.evidence.waiting.get(earlier.id, ())
        if behind:
            late = [lane.id for lane, _ in case.by_lane() if places.get(lane.kind, -1) > places[earlier.kind]]
            yield case.whole(
                "LG503",
                f"{', '.join(late)} would land before {earlier.id} ({earlier.kind}), whose accepted work stays behind: "
                f"{few(behind)}",
                f"land {earlier.id} first or in the same push; if that is not to land: lanegate withdraw "
                f"{behind[0][:12]}, or move the ref of lane {earlier.id} off it",
                earlier,
            )


def _rejected(case: Case) -> Iterator[Violation]:
    for candidate in case.candidates:
        verdict = candidate.verdict
        if verdict is None or not is_accepted(verdict):
            continue
        for rejection in case.evidence.rejections.get(verdict.one("lane") or "", ()):
            if rejection.number < verdict.number and candidate.commit.id not in rejection.descendants:
                branch = case.update.ref.removeprefix("refs/heads/")
                by = f" by {rejection.by}" if rejection.by else ""
                yield case.about(
                    candidate,
                    "LG505",
                    f"lane {verdict.one('lane')} was rejected{by} (record {rejection.number}), and this does not stand "
                    f"on what {branch} held then, {rejection.tip[:12]}",
                    f"rebase onto {branch} and have the new commits accepted; the same reviewer may lift it: lanegate "
                    "withdraw",
                )
                break


def few(ids: Sequence[str]) -> str:
    """`2 commits (1b2c3d4e5f6a, …)`."""
    named = ", ".join([oid[:12] for oid in ids[:_MOST_NAMED]]) + (", …" if len(ids) > _MOST_NAMED else "")
    return f"{len(ids)} commit{'s' if len(ids) > 1 else ''} ({named})"


LANE_RULES: tuple[Callable[[Case], Iterator[Violation]], ...] = (_hard, _soft, _order, _rejected)
