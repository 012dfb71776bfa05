"""What an agent reads: why a file is not its to write and what to do instead, and at the start of a session what is
its own. The JSON around it is what each editor documents (docs/agents.md)."""

from __future__ import annotations

import json

from lanegate.core.decision import REFUSED, Decision
from lanegate.core.policy import HIGH_RISK, Lane, Policy, Rule
from lanegate.render.plain import one_line
from lanegate.render.text import decision_text

_SHELL = (
    "Shell commands are not looked at before they run: what they write outside the lane is refused at commit and push."
)


def refusal_text(decision: Decision) -> str:
    """The whole reason, ending with a newline."""
    if any(violation.code == "LG105" for violation in decision.violations):
        last = "  Nothing was written.\n"
    elif decision.decision == REFUSED:
        last = "  Nothing was written. A shell command would not get it in either: commit and push ask the same.\n"
    else:
        last = "  Nothing was written, since nobody can say whether it may be.\n"
    return decision_text(decision) + last


def deny_json(host: str, reason: str) -> str:
    """The refusal as the host reads it from standard output."""
    if host == "cursor":
        return _line({"permission": "deny", "user_message": reason.splitlines()[0], "agent_message": reason})
    says = {"hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": reason}
    return _line({"hookSpecificOutput": says})


def start_json(host: str, text: str) -> str:
    """What an agent is told at the start of its session, as the host reads it."""
    if host == "cursor":
        return _line({"additional_context": text})
    return _line({"hookSpecificOutput": {"hookEventName": "SessionStart", "additionalContext": text}})


def start_text(policy: Policy, lane: Lane) -> str:
    """Which files are whose, for an agent that works in a lane."""
    lines = [f"lanegate: this work tree works in lane {lane.id}" + (f": {lane.objective}" if lane.objective else "")]
    lines += _listed("may write, create and delete", lane.owned_paths)
    lines += _listed("may change the content only of", lane.modify_paths)
    lines += _listed("must leave alone", lane.out_of_scope)
    if policy.matrix:
        lines.append("the ownership matrix of the policy grants more, or less: lanegate explain PATH")
    risky = [rule for zone in policy.zones if zone.mode == HIGH_RISK for rule in zone.paths]
    lines += _listed("needs a lock first (lanegate lock acquire PATTERN) on", risky)
    lines += [f"ask a person first when {each}" for each in lane.escalate_if]
    lines.append("File tools are refused outside of that before they write. " + _SHELL)
    return "\n".join(one_line(line) for line in lines) + "\n"


def _listed(what: str, rules: tuple[Rule, ...] | list[Rule]) -> list[str]:
    return [f"{what}: {', '.join(rule.text for rule in rules)}"] if rules else []


def _line(value: object) -> str:
    return json.dumps(value) + "\n"
