"""Commit objects: the common shape and every defect, by table; the fast and the full parse agree by property."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.core import objects
from lanegate.core.objects import ParsedCommit, parse_commit

TREE, ONE, TWO = "a" * 40, "1" * 40, "2" * 40
PEOPLE = b"author A <a@x> 1 +0000\ncommitter C <c@x> 2 +0000\n"
SIGNATURE = b"gpgsig -----BEGIN SSH SIGNATURE-----\n abc\n \n -----END SSH SIGNATURE-----\n"
START = b"tree %b\n" % TREE.encode()
HEADS = START + b"parent %b\n" % ONE.encode() + PEOPLE


def what(raw: bytes) -> list[str]:
    return [defect.what for defect in parse_commit(raw).defects]


def test_an_ordinary_commit() -> None:
    raw = START + b"parent %b\n" % ONE.encode() + PEOPLE + b"\nSubject\n\nBody\n"
    assert parse_commit(raw) == ParsedCommit(TREE, (ONE,), b"Subject\n\nBody\n")


def test_a_signed_merge_in_a_sha256_repository() -> None:
    tree, one, two = "a" * 64, "1" * 64, "2" * 64
    raw = f"tree {tree}\nparent {one}\nparent {two}\n".encode() + PEOPLE + SIGNATURE + b"\nm"
    assert parse_commit(raw) == ParsedCommit(tree, (one, two), b"m")


@pytest.mark.parametrize(
    ("tail", "message"),
    [
        (b"\n", b""),
        (b"", b""),
        (b"\n\n\nx", b"\n\nx"),
        (b"mergetag object 1\n type commit\n \n text\nmergetag object 2\n x\n\nm", b"m"),
        (b"change-id abc\nHG:extra rebase_source:1\n\nm", b"m"),
        (b"gpgsig-sha256 -----BEGIN\n abc\n\nm", b"m"),
        (b"change-id x\n" + SIGNATURE + b"\nencoding x\nauthor y", b"encoding x\nauthor y"),
    ],
)
def test_legal_shapes(tail: bytes, message: bytes) -> None:
    assert parse_commit(START + PEOPLE + tail) == ParsedCommit(TREE, (), message)


ORDER = "headers are not in the order tree, parent, author, committer"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (START + PEOPLE + b"encoding ISO-8859-1\n\nm", ["encoding header"]),
        (START + PEOPLE + SIGNATURE + SIGNATURE + b"\nm", ["two signatures"]),
        (START + PEOPLE + SIGNATURE + b"gpgsig-sha256 x\n\nm", ["two signatures"]),
        (START + PEOPLE + b"\nm\0Lane: other", ["NUL byte in the commit object"]),
        (START + PEOPLE + b"x a\0b\n\nm", ["NUL byte in the commit object"]),
        (START + PEOPLE + b"author B <b@x> 1 +0000\n\nm", ["second author header"]),
        (START + b"author B <b@x> 1 +0000\n" + PEOPLE + b"\nm", [ORDER, "second author header"]),
        (START + PEOPLE + b"committer B <b@x> 1 +0000\n\nm", ["second committer header"]),
        (START + START + PEOPLE + b"\nm", [ORDER, "second tree header"]),
        (START + PEOPLE + b"parent %b\n\nm" % ONE.encode(), [ORDER]),
        (START + b"x y\n" + PEOPLE + b"\nm", [ORDER]),
        (START + b"author A\n\nm", [ORDER]),
        (PEOPLE + b"\nm", [ORDER]),
        (START + b"parent 123\n" + PEOPLE + b"\nm", ["parent header without an object id"]),
        (START + b"parent %b0\n" % ONE.encode() + PEOPLE + b"\nm", ["parent header without an object id"]),
        (b"tree %b \n" % TREE.encode() + PEOPLE + b"\nm", ["tree header without an object id"]),
        (b"tree %b\n" % TREE.upper().encode() + PEOPLE + b"\nm", ["tree header without an object id"]),
        (START + b"author A\n folded\ncommitter C\n\nm", ["a header line that continues nothing"]),
        (b" x\n" + START + PEOPLE + b"\nm", ["a header line that continues nothing"]),
        (START + b" x\n" + PEOPLE + b"\nm", ["a header line that continues nothing"]),
        (START + b"parent %b\n x\n" % ONE.encode() + PEOPLE + b"\nm", ["a header line that continues nothing"]),
        (START + PEOPLE + b" x\n\nm", ["a header line that continues nothing"]),
        (START + PEOPLE + b"flag\n\nm", ["a header line without a value"]),
        (START + PEOPLE[:-1], ["headers do not end with a line feed"]),
        (b"", ["headers do not end with a line feed", "a header line without a value", ORDER]),
        (b"\n\nm", ["a header line without a value", ORDER]),
    ],
)
def test_defects(raw: bytes, expected: list[str]) -> None:
    assert what(raw) == expected


def test_a_defective_commit_still_gives_what_could_be_read() -> None:
    raw = START + b"parent zz\nparent %b\n" % TWO.encode() + PEOPLE + b"encoding x\n\nm"
    parsed = parse_commit(raw)
    assert (parsed.tree, parsed.parents, parsed.message) == (TREE, (TWO,), b"m")
    assert parse_commit(b"junk").tree is None


def test_each_object_is_answered_for_itself() -> None:
    """Also where one is asked about again, and where another one is equal."""
    one, two = START + PEOPLE + b"\none", START + PEOPLE + b"\ntwo"
    again = bytes(bytearray(one))
    told = [parse_commit(raw).message for raw in (one, one, two, one, again, two)]
    assert told == [b"one", b"one", b"two", b"one", b"one", b"two"]
    assert parse_commit(b"").defects
    assert parse_commit(b"").defects


LINES = st.sampled_from(
    [
        START,
        b"parent %b\n" % ONE.encode(),
        b"author A\n",
        b"committer C\n",
        SIGNATURE,
        b"encoding x\n",
        b" folded\n",
        b"\n",
        b"mergetag x\n",
        b"text",
        b"\0",
        b"gpgsig\n",
        b"tree 12\n",
        PEOPLE,
        START + PEOPLE,
        HEADS,
        HEADS[:-1],
        HEADS.replace(ONE.encode(), b"1" * 39 + b"x"),
    ]
)


@pytest.mark.parametrize("tail", [b"", SIGNATURE, SIGNATURE * 2, SIGNATURE + b"x y\n", b"x y\n" + SIGNATURE, b"flag\n"])
@pytest.mark.parametrize("head", [HEADS, HEADS.replace(b"tree", b"free"), HEADS.replace(b"1" * 40, b"1" * 39 + b"A")])
@pytest.mark.parametrize("message", [b"\nm", b"\n\0", b"\n", b"", b"m"])
def test_the_commonest_shape_and_what_is_nearly_that(head: bytes, tail: bytes, message: bytes) -> None:
    assert parse_commit(head + tail + message) == objects._parse_slowly(head + tail + message)


@given(st.lists(LINES, max_size=9).map(b"".join) | st.binary())
def test_the_fast_and_the_full_parse_agree(raw: bytes) -> None:
    assert parse_commit(raw) == objects._parse_slowly(raw)
