"""Lanes as lanekeeper keeps them, in `.lanekeeper/config.yaml` (github.com/kish21/parallel-agents; R-A03).

`lanes` is a list of tables with a `name`, or a table of tables: `allow` and `deny` are lists of globs from the top,
`owner` names who reviews, and a lane that is `shared` is there so that no other takes its paths. A `deny` beats its
lane's `allow`, a shared lane beats all others; where two lanes allow one path, lanekeeper lets both change it.

    written                  means there                          here
    `src/**`, `src/`         the entry src and all below          `/src/`
    `src/*`, `*`             files right there                    `/src/*`, `/*` without what is below (core/claims.py)
    `src/**/*`               all below                            `/src/`
    `app/[id]/x`, `a**b`     brackets are plain text, `**` is `*` `/app/[[]id]/x`, `/a*b`

YAML is read by PyYAML, which lanegate does without otherwise: where it is missing, that is said. Nothing is built
from the document but its plain lists and texts. Aliases are refused, since a short file can mean a huge one by them,
and so is a key that is given twice: a list that is half read would give paths away.
"""

from __future__ import annotations

import re
from typing import Any

from lanegate.core.claims import Claim, Reach
from lanegate.core.codeowners import lane_id
from lanegate.core.dialect import objection
from lanegate.core.lane_tables import TableError
from lanegate.core.named_tuple import NamedTuple

#: Letters of a file that is read, patterns in it, and tables or lists in one another.
MOST_LETTERS, MOST_PATTERNS, MOST_DEEP = 256 * 1024, 2000, 50
_WILD = re.compile(r"[*?]")


class KeptLane(NamedTuple):
    """allow, deny: patterns of the dialect, and whether they are shallow (core/claims.py). owners: as written."""

    id: str
    allow: tuple[tuple[str, bool], ...]
    deny: tuple[tuple[str, bool], ...]
    owners: tuple[str, ...]
    is_shared: bool


class Kept(NamedTuple):
    """The lanes in their order, and in words what of them is not taken over."""

    lanes: tuple[KeptLane, ...]
    untold: tuple[str, ...]


def read_lanekeeper(text: str) -> Kept | None:
    """The lanes of a file, None where it has none. Raises TableError."""
    if len(text) > MOST_LETTERS:
        raise TableError(f"longer than {MOST_LETTERS} letters")
    document = _document(text)
    lanes = _table(document, "the file").get("lanes") if document is not None else None
    if lanes is None or _is_null(lanes):
        return None
    found: list[KeptLane] = []
    untold: list[str] = []
    for name, table in _named(lanes):
        allow, deny = [_patterns(table.get(key), f"{key} of lane {name}", untold) for key in ("allow", "deny")]
        if not allow:
            untold.append(f"lane {name} allows nothing that could be taken over, so it is left out")
            continue
        id_ = lane_id(name, [lane.id for lane in found])
        found.append(KeptLane(id_, allow, deny, _owners(table.get("owner"), name), _is_true(table.get("shared"))))
    if sum(len(lane.allow) + len(lane.deny) for lane in found) > MOST_PATTERNS:
        raise TableError(f"more than {MOST_PATTERNS} patterns")
    return Kept(tuple(found), tuple(untold))


def kept_claims(lanes: tuple[KeptLane, ...]) -> tuple[Reach, ...]:
    """What the lanes claim, so that the last one that matches decides: the more names a pattern has without wildcards,
    the later, as lanekeeper's documents rank them; then the shared lanes; then each lane's `deny`, for it alone."""
    allowed = [(lane, pattern, shallow) for lane in lanes for pattern, shallow in lane.allow]
    allowed.sort(key=lambda one: (one[0].is_shared, _plain_names(one[1]), len(one[1])))
    claims = [Reach(Claim(pattern, lane.id), shallow) for lane, pattern, shallow in allowed]
    return (*claims, *[Reach(Claim(text, None, lane.id), shallow) for lane in lanes for text, shallow in lane.deny])


def _plain_names(pattern: str) -> int:
    return sum(not _WILD.search(name) for name in pattern.strip("/").split("/"))


def _document(text: str) -> Any:
    """The tree of nodes of a file, None where it is empty. Raises TableError."""
    try:
        import yaml
    except ImportError as error:
        raise TableError("reading it takes PyYAML, which lanegate does not find: pip install PyYAML") from error
    deep = 0
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):  # no recursion in this one, unlike in compose
            if isinstance(event, yaml.AliasEvent):
                raise TableError(f"line {event.start_mark.line + 1}: `*{event.anchor}` is an alias: none is followed")
            deep += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if deep > MOST_DEEP:
                raise TableError(f"line {event.start_mark.line + 1}: nested too deeply")
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark is not None else ""
        raise TableError(
            f"not YAML: {where}{getattr(error, 'problem', None) or 'a character that it has not'}"
        ) from error


def _at(node: Any) -> str:
    return f"line {node.start_mark.line + 1}: "


def _is_null(node: Any) -> bool:
    return bool(node.tag == "tag:yaml.org,2002:null")


def _is_true(node: Any) -> bool:
    if node is None or _is_null(node):
        return False
    if node.tag != "tag:yaml.org,2002:bool":
        raise TableError(f"{_at(node)}`shared` is neither true nor false")
    return node.value.lower() in ("true", "yes", "on")


def _named(lanes: Any) -> list[tuple[str, dict[str, Any]]]:
    """The tables of the lanes with their names, from either form."""
    if lanes.id == "sequence":
        found = []
        for item in lanes.value:
            table = _table(item, "a lane")
            name = table.get("name")
            if name is None or name.id != "scalar" or not name.value:
                raise TableError(f"{_at(item)}a lane without a name")
            found.append((name.value, table))
    else:
        found = [(name, _table(item, f"lane {name}")) for name, item in _table(lanes, "`lanes`").items()]
    names = [name for name, _ in found]
    twice = next((name for at, name in enumerate(names) if name in names[:at]), None)
    if twice is not None:
        raise TableError(f"lane {twice} is there twice")
    return found


def _table(node: Any, what: str) -> dict[str, Any]:
    if node.id != "mapping":
        raise TableError(f"{_at(node)}{what} is no table")
    table: dict[str, Any] = {}
    for key, value in node.value:
        if key.id != "scalar" or key.value == "<<":
            raise TableError(f"{_at(key)}a key of {what} that is no plain text")
        if key.value in table:
            raise TableError(f"{_at(key)}{key.value} is given twice")
        table[key.value] = value
    return table


def _texts(node: Any, what: str) -> list[tuple[Any, str]]:
    """The texts of a list with their nodes; empty ones stand for none."""
    if node is None or _is_null(node):
        return []
    if node.id != "sequence" or any(item.id != "scalar" for item in node.value):
        raise TableError(f"{_at(node)}{what} is no list of texts")
    return [(item, item.value.strip()) for item in node.value if not _is_null(item) and item.value.strip()]


def _owners(node: Any, name: str) -> tuple[str, ...]:
    if node is not None and node.id == "scalar":
        return () if _is_null(node) or not node.value.strip() else (node.value.strip(),)
    return tuple(text for _, text in _texts(node, f"owner of lane {name}"))


def _patterns(node: Any, what: str, untold: list[str]) -> tuple[tuple[str, bool], ...]:
    found = []
    for item, written in _texts(node, what):
        pattern, shallow = _translated(written)
        odd = objection(pattern)
        if odd is None:
            found.append((pattern, shallow))
        else:
            untold.append(f"{_at(item)}{what}: `{written[:60]}` is not taken over: {odd.message}")
    return tuple(found)


def _translated(written: str) -> tuple[str, bool]:
    """(a pattern that may or may not be of the dialect, whether it is shallow)."""
    body = written.replace("\\", "/").lstrip("/")
    names: list[str] = []
    for name in (f"{body}**" if body.endswith("/") else body).split("/"):
        name = name if name == "**" else re.sub(r"\*\*+", "*", name).replace("[", "[[]")
        if (name, names[-1:]) != ("**", ["**"]):
            names.append(name)
    if names[-2:] == ["**", "*"]:
        del names[-1]
    if names == ["**"]:
        return "/**", False
    if names[-1] == "**" and not any(map(_WILD.search, names[:-1])):
        names[-1] = ""
    return ("" if names[0] == "**" else "/") + "/".join(names), names[-1] == "*"
