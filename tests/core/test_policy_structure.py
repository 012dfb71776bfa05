"""Each kind of value by itself: what is read of it, and at which path and line each thing wrong with it stands."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from lanegate.core import policy_structure
from lanegate.core.policy import Rule
from lanegate.core.policy_grammar import (
    LANE_ID,
    NAME,
    POLICY,
    Choice,
    Choices,
    Flag,
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
from lanegate.core.policy_problems import Findings
from lanegate.core.policy_structure import LATER, Reader
from lanegate.core.toml_lines import mark_lines

WORD = "expected text on one line, not empty, without control characters or outer spaces"
ABCD = Choices(("a", "b", "c", "d"))
ONE_OF = 'expected "a" or "b" or "c" or "d"'
TABLE = Table({"need": Flag(), "word": Text(NAME), "run": Flag()}, required=("run",), later=("late", "later"))


def read(shape: Shape, text: str) -> tuple[Any, list[str]]:
    """What `x` means in a document, and the problems as `line: dotted.path: message`."""
    findings = Findings(mark_lines(text)[0])
    value = Reader(findings).read(shape, tomllib.loads(text)["x"], ("x",))
    return value, [f"{p.line}: {p.where}: {p.message}" for p in findings.problems]


@pytest.mark.parametrize(
    ("shape", "text", "value"),
    [
        (Choice(("a", "b")), "x = 'b'", "b"),
        (Flag(), "x = false", False),
        (Whole(1, 3), "x = 1", 1),
        (Whole(1, 3), "x = 3", 3),
        (Whole(0, 3), "x = 0", 0),
        (Text(NAME), "x = 'a b'", "a b"),
        (Texts(NAME), "x = []", ()),
        (Texts(NAME), "x = ['b', 'a']", ("b", "a")),
        (Texts(NAME, repeats=True), "x = ['b', 'b']", ("b", "b")),
        (Texts(NAME, least=2), "x = ['b', 'a']", ("b", "a")),
        (ABCD, "x = []", ()),
        (ABCD, "x = ['d', 'a', 'b', 'c']", ("d", "a", "b", "c")),
        (Pattern(), "\nx = '/a'", Rule("/a", "x", 2)),
        (Patterns(), "x = []", ()),
        (Patterns(), "x = [\n'/a',\n'!/a/b']", (Rule("/a", "x[0]", 2), Rule("!/a/b", "x[1]", 3))),
        (TABLE, "x = { run = true, word = 'w' }", {"run": True, "word": "w"}),
        (Named(LANE_ID, Flag(), 2), "[x]", {}),
        (Named(LANE_ID, Flag(), 2), "x = { b = true, a = false }", {"b": True, "a": False}),
        (Named(LANE_ID, Flag(), 2, least=1), "x.a = true", {"a": True}),
        (Rows(TABLE, 2), "x = []", ()),
        (Rows(TABLE, 2), "[[x]]\nrun = true\n[[x]]\nrun = false", ({"run": True}, {"run": False})),
    ],
)
def test_what_is_read(shape: Shape, text: str, value: object) -> None:
    assert read(shape, text) == (value, [])


@pytest.mark.parametrize(
    ("shape", "text", "problems"),
    [
        (Choice(("a", "b")), "\nx = 'c'", ['2: x: expected "a" or "b", got "c"']),
        (Choice(("a", "b")), "\nx = 3", ['2: x: expected "a" or "b", got a number']),
        (Flag(), "\nx = 0", ["2: x: expected true or false, got a number"]),
        (Whole(1, 3), "\nx = 4", ["2: x: expected a whole number from 1 to 3, got 4"]),
        (Whole(1, 3), "\nx = 0", ["2: x: expected a whole number from 1 to 3, got 0"]),
        (Whole(1, 3), "\nx = false", ["2: x: expected a whole number from 1 to 3, got a boolean (false)"]),
        (Text(NAME), "\nx = {}", [f"2: x: {WORD}, got a table"]),
        (Text(NAME), "\nx = ''", [f'2: x: {WORD}, got ""']),
        (
            Texts(NAME),
            "x = [\n'a',\n' b',\n'a',\n7,\n8]",
            [
                f'3: x[1]: {WORD}, got " b"',
                '4: x[2]: "a" is given twice, first as x[0]',
                f"5: x[3]: {WORD}, got a number",
                f"6: x[4]: {WORD}, got a number",
            ],
        ),
        (Texts(NAME, least=2), "\nx = ['a']", ["2: x: 1 entries, at least 2 expected"]),
        (Texts(NAME), "\nx = 'a'", ['2: x: expected a list of strings, got a string: write ["a"]']),
        (
            ABCD,
            "x = [\n'a',\n'y',\n'z',\n'a']",
            [
                f'3: x[1]: {ONE_OF}, got "y"',
                f'4: x[2]: {ONE_OF}, got "z"',
                '5: x[3]: "a" is given twice, first as x[0]',
            ],
        ),
        (ABCD, "\nx = 1", ["2: x: expected a list of words, got a number"]),
        (ABCD, "\nx = ['a', 'b', 'c', 'd', 'a']", ["2: x: 5 entries, at most 4 are allowed"]),
        (Pattern(), "\nx = '!/a'", ["2: x: a row of the matrix cannot be negated: give the lanes `-` instead"]),
        (Pattern(), "\nx = ['/a']", ["2: x: expected a path pattern such as /src/ui/ or /README.md, got a list"]),
        (Patterns(), "\nx = { a = 1 }", ["2: x: expected a list of patterns, got a table"]),
        (Table({}), "\nx = 1.5", ["2: x: expected a table, got a fraction"]),
        (
            TABLE,
            "[x]\nwurd = 1\nlate = 2\nword = 3\nlatter = 4\nqq = 5",
            [
                '2: x.wurd: unknown key (did you mean "word"?)',
                f"3: x.late: {LATER}",
                f"4: x.word: {WORD}, got a number",
                '5: x.latter: unknown key (did you mean "later"?)',
                "6: x.qq: unknown key",
                '1: x.run: required, but missing: run = ["make test"]',
            ],
        ),
        (Table({"k": Choice(("a", "b"))}, ("k",)), "[x]", ['1: x.k: required, but missing: k = "a" or k = "b"']),
        (Named(LANE_ID, Flag(), 2), "\nx = []", ["2: x: expected a table, got a list"]),
        (Named(LANE_ID, Flag(), 2), "[x]\na = 1\nb = 1\nc = 1", ["1: x: 3 entries, at most 2 expected"]),
        (Named(LANE_ID, Flag(), 2, least=1), "[x]", ["1: x: 0 entries, at least 1 expected"]),
        (
            Named(LANE_ID, Flag(), 2),
            "[x]\n'b c' = 1\nd = 2",
            [
                f'2: x."b c": expected {LANE_ID.expected}, got "b c"',
                '2: x."b c": expected true or false, got a number',
                "3: x.d: expected true or false, got a number",
            ],
        ),
        (Rows(TABLE, 2), "\n[x]\nrun = 1", ["2: x: expected an array of tables: write [[x]]"]),
        (Rows(TABLE, 2), "\nx = 1", ["2: x: expected a list of tables, got a number"]),
        (Rows(TABLE, 2), "\nx = [\n1]", ["3: x[0]: expected a table, got a number"]),
        (
            Rows(TABLE, 2),
            "[[x]]\nrun = 1\n[[x]]\nrun = 'a'",
            [
                "2: x[0].run: expected true or false, got a number",
                "4: x[1].run: expected true or false, got a string",
            ],
        ),
        (Rows(TABLE, 2), "[[x]]\n[[x]]\n[[x]]", ["1: x: 3 entries, at most 2 are allowed"]),
    ],
)
def test_what_is_refused_stands_at_its_path_and_line(shape: Shape, text: str, problems: list[str]) -> None:
    assert read(shape, text)[1] == problems


def test_of_a_list_the_good_patterns_are_left() -> None:
    value, problems = read(Patterns(), "x = [\n'/a',\n'b',\n3,\n'/c']")
    assert value == (Rule("/a", "x[0]", 2), Rule("/c", "x[3]", 5))
    assert problems == [
        '3: x[1]: "b" is not anchored, so it could match at every depth: `/` at the start means here, `**/` anywhere: '
        'write "/b" or "**/b"',
        "4: x[2]: expected a path pattern such as /src/ui/ or /README.md, got a number",
    ]


def test_of_rows_the_tables_are_left() -> None:
    assert read(Rows(TABLE, 2), "x = [1, { run = true }]")[0] == ({"run": True},)


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        (Choice(("a", "b")), "x = 'c'"),
        (Flag(), "x = 1"),
        (Whole(1, 3), "x = 4"),
        (Text(NAME), "x = ''"),
        (Texts(NAME), "x = 'a'"),
        (Texts(NAME, least=1), "x = []"),
        (ABCD, "x = 'a'"),
        (Pattern(), "x = '!/a'"),
        (Pattern(), "x = 'a'"),
        (Patterns(), "x = '/a'"),
        (Table({}), "x = 1"),
        (Named(LANE_ID, Flag(), 0), "x.a = true"),
        (Rows(TABLE, 2), "x.run = true"),
        (Rows(TABLE, 0), "[[x]]"),
    ],
)
def test_none_stands_for_what_is_refused(shape: Shape, text: str) -> None:
    value, problems = read(shape, text)
    assert value is None
    assert len(problems) == 1


@pytest.mark.parametrize(("more", "problems"), [([], []), (["d", "e"], ["1: x.l[1]: more than 3 patterns in all"])])
def test_every_pattern_up_to_the_limit_is_read_and_none_beyond(
    monkeypatch: pytest.MonkeyPatch, more: list[str], problems: list[str]
) -> None:
    """The limit is for all lists together; what is beyond it costs no more than the one problem."""
    monkeypatch.setattr(policy_structure, "MAX_PATTERNS", 3)
    table = Table({"k": Patterns(), "l": Patterns()})
    value, found = read(table, f"x = {{ k = ['/a', '/b'], l = {['/c', *more]} }}")
    assert [rule.text for rules in value.values() for rule in rules] == ["/a", "/b", "/c"]
    assert found == problems


def tables(shape: Shape) -> Iterator[Table]:
    """All tables of a grammar."""
    if isinstance(shape, Table):
        yield shape
        for inner in shape.keys.values():
            yield from tables(inner)
    elif isinstance(shape, Named | Rows):
        yield from tables(shape.shape)


REQUIRED = [(key, table.keys[key]) for table in tables(POLICY) for key in table.required]


@pytest.mark.parametrize(("key", "shape"), REQUIRED, ids=[key for key, _ in REQUIRED])
def test_the_example_of_a_missing_key_is_what_is_asked_for(key: str, shape: Shape) -> None:
    _, (problem,) = read(Table({key: shape}, (key,)), "[x]")
    assert problem.startswith(f"1: x.{key}: required, but missing: {key} = ")
    for example in problem.split(": ", 3)[3].split(" or "):
        value, problems = read(Table({key: shape}, (key,)), f"[x]\n{example}")
        assert list(value) == [key]
        assert problems == []
