"""What a gate report must say before an accepted verdict rests on it: each gap is told, and a whole report has none."""

from __future__ import annotations

import pytest

from lanegate.core.ownership import Ownership
from lanegate.core.policy import Gate
from lanegate.core.report import ChangedFile, Criterion, GateStep, Report
from lanegate.core.report_rules import report_problems
from tests.core.build import UI, policy, replace, rules

ONE, TWO = "1" * 40, "2" * 40
LANE = replace(UI, acceptance=("Tab order matches the spec",))
GATES = {"targeted": Gate("targeted", 1, 2, ("pytest", "mypy")), "full": Gate("full", 2, 3, ("make test",))}
STEPS = (
    GateStep("targeted", 2, "pytest", 0, 1, "a" * 64),
    GateStep("targeted", 2, "mypy", 0, 1, "a" * 64),
    GateStep("full", 3, "make test", 0, 1, "a" * 64),
)
WHOLE = Report(
    lane="ui",
    commits=(ONE, TWO),
    ran=TWO,
    files=(ChangedFile(b"ui/a.py", "added", "PRIMARY"), ChangedFile(b"app.py", "modified", "MODIFY")),
    criteria=(Criterion("Tab order matches the spec", True, "tests/ui/test_tab.py"),),
    gates=STEPS,
    architecture="as planned",
    docs="guide",
    policy="inside",
    risks=(),
    assumptions=("the index is sorted",),
    decision="accepted",
    next="land it",
)


def problems(report: Report, *, unowned: str = "deny", gates: tuple[str, ...] = ("targeted", "full")) -> list[str]:
    used = policy(LANE, unowned=unowned, gates=GATES)
    return list(report_problems(report, used, Ownership(used), LANE, (ONE, TWO), gates))


def test_a_whole_report_has_no_problem() -> None:
    assert problems(WHOLE) == []
    assert problems(replace(WHOLE, commits=(TWO, ONE))) == []
    assert problems(replace(WHOLE, gates=()), gates=()) == []


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"lane": "core"}, "the report is about lane core, the verdict about ui"),
        ({"lane": ""}, "the report is about lane (none), the verdict about ui"),
        ({"commits": (TWO,)}, "commit 111111111111 is in the verdict and not in the report"),
        ({"commits": (ONE, TWO, "3" * 40)}, "commit 333333333333 is in the report and not in the verdict"),
        ({"gates": STEPS[:2]}, "gate full was not run"),
        ({"gates": STEPS[1:]}, "gate targeted was run with other commands than the policy's"),
        ({"gates": (STEPS[1], STEPS[0], STEPS[2])}, "gate targeted was run with other commands than the policy's"),
        ({"gates": (*STEPS[:2], replace(STEPS[2], exit=2))}, "gate full failed: make test exited with 2"),
        ({"files": (ChangedFile(b"core/a.py", "modified", "PRIMARY"),)}, "core/a.py (modified) is outside lane ui"),
        ({"files": (ChangedFile(b"app.py", "deleted", "MODIFY"),)}, "app.py (deleted) is outside lane ui"),
        ({"files": (ChangedFile(b"ui/vendor/x", "added", "-"),)}, "ui/vendor/x (added) is outside lane ui"),
        ({"files": (ChangedFile(b"nobody\xff", "added", "-"),)}, "nobody\ufffd (added) is outside lane ui"),
        ({"criteria": ()}, "the lane's criterion is missing: Tab order matches the spec"),
        ({"criteria": (Criterion(LANE.acceptance[0]),)}, "the lane's criterion is not met: Tab order matches the spec"),
        (
            {"criteria": (Criterion(LANE.acceptance[0], True, " "),)},
            "nothing shows that the lane's criterion is met: Tab order matches the spec",
        ),
        *(
            ({name: " "}, f"compliance.{name} is empty: say in words how it is met, or why it does not apply")
            for name in ("architecture", "docs", "policy")
        ),
        ({"risks": None}, "risks: list them, or say none = true"),
        ({"assumptions": None}, "assumptions: list them, or say no_assumptions = true"),
        ({"decision": "open"}, 'disposition.decision is "open", an accepted verdict needs "accepted"'),
        ({"next": " "}, "disposition.next is empty: say what happens next"),
    ],
)
def test_each_gap_is_told(changed: dict[str, object], message: str) -> None:
    assert problems(replace(WHOLE, **changed)) == [message]


def test_a_gate_that_the_policy_does_not_know() -> None:
    assert problems(WHOLE, gates=("smoke",)) == ["gate smoke is not in the policy"]


def test_unowned_paths_where_the_policy_allows_them() -> None:
    report = replace(WHOLE, files=(ChangedFile(b"nobody", "added", "-"), ChangedFile(b"core/a", "added", "-")))
    assert problems(report, unowned="allow") == ["core/a (added) is outside lane ui"]
    of_lane = ("ui/a", "ui/vendor/x", "free/x")
    report = replace(WHOLE, files=tuple(ChangedFile(path.encode(), "added", "-") for path in of_lane))
    reading = replace(LANE, read_paths=rules("/free/"))
    used = policy(reading, unowned="allow", gates=GATES)
    found = report_problems(report, used, Ownership(used), reading, (ONE, TWO), ())
    assert found == tuple(f"{path} (added) is outside lane ui" for path in of_lane[1:])


def test_an_integrators_lane_may_reach_beyond_itself() -> None:
    """For a rollback or a conflict; that the files are exactly that is judged commit by commit when it lands."""
    report = replace(WHOLE, files=(ChangedFile(b"core/a.py", "modified", "READ"),))
    assert problems(report) == ["core/a.py (modified) is outside lane ui"]
    used = policy(LANE, gates=GATES, roles={"integrator": ("bob", "cy")})
    assert report_problems(report, used, Ownership(used), LANE, (ONE, TWO), ("full",)) == ()


def test_many_files_outside_are_counted() -> None:
    files = tuple(ChangedFile(b"core/%d" % number, "added", "READ") for number in range(8))
    found = problems(replace(WHOLE, files=files))
    assert len(found) == 6
    assert found[-1] == "3 more files are outside lane ui"
    assert len(problems(replace(WHOLE, files=files[:5]))) == 5
