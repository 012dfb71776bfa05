"""Scopes in one index cover what each covers by itself: the last matching pattern of its list decides."""

from __future__ import annotations

import marshal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.core.patterns import PatternError, parse_pattern
from lanegate.core.scope_index import ScopeIndex

TEXTS = ["/a/", "/a/b", "/a/*/c", "**/b", "/a/[b-c]", "!/a/b/", "!/a/c", "!**/c", "/b/"]
PATHS = [b"a", b"a/b", b"a/c", b"a/b/c", b"b", b"b/c", b"c", b"a/b/b"]


@given(st.lists(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=4), max_size=6))
def test_it_says_what_each_list_says(scopes: list[list[str]]) -> None:
    index = ScopeIndex(scopes)
    loaded = ScopeIndex.from_state(marshal.loads(marshal.dumps(index.state())))  # noqa: S302
    for path in PATHS:
        expected = tuple(number for number, scope in enumerate(scopes) if covers(scope, path))
        assert index.covering(path) == loaded.covering(path) == expected


def covers(scope: list[str], path: bytes) -> bool:
    matching = [pattern for pattern in map(parse_pattern, scope) if pattern.matches(path)]
    return bool(matching) and not matching[-1].negated


def test_a_later_pattern_takes_away() -> None:
    index = ScopeIndex([["/src/", "!/src/theme/"], ["/src/theme/"]])
    assert index.covering(b"src/app.py") == (0,)
    assert index.covering(b"src/theme/dark.py") == (1,)
    assert index.covering(b"docs/a.md") == ()


def test_no_pattern_of_the_dialect() -> None:
    with pytest.raises(PatternError):
        ScopeIndex([["/ok/"], ["bare"]])
