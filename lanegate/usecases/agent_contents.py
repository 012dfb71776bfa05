"""What a file will hold after an agent's tool has written it, where the tool's input says so."""

from __future__ import annotations

from typing import Any


def content_after(tool_input: Any, file: str) -> bytes | None:
    """The new content of a file as Write, Edit or MultiEdit make it; None where the input does not say it all, or does
    not fit what the file holds."""
    if not isinstance(tool_input, dict):
        return None
    whole = tool_input.get("content", tool_input.get("contents"))
    if isinstance(whole, str):
        return _bytes(whole)
    edits = tool_input.get("edits", [tool_input])
    if not isinstance(edits, list):
        return None
    try:
        with open(file, "rb") as opened:
            content = opened.read()
    except OSError:
        return None
    for edit in edits:
        old, new = (edit.get("old_string"), edit.get("new_string")) if isinstance(edit, dict) else (None, None)
        if not isinstance(old, str) or not isinstance(new, str) or not old or _bytes(old) not in content:
            return None
        content = content.replace(_bytes(old), _bytes(new), -1 if edit.get("replace_all") is True else 1)
    return content if edits else None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
