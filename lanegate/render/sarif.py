"""A decision as SARIF 2.1.0 (OASIS, errata 01), which code scanning of forges and editors read (design section 7).

Each violation is a result at its path, with the line of the policy that decides beside it; what stopped a decision
(`LG9xx`) is a notification of the tool as well, and the run is then not successful. Pure ASCII, whatever paths are
called: a path is a percent-encoded URI relative to SRCROOT, the top of the repository (RFC 3986).
"""

from __future__ import annotations

import json
from os import fsencode
from typing import Any
from urllib.parse import quote_from_bytes

import lanegate
from lanegate.core.codes import CODES
from lanegate.core.decision import UNDECIDED, Decision
from lanegate.render.findings import Finding, findings
from lanegate.render.json import decision_value, path_fields
from lanegate.render.plain import one_line

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "SRCROOT"
_BRACKETS = str.maketrans({"\\": "\\\\", "[": "\\[", "]": "\\]"})


def decision_sarif(decision: Decision, seconds: float) -> str:
    """One SARIF log of one run, ending with a newline. seconds: wall time that the decision took."""
    return json.dumps(_log(decision, seconds), indent=2) + "\n"


def _log(decision: Decision, seconds: float) -> dict[str, Any]:
    found = tuple(findings(decision))
    codes = sorted({finding.violation.code for finding in found})
    driver = {"name": "lanegate", "version": lanegate.__version__, "rules": [_rule(code) for code in codes]}
    value = decision_value(decision, seconds)
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "lanegate/"},
        "originalUriBaseIds": {ROOT: {"description": {"text": "the top of the repository"}}},
        "invocations": [_invocation(decision, found)],
        "results": [_result(decision, finding, codes.index(finding.violation.code)) for finding in found],
        "properties": {key: value[key] for key in ("decision", "policy", "summary")},
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> dict[str, Any]:
    entry = CODES.get(code)
    if entry is None:
        return {"id": code}
    return {
        "id": code,
        "shortDescription": _text(entry.title),
        "fullDescription": _text(entry.why),
        "help": _text(entry.what_to_do),
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": list(entry.requirements)},
    }


def _invocation(decision: Decision, found: tuple[Finding, ...]) -> dict[str, Any]:
    notifications: list[dict[str, Any]] = [
        {"level": "error", "message": _text(finding.whole), "descriptor": {"id": finding.violation.code}}
        for finding in found
        if finding.violation.code.startswith("LG9")
    ]
    notifications += [{"level": "note", "message": _text(note)} for note in decision.notes]
    return {
        "executionSuccessful": decision.decision != UNDECIDED,
        "exitCode": decision.exit_code,
        "exitCodeDescription": decision.decision,
        "toolExecutionNotifications": notifications,
    }


def _result(decision: Decision, finding: Finding, index: int) -> dict[str, Any]:
    violation = finding.violation
    location: dict[str, Any] = {"physicalLocation": _physical(finding.path, finding.line)}
    if violation.commit is not None:
        location["logicalLocations"] = [{"fullyQualifiedName": one_line(violation.commit), "kind": "commit"}]
    result = {
        "ruleId": violation.code,
        "ruleIndex": index,
        "level": "error" if finding.enforced else "warning",
        "message": _text(finding.whole),
        "locations": [location],
        "partialFingerprints": {
            "lanegate/v1": finding.fingerprint,
            "primaryLocationLineHash": finding.fingerprint,  # the one that GitHub tells findings apart by
        },
        "properties": _properties(finding),
    }
    if violation.policy_line is not None and decision.policy_path is not None:
        policy = fsencode(decision.policy_path)
        if (policy, violation.policy_line) != (finding.path, finding.line):
            where = {"physicalLocation": _physical(policy, violation.policy_line)}
            result["relatedLocations"] = [{"id": 1, **where, "message": _text("the line of the policy that decides")}]
    return result


def _properties(finding: Finding) -> dict[str, Any]:
    """What a script may want and SARIF has no place for; a path only where its bytes are not UTF-8."""
    violation = finding.violation
    names = ("commit", "subject", "lane", "grant", "owner", "ref", "hint")
    said = {name: one_line(value) for name in names if (value := getattr(violation, name)) is not None}
    exact = path_fields(violation.path).get("path_b64") if violation.path is not None else None
    return {**said, "path_b64": exact} if exact is not None else said


def _physical(path: bytes, line: int) -> dict[str, Any]:
    return {"artifactLocation": _artifact(path), "region": {"startLine": max(line, 1)}}


def _artifact(path: bytes) -> dict[str, str]:
    """A path from the top, or (a policy given by --policy) one of the machine."""
    uri = quote_from_bytes(path, safe="/")
    return {"uri": f"file://{uri}"} if path.startswith(b"/") else {"uri": uri, "uriBaseId": ROOT}


def _text(text: str) -> dict[str, str]:
    """A message in which nothing is a link: `[words](target)` in a path would be one (SARIF 3.11.6)."""
    safe = one_line(text)
    return {"text": safe.translate(_BRACKETS) if "](" in safe else safe}
