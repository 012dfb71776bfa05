"""A decision as a code quality report, which GitLab shows in a merge request (GitLab's documentation, "Code Quality").

A list of issues, pure ASCII. What stopped a decision is an issue too: an empty report is an allowed one.
"""

from __future__ import annotations

import json

from lanegate.core.decision import Decision
from lanegate.render.findings import findings
from lanegate.render.plain import show_path


def decision_gitlab(decision: Decision) -> str:
    """One JSON list, ending with a newline. Issues of an override are of severity `info`, all others block."""
    issues = [
        {
            "description": f"{found.title}: {found.whole}",
            "check_name": found.violation.code,
            "fingerprint": found.fingerprint,
            "severity": "blocker" if found.enforced else "info",
            "location": {"path": show_path(found.path), "lines": {"begin": found.line}},
        }
        for found in findings(decision)
    ]
    return json.dumps(issues, indent=2) + "\n"
