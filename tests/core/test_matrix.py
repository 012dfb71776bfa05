"""The ownership matrix from Markdown and back."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.core.matrix import Matrix, MatrixError, Row, as_markdown, as_text, as_toml, import_matrix, matrix_of
from lanegate.core.patterns import PatternError, parse_pattern
from lanegate.core.policy_reader import read_policy
from tests.core.policy_texts import HEAD

PLAN = """\
# Plan

| Risk | Answer |
|------|--------|
| none | READ the plan again |

```
| Path | x |
|------|---|
| /a   | READ |
```

| File                  | W1 (ui)     | **core** | `W3` |
|:----------------------|:-----------:|---------:|---|
| `crate_b/src/lib.rs`  | modify      | **PRIMARY** | - |
| README.md             | `READ`      |          | \u2013    |
| ./docs/x/             | —           | Read     | *read* |
| `a\\|b/**`            |             | READ     |      |
| **src/x.rs**          | READ        |          |      |
| **/gen/**             | READ        |          |      |
| ``/t`x``              | READ        |          |      |
| /a\\_b\\*             | READ        |          |      |

That is all | of it.
"""


def test_a_plan_is_read() -> None:
    assert import_matrix(PLAN) == Matrix(
        ("ui", "core", "W3"),
        (
            Row("crate_b/src/lib.rs", ("MODIFY", "PRIMARY", "-"), 15),
            Row("/README.md", ("READ", None, "-"), 16),
            Row("/docs/x/", ("-", "READ", "READ"), 17),
            Row("a|b/**", (None, "READ", None), 18),
            Row("src/x.rs", ("READ", None, None), 19),
            Row("**/gen/**", ("READ", None, None), 20),
            Row("/t`x", ("READ", None, None), 21),
            Row("/a_b*", ("READ", None, None), 22),
        ),
        (
            'line 16: "README.md" is taken as "/README.md", from the root',
            'line 17: "./docs/x/" is taken as "/docs/x/", from the root',
        ),
    )
    assert [row.line for row in import_matrix(PLAN.replace("\n", "\r\n")).rows] == [15, 16, 17, 18, 19, 20, 21, 22]


def told(markdown: str) -> list[str]:
    with pytest.raises(MatrixError) as caught:
        import_matrix(markdown)
    assert str(caught.value).startswith("line ")
    return [f"{problem.line}: {problem.message}" for problem in caught.value.problems]


HEADER = "| Path | ui | core |\n|---|---|---|\n"
GRANT = "expected PRIMARY, MODIFY, READ, - or an empty cell"
NO_TABLE = "1: no ownership table: a header, a line of dashes, and rows with PRIMARY, MODIFY or READ"


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("", [NO_TABLE]),
        ("# Nothing here\n\n| a | b |\n", [NO_TABLE]),
        ("| Path | ui |\n|---|\n| /x | READ |\n", [NO_TABLE]),
        ("| Risk | ui |\n|---|---|\n| /x | - |\n", [NO_TABLE]),
        ("~~~\n" + HEADER + "| /x | READ | - |\n```\n", [NO_TABLE]),
        (HEADER + "| /x | READ | - |\n\n" + HEADER + "| /y | READ | - |\n",
         ["5: several tables hold grants (lines 1, 5): give a file with one"]),
        (HEADER + "| /x | REED | READ |\n| /y | owner | - |\n", [f'3: "REED": {GRANT}', f'4: "owner": {GRANT}']),
        (HEADER + "| /x | READ |\n", ["3: 2 cells, the header has 3 (write a pipe inside a cell as \\|)"]),
        (HEADER + "| /x | READ | - | - |\n", ["3: 4 cells, the header has 3 (write a pipe inside a cell as \\|)"]),
        (HEADER + "| /x | READ | - |\n| `/x` | - | READ |\n", ['4: "/x" has a row already, on line 3']),
        (HEADER + "| /x | READ | |\n| /y | | |\n", ['4: the row of "/y" says nothing about any lane']),
        (HEADER + "| !/x | READ | |\n", ['3: "!/x": a row cannot be negated, give the lanes `-` instead']),
        (HEADER + "| !x | READ | |\n", ['3: "!x": a row cannot be negated, give the lanes `-` instead']),
        (HEADER + "| a/../b | READ | |\n", ['3: "a/../b" holds `..`; patterns start at the top of the repository']),
        (HEADER + "| `a` and `b` | READ | |\n| |READ| |\n",
         ['3: "`a` and `b`": one path a row, all of it in one pair of backticks or without any',
          '4: "" names nothing; everything is `/**`: write "/**"']),
        (HEADER + "| src/{a,b}.rs | READ | |\n",
         ['3: "src/{a,b}.rs" holds `{…,…}`, which git reads as plain text; write a pattern for each: write '
          '"src/a.rs" or "src/b.rs"']),
        ("| Path | W 1 | W2 (no id) |\n|---|---|---|\n| /x | READ | - |\n",
         ["1: column \"W 1\": expected a lane's id, or a title and the id in parentheses",
          "1: column \"W2 (no id)\": expected a lane's id, or a title and the id in parentheses"]),
        ("| Path | ui | W1 (ui) |\n|---|---|---|\n| /x | READ | - |\n", ["1: lane ui heads two columns"]),
    ],
)  # fmt: skip
def test_what_cannot_be_read(markdown: str, expected: list[str]) -> None:
    assert told(markdown) == expected


def test_a_table_of_dashes_is_the_matrix_if_its_column_is_headed_path() -> None:
    assert import_matrix("| Path | ui |\n|---|---|\n| /x | - |\n").rows == (Row("/x", ("-",), 3),)


def test_without_outer_pipes() -> None:
    assert import_matrix("Path | ui\n--- | ---\n/x | READ\n").rows == (Row("/x", ("READ",), 3),)


LANE_IDS = st.lists(st.sampled_from(("ui", "core", "W1", "a.b", "x_", "0")), min_size=1, max_size=4, unique=True)


def is_pattern(text: str) -> bool:
    try:
        return not parse_pattern(text).negated
    except PatternError:
        return False


LETTERS = "ab.*?[]-|`_ \u00e9\U0001f600\u00a0{}()#~"
PATHS = st.text(alphabet=LETTERS, min_size=1, max_size=8).map("/{}".format).filter(is_pattern)


@st.composite
def matrices(draw: st.DrawFn) -> Matrix:
    lanes = tuple(draw(LANE_IDS))
    grants = st.tuples(*(st.sampled_from(("PRIMARY", "MODIFY", "READ", "-", None)) for _ in lanes)).filter(any)
    paths = draw(st.lists(PATHS, min_size=1, max_size=4, unique=True))
    return Matrix(lanes, tuple(Row(path, draw(grants), 0) for path in paths))


@given(matrices())
def test_what_is_written_is_read_again(matrix: Matrix) -> None:
    assert import_matrix(as_markdown(matrix)) == matrix


@given(matrices())
def test_toml_rows_are_the_same_rows_in_a_policy(matrix: Matrix) -> None:
    lanes = "".join(f'[lanes."{lane}"]\n' for lane in matrix.lanes)
    policy = read_policy((HEAD + "max_active_lanes = 9\n" + lanes + as_toml(matrix)).encode())
    named = [lane for place, lane in enumerate(matrix.lanes) if any(row.grants[place] for row in matrix.rows)]
    assert matrix_of(policy).lanes == tuple(named)
    assert as_toml(matrix_of(policy)) == as_toml(matrix)
    assert import_matrix(as_markdown(matrix_of(policy))) == matrix_of(policy)


@given(matrices())
def test_the_text_has_a_line_for_each_row(matrix: Matrix) -> None:
    lines = as_text(matrix).splitlines()
    assert lines[0].split() == ["path", *matrix.lanes]
    for line, row in zip(lines[1:], matrix.rows, strict=True):
        assert line.startswith(row.path)
        assert line[len(row.path) :].split() == [grant for grant in row.grants if grant]


def test_text_and_toml_as_people_see_them() -> None:
    matrix = Matrix(("ui", "a.b"), (Row("/src/x.rs", ("READ", None), 1), Row("/y", ("-", "PRIMARY"), 2)))
    assert as_text(matrix) == "path       ui    a.b\n/src/x.rs  READ\n/y         -     PRIMARY\n"
    assert as_toml(matrix) == (
        '[[matrix]]\npath = "/src/x.rs"\ngrants = { ui = "READ" }\n\n'
        '[[matrix]]\npath = "/y"\ngrants = { ui = "-", "a.b" = "PRIMARY" }\n'
    )
    assert len(tomllib.loads(as_toml(matrix))["matrix"]) == 2


@given(st.text(alphabet="|-:` \n\\*/aREAD", max_size=80))
def test_any_text_has_an_answer(markdown: str) -> None:
    try:
        matrix = import_matrix("| Path | ui |\n|---|---|\n" + markdown)
    except MatrixError as error:
        problems = error.problems
    else:
        assert matrix.rows
        return
    assert problems
