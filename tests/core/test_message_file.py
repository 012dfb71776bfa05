"""The message file: cleanup exactly as git's own, and trailers where the strict parser finds them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.core.message import read_trailers
from lanegate.core.message_file import AUTO_COMMENT_STRINGS, cleaned, cleanup_mode, comment_string, with_trailers
from tests.core.oracles import examples
from tests.support import Clone, run

LANE = (("Lane", "ui"),)
BOTH = (("Lane", "ui"), ("Task", "T-12"))
STATUS = b"# Please enter the commit message.\n#\n# On branch main\n"
CUT = b"# ------------------------ >8 ------------------------\n# Do not modify.\ndiff --git a b\n+Lane: core\n"

LINES = [b"", b"", b" ", b"\r", b"Subject", b"body text\t", b"a\r", b"# comment", b"; other comment", b" folded"]
LINES += [b"Lane: ui", b"lane: ui", b"Lane: core", b"Lane : ui", b"Lane: ui\r", b"Task: T-12", b"Task: T-1"]
LINES += [b"Signed-off-by: A <a@b>", b"Reviewed-by: B ", b"(cherry picked from commit 00)", CUT.partition(b"\n")[0]]
TEXTS = st.lists(st.sampled_from(LINES), max_size=9).map(b"\n".join)
MODES = st.sampled_from(["strip", "whitespace", "verbatim", "scissors"])
COMMENTS = st.sampled_from([b"#", b";", b"//"])


@examples(60)
@given(TEXTS, st.booleans(), st.booleans())
def test_cleanup_is_what_git_does(tmp_path: Path, text: bytes, strip: bool, newline: bool) -> None:
    text += b"\n" if newline else b""
    options = ["--strip-comments"] if strip else []
    said = run(["git", "stripspace", *options], cwd=tmp_path, data=text, check=True).out
    mode = "strip" if strip else "whitespace"
    assert cleaned(text, mode, b"#", edited=False) == said.encode()


@pytest.fixture
def committing(repo: Clone) -> Clone:
    """A repository whose prepare-commit-msg writes what stands in the file `content` beside it."""
    hook = repo.write(".git/hooks/prepare-commit-msg", '#!/bin/sh\ncat ../content > "$1"\n')
    hook.chmod(0o755)
    return repo


@examples(60)
@given(TEXTS, MODES, st.booleans(), st.booleans(), st.sampled_from(["#", ";"]))
def test_cleanup_is_what_commit_does(
    committing: Clone, text: bytes, mode: str, edited: bool, verbose: bool, comment: str
) -> None:
    """The message that `git commit` stores, where the editor changes nothing; -v whenever an editor opens."""
    (committing.path.parent / "content").write_bytes(text)
    settings = ["-c", f"commit.cleanup={mode}", "-c", f"core.commentChar={comment}"]
    settings += ["-c", f"commit.verbose={'true' if edited or verbose else 'false'}"]
    options = [
        "-q",
        "--allow-empty",
        "--allow-empty-message",
        "-m",
        "Replaced by the hook",
        *(["-e"] if edited else []),
    ]
    run(["git", *settings, "commit", *options], cwd=committing.path, env={"GIT_EDITOR": "true"}, check=True)
    said = run(["git", "cat-file", "commit", "HEAD"], cwd=committing.path, check=True).out.partition("\n\n")[2]
    mode = cleanup_mode(mode, edited=edited)
    assert cleaned(text, mode, comment.encode(), edited=edited, verbose=verbose) == said.encode()


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
        ("auto", b"Subject\nbody\n\n; On branch main\n", b";"),
        ("auto", b"x ------------------------ >8 ------------------------\n", b"#"),
        ("auto", b"no comment here", b"#"),
        ("auto", b"", b"#"),
    ],
)
def test_comment_string(configured: str | None, raw: bytes, comment: bytes) -> None:
    assert comment_string(configured, raw, edited=True) == comment


@pytest.mark.parametrize(
    ("raw", "comment"),
    [
        (b"Add\n\n# Heading\n", b";"),
        (b"Add\n\nissue #1\n", b"#"),
        (b"; a\n# b\r! c\n@ d", b"$"),
        (b"".join(one + b" a\n" for one in AUTO_COMMENT_STRINGS[:-1]), b":"),
    ],
)
def test_comment_string_that_git_chooses_where_no_editor_opens(repo: Clone, raw: bytes, comment: bytes) -> None:
    assert comment_string("auto", raw, edited=False) == comment
    options = ["-c", "core.commentChar=auto", "commit", "-q", "--allow-empty", "--cleanup=strip", "-F", "-"]
    repo.git(*options, data=raw)
    said = repo.git("cat-file", "commit", "HEAD").out.partition("\n\n")[2]
    assert said.encode() == cleaned(raw, "strip", comment, edited=False)


def test_no_comment_string_is_left_to_choose(repo: Clone) -> None:
    raw = b"".join(one + b" a\n" for one in AUTO_COMMENT_STRINGS)
    assert comment_string("auto", raw, edited=False) == b"#"
    assert not repo.git(
        "-c", "core.commentChar=auto", "commit", "-q", "--allow-empty", "-F", "-", data=raw, check=False
    ).ok


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
        (b"Add\n\nTask: T\n folded\n", False, b"Add\n\nTask: T\n folded\n"),
        # without an editor git cuts nothing off
        (b"Add\n\n" + CUT, False, b"Add\n\n" + CUT + b"\nLane: ui\n"),
        (b"Add\n\n" + CUT + b"\nLane: ui\n", False, b"Add\n\n" + CUT + b"\nLane: ui\n"),
        # empty lines at the end go
        (b"Add\n\n\n", False, b"Add\n\nLane: ui\n"),
        (b"", False, b""),
        (b"\n \n", False, b"\n \n"),
        # an editor will open: the subject's place stays, comments stay below
        (b"", True, b"\n\nLane: ui\n"),
        (b"\n" + STATUS, True, b"\n\nLane: ui\n\n" + STATUS),
        (b"\n\nSigned-off-by: A <a@b>\n\n" + STATUS, True, b"\n\nSigned-off-by: A <a@b>\nLane: ui\n\n" + STATUS),
        (b"Add\n\n" + STATUS, True, b"Add\n\nLane: ui\n\n" + STATUS),
        (b"# Note\n\nLane: ui\n", True, b"# Note\n\nLane: ui\n\nLane: ui\n"),  # what stood there was the subject
        (b"Add\n\nLane: ui\n\n" + STATUS, True, b"Add\n\nLane: ui\n\n" + STATUS),
        (b"Add\n" + STATUS + CUT, True, b"Add\n\nLane: ui\n\n" + STATUS + CUT),
        (b"Merge branch 'x'\n\n# Conflicts:\n#\ta\n", True, b"Merge branch 'x'\n\nLane: ui\n\n# Conflicts:\n#\ta\n"),
    ],
)
def test_where_the_trailer_goes(raw: bytes, edited: bool, expected: bytes) -> None:
    mode = cleanup_mode(None, edited=edited)
    assert with_trailers(raw, LANE, mode, b"#", edited=edited) == expected


@pytest.mark.parametrize(
    ("raw", "mode", "edited", "expected"),
    [
        (b"Add\n\nLane: ui\n", "whitespace", False, b"Add\n\nLane: ui\nTask: T-12\n"),
        (b"Add\n\nLane: ui\nTask: other\n", "whitespace", False, b"Add\n\nLane: ui\nTask: other\n"),
        # strip drops comments whether an editor opens or not: the trailers go above them
        (b"Add\n\nLane: ui\n\n# c", "strip", False, b"Add\n\nLane: ui\nTask: T-12\n\n# c"),
        (b"Add\n\nLane: ui\n\n# c\n\n" + STATUS, "strip", True, b"Add\n\nLane: ui\nTask: T-12\n\n# c\n\n" + STATUS),
        (b"Add\n\nLane: ui\n# c\n", "strip", False, b"Add\n\nLane: ui\nTask: T-12\n\n# c\n"),
        (b"Add\n\n# c\nLane: ui\n", "strip", False, b"Add\n\n# c\nLane: ui\nTask: T-12\n"),
        (b"Add\n# c\n", "strip", False, b"Add\n\nLane: ui\nTask: T-12\n\n# c\n"),
        (b"# c\n", "strip", False, b"# c\n"),
        # the other modes keep them: the trailers go below, all of them
        (b"Add\n\nLane: ui\n\n# c", "whitespace", False, b"Add\n\nLane: ui\n\n# c\n\nLane: ui\nTask: T-12\n"),
        (b"Add\n\nLane: ui\n\n# c", "verbatim", False, b"Add\n\nLane: ui\n\n# c\n\nLane: ui\nTask: T-12\n"),
        (b"Add\n\n# c\n\n" + CUT, "scissors", True, b"Add\n\n# c\n\nLane: ui\nTask: T-12\n\n" + CUT),
        (b"\n" + STATUS, "verbatim", True, b"\n" + STATUS + b"\nLane: ui\nTask: T-12\n"),
        # verbatim keeps blank lines with spaces in them: the trailers go below
        (b"Add\n \n", "verbatim", False, b"Add\n \n\nLane: ui\nTask: T-12\n"),
        (b"Add\n \n\n" + CUT, "verbatim", True, b"Add\n \n\nLane: ui\nTask: T-12\n\n" + CUT),
        (b"Add\n\nLane: ui\n \n", "verbatim", False, b"Add\n\nLane: ui\n \n"),  # folded, so broken
        (b"Add\n\nLane: ui\n\n\n", "verbatim", False, b"Add\n\nLane: ui\nTask: T-12\n"),
        # the first line is blank, or is no part of the message: the subject will stand there
        (b" \n" + STATUS, "strip", True, b"\n\nLane: ui\nTask: T-12\n\n" + STATUS),
        (STATUS, "strip", True, b"\n\nLane: ui\nTask: T-12\n\n" + STATUS),
        (CUT, "verbatim", True, b"\n\nLane: ui\nTask: T-12\n\n" + CUT),
        (b" \n\nLane: ui\n", "strip", True, b" \n\nLane: ui\nTask: T-12\n"),
    ],
)
def test_where_the_trailers_go_in_each_mode(raw: bytes, mode: str, edited: bool, expected: bytes) -> None:
    assert with_trailers(raw, BOTH, mode, b"#", edited=edited) == expected
    assert with_trailers(expected, BOTH, mode, b"#", edited=edited) == expected


def test_a_cut_where_no_editor_opens() -> None:
    """`commit -v` cuts then too; in the configuration it is seen, on the command line it is not."""
    raw = b"Add\n\n" + CUT
    done = with_trailers(raw, LANE, "whitespace", b"#", edited=False, verbose=True)
    assert done == b"Add\n\nLane: ui\n\n" + CUT
    assert cleaned(done, "whitespace", b"#", edited=False, verbose=True) == b"Add\n\nLane: ui\n"
    done = with_trailers(raw, LANE, "whitespace", b"#", edited=False)
    assert done == raw + b"\nLane: ui\n"
    assert cleaned(done, "whitespace", b"#", edited=False) == done


def test_where_the_comment_string_eats_trailers() -> None:
    """Nothing that is written would be read back, so nothing is written; the next hook refuses the message."""
    assert with_trailers(b"Add\n", BOTH, "strip", b"T", edited=False) == b"Add\n"


def test_scissors_mode_keeps_headings() -> None:
    raw = b"Add\n\n# Heading\n" + CUT
    done = with_trailers(raw, LANE, "scissors", b"#", edited=True)
    assert done == b"Add\n\n# Heading\n\nLane: ui\n\n" + CUT
    assert cleaned(done, "scissors", b"#", edited=True) == b"Add\n\n# Heading\n\nLane: ui\n"


def test_nothing_above_the_cut() -> None:
    assert cleaned(CUT, "scissors", b"#", edited=True) == b""
    assert cleaned(b"Add\n" + CUT, "verbatim", b"#", edited=True) == b"Add\n"
    assert cleaned(b"Add\n" + CUT, "verbatim", b"#", edited=False) == b"Add\n" + CUT


def test_the_first_whole_cut_line_cuts() -> None:
    assert cleaned(b"\n" + CUT, "scissors", b"#", edited=True) == b""
    assert cleaned(b"Add\n" + CUT + b"\n" + CUT, "scissors", b"#", edited=True) == b"Add\n"
    longer = b"Add\n# ------------------------ >8 ------------------------ more\n"
    assert cleaned(longer, "scissors", b"#", edited=True) == longer


def test_verbatim_keeps_every_byte() -> None:
    raw = b"\n\nAdd  \n\n\n# c\n\n"
    assert cleaned(raw, "verbatim", b"#", edited=True) == raw


@examples(400)
@given(TEXTS, MODES, st.booleans(), st.booleans(), COMMENTS, st.sampled_from([b"", STATUS, CUT, STATUS + CUT]))
def test_what_is_written_is_read_back(
    text: bytes, mode: str, edited: bool, verbose: bool, comment: bytes, below: bytes
) -> None:
    """Whatever stands in the file, in every mode: the stored message has lane and task, after all that it said before.

    But where it is empty, or its trailers are broken or another lane's, nothing changes. A second time never does.
    """
    text, below = text.replace(b"#", comment), below.replace(b"#", comment)
    raw = text + b"\n" + below

    def stored(file: bytes) -> bytes:
        first = file.partition(b"\n")[0]
        typed = b"Typed by a person" + file if edited and not first.strip() else file
        return cleaned(typed, mode, comment, edited=edited, verbose=verbose)

    done = with_trailers(raw, BOTH, mode, comment, edited=edited, verbose=verbose)
    assert with_trailers(done, BOTH, mode, comment, edited=edited, verbose=verbose) == done
    before, after = read_trailers(stored(raw)), read_trailers(stored(done))
    empty = not stored(raw).strip(b"\n")
    if before.broken or before.of(b"lane") not in ((), ("ui",)) or (empty and not edited):
        assert done == raw
        return
    assert after.of(b"lane") == ("ui",)
    assert after.of(b"task") == (before.of(b"task") or ("T-12",))
    assert stored(done).startswith(stored(raw).rstrip())
