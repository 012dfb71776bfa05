"""`lanegate gate`: real commands in clean checkouts, reports that are filled in, and verdicts that rest on them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from lanegate.core.report import Report, read_report
from lanegate.core.report_text import write_report
from tests.attack_ledger import ACCEPTED_REFS, LEDGER, ledger_policy
from tests.attack_signatures import by, run_by
from tests.attack_support import Arena, arena
from tests.support import LANES, lanegate

GATES = """
[gates.full]
rung = 3
run = ["test -f docs/guide.md", "cat src/ui/search.py"]
[gates.style]
rung = 2
run = ["echo style"]
[gates.targeted]
rung = 2
run = ["grep -q good src/ui/search.py"]
"""
REFS = ACCEPTED_REFS.replace("accepted = true\n", 'accepted = true\ngates = ["targeted", "full"]\n', 1)
UI = LANES.replace('branch = "lane/ui"\n', 'branch = "lane/ui"\nacceptance = ["Tab order", "No crash"]\n', 1)


def gated(gates: str = GATES) -> str:
    return ledger_policy(refs=REFS, lanes=UI, extra=gates)


@pytest.fixture
def at(tmp_path: Path) -> Arena:
    return arena(tmp_path, gated())


def change(at: Arena, content: str = "good\n") -> str:
    return by("bob", at.clone).change({"src/ui/search.py": content}, "Change search", lane="ui")


def draft(at: Arena, commit: str) -> Path:
    return at.clone.path / ".git" / "lanegate" / "reports" / f"{commit}.toml"


def fill_in(path: Path, **fields: object) -> Report:
    """Complete a draft as a person does."""
    report = read_report(path.read_bytes())
    report = report._replace(
        criteria=tuple(one._replace(met=True, evidence="seen") for one in report.criteria),
        architecture="as planned",
        docs="none needed",
        policy="inside the lane",
        risks=(),
        assumptions=("the index is sorted",),
        decision="accepted",
        next="land it",
    )._replace(**fields)
    path.write_bytes(write_report(report))
    return report


def leftovers() -> set[str]:
    return {name for name in os.listdir(tempfile.gettempdir()) if name.startswith("lanegate-gate-")}


def test_run_writes_a_draft_with_all_that_is_known(at: Arena) -> None:
    one = change(at, "bad\n")
    two = by("bob", at.clone).change({"src/ui/search.py": "good\n", "src/ui/new.py": "1\n"}, lane="ui")
    at.clone.write("src/ui/search.py", "not committed: bad\n")
    ran = run_by("bob", at.clone, "gate", "run")
    assert ran.ok, ran.both
    path = draft(at, two)
    lines = ran.out.splitlines()
    assert [line.partition(" in ")[0] for line in lines[:3]] == [
        "gate full: passed",
        "gate style: passed",
        "gate targeted: passed",
    ]
    assert lines[3:] == [f"report: {path}", f"complete it, then: lanegate accept {one[:12]} {two[:12]} --report {path}"]
    assert "style\n" in ran.err
    report = read_report(path.read_bytes())
    assert (report.lane, report.commits, report.ran) == ("ui", (one, two), two)
    assert [(file.path, file.change, file.grant) for file in report.files] == [
        (b"src/ui/new.py", "added", "PRIMARY"),
        (b"src/ui/search.py", "modified", "PRIMARY"),
    ]
    assert [(criterion.text, criterion.met) for criterion in report.criteria] == [
        ("Tab order", False),
        ("No crash", False),
    ]
    assert [(step.name, step.rung, step.exit, step.tail) for step in report.gates] == [
        ("style", 2, 0, "style\n"),
        ("targeted", 2, 0, ""),
        ("full", 3, 0, ""),
        ("full", 3, 0, "good\n"),
    ]
    assert (report.risks, report.decision) == (None, "open")
    assert at.clone.out("status", "--porcelain") == "M src/ui/search.py".rjust(19)
    assert at.clone.out("worktree", "list").count("\n") == 0


def test_a_failed_rung_stops_the_ladder(at: Arena) -> None:
    commit = change(at, "bad\n")
    ran = run_by("bob", at.clone, "gate", "run", commit)
    assert ran.code == 1
    assert "gate targeted: failed, grep -q good src/ui/search.py exited with 1\n" in ran.out
    assert "gate style: passed" in ran.out  # of the same rung
    assert "gate full: not run, a lower rung failed\n" in ran.out
    report = read_report(draft(at, commit).read_bytes())
    assert (report.passed, report.failed) == (("style",), ("targeted",))


def test_a_second_run_keeps_what_was_filled_in(at: Arena) -> None:
    commit = change(at)
    run_by("bob", at.clone, "gate", "run", "--gates", "targeted")
    filled = fill_in(draft(at, commit))
    ran = run_by("bob", at.clone, "gate", "run")
    assert ran.ok
    again = read_report(draft(at, commit).read_bytes())
    assert again.passed == ("full", "style", "targeted")
    assert again._replace(gates=()) == filled._replace(gates=())


def test_accept_rests_on_a_complete_report(at: Arena) -> None:
    commit = change(at)
    assert run_by("bob", at.clone, "gate", "run").ok
    path = draft(at, commit)
    ran = run_by("cy", at.clone, "accept", commit)
    assert ran.code == 1
    assert "LG304 it names no passed gate full, targeted" in ran.err
    ran = run_by("cy", at.clone, "accept", commit, "--report", str(path))
    assert ran.code == 1
    assert "the lane's criterion is not met: Tab order" in ran.err
    assert at.server.tip(LEDGER) is None
    fill_in(path)
    ran = run_by("cy", at.clone, "accept", commit, "--report", str(path))
    assert ran.code == 1
    assert "LG304 the server refused the record" in ran.err
    assert "push the commits to the lane's ref" in ran.err
    at.clone.push("HEAD:refs/heads/lane/ui")
    ran = run_by("cy", at.clone, "accept", commit, "--report", str(path))
    assert ran.ok, ran.both
    at.sound()
    record = json.loads(at.server.out("cat-file", "blob", f"{LEDGER}:record"))
    assert (record["gates"], record["ran"]) == (["full", "style", "targeted"], commit)
    assert at.server.git("cat-file", "blob", record["report"]).out.encode() == path.read_bytes()
    shown = lanegate("ledger", "show", commit, cwd=at.clone.path).out
    assert "  the index is sorted" not in shown
    assert '  assumptions = ["the index is sorted"]\n' in shown


def test_a_report_about_other_commits_is_refused(at: Arena) -> None:
    one = change(at)
    assert run_by("bob", at.clone, "gate", "run").ok
    fill_in(draft(at, one))
    two = change(at, "good again\n")
    ran = run_by("cy", at.clone, "accept", two, "--report", str(draft(at, one)))
    assert ran.code == 1
    assert "it does not say on which of its commits the gates ran" in ran.err
    assert "is in the report and not in the verdict" in ran.err or "in the verdict and not in the report" in ran.err


def test_record_of_gates(at: Arena) -> None:
    commit = change(at)
    ran = run_by("ana", at.clone, "gate", "run", "HEAD", "--record", "--note", "on the build machine")
    assert ran.ok, ran.both
    assert ran.out.endswith(f"record 1: gates on {commit[:12]}: 3 passed, 0 failed\n")
    path = draft(at, commit)
    ran = run_by("ana", at.clone, "gate", "record", "--report", str(path))
    assert "record 1 says so already" in ran.out, ran.both
    assert run_by("cy", at.clone, "gate", "record", "HEAD", "--report", str(path)).out.startswith("record 2: gates on")
    ran = run_by("cy", at.clone, "gate", "record", "HEAD~1", "--report", str(path))
    assert ran.code == 2
    assert "is about" in ran.err
    ran = run_by("bob", at.clone, "gate", "record", "--report", str(path))
    assert ran.code == 1
    assert "LG202" in ran.err


def test_gates_on_a_clean_merge_belong_to_no_lane(at: Arena) -> None:
    by("bob", at.clone).git("switch", "-q", "-c", "lane/ui")
    change(at)
    by("ana", at.clone).git("switch", "-q", "main")
    by("ana", at.clone).change({"src/core/index.py": "2\n"}, lane="core")
    by("ana", at.clone).git("merge", "-q", "--no-ff", "-m", "Merge ui", "lane/ui")
    ran = run_by("ana", at.clone, "gate", "run", "HEAD", "--record")
    assert ran.ok, ran.both
    assert read_report(draft(at, at.clone.head()).read_bytes()).lane == ""


def test_the_commands_see_a_clean_environment(tmp_path: Path) -> None:
    probe = (
        "env | grep -E '^(GIT|LANEGATE)_' && exit 1; read line && exit 2; git rev-parse HEAD; git status --porcelain"
    )
    at = arena(
        tmp_path, gated(f'[gates.targeted]\nrung = 1\nrun = ["{probe}"]\n[gates.full]\nrung = 2\nrun = ["true"]\n')
    )
    commit = change(at)
    theirs = by("bob", at.clone)
    env = {**theirs.environment, "LANEGATE_LANE": "ui", "GIT_DIR": str(at.clone.path / ".git")}
    ran = lanegate("gate", "run", cwd=at.clone.path, env=env, data="input\n")
    assert ran.ok, ran.both
    assert read_report(draft(at, commit).read_bytes()).gates[0].tail == f"{commit}\n"


def test_odd_output_and_signals(tmp_path: Path) -> None:
    run = '["printf \'\\\\377\\\\033[1m%5000s\\\\n\' x", "sleep 60 & echo left behind", "kill -9 $$"]'
    at = arena(tmp_path, gated(f'[gates.targeted]\nrung = 1\nrun = {run}\n[gates.full]\nrung = 2\nrun = ["true"]\n'))
    commit = change(at)
    assert run_by("bob", at.clone, "gate", "run").code == 1
    steps = read_report(draft(at, commit).read_bytes()).gates
    assert [step.exit for step in steps] == [0, 0, 137]
    assert steps[0].tail == " " * 1998 + "x\n"
    assert steps[1].tail == "left behind\n"


#: Runs a command for which every signal does what it does by default.
_LISTENING = """
import os, signal, sys
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(number, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_killed_it_leaves_nothing(tmp_path: Path, number: int) -> None:
    marker = tmp_path / "running"
    full = '[gates.full]\nrung = 2\nrun = ["true"]\n'
    at = arena(tmp_path, gated(f'{full}[gates.targeted]\nrung = 1\nrun = ["echo $$ > {marker}; sleep 600"]\n'))
    change(at)
    before = leftovers()
    argv = [sys.executable, "-m", "lanegate", "gate", "run"]
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    listening = [sys.executable, "-c", _LISTENING, *argv]  # whoever runs the tests may have it ignored (nohup, `&`)
    silent = subprocess.DEVNULL
    process = subprocess.Popen(listening, cwd=at.clone.path, env=env, stdout=silent, stderr=silent)
    while not (marker.exists() and marker.read_text()):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(number)
    assert process.wait(30) == 128 + number
    assert leftovers() == before
    assert not [name for name in os.listdir(tmp_path) if name.startswith("lanegate-gate-")]
    with pytest.raises(ProcessLookupError):
        os.kill(int(marker.read_text()), 0)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("run", "--gates", "smoke"), "unknown gate smoke; gates of the policy: full, style, targeted"),
        (("run", "origin/main..origin/main"), "holds no commit that could have a verdict"),
        (("run", "--lane", "ui", "--output", "README.md"), "README.md is there already and is no gate report"),
        (("run", "HEAD", "origin/main"), "carries no `Lane`: say --lane ID"),
        (("run", "HEAD", "origin/main", "--lane", "ui"), "is of lane core, not of ui (--lane): a verdict is about one"),
        (("record", "--report", "no.toml"), "report no.toml: No such file or directory"),
        (("show", "no.toml"), "report no.toml: No such file or directory"),
    ],
)
def test_usage(at: Arena, args: tuple[str, ...], says: str) -> None:
    by("bob", at.clone).change({"src/ui/search.py": "good\n"}, "No trailer")
    ran = run_by("bob", at.clone, "gate", *args)
    assert ran.code == 2, ran.both
    assert says in ran.err


def test_no_gates(tmp_path: Path) -> None:
    at = arena(tmp_path, ledger_policy())
    change(at)
    ran = run_by("bob", at.clone, "gate", "run")
    assert ran.code == 2
    assert "the policy names no gates" in ran.err


def test_two_tips_are_no_target(at: Arena) -> None:
    one = change(at)
    at.clone.git("reset", "-q", "--hard", "HEAD~1")
    two = change(at, "good too\n")
    ran = run_by("bob", at.clone, "gate", "run", one, two)
    assert ran.code == 2
    assert "gates run on one commit that holds all others" in ran.err


def test_json_and_markdown(at: Arena) -> None:
    commit = change(at)
    ran = run_by("bob", at.clone, "gate", "run", "--gates", "targeted", "--format", "json")
    said = json.loads(ran.out)
    assert (said["version"], said["passed"], said["failed"], said["ran"]) == (1, ["targeted"], [], commit)
    assert said["report"] == str(draft(at, commit))
    fill_in(draft(at, commit), risks=("`rm -rf` | <b>",))
    page = lanegate("gate", "show", str(draft(at, commit)), cwd=at.clone.path).out
    assert [line for line in page.splitlines() if line.startswith("#")] == [
        "# Gate report: ui",
        "## Scope",
        "## Files",
        "## Criteria",
        "## Gates",
        "## Compliance",
        "## Risks",
        "## Disposition",
    ]
    assert "- risk: \\`rm -rf\\` \\| \\<b\\>\n" in page
    assert "- [x] Tab order: seen\n" in page
