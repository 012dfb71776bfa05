"""Whether an accepted ref takes new commits on the word of their verdicts (docs/judgement.md, "Acceptance on a ref").

LG301, LG302, LG303: each commit has an accepted verdict by somebody whose word counts; some with and some without is
told as such, since then nothing lands. LG304: the gates that the ref asks for. What lanes ask of each other (LG501 to
LG505) is in core/judge_lanes.py. A rule is a small function over one frozen case; the table at the end lists them.
"""

from __future__ import annotations

from lanegate.core.acceptance import Candidate, Evidence, accepted_refs, candidates, deciding, is_accepted
from lanegate.core.decision import Violation
from lanegate.core.facts import RefUpdate
from lanegate.core.judge import Scope
from lanegate.core.judge_lanes import LANE_RULES, Case, few
from lanegate.core.message import short
from lanegate.core.policy import NOBODY, Policy, RefRule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lanegate.core.ledger import Entry


class Acceptance:
    """The judgement of one update of an accepted ref, made once.

    refused: by id, the LG301 or LG302 of each candidate that has one.
    """

    def __init__(self, policy: Policy, rule: RefRule, update: RefUpdate) -> None:
        evidence = update.evidence or Evidence()
        found = evidence.found
        if found is None:
            found = candidates(policy, update.ref, update.commits, evidence.entries)
        self.case = Case(policy, rule, update, evidence, found)
        self.refused = {
            candidate.commit.id: violation
            for candidate in found
            for violation in (_verdict(self.case, candidate),)
            if violation is not None
        }
        self._by_id = {candidate.commit.id: candidate for candidate in found}

    def scope(self, oid: str, scope: Scope) -> Scope:
        """What a new commit is judged for: its lane and its identity may be vouched for by its verdict."""
        candidate = self._by_id.get(oid)
        if candidate is None or oid in self.refused:
            return scope
        if candidate.is_unnamed:
            return scope._replace(assume_lane=candidate.lane, is_vouched=True)
        return scope._replace(is_vouched=self.case.policy.identity == "pusher")

    def violations(self) -> Iterator[Violation]:
        """Every rule on acceptance that the update breaks."""
        yield from self.refused.values()
        yield from _mixed(self.case, self.refused)
        for rule in (*_GATE_RULES, *LANE_RULES):
            yield from rule(self.case)


def _verdict(case: Case, candidate: Candidate) -> Violation | None:
    """LG301, LG302: no deciding verdict, one that rejects, or an accepted one that does not count."""
    verdict, ref = candidate.verdict, case.update.ref
    if verdict is None:
        return _lg301(case, candidate, _why_none(case.evidence.entries.get(candidate.commit.id, ()), ref))
    record = f"record {verdict.number}"
    if not is_accepted(verdict):
        by = verdict.one("by")
        return case.about(
            candidate,
            "LG302",
            f"rejected for {ref}{f' by {by}' if by else ''} ({record})",
            f"mend it on top of {_branch(ref)} as it stands now, and ask for a new verdict; `lanegate ledger show "
            f"{verdict.number}` says why",
        )
    lane = verdict.one("lane")
    if candidate.lane is not None and lane != candidate.lane:
        why = f"the verdict ({record}) is for lane {lane}, the commit names lane {candidate.lane}"
        return _lg301(case, candidate, why)
    why_not = _writer(case.policy, verdict, _signer(candidate))
    return _lg301(case, candidate, why_not) if why_not is not None else None


def _writer(policy: Policy, verdict: Entry, signer: str | None) -> str | None:
    """Why the word of an accepted verdict's writer does not count (any more), None if it does."""
    if policy.identity == NOBODY:
        return None
    by, record = verdict.one("by"), f"record {verdict.number}"
    if by is None:
        return f"accepted by nobody who is proven ({record})"
    if by not in policy.roles.get("acceptor", ()):
        return f"accepted by {by}, who is no acceptor ({record})"
    if policy.self_accept:
        return None
    if by == signer:
        return f"accepted by {by}, who signed the commit ({record})"
    lane = policy.lanes.get(verdict.one("lane") or "")
    if lane is not None and by in lane.owners:
        return f"accepted by {by}, who owns lane {lane.id} ({record})"
    return None


def _why_none(entries: tuple[Entry, ...], ref: str) -> str:
    elsewhere = accepted_refs(entries)
    if elsewhere:
        return f"accepted for {short(', '.join(elsewhere), 200)}, not for {ref}"
    gone = [entry for entry in entries if entry.kind == "withdraw" and ref in entry.all("on")]
    if gone:
        by = gone[-1].one("by")
        return f"its verdict for {ref} was withdrawn{f' by {by}' if by else ''} (record {gone[-1].number})"
    return f"no accepted verdict for {ref}"


def _lg301(case: Case, candidate: Candidate, message: str) -> Violation:
    oid = candidate.commit.id
    alike = case.evidence.alike.get(oid)
    ask = f"{_ask(case.policy, candidate)}lanegate accept {oid[:12]}"
    if alike is not None:
        carry = f"lanegate accept --carry {alike.commit[:12]} {oid[:12]}"
        if alike.is_same:
            message += f"; the same change was accepted as {alike.commit[:12]} (record {alike.number})"
            ask = f"{_ask(case.policy, candidate)}{carry}"
        else:
            message += f"; it looks like {alike.commit[:12]}, made anew after its verdict (record {alike.number})"
            ask += f" (where only the base is another one: {carry})"
    return case.about(candidate, "LG301", message, ask)


def _ask(policy: Policy, candidate: Candidate) -> str:
    """Who may give the verdict, as the start of a hint."""
    if policy.identity == NOBODY:
        return ""
    people = policy.roles.get("acceptor", ())
    if not policy.self_accept:
        lane = policy.lanes.get(candidate.lane or "")
        own = (*(lane.owners if lane else ()), _signer(candidate))
        people = tuple([person for person in people if person not in own])
    return f"ask an acceptor ({', '.join(people) or 'the policy names none who may'}): "


def _signer(candidate: Candidate) -> str | None:
    signer = candidate.commit.signer
    return signer.person if signer is not None else None


def _mixed(case: Case, refused: Mapping[str, Violation]) -> Iterator[Violation]:
    """LG303: some of the new commits are accepted, some are not."""
    ids = [candidate.commit.id for candidate in case.candidates]
    good = [oid for oid in ids if oid not in refused]
    bad = [oid for oid in ids if oid in refused]
    if good and bad:
        yield case.whole(
            "LG303",
            f"mixed: {few(good)} accepted, {few(bad)} not; nothing of it lands",
            "have all of it accepted, or rebase so that what is accepted comes first and push only up to there",
        )


def _gates(case: Case) -> Iterator[Violation]:
    """LG304: an accepted verdict whose report does not show the gates of the ref as passed."""
    for candidate in case.candidates:
        verdict = candidate.verdict
        if verdict is None or not is_accepted(verdict):
            continue
        passed = verdict.all("gate")
        missing = [gate for gate in case.rule.gates if gate not in passed]
        if missing:
            yield case.about(
                candidate,
                "LG304",
                f"the verdict (record {verdict.number}) shows no pass of {', '.join(missing)}, which "
                f"{_branch(case.update.ref)} asks for",
                f"lanegate gate run --lane {verdict.one('lane')} {candidate.commit.id[:12]}, then have it "
                "accepted with the report",
            )


def _tip_gates(case: Case) -> Iterator[Violation]:
    """LG304: the new tip itself, a clean merge too, has not passed a gate of the ref."""
    tip = case.update.new
    if not case.rule.gate_tip or tip is None:
        return
    passed = passed_on(tip, case.evidence.entries.get(tip, ()), case.update.ref)
    missing = [gate for gate in case.rule.gates if gate not in passed]
    if missing:
        yield case.whole(
            "LG304",
            f"no record that {', '.join(missing)} passed on {tip[:12]}, the new tip of {_branch(case.update.ref)}",
            f"lanegate gate run --record {tip[:12]}",
        )


def passed_on(tip: str, entries: tuple[Entry, ...], ref: str) -> frozenset[str]:
    """The gates whose last run on a commit passed, by gate records and, where they ran on this very commit, by the
    verdict that decides. entries: the ledger's lines about it."""
    verdict = deciding(entries, ref)
    passed: set[str] = set()
    for entry in entries:
        if entry.kind == "gate" or (entry == verdict and is_accepted(verdict) and entry.one("ran") == tip):
            passed |= set(entry.all("gate"))
            passed -= set(entry.all("failed"))
    return frozenset(passed)


def _branch(ref: str) -> str:
    return ref.removeprefix("refs/heads/")


_GATE_RULES: tuple[Callable[[Case], Iterator[Violation]], ...] = (_gates, _tip_gates)
