"""The ownership matrix from Markdown and back."""

from __future__ import annotations

import string
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.core import matrix as matrix_module
from lanegate.core.matrix import (
    Matrix,
    MatrixError,
    Row,
    TableProblem,
    as_markdown,
    as_text,
    as_toml,
    import_matrix,
    matrix_of,
)
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
        ("| Path | ui |\n|---|x|\n| /x | READ |\n", [NO_TABLE]),
        ("~~~\n" + HEADER + "| /x | READ | - |\n```\n", [NO_TABLE]),
        (HEADER + "| /x | READ | - |\n\n" + HEADER + "| /y | READ | - |\n",
         ["5: several tables hold grants (lines 1, 5): give a file with one"]),
        (3 * (HEADER + "| /x | READ | - |\n\n"),
         ["5: several tables hold grants (lines 1, 5, 9): give a file with one"]),
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


@pytest.mark.parametrize("word", ["PRIMARY", "modify", "**Read**"])
def test_one_grant_makes_a_table_the_matrix(word: str) -> None:
    read = import_matrix(f"| File | ui | core |\n|---|---|---|\n| /x | - | {word} |\n")
    assert read.rows == (Row("/x", ("-", word.strip("*").upper()), 3),)


def test_a_grant_stands_in_the_column_of_a_lane() -> None:
    words = "| Word | Meaning |\n|---|---|\n| READ | look only |\n"
    assert told(words) == [NO_TABLE]
    read = import_matrix(words + "\n| File | ui |\n|---|---|\n| /x | READ |\n")
    assert read.rows == (Row("/x", ("READ",), 7),)


@pytest.mark.parametrize(
    "title", ["W (a (ui)", "W a) (ui)", "W (a) (ui)", "W ((ui))", "W (ui))", "W ()", "(ui) W", "ui core"]
)
def test_a_heading_with_more_than_one_pair_of_parentheses_names_no_lane(title: str) -> None:
    assert told(f"| Path | {title} |\n|---|---|\n| /x | READ |\n") == [
        f'1: column "{title}": expected a lane\'s id, or a title and the id in parentheses'
    ]


NOTED = 'line 3: "{}" is taken as "{}", from the root'
TWICE = "one path a row, all of it in one pair of backticks or without any"


@pytest.mark.parametrize(
    ("cell", "path", "notes"),
    [
        ("**", "/**", (NOTED.format("**", "/**"),)),
        ("` a `", "/a", (NOTED.format("a", "/a"),)),
        ("`` `a/b ``", "`a/b", ()),
        ("`` a/b` ``", "a/b`", ()),
        ("`a/``b`", "a/``b", ()),
        ("****a/b****", "a/b", ()),
        ("`a/\\|b`", "a/|b", ()),
    ],
)
def test_how_a_path_is_written(cell: str, path: str, notes: tuple[str, ...]) -> None:
    assert import_matrix(f"| Path | ui |\n|---|---|\n| {cell} | READ |\n") == Matrix(
        ("ui",), (Row(path, ("READ",), 3),), notes
    )


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("**/a**", '"**/a**" holds `**` inside'),  # neither bold nor a pattern
        ("**a/**", '"**a/**" holds `**` inside'),
        ("**ab/x", '"**ab/x" holds `**` inside'),
        ("abc/x**", '"abc/x**" holds `**` inside'),
        ("` a/b`", '" a/b" starts or ends with a blank'),  # only a pair of blanks belongs to the backticks
        ("`a/b `", '"a/b " starts or ends with a blank'),
        ("```a/b`", f'"```a/b`": {TWICE}'),
        ("`a/b```", f'"`a/b```": {TWICE}'),
        ("`a/b` `c`", f'"`a/b` `c`": {TWICE}'),
        ("a/`b`", f'"a/`b`": {TWICE}'),
        ("``", f'"``": {TWICE}'),
    ],
)
def test_what_is_no_path(cell: str, words: str) -> None:
    (problem,) = told(f"| Path | ui |\n|---|---|\n| {cell} | READ |\n")
    assert problem.startswith(f"3: {words}")


@pytest.mark.parametrize("cell", ["*", "`", "_", "**", "``", "__", "** **", "*** **", "*READ_", "*READ", "READ*"])
def test_marks_without_a_word_or_a_pair_are_no_grant(cell: str) -> None:
    assert f'3: "{cell}": {GRANT}' in told(f"| Path | ui | core |\n|---|---|---|\n| /x | {cell} | READ |\n")


@pytest.mark.parametrize("row", ["/x | READ |", "| /x | READ", "/x | READ", "  |/x|READ|  "])
def test_pipes_at_the_ends_may_be_left_out(row: str) -> None:
    assert import_matrix(f"| Path | ui |\n|---|---|\n{row}\n") == Matrix(("ui",), (Row("/x", ("READ",), 3),))


@pytest.mark.parametrize(
    ("opening", "closing", "line"),
    [("```", "```", 4), ("   ```", " ```", 4), ("~~~~", "~~~~~~  ", 4), ("``` text", "```", 4)],
)
def test_a_table_after_fenced_code_is_read(opening: str, closing: str, line: int) -> None:
    markdown = f"{opening}\n| Path |\n{closing}\n{HEADER}| /x | READ | - |\n"
    assert import_matrix(markdown).rows == (Row("/x", ("READ", "-"), line + 2),)


@pytest.mark.parametrize(
    ("opening", "closing"), [("````", "```"), ("```", "~~~"), ("```", "``` x"), ("```", "    ```"), ("```", "`` `")]
)
def test_a_table_in_fenced_code_is_not(opening: str, closing: str) -> None:
    assert told(f"{opening}\n{closing}\n{HEADER}| /x | READ | - |\n") == [NO_TABLE]


def test_all_problems_in_a_line() -> None:
    with pytest.raises(MatrixError, match=r'\Aline 3: "a": expected [^;]+; line 4: "b": expected [^;]+\Z'):
        import_matrix("| Path | ui | core |\n|---|---|---|\n| /x | a | READ |\n| /y | b | READ |\n")


def test_a_table_of_dashes_is_the_matrix_if_its_column_is_headed_path() -> None:
    assert import_matrix("| Path | ui |\n|---|---|\n| /x | - |\n").rows == (Row("/x", ("-",), 3),)


@pytest.mark.parametrize("title", ["ui", "**ui**", "W (ui)", "**W** ( ui )", "*W (`ui`)*", "(ui)", "W( ** ui ** )"])
def test_how_a_lane_heads_its_column(title: str) -> None:
    assert import_matrix(f"| Path | {title} |\n|---|---|\n| /x | READ |\n").lanes == ("ui",)


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
    lanes = "".join(f'[lanes."{lane}"]\nstate = "planned"\n' for lane in matrix.lanes)  # active ones must not overlap
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


def test_markdown_as_people_see_it() -> None:
    rows = (Row("/x", ("READ", None), 1), Row("/a|b", ("-", "PRIMARY"), 2), Row("/x`", ("READ", None), 3))
    assert as_markdown(Matrix(("ui", "c"), (*rows, Row("`a/b", (None, "READ"), 4)))) == (
        "| Path       | ui   | c       |\n"
        "| ---------- | ---- | ------- |\n"
        "| `/x`       | READ |         |\n"
        "| `/a\\|b`    | -    | PRIMARY |\n"
        "| `` /x` ``  | READ |         |\n"
        "| `` `a/b `` |      | READ    |\n"
    )


def test_a_code_span_is_longer_than_every_run_of_backticks_in_it() -> None:
    matrix = Matrix(("c",), (Row("/a``b`c", ("-",), 1), Row("/a`b``c", ("-",), 2)))
    assert as_markdown(matrix) == (
        "| Path          | c |\n"
        "| ------------- | --- |\n"  # three dashes at least, or some renderers see no table
        "| ```/a``b`c``` | - |\n"
        "| ```/a`b``c``` | - |\n"
    )
    assert import_matrix(as_markdown(matrix)) == matrix


def test_what_markdown_escapes() -> None:
    """All punctuation of ASCII and nothing else (CommonMark, section 2.4); a backtick needs a code span."""
    read = {char: matrix_module._path_text(f"/a\\{char}b") for char in map(chr, range(0x20, 0x7F)) if char != "`"}
    assert read == {char: f"/a{'' if char in string.punctuation else chr(92)}{char}b" for char in read}


def test_a_row_that_does_not_fit_the_lanes_is_never_written() -> None:
    matrix = Matrix(("ui", "core"), (Row("/x", ("READ",), 1),))
    for write in (as_markdown, as_text, as_toml):
        with pytest.raises(ValueError, match="shorter"):
            write(matrix)


def test_a_row_is_compared_without_its_line_and_cannot_be_changed() -> None:
    row = Row("/x", ("READ",), 1)
    assert row == Row("/x", ("READ",), 2)
    for value, name in ((row, "line"), (Matrix(("ui",), (row,)), "rows"), (TableProblem(1, "message"), "line")):
        with pytest.raises(AttributeError):
            setattr(value, name, ())


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
