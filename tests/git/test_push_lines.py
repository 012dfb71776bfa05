"""What git feeds to pre-receive and post-receive, line by line (githooks(5))."""

from __future__ import annotations

import pytest

from lanegate.git.push_lines import Line, read_lines
from lanegate.git.run import GitError

ONE, TWO, NONE = b"1" * 40, b"2" * 40, b"0" * 40


def test_lines() -> None:
    stdin = b"%b %b refs/heads/a\n%b %b refs/heads/b\xff c\n" % (NONE, ONE, ONE, NONE)
    assert read_lines(stdin) == (Line(None, "1" * 40, "refs/heads/a"), Line("1" * 40, None, "refs/heads/b\udcff c"))
    assert read_lines(b"") == ()


@pytest.mark.parametrize(
    "line", [b"x", b"1 2 refs/heads/a", ONE + b" " + TWO, ONE + b" " + TWO[:-1] + b"x refs/heads/a"]
)
def test_what_is_no_line(line: bytes) -> None:
    with pytest.raises(GitError, match="not what git gives to pre-receive"):
        read_lines(line + b"\n")


@pytest.mark.parametrize("second", [(TWO, ONE), (ONE, TWO), (ONE, NONE)])
def test_a_ref_is_named_once(second: tuple[bytes, bytes]) -> None:
    """git does what each line says, in turn."""
    stdin = b"%b %b refs/heads/a\n%b %b refs/heads/a\n" % (ONE, TWO, *second)
    with pytest.raises(GitError, match="'refs/heads/a' is named more than once"):
        read_lines(stdin)
    assert len(read_lines(stdin.replace(b"/a\n", b"/A\n", 1))) == 2
