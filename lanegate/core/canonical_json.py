"""The one spelling of JSON that records have: keys in order, one value a line, indented by a space, letters of ASCII.

Without the module json, which takes 7 ms to load: a server that only writes a record does without it.
"""

from __future__ import annotations

try:
    from _json import encode_basestring_ascii as _quoted  # what json.encoder has, without the 7 ms that json takes
except ImportError:  # another Python than CPython
    from json.encoder import encode_basestring_ascii as _quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def document(values: dict[str, Any]) -> bytes:
    """The bytes of an object: of text, numbers, truth values, None, and lists and objects of such."""
    return (_spelt(values, "\n") + "\n").encode()


def _spelt(value: Any, line: str) -> str:
    """As `json.dumps(value, indent=1, sort_keys=True)`, whose Python code takes six times longer. line: a line feed and
    the indentation."""
    if isinstance(value, str):
        return _quoted(value)
    if value is None:
        return "null"
    if isinstance(value, dict):
        inner = line + " "
        rows = [
            f"{inner}{_quoted(key)}: {_quoted(one) if isinstance(one, str) else _spelt(one, inner)}"
            for key, one in sorted(value.items())
        ]
        return "{" + ",".join(rows) + line + "}" if rows else "{}"
    if isinstance(value, list):
        inner = line + " "
        return "[" + ",".join([inner + _spelt(item, inner) for item in value]) + line + "]" if value else "[]"
    return str(value).lower()  # a number, true or false
