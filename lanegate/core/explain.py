"""Why a path may or may not be changed, by the code that judges it (R-F06)."""

from __future__ import annotations

from collections.abc import Sequence

from lanegate.core.decision import Violation
from lanegate.core.facts import ABSENT, REGULAR, Change, Commit
from lanegate.core.judge import Judge, Scope
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.ownership import Match
from lanegate.core.policy import Policy

#: What may be done to a file: (words, mode before, mode after).
_ACTS = (("change", REGULAR, REGULAR), ("create", ABSENT, REGULAR), ("delete", REGULAR, ABSENT))


class Explained(NamedTuple):
    """One path: the grant of each lane that has one there (all lanes asked for, if some were), the lanes that own
    it, and for each act (change, create, delete) of each lane the violation it would be, None where it is allowed."""

    path: bytes
    grants: tuple[tuple[str, Match], ...]
    owners: tuple[str, ...]
    acts: tuple[tuple[str, str, Violation | None], ...]


def explain(policy: Policy, policy_path: str, paths: Sequence[bytes], lanes: Sequence[str]) -> list[Explained]:
    """Explain paths; `lanes` limits the answer to some lanes (ids of the policy), empty means all that matter."""
    judge = Judge(policy, policy_path)
    found = []
    for path in paths:
        grants = tuple((lane, judge.ownership.grant(lane, path)) for lane in lanes or policy.lanes)
        shown = tuple((lane, match) for lane, match in grants if lanes or match.rule is not None)
        owners = tuple(lane for lane, _ in judge.ownership.owners(path))
        acts = tuple((lane, act, _judge(judge, lane, path, old, new)) for lane, _ in shown for act, old, new in _ACTS)
        found.append(Explained(path, shown, owners, acts))
    return found


def _judge(judge: Judge, lane: str, path: bytes, old: str, new: str) -> Violation | None:
    commit = Commit("", (), b"", (Change(path, old, new, "", ""),))
    return next(judge.changes(judge.policy.lanes[lane], commit, Scope()), None)
