"""SARIF: valid whatever a repository holds, every finding where it is and known again in the next run."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given, settings
from jsonschema import validators

from lanegate.core.decision import ALLOWED, UNDECIDED, Decision, Violation
from lanegate.render.sarif import decision_sarif
from tests.render.decisions import COMMIT, ODD_PATHS, decisions, refused
from tests.render.sarif_schema import SCHEMAS

VALIDATORS = [validators.validator_for(schema)(schema) for schema in SCHEMAS]
OUTSIDE = Violation(
    "LG101", "core is PRIMARY here", COMMIT, "Add search", b"src/core/index.py", "ui", "READ", "core", None, 41, "ask"
)


def run_of(decision: Decision) -> dict[str, Any]:
    text = decision_sarif(decision, 0.25)
    assert text.isascii()
    log = json.loads(text)
    for validator in VALIDATORS:
        validator.validate(log)
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


@settings(max_examples=60)
@given(decisions())
def test_any_decision_is_valid(decision: Decision) -> None:
    run = run_of(decision)
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(run["results"]) == len(decision.violations)
    for result, violation in zip(run["results"], decision.violations, strict=True):
        assert rules[result["ruleIndex"]] == result["ruleId"] == violation.code
    prints = [result["partialFingerprints"]["lanegate/v1"] for result in run["results"]]
    assert len(set(prints)) == len(prints), "no finding hides another"
    assert [result["partialFingerprints"]["lanegate/v1"] for result in run_of(decision)["results"]] == prints
    assert run["invocations"][0]["exitCode"] == decision.exit_code


def test_a_refusal_in_full() -> None:
    run = run_of(refused(OUTSIDE, notes=("1 submodule not judged",)))
    (result,) = run["results"]
    assert result["message"]["text"] == (
        '1b2c3d4 "Add search", lane ui, src/core/index.py: core is PRIMARY here (policy/lanegate.toml:41); ask'
    )
    (location,) = result["locations"]
    where = location["physicalLocation"]
    assert where["artifactLocation"] == {"uri": "src/core/index.py", "uriBaseId": "SRCROOT"}
    assert location["logicalLocations"] == [{"fullyQualifiedName": COMMIT, "kind": "commit"}]
    (related,) = result["relatedLocations"]
    assert related["physicalLocation"]["artifactLocation"]["uri"] == "policy/lanegate.toml"
    assert related["physicalLocation"]["region"] == {"startLine": 41}
    (rule,) = run["tool"]["driver"]["rules"]
    assert (rule["id"], rule["shortDescription"]["text"]) == ("LG101", "path outside the lane's grant")
    (invocation,) = run["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (True, 1)
    assert invocation["toolExecutionNotifications"] == [
        {"level": "note", "message": {"text": "1 submodule not judged"}}
    ]


@pytest.mark.parametrize("path", ODD_PATHS)
def test_a_path_comes_back_from_its_uri(path: bytes) -> None:
    (result,) = run_of(refused(OUTSIDE._replace(path=path)))["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert unquote_to_bytes(uri) == path
    assert not set(uri) & set(":?#[] \\"), "a relative reference with neither scheme, query nor fragment"
    exact = result["properties"].get("path_b64")
    assert exact is None or b64decode(exact) == path
    assert "[click](" not in result["message"]["text"], "no link of a path's making"


def test_what_stopped_the_decision_is_no_success() -> None:
    """An empty list of results would look as if all were well."""
    stopped = Decision(UNDECIDED, (Violation("LG903", "git failed", hint="run: git fsck"),))
    run = run_of(stopped)
    (invocation,) = run["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 3)
    (notification,) = invocation["toolExecutionNotifications"]
    assert (notification["level"], notification["descriptor"]) == ("error", {"id": "LG903"})
    assert [result["ruleId"] for result in run["results"]] == ["LG903"]


def test_the_same_finding_is_known_again() -> None:
    """Whatever else is found beside it, whichever line of the policy decides, however long a lock is held still."""

    def prints(*violations: Violation) -> list[str]:
        return [result["partialFingerprints"]["lanegate/v1"] for result in run_of(refused(*violations))["results"]]

    held = OUTSIDE._replace(code="LG402", message="held by core for 12 more minutes")
    (once,) = prints(held)
    assert prints(OUTSIDE, held._replace(message="held by core for 7 more minutes", policy_line=9))[1] == once
    changed = [{"path": b"src/core/b.py"}, {"commit": "f" * 40}, {"lane": "docs"}, {"code": "LG104"}, {"ref": "r"}]
    assert len({once, *(prints(held._replace(**change))[0] for change in changed)}) == 6  # type: ignore[arg-type]
    assert prints(held, held)[0] == once


def test_brackets_are_escaped_only_where_they_would_link() -> None:
    plain, link = (OUTSIDE._replace(path=None, message=said) for said in ("owned_paths[2]: odd", "[a](b) c[2]"))
    texts = [result["message"]["text"] for result in run_of(refused(plain, link))["results"]]
    assert "lane ui: owned_paths[2]: odd; ask" in texts[0]
    assert "lane ui: \\[a\\](b) c\\[2\\]; ask" in texts[1]


def test_an_override_is_a_warning() -> None:
    (result,) = run_of(refused(OUTSIDE, decision=ALLOWED))["results"]
    assert result["level"] == "warning"


def test_a_policy_of_the_machine_has_an_absolute_uri() -> None:
    at_policy = OUTSIDE._replace(path=None)
    (result,) = run_of(refused(at_policy, policy_path="/etc/lanes é.toml"))["results"]
    where = result["locations"][0]["physicalLocation"]
    assert where == {"artifactLocation": {"uri": "file:///etc/lanes%20%C3%A9.toml"}, "region": {"startLine": 41}}
    assert "relatedLocations" not in result, "it is there already"
