"""Reports for forges and CI servers: GitHub's commands, GitLab's code quality, JUnit. Nothing in a path breaks out."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings

from lanegate.core.decision import ALLOWED, UNDECIDED, Decision, Violation
from lanegate.render.github import MOST, decision_github
from lanegate.render.gitlab import decision_gitlab
from lanegate.render.junit import decision_junit
from lanegate.render.plain import show_path
from tests.render.decisions import COMMIT, ODD_PATHS, decisions, refused

OUTSIDE = Violation("LG101", "core is PRIMARY here", COMMIT, "Add search", b"src/core/index.py", "ui", hint="ask core")
NO_LANE = Violation("LG201", "no Lane", COMMIT, "Add search")
FIT = Decision(ALLOWED, policy_blob="4f2a91c" * 4, commits=3, paths=5, notes=("1 submodule not judged",))

_COMMAND = re.compile(r"::(?P<kind>[a-z-]+)(?: (?P<properties>[^:]*))?::(?P<said>.*)")


def unescaped(text: str) -> str:
    """As the runner reads a property: the reverse of `escapeProperty`, `%25` last."""
    for code, letter in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, letter)
    return text


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """What the runner takes from a log: it splits at any line end, and a command may have blanks before it."""
    found = []
    for line in re.split(r"[\r\n]", text):
        match = _COMMAND.match(line.strip())
        if match is not None:
            pairs = (pair.partition("=") for pair in (match["properties"] or "").split(","))
            found.append((match["kind"], {key: unescaped(value) for key, _, value in pairs}, unescaped(match["said"])))
        else:
            assert "##[" not in line, "the older form of commands is found anywhere in a line"
    return found


@settings(max_examples=60)
@given(decisions())
def test_github_gets_the_commands_that_were_meant(decision: Decision) -> None:
    found = commands(decision_github(decision))
    problems, notes = len(decision.violations), len(decision.notes)
    shown = [kind for kind, _, _ in found if kind != "notice"]
    assert shown == ["warning" if decision.decision == ALLOWED else "error"] * min(problems, MOST)
    assert len(found) - len(shown) == min(MOST, notes + (problems > MOST))
    assert all(set(properties) == {"file", "line", "title"} for kind, properties, _ in found if kind != "notice")


@pytest.mark.parametrize("path", ODD_PATHS)
def test_github_gets_the_path(path: bytes) -> None:
    ((kind, properties, said),) = commands(decision_github(refused(OUTSIDE._replace(path=path))))
    assert (kind, properties["line"], properties["title"]) == ("error", "1", "LG101 path outside the lane's grant")
    if not re.search(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f\u200b-\u202e]", show_path(path)):
        assert properties["file"] == show_path(path)
    assert said.endswith(": core is PRIMARY here\nask core")


def test_github_shows_ten_and_counts_the_rest() -> None:
    text = decision_github(refused(*[OUTSIDE] * 37, notes=("a note",)))
    found = commands(text)
    assert [kind for kind, _, _ in found] == ["error"] * 10 + ["notice"] * 2
    assert found[10][2] == "27 more problems; the same command with another --format lists all"
    assert text.endswith("\nlanegate: refused (37 problems in 1 of 3 commits)\n")
    assert "\n::notice title=lanegate::1 more problem; " in decision_github(refused(*[OUTSIDE] * 11))
    notices = commands(decision_github(FIT._replace(notes=("note",) * 12)))
    assert [said for _, _, said in notices] == ["note"] * 9 + ["3 more notes"]


def test_github_says_which_line_of_the_policy_decides() -> None:
    ((_, _, said),) = commands(decision_github(refused(OUTSIDE._replace(policy_line=41))))
    assert said.endswith(": core is PRIMARY here (policy/lanegate.toml:41)\nask core")
    ((_, properties, said),) = commands(decision_github(refused(NO_LANE._replace(policy_line=41))))
    assert (properties["line"], said) == ("41", '1b2c3d4 "Add search": no Lane')


def test_github_a_violation_without_path_is_shown_at_the_policy() -> None:
    ((_, properties, _),) = commands(decision_github(refused(NO_LANE)))
    assert (properties["file"], properties["line"]) == ("policy/lanegate.toml", "1")


def issues(decision: Decision) -> list[dict[str, Any]]:
    text = decision_gitlab(decision)
    assert text.isascii()
    value = json.loads(text)
    assert isinstance(value, list)
    return value


@settings(max_examples=60)
@given(decisions())
def test_gitlab_gets_an_issue_for_each(decision: Decision) -> None:
    found = issues(decision)
    assert [issue["check_name"] for issue in found] == [violation.code for violation in decision.violations]
    assert len({issue["fingerprint"] for issue in found}) == len(found), "GitLab shows one issue a fingerprint"
    for issue, violation in zip(found, decision.violations, strict=True):
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] == ("info" if decision.decision == ALLOWED else "blocker")
        assert issue["location"]["lines"]["begin"] >= 1
        if violation.path is not None:
            assert issue["location"]["path"] == show_path(violation.path)


def test_gitlab_in_full() -> None:
    (issue,) = issues(refused(OUTSIDE))
    assert issue["description"] == (
        "LG101 path outside the lane's grant: "
        '1b2c3d4 "Add search", lane ui, src/core/index.py: core is PRIMARY here; ask core'
    )
    assert issue["location"] == {"path": "src/core/index.py", "lines": {"begin": 1}}
    assert issues(FIT) == []


def suite_of(decision: Decision) -> ElementTree.Element:
    text = decision_junit(decision, 0.25)
    assert text.isascii()
    (suite,) = ElementTree.fromstring(text)  # noqa: S314 (our own text)
    cases = suite.findall("testcase")
    assert int(suite.get("tests", "")) == len(cases) > 0
    for attribute, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(suite.get(attribute, "")) == len(suite.findall(f"testcase/{kind}"))
    assert len({case.get("name") for case in cases}) == len(cases)
    return suite


@settings(max_examples=60)
@given(decisions())
def test_junit_is_xml_and_counts(decision: Decision) -> None:
    suite = suite_of(decision)
    bad = [*suite.iter("failure"), *suite.iter("error")]
    assert bool(bad) == (decision.decision != ALLOWED and bool(decision.violations))
    said = "".join(case.text or "" for kind in ("failure", "error", "skipped") for case in suite.iter(kind))
    assert all(said.count(violation.code) for violation in decision.violations)


@pytest.mark.parametrize("path", ODD_PATHS)
def test_junit_with_any_path(path: bytes) -> None:
    (failure,) = suite_of(refused(OUTSIDE._replace(path=path))).iter("failure")
    assert (failure.text or "").endswith(": core is PRIMARY here\n  ask core")


def test_junit_has_a_case_for_each_commit_and_ref() -> None:
    other = OUTSIDE._replace(commit="f" * 40, subject="Other")
    ref = Violation("LG601", "no rule names it", ref="refs/heads/x")
    suite = suite_of(refused(OUTSIDE, NO_LANE, other, ref, Violation("LG903", "git failed"), notes=("a note",)))
    cases = {case.get("name"): [kind.tag for kind in case] for case in suite.findall("testcase")}
    assert cases == {
        '1b2c3d4e1b2c "Add search"': ["failure"],
        'ffffffffffff "Other"': ["failure"],
        "refs/heads/x": ["failure"],
        "what is judged": ["error"],
    }
    message = "LG101 path outside the lane's grant; LG201 no, several or unknown Lane"
    assert next(suite.iter("failure")).attrib == {"message": message, "type": "LG101"}
    assert (suite.findtext("system-out") or "").splitlines()[1:] == ["note: a note"]


def test_junit_an_allowed_decision_passes() -> None:
    (case,) = suite_of(FIT).findall("testcase")
    assert (case.get("name"), len(case)) == ("every rule is kept", 0)
    assert suite_of(refused(OUTSIDE, decision=ALLOWED)).get("skipped") == "1"
    stopped = Decision(UNDECIDED, (Violation("LG903", "git failed"),))
    assert suite_of(stopped).get("errors") == "1"
