"""Every way in which TOML writes a value or a key ends where tomllib says, so that what follows has its line."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from lanegate.core.toml_lines import Mark, mark_lines
from tests.core.test_toml_lines import keys_found, same_shape

STRINGS = [
    '""', "''", '""""""', "''''''", '"a"', "'a'", '"\\""', '"\\\\"', "'\\'", '"\'"', "'\"'", '"#"', "'#'",
    '"],}="', "'],}='", '"""a"""', '"""a""""', '"""a"""""', '"""""a"""', '"""a""b"""', '"""\\""""', '"""\\\\"""',
    '"""\'\'\'"""', '"""\n"\n""\n"""', '"""\\\n  """', "'''a'''", "'''a''''", "'''a'''''", "'''''a'''",
    "'''a''b'''", "'''\\'''", "'''\"\"\"'''", "'''\n'\n''\n'''",
]  # fmt: skip
VALUES = [
    *STRINGS, "1", "+1_000", "-0.5e+3", "0xDEADbeef", "inf", "-nan", "true", "1979-05-27", "1979-05-27 07:32:00.5Z",
    "07:32:00", "[]", "{}", "[[], []]", "[{}, [{}]]", "{ a = {}, b.c = [1] }", "{a=1,b=[2]}", "[1,]", "[\n]",
    "[\n# ]\n\n1\n#\n]",
]  # fmt: skip
AROUND = [
    "@", "\t@\t", "@ # ]", "@# ,", "[@]", "[ @ , @ ]", "[\t@\t,\n\t@\t,\t#]\n]", "[@#,\n,@\n]", "[[@],@]",
    "{ k = @, l = @ }", "{k=@,l=@}", "{\tk\t=\t@\t}", "[{ k = @ }, { k.l = @ }]",
]  # fmt: skip


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("value", VALUES)
def test_what_stands_after_a_value_is_found(value: str, around: str) -> None:
    text = f"a = {around.replace('@', value)}\nb = 1\n[c]\n"
    marks, duplicate = mark_lines(text)
    same_shape(tomllib.loads(text), marks)
    assert (marks.at("b").line, marks.at("c").line, duplicate) == (text.count("\n") - 1, text.count("\n"), None)


KEYS = [
    "abcxyz", "ABCXYZ", "0189", "_-", "-", "1.2", "a . b", "a\t.\tb", "'a'.\"b\"", "''", '""', '"."', "'.'", '"\\""',
    "'\\'", '"\\\\"', '"\\u00e9"', '"\\U0001F600"', '"]"', "']'", '"="', "'#'", '"#"', "'\"'", '"\'"', '"a b"', "'[x]'",
    '"\\b\\t\\n\\f\\r"', '"\\uABCD\\uEF01\\u2345\\u6789"', '"\\uabcd\\uef01\\U0001FACE\\U0001facb\\U0001FD69"',
]  # fmt: skip
FORMS = [
    "@ = 1", "@=1", "\t@\t=\t[\t]", "@ =\t'''\t'''", "[@]", "[\t@\t]\t", "[[@]]", "[[ @ ]] # ]", "x = {@=1}",
    "x = { @ = {} }", "x = {\t@\t=\t1\t}", "x.@ = 1", "x . @ = [1]", "[x.@]", "[ x . @ ]", "[[x.@]]", "[[\tx\t.\t@\t]]",
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("key", KEYS)
def test_each_way_to_write_a_key(key: str, form: str) -> None:
    text = f"\n{form.replace('@', key)}\ny = 1\n"
    marks, duplicate = mark_lines(text)
    same_shape(tomllib.loads(text), marks)
    assert duplicate is None
    assert lines_of(marks) == {2, 3}


def lines_of(mark: Mark) -> set[int]:
    """The lines of all that is below a mark."""
    return {line for inner in mark.items.values() for line in (inner.line, *lines_of(inner))}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[a\nb = 1", {}),
        ("[[a]\nb = 1", {}),
        ("[a b]\nc = 1", {}),
        ("[]\na = 1", {}),
        ("a\nb = 1", {}),
        ("a = \nb = 1", {"a": {}}),
        ("a = 'b\nb = 1", {"a": {}}),
        ("a = [1\nb = 1", {"a": {0: {}, 1: {}, 2: {}}}),
        ("a = { b = 1\nc\n", {"a": {"b": {}}}),
        ("a = }\nb = 1", {"a": {}}),
    ],
)
def test_where_the_text_is_no_toml_the_scan_stops(text: str, found: dict[Any, Any]) -> None:
    assert keys_found(text) == found
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(text)
