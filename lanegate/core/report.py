"""The gate report of a lane: seven sections, read strictly from TOML (R-D06, R-B06, R-B12).

| section | says |
|---|---|
| `[scope]` | lane, its objective and owned paths, the commits, and the one that the gates ran on |
| `[[files]]` | what the commits changed, and by which grant of the lane |
| `[[criteria]]` | each acceptance criterion of the lane, whether it is met, and what shows it |
| `[[gates]]` | each command that was run: gate, rung, exit status, time, digest of its output |
| `[compliance]` | with architecture, documentation and policy, in words |
| `[risks]` | open risks and assumptions, or in so many words that there are none |
| `[disposition]` | accepted, rejected or still open; what happens next |

`lanegate gate run` writes a draft with all that a machine knows; a person fills in the rest: empty text, and risks
neither listed nor denied, are read as "not said yet" (`core/report_rules.py` tells what an accepted verdict needs).
Bytes that are no report raise ReportError, whatever they are: size, depth and every list are capped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lanegate.core.named_tuple import NamedTuple
from lanegate.core.policy_grammar import Choice, Flag, Form, Rows, Shape, Table, Text, Texts, Whole
from lanegate.core.policy_problems import Findings, TooManyProblemsError, say
from lanegate.core.policy_structure import Reader
from lanegate.core.toml_lines import Mark, TomlLimitError, mark_lines

FORMAT = 1
MAX_BYTES = 2 << 20
MAX_FILES = 10_000
MAX_ROWS = 500
#: Characters of a text, and of what is kept of a command's output.
MAX_TEXT, MAX_TAIL = 10_000, 2_000

ADDED, DELETED, MODIFIED, TYPE_CHANGED = "added", "deleted", "modified", "type or mode changed"
CHANGES = (ADDED, DELETED, MODIFIED, TYPE_CHANGED)
ACCEPTED, REJECTED, OPEN = "accepted", "rejected", "open"
DECISIONS = (ACCEPTED, REJECTED, OPEN)


class ReportError(Exception):
    """Bytes that are no gate report. `.message` is one line: where the first problem is, what it is, how many more."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ChangedFile(NamedTuple):
    """A path that the commits change. path: bytes as git stores them. change: of CHANGES, over all commits together.
    grant: of the lane there, as in core/policy.py."""

    path: bytes
    change: str
    grant: str


class Criterion(NamedTuple):
    """An acceptance criterion of the lane. evidence: what shows it, empty while nobody said."""

    text: str
    met: bool = False
    evidence: str = ""


class GateStep(NamedTuple):
    """A command of a gate that was run. exit: its status, 128 and the signal's number where one killed it. digest:
    SHA-256 of its output (standard output and error as they came). tail: the end of that output."""

    name: str
    rung: int
    command: str
    exit: int
    milliseconds: int
    digest: str
    tail: str = ""


class Report(NamedTuple):
    """A gate report. lane: empty for a commit of no lane, such as a clean merge. commits: full ids, parents before
    children. ran: the one of them that the gates ran on.
    architecture, docs, policy, next: in words, empty while nobody said. risks, assumptions: None while nobody said, ()
    where there are none."""

    lane: str
    commits: tuple[str, ...]
    ran: str
    objective: str = ""
    owned_paths: tuple[str, ...] = ()
    files: tuple[ChangedFile, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    gates: tuple[GateStep, ...] = ()
    architecture: str = ""
    docs: str = ""
    policy: str = ""
    risks: tuple[str, ...] | None = None
    assumptions: tuple[str, ...] | None = None
    decision: str = OPEN
    next: str = ""

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of gates that a command of failed, in order."""
        return tuple(sorted({step.name for step in self.gates if step.exit}))

    @property
    def passed(self) -> tuple[str, ...]:
        """Names of gates that were run and did not fail, in order."""
        return tuple(sorted({step.name for step in self.gates} - set(self.failed)))


Keys = Mapping[str, Shape]

_CONTROL = r"\u0000-\u0008\u000b-\u001f\u007f-\u009f\ud800-\udfff"
_PROSE = Form(f"[^{_CONTROL}]*", MAX_TEXT, "text without control characters")
_TAIL = Form(f"[^{_CONTROL}]*", MAX_TAIL, "the end of the output, without control characters")
_SAID = Form(f"[^{_CONTROL}]+", MAX_TEXT, "text, not empty, without control characters")
_WORD = Form("[A-Za-z0-9][A-Za-z0-9._-]*", 100, "a name of letters, digits, `.`, `_`, `-`")
_LANE = Form("(?:[A-Za-z0-9][A-Za-z0-9._-]*)?", 100, "a lane id, or empty where the commit belongs to none")
_ID = Form("(?:[0-9a-f]{40}|[0-9a-f]{64})", 64, "a full commit id in lower case")
_DIGEST = Form("[0-9a-f]{64}", 64, "a SHA-256 digest in lower case")
_HEX = Form("(?:[0-9a-f]{2})+", 10_000, "the bytes of the path as hex digits")

_SCOPE: Keys = {
    "lane": Text(_LANE),
    "objective": Text(_PROSE),
    "owned_paths": Texts(_SAID, repeats=True),
    "commits": Texts(_ID),
    "ran": Text(_ID),
}
_FILE: Keys = {"path": Text(_SAID), "path_hex": Text(_HEX), "change": Choice(CHANGES), "grant": Text(_SAID)}
_CRITERION: Keys = {"text": Text(_SAID), "met": Flag(), "evidence": Text(_PROSE)}
_GATE: Keys = {
    "name": Text(_WORD),
    "rung": Whole(1, 9),
    "command": Text(_SAID),
    "exit": Whole(0, 255),
    "milliseconds": Whole(0, 1 << 40),
    "digest": Text(_DIGEST),
    "tail": Text(_TAIL),
}
_COMPLIANCE: Keys = {"architecture": Text(_PROSE), "docs": Text(_PROSE), "policy": Text(_PROSE)}
_RISKS: Keys = {
    "items": Texts(_SAID),
    "none": Flag(),
    "assumptions": Texts(_SAID),
    "no_assumptions": Flag(),
}
_DISPOSITION: Keys = {"decision": Choice(DECISIONS), "next": Text(_PROSE)}
_REPORT: Keys = {
    "format": Whole(FORMAT, FORMAT),
    "scope": Table(_SCOPE),
    "files": Rows(Table(_FILE), MAX_FILES),
    "criteria": Rows(Table(_CRITERION), MAX_ROWS),
    "gates": Rows(Table(_GATE), MAX_ROWS),
    "compliance": Table(_COMPLIANCE),
    "risks": Table(_RISKS),
    "disposition": Table(_DISPOSITION),
}
#: Keys that may be left out; every other one is required.
_OPTIONAL = frozenset(("tail", "path", "path_hex", *_RISKS))


def read_report(data: bytes) -> Report:
    """The gate report that these bytes are. Raises ReportError."""
    document, marks = _parse(data)
    findings = Findings(marks)
    try:
        found = Reader(findings).read(Table(_REPORT), document, ())
        if not findings.problems:  # a key that is missing may be one that is misspelt
            _require(_REPORT, document, (), findings)
        files = _files(found.get("files") or (), findings)
        commits = (found.get("scope") or {}).get("commits")
        if commits is not None and found["scope"].get("ran") not in (None, *commits):
            findings.refuse(("scope", "ran"), "expected one of the commits")
        said = {name: _said(found.get("risks") or {}, *keys, findings) for name, keys in _PAIRS.items()}
    except TooManyProblemsError:
        pass
    if findings.problems:
        first, *others = sorted(findings.problems, key=lambda problem: problem.line)
        more = f" (and {len(others)} more)" if others else ""
        raise ReportError(f"line {first.line}: {say(first)}{more}")
    fields = {**found["scope"], **found["compliance"], **said, **found["disposition"]}
    criteria = tuple([Criterion(**row) for row in found["criteria"]])
    gates = tuple([GateStep(**row) for row in found["gates"]])
    return Report(files=files, criteria=criteria, gates=gates, **fields)


def _parse(data: bytes) -> tuple[dict[str, Any], Mark]:
    import tomllib

    if len(data) > MAX_BYTES:
        raise ReportError(f"larger than {MAX_BYTES} bytes")
    try:
        text = data.decode()
        marks, _ = mark_lines(text)
        return tomllib.loads(text), marks
    except UnicodeDecodeError:
        raise ReportError("not UTF-8") from None
    except TomlLimitError as error:
        raise ReportError(f"line {error.line}: {error.message}") from None
    except tomllib.TOMLDecodeError as error:
        raise ReportError(f"not TOML 1.0: {str(error)[:200]}") from None


def _require(keys: Keys, value: Any, path: tuple[str | int, ...], findings: Findings) -> None:
    """A problem for each key that is missing, in what is of its shape."""
    for key, shape in keys.items():
        where = (*path, key)
        if key not in value:
            if key not in _OPTIONAL:
                findings.refuse(where, "required, but missing")
        elif isinstance(shape, Table):
            _require(shape.keys, value[key], where, findings)
        elif isinstance(shape, Rows):
            for index, row in enumerate(value[key]):
                _require(shape.shape.keys, row, (*where, index), findings)


def _files(rows: tuple[dict[str, Any], ...], findings: Findings) -> tuple[ChangedFile, ...]:
    files = []
    for index, row in enumerate(rows):
        text, digits = row.get("path"), row.get("path_hex")
        if ("path" in row) == ("path_hex" in row):
            findings.refuse(("files", index), "expected either path or path_hex")
        path = bytes.fromhex(digits) if digits is not None else (text or "").encode()
        files.append(ChangedFile(path, row.get("change") or "", row.get("grant") or ""))
    return tuple(files)


#: What is listed, or denied in so many words.
_PAIRS = {"risks": ("items", "none"), "assumptions": ("assumptions", "no_assumptions")}


def _said(table: dict[str, Any], items: str, none: str, findings: Findings) -> tuple[str, ...] | None:
    """What is listed, () where it says that there is none, None where it says nothing."""
    found = table.get(items) or ()
    if table.get(none):
        if found:
            findings.refuse(("risks", none), f"{none} = true, but {items} lists some")
        return ()
    return tuple(found) or None
