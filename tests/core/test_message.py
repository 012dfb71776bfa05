"""Messages: the strict parser by table, and beside `git interpret-trailers` on the part where both must agree."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanegate.core.message import OWN_TOKENS, Trailers, read_trailers, short, subject

UI = ((b"lane", b"ui"),)


@pytest.mark.parametrize(
    ("message", "values"),
    [
        (b"Add\n\nLane: ui\n", UI),
        (b"Add\n\nLane: ui", UI),
        (b"Add\n\nLane: ui\n\n\n", UI),
        (b"\n\nAdd\n\nLane: ui\n", UI),
        (b"Add\n\nLane:    ui\n", UI),
        (b"Add\n\nlAnE: ui\n", UI),
        (b"Add\n\nBody\n\nLane: ui\n", UI),
        (b"Add\n\nLane: core\n\nLane: ui\n", UI),
        (b"Add\n\nLane: ui\nTask: T-12\n", (*UI, (b"task", b"T-12"))),
        (b"Add\n\nLane: ui\nlane: core\n", (*UI, (b"lane", b"core"))),
        (b"Add\n\nSigned-off-by: A <a@x>\nLane: ui\n", UI),
        (b"Add\n\nNote: one\n  two\n\tthree\nLane: ui\n", UI),
        (b"Add\n\nLane: ui\n(cherry picked from commit 0123456789abcdef)\n", UI),
        (b"Add\n\nLane: ui\n(cherry picked from commit 01)\n", UI),
        (b"Add\n\nLane: ui\n(cherry picked from commit 01)\nlane: core\n", (*UI, (b"lane", b"core"))),
        (b"Add\n\nNote: see: http://x\nLane: ui\n", UI),
        (b"Add\n\nLane: ui: x\n", ((b"lane", b"ui: x"),)),
        (b"Add\n\nA: one letter\na1-b2: a digit and a dash\nLane: ui\n", UI),
        (b"Add\n\nAssumption: a1 core stays\n\n", ((b"assumption", b"a1 core stays"),)),
        (b"Add\n\nLane: \xff\n", ((b"lane", b"\xff"),)),
        (b"Add\n\nLane: ui \n", ((b"lane", b"ui "),)),
    ],
)
def test_trailers_that_speak(message: bytes, values: tuple[tuple[bytes, bytes], ...]) -> None:
    assert read_trailers(message) == Trailers(values, None)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\n\n",
        b"Lane: ui\n",
        b"\n\nLane: ui\n",
        b"\n\n\nLane: ui\n",
        b"Add\nLane: ui\n",
        b"Add\n\nLane: ui\n\nBody\n",
        b"Add\n\nLane: ui\nand text\n",
        b"Add\n\ntext\nLane: ui\n",
        b"Add\n\nLane: ui\n# a comment that stayed\n",
        b"Add\n\nLane: ui\nNote: a\x01b\n",
        b"Add\n\nLane: ui\n---\n",
        b"Add\n\nLane: ui\n\n---\n notes\n",
        b"Add\n\n> Lane: ui\n",
        b"Add\n\nLane:ui\n",
        b"Add\n\nLane : ui\n",
        b"Add\n\nLane\xa0: ui\n",
        b"Add\n\nLane\n",
        b"Add\n\n: ui\n",
        b"Add\n\n-Lane: ui\n",
        b"Add\n\n1: x\nLane: ui\n",
        b"Add\n\n Lane: ui\n",
        b"Add\n\n\tLane: ui\n",
        b"Add\n\nLane = ui\n",
        b"Add\n\nSee also: x\nLane: ui\n",
        b"Add\n\nN\xc3\xb4te: x\nLane: ui\n",
        b"Add\n\nL\xc3\xa0ne: ui\n",
        b"Add\n\nLane: ui\n(cherry picked from commit xyz)\n",
        b"Add\n\nLane: ui\n(cherry picked from commit 01x)\n",
        b"Add\n\nLane: ui\n(cherry picked from commit 0123456789abcdefg)\n",
        b"Add\n\nLane: ui\n(cherry picked from commit 01\n",
        b"Add\n\nLane: ui\n(Cherry picked from commit 01)\n",
        b"Add\n\nNote: x\n(cherry picked from commit 01)\n more\nLane: ui\n",
        b"Add\n\n(cherry picked from commit 01)\n more\nLane: ui\n",
        b"Add\n\nLane: ui\nNote: a\n \x01\n",
        b"Add\n\nLane: ui\nNote: \n",
        b"Add\n\nLane: ui\nNote:\n",
        b"Add\r\n\r\nLane: ui\r\n",
        b"Add\n\nLane: ui\n------------------------ >8 ------------------------\n",
    ],
)
def test_text_that_says_nothing(message: bytes) -> None:
    assert read_trailers(message) == Trailers()


@pytest.mark.parametrize(
    ("tail", "why"),
    [
        (b"Lane: ui\n core\n", "trailer Lane is folded over several lines"),
        (b"Lane: ui\n\tcore\n", "trailer Lane is folded over several lines"),
        (b"Lane: ui\n \n", "trailer Lane is folded over several lines"),
        (b"Task: T\n-\n 1\n", None),
        (b"Lane: ui\nReverts: a\n b\n", "trailer Reverts is folded over several lines"),
        (b"Lane: ui\r\n", "trailer Lane holds a control character"),
        (b"Lane: u\x1bi\n", "trailer Lane holds a control character"),
        (b"Lane: ui\x1f\n", "trailer Lane holds a control character"),
        (b"Lane: ui\x7f\n", "trailer Lane holds a control character"),
        (b"Lane: ui\x00\n", "trailer Lane holds a control character"),
        (b"Lane: ui\nTask: T\t1\n", "trailer Task holds a control character"),
        (b"Assumption: a\x0bb\nLane: ui\n", "trailer Assumption holds a control character"),
    ],
)
def test_own_trailers_are_plain(tail: bytes, why: str | None) -> None:
    assert read_trailers(b"Add\n\n" + tail).broken == why


def test_each_own_trailer_alone_and_all_of_them_together() -> None:
    own = ("Lane", "Task", "Assumption", "Reconciled", "Reverts")
    for token in own:
        assert read_trailers(f"Add\n\n{token}: x\n".encode()).of(token.lower().encode()) == ("x",)
    together = "".join(f"{token}: x\n" for token in own).encode()
    assert read_trailers(b"Add\n\n" + together) == Trailers(tuple((token.lower().encode(), b"x") for token in own))


def test_a_long_text_is_cut_to_the_length_asked_for() -> None:
    assert short("a" * 80) == "a" * 80
    assert short("a" * 81) == "a" * 79 + "…"
    assert short("abcd", 3) == "ab…"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (b"Add a thing\n\nBody\n", "Add a thing"),
        (b"\n\nAdd\n", ""),
        (b"", ""),
        (b"A\xff\n", "A\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_subject(message: bytes, expected: str) -> None:
    assert subject(message) == expected


def test_values_of_a_token() -> None:
    trailers = read_trailers(b"Add\n\nLane: ui\nTask: one\nLane: \xff\n")
    assert trailers.of(b"lane") == ("ui", "\N{REPLACEMENT CHARACTER}")
    assert trailers.of(b"task") == ("one",)
    assert trailers.of(b"reverts") == ()


PIECES = [b"Lane: ui", b"lane:x", b"Task: T", b"\n", b"\n\n", b" ", b"\t", b"\r", b":", b"---", b"\0", b"\xff", b"#"]


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=3), max_size=12).map(b"".join))
def test_any_message_is_read(message: bytes) -> None:
    trailers = read_trailers(message)
    for token, value in trailers.values:
        assert token in OWN_TOKENS
        assert value in message
    assert not trailers.values or b"\n\n" in message
    assert "\n" not in subject(message)


WORDS = st.text("abcdefghijklmnopqrstuvwxyzABC012 .,<>@/", min_size=1, max_size=20).filter(lambda text: text.strip())
TEXT = st.lists(WORDS, min_size=1, max_size=3).map(lambda lines: "\n".join(line.strip() for line in lines))
VALUE = WORDS.map(str.strip)
TRAILERS = st.lists(
    st.tuples(st.sampled_from(["Lane", "lane", "Task", "Reverts", "Signed-off-by", "Note"]), VALUE),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXT, min_size=1, max_size=3), TRAILERS)
def test_git_reads_the_same_on_the_strict_part(paragraphs: list[str], trailers: list[tuple[str, str]]) -> None:
    """Paragraphs of plain text, then one of trailers each on its line: git's parser finds the same."""
    message = "\n\n".join([*paragraphs, "\n".join(f"{token}: {value}" for token, value in trailers)]).encode() + b"\n"
    argv = ["git", "interpret-trailers", "--parse"]
    shown = subprocess.run(argv, input=message, capture_output=True, check=True).stdout
    pairs = [line.split(b": ", 1) for line in shown.splitlines()]
    expected = tuple((token.lower(), value) for token, value in pairs if token.lower() in OWN_TOKENS)
    assert read_trailers(message) == Trailers(expected, None)
