"""Every value of a TOML text has its line: documents whose values are their own lines, and text of any kind."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanegate.core.toml_lines import (
    MAX_DEPTH,
    MAX_SCALAR,
    MAX_VALUES,
    Mark,
    TomlLimitError,
    dotted,
    mark_lines,
    quoted,
)

KEYS = ("a", "b-1", '"c d"', "'e.f'", '"g\\"h"', '"\\u0069"', '""')
NOISE = ("", "# comment", '# "quoted', "# [table]", "# x = [1, {", "\t")


class Writer:
    """Writes a document in which every number is the line that it stands on."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.lines = [""]
        self.used: set[tuple[str, ...]] = set()

    def put(self, text: str) -> None:
        first, *rest = text.split("\n")
        self.lines[-1] += first
        self.lines += rest

    def chance(self) -> bool:
        return self.draw(st.booleans())

    def noise(self) -> None:
        for text in self.draw(st.lists(st.sampled_from(NOISE), max_size=2)):
            self.put(f"{text}\n")

    def key(self, least: int = 1, most: int = 2) -> str:
        """A dotted key whose first part is new, so that nothing is given twice."""
        parts = self.draw(st.lists(st.sampled_from(KEYS), min_size=least, max_size=most))
        parts[0] = f"k{len(self.used)}"
        self.used.add(tuple(parts))
        return self.draw(st.sampled_from((".", " . "))).join(parts)

    def value(self, depth: int) -> None:
        form = self.draw(
            st.sampled_from(("int", "basic", "literal", "long", "raw", "array", "table")[: 7 if depth else 5])
        )
        line = len(self.lines)
        if form == "int":
            self.put(str(line))
        elif form == "basic":
            self.put(f'"{line} # [\\" \\\\"')
        elif form == "literal":
            self.put(f"'{line} # {{\"'")
        elif form == "long":
            self.put(f'"""{line} "" \\\n [x]\n \\""" # "" {self.draw(st.sampled_from(["", chr(34), chr(34) * 2]))}"""')
        elif form == "raw":
            self.put(f"'''{line} '' \\\n # = x\n {self.draw(st.sampled_from(['', chr(39), chr(39) * 2]))}'''")
        elif form == "array":
            self.array(depth)
        else:
            self.table(depth)

    def array(self, depth: int) -> None:
        self.put("[")
        for _ in range(self.draw(st.integers(0, 3))):
            if self.chance():
                self.put("\n")
                self.noise()
            self.value(depth - 1)
            self.put(self.draw(st.sampled_from((",", " ,", ", # ] x\n"))))
        self.put("\n # end\n]" if self.chance() else " ]")

    def table(self, depth: int) -> None:
        self.put("{")
        for index in range(self.draw(st.integers(0, 3))):
            self.put(", " if index else " ")
            self.put(f"{self.key()} = ")
            self.value(depth - 1)
        self.put(" }")

    def pairs(self) -> None:
        for _ in range(self.draw(st.integers(0, 3))):
            self.noise()
            self.put(f"{self.key()} = ")
            self.value(2)
            self.put(self.draw(st.sampled_from(("\n", " # \"'[{\n"))))

    def document(self) -> str:
        self.pairs()
        for _ in range(self.draw(st.integers(0, 4))):
            self.noise()
            name = self.key(most=3)
            if self.chance():
                for _ in range(self.draw(st.integers(1, 3))):
                    self.put(f"[[{name}]] # ]]\nline = {len(self.lines)}\n")
                    self.pairs()
                    if self.chance():
                        self.put(f"[ {name}.sub ]\n")
                        self.pairs()
            else:
                self.put(f"[{name}]\n")
                self.pairs()
        return "\n".join(self.lines)


@st.composite
def documents(draw: st.DrawFn) -> str:
    return Writer(draw).document()


def walk(value: Any, mark: Mark) -> None:
    """The tree of marks has the shape of the document, and each number or string starts with its own line."""
    if isinstance(value, dict):
        assert value.keys() == mark.items.keys()
        for key, inner in value.items():
            if key == "line":
                assert mark.line == inner  # of the header above it
            else:
                walk(inner, mark.items[key])
    elif isinstance(value, list):
        assert list(mark.items) == list(range(len(value)))
        for index, inner in enumerate(value):
            walk(inner, mark.items[index])
    else:
        assert not mark.items
        assert int(str(value).split(" ")[0]) == mark.line


@given(documents(), st.booleans())
def test_every_value_has_its_line(text: str, crlf: bool) -> None:
    text = text.replace("\n", "\r\n") if crlf else text
    marks, duplicate = mark_lines(text)
    assert duplicate is None
    walk(tomllib.loads(text), marks)


@given(documents(), st.integers(0, 10_000), st.text(alphabet="[]{}=,.\"'#\n\\ a1", max_size=4))
def test_damaged_documents_are_marked_as_tomllib_reads_them_or_not_at_all(text: str, at: int, put: str) -> None:
    text = text[: at % (len(text) + 1)] + put + text[at % (len(text) + 1) + len(put) :]
    marks, _ = mark_lines(text)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    same_shape(document, marks)


def same_shape(value: Any, mark: Mark) -> None:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = dict(inner)
    assert found.keys() == mark.items.keys()
    for key, item in found.items():
        same_shape(item, mark.items[key])


@given(st.text(alphabet="[]{}=,.\"'#\n\r\\ \tab1-\0é", max_size=200))
def test_any_text_is_scanned(text: str) -> None:
    mark_lines(text)


TEXTS = """\
# first
version = 1

[people]
"a b".pushers = [
  "x", # one
  "y"]
[lanes.ui] # table
grants = { 'k.l' = "v", m.n = [ 1,
  2 ] }
[[refs]]
name = \"\"\"
[[refs]]
\"\"\"
[[refs]]
[refs.sub]
x = 1
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 1),
        (("version",), 2),
        (("people",), 4),
        (("people", "a b"), 5),
        (("people", "a b", "pushers"), 5),
        (("people", "a b", "pushers", 0), 6),
        (("people", "a b", "pushers", 1), 7),
        (("lanes",), 8),
        (("lanes", "ui"), 8),
        (("lanes", "ui", "grants", "k.l"), 9),
        (("lanes", "ui", "grants", "m", "n", 0), 9),
        (("lanes", "ui", "grants", "m", "n", 1), 10),
        (("refs",), 11),
        (("refs", 0, "name"), 12),
        (("refs", 1), 15),
        (("refs", 1, "sub"), 16),
        (("refs", 1, "sub", "x"), 17),
    ],
)
def test_lines_of_a_document(path: tuple[str | int, ...], line: int) -> None:
    assert mark_lines(TEXTS)[0].at(*path).line == line


def test_a_header_given_later_is_the_line_of_its_table() -> None:
    marks, duplicate = mark_lines("[a.b]\n[a]\nx = 1\n")
    assert (marks.at("a").line, marks.at("a", "b").line, duplicate) == (2, 1, None)


@pytest.mark.parametrize(
    ("text", "path", "first", "line"),
    [
        ("a = 1\n\na = 2", ("a",), 1, 3),
        ("[t]\na = 1\n'a' = 2", ("t", "a"), 2, 3),
        ("[t]\n[t]\na=1", ("t",), 1, 2),
        ("a.b = 1\n[a]", ("a",), 1, 2),
        ("[a]\n[[a]]", ("a",), 1, 2),
        ("[[a]]\n[a]", ("a",), 1, 2),
        ("[[a]]\nx = 1\nx = 2", ("a", 0, "x"), 2, 3),
        ("a = { b = 1, b = 2 }", ("a", "b"), 1, 1),
        ("a = 1\na = 2\na = 3", ("a",), 1, 2),
        ("[a.b]\n[[a]]", ("a",), 1, 2),
        ("[a.b]\n[a]\n[a]", ("a",), 2, 3),
        ("[a.b.c]\nx = 1\nx = 2", ("a", "b", "c", "x"), 2, 3),
        ("[[a]]\n[[a]]\n[a.b]\nx = 1\nx = 2", ("a", 1, "b", "x"), 4, 5),
        ("[[a]]\n[[a.b]]\nx = 1\nx = 2", ("a", 0, "b", 0, "x"), 3, 4),
        ("a = [\n{ b.c = 1, b.c = 2 }]", ("a", 0, "b", "c"), 2, 2),
    ],
)
def test_what_is_given_twice(text: str, path: tuple[str | int, ...], first: int, line: int) -> None:
    _, duplicate = mark_lines(text)
    assert duplicate is not None
    assert (duplicate.path, duplicate.first, duplicate.line) == (path, first, line)
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(text)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("\na = " + "[" * (MAX_DEPTH + 1), 2, "arrays and tables nested more than 16 deep"),
        ("a = " + "{ a = " * (MAX_DEPTH + 1), 1, "arrays and tables nested more than 16 deep"),
        ("\n\n" + "a." * MAX_DEPTH + "a = 1", 3, "a dotted key of more than 16 parts"),
        ("[" + "a." * MAX_DEPTH + "a]", 1, "a dotted key of more than 16 parts"),
        ("a = [\n" + "1,\n" * MAX_VALUES + "]", MAX_VALUES + 1, "more than 60000 values"),
        ("\na = " + "1" * (MAX_SCALAR + 1), 2, "a value of more than 200 characters outside quotes"),
    ],
)
def test_limits(text: str, line: int, message: str) -> None:
    with pytest.raises(TomlLimitError) as caught:
        mark_lines(text)
    assert (caught.value.line, caught.value.message) == (line, message)


def test_what_is_just_within_the_limits_is_read() -> None:
    nested = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    long = "x" * (MAX_SCALAR + 1)
    text = f"{'a.' * (MAX_DEPTH - 1)}a = {nested}\nb = {'1' * MAX_SCALAR}\nc = \"{long}\"\nd = '{long}'\n{long} = 1\n"
    same_shape(tomllib.loads(text), mark_lines(text)[0])


BIG = 1 << 20
#: A text, and all the keys that are found in it before it stops being TOML; or why it is not read.
HOSTILE: dict[str, tuple[str, dict[Any, Any] | str]] = {
    "brackets": ("[" * BIG, {}),
    "keys without end": ("a." * (BIG // 2), "a dotted key of more than 16 parts"),
    "a key without end": ('"' + "x" * BIG, {}),
    "a string without end": ('a = "' + "x" * BIG, {"a": {}}),
    "a text without end": ('a = """' + "x" * BIG, {"a": {}}),
    "a literal text without end": ("a = '''" + "x" * BIG, {"a": {}}),
    "escapes": ('a = "' + '\\"' * (BIG // 2), {"a": {}}),
    "quotes": ('a = """' + '"' * BIG, {"a": {}}),
    "almost closed": ("a = '''" + "''x" * (BIG // 3), {"a": {}}),
    "backslashes": ('a = """' + "\\" * BIG, {"a": {}}),
    "comments": ("#\n" * (BIG // 2), {}),
    "blanks": (" " * BIG, {}),
    "comments in an array": ("a = [[" + "#\n" * (BIG // 2), {"a": {0: {}}}),
    "commas": ("a = [" + "," * BIG, {"a": {0: {}}}),
    "the same table": ("[a]\n" * (BIG // 4), {"a": {}}),
    "unicode escapes": ('"' + "\\u0041" * (BIG // 6) + '" = 1', {"A" * (BIG // 6): {}}),
    "dotted keys": (
        "a.b.c.d.e.f.g.h = 1\n" * (BIG // 20),
        {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {}}}}}}}}},
    ),
}


def keys_found(text: str) -> dict[Any, Any] | str:
    def below(mark: Mark) -> dict[Any, Any]:
        return {key: below(inner) for key, inner in mark.items.items()}

    try:
        return below(mark_lines(text)[0])
    except TomlLimitError as error:
        return error.message


@pytest.mark.parametrize("name", HOSTILE)
def test_a_mebibyte_of_anything_has_an_answer(name: str) -> None:
    text, expected = HOSTILE[name]
    assert keys_found(text) == expected


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("a", "b-1", 0, "c_d"), "a.b-1[0].c_d"),
        (("a b", 1, 2), '"a b"[1][2]'),
        (("lanes", 'x"y\\z\n'), 'lanes."x\\"y\\\\z\\u000a"'),
        (("x" * 100,), '"' + "x" * 79 + '…"'),
        (("",), '""'),
    ],
)
def test_dotted(path: tuple[str | int, ...], text: str) -> None:
    assert dotted(path) == text


@given(st.text())
@settings(max_examples=200)
def test_a_quoted_text_is_a_toml_string(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    assert tomllib.loads(f"a = {quoted(text, len(text))}")["a"] == text


@pytest.mark.parametrize("key", ["\\U0001F600", '\\n\\t\\b\\f\\r\\\\\\"', "\\u00e9x", "\\UFFFFFFFF", "\\q", "plain"])
def test_escapes_in_keys(key: str) -> None:
    text = f'"{key}" = 1'
    marks, _ = mark_lines(text)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        assert len(marks.items) == 1
    else:
        same_shape(document, marks)
