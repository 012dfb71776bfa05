"""Commits that take another one back: `Reverts: <full id>` (docs/judgement.md, "Reverts"; R-D11).

A rollback has to go through when the lane that made the mistake is gone or asleep: so an integrator may take back
anything, whoever owns the paths, but exactly that and nothing more. git's own merge says what "exactly" is.
"""

from __future__ import annotations

from lanegate.core.decision import Violation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lanegate.core.facts import Revert
    from lanegate.core.policy import Lane, Policy


def judge_revert(policy: Policy, revert: Revert, lane: Lane, *, by_integrator: bool) -> Iterator[Violation]:
    """LG506: not exactly the inverse, or of another lane and not by a proven integrator. lane: the commit's own."""
    if revert.problem is not None:
        yield Violation(
            code="LG506",
            message=revert.problem,
            lane=lane.id,
            hint="make it with `git revert` (or: lanegate rollback COMMIT) and change nothing else; what has to be "
            "mended by hand comes as an ordinary commit without `Reverts`",
        )
    if revert.lane is not None and revert.lane != lane.id and not by_integrator:
        integrators = ", ".join(policy.roles.get("integrator", ()))
        yield Violation(
            code="LG506",
            message=f"takes back a commit of lane {revert.lane}, and comes for lane {lane.id}",
            lane=lane.id,
            owner=integrators or None,
            policy_line=lane.line,
            hint=f"have lane {revert.lane} take it back, or an integrator" + (integrators and f": {integrators}"),
        )
