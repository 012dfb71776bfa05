"""The policy's grammar as JSON Schema (draft 2020-12), for editors that check TOML while it is written.

What the schema refuses the reader refuses too, and what the reader accepts the schema accepts; the reader knows more
(the checks that look at several values at once). `lanegate policy schema` prints it; policy/lanegate.schema.json is
that output, and a test compares the two.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lanegate.core.policy_grammar import (
    MAX_ENTRIES,
    MAX_PATTERNS,
    PATTERN,
    POLICY,
    Choice,
    Choices,
    Flag,
    Form,
    Named,
    Pattern,
    Patterns,
    Rows,
    Shape,
    Table,
    Text,
    Texts,
    Whole,
)

Schema = dict[str, Any]


def policy_schema() -> Schema:
    """The JSON Schema of a policy file, as values for `json.dumps`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "lanegate policy",
        "description": "Who may change what, lane by lane: policy/lanegate.toml",
        **schema_of(POLICY),
    }


def schema_of(shape: Shape) -> Schema:
    """The JSON Schema of one shape of the grammar."""
    return _SCHEMAS[type(shape)](shape)


def _table(shape: Table) -> Schema:
    schema: Schema = {
        "type": "object",
        "properties": {key: schema_of(inner) for key, inner in shape.keys.items()},
        "additionalProperties": False,
    }
    return schema | ({"required": list(shape.required)} if shape.required else {})


def _named(shape: Named) -> Schema:
    schema: Schema = {
        "type": "object",
        "propertyNames": _string(shape.form),
        "additionalProperties": schema_of(shape.shape),
        "maxProperties": shape.most,
    }
    return schema | ({"minProperties": shape.least} if shape.least else {})


def _string(form: Form) -> Schema:
    return {"type": "string", "pattern": f"^(?:{form.pattern})$", "maxLength": form.longest}


def _list(items: Schema, most: int, *, unique: bool, least: int = 0) -> Schema:
    schema: Schema = {"type": "array", "items": items, "maxItems": most}
    return schema | ({"minItems": least} if least else {}) | ({"uniqueItems": True} if unique else {})


_SCHEMAS: dict[type, Callable[[Any], Schema]] = {
    Choice: lambda shape: {"enum": list(shape.options)},
    Choices: lambda shape: _list({"enum": list(shape.options)}, len(shape.options), unique=True),
    Flag: lambda shape: {"type": "boolean"},
    Whole: lambda shape: {"type": "integer", "minimum": shape.low, "maximum": shape.high},
    Text: lambda shape: _string(shape.form),
    Texts: lambda shape: _list(_string(shape.form), MAX_ENTRIES, unique=not shape.repeats, least=shape.least),
    Pattern: lambda shape: _string(PATTERN),
    Patterns: lambda shape: _list(_string(PATTERN), MAX_PATTERNS, unique=True, least=shape.least),
    Table: _table,
    Named: _named,
    Rows: lambda shape: _list(schema_of(shape.shape), shape.most, unique=False),
}
