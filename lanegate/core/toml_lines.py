"""Where every value of a TOML text stands: a lexical scan that gives each dotted path its line.

`tomllib` gives values without positions, and it recurses and copies keys as deep as its input nests. So this scan runs
before it, on text of any kind, and is total: it needs time linear in the text, never recurses, refuses what nests too
deep or holds too many values (`TomlLimitError`), and stops where the text is no TOML, since `tomllib` stops there too
and says why. For text that `tomllib` accepts, the tree of marks has exactly the shape of the document (a property test
compares the two).

Rules: the line of a table is that of its header, or else of the first key that implies it; of a key, that of the key;
of an array item, that on which it starts; of an array of tables, that of its first header. Lines are counted from 1 at
LF, so CRLF counts once (TOML 1.0 knows no other line end). Source of the grammar: https://toml.io/en/v1.0.0.
"""

from __future__ import annotations

import re

#: Dotted keys and brackets may nest this deep, each. The policy's own grammar needs four.
MAX_DEPTH = 16
#: Keys, values and array items together.
MAX_VALUES = 60_000
#: A number, date or bare word is never longer (int() takes quadratic time, and refuses above 4,300 digits).
MAX_SCALAR = 200

_SPACE = re.compile(r"[ \t]*+")
_BLANK = re.compile(r"(?:[ \t\n]++|#[^\n]*+)*+")
_REST_OF_LINE = re.compile(r"[^\n]*+")
_KEY_PART = re.compile(r"""[ \t]*+(?:([A-Za-z0-9_-]++)|"((?:[^"\\\n]++|\\[^\n])*+)"|'([^'\n]*+)')[ \t]*+""")
_STRING = re.compile(
    r'''"""(?:[^"\\]++|\\.|"(?!""))*+"{3,5}'''
    r"""|'''(?:[^']++|'(?!''))*+'{3,5}"""
    r'''|"(?!"")(?:[^"\\\n]++|\\[^\n])*+"'''
    r"""|'(?!'')[^'\n]*+'""",
    re.DOTALL,
)
_SCALAR = re.compile(r"""[^\n,\]}#\[{"'=]++""")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}

Key = str | int
Path = tuple[Key, ...]


class TomlLimitError(ValueError):
    """The text nests too deep or holds too much to be read safely. `line` is where that begins."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class Mark:
    """Where one value stands. line: 1-based. items: the marks below it, by key or array index."""

    __slots__ = ("implied", "items", "line", "tables")

    def __init__(self, line: int, *, implied: bool = False) -> None:
        self.line = line
        self.items: dict[Key, Mark] = {}
        self.implied = implied  # a table that so far only headers below it imply
        self.tables = False  # an array of tables

    def at(self, *path: Key) -> Mark:
        """The mark at a path below this one. Raises KeyError where the document has no such value."""
        mark = self
        for key in path:
            mark = mark.items[key]
        return mark


class Duplicate:
    """A key or table that is given twice: its path, the line of the first and of the second."""

    __slots__ = ("first", "line", "path")

    def __init__(self, path: Path, first: int, line: int) -> None:
        self.path = path
        self.first = first
        self.line = line


def mark_lines(text: str) -> tuple[Mark, Duplicate | None]:
    """Marks of all values of a TOML text, as far as it is TOML, and the first key that is given twice.

    The root's mark has line 1. Raises TomlLimitError.
    """
    scan = _Scan(text.replace("\r\n", "\n"))
    scan.run()
    return scan.root, scan.duplicate


def dotted(path: Path) -> str:
    """A path for people, such as `lanes.ui.owned_paths[2]`; keys that are not bare are quoted and clipped."""
    text = ""
    for key in path:
        if isinstance(key, int):
            text += f"[{key}]"
        else:
            text += ("." if text else "") + (key if _BARE.fullmatch(key) and len(key) <= 80 else quoted(key))
    return text


_BARE = re.compile(r"[A-Za-z0-9_-]+")


def quoted(text: str, limit: int = 80) -> str:
    """A string as people may see it, clipped to `limit` characters: a TOML basic string without control characters."""
    shown = text if len(text) <= limit else text[: limit - 1] + "…"
    escaped = shown.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else _escape(ord(c)) for c in escaped) + '"'


def _escape(code: int) -> str:
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


class _Scan:
    """One pass over the text. `pos` moves forward only; `line` is counted on demand up to `counted`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.pos = 0
        self.counted = 0
        self.line = 1
        self.values = 0
        self.root = Mark(1)
        self.table = self.root
        self.prefix: Path = ()
        self.duplicate: Duplicate | None = None

    def run(self) -> None:
        text = self.text
        while True:
            self.skip(_BLANK)
            if self.pos >= len(text):
                return
            if not (self.header() if text[self.pos] == "[" else self.statement()):
                return

    def skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.pos)
        self.pos = match.end() if match else self.pos

    def line_here(self) -> int:
        self.line += self.text.count("\n", self.counted, self.pos)
        self.counted = self.pos
        return self.line

    def new_mark(self, *, implied: bool = False) -> Mark:
        self.values += 1
        line = self.line_here()
        if self.values > MAX_VALUES:
            raise TomlLimitError(f"more than {MAX_VALUES} values", line)
        return Mark(line, implied=implied)

    def key(self) -> list[str] | None:
        """The parts of a (dotted) key, None where there is none."""
        parts: list[str] = []
        while True:
            match = _KEY_PART.match(self.text, self.pos)
            if match is None:
                return None
            bare, basic, literal = match.groups()
            parts.append(bare if bare is not None else literal if literal is not None else _unescape(basic))
            if len(parts) > MAX_DEPTH:
                raise TomlLimitError(f"a dotted key of more than {MAX_DEPTH} parts", self.line_here())
            self.pos = match.end()
            if self.text[self.pos : self.pos + 1] != ".":
                return parts
            self.pos += 1

    def header(self) -> bool:
        """`[a.b]` or `[[a.b]]`: makes it the table that the next statements fill."""
        many = self.text.startswith("[[", self.pos)
        self.pos += 2 if many else 1
        parts = self.key()
        closing = "]]" if many else "]"
        if parts is None or not self.text.startswith(closing, self.pos):
            return False
        self.skip(_REST_OF_LINE)
        table: Mark = self.root
        prefix: Path = ()
        for part in parts[:-1]:
            table, prefix = self.into(table, prefix, part, implied=True)
        last = parts[-1]
        mark = table.items.get(last)
        path = (*prefix, last)
        if many and (mark is None or mark.tables):
            self.table, self.prefix = self.append_table(table, path)
            return True
        if mark is None:
            mark = table.items[last] = self.new_mark()
        elif mark.implied and not many:
            mark.line, mark.implied = self.line_here(), False
        else:
            self.twice(path, mark)
        self.table, self.prefix = mark, path
        return True

    def into(self, table: Mark, prefix: Path, part: str, *, implied: bool) -> tuple[Mark, Path]:
        """The table `part` below a table (of an array of tables: the last one), made where it is missing."""
        mark = table.items.get(part)
        if mark is None:
            mark = table.items[part] = self.new_mark(implied=implied)
        path = (*prefix, part)
        if mark.tables:
            index = len(mark.items) - 1
            return mark.items[index], (*path, index)
        return mark, path

    def append_table(self, table: Mark, path: Path) -> tuple[Mark, Path]:
        """One more table in the array of tables at `path`."""
        mark = table.items.get(path[-1])
        if mark is None:
            mark = table.items[path[-1]] = self.new_mark()
            mark.tables = True
        index = len(mark.items)
        item = mark.items[index] = self.new_mark()
        return item, (*path, index)

    def twice(self, path: Path, first: Mark) -> None:
        if self.duplicate is None:
            self.duplicate = Duplicate(path, first.line, self.line_here())

    def statement(self) -> bool:
        """`key = value` in the current table."""
        assigned = self.assignment(self.table, self.prefix)
        return assigned is not None and self.value(*assigned)

    def assignment(self, table: Mark, prefix: Path) -> tuple[Mark, Path] | None:
        """`key =` inside a table; the mark and path of what the value belongs to."""
        parts = self.key()
        if parts is None or self.text[self.pos : self.pos + 1] != "=":
            return None
        for part in parts[:-1]:
            table, prefix = self.into(table, prefix, part, implied=False)
        path = (*prefix, parts[-1])
        old = table.items.get(parts[-1])
        if old is not None:
            self.twice(path, old)
        mark = table.items[parts[-1]] = self.new_mark()
        self.pos += 1
        self.skip(_SPACE)
        return mark, path

    def value(self, mark: Mark, path: Path) -> bool:
        """Any value. Arrays and inline tables are followed on a stack of their own; False where it is no value."""
        stack: list[tuple[str, Mark, Path]] = []
        while True:
            opening = self.text[self.pos : self.pos + 1]
            if opening in ("[", "{"):
                if len(stack) >= MAX_DEPTH:
                    raise TomlLimitError(f"arrays and tables nested more than {MAX_DEPTH} deep", self.line_here())
                self.pos += 1
                stack.append((opening, mark, path))
            elif not self.scalar(opening):
                return False
            following = self.following(stack)
            if following is None:
                return not stack
            mark, path = following

    def following(self, stack: list[tuple[str, Mark, Path]]) -> tuple[Mark, Path] | None:
        """After a value or an opening bracket: the next item to read, None at the end (or where the text is broken)."""
        text = self.text
        while stack:
            kind, mark, path = stack[-1]
            self.skip(_BLANK)
            if text[self.pos : self.pos + 1] == ",":
                self.pos += 1
                self.skip(_BLANK)
            if self.pos >= len(text):
                return None
            if text[self.pos] == ("]" if kind == "[" else "}"):
                self.pos += 1
                stack.pop()
            elif kind == "{":
                return self.assignment(mark, path)
            else:
                index = len(mark.items)
                item = mark.items[index] = self.new_mark()
                return item, (*path, index)
        return None

    def scalar(self, first: str) -> bool:
        """A string, number, date or bare word; False where there is none."""
        match = (_STRING if first in ('"', "'") else _SCALAR).match(self.text, self.pos)
        if match is None:
            return False
        if first not in ('"', "'") and match.end() - match.start() > MAX_SCALAR:
            raise TomlLimitError(f"a value of more than {MAX_SCALAR} characters outside quotes", self.line_here())
        self.pos = match.end()
        return True


def _unescape(basic: str) -> str:
    """A basic string's content with its escapes replaced; escapes that TOML does not know stay as they are."""
    return _ESCAPE.sub(_escaped, basic) if "\\" in basic else basic


def _escaped(match: re.Match[str]) -> str:
    short, long, other = match.groups()
    if other is not None:
        return _ESCAPED.get(other, other)
    number = int(short or long, 16)
    return chr(number) if number <= 0x10FFFF else match.group()
