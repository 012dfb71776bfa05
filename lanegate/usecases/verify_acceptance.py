"""Acceptance judged again from a clone alone: each landing by the ledger as it stood then (design sections 3.2 and 6).

Which first-parent steps landed together, and which records counted, is said by the server's landing records. Where
there is none, a step is a landing of its own, judged by the ledger as it is now; and where the policy names a server,
it is one that no record explains: a hook was off, or something wrote past it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing

from lanegate.core.acceptance import Evidence
from lanegate.core.decision import Violation
from lanegate.core.facts import Commit, RefUpdate
from lanegate.core.judge import Scope
from lanegate.core.judge_acceptance import Acceptance
from lanegate.core.ledger import Entry
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.policy import Policy, RefRule
from lanegate.core.record import Landing as LandingBody
from lanegate.core.record import Record
from lanegate.core.refs import match_ref
from lanegate.git.evidence import Hindsight, Landing, gather_evidence
from lanegate.git.history import History
from lanegate.git.ledger import LedgerView
from lanegate.git.objects import CatFile
from lanegate.git.reach import reached
from lanegate.git.run import Git
from lanegate.usecases.ledger_here import has
from lanegate.usecases.policy_eras import Era, era_of_steps


class Group(NamedTuple):
    """Steps that landed together: positions from `start` up to `stop`. seen: number of the last record that counted,
    None for all of them. record: number of the record that tells of it, None if none does. is_override: whether a
    maintainer had refusals overridden."""

    start: int
    stop: int
    seen: int | None = None
    record: int | None = None
    is_override: bool = False


class AcceptedSteps:
    """The steps of a history of one ref as landings, and the judgement of those whose policy asks for acceptance."""

    def __init__(
        self, git: Git, history: History, eras: Sequence[Era], ref: str, ledger: LedgerView, records: Sequence[Record]
    ) -> None:
        self._git = git
        self._history = history
        self._ref = ref
        self._ledger = ledger
        self._records = records
        self._policies = [era.policy for era in eras]
        self._rules = [accepted_rule(era.policy, ref) for era in eras]
        self._era_of = era_of_steps(history, list(eras))
        self.groups = landings(git, history, ref, ledger)
        self._older: dict[str, bool] = {}
        self._place = {oid: position for position, oid in enumerate(history.commits)}
        self._group_of = [number for number, group in enumerate(self.groups) for _ in range(group.start, group.stop)]
        #: By landing: how many of its commits were not taken yet, those that were, and what was found in the end.
        self._missing = Counter(self._group_of[step] for step in history.step_of.values())
        self._taken: dict[int, list[Commit]] = {}
        self._found: dict[int, tuple[Violation, ...]] = {}

    def scope(self, commit: Commit, scope: Scope) -> Scope:
        """What a commit is judged for, on its own: its verdict may vouch for its lane (core/judge_acceptance.py)."""
        group = self._group(commit.id)
        policy, rule = self._judging(group)
        if policy is None or rule is None or commit.is_clean_merge:
            return scope
        seen = group.seen
        entries = [entry for entry in self._ledger.entries(commit.id) if seen is None or entry.number <= seen]
        evidence = Evidence({commit.id: tuple(entries)})
        update = RefUpdate(self._ref, None, commit.id, (commit,), evidence=evidence)
        return Acceptance(policy, rule, update).scope(commit.id, scope)

    def take(self, commits: Sequence[Commit]) -> None:
        """Take commits of the history, in any order, and judge each landing that has all of its own now."""
        complete = []
        for commit in commits:
            number = self._group_of[self._history.step_of[commit.id]]
            self._taken.setdefault(number, []).append(commit)
            self._missing[number] -= 1
            if not self._missing[number]:
                complete.append(number)
        self._judge(complete)

    def violations(self) -> Iterator[Violation]:
        """Every rule on acceptance that a landing breaks. To be asked when all commits were taken that a policy
        judges."""
        self._judge([number for number in range(len(self.groups)) if number not in self._found])
        return (violation for number in range(len(self.groups)) for violation in self._found[number])

    def _judge(self, numbers: Sequence[int]) -> None:
        if numbers:
            with closing(CatFile(self._git)) as reader:
                for number in numbers:
                    commits = self._taken.pop(number, [])
                    self._found[number] = tuple(self._violations(reader, self.groups[number], commits))

    def _violations(self, reader: CatFile, group: Group, commits: list[Commit]) -> Iterator[Violation]:
        policy, rule = self._judging(group)
        if policy is None or rule is None:
            return
        old, new = self._before(group), self._history.steps[group.stop - 1]
        if len(commits) > 1:
            commits.sort(key=lambda commit: self._place[commit.id])
        landed = tuple(commits)
        landing = Landing(self._ref, rule, new, landed, {})
        later = Hindsight(group.seen, self._reached)
        evidence = gather_evidence(self._git, reader, self._ledger, policy, landing, later)
        update = RefUpdate(self._ref, old, new, landed, evidence=evidence)
        yield from Acceptance(policy, rule, update).violations()
        if group.record is None and policy.servers:
            yield self._unexplained(new, rule)

    def is_overridden(self, violation: Violation) -> bool:
        """Whether a landing record says that this was overridden."""
        step = self._history.step_of.get(violation.commit or "")
        if step is None:
            return False
        body = self._landing(self.groups[self._group_of[step]])
        return body is not None and violation.code in body.codes

    def landing_of(self, oid: str) -> LandingBody | None:
        """The record with which a commit of the history landed, None where none tells."""
        return self._landing(self._group(oid))

    def first_policy(self, oid: str) -> str | None:
        """The blob of the policy under which a commit's first verdict was written, None where it has none."""
        first = next((entry for entry in self._ledger.entries(oid) if entry.kind == "verdict"), None)
        return self._records[first.number - 1].policy if first is not None else None

    def notes(self) -> Iterator[str]:
        """In words, each landing at which refusals were overridden, and what cannot be judged again."""
        for group in self.groups:
            body = self._landing(group)
            if body is not None and body.reason is not None:
                what = f"{', '.join(body.codes)} of {self._history.steps[group.stop - 1][:12]}"
                by = body.pusher or "nobody known"
                yield f"override: {by} overrode {what} (record {group.record}): {body.reason}"

        if any(rule is not None and rule.order for rule in self._rules):
            yield "not judged: integration order (history does not tell what the refs of lanes held)"

    def _landing(self, group: Group) -> LandingBody | None:
        body = self._records[group.record - 1].body if group.record is not None else None
        return body if isinstance(body, LandingBody) else None

    def _group(self, oid: str) -> Group:
        return self.groups[self._group_of[self._history.step_of[oid]]]

    def _judging(self, group: Group) -> tuple[Policy | None, RefRule | None]:
        """The policy before a landing and the rule by which it asks for acceptance."""
        era = self._era_of[group.start]
        return self._policies[era], self._rules[era]

    def _before(self, group: Group) -> str | None:
        return self._history.steps[group.start - 1] if group.start else self._history.base

    def _reached(self, commits: Sequence[str], at: str) -> frozenset[str]:
        """Which of the commits `at` reaches; of a step that is told by where the commits landed."""
        step_of, steps = self._history.step_of, self._history.steps
        place = step_of.get(at)
        if place is None or steps[place] != at:
            return reached(self._git, commits, at)
        unknown = [oid for oid in commits if oid not in step_of and oid not in self._older]
        if unknown:
            stood = reached(self._git, unknown, self._history.tip)
            self._older.update({oid: oid in stood for oid in unknown})
        return frozenset([oid for oid in commits if self._older.get(oid) or step_of.get(oid, place + 1) <= place])

    def _unexplained(self, step: str, rule: RefRule) -> Violation:
        branch = self._ref.removeprefix("refs/heads/")
        return Violation(
            code="LG305",
            message=f"no record explains how this landed on {branch}: a hook was off, or something wrote past it",
            commit=step,
            ref=self._ref,
            policy_line=rule.line,
            hint="see the server's log; if the record is merely newer, fetch the ledger after the branch: "
            "lanegate ledger sync",
        )


def vouches(policy: Policy) -> bool:
    """Whether a verdict may stand for something that a commit is judged for on its own (core/judge_acceptance.py)."""
    return policy.asks_acceptance and (policy.identity == "pusher" or any(lane.bots for lane in policy.lanes.values()))


def accepted_rule(policy: Policy | None, ref: str) -> RefRule | None:
    """The rule by which a policy asks for acceptance on a ref, None if it asks for none."""
    found = match_ref(policy, ref) if policy is not None else None
    return found[0] if found is not None and found[0].accepted else None


def landings(git: Git, history: History, ref: str, ledger: LedgerView) -> list[Group]:
    """The steps of a history, oldest first, as they landed. Raises GitError."""
    position = {step: at for at, step in enumerate(history.steps)}
    found: list[Group] = []
    stop = len(history.steps)
    while stop:
        landed = _landing_at(ledger.entries(history.steps[stop - 1]), ref)
        if landed is None:
            group = Group(stop - 1, stop)
        else:
            old = landed.one("old")
            start = position.get(old or "", -1) + 1
            if landed.one("forced") is not None and old is not None and old not in position:
                start = _fork(git, history, stop - 1, old, ref, ledger)
            seen = int(landed.one("seen") or 0)
            group = Group(min(start, stop - 1), stop, seen, landed.number, landed.one("reason") is not None)
        found.append(group)
        stop = group.start
    return found[::-1]


def _fork(git: Git, history: History, at: int, old: str, ref: str, ledger: LedgerView) -> int:
    """The position of the first step that a push brought which dropped `old`: behind those that `old` reaches. Where
    this clone does not have `old`, behind the last step before `at` with which something landed."""
    if has(git, old):
        return len(reached(git, history.steps[: at + 1], old))
    for place in range(at, 0, -1):
        if _landing_at(ledger.entries(history.steps[place - 1]), ref) is not None:
            return place
    return 0


def _landing_at(entries: Sequence[Entry], ref: str) -> Entry | None:
    """The last landing on a ref that a commit's lines tell of."""
    return next((entry for entry in reversed(entries) if entry.kind == "landing" and entry.one("ref") == ref), None)


def slim(commit: Commit) -> Commit:
    """A commit without what judging acceptance has no use for; still with changes of its own, or without."""
    return commit._replace(changes=commit.changes[:1], conflicts=frozenset(), links={}, defects=())
