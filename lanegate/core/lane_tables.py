"""Lanes as other tools write them down: `owned_paths` of task files, `[lanes.trees]` of a dos.toml (R-A03).

Both write paths from the top of the repository with gitignore's wildcards: `README.md` is the one at the top. A task
file is Markdown that starts with front matter between two lines `---`, or YAML as a whole. Of YAML only what such
lists need is read (a list in lines or in brackets, quoted or plain, at the left margin); anything else raises, since a
list that is half read would give paths away.
"""

from __future__ import annotations

import re
from typing import Any

from lanegate.core.dialect import objection
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.toml_lines import mark_lines

_LINE_END = re.compile(r"\r\n?|\n")
_KEY = re.compile(r"([A-Za-z_][\w-]*):(?:[ \t]+(.*))?")
_QUOTED = re.compile(r"'((?:[^']|'')*)'|\"([^\"\\]*)\"")
#: What a plain scalar of YAML may not start with, or hold.
_SPECIAL = tuple("&!|>%@`\"'#{}[],")
#: Words of a task whose lane is over.
OVER = frozenset({"done", "closed", "complete", "completed", "merged", "accepted", "cancelled", "canceled", "archived"})


class TableError(ValueError):
    """Why a file cannot be read as one with lanes."""


class Task(NamedTuple):
    """A task file's head. name: its lane or id where it says one. paths: as written."""

    name: str | None
    is_over: bool
    paths: tuple[str, ...]


def read_task(text: str, *, is_yaml: bool) -> Task | None:
    """The task that a file tells of, None where it has no `owned_paths`. Raises TableError."""
    text = text.removeprefix("\ufeff")
    head = _LINE_END.split(text) if is_yaml else _front_matter(text)
    scalars: dict[str, str] = {}
    paths: list[str] | None = None
    at = 0
    while at < len(head):
        found = _KEY.fullmatch(head[at].rstrip())
        at += 1
        if found is None:
            continue
        key, value = found[1], (found[2] or "").strip()
        if key != "owned_paths":
            scalars.setdefault(key, value)
            continue
        if paths is not None:
            raise TableError("owned_paths is given twice")
        block = []
        while at < len(head) and head[at][:1] in ("", " ", "\t", "#", "]", "-") and head[at].rstrip() != "---":
            block.append(head[at])
            at += 1
        paths = _flow(" ".join(map(_bare, [value, *block]))) if value.startswith("[") else _lines(value, block)
    if paths is None:
        return None
    named = (_plain(scalars[key]) for key in ("lane", "id", "task_id", "task") if scalars.get(key))
    status = _plain(scalars.get("status", "") or scalars.get("state", ""))
    return Task(next(named, None), status.lower() in OVER, tuple(paths))


def _front_matter(text: str) -> list[str]:
    lines = _LINE_END.split(text)
    if lines[0].rstrip() != "---":
        return []
    ends = (at for at, line in enumerate(lines) if at and line.rstrip() in ("---", "..."))
    return lines[1 : next(ends, 0)]


def _lines(value: str, block: list[str]) -> list[str]:
    if _bare(value):
        raise TableError("owned_paths is no list")
    found = []
    for line in filter(None, map(_bare, block)):
        if not line.startswith("- "):
            raise TableError(f"owned_paths holds `{line[:60]}`, which is no item of a list")
        found.append(_scalar(line[2:].strip()))
    return found


def _flow(text: str) -> list[str]:
    text = _bare(text)
    if not text.endswith("]"):
        raise TableError("owned_paths starts with `[` and does not end with `]`")
    items = [item.strip() for item in text[1:-1].split(",")]
    return [_scalar(item) for item in items if item]


def _bare(line: str) -> str:
    """A line without its comment and outer blanks."""
    return re.sub(r"(?:\A|\s)#.*", "", line).strip()


def _scalar(text: str) -> str:
    found = _QUOTED.fullmatch(text)
    if found is not None:
        return found[2] if found[1] is None else found[1].replace("''", "'")
    if text.startswith((*_SPECIAL, "- ", "? ")) or ": " in text or text.endswith(":") or not text:
        raise TableError(f"owned_paths holds `{text[:60]}`, which is no plain path")
    return text


def _plain(value: str) -> str:
    return _bare(value).strip("'\"")


class Trees(NamedTuple):
    """Lanes of a dos.toml with their paths as written; those that run alone come first, since others take from them."""

    lanes: tuple[tuple[str, tuple[str, ...]], ...]
    alone: tuple[str, ...]


def read_trees(text: str) -> Trees | None:
    """The lanes of a dos.toml, None where it declares none. Raises TableError."""
    import tomllib

    try:
        mark_lines(text)  # refuses what tomllib would take too deep or too long for
        document: dict[str, Any] = tomllib.loads(text)
    except ValueError as error:
        raise TableError(f"not TOML: {error}") from error
    lanes: Any = document.get("lanes", {})
    trees: Any = lanes.get("trees", {}) if isinstance(lanes, dict) else None
    alone: Any = lanes.get("exclusive", []) if isinstance(lanes, dict) else None
    if not isinstance(trees, dict) or not all(map(_is_texts, trees.values())) or not _is_texts(alone):
        raise TableError("[lanes.trees] holds other things than lists of paths")
    if not trees:
        return None
    order = sorted(trees, key=lambda name: name not in alone)
    return Trees(tuple((name, tuple(trees[name])) for name in order), tuple(name for name in order if name in alone))


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def from_the_top(path: str) -> str:
    """The pattern for a path as task files write it. Raises TableError."""
    body = path.removeprefix("./")
    if body in ("**", "**/*", "*", ".", "/"):
        return "/**"
    pattern = re.sub(r"/\*\*/\*\Z", "/**", body)
    if not pattern.startswith(("/", "**/")):
        pattern = f"/{pattern}"
    found = objection(pattern)
    if found is not None:
        raise TableError(f"`{path[:60]}` {found.message}")
    return pattern
