"""The message file: cleanup exactly as git's own, and trailers where the strict parser finds them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lanegate.core.message import read_trailers
from lanegate.core.message_file import cleaned, cleanup_mode, comment_string, with_trailers
from tests.support import run

LANE = (("Lane", "ui"),)
BOTH = (("Lane", "ui"), ("Task", "T-12"))
STATUS = b"# Please enter the commit message.\n#\n# On branch main\n"
CUT = b"# ------------------------ >8 ------------------------\n# Do not modify.\ndiff --git a b\n+Lane: core\n"

TEXTS = st.lists(
    st.sampled_from(
        [b"", b" ", b"Subject", b"body text\t", b"# comment", b"Lane: ui", b"Signed-off-by: A <a@b>", b"\r", b"a\r"]
    ),
    max_size=9,
).map(b"\n".join)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS, st.booleans(), st.booleans())
def test_cleanup_is_what_git_does(tmp_path: Path, text: bytes, strip: bool, newline: bool) -> None:
    text += b"\n" if newline else b""
    options = ["--strip-comments"] if strip else []
    said = run(["git", "stripspace", *options], cwd=tmp_path, data=text, check=True).out
    mode = "strip" if strip else "whitespace"
    assert cleaned(text, mode, b"#", edited=False) == said.encode()


@pytest.mark.parametrize(
    ("configured", "edited", "mode"),
    [
        (None, True, "strip"),
        (None, False, "whitespace"),
        ("default", True, "strip"),
        ("scissors", True, "scissors"),
        ("scissors", False, "whitespace"),
        ("verbatim", True, "verbatim"),
        ("strip", False, "strip"),
    ],
)
def test_cleanup_mode(configured: str | None, edited: bool, mode: str) -> None:
    assert cleanup_mode(configured, edited=edited) == mode


@pytest.mark.parametrize(
    ("configured", "raw", "comment"),
    [
        (None, b"x", b"#"),
        (";", b"x", b";"),
        ("//", b"x", b"//"),
        ("auto", b"#1\n\n; Please enter\n; On branch main\n", b";"),
        ("auto", b"x\n@ ------------------------ >8 ------------------------\n@ Do\ndiff\n", b"@"),
        ("auto", b"no comment here", b"#"),
        ("auto", b"", b"#"),
    ],
)
def test_comment_string(configured: str | None, raw: bytes, comment: bytes) -> None:
    assert comment_string(configured, raw) == comment


@pytest.mark.parametrize(
    ("raw", "edited", "expected"),
    [
        # -m, -F: no editor, no comments
        (b"Add\n", False, b"Add\n\nLane: ui\n"),
        (b"Add", False, b"Add\n\nLane: ui\n"),
        (b"Fix: thing\n", False, b"Fix: thing\n\nLane: ui\n"),
        (b"Add\n\nBody.\n", False, b"Add\n\nBody.\n\nLane: ui\n"),
        (b"Add\n\n# Heading\n", False, b"Add\n\n# Heading\n\nLane: ui\n"),
        (b"Add\n\nSigned-off-by: A <a@b>\n", False, b"Add\n\nSigned-off-by: A <a@b>\nLane: ui\n"),
        (b"Add\n\nSee also\nSigned-off-by: A <a@b>\n", False, b"Add\n\nSee also\nSigned-off-by: A <a@b>\n\nLane: ui\n"),
        (b"Add\n\nLane: core\n\nMore text.\n", False, b"Add\n\nLane: core\n\nMore text.\n\nLane: ui\n"),
        # already there, or somebody else's: nothing
        (b"Add\n\nLane: ui\n", False, b"Add\n\nLane: ui\n"),
        (b"Add\n\nlane: ui\n", False, b"Add\n\nlane: ui\n"),
        (b"Add\n\nLane: core\n", False, b"Add\n\nLane: core\n"),
        (b"Add\n\nLane: ui\n folded\n", False, b"Add\n\nLane: ui\n folded\n"),
        (b"", False, b""),
        (b"\n \n", False, b"\n \n"),
        # an editor will open: the subject's place stays, comments stay below
        (b"", True, b"\n\nLane: ui\n"),
        (b"\n" + STATUS, True, b"\n\nLane: ui\n\n" + STATUS),
        (b"\n\nSigned-off-by: A <a@b>\n\n" + STATUS, True, b"\n\nSigned-off-by: A <a@b>\nLane: ui\n\n" + STATUS),
        (b"Add\n\n" + STATUS, True, b"Add\n\nLane: ui\n\n" + STATUS),
        (b"Add\n\nLane: ui\n\n" + STATUS, True, b"Add\n\nLane: ui\n\n" + STATUS),
        (b"Add\n" + STATUS + CUT, True, b"Add\n\nLane: ui\n\n" + STATUS + CUT),
        (b"Merge branch 'x'\n\n# Conflicts:\n#\ta\n", True, b"Merge branch 'x'\n\nLane: ui\n\n# Conflicts:\n#\ta\n"),
    ],
)
def test_where_the_trailer_goes(raw: bytes, edited: bool, expected: bytes) -> None:
    mode = cleanup_mode(None, edited=edited)
    assert with_trailers(raw, LANE, mode, b"#", edited=edited) == expected


def test_task_joins_a_lane_that_is_there() -> None:
    assert (
        with_trailers(b"Add\n\nLane: ui\n", BOTH, "whitespace", b"#", edited=False) == b"Add\n\nLane: ui\nTask: T-12\n"
    )
    kept = b"Add\n\nLane: ui\nTask: other\n"
    assert with_trailers(kept, BOTH, "whitespace", b"#", edited=False) == kept


def test_scissors_mode_keeps_headings() -> None:
    raw = b"Add\n\n# Heading\n" + CUT
    done = with_trailers(raw, LANE, "scissors", b"#", edited=True)
    assert done == b"Add\n\n# Heading\n\nLane: ui\n\n" + CUT
    assert cleaned(done, "scissors", b"#", edited=True) == b"Add\n\n# Heading\n\nLane: ui\n"


def test_nothing_above_the_cut() -> None:
    assert cleaned(CUT, "scissors", b"#", edited=True) == b""
    assert cleaned(b"Add\n" + CUT, "verbatim", b"#", edited=True) == b"Add\n"


@settings(max_examples=400, deadline=None)
@given(
    TEXTS, st.booleans(), st.sampled_from([b"", STATUS, CUT, STATUS + CUT]), st.sampled_from(["strip", "whitespace"])
)
def test_what_is_written_is_read_back(text: bytes, edited: bool, below: bytes, mode: str) -> None:
    """Whatever stands in the file: the stored message names the lane once, unless it named one already or is empty."""
    raw = text + (b"\n" + below if edited and mode == "strip" else b"")
    done = with_trailers(raw, BOTH, mode, b"#", edited=edited)
    assert with_trailers(done, BOTH, mode, b"#", edited=edited) == done
    typed = b"Typed by a person" + done if done[:1] == b"\n" and edited else done
    message = cleaned(typed, mode, b"#", edited=edited)
    found = read_trailers(message)
    if done != raw:
        assert found.of(b"lane") == ("ui",)
        assert found.of(b"task")[:1] == ("T-12",)
