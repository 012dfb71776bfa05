"""Gate reports: what is written is read back, and nothing but a report is read."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.core.report import (
    CHANGES,
    DECISIONS,
    MAX_BYTES,
    MODIFIED,
    ChangedFile,
    Criterion,
    GateStep,
    Report,
    ReportError,
    read_report,
)
from lanegate.core.report_text import write_report

ONE, TWO = "1" * 40, "2" * 40
FULL = Report(
    lane="ui",
    commits=(ONE, TWO),
    ran=TWO,
    objective='Search "dialog" keeps focus',
    owned_paths=("/src/ui/", "!/src/ui/", "/src/ui/"),
    files=(ChangedFile(b"src/ui/a.py", MODIFIED, "PRIMARY"), ChangedFile(b"src/ui/\xff", "added", "PRIMARY")),
    criteria=(Criterion("Tab order matches the spec", True, "tests/ui/test_tab.py"),),
    gates=(
        GateStep("targeted", 2, "pytest tests/ui -q", 0, 1250, "a" * 64, "12 passed\n"),
        GateStep("full", 3, "make test", 0, 90_000, "b" * 64),
        GateStep("full", 3, "make lint", 1, 10, "c" * 64, "E501\n"),
    ),
    architecture="no new dependency",
    docs="guide\nupdated",
    policy="inside the lane",
    risks=("slow on Windows",),
    assumptions=(),
    decision="accepted",
    next="land it",
)
TEXT = write_report(FULL).decode()


def test_passed_and_failed() -> None:
    assert FULL.passed == ("targeted",)
    assert FULL.failed == ("full",)


def test_round_trip() -> None:
    for decision in ("accepted", "rejected", "open"):
        report = FULL._replace(decision=decision)
        assert read_report(write_report(report)) == report


def test_draft_round_trip_with_comments() -> None:
    draft = Report("", (ONE,), ONE)
    text = write_report(draft, {"risks": "list them,\nor say none = true", "files": "never shown: there is no file"})
    assert b"\n# list them,\n# or say none = true\n[risks]\n" in text
    assert b"never shown" not in text
    assert read_report(text) == draft
    assert b"files = []\ncriteria = []\ngates = []\n" in text


_CHARACTERS = st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("\n\t\"\\#'")
_PROSE = st.text(_CHARACTERS, max_size=20)
_SAID = st.text(_CHARACTERS, min_size=1, max_size=20)
_WORDS = st.text(string.ascii_letters + string.digits, min_size=1, max_size=8)
_ID = st.text("0123456789abcdef", min_size=40, max_size=40)
_LISTED = st.none() | st.lists(_SAID, max_size=3, unique=True).map(tuple)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    commits = tuple(draw(st.lists(_ID, min_size=1, max_size=3, unique=True)))
    files = st.builds(ChangedFile, st.binary(min_size=1, max_size=9), st.sampled_from(CHANGES), _SAID)
    steps = st.builds(
        GateStep,
        _WORDS,
        st.integers(1, 9),
        _SAID,
        st.integers(0, 255),
        st.integers(0, 10**9),
        st.text("0123456789abcdef", min_size=64, max_size=64),
        _PROSE,
    )
    return Report(
        draw(_WORDS | st.just("")),
        commits,
        draw(st.sampled_from(commits)),
        draw(_PROSE),
        tuple(draw(st.lists(_SAID, max_size=3))),
        tuple(draw(st.lists(files, max_size=3))),
        tuple(draw(st.lists(st.builds(Criterion, _SAID, st.booleans(), _PROSE), max_size=3))),
        tuple(draw(st.lists(steps, max_size=4))),
        *(draw(_PROSE) for _ in range(3)),
        *(draw(_LISTED) for _ in range(2)),
        draw(st.sampled_from(DECISIONS)),
        draw(_PROSE),
    )


@given(reports())
def test_any_report_is_read_back(report: Report) -> None:
    assert read_report(write_report(report)) == report
    assert set(report.passed).isdisjoint(report.failed)
    assert set(report.passed) | set(report.failed) == {step.name for step in report.gates}


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ReportError):
        read_report(data)


@given(st.data())
def test_a_damaged_report_is_read_or_refused(data: st.DataObject) -> None:
    raw = write_report(FULL)
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, len(raw)))
    damaged = raw[:start] + data.draw(st.binary(max_size=5)) + raw[end:]
    try:
        read_report(damaged)
    except ReportError as error:
        said = error.message
    else:
        return
    assert said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("format = 1", "format = 2", "line 1: format: expected 1, got 2"),
        ("format = 1\n", "", "line 1: format: required, but missing"),
        ("format = 1", "format = 1\nforms = 2", 'line 2: forms: unknown key (did you mean "format"?)'),
        ('lane = "ui"\n', "", "line 3: scope.lane: required, but missing"),
        ('lane = "ui"', 'lane = "u i"', "line 4: scope.lane: expected a lane id, or empty where the commit belongs"),
        (f'ran = "{TWO}"', f'ran = "{"3" * 40}"', "scope.ran: expected one of the commits"),
        (f'ran = "{TWO}"\n', "", "scope.ran: required, but missing"),
        (f'"{ONE}"', '"HEAD"', "scope.commits[0]: expected a full commit id in lower case"),
        (f'"{ONE}"', f'"{TWO}"', "scope.commits[1]: "),
        (f'commits = [\n  "{ONE}",\n  "{TWO}",\n]', "commits = []", "scope.ran: expected one of the commits"),
        (f'commits = [\n  "{ONE}",\n  "{TWO}",\n]', "", "scope.commits: required, but missing"),
        ('path = "src/ui/a.py"\n', "", "files[0]: expected either path or path_hex"),
        ('path = "src/ui/a.py"', 'path = "a"\npath_hex = "61"', "files[0]: expected either path or path_hex"),
        ('path_hex = "7372632f75692fff"', 'path_hex = "7"', "files[1].path_hex: expected the bytes of the path as hex"),
        ('change = "modified"', 'change = "renamed"', "files[0].change: expected "),
        ("met = true", 'met = "yes"', "criteria[0].met: expected true or false"),
        ('evidence = "tests/ui/test_tab.py"\n', "", "criteria[0].evidence: required, but missing"),
        ("exit = 1", "exit = -1", "gates[2].exit: expected a whole number from 0 to 255, got -1"),
        ("exit = 1", "exit = false", "gates[2].exit: expected a whole number from 0 to 255"),
        ("rung = 2", "rung = 0", "gates[0].rung: expected a whole number from 1 to 9, got 0"),
        (f'"{"c" * 64}"', '"short"', "gates[2].digest: expected a SHA-256 digest in lower case"),
        ('docs = "guide\\nupdated"', 'docs = "\\u0007"', "compliance.docs: expected text without control characters"),
        ("[compliance]", "[complience]", 'complience: unknown key (did you mean "compliance"?)'),
        (
            "no_assumptions = true",
            'no_assumptions = true\nassumptions = ["x"]',
            "no_assumptions = true, but assumptions",
        ),
        ('decision = "accepted"', 'decision = "maybe"', "disposition.decision: expected "),
        ("[disposition]", "[[disposition]]", "disposition: expected a table, got a list"),
        ("[disposition]", "[scope]", "not TOML 1.0: "),
        ('lane = "ui"', f"lane = {'[' * 20}{']' * 20}", "line 4: arrays and tables nested more than 16 deep"),
    ],
)
def test_what_is_wrong_is_said(old: str, new: str, message: str) -> None:
    assert TEXT.count(old) == 1
    with pytest.raises(ReportError) as caught:
        read_report(TEXT.replace(old, new).encode())
    assert message in caught.value.message


def test_rows_that_are_no_tables_are_refused() -> None:
    text = write_report(Report("ui", (ONE,), ONE)).decode()
    for odd in ('files = "none"', "files = [1]", "files = {}"):
        with pytest.raises(ReportError, match=r"line 2: files(\[0\])?: expected"):
            read_report(text.replace("files = []", odd).encode())


def test_several_problems_are_counted() -> None:
    with pytest.raises(ReportError, match=r"^line 1: scope: required, but missing \(and 6 more\)$"):
        read_report(b"format = 1\n")
    with pytest.raises(ReportError, match=r"\(and 1 more\)$"):
        read_report(TEXT.replace('lane = "ui"', "lane = 1").replace("rung = 2", "rung = 0").encode())


def test_a_report_full_of_problems_is_refused() -> None:
    rows = "".join("[[gates]]\n" for _ in range(200))
    with pytest.raises(ReportError, match=r"\(and 100 more\)$"):
        read_report((TEXT + rows).encode())


def test_a_huge_report_is_refused() -> None:
    with pytest.raises(ReportError, match=f"^larger than {MAX_BYTES} bytes$"):
        read_report(b"#" * (MAX_BYTES + 1))


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(ReportError, match=r"^not UTF-8$"):
        read_report(b"\xff")


@pytest.mark.parametrize("data", [b"scope = 1\n", b"scope = 1\ncompliance = []\nrisks = 'none'\n"])
def test_what_should_be_tables_is_told_as_that(data: bytes) -> None:
    with pytest.raises(ReportError, match="scope: expected a table, got a number"):
        read_report(data)
