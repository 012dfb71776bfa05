"""Setting the hook up: the file that starts it quickly, and what to paste into each editor's own configuration.

The file stands at `lanegate/agent-hook` in the folder that all work trees of a repository share, beside what it reads.
What an editor is told to run finds it from any of them, so it can be committed; where lanegate is not installed it
denies (`|| exit 2`), since every other failure counts as a hook that has nothing to say.
"""

from __future__ import annotations

import json
import os

from lanegate.usecases.shim import shim

NAME = "agent-hook"

_FIND = "git -C {folder} rev-parse --path-format=absolute --git-common-dir"
_COMMAND = f'"$({_FIND})/lanegate/{NAME}" --host {{host}} || exit 2'
#: From where each host runs its hooks.
_FOLDERS = {"claude": '"${CLAUDE_PROJECT_DIR:-.}"', "codex": ".", "cursor": "."}
#: The file that a configuration is pasted into.
FILES = {"claude": ".claude/settings.json", "codex": ".codex/hooks.json", "cursor": ".cursor/hooks.json"}
_MATCHERS = {
    "claude": "Write|Edit|MultiEdit|NotebookEdit|mcp__.*",
    "codex": "apply_patch|Edit|Write|mcp__.*",
}


def command_for(host: str) -> str:
    """The shell command that an editor runs."""
    return _COMMAND.format(folder=_FOLDERS[host], host=host)


def configuration_for(host: str) -> str:
    """The JSON to paste into the host's file, ending with a newline."""
    command = command_for(host)
    hooks: dict[str, object]
    if host == "cursor":
        guarded = {"command": command, "failClosed": True}
        hooks = {
            "version": 1,
            "hooks": {
                "sessionStart": [{"command": command}],
                "preToolUse": [guarded],
                "beforeMCPExecution": [guarded],
                "afterFileEdit": [{"command": command}],
            },
        }
    else:
        run = [{"type": "command", "command": command}]
        before = {"matcher": _MATCHERS[host], "hooks": run}
        hooks = {"hooks": {"SessionStart": [{"hooks": run}], "PreToolUse": [before]}}
    return json.dumps(hooks, indent=2) + "\n"


def agent_shim(python: str = "", package: str = "") -> str:
    """The text of the file, as `shim` makes it, but that it denies in the way editors listen to."""
    return shim(NAME, python, package).replace("sys.exit(3)", "sys.exit(2)").replace("exit 3", "exit 2")


def place_of_shim(common_dir: str) -> str:
    """Where the file stands. common_dir: the folder that all work trees share."""
    return os.path.join(common_dir, "lanegate", NAME)
