"""The ownership matrix: rows of the policy, and the Markdown table that people plan with (R-C01, R-C08).

    | Path | ui | W2 (core) |
    |------|----|-----------|
    | `crate_b/src/lib.rs` | MODIFY | **PRIMARY** |
    | Cargo.toml           | -      |             |

Rules of the table, in and out:
- It is the one table of the text with a grant word in it (or else, the one whose first column is headed `Path`); other
  tables and fenced code are passed over.
- A column is headed by a lane's id, or by a title with the id in parentheses: `W2 (core)` is lane `core`.
- A cell is PRIMARY, MODIFY, READ or `-` (also as a dash), in any case, bold or in backticks. `-` takes every grant
  away, as it does in the policy; an empty cell says nothing about the lane. Any other word is an error, with its line.
- A path is a pattern of the dialect, in backticks or not, its pipes escaped as Markdown wants (`\\|`). A table lists
  paths from the root of the repository: one without a slash in the middle gets one in front, and a note says so.
- Rows keep their order, since the last matching row wins. Two rows for one pattern are an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lanegate.core.patterns import PatternError, parse_pattern
from lanegate.core.policy import MODIFY, NONE, PRIMARY, READ, Policy
from lanegate.core.policy_grammar import LANE_ID
from lanegate.core.toml_lines import quoted

GRANTS = {"primary": PRIMARY, "modify": MODIFY, "read": READ, "-": NONE, "\u2013": NONE, "\u2014": NONE}
_WORDS = frozenset({PRIMARY, MODIFY, READ})
_DELIMITER = re.compile(r" *:?-+:? *")
_HEADER = re.compile(r"[^()]*\(([^()]+)\)")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


@dataclass(frozen=True, slots=True)
class Row:
    """One pattern, and the grant of each lane of the table (None: the row says nothing about it).

    line: 1-based, in the Markdown text or the policy file it comes from; no part of what is compared.
    """

    path: str
    grants: tuple[str | None, ...]
    line: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Matrix:
    """A table: its lanes, left to right, and its rows. notes: what was read otherwise than it stands there."""

    lanes: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableProblem:
    """What is wrong with a Markdown table, and on which line (1-based) of the text."""

    line: int
    message: str


class MatrixError(ValueError):
    """A text without a table that can be read as the matrix. `.problems` says why, in order; never empty."""

    def __init__(self, problems: list[TableProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"line {problem.line}: {problem.message}" for problem in problems))


def import_matrix(markdown: str) -> Matrix:
    """The matrix that a Markdown text holds. Raises MatrixError."""
    line, header, body = _only_table(_tables(markdown))
    reader = _TableReader()
    lanes = reader.header(line, header)
    for number, cells in body:
        reader.row(number, cells, len(lanes))
    if reader.problems:
        raise MatrixError(reader.problems)
    return Matrix(lanes, tuple(reader.rows), tuple(reader.notes))


def matrix_of(policy: Policy) -> Matrix:
    """The matrix of a policy. Its columns are the lanes that a row names, in the order of the policy."""
    named = {lane for row in policy.matrix for lane in row.grants}
    lanes = tuple(lane for lane in policy.lanes if lane in named)
    rows = (Row(row.rule.text, tuple(map(row.grants.get, lanes)), row.rule.line) for row in policy.matrix)
    return Matrix(lanes, tuple(rows))


def as_markdown(matrix: Matrix) -> str:
    """The table in Markdown, with a final newline; `import_matrix` reads the same matrix from it."""
    lines = [
        ["Path", *matrix.lanes],
        *([_code(row.path), *(grant or "" for grant in row.grants)] for row in matrix.rows),
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = [" | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    padded.insert(1, " | ".join("-" * max(width, 3) for width in widths))
    return "".join(f"| {line} |\n" for line in padded)


def as_text(matrix: Matrix) -> str:
    """The table in columns for a terminal, with a final newline; what a row says nothing about is blank."""
    lines = [["path", *matrix.lanes], *([row.path, *(grant or "" for grant in row.grants)] for row in matrix.rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "".join(f"{line.rstrip()}\n" for line in padded)


def as_toml(matrix: Matrix) -> str:
    """The rows as `[[matrix]]` tables for the policy file."""
    return "\n".join(_row_as_toml(row, matrix.lanes) for row in matrix.rows)


def _row_as_toml(row: Row, lanes: tuple[str, ...]) -> str:
    given = ((lane, grant) for lane, grant in zip(lanes, row.grants, strict=True) if grant)
    grants = ", ".join(f"{_toml_key(lane)} = {quoted(grant)}" for lane, grant in given)
    return f"[[matrix]]\npath = {quoted(row.path, len(row.path))}\ngrants = {{ {grants} }}\n"


def _toml_key(lane: str) -> str:
    return quoted(lane, len(lane)) if "." in lane else lane


def _code(path: str) -> str:
    """A path as a code span that no character of the path can end."""
    longest = max((len(run) for run in re.findall("`+", path)), default=0)
    fence = "`" * (longest + 1)
    room = " " if path.startswith("`") or path.endswith("`") else ""
    return f"{fence}{room}{path}{room}{fence}".replace("|", "\\|")


class _TableReader:
    """Reads the cells of one table; what is wrong gathers in `problems`."""

    def __init__(self) -> None:
        self.problems: list[TableProblem] = []
        self.notes: list[str] = []
        self.rows: list[Row] = []
        self.first: dict[str, int] = {}

    def refuse(self, line: int, message: str) -> None:
        self.problems.append(TableProblem(line, message))

    def header(self, line: int, cells: list[str]) -> tuple[str, ...]:
        """The lanes that the columns stand for, the first column left out."""
        lanes: list[str] = []
        for cell in cells[1:]:
            title = _unwrapped(cell)
            match = _HEADER.fullmatch(title)
            lane = _unwrapped(match[1]) if match else title
            if not re.fullmatch(LANE_ID.pattern, lane):
                self.refuse(line, f"column {quoted(cell)}: expected a lane's id, or a title and the id in parentheses")
            elif lane in lanes:
                self.refuse(line, f"lane {lane} heads two columns")
            lanes.append(lane)
        return tuple(lanes)

    def row(self, line: int, cells: list[str], lanes: int) -> None:
        if len(cells) != lanes + 1:
            self.refuse(line, f"{len(cells)} cells, the header has {lanes + 1} (write a pipe inside a cell as \\|)")
            return
        path = self.path(line, cells[0])
        grants = tuple(self.grant(line, cell) for cell in cells[1:])
        if not any(_unwrapped(cell) for cell in cells[1:]):
            self.refuse(line, f"the row of {quoted(cells[0])} says nothing about any lane")
        if path is None:
            return
        if self.first.setdefault(path, line) != line:
            self.refuse(line, f"{quoted(path)} has a row already, on line {self.first[path]}")
        self.rows.append(Row(path, grants, line))

    def grant(self, line: int, cell: str) -> str | None:
        word = _unwrapped(cell)
        if cell and word.casefold() not in GRANTS:
            self.refuse(line, f"{quoted(cell)}: expected PRIMARY, MODIFY, READ, - or an empty cell")
        return GRANTS.get(word.casefold())

    def path(self, line: int, cell: str) -> str | None:
        """The pattern that a cell of the first column spells."""
        written = _path_text(cell)
        if written is None:
            self.refuse(line, f"{quoted(cell)}: one path a row, all of it in one pair of backticks or without any")
            return None
        if written.startswith("!"):
            self.refuse(line, f"{quoted(written)}: a row cannot be negated, give the lanes `-` instead")
            return None
        path = written
        while path.startswith("./"):
            path = path[2:]
        if "/" not in path[:-1] or (path != written and not path.startswith("/")):
            path = f"/{path}"
        try:
            parse_pattern(path)
        except PatternError as error:
            instead = " or ".join(quoted(suggestion) for suggestion in error.suggestions)
            self.refuse(line, f"{quoted(written)} {error.message}" + (f": write {instead}" if instead else ""))
            return None
        if path != written:
            self.notes.append(f"line {line}: {quoted(written)} is taken as {quoted(path)}, from the root")
        return path


Table = tuple[int, list[str], list[tuple[int, list[str]]]]


def _only_table(tables: list[Table]) -> Table:
    """The table that holds grants: (line of the header, header, rows). Raises MatrixError where it is not one."""
    found = [table for table in tables if any(_holds_grant(cells) for _, cells in table[2])]
    found = found or [table for table in tables if _unwrapped(table[1][0]).casefold() == "path" and table[2]]
    if not found:
        message = "no ownership table: a header, a line of dashes, and rows with PRIMARY, MODIFY or READ"
        raise MatrixError([TableProblem(1, message)])
    if len(found) > 1:
        also = ", ".join(str(table[0]) for table in found)
        raise MatrixError(
            [TableProblem(found[1][0], f"several tables hold grants (lines {also}): give a file with one")]
        )
    return found[0]


def _holds_grant(cells: list[str]) -> bool:
    return any(_unwrapped(cell).upper() in _WORDS for cell in cells[1:])


def _tables(markdown: str) -> list[Table]:
    """Every pipe table of a Markdown text outside of fenced code (GitHub Flavored Markdown, section 4.10).

    Of CRLF the CR stays on the line, where it is trimmed like a blank.
    """
    tables: list[Table] = []
    header: list[str] | None = None
    rows: list[tuple[int, list[str]]] | None = None
    fence = ""
    for number, line in enumerate(markdown.split("\n"), 1):
        opening = _FENCE.match(line)
        if fence:
            if opening and opening[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
            continue
        cells = None if opening else _cells(line)
        if opening:
            fence = opening[1]
        if cells is None:
            header = rows = None
        elif rows is not None:
            rows.append((number, cells))
        elif header is not None and len(header) == len(cells) and all(map(_DELIMITER.fullmatch, cells)):
            rows = []
            tables.append((number - 1, header, rows))
        else:
            header = cells
    return tables


def _cells(line: str) -> list[str] | None:
    """The cells of one line of a table, trimmed; None where the line holds no pipe that parts cells."""
    text = line.strip()
    parts: list[str] = []
    start = 0
    for match in re.finditer(r"\\?\|", text):
        if match[0] == "|":
            parts.append(text[start : match.start()])
            start = match.end()
    if not parts:
        return None
    parts.append(text[start:])
    if not parts[0]:
        parts = parts[1:]
    if not parts[-1]:
        parts = parts[:-1]
    return [part.strip().replace("\\|", "|") for part in parts]


def _unwrapped(cell: str) -> str:
    """A word without the bold, italics or backticks around it."""
    word = cell.strip()
    while len(word) > 1 and word[0] == word[-1] and word[0] in "*_`":
        word = word[1:-1].strip()
    return word


def _path_text(cell: str) -> str | None:
    """The path in a cell: the content of a code span, or the text without bold and Markdown escapes; None for both."""
    ticks = len(cell) - len(cell.lstrip("`"))
    inside = cell[ticks : len(cell) - ticks]
    closed = ticks == len(cell) - len(cell.rstrip("`"))
    if ticks and inside and closed and "`" * ticks not in re.split("[^`]+", inside):
        trimmed = len(inside) > 2 and inside[0] == inside[-1] == " "
        return inside[1:-1] if trimmed else inside
    if cell.startswith("**") and cell.endswith("**") and cell[2:3] not in ("", "/") and cell[-3] != "/":
        return _path_text(cell[2:-2].strip())
    if "`" in cell:
        return None
    return _ESCAPED.sub(r"\1", cell)
