"""Verdicts and records of gates: who may give them, and what they must say; each refusal beside what passes."""

from __future__ import annotations

from typing import Any

import pytest

from lanegate.core.decision import Violation
from lanegate.core.policy import Gate, RefRule
from lanegate.core.record import GateRun, Verdict
from lanegate.core.record_facts import AtServer
from lanegate.core.record_refusals import SYNC
from lanegate.core.report import ChangedFile, Criterion, GateStep, Report
from tests.core.build import UI, replace
from tests.core.records import MAIN, RELEASE, A, B, C, D
from tests.core.test_judge_records import commit_of, judged, rules, told

ACCEPTED = Verdict("accepted", (A, B), "ui", (MAIN,))
REJECTED = Verdict("rejected", (A, B), "ui", (MAIN, RELEASE), tips=((MAIN, D), (RELEASE, None)))
REFS = (
    RefRule(MAIN, 50, accepted=True),
    RefRule(RELEASE, 51, accepted=True),
    RefRule("refs/heads/lane/{lane}", 52),
)
HERE = AtServer({MAIN: D}, reached=frozenset((A, B)))
AGAIN = "give the verdict again"
ASK = "ask one who does: cy, eve"


def verdicts(body: Any, writer: str | None = "cy", *, fields: Any = None, **changed: Any) -> tuple[Violation, ...]:
    return judged(commit_of(body, writer, **(fields or {})), **{"refs": REFS, **changed})


@pytest.mark.parametrize("server", [None, HERE])
@pytest.mark.parametrize("body", [ACCEPTED, REJECTED])
def test_honest_verdicts(body: Verdict, server: AtServer | None) -> None:
    assert verdicts(body, fields={"at_server": server}) == ()
    assert verdicts(body, None, fields={"at_server": server}, identity="none", people={}, roles={}) == ()


@pytest.mark.parametrize("body", [ACCEPTED, REJECTED])
def test_without_the_role(body: Verdict) -> None:
    assert verdicts(body, "dan") == told("record 7: dan holds no role acceptor", "LG202", ASK)


@pytest.mark.parametrize("body", [ACCEPTED, REJECTED])
def test_for_no_lane(body: Verdict) -> None:
    hint = "lanes of the policy: ui, core, docs, old"
    assert verdicts(body._replace(lane="x")) == told("record 7: lane x is not in the policy", hint=hint)


@pytest.mark.parametrize(
    ("lane", "task", "ours", "theirs"),
    [
        ("docs", "T-12", None, None),
        ("docs", None, "T-12", "(none)"),
        ("docs", "T-1", "T-12", "T-1"),
        ("ui", "T-1", "(none)", "T-1"),
        ("ui", None, None, None),
    ],
)
def test_the_task(lane: str, task: str | None, ours: str | None, theirs: str | None) -> None:
    message = f"record 7: lane {lane} works on task {ours}, the verdict names {theirs}"
    expected = told(message, hint="fetch the policy and give the verdict again") if ours else ()
    assert verdicts(ACCEPTED._replace(lane=lane, task=task)) == expected


@pytest.mark.parametrize("ref", ["refs/heads/lane/ui", "refs/heads/x", "refs/lanegate/ledger"])
def test_a_ref_that_asks_for_no_verdict(ref: str) -> None:
    message = f"record 7: {ref} takes commits without a verdict"
    expected = told(message, hint=f"refs that ask for one: {MAIN}, {RELEASE}")
    assert verdicts(ACCEPTED._replace(refs=(ref, MAIN))) == expected
    [found] = verdicts(ACCEPTED, refs=REFS[2:])
    assert found.hint == "refs that ask for one: none"


def test_carried_over() -> None:
    assert verdicts(ACCEPTED._replace(carried=((B, D),))) == ()
    message = f"record 7: it carries a verdict over to {C[:12]}, which it does not name"
    assert verdicts(ACCEPTED._replace(carried=((B, D), (C, D)))) == told(message)


def test_accepting_what_is_ones_own() -> None:
    """The owner of the lane, or who signed one of the commits; and not in a team of one."""
    owners = {"lanes": {"ui": replace(UI, owners=("bob", "cy"))}}
    message = "record 7: cy owns lane ui, and somebody else accepts its commits"
    hint = "ask another acceptor: eve"
    expected = told(message, "LG202", hint, lane="ui", policy_line=10)
    assert verdicts(ACCEPTED, **owners) == expected
    assert verdicts(ACCEPTED, **owners, self_accept=True) == ()
    both = {"lanes": {"ui": replace(UI, owners=("eve", "cy"))}}
    assert verdicts(ACCEPTED, **both)[0].hint == "ask another acceptor: the policy names none"
    signed = {"at_server": HERE._replace(signed_by={A: "bob", B: "cy"})}
    message = f"record 7: cy signed {B[:12]}, and somebody else accepts it"
    assert verdicts(ACCEPTED, fields=signed) == told(message, "LG202", hint)
    assert verdicts(ACCEPTED, fields=signed, self_accept=True) == ()
    assert verdicts(ACCEPTED, "eve", fields=signed) == ()
    nobody = {"roles": {"acceptor": ("cy",)}}
    assert verdicts(ACCEPTED, fields=signed, **nobody)[0].hint == "ask another acceptor: the policy names none"


def test_rejecting_what_is_ones_own() -> None:
    server = HERE._replace(signed_by={A: "cy", B: "cy"})
    owners = {"lanes": {"ui": replace(UI, owners=("cy",))}}
    assert verdicts(REJECTED, fields={"at_server": server}, **owners) == ()


@pytest.mark.parametrize(
    ("tips", "message", "hint"),
    [
        ((), "a rejection names the tip of each of its refs", AGAIN),
        (((MAIN, D),), "a rejection names the tip of each of its refs", AGAIN),
        (((MAIN, C), (RELEASE, None)), f"{MAIN} moved since it was written", "fetch, then: lanegate ledger sync"),
        (((MAIN, D), (RELEASE, C)), f"{RELEASE} moved since it was written", "fetch, then: lanegate ledger sync"),
        (((MAIN, None), (RELEASE, None)), f"{MAIN} moved since it was written", "fetch, then: lanegate ledger sync"),
    ],
)
def test_the_tips_of_a_rejection(tips: Any, message: str, hint: str) -> None:
    body = REJECTED._replace(tips=tips)
    assert verdicts(body, fields={"at_server": HERE}) == told(f"record 7: {message}", hint=hint)
    assert (verdicts(body) == ()) is (len(tips) == 2)


def test_tips_of_what_is_accepted() -> None:
    expected = told("record 7: tips of refs belong to a rejection", hint=AGAIN)
    assert verdicts(ACCEPTED._replace(tips=((MAIN, D),))) == expected


def test_what_is_no_commit() -> None:
    server = HERE._replace(strays=frozenset((B, A)))
    message = f"record 7: {A[:12]}, {B[:12]} is no commit"
    assert verdicts(ACCEPTED, fields={"at_server": server}) == told(message, hint="name commits by their full ids")


@pytest.mark.parametrize("branch", ["lane/ui", None])
@pytest.mark.parametrize("body", [ACCEPTED, REJECTED])
def test_a_commit_on_no_ref_of_its_lane(body: Verdict, branch: str | None) -> None:
    """Identity `pusher`: by its lane's ref it is known who brought it."""
    lanes = {"ui": replace(UI, branch=branch)}
    on_lane = {"at_server": HERE._replace(on_lane=frozenset((A, B, C)))}
    assert verdicts(body, fields=on_lane, lanes=lanes, identity="pusher") == ()
    message = f"record 7: {B[:12]} is on no ref of lane ui here, so nobody is known to have brought it"
    where = f"refs/heads/{branch}" if branch else "the ref of the lane"
    hint = f"have an owner push it there first: git push origin {B[:12]}:{where}"
    absent = {"at_server": HERE._replace(on_lane=frozenset((A,)))}
    expected = told(message, "LG301", hint, lane="ui")
    assert verdicts(body, fields=absent, lanes=lanes, identity="pusher") == expected
    [both] = verdicts(body, fields={"at_server": HERE._replace(on_lane=frozenset())}, lanes=lanes, identity="pusher")
    assert both.hint == hint


# Gates.

GATES = {"full": Gate("full", 70, 2, ("make full",)), "lint": Gate("lint", 71, 1, ("make lint",))}
GATED_REFS = (replace(REFS[0], gates=("full", "lint")), *REFS[1:])
GATED = ACCEPTED._replace(gates=("full", "lint"), ran=B, report=D)
STEPS = (GateStep("lint", 1, "make lint", 0, 5, "0" * 64), GateStep("full", 2, "make full", 0, 5, "0" * 64))
REPORT = Report(
    "ui",
    (A, B),
    B,
    files=(ChangedFile(b"ui/x", "added", "PRIMARY"),),
    gates=STEPS,
    architecture="as it was",
    docs="none",
    policy="none",
    risks=(),
    assumptions=(),
    decision="accepted",
    next="land it",
)
FAILED = (STEPS[0], STEPS[1]._replace(exit=1))
RUN = "run the gates and complete the report: lanegate gate run --lane ui, then accept with --report FILE"
DRAFT = "add --report FILE, as lanegate gate run drafts it"
COMPLETE = "complete the report, then accept with --report FILE"


def gated(body: Any, report: Report | None = REPORT, server: AtServer | None = HERE, **fields: Any) -> Any:
    facts = {"report": report, "at_server": server, **fields}
    return verdicts(body, fields=facts, refs=GATED_REFS, gates=GATES)


def lg304(message: str, hint: str) -> tuple[Violation, ...]:
    return told(f"record 7: {message}", "LG304", hint)


def test_honest_gates() -> None:
    assert gated(GATED) == ()
    assert gated(GATED, server=None) == ()


def test_a_report_without_gates() -> None:
    body = ACCEPTED._replace(report=D, refs=(RELEASE,))
    assert gated(body, REPORT._replace(gates=())) == ()
    [found] = gated(body, REPORT._replace(gates=(), risks=None))
    assert found.message == "record 7: risks: list them, or say none = true"


@pytest.mark.parametrize(
    ("body", "report", "message", "hint"),
    [
        (ACCEPTED, None, "it names no passed gate full, lint", RUN),
        (GATED._replace(gates=("lint",)), REPORT, "it names no passed gate full", RUN),
        (GATED._replace(ran=None), REPORT, "it does not say on which of its commits the gates ran", RUN),
        (
            GATED._replace(report=None),
            None,
            "no gate report comes with it",
            DRAFT,
        ),
        (GATED, REPORT._replace(gates=FAILED), "gate full failed: make full exited with 1", COMPLETE),
        (GATED, REPORT._replace(gates=STEPS[:1]), "gate full was not run", COMPLETE),
        (
            GATED,
            REPORT._replace(commits=(B,)),
            f"commit {A[:12]} is in the verdict and not in the report",
            COMPLETE,
        ),
        (
            GATED,
            REPORT._replace(ran=A),
            f"the report is about gates on {A[:12]}, the verdict about {B[:12]}",
            COMPLETE,
        ),
        (
            GATED,
            REPORT._replace(files=(ChangedFile(b"core/x", "added", "PRIMARY"),)),
            "core/x (added) is outside lane ui",
            COMPLETE,
        ),
    ],
)
def test_gates_of_what_is_accepted(body: Verdict, report: Report | None, message: str, hint: str) -> None:
    assert gated(body, report) == lg304(message, hint)


def test_a_report_that_cannot_be_read() -> None:
    message = "its gate report cannot be read: not UTF-8"
    assert gated(GATED, None, report_problem="not UTF-8") == lg304(message, "write the report anew")


def test_criteria_of_the_lane() -> None:
    lanes = {"ui": replace(UI, acceptance=("it is quick",))}
    facts = {"at_server": HERE}
    met = {"report": REPORT._replace(criteria=(Criterion("it is quick", True, "5 ms"),)), **facts}
    assert verdicts(GATED, fields=met, refs=GATED_REFS, gates=GATES, lanes=lanes) == ()
    unmet = {"report": REPORT._replace(criteria=(Criterion("it is quick"),)), **facts}
    found = verdicts(GATED, fields=unmet, refs=GATED_REFS, gates=GATES, lanes=lanes)
    assert found == lg304("the lane's criterion is not met: it is quick", COMPLETE)


def test_gates_on_something_else() -> None:
    """`ran` holds each of the commits, or what passed was not this work."""
    hint = "push the commits to the lane's ref, and run the gates on the last of them"
    message = f"the gates ran on {B[:12]}, which as far as the server knows does not hold {A[:12]}"
    assert gated(GATED, server=HERE._replace(reached=frozenset((B,)))) == lg304(message, hint)
    outside = GATED._replace(ran=C)
    found = gated(outside, REPORT._replace(ran=C), server=HERE)
    assert found == lg304("it does not say on which of its commits the gates ran", RUN)


def test_gates_of_a_rejection() -> None:
    body = REJECTED._replace(gates=("full",), ran=B, report=D)
    assert gated(body) == gated(body._replace(gates=("full", "lint"))) == ()
    assert gated(body._replace(gates=(), ran=None, report=None), None) == ()
    found = gated(body, REPORT._replace(gates=FAILED))
    assert found == lg304("its report does not show the gates that it names as passed", RUN)
    assert gated(body._replace(gates=()), REPORT._replace(gates=FAILED, risks=None)) == ()
    assert gated(body._replace(report=None), None) == lg304("no gate report comes with it", DRAFT)


@pytest.mark.parametrize("body", [ACCEPTED._replace(refs=(RELEASE,)), REJECTED])
def test_an_unreadable_report_without_gates(body: Verdict) -> None:
    message = "its gate report cannot be read: not UTF-8"
    found = gated(body._replace(report=D), None, report_problem="not UTF-8")
    assert found == lg304(message, "write the report anew")


RAN = GateRun(B, ("full", "lint"), (), D)
REDO = "run the gates again: lanegate gate run"


def test_gate_runs() -> None:
    for writer in ("cy", "dan"):
        assert judged(commit_of(RAN, writer, report=REPORT), gates=GATES) == ()
    mixed = REPORT._replace(gates=FAILED)
    assert judged(commit_of(RAN._replace(passed=("lint",), failed=("full",)), report=mixed), gates=GATES) == ()
    assert judged(commit_of(RAN, None, report=REPORT), identity="none", people={}, roles={}, gates=GATES) == ()


def test_gate_runs_without_the_role() -> None:
    found = judged(commit_of(RAN, "bob", report=REPORT), gates=GATES)
    assert found == told(
        "record 7: bob holds no role acceptor or integrator", "LG202", "ask one who does: cy, eve, dan"
    )


@pytest.mark.parametrize(
    ("body", "report", "message", "hint"),
    [
        (
            RAN._replace(report=None),
            None,
            "no gate report comes with it",
            DRAFT,
        ),
        (RAN, None, "its gate report cannot be read: None", "write the report anew"),
        (RAN._replace(passed=("full", "lint", "x")), REPORT, "gate x is not in the policy", REDO),
        (RAN._replace(commit=A), REPORT, f"the report is about gates on {B[:12]}, the record about {A[:12]}", REDO),
        (RAN._replace(failed=("x",)), REPORT, "the report says that no gate failed, the record says otherwise", REDO),
        (
            RAN._replace(passed=("lint",)),
            REPORT._replace(gates=FAILED),
            "the report says that full failed, the record says otherwise",
            REDO,
        ),
    ],
)
def test_gate_runs_that_say_something_else(body: GateRun, report: Report | None, message: str, hint: str) -> None:
    assert judged(commit_of(body, report=report), gates=GATES) == lg304(message, hint)


def test_many_names_are_counted() -> None:
    commits = tuple(f"{n}" * 40 for n in "12345")
    body = Verdict("accepted", commits, "ui", (MAIN,))
    [found] = verdicts(body, fields={"at_server": HERE._replace(strays=frozenset(commits))})
    assert found.message == f"record 7: {'1' * 12}, {'2' * 12}, {'3' * 12} and 2 more is no commit"
    assert SYNC.startswith("run: lanegate ledger sync")
    assert rules().asks_acceptance
