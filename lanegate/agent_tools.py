"""What an agent's tool is about to write, from the JSON that its editor hands to a hook (docs/agents.md).

Claude Code, Codex and Cursor all name a tool and its input; which files that means is told here, for the lean answer
(`lean_agent.py`) and the full one (`usecases/agent_hook.py`) alike, so nothing is imported. Whatever looks like a tool
that writes files and does not say which is an UnreadableError, never an empty list. Shell commands are not looked at.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

HOSTS = ("claude", "codex", "cursor")
WRITE, DELETE = "write", "delete"

#: Events of a session's start, at which nothing is written yet.
STARTS = ("SessionStart", "sessionStart")
#: Events that come before a tool, and Cursor's that come after an edit, when nothing can be stopped any more.
BEFORE = ("PreToolUse", "preToolUse", "beforeMCPExecution")
AFTER = ("afterFileEdit", "afterTabFileEdit")

#: Tools that change files and always say which: with no path in their input, the input is not understood.
_FILE_TOOLS = (
    *("write", "edit", "multiedit", "notebookedit", "apply_patch", "strreplace", "tabwrite", "delete", "editnotebook"),
    *("edit_file", "write_file", "create_file", "delete_file", "search_replace"),
)
_SHELLS = ("bash", "shell", "powershell", "exec_command", "unified_exec", "local_shell", "run_terminal_cmd")
#: Of any other tool, an MCP server's say: words in its name that say that it writes or takes away.
_TAKES_AWAY = ("delete", "remove", "unlink")
_WRITES = ("write", "edit", "patch", "replace", "create", "move", "rename", "append", "insert", "update", *_TAKES_AWAY)
_PATHS = (
    *("file_path", "notebook_path", "path", "filePath", "filepath", "file", "filename", "relative_path"),
    *("target_file", "target_notebook", "destination", "new_path", "destination_path", "to"),
)
_SOURCES = ("source", "old_path", "source_path", "from")
_LISTS = ("edits", "files", "paths")
#: Headers in a patch of Codex, and the one that renames the file before it.
_MOVE = "*** Move to: "
_PATCH = (("*** Add File: ", WRITE), ("*** Update File: ", WRITE), ("*** Delete File: ", DELETE), (_MOVE, WRITE))


class UnreadableError(Exception):
    """The JSON is not what the editor documents, so nobody can say what it asks for; the text says how."""


def event_of(payload: Any) -> str:
    """The event that a payload is about. Raises UnreadableError."""
    if not isinstance(payload, dict):
        raise UnreadableError("the input is not a JSON object")
    event = payload.get("hook_event_name", "PreToolUse")
    if not isinstance(event, str):
        raise UnreadableError("hook_event_name is not text")
    return event


def folder_of(payload: dict[str, Any]) -> str | None:
    """The folder that relative paths start from; None where the payload does not say. Raises UnreadableError."""
    roots = payload.get("workspace_roots")
    tool_input = payload.get("tool_input")
    workdir = tool_input.get("workdir") if isinstance(tool_input, dict) else None
    folder = workdir or payload.get("cwd") or (roots[0] if isinstance(roots, list) and len(roots) == 1 else None)
    if folder is not None and not isinstance(folder, str):
        raise UnreadableError("cwd is not text")
    return folder


def targets(payload: dict[str, Any]) -> list[tuple[str, str]]:
    """(WRITE or DELETE, path as the tool was given it) of each file that is about to change; empty for a tool that
    changes none, or a shell. Raises UnreadableError."""
    event = event_of(payload)
    if event in AFTER:
        return _checked(list(_in_input(payload, WRITE)), "the edit")
    if event not in BEFORE:
        return []
    name = payload.get("tool_name")
    if not isinstance(name, str) or not name:
        raise UnreadableError("tool_name is missing")
    tool = name.rpartition("__")[2].lower()
    tool_input = payload.get("tool_input")
    if tool in _SHELLS or not (tool in _FILE_TOOLS or any(word in tool for word in _WRITES)):
        return []
    if isinstance(tool_input, str) and tool != "apply_patch":
        raise UnreadableError("tool_input is text")  # Cursor's beforeMCPExecution; the full engine parses it first
    found = list(_patched(tool_input) if tool == "apply_patch" else _in_input(tool_input, _kind(tool)))
    return _checked(found, name) if tool in _FILE_TOOLS else found


def _kind(tool: str) -> str:
    return DELETE if any(word in tool for word in _TAKES_AWAY) else WRITE


def _checked(found: list[tuple[str, str]], tool: str) -> list[tuple[str, str]]:
    if not found:
        raise UnreadableError(f"{tool} names no file")
    return found


def _in_input(value: Any, kind: str) -> Iterator[tuple[str, str]]:
    """The paths in a tool's input, and in the lists that it holds."""
    if not isinstance(value, dict):
        return
    for keys, what in ((_PATHS, kind), (_SOURCES, DELETE)):
        for key in keys:
            path = value.get(key)
            if isinstance(path, str) and path:
                yield what, path
            elif path is not None and key in ("file_path", "notebook_path"):
                raise UnreadableError(f"{key} is not a path")
    for key in _LISTS:
        each = value.get(key)
        for item in each if isinstance(each, list) else ():
            if isinstance(item, str) and item and key != "edits":
                yield kind, item
            else:
                yield from _in_input(item, kind)


def _patched(value: Any) -> Iterator[tuple[str, str]]:
    """The files that a patch of Codex names (its apply_patch grammar): headers are lines of their own."""
    for key in ("command", "input", "patch"):
        text = value.get(key) if isinstance(value, dict) else value
        text = text[-1] if isinstance(text, list) and text else text
        if isinstance(text, str):
            break
    else:
        raise UnreadableError("apply_patch without a patch")
    moved_from = ""
    for line in text.splitlines():
        for head, kind in _PATCH:
            if line.strip().startswith(head):
                path = line.strip()[len(head) :].strip()
                if not path:
                    raise UnreadableError("a patch with an empty path")
                if head == _MOVE and moved_from:
                    yield DELETE, moved_from
                moved_from = path
                yield kind, path
