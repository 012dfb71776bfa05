"""The encoding of SSH: each value has one spelling, by table and by property."""

from __future__ import annotations

import re
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.core.ssh_wire import FormatError, Reader, decode_base64
from tests.core.ssh_signers import mpint, string


def test_reads_one_value_after_the_other() -> None:
    reader = Reader(b"\x07" + string(b"ab") + (2**32 - 1).to_bytes(4, "big") + string(b"") + mpint(128))
    assert reader.take(1) == b"\x07"
    assert reader.string() == b"ab"
    assert reader.number() == 2**32 - 1
    assert reader.string() == b""
    assert reader.mpint() == 128
    reader.end()


@pytest.mark.parametrize("data", [b"", b"\0\0\0", b"\0\0\0\x01", b"\0\0\0\x02a", b"\xff\xff\xff\xffabc"])
def test_a_string_that_is_cut_off(data: bytes) -> None:
    with pytest.raises(FormatError, match=r"^cut off$"):
        Reader(data).string()


def test_bytes_left_over() -> None:
    with pytest.raises(FormatError, match=r"^bytes left over at the end$"):
        Reader(b"x").end()


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"", 0),
        (b"\x01", 1),
        (b"\x7f", 127),
        (b"\0\x80", 128),
        (b"\0\xff\0", 65280),
        (b"\x80", "negative number"),
        (b"\xff\x01", "negative number"),
        (b"\0", "number with needless zeros"),
        (b"\0\x7f", "number with needless zeros"),
        (b"\0\0\x80", "number with needless zeros"),
    ],
)
def test_numbers(raw: bytes, value: int | str) -> None:
    reader = Reader(string(raw))
    if isinstance(value, int):
        assert reader.mpint() == value
        reader.end()
    else:
        with pytest.raises(FormatError, match=rf"^{value}$"):
            reader.mpint()


@given(st.integers(min_value=0, max_value=2**600))
def test_a_number_is_read_as_it_was_written(value: int) -> None:
    assert Reader(mpint(value)).mpint() == value


@given(st.binary(max_size=8))
def test_a_number_has_one_spelling(raw: bytes) -> None:
    try:
        value = Reader(string(raw)).mpint()
    except FormatError:
        return
    assert mpint(value) == string(raw)


#: Whole groups of four; in the last group the bits that belong to no byte are zero.
_CANONICAL = re.compile(rb"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?")


@given(st.binary().map(b64encode) | st.text("ABQgwxyz019+/=-_ \n\r", max_size=12).map(str.encode) | st.binary())
def test_base64_is_taken_where_it_is_canonical_only(text: bytes) -> None:
    if _CANONICAL.fullmatch(text):
        assert b64encode(decode_base64(text)) == text
    else:
        with pytest.raises(FormatError, match=r"^not base64$"):
            decode_base64(text)
