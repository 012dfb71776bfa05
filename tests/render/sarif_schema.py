"""The part of SARIF 2.1.0 that lanegate writes, as a JSON Schema in our own words, stricter than the published one.

Property by property after OASIS' specification; whatever is not named here is not allowed. To check against the
published schema as well, name a file that holds it: LANEGATE_SARIF_SCHEMA=sarif-schema-2.1.0.json pytest tests/render.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

#: Read when the tests are collected: the tests themselves run without the caller's LANEGATE_* variables.
_PUBLISHED = os.environ.get("LANEGATE_SARIF_SCHEMA")


def _object(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    properties = {**required, **(optional or {})}
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _list(items: dict[str, Any], least: int = 0, most: int | None = None) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least, **({} if most is None else {"maxItems": most})}


_STRING = {"type": "string"}
_WORDS = {"type": "string", "minLength": 1}
_BAG = {"type": "object"}
_LEVEL = {"enum": ["none", "note", "warning", "error"]}
_MESSAGE = _object({"text": _STRING})  # 3.11
_ARTIFACT = {  # 3.4: relative to the root, or a file of the machine
    "anyOf": [
        _object({"uri": {"type": "string", "pattern": "^(?!/)[A-Za-z0-9._~/%-]*$"}, "uriBaseId": {"const": "SRCROOT"}}),
        _object({"uri": {"type": "string", "pattern": "^file:///[A-Za-z0-9._~/%-]*$"}}),
    ]
}
_REGION = _object({"startLine": {"type": "integer", "minimum": 1}})  # 3.30
_PHYSICAL = _object({"artifactLocation": _ARTIFACT, "region": _REGION})  # 3.29
_LOGICAL = _object({"fullyQualifiedName": _WORDS, "kind": _WORDS})  # 3.33
_LOCATION = _object({"physicalLocation": _PHYSICAL}, {"logicalLocations": _list(_LOGICAL, 1)})  # 3.28
_RELATED = _object({"id": {"type": "integer", "minimum": 0}, "physicalLocation": _PHYSICAL, "message": _MESSAGE})
_RULE = _object(  # 3.49
    {"id": _WORDS},
    {
        "shortDescription": _MESSAGE,
        "fullDescription": _MESSAGE,
        "help": _MESSAGE,
        "defaultConfiguration": _object({"level": _LEVEL}),
        "properties": _BAG,
    },
)
_RESULT = _object(  # 3.27
    {
        "ruleId": _WORDS,
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": _LEVEL,
        "message": _MESSAGE,
        "locations": _list(_LOCATION, 1, 1),
        "partialFingerprints": {"type": "object", "additionalProperties": _WORDS, "minProperties": 1},
        "properties": _BAG,
    },
    {"relatedLocations": _list(_RELATED, 1)},
)
_NOTIFICATION = _object({"level": _LEVEL, "message": _MESSAGE}, {"descriptor": _object({"id": _WORDS})})  # 3.58
_INVOCATION = _object(  # 3.20
    {
        "executionSuccessful": {"type": "boolean"},
        "exitCode": {"type": "integer"},
        "exitCodeDescription": _WORDS,
        "toolExecutionNotifications": _list(_NOTIFICATION),
    }
)
_DRIVER = _object({"name": {"const": "lanegate"}, "version": _WORDS, "rules": _list(_RULE)})  # 3.19
_RUN = _object(  # 3.14
    {
        "tool": _object({"driver": _DRIVER}),
        "automationDetails": _object({"id": _WORDS}),
        "originalUriBaseIds": _object({"SRCROOT": _object({"description": _MESSAGE})}),
        "invocations": _list(_INVOCATION, 1, 1),
        "results": _list(_RESULT),
        "properties": _BAG,
    }
)
OURS = _object({"$schema": _WORDS, "version": {"const": "2.1.0"}, "runs": _list(_RUN, 1, 1)})  # 3.13

SCHEMAS = [OURS, *([json.loads(Path(_PUBLISHED).read_text())] if _PUBLISHED else [])]
