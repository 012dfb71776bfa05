"""Lines are only ever added: by one writer, and where two branches added and were merged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.core.appends import is_append, is_append_merge
from tests.core.oracles import examples

APPENDS = [
    (b"", b"", True),
    (b"", b"a\n", True),
    (b"a\n", b"a\n", True),
    (b"a\n", b"a\nb\n", True),
    (b"a\n", b"a\nb", True),
    (b"a", b"a", True),
    (b"a", b"a\nb\n", True),  # ends the last line first
    (b"a", b"a\r\nb\r\n", True),
    (b"fee: 10", b"fee: 1000\n", False),  # the last line would become another
    (b"a", b"a\rb", False),
    (b"a\n", b"", False),
    (b"a\nb\n", b"a\n", False),
    (b"a\nb\n", b"b\na\nb\n", False),
    (b"a\nb\n", b"a\nb \n", False),
    (b"a\nb\n", b"a\r\nb\r\nc\r\n", False),
    (b"\xef\xbb\xbfa\n", b"a\nb\n", False),
    (b"\xff\0\n", b"\xff\0\n\xfe", True),
]


@pytest.mark.parametrize(("old", "new", "expected"), APPENDS, ids=[f"{row[0]!r} {row[1]!r}" for row in APPENDS])
def test_append(old: bytes, new: bytes, expected: bool) -> None:
    assert is_append(old, new) is expected


MERGES = [
    (b"0\n", b"0\na\n", b"0\nb\n", b"0\na\nb\n", True),
    (b"0\n", b"0\na\n", b"0\nb\n", b"0\nb\na\n", True),
    (b"0\n", b"0\na\n", b"0\nb\n", b"0\na\n", False),  # one side's lines are lost
    (b"0\n", b"0\na\n", b"0\nb\n", b"0\na\nx\nb\n", False),
    (b"0\n", b"0\na\n", b"0\nb\n", b"0\na\nb\nx\n", False),
    (b"0\n", b"0\na\nc\n", b"0\nb\n", b"0\na\nb\nc\n", False),  # interleaved
    (b"0\n", b"0\n", b"0\nb\n", b"0\nb\n", True),
    (b"", b"a\n", b"b\n", b"b\na\n", True),
    (b"0\n", b"0\na", b"0\nb\n", b"0\na\nb\n", True),  # the line end that was missing
    (b"0\n", b"0\na", b"0\nb\n", b"0\nab\n", False),  # two lines made into one
    (b"0", b"0\na\n", b"0\nb\n", b"0\na\n\nb\n", True),
    (b"0\n", b"0\nx\na\n", b"0\nx\nb\n", b"0\nx\na\nb\n", True),  # x was added by both
    (b"0\n", b"0\nx\na\n", b"0\nx\nb\n", b"0\nx\na\nx\nb\n", True),
    (b"0\n", b"0\nx\na\n", b"0\nx\nb\n", b"0\na\nb\n", False),
    (b"0\n", b"0\nxa\n", b"0\nxb\n", b"0\nxa\nb\n", False),  # what begins alike is not the same line
    (b"0", b"0\na\n", b"0\nb\n", b"0\na\nb\n", True),
    (b"0", b"0", b"0\r\nb\r\n", b"0\r\nb\r\n", True),
    (b"0\n", b"1\na\n", b"0\nb\n", b"0\nb\na\n", False),  # a side that did not append
    (b"0\n", b"0\na\n", b"1\nb\n", b"0\na\nb\n", False),
]


@pytest.mark.parametrize(
    ("base", "first", "second", "merged", "expected"), MERGES, ids=[repr(row[3]) for row in MERGES]
)
def test_merge(base: bytes, first: bytes, second: bytes, merged: bytes, expected: bool) -> None:
    assert is_append_merge(base, first, second, merged) is expected
    assert is_append_merge(base, second, first, merged) is expected


lines = st.lists(st.sampled_from((b"a", b"b", b"", b"\r", b"\xff")), max_size=4)
contents = lines.map(lambda some: b"".join([line + b"\n" for line in some]))
anything = st.lists(st.sampled_from((b"a\n", b"b\n", b"a", b"\n", b"\r\n")), max_size=6).map(b"".join)


@examples(300)
@given(old=contents, new=anything)
def test_whole_lines_stay_where_they_are(old: bytes, new: bytes) -> None:
    lines = old.count(b"\n")
    assert is_append(old, new) is (new.split(b"\n")[:lines] == old.split(b"\n")[:-1] and new.count(b"\n") >= lines)


@examples(300)
@given(old=anything, new=anything)
def test_a_line_without_its_end_is_not_made_longer(old: bytes, new: bytes) -> None:
    *whole, last = old.split(b"\n")
    if last and is_append(old, new):
        assert new.split(b"\n")[len(whole)] in (last, last + b"\r")


@examples(300)
@given(base=contents, tails=st.tuples(contents, contents), merged=st.none() | anything)
def test_a_merge_is_the_base_and_both_tails(base: bytes, tails: tuple[bytes, bytes], merged: bytes | None) -> None:
    one, two = tails
    lines = [tail.split(b"\n")[:-1] for tail in tails]
    same = next((at for at, (a, b) in enumerate(zip(*lines, strict=False)) if a != b), min(map(len, lines)))
    shared = sum(len(line) + 1 for line in lines[0][:same])
    expected = {base + one + two, base + two + one, base + one + two[shared:], base + two + one[shared:]}
    for content in (*expected, base + one, base + one + two + b"x\n", b"x" + base, *([merged] if merged else [])):
        assert is_append_merge(base, base + one, base + two, content) is (content in expected)
