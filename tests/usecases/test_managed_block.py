"""The block that a command keeps in somebody's file: the rest stays as it is, to the byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.usecases.managed_block import BEGIN, END, BlockError, block_in, with_block

LINES = ["## Rules", "", "- one"]
BLOCK = "\n".join([BEGIN, *LINES, END]).encode()
CRLF = BLOCK.replace(b"\n", b"\r\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", BLOCK + b"\n"),
        (b"# Mine\n", b"# Mine\n\n" + BLOCK + b"\n"),
        (b"# Mine", b"# Mine\n\n" + BLOCK + b"\n"),
        (b"# Mine\r\nmore\r\n", b"# Mine\r\nmore\r\n\r\n" + CRLF + b"\r\n"),
        (b"\xef\xbb\xbf# Mine\n", b"\xef\xbb\xbf# Mine\n\n" + BLOCK + b"\n"),
        (b"\xff\xfe odd \xff\n", b"\xff\xfe odd \xff\n\n" + BLOCK + b"\n"),
        (f"a\n{BEGIN}\nold\n{END}\nb".encode(), b"a\n" + BLOCK + b"\nb"),
        (f"{BEGIN}\n{END}".encode(), BLOCK),
        (f"a\r\n{BEGIN}\r\nold\r\n{END}\r\nb\n".encode(), b"a\r\n" + CRLF + b"\r\nb\n"),
        (f"a\n<!-- lanegate agents-md: begin; of old -->\nold\n{END}  \nb\n".encode(), b"a\n" + BLOCK + b"  \nb\n"),
        (b"\xef\xbb\xbf" + BLOCK + b"\n", b"\xef\xbb\xbf" + BLOCK + b"\n"),
        (f"text {END}\n".encode(), f"text {END}\n\n".encode() + BLOCK + b"\n"),
    ],
)
def test_with_block(before: bytes, after: bytes) -> None:
    assert with_block(before, LINES) == after
    assert with_block(after, LINES) == after
    assert block_in(after) == LINES


@pytest.mark.parametrize("content", [b"", b"# Mine\n", f"text {BEGIN}\n".encode()])
def test_no_block(content: bytes) -> None:
    assert block_in(content) is None


@pytest.mark.parametrize(
    "content",
    [
        f"{BEGIN}\n".encode(),
        f"{END}\n".encode(),
        f"{END}\n{BEGIN}\n".encode(),
        BLOCK + b"\n" + BLOCK,
        f"{BEGIN}\n{BEGIN}\n{END}\n".encode(),
        "text".encode("utf-16"),
    ],
)
def test_what_is_not_one_block_is_left_alone(content: bytes) -> None:
    with pytest.raises(BlockError):
        with_block(content, LINES)
    with pytest.raises(BlockError):
        block_in(content)


#: What makes a line a marker, where it begins with the first or is the second.
FIRST, LAST = BEGIN.encode().partition(b";")[0], END.encode()
TEXT = st.binary(max_size=40).map(lambda data: data.replace(b"\0", b"")) | st.sampled_from([FIRST, LAST, b"x" + FIRST])


@given(TEXT, TEXT, st.booleans())
def test_all_else_stays(before: bytes, behind: bytes, windows: bool) -> None:
    """Or nothing is touched, where the rest holds a marker too."""
    ending = b"\r\n" if windows else b"\n"
    head, tail = before + ending, ending + behind
    content = head + BEGIN.encode() + ending + END.encode() + tail
    others = [line.rstrip(b"\r \t") for line in (head + tail).split(b"\n")]
    if any(line.removeprefix(b"\xef\xbb\xbf").startswith(FIRST) or line == LAST for line in others):
        with pytest.raises(BlockError):
            with_block(content, LINES)
        return
    made = with_block(content, LINES)
    assert made.startswith(head)
    assert made.endswith(tail)
    assert block_in(made) == LINES
    assert with_block(made, ["other"]).startswith(head)
