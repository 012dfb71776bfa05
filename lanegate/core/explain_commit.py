"""Why a commit may or may not land on a ref: each thing that is looked at, what was found, what the judge says of it.

The judge decides (core/judge_push.py); here its violations are put beside the facts that they come from (R-F06).
"""

from __future__ import annotations

from lanegate.core.acceptance import Candidate, Evidence, accepted_refs, candidates
from lanegate.core.decision import Violation
from lanegate.core.facts import Commit, RefUpdate
from lanegate.core.message import short
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.policy import HIGH_RISK, NOBODY, Lane, Policy, RefRule, Zone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lanegate.core.ledger import Entry
    from lanegate.core.ownership import Ownership

#: Names that one line shows.
_SHOWN = 5


class Aspect(NamedTuple):
    """name: what is looked at, such as `verdict`. fact: what was found. violations: what the judge says of it."""

    name: str
    fact: str
    violations: tuple[Violation, ...] = ()


class Case(NamedTuple):
    """A new commit of an update, under the rule of its ref. candidate: None for a clean merge, which needs no verdict.
    lane: that it is judged for, None if that is not known. zoned: the changed paths that are in zones."""

    policy: Policy
    rule: RefRule
    update: RefUpdate
    commit: Commit
    candidate: Candidate | None
    lane: Lane | None
    zoned: tuple[tuple[bytes, Zone], ...] = ()

    @property
    def evidence(self) -> Evidence:
        return self.update.evidence or Evidence()

    @property
    def verdict(self) -> Entry | None:
        """The one that decides."""
        return self.candidate.verdict if self.candidate is not None else None


def explain_commit(
    policy: Policy,
    rule: RefRule,
    update: RefUpdate,
    commit: Commit,
    violations: Iterable[Violation],
    ownership: Ownership | None = None,
) -> tuple[Aspect, ...]:
    """Everything that decides about one commit of an update. violations: of the whole update; those of other commits
    are left out. ownership: of the policy, to tell of zones."""
    entries = update.evidence.entries if update.evidence is not None else {}
    candidate = next(iter(candidates(policy, update.ref, [commit], entries)), None)
    lane = policy.lanes.get(candidate.lane) if candidate is not None and candidate.lane is not None else None
    places = [(path, ownership.zone(path)) for path, *_ in commit.changes] if ownership is not None else []
    zoned = tuple([(path, policy.zones[at]) for path, at in places if at is not None])
    case = Case(policy, rule, update, commit, candidate, lane, zoned)
    others = {each.id for each in update.commits} - {commit.id, update.new}
    left = [violation for violation in violations if violation.commit not in others]
    found = []
    for name, codes, tell in _ASPECTS:
        mine = tuple([violation for violation in left if violation.code in codes])
        left = [violation for violation in left if violation.code not in codes]
        fact = tell(case)
        if fact is not None or mine:
            found.append(Aspect(name, fact or "", mine))
    return (*found, *([Aspect("other", "", tuple(left))] if left else []))


def _ref(case: Case) -> str:
    who = "anybody may push" if case.rule.pushers is None else f"pushed by {', '.join(case.rule.pushers)}"
    return f"rule {case.rule.name}: {who}"


def _lane(case: Case) -> str:
    if case.candidate is None:
        return "a clean merge needs none"
    return f"{case.lane.id}, {case.lane.state}" if case.lane is not None else "not known"


def _identity(case: Case) -> str | None:
    if case.candidate is None or case.policy.identity == NOBODY:
        return None
    signer = case.commit.signer
    if signer is not None and signer.person is not None:
        return f"signed by {signer.person}"
    if case.policy.asks_pusher:
        return "whoever pushes it to its lane's ref; a clone does not know"
    return f"not proven: {signer.reason}" if signer is not None else None


def _paths(case: Case) -> str:
    changes = case.commit.changes
    shown = ", ".join(short(change.path.decode("utf-8", "replace")) for change in changes[:_SHOWN])
    more = f" and {len(changes) - _SHOWN} more" if len(changes) > _SHOWN else ""
    return f"{shown}{more}" if changes else "none changed"


def _zones(case: Case) -> str | None:
    told = [f"{short(path.decode('utf-8', 'replace'))} {_zone(case, path, zone)}" for path, zone in case.zoned[:_SHOWN]]
    more = [f"{len(case.zoned) - _SHOWN} more"] if len(case.zoned) > _SHOWN else []
    return ", ".join([*told, *more]) or None


def _zone(case: Case, path: bytes, zone: Zone) -> str:
    held = case.update.held if zone.mode == HIGH_RISK else None
    locks = [f"{lock.id} of lane {lock.lane}" for lock in held.covering(path)] if held is not None else None
    roles = f", {' or '.join(zone.roles)} only" if zone.roles else ""
    lock = "" if locks is None else f", lock {' and '.join(locks)}" if locks else ", no live lock"
    return f"({zone.mode}{roles}{lock})"


def _verdict(case: Case) -> str | None:
    if not case.rule.accepted or case.candidate is None:
        return None
    if case.verdict is None:
        elsewhere = accepted_refs(case.evidence.entries.get(case.commit.id, ()))
        return f"none for this ref; accepted for {', '.join(elsewhere)}" if elsewhere else "none"
    by, carried = case.verdict.one("by"), case.verdict.one("carried")
    who = f" by {by}" if by is not None else ""
    over = f", carried over from {carried[:12]}" if carried is not None else ""
    return f"{case.verdict.one('is')}{who} (record {case.verdict.number}){over}"


def _gates(case: Case) -> str | None:
    if not case.rule.gates or case.candidate is None:
        return None
    passed = case.verdict.all("gate") if case.verdict is not None else ()
    tip = "; the pushed tip needs a gate record of its own" if case.rule.gate_tip else ""
    return f"asked for {', '.join(case.rule.gates)}; the verdict shows {', '.join(passed) or 'none'}{tip}"


def _dependencies(case: Case) -> str | None:
    if case.lane is None or not case.lane.depends_on or not case.rule.accepted:
        return None
    return ", ".join(f"{name} ({how}), {_met(case, name)}" for name, how in case.lane.depends_on)


def _met(case: Case, lane: str) -> str:
    is_met = lane in case.evidence.met or case.policy.lanes[lane].state == "done"
    return "met" if is_met else "not met"


def _assumptions(case: Case) -> str | None:
    if case.candidate is None or case.lane is None:
        return None
    named = [value.split(" ")[0] for value in case.candidate.trailers.of(b"assumption")]
    answered = case.evidence.reconciled.get(case.lane.id, frozenset())
    told = [f"{name} (reconciled by a record)" if name in answered else name for name in named]
    return ", ".join(map(short, told[:_SHOWN])) or None


def _order(case: Case) -> str | None:
    if not case.rule.order or case.lane is None:
        return None
    place = "" if case.lane.kind in case.rule.order else ", which is free"
    return f"{case.lane.id} is of kind {case.lane.kind}{place}; order: {', '.join(case.rule.order)}"


def _rejections(case: Case) -> str | None:
    found = case.evidence.rejections.get(case.lane.id, ()) if case.lane is not None else ()
    return ", ".join(f"record {each.number}{f' by {each.by}' if each.by else ''}" for each in found[:_SHOWN]) or None


def _reverts(case: Case) -> str | None:
    named = case.candidate.trailers.of(b"reverts") if case.candidate is not None else ()
    return f"takes back {short(named[0])}" if named else None


if TYPE_CHECKING:
    Told = Callable[[Case], str | None]

#: What is looked at, the codes that tell of it, and what was found; None: not asked here.
_ASPECTS: tuple[tuple[str, frozenset[str], Told], ...] = (
    ("ref", frozenset(("LG601", "LG602")), _ref),
    ("shape", frozenset(("LG603", "LG604")), lambda _: None),
    ("lane", frozenset(("LG201", "LG204", "LG205")), _lane),
    ("identity", frozenset(("LG202", "LG203")), _identity),
    ("paths", frozenset(("LG101", "LG102", "LG103", "LG104")), _paths),
    ("zones", frozenset(("LG401", "LG402", "LG404", "LG405", "LG406")), _zones),
    ("verdict", frozenset(("LG301", "LG302", "LG303")), _verdict),
    ("gates", frozenset(("LG304",)), _gates),
    ("depends on", frozenset(("LG501",)), _dependencies),
    ("assumptions", frozenset(("LG502",)), _assumptions),
    ("order", frozenset(("LG503",)), _order),
    ("rejections", frozenset(("LG505",)), _rejections),
    ("revert", frozenset(("LG506",)), _reverts),
    ("policy", frozenset(("LG701", "LG702", "LG703", "LG504")), lambda _: None),
)
