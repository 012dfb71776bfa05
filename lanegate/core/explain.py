"""Why a path may or may not be changed, by the code that judges it (R-F06)."""

from __future__ import annotations

from collections.abc import Sequence

from lanegate.core.decision import Violation
from lanegate.core.facts import ABSENT, REGULAR, Change, Commit
from lanegate.core.judge import Judge, Scope
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.ownership import Match
from lanegate.core.policy import APPEND_ONLY, Policy, Rule, Zone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lanegate.core.locks import Held, Lock

#: What may be done to a file: (words, mode before, mode after).
_ACTS = (("change", REGULAR, REGULAR), ("create", ABSENT, REGULAR), ("delete", REGULAR, ABSENT))
_APPEND = ("append", REGULAR, REGULAR)


class ZoneThere(NamedTuple):
    """The zone of a path. rule: the pattern that puts it there. locks: the live ones that cover it, None where nobody
    looked."""

    zone: Zone
    rule: Rule
    locks: tuple[Lock, ...] | None = None


class Explained(NamedTuple):
    """One path: the grant of each lane that has one there (all lanes asked for, if some were), the lanes that own
    it, and for each act (change, create, delete, in an append-only zone append) of each lane the violation it would be,
    None where it is allowed. zone: None for a path in none."""

    path: bytes
    grants: tuple[tuple[str, Match], ...]
    owners: tuple[str, ...]
    acts: tuple[tuple[str, str, Violation | None], ...]
    zone: ZoneThere | None = None


def explain(
    policy: Policy, policy_path: str, paths: Sequence[bytes], lanes: Sequence[str], held: Held | None = None
) -> list[Explained]:
    """Explain paths; `lanes` limits the answer to some lanes (ids of the policy), empty means all that matter. held:
    the locks as far as they are known, None where nobody looked."""
    judge = Judge(policy, policy_path)
    scope = Scope(held=held)
    found = []
    for path in paths:
        grants = tuple((lane, judge.ownership.grant(lane, path)) for lane in lanes or policy.lanes)
        shown = tuple((lane, match) for lane, match in grants if lanes or match.rule is not None)
        owners = tuple(lane for lane, _ in judge.ownership.owners(path))
        zone = _zone(judge, path, held)
        asked = (*_ACTS, _APPEND) if zone is not None and zone.zone.mode == APPEND_ONLY else _ACTS
        acts = tuple([(lane, act[0], _judge(judge, lane, path, act, scope)) for lane, _ in shown for act in asked])
        found.append(Explained(path, shown, owners, acts, zone))
    return found


def _zone(judge: Judge, path: bytes, held: Held | None) -> ZoneThere | None:
    at, rule = judge.ownership.zone(path), judge.ownership.zone_rule(path)
    if at is None or rule is None:
        return None
    return ZoneThere(judge.policy.zones[at], rule, None if held is None else held.covering(path))


def _judge(judge: Judge, lane: str, path: bytes, act: tuple[str, str, str], scope: Scope) -> Violation | None:
    _, old, new = act
    commit = Commit("", (), b"", (Change(path, old, new, "", ""),))
    if act == _APPEND or old == ABSENT:  # what is new has nothing before it that could change
        commit = commit._replace(appended=frozenset((path,)))
    return next(judge.changes(judge.policy.lanes[lane], commit, scope), None)
