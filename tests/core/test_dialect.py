"""The edges of the dialect: each limit and each range from both sides."""

from __future__ import annotations

import unicodedata

import pytest

from lanegate.core import dialect
from lanegate.core.dialect import objection, segments_of, suggestions

_BIDIRECTIONAL = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
_MARKS = {0x061C, 0x200E, 0x200F}
_NO_ROOM = {0x00AD, 0x200B, 0x2060, 0xFEFF}


def invisible(code: int) -> bool:
    """By Unicode's own properties: controls, separators of lines, bidirectional controls; and what takes no room."""
    char = chr(code)
    by_property = unicodedata.category(char) in ("Cc", "Zl", "Zp") or unicodedata.bidirectional(char) in _BIDIRECTIONAL
    return by_property or code in _MARKS | _NO_ROOM


def test_what_is_invisible() -> None:
    codes = [*range(0x3100), *range(0xFE00, 0x10000), 0x1F600, 0xE0041, 0x10FFFF]
    refused = [code for code in codes if "invisible" in getattr(objection(f"/a{chr(code)}b"), "message", "")]
    assert refused == [code for code in codes if invisible(code)]
    assert {f"U+{code:04X}" for code in refused} == {objection(f"/{chr(code)}").message[-6:] for code in refused}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("/a\ud800", "is not valid Unicode"),
        ("/" + "a/" * 512, "is longer than 1024 bytes"),
        ("/a\u00ad", "holds the invisible character U+00AD"),
        ("/", "names nothing; everything is `/**`"),
        ("#a/b", "starts with `#`; a name that does is written after a slash"),
        (" /a", "starts or ends with a blank; a name that ends in one needs a slash after it"),
        ("/\\", "holds a backslash; folders are parted by `/`, and `[*]`, `[?]`, `[[]` spell special characters"),
        ("//a", "holds an empty name or `.` between slashes, which no path has"),
        ("/a/..", "holds `..`; patterns start at the top of the repository"),
        ("/a/.Git/b", "names `.git`, which git never stores"),
        ("/a" * 65, "has more than 64 names between slashes"),
        ("/a/" + "b" * 256, "has a name of more than 255 bytes"),
        ("**/", "is not anchored; everything is `/**`"),
        ("a", "is not anchored, so it could match at every depth: `/` at the start means here, `**/` anywhere"),
        ("/a**/b", "holds `**` inside the name `a**`; it stands alone between slashes, or is meant as `*`"),
        ("/a/**/", "ends in `**/`; all below is `**`"),
        ("/**/**/a", "holds `**/**`; one `**` already stands for any depth"),
        ("/**/a" * 5, "holds more than 4 times `**`"),
        ("/{a,b}", "holds `{…,…}`, which git reads as plain text; write a pattern for each"),
        ("/x/*a*a*a*a*a*a*a*a*", "`*a*a*a*a*a*a*a*a*` holds more than 8 stars"),
        ("/x/?????????????????", "`?????????????????` holds more than 16 times `?` or a class"),
        ("/x/a[b", "`a[b`: `[` without `]`; a `[` in a name is written `[[]`"),
        ("/x/a[]", "`a[]`: a class that is empty, or holds `]`, which needs no class"),
        ("/x/a[!b]", "`a[!b]`: a negated class; take names away with a `!` pattern instead"),
        ("/x/a[[:digit:]]", "`a[[:digit:]]`: a POSIX class; write ranges such as `[A-Za-z0-9]`"),
        ("/x/a[z-a]", "`a[z-a]`: the range `z-a`; a range goes up within a-z, A-Z or 0-9"),
        (
            "/x/a[b;]",
            "`a[b;]`: `;` in a class; letters, digits, `_.,+=@`, a blank and a last `-` may stand there",
        ),
        (
            "/x/[id]",
            "`[id]`: `[id]` at the start of a name is one of these characters; a `[` in a name is written `[[]`",
        ),
    ],
)
def test_what_is_wrong_in_words(text: str, message: str) -> None:
    found = objection(text)
    assert found is not None
    assert found.message == message


@pytest.mark.parametrize("first", ["a", "_"])
@pytest.mark.parametrize("last", ["z", "Z", "9", "_", ".", ",", "+", "=", "@", " ", "-"])
def test_each_character_of_a_class(first: str, last: str) -> None:
    assert objection(f"/x[{first}{last}]") is None


@pytest.mark.parametrize(
    "inside", ["a-z", "b-b", "A-Z", "Y-Z", "0-9", "0-9a-f", "a-cx", "a-c-", "xa-c_", "a-zA-Z0-9_.,+=@ -"]
)
def test_ranges_go_up(inside: str) -> None:
    assert objection(f"/x[{inside}]") is None
    assert objection(f"/[{inside}]") is None  # nobody means a name with a range in brackets


@pytest.mark.parametrize("inside", ["a-Z", "A-z", "0-a", "9-0", "b-a", "@-a", "a-é", "--a", "a--", "+-a"])
def test_no_other_range(inside: str) -> None:
    assert objection(f"/x[{inside}]") is not None


@pytest.mark.parametrize("name", ["[Aa]", "[aA]", "[a]", "[a-c]", "[a-cx]", "[*]", "[?]", "[[]", "x[ab]", "?[ab]"])
def test_classes_that_nobody_takes_for_a_name(name: str) -> None:
    assert objection(f"/{name}b") is None


@pytest.mark.parametrize("name", ["[ab]", "[aB]", "[a-]", "[a.]", "[id]x"])
def test_classes_at_the_start_that_may_be_a_name(name: str) -> None:
    assert suggestions(f"/a/{name}") == (f"/a/[{name}".replace("[[", "[[]"),)


@pytest.mark.parametrize("body", ["/a{b,c", "/a}b,c{d", "/a{b}c,d", "/{a}/b,{c", "/{}"])
def test_braces_that_nobody_takes_for_alternatives(body: str) -> None:
    assert objection(body) is None


def test_as_many_alternatives_are_suggested_as_can_be_read() -> None:
    words = [f"w{number}" for number in range(12)]
    assert suggestions(f"/{{{','.join(words)}}}/") == tuple(f"/{word}/" for word in words[:8])
    assert suggestions("/{a,a,b}") == ("/a", "/b")


def test_names_between_slashes() -> None:
    assert segments_of("/a/b/") == segments_of("a/b") == ["a", "b"]
    assert segments_of("//a//") == ["", "a", ""]


LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"


@pytest.mark.parametrize(
    "body", [f"/{LETTERS}", f"/a{LETTERS}.", f"/*.{LETTERS}.", "/*.../x", *map("/{}".format, LETTERS)]
)
def test_most_patterns_are_accepted_at_one_look(body: str) -> None:
    assert dialect._PLAIN.fullmatch(body)
    assert dialect._PLAIN.fullmatch(f"{body}/")
    assert [rule(body) for rule in dialect._RULES] == [None] * len(dialect._RULES)
