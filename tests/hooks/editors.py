"""What an agent's editor sends before a tool writes, and what it is answered."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from lanegate.lean_agent import passes
from lanegate.usecases.agent_hook import Answer, answer_to
from tests.desk import Desk

MINE, THEIRS, SHARED = "src/ui/here.py", "src/core/index.py", "src/app.py"


def payload(desk: Desk, path: str | Path, tool: str = "Write", **more: Any) -> dict[str, Any]:
    """What Claude Code sends before it writes a file."""
    tool_input = {"file_path": str(path), "content": "x\n", **more}
    return {"hook_event_name": "PreToolUse", "cwd": str(desk.path), "tool_name": tool, "tool_input": tool_input}


def patch(desk: Desk, *lines: str) -> dict[str, Any]:
    """What Codex sends before it applies a patch."""
    return {**payload(desk, ""), "tool_name": "apply_patch", "tool_input": {"command": "\n".join(lines)}}


def asked(what: object, host: str = "claude", **environment: str) -> Answer:
    """The full engine's answer. The lean one, which may only ever say yes, must not contradict it."""
    raw = json.dumps(what).encode()
    lean = passes(raw)
    answer = answer_to(host, raw, {**os.environ, **environment})
    assert not lean or environment or answer == Answer()
    return answer


def allows(what: object, **environment: str) -> None:
    assert asked(what, **environment) == Answer()


def refuses(what: object, code: str, *words: str, **environment: str) -> None:
    out, err, status = asked(what, **environment)
    assert status == 2
    assert code in err
    assert all(word in err for word in words), err
    says = json.loads(out)["hookSpecificOutput"]
    assert says == {
        "hookEventName": "PreToolUse",
        "permissionDecision": "deny",
        "permissionDecisionReason": err,
    }
