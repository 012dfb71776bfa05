"""Quick answers about two patterns are certain where they claim to be."""

from __future__ import annotations

import random

import pytest

from lanegate.core.meeting import covers, may_meet, names_may_meet, plain_ends
from lanegate.core.patterns import parse_pattern
from tests.core.short_paths import Trial, random_bodies


def test_what_is_certain_is_so_for_all_short_paths() -> None:
    bodies = random_bodies(random.Random("meeting"), 120)
    trial = Trial(bodies, longest=5)
    said = {"apart": 0, "covered": 0}
    matched = {body: trial.of_list([parse_pattern(body)]) for body in bodies}
    for one in bodies:
        for other in bodies:
            first, second = parse_pattern(one).segments, parse_pattern(other).segments
            if not may_meet(first, second):
                assert not matched[one] & matched[other], (one, other)
                said["apart"] += 1
            if covers(first, second):
                assert not matched[other] & ~matched[one], (one, other)
                said["covered"] += 1
    assert min(said.values()) > 500, said


@pytest.mark.parametrize(
    ("first", "second", "meet"),
    [
        ("/src/ui/", "/src/core/", False),
        ("/src/ui/", "/src/", True),
        ("/src/**/x", "/src/a/b/", True),
        ("/*/a/", "/*/b/", False),
        ("/**/a/", "/*/b/", True),
        ("/a*", "/b*", False),
        ("/*a", "/*b", False),
        ("/a*", "/*b", True),
        ("/a[b-c]", "/a", False),
        ("/**/a/**/b", "/**/c/**/d", True),
    ],
)
def test_may_meet(first: str, second: str, meet: bool) -> None:
    one, other = parse_pattern(first).segments, parse_pattern(second).segments
    assert may_meet(one, other) == may_meet(other, one) == meet


@pytest.mark.parametrize(
    ("wide", "narrow", "is_covered"),
    [
        ("/src/", "/src/ui/", True),
        ("/src/ui/", "/src/", False),
        ("/src/*/", "/src/a?/", True),
        ("/src/a?*", "/src/a?*/b", True),
        ("/src/*/", "/src/**/a", True),
        ("/src/*/a", "/src/**/a", False),
        ("/**", "**/*.md", True),
        ("/**", "**/a/*/**", True),
        ("/src/a*", "/src/ab", True),
        ("/src/a*", "/src/ab*", False),  # it does, but that is not told
        ("**/Makefile", "**/Makefile", True),
        ("**/Makefile", "/src/**/Makefile", True),
        ("/src/**/Makefile", "**/Makefile", False),
    ],
)
def test_covers(wide: str, narrow: str, is_covered: bool) -> None:
    assert covers(parse_pattern(wide).segments, parse_pattern(narrow).segments) == is_covered


def test_names() -> None:
    assert names_may_meet(b"a*", b"a*")
    assert not names_may_meet(b"a?", b"abc")
    assert not names_may_meet(b"abc", b"a?")
    assert plain_ends(b"test_*.py") == (b"test_", b".py")
    assert plain_ends(b"[a-c]x") == (b"", b"x")
    assert plain_ends(b"abc") == (b"abc", b"abc")
