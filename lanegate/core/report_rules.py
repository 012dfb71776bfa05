"""What a gate report must say before an accepted verdict may rest on it (R-A08, R-D06; design section 5, "Gates")."""

from __future__ import annotations

from lanegate.core.message import short
from lanegate.core.ownership import Ownership
from lanegate.core.policy import MODIFY, NONE, PRIMARY, Lane, Policy
from lanegate.core.report import ACCEPTED, MODIFIED, ChangedFile, Report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

#: Problems of one kind that are named; the rest is counted.
MOST_NAMED = 5


def report_problems(
    report: Report, policy: Policy, ownership: Ownership, lane: Lane, commits: tuple[str, ...], gates: tuple[str, ...]
) -> tuple[str, ...]:
    """Why no accepted verdict may rest on a report, a line each; empty where one may.

    lane, commits: of the verdict. gates: that it must show as passed.
    """
    return (
        *gate_problems(report, policy, gates),
        *_scope(report, lane, commits),
        *_files(report, policy, ownership, lane),
        *_criteria(report, lane),
        *_unsaid(report),
    )


def gate_problems(report: Report, policy: Policy, gates: tuple[str, ...]) -> Iterator[str]:
    """Gates that a report does not show as passed, with the very commands that the policy names."""
    for name in gates:
        steps = [step for step in report.gates if step.name == name]
        gate = policy.gates.get(name)
        failed = next((step for step in steps if step.exit), None)
        if gate is None:
            yield f"gate {name} is not in the policy"
        elif not steps:
            yield f"gate {name} was not run"
        elif failed is not None:
            yield f"gate {name} failed: {short(failed.command)} exited with {failed.exit}"
        elif tuple([step.command for step in steps]) != gate.run:
            yield f"gate {name} was run with other commands than the policy's"


def _scope(report: Report, lane: Lane, commits: tuple[str, ...]) -> Iterator[str]:
    if report.lane != lane.id:
        yield f"the report is about lane {report.lane or '(none)'}, the verdict about {lane.id}"
    if set(report.commits) != set(commits):
        odd = sorted(set(report.commits) ^ set(commits))[0]
        where = "the report and not in the verdict" if odd in report.commits else "the verdict and not in the report"
        yield f"commit {odd[:12]} is in {where}"


def _files(report: Report, policy: Policy, ownership: Ownership, lane: Lane) -> Iterator[str]:
    """Changed files that the lane may not change; of several commits, each was judged by itself as well.

    Not where an integrator owns the lane: he may take back, and resolve in a merge, what is not his lane's, and which
    of that a file is, the landing judges.
    """
    if not set(lane.owners).isdisjoint(policy.roles.get("integrator", ())):
        return
    outside = [file for file in report.files if not _inside(file, policy, ownership, lane)]
    for file in outside[:MOST_NAMED]:
        yield f"{short(file.path.decode('utf-8', 'replace'))} ({file.change}) is outside lane {lane.id}"
    if len(outside) > MOST_NAMED:
        yield f"{len(outside) - MOST_NAMED} more files are outside lane {lane.id}"


def _inside(file: ChangedFile, policy: Policy, ownership: Ownership, lane: Lane) -> bool:
    match = ownership.grant(lane.id, file.path)
    if match.grant == MODIFY:
        return file.change == MODIFIED
    if match.grant == NONE and not match.out_of_scope and policy.unowned == "allow":
        return not ownership.owners(file.path)
    return match.grant == PRIMARY


def _criteria(report: Report, lane: Lane) -> Iterator[str]:
    said = {criterion.text: criterion for criterion in report.criteria}
    for text in lane.acceptance:
        criterion = said.get(text)
        if criterion is None:
            yield f"the lane's criterion is missing: {short(text)}"
        elif not criterion.met:
            yield f"the lane's criterion is not met: {short(text)}"
        elif not criterion.evidence.strip():
            yield f"nothing shows that the lane's criterion is met: {short(text)}"


def _unsaid(report: Report) -> Iterator[str]:
    for name in ("architecture", "docs", "policy"):
        if not getattr(report, name).strip():
            yield f"compliance.{name} is empty: say in words how it is met, or why it does not apply"
    if report.risks is None:
        yield "risks: list them, or say none = true"
    if report.assumptions is None:
        yield "assumptions: list them, or say no_assumptions = true"
    if report.decision != ACCEPTED:
        yield f'disposition.decision is "{report.decision}", an accepted verdict needs "{ACCEPTED}"'
    if not report.next.strip():
        yield "disposition.next is empty: say what happens next"
