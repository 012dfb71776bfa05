"""The dialect in tables: what a pattern matches, what is refused with which words, and git's own table of wildmatch."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lanegate.core import dialect
from lanegate.core.dialect import suggestions
from lanegate.core.patterns import Pattern, PatternError, parse_pattern
from lanegate.core.policy_grammar import MAX_PATTERNS
from tests.core.oracles import examples, in_dialect, patterns, texts

VECTORS = Path(__file__).parent.parent / "vectors" / "wildmatch.tsv"

#: pattern, paths that it matches, paths that it does not.
TABLE: list[tuple[str, list[str], list[str]]] = [
    ("/AGENTS.md", ["AGENTS.md", "AGENTS.md/below"], ["docs/AGENTS.md", "agents.md", "AGENTS.md2", "AGENTS"]),
    ("/src/ui/", ["src/ui", "src/ui/a.py", "src/ui/b/c"], ["src", "src/uix", "x/src/ui/a.py"]),
    ("src/ui", ["src/ui", "src/ui/a.py"], ["src", "x/src/ui"]),
    ("/src/*.py", ["src/a.py", "src/.py", "src/d.py/any"], ["src/a.pyc", "src/b/a.py", "a.py"]),
    ("/src/*", ["src/a", "src/a/b", "src/.hidden"], ["src", "source/a"]),
    ("/*", ["a", "a/b"], []),
    ("/**", ["a", "a/b", ".gitattributes"], []),
    ("/a/**", ["a/b", "a/b/c"], ["a", "ab/c", "b/a/c"]),
    ("/a/**/b", ["a/b", "a/x/b", "a/x/y/b/z"], ["a", "b", "ab", "a/xb", "x/a/b"]),
    ("**/tests", ["tests", "a/tests", "a/b/tests/c"], ["tests2", "a/xtests"]),
    ("/**/tests/", ["tests", "a/tests", "a/b/tests/c"], ["tests2"]),
    ("**/a/**/b/*.c", ["a/b/x.c", "x/a/y/b/z.c", "a/a/b/b/x.c"], ["a/b/x.h", "b/a/x.c", "a/b"]),
    ("**/*.py", ["a.py", "a/b.py", "a.py/x"], ["a.pyc", "py"]),
    ("/a?c", ["abc", "a.c", "a?c"], ["ac", "abbc", "a/c", "aéc"]),
    ("/a??c", ["aéc", "abbc"], ["abc"]),
    ("/v[0-9].[a-zA-Z_]", ["v1.a", "v9.Z", "v0._"], ["va.a", "v1.1", "v10.a", "v1.é"]),
    ("/x[b-d]", ["xb", "xc", "xd"], ["xa", "xe", "x-", "x"]),
    ("/x[b-dx-y_]", ["xc", "xx", "xy", "x_"], ["xa", "xe", "xw", "xz", "x-"]),
    ("/x[a-]", ["xa", "x-"], ["xb", "x", "xa-"]),
    ("/[Mm]akefile", ["makefile", "Makefile"], ["akefile", "MMakefile"]),
    ("/app/[[]slug]/page.tsx", ["app/[slug]/page.tsx"], ["app/s/page.tsx", "app/slug/page.tsx"]),
    ("/app/[[][[]...slug]]/", ["app/[[...slug]]/x"], ["app/[...slug]/x"]),
    ("/a[*]b[?]", ["a*b?"], ["axb?", "a*bx", "ab"]),
    ("/*ab", ["ab", "aab", "abab"], ["aba", "abb"]),
    ("/*a*b*c*", ["abc", "xaxbxcx", "aabbcc", "cabc"], ["cba", "ab", "bca", "cbca", "bcab"]),
    ("/a*a", ["aa", "aba", "aaa"], ["a", "ab"]),
    ("/*ab*ba*", ["abba", "xabxbax"], ["aba", "baab"]),
    ("/*[ab]*[ab]*", ["ab", "ba", "aa", "xaxbx"], ["a", "b", "xbx"]),
    ("/*[ab]x*?", ["axz", "zzbxyz"], ["ax", "xz", "cxz"]),
    ("/?*", ["a", "ab"], []),
    ("/*?[0-9]*", ["a1", "xx2y"], ["1", "a", "ab"]),
    ("/Ünï/日本.txt", ["Ünï/日本.txt"], ["Uni/日本.txt", "ünï/日本.txt"]),
    ("/voilà", ["voilà"], ["voil", "voila"]),
    ("/{{cookiecutter.name}}/", ["{{cookiecutter.name}}/x"], ["cookiecutter.name/x"]),
    ("/!a", ["!a"], ["a"]),
    ("/#a", ["#a"], ["a"]),
    ("/a]b", ["a]b"], ["ab"]),
]

#: text, words of the message, suggestions.
REFUSED: list[tuple[str, str, tuple[str, ...]]] = [
    ("", "names nothing", ("/**",)),
    ("!", "names nothing", ("!/**",)),
    ("/", "names nothing", ("/**",)),
    ("tests", "is not anchored", ("/tests", "**/tests")),
    ("!tests/", "is not anchored", ("!/tests/", "!**/tests/")),
    ("*.py", "is not anchored", ("/*.py", "**/*.py")),
    ("*", "is not anchored", ("/*", "**/*")),
    ("**", "is not anchored; everything is", ("/**",)),
    ("**/", "is not anchored; everything is", ("/**",)),
    ("#docs/", "starts with `#`", ("/#docs/",)),
    ("!#docs/x", "starts with `#`", ("!/#docs/x",)),
    ("!!docs/x", "starts with `!`", ("!/!docs/x",)),
    (" /src", "starts or ends with a blank", ("/src",)),
    ("! /src", "starts or ends with a blank", ("!/src",)),
    ("/src ", "starts or ends with a blank", ("/src",)),
    ("/src\u3000", "starts or ends with a blank", ("/src",)),
    ("/src\\ui\\", "holds a backslash", ("/src/ui/",)),
    ("/src\\*", "holds a backslash", ("/src[*]",)),
    ("/\\[id]", "holds a backslash", ("/[[]id]",)),
    ("/\\a\\", "holds a backslash", ()),
    ("/a\tb", "invisible character U+0009", ("/ab",)),
    ("/a\nb", "invisible character U+000A", ("/ab",)),
    ("/a\x7f", "invisible character U+007F", ("/a",)),
    ("\ufeff/a", "invisible character U+FEFF", ("/a",)),
    ("/a\u202eb", "invisible character U+202E", ("/ab",)),
    ("/a\ud800", "not valid Unicode", ()),
    ("//src", "empty name or `.`", ("/src",)),
    ("/src//ui/", "empty name or `.`", ("/src/ui/",)),
    ("/src//", "empty name or `.`", ("/src/",)),
    ("./src/ui", "empty name or `.`", ("/src/ui",)),
    ("/./", "empty name or `.`", ()),
    ("/src/../x", "`..`", ()),
    ("/.git/hooks", "never stores", ()),
    ("**/.GIT", "never stores", ()),
    ("/src/**.py", "`**` inside the name `**.py`", ("/src/*.py", "/src/**/*.py")),
    ("/src**/x", "`**` inside the name `src**`", ("/src*/x", "/**/src*/x")),
    ("/a/***", "`**` inside the name `***`", ("/a/*", "/a/**/*")),
    ("/a****b/", "`**` inside the name `a****b`", ("/a*b/", "/**/a*b/")),
    ("/a/**/", "ends in `**/`", ("/a/**",)),
    ("/**/", "ends in `**/`", ("/**",)),
    ("/a/**/**/b", "one `**` already", ("/a/**/b",)),
    ("/**/**/**", "one `**` already", ("/**",)),
    ("/src/*.{ts,tsx}", "holds `{…,…}`", ("/src/*.ts", "/src/*.tsx")),
    ("/{a}/{b,c}/", "holds `{…,…}`", ("/{a}/b/", "/{a}/c/")),
    ("{src,tests}/x", "holds `{…,…}`", ("src/x", "tests/x")),
    ("/{a,b}/{c}", "holds `{…,…}`", ("/a/{c}", "/b/{c}")),
    ("/{a}/{b,c}/{d}", "holds `{…,…}`", ("/{a}/b/{d}", "/{a}/c/{d}")),
    ("/{a,b}/{c,d}", "holds `{…,…}`", ()),  # of two braces neither alone is a pattern
    ("/a[!b]", "a negated class", ()),
    ("/a[^b]", "a negated class", ()),
    ("/a[[:alpha:]]", "a POSIX class", ()),
    ("/a[]b", "empty, or holds `]`", ()),
    ("/a[]]", "empty, or holds `]`", ()),
    ("/a[b", "`[` without `]`", ("/a[[]b",)),
    ("/a[b/c]", "`[` without `]`", ("/a[[]b/c]",)),
    ("/a[z-a]", "the range `z-a`", ()),
    ("/a[A-z]", "the range `A-z`", ()),
    ("/a[+--]", "the range `+--`", ()),
    ("/a[a-c-e]", "`-` in a class", ("/a[[]a-c-e]",)),
    ("/a[-b]", "`-` in a class", ("/a[[]-b]",)),
    ("/aé[é]", "`é` in a class", ("/aé[[]é]",)),
    ("/a[b*]", "`*` in a class", ("/a[[]b*]",)),
    ("/a[b[]", "`[` in a class", ("/a[[]b[[]]",)),
    ("/app/[id].tsx", "is one of these characters", ("/app/[[]id].tsx",)),
    ("/app/[[...slug]]/", "`[` in a class", ("/app/[[][[]...slug]]/",)),
    ("!/[slug]/x", "is one of these characters", ("!/[[]slug]/x",)),
    ("/" + "a" * 256, "more than 255 bytes", ()),
    ("/" + "é" * 128, "more than 255 bytes", ()),
    ("/" + "a/" * 512, "longer than 1024 bytes", ()),
    ("/a" * 65, "more than 64 names", ()),
    ("/**/a" * 5, "more than 4 times `**`", ()),
    ("/" + "*a" * 9, "more than 8 stars", ()),
    ("/" + "?" * 17, "more than 16 times `?` or a class", ()),
    ("/" + "a[0-9]" * 17, "more than 16 times `?` or a class", ()),
]

LIMITS = [
    "/" + "a" * 255,
    ("/" + "a" * 255) * 4,
    "/" + "é" * 127,
    "/a" * 64,
    "/**/a" * 4,
    "/" + "*a" * 8,
    "/" + "?" * 16,
    "/" + "a[0-9]" * 16,
    "/" + "?[0-9]" * 8,
]


@pytest.mark.parametrize(("text", "yes", "no"), TABLE, ids=[row[0] for row in TABLE])
def test_table(text: str, yes: list[str], no: list[str]) -> None:
    for negated, pattern in ((False, parse_pattern(text)), (True, parse_pattern("!" + text))):
        assert pattern.negated is negated
        assert [path for path in yes if not pattern.matches(path.encode())] == []
        assert [path for path in no if pattern.matches(path.encode())] == []


@pytest.mark.parametrize(("text", "words", "suggestions"), REFUSED, ids=[ascii(row[0][:20]) for row in REFUSED])
def test_refused(text: str, words: str, suggestions: tuple[str, ...]) -> None:
    with pytest.raises(PatternError) as caught:
        parse_pattern(text)
    assert words in caught.value.message
    assert caught.value.suggestions == suggestions
    assert str(caught.value).startswith(caught.value.message)
    assert all(f"`{suggestion}`" in str(caught.value) for suggestion in suggestions)
    assert "\n" not in str(caught.value)


def test_a_pattern_in_words() -> None:
    with pytest.raises(PatternError, match=r"at the start means here, .* anywhere; write `/tests` or `\*\*/tests`$"):
        parse_pattern("tests")


@pytest.mark.parametrize("text", LIMITS, ids=[text[:12] for text in LIMITS])
def test_limits_are_reached(text: str) -> None:
    assert parse_pattern(text).text == text


def test_a_parsed_pattern() -> None:
    assert parse_pattern("!src/é/*.py/") == Pattern("!src/é/*.py/", True, (b"src", "é".encode(), b"*.py"))
    assert parse_pattern("/a/**").segments == (b"a", b"*")
    assert parse_pattern("**/a").segments == (b"**", b"a")


def test_a_parsed_pattern_is_kept_for_all_who_ask_and_cannot_be_changed() -> None:
    pattern = parse_pattern("/kept")
    assert parse_pattern("/kept") is pattern
    with pytest.raises(AttributeError):
        pattern.negated = True  # type: ignore[misc]
    assert parse_pattern.cache_parameters()["maxsize"] >= MAX_PATTERNS  # or reading a large policy parses it twice


def test_a_class_may_hold_what_no_name_holds() -> None:
    """A name that is not UTF-8, or malformed, is bytes like any other."""
    pattern = parse_pattern("/a?/*")
    assert pattern.matches(b"a\xff/\x00\n")
    assert not pattern.matches(b"a\xff\xfe/x")


def _rows() -> list[tuple[str, bytes, bool]]:
    lines = VECTORS.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [(json.loads(text), json.loads(path).encode(), ignored == "1") for text, path, ignored, _ in rows]


def test_git_table_inside_the_dialect_agrees() -> None:
    inside = [row for row in _rows() if in_dialect(row[0])]
    assert [row for row in inside if parse_pattern(row[0]).matches(row[1]) is not row[2]] == []
    assert len(inside) == 65


def test_git_table_outside_the_dialect() -> None:
    """What is refused is refused for a reason: each text holds something that the dialect leaves out."""
    outside = {text for text, _, _ in _rows() if not in_dialect(text)}
    odd = ("\\", "[!", "[^", "[:", "[]", "**/**")
    plain = sorted(text for text in outside if not any(part in text for part in odd))
    assert plain == sorted(
        [
            "/**/bar**", "/foo**bar", "/foo/**arr", "/foo/**z",  # `**` inside a name
            "/-*-*-*-*-*-*-12-*-*-*-m-*-*-*",  # stars
            "/[ten]", "/[a-]b]", "/foo[/]bar", "/[-", "/[a-",  # a name with brackets is as likely
            "/[--A]", "/[ --]", "/[---]", "/[------]", "/[a-e-n]", "/[,-.]", "/[B-a]", "/[Z-y]", "/[a^bc]",  # ranges
        ]
    )  # fmt: skip
    assert len(outside) == 67


@examples(500)
@given(text=texts)
def test_suggestions_are_in_the_dialect(text: str) -> None:
    sign, body = ("!", text[1:]) if text.startswith("!") else ("", text)
    assume(not in_dialect(body))
    with pytest.raises(PatternError) as caught:
        parse_pattern(text)
    assert caught.value.message
    assert caught.value.suggestions == tuple(sign + other for other in suggestions(body))
    assert [other for other in suggestions(body) if not in_dialect(other)] == []


@examples(200)
@given(text=patterns)
def test_a_pattern_has_nothing_to_suggest(text: str) -> None:
    assert parse_pattern(text).text == text
    assert suggestions(text.removeprefix("!")) == ()


@given(
    st.lists(st.text("ab.*-_[é ", min_size=0, max_size=6), min_size=1, max_size=5).map(
        lambda names: "/" + "/".join(names)
    )
)
def test_most_patterns_are_accepted_at_one_look_and_no_others(body: str) -> None:
    if dialect._PLAIN.fullmatch(body):
        assert [rule(body) for rule in dialect._RULES] == [None] * len(dialect._RULES)


@pytest.mark.parametrize("body", ["/a", "/src/ui/", "/src/*.py", "/a/b.c/-x_1.y/", "/" + "a" * 119, "/a" * 60])
def test_plain_patterns(body: str) -> None:
    assert dialect._PLAIN.fullmatch(body)
    assert parse_pattern(body).text == body


@pytest.mark.parametrize(
    "body", ["/a\n", "/" + "a" * 120, "/.git", "/a//b", "/..", "/a/./b", "/*", "/**/a", "/a*b", "a"]
)
def test_patterns_that_need_every_rule(body: str) -> None:
    assert not dialect._PLAIN.fullmatch(body)
