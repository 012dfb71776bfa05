"""Rows put into a policy file: exactly what was wanted, with every comment and every other value kept."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st
from tomlkit.exceptions import TOMLKitError

from lanegate.core.matrix import Matrix, Row
from lanegate.core.policy_reader import read_policy
from lanegate.usecases.matrix_file import MergeError, with_matrix

LANES = ("ui", "core", "a.b")
PATHS = ("/a", "/b/", "src/c", "**/d", "/e*")
GRANTS = st.sampled_from(("PRIMARY", "MODIFY", "READ", "-", None))
COMMENTS = st.sampled_from(("", "\n", "# note\n", "\n# [[matrix]]\n\n", "#\n# path = 1\n"))


def grants_as(draw: st.DrawFn, grants: dict[str, str]) -> str:
    """The grants of one row, in one of the ways in which TOML can write them."""
    form = draw(st.sampled_from(("inline", "dotted", "table")))
    pairs = [f'"{lane}" = "{grant}"' for lane, grant in grants.items()]
    if form == "inline":
        return f"grants = {{ {', '.join(pairs)} }} # inline\n"
    if form == "dotted":
        return "".join(f"grants.{pair}\n" for pair in pairs)
    return "[matrix.grants] # own table\n" + "".join(f"{pair}\n" for pair in pairs)


@st.composite
def policies(draw: st.DrawFn) -> str:
    """A policy with comments anywhere and a matrix between other tables."""
    text = 'version = 1\nidentity = "none" # nobody\n'
    text += "".join(draw(COMMENTS) + f'[lanes."{lane}"]\nstate = "planned"\n' for lane in LANES)
    refs = '[[refs]] # first\nname = "refs/heads/main"\n'
    if draw(st.booleans()):
        text += draw(COMMENTS) + refs
        refs = draw(COMMENTS)
    for path in draw(st.lists(st.sampled_from(PATHS), max_size=4, unique=True)):
        grants = draw(st.dictionaries(st.sampled_from(LANES), GRANTS.filter(bool), min_size=1))
        text += draw(COMMENTS) + f"[[matrix]] # row\npath = '{path}'\n" + grants_as(draw, grants)
    text += draw(COMMENTS) + refs
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    return text if draw(st.booleans()) else text.rstrip("\r\n")


@st.composite
def tables(draw: st.DrawFn) -> Matrix:
    lanes = tuple(draw(st.lists(st.sampled_from(LANES), min_size=1, unique=True)))
    row = st.tuples(*(GRANTS for _ in lanes)).filter(any)
    paths = draw(st.lists(st.sampled_from(PATHS), min_size=1, max_size=5, unique=True))
    return Matrix(lanes, tuple(Row(path, draw(row), 0) for path in paths))


def rows(document: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {row["path"]: row["grants"] for row in document.get("matrix", [])}


@given(policies(), tables())
@settings(max_examples=300)
def test_rows_come_in_and_nothing_gets_lost(text: str, table: Matrix) -> None:
    old = tomllib.loads(text)
    before, wanted = rows(old), [row.path for row in table.rows]
    in_both = [path for path in before if path in wanted]
    if in_both != [path for path in wanted if path in before]:
        with pytest.raises(MergeError, match="put them in one order first"):
            with_matrix(text, table)
        return
    result, said = with_matrix(text, table)
    read_policy(result.encode())
    new = tomllib.loads(result)
    after = rows(new)
    for row in table.rows:
        given_now = {lane: grant for lane, grant in zip(table.lanes, row.grants, strict=True) if grant}
        assert after[row.path] == {**before.get(row.path, {}), **given_now}
    assert {path: after[path] for path in before if path not in wanted} == {
        path: grants for path, grants in before.items() if path not in wanted
    }
    assert [path for path in after if path in before] == list(before)
    assert [path for path in after if path in wanted] == wanted
    old.pop("matrix", None)
    new.pop("matrix")
    assert new == old
    assert [line for line in result.splitlines() if line.startswith("#")] == [
        line for line in text.splitlines() if line.startswith("#")
    ]
    assert ("\r\n" in result) == ("\r\n" in text)
    assert bool(said) == (result != text)
    assert with_matrix(result, table) == (result, ())


POLICY = 'version = 1\nidentity = "none"\n[lanes.ui]\n[[matrix]]\npath = "/a"\ngrants = { ui = "READ" } # why\n'
TABLE = Matrix(("ui",), (Row("/a", ("MODIFY",), 0),))


def test_an_editor_that_gives_up_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(text: str) -> None:
        raise TOMLKitError("cannot")

    monkeypatch.setattr(tomlkit, "parse", fail)
    with pytest.raises(MergeError, match="put the rows in by hand"):
        with_matrix(POLICY, TABLE)


@pytest.mark.parametrize(("lost", "instead"), [(" # why", ""), ("/a", "/b"), ("lanes.ui", "lanes.ui]\n[lanes.uj")])
def test_an_editor_that_loses_something_is_found_out(lost: str, instead: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written = POLICY.replace("READ", "MODIFY")
    monkeypatch.setattr(tomlkit, "dumps", lambda document: written)
    assert with_matrix(POLICY, TABLE) == (written, ("/a: ui = MODIFY (was READ)",))
    monkeypatch.setattr(tomlkit, "dumps", lambda document: written.replace(lost, instead))
    with pytest.raises(MergeError, match="put the rows in by hand"):
        with_matrix(POLICY, TABLE)


def test_many_rows_take_no_long_time() -> None:
    table = Matrix(("ui",), tuple(Row(f"/d{number}/x", ("READ",), 0) for number in range(3000)))
    text = 'version = 1\nidentity = "none"\n[lanes.ui]\n[[matrix]]\npath = "/z"\ngrants = { ui = "READ" }\n'
    result, said = with_matrix(text, table)
    assert len(said) == 3000
    assert len(read_policy(result.encode()).matrix) == 3001
