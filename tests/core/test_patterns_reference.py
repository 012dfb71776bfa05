"""pathspec is asked when a policy loads: it agrees on the dialect, and a disagreement is a refusal."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from pathspec import GitIgnoreSpec

from lanegate.core import reference
from lanegate.core.patterns import Pattern, PatternError, parse_pattern
from lanegate.core.reference import check_with_pathspec
from tests.core.oracles import examples, patterns


@examples(300)
@given(text=patterns)
def test_agrees_on_the_dialect(text: str) -> None:
    check_with_pathspec(parse_pattern(text))


@pytest.mark.parametrize("text", ["/[.]/x", "/**", "**/*", "!/voilà", "/[[]x]/", "/é?", "/..."])
def test_odd_corners(text: str) -> None:
    check_with_pathspec(parse_pattern(text))


@pytest.mark.parametrize(
    ("text", "negated", "segments"),
    [
        ("/a", True, (b"a",)),  # not the same `!`
        ("a", False, (b"a",)),  # not anchored in pathspec
        ("/a/*", False, (b"a", b"b")),
        ("/a/b", False, (b"a",)),
        ("#a/b", False, (b"#a", b"b")),  # a comment in pathspec
    ],
)
def test_a_different_reading_is_refused(
    monkeypatch: pytest.MonkeyPatch, text: str, negated: bool, segments: tuple[bytes, ...]
) -> None:
    pattern = Pattern(text, negated, segments)
    monkeypatch.setattr(reference, "parse_pattern", lambda _: pattern)
    reference._disagreement.cache_clear()
    with pytest.raises(PatternError, match="is read differently by pathspec"):
        check_with_pathspec(pattern)
    reference._disagreement.cache_clear()


@pytest.mark.parametrize("error", [ValueError("no such pattern"), re.error("bad range")])
def test_a_refusal_by_pathspec_is_refused(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    class Refusing(GitIgnoreSpec):
        @classmethod
        def from_lines(cls, *_: object, **named: object) -> GitIgnoreSpec:
            assert named == {"backend": "simple"}
            raise error

    monkeypatch.setattr(reference, "GitIgnoreSpec", Refusing)
    reference._disagreement.cache_clear()
    with pytest.raises(PatternError, match=f"is refused by pathspec: {error}"):
        check_with_pathspec(parse_pattern("/never/asked/before"))
    reference._disagreement.cache_clear()


@pytest.mark.parametrize("star", ["*a*a*a*a*a*a*a*a", "*[a-b]*?a*", "*", "a"])
def test_no_pattern_hangs_pathspec(star: str) -> None:
    """pathspec reads them all and agrees: a disagreement would raise, an exponential one never end."""
    for start in ("/", "/**/"):
        for between in ("/", "/a/", "/**/"):
            for count in range(1, 64):
                text = (start + between.join([star] * count)).rstrip("/")
                if len(text) <= 1024 and text.count("**/") <= 4 and text.count("/") <= 64:
                    check_with_pathspec(parse_pattern(text))
