"""Judging a verdict, and a record that gates were run (docs/judgement.md, "The ledger"; design section 5).

Whether a verdict lets a commit land is judged when the commit lands. Here it is judged whether its writer may give it,
and whether it says what it must say. What the server cannot tell, since it does not have the commits yet, is judged at
the landing, but for gates: the commit that they ran on has to be there.
"""

from __future__ import annotations

from lanegate.core.decision import Violation
from lanegate.core.message import short
from lanegate.core.record import REJECTED, GateRun, Verdict
from lanegate.core.record_refusals import Case, forged, needs_role, some, unknown_lane
from lanegate.core.refs import match_ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lanegate.core.policy import Lane
    from lanegate.core.record_facts import AtServer

_RUN = "run the gates and complete the report: lanegate gate run --lane {}, then accept with --report FILE"


def verdict(case: Case, body: Verdict) -> Iterator[Violation]:
    """Every rule that a verdict breaks."""
    yield from needs_role(case, "acceptor")
    lane = case.policy.lanes.get(body.lane)
    if lane is None:
        yield unknown_lane(case.policy, body.lane)
        return
    yield from _says(case, body, lane)
    if body.verdict == REJECTED:
        yield from _rejected(case, body, lane)
    else:
        yield from _accepted(case, body, lane)
    if case.commit.at_server is not None:
        yield from _commits(body, lane, case.commit.at_server)


def gate_run(case: Case, body: GateRun) -> Iterator[Violation]:
    """Every rule that a record of gates breaks."""
    yield from needs_role(case, "acceptor", "integrator")
    yield from _report_there(case, body.report)
    report = case.commit.report
    if report is None:
        return
    from lanegate.core.report_rules import gate_problems

    problems = list(gate_problems(report, case.policy, body.passed))
    if report.ran != body.commit:
        problems.append(f"the report is about gates on {report.ran[:12]}, the record about {body.commit[:12]}")
    if report.failed != body.failed:
        problems.append(f"the report says that {some(report.failed) or 'no gate'} failed, the record says otherwise")
    for problem in problems:
        yield _lg304(problem, "run the gates again: lanegate gate run")


def _says(case: Case, body: Verdict, lane: Lane) -> Iterator[Violation]:
    if body.task != lane.task:
        message = (
            f"lane {lane.id} works on task {lane.task or '(none)'}, the verdict names {short(body.task or '(none)')}"
        )
        yield forged(message, "fetch the policy and give the verdict again")
    for ref in body.refs:
        found = match_ref(case.policy, ref)
        if found is None or not found[0].accepted:
            accepted = ", ".join(rule.name for rule in case.policy.refs if rule.accepted) or "none"
            yield forged(
                f"{short(ref)} takes commits without a verdict", f"refs that ask for one: {short(accepted, 200)}"
            )
    stray = [new for new, _ in body.carried if new not in body.commits]
    if stray:
        yield forged(f"it carries a verdict over to {some(stray)}, which it does not name")


def _accepted(case: Case, body: Verdict, lane: Lane) -> Iterator[Violation]:
    if body.tips:
        yield forged("tips of refs belong to a rejection", "give the verdict again")
    if case.proves_people and not case.policy.self_accept:
        yield from _oneself(case, body, lane)
    rules = [found[0] for ref in body.refs if (found := match_ref(case.policy, ref))]
    missing = sorted({gate for rule in rules for gate in rule.gates} - set(body.gates))
    if missing:
        yield _lg304(f"it names no passed gate {some(missing)}", _RUN.format(lane.id))
    if body.gates and body.ran not in body.commits:
        yield _lg304("it does not say on which of its commits the gates ran", _RUN.format(lane.id))
    if body.gates or body.report is not None:
        yield from _report_there(case, body.report)
    report = case.commit.report
    if report is not None:
        from lanegate.core.report_rules import report_problems

        problems = list(report_problems(report, case.policy, case.ownership, lane, body.commits, body.gates))
        if body.ran is not None and report.ran != body.ran:
            problems.append(f"the report is about gates on {report.ran[:12]}, the verdict about {body.ran[:12]}")
        for problem in problems:
            yield _lg304(problem, "complete the report, then accept with --report FILE")


def _oneself(case: Case, body: Verdict, lane: Lane) -> Iterator[Violation]:
    writer = case.record.writer
    if writer in lane.owners:
        message = f"{writer} owns lane {lane.id}, and somebody else accepts its commits"
        hint = _ask_another(case, lane)
        yield Violation(code="LG202", message=message, lane=lane.id, policy_line=lane.line, hint=hint)
    server = case.commit.at_server
    mine = [oid for oid in body.commits if server.signed_by.get(oid) == writer] if server is not None else []
    if mine:
        message = f"{writer} signed {some(mine)}, and somebody else accepts it"
        yield Violation(code="LG202", message=message, hint=_ask_another(case, lane))


def _ask_another(case: Case, lane: Lane) -> str:
    writer = case.record.writer
    others = [one for one in case.policy.roles.get("acceptor", ()) if one != writer and one not in lane.owners]
    return f"ask another acceptor: {short(', '.join(others), 200) or 'the policy names none'}"


def _rejected(case: Case, body: Verdict, lane: Lane) -> Iterator[Violation]:
    tips = dict(body.tips)
    if tuple(tips) != body.refs:
        yield forged("a rejection names the tip of each of its refs", "give the verdict again")
        return
    server = case.commit.at_server
    moved = [ref for ref, tip in tips.items() if server is not None and server.tips.get(ref) != tip]
    if moved:
        yield forged(f"{some(moved)} moved since it was written", "fetch, then: lanegate ledger sync")
    if body.gates or body.report is not None:
        yield from _report_there(case, body.report)
    report = case.commit.report
    if report is not None and not set(body.gates) <= set(report.passed):
        yield _lg304("its report does not show the gates that it names as passed", _RUN.format(lane.id))


def _commits(body: Verdict, lane: Lane, server: AtServer) -> Iterator[Violation]:
    """What the server knows of the commits themselves."""
    if server.strays:
        yield forged(f"{some(sorted(server.strays))} is no commit", "name commits by their full ids")
    if server.on_lane is not None:
        absent = [oid for oid in body.commits if oid not in server.on_lane]
        if absent:
            message = f"{some(absent)} is on no ref of lane {lane.id} here, so nobody is known to have brought it"
            branch = f"refs/heads/{lane.branch}" if lane.branch else "the ref of the lane"
            hint = f"have an owner push it there first: git push origin {absent[-1][:12]}:{branch}"
            yield Violation(code="LG301", message=message, lane=lane.id, hint=hint)
    if body.ran is not None:
        beside = [oid for oid in body.commits if oid not in server.reached]
        if beside:
            message = f"the gates ran on {body.ran[:12]}, which as far as the server knows does not hold {some(beside)}"
            yield _lg304(message, "push the commits to the lane's ref, and run the gates on the last of them")


def _report_there(case: Case, named: str | None) -> Iterator[Violation]:
    if named is None:
        yield _lg304("no gate report comes with it", "add --report FILE, as lanegate gate run drafts it")
    elif case.commit.report is None:
        yield _lg304(f"its gate report cannot be read: {case.commit.report_problem}", "write the report anew")


def _lg304(message: str, hint: str) -> Violation:
    return Violation(code="LG304", message=message, hint=hint)
