"""A decision as JSON (design section 7): a contract, people script against it."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

from lanegate.core.decision import Decision, Violation
from lanegate.render.plain import show_path

VERSION = 1


def decision_json(decision: Decision, seconds: float, *, ascii_only: bool = False) -> str:
    """One JSON object, ending with a newline. seconds: wall time that the decision took. ascii_only: for a stream that
    cannot hold every letter."""
    return json.dumps(decision_value(decision, seconds), ensure_ascii=ascii_only, indent=2) + "\n"


def decision_value(decision: Decision, seconds: float) -> dict[str, Any]:
    """The object behind `decision_json`: version, decision, policy, violations, notes, summary."""
    return {
        "version": VERSION,
        "decision": decision.decision,
        "policy": {"commit": decision.policy_commit, "blob": decision.policy_blob},
        "violations": [violation_value(violation) for violation in decision.violations],
        "notes": list(decision.notes),
        "summary": {
            "refs": decision.refs,
            "commits": decision.commits,
            "paths": decision.paths,
            "seconds": round(seconds, 3),
        },
    }


def violation_value(violation: Violation) -> dict[str, Any]:
    """A violation as JSON has it."""
    value: dict[str, Any] = {
        "code": violation.code,
        "message": violation.message,
        "commit": violation.commit,
        "path": None,
        "lane": violation.lane,
        "grant": violation.grant,
        "owner": violation.owner,
        "ref": violation.ref,
        "policy_line": violation.policy_line,
        "hint": violation.hint,
    }
    if violation.path is not None:
        value.update(path_fields(violation.path))
    return value


def path_fields(path: bytes) -> dict[str, str]:
    """`path`, and `path_b64` with the exact bytes where they are not UTF-8."""
    shown = {"path": show_path(path)}
    return shown if _is_utf8(path) else {**shown, "path_b64": b64encode(path).decode()}


def _is_utf8(path: bytes) -> bool:
    try:
        path.decode()
    except UnicodeDecodeError:
        return False
    return True
