"""Which files a tool call of an agent's editor means: payloads as Claude Code, Codex and Cursor send them."""

from __future__ import annotations

from typing import Any

import pytest

from lanegate.agent_tools import DELETE, WRITE, UnreadableError, event_of, folder_of, targets
from lanegate.usecases.agent_contents import content_after

PATCH = """*** Begin Patch
*** Update File: src/a.py
@@ def f():
-*** Delete File: not-a-header.py
+*** Add File: not-a-header-either.py
*** Add File: src/new.py
+hello
 *** Delete File: src/gone.py
*** Update File: src/old.py
*** Move to: src/moved.py
@@
*** End Patch
"""
PATCHED = [
    (WRITE, "src/a.py"),
    (WRITE, "src/new.py"),
    (DELETE, "src/gone.py"),
    (WRITE, "src/old.py"),
    (DELETE, "src/old.py"),
    (WRITE, "src/moved.py"),
]
EDITS = [{"old_string": "a", "new_string": "b"}]


@pytest.mark.parametrize(
    ("tool", "tool_input", "expected"),
    [
        ("Write", {"file_path": "/r/a.py", "content": "x"}, [(WRITE, "/r/a.py")]),
        ("Edit", {"file_path": "/r/a.py", "old_string": "a", "new_string": "b"}, [(WRITE, "/r/a.py")]),
        ("MultiEdit", {"file_path": "/r/a.py", "edits": EDITS}, [(WRITE, "/r/a.py")]),
        ("MultiEdit", {"edits": [{"file_path": "a"}, {"file_path": "b"}]}, [(WRITE, "a"), (WRITE, "b")]),
        ("NotebookEdit", {"notebook_path": "/r/n.ipynb", "new_source": "x"}, [(WRITE, "/r/n.ipynb")]),
        ("apply_patch", {"command": PATCH}, PATCHED),
        ("apply_patch", {"command": ["apply_patch", PATCH]}, PATCHED),
        ("apply_patch", {"input": "*** Begin Patch\r\n*** Add File: a b.py \r\n"}, [(WRITE, "a b.py")]),
        ("StrReplace", {"path": "a.py", "old_string": "a", "new_string": "b"}, [(WRITE, "a.py")]),
        ("Delete", {"path": "a.py"}, [(DELETE, "a.py")]),
        ("mcp__fs__write_file", {"path": "a.py", "content": ""}, [(WRITE, "a.py")]),
        ("mcp__fs__move_file", {"source": "a", "destination": "b"}, [(WRITE, "b"), (DELETE, "a")]),
        ("mcp__fs__delete_files", {"paths": ["a", "b"]}, [(DELETE, "a"), (DELETE, "b")]),
        ("mcp__fs__read_file", {"path": "a.py"}, []),
        ("mcp__tracker__create_issue", {"title": "a.py"}, []),
        ("Read", {"file_path": "/r/a.py"}, []),
        ("Grep", {"pattern": "x", "path": "/r"}, []),
        ("TodoWrite", {"todos": []}, []),
        ("Bash", {"command": "echo x > src/core/a.py"}, []),
        ("Bash", {"command": PATCH}, []),
    ],
)
def test_targets(tool: str, tool_input: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert targets({"hook_event_name": "PreToolUse", "tool_name": tool, "tool_input": tool_input}) == expected
    assert targets({"hook_event_name": "preToolUse", "tool_name": tool, "tool_input": tool_input}) == expected


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"tool_name": 7, "tool_input": {}},
        {"tool_name": "Write"},
        {"tool_name": "Write", "tool_input": {}},
        {"tool_name": "Write", "tool_input": {"file_path": ""}},
        {"tool_name": "Write", "tool_input": {"file_path": ["a"]}},
        {"tool_name": "Write", "tool_input": "a.py"},
        {"tool_name": "apply_patch", "tool_input": {"command": "*** Begin Patch\n*** End Patch"}},
        {"tool_name": "apply_patch", "tool_input": {"command": "*** Add File: \n"}},
        {"tool_name": "apply_patch", "tool_input": {"command": 7}},
        {"hook_event_name": 7},
        {"hook_event_name": "afterFileEdit", "edits": []},
    ],
)
def test_what_does_not_say_which_file_is_not_understood(payload: dict[str, Any]) -> None:
    with pytest.raises(UnreadableError):
        targets(payload)


def test_after_an_edit_the_payload_itself_names_the_file() -> None:
    payload = {"hook_event_name": "afterFileEdit", "file_path": "/r/a.py", "edits": EDITS}
    assert targets(payload) == [(WRITE, "/r/a.py")]
    assert targets({**payload, "hook_event_name": "beforeReadFile"}) == []


def test_where_relative_paths_start() -> None:
    assert folder_of({"cwd": "/a", "tool_input": {"workdir": "/b"}}) == "/b"
    assert folder_of({"cwd": "/a", "workspace_roots": ["/c"]}) == "/a"
    assert folder_of({"workspace_roots": ["/c"]}) == "/c"
    assert folder_of({"workspace_roots": ["/c", "/d"]}) is None
    with pytest.raises(UnreadableError):
        folder_of({"cwd": 7})
    with pytest.raises(UnreadableError):
        event_of([])


@pytest.mark.parametrize(
    ("tool_input", "expected"),
    [
        ({"content": "new\n"}, b"new\n"),
        ({"contents": "new\n"}, b"new\n"),
        ({"old_string": "b\n", "new_string": "b\nc\n"}, b"a\nb\nc\na\n"),
        ({"old_string": "a\n", "new_string": ""}, b"b\na\n"),
        ({"old_string": "a\n", "new_string": "", "replace_all": True}, b"b\n"),
        ({"edits": [{"old_string": "b", "new_string": "c"}, {"old_string": "c", "new_string": "d"}]}, b"a\nd\na\n"),
        ({"old_string": "z", "new_string": "y"}, None),
        ({"old_string": "", "new_string": "y"}, None),
        ({"edits": []}, None),
        ({"edits": 7}, None),
        ({"command": "patch"}, None),
        ("text", None),
    ],
)
def test_content_after(tool_input: Any, expected: bytes | None, tmp_path: Any) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"a\nb\na\n")
    assert content_after(tool_input, str(file)) == expected


def test_content_of_nothing(tmp_path: Any) -> None:
    assert content_after({"old_string": "a", "new_string": "b"}, str(tmp_path / "none")) is None
