"""Pattern by pattern lanegate decides what git and pathspec decide, over generated patterns and paths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.core.patterns import parse_pattern
from lanegate.core.reference import check_with_pathspec
from tests.core.oracles import GitOracle, bodies, examples, in_dialect, pathspec_matches, questions, texts


@pytest.fixture(scope="module")
def git(tmp_path_factory: pytest.TempPathFactory) -> GitOracle:
    return GitOracle(tmp_path_factory.mktemp("oracle"))


def _agrees_with_git(git: GitOracle, asked: list[tuple[str, list[bytes]]]) -> None:
    """Each path as the entry itself, and as a folder with something in it: only there git obeys a slash at the end."""
    entries = [(body.removesuffix("/"), paths) for body, paths in asked if in_dialect(body.removesuffix("/"))]
    folders = [(body, [path + b"/x" for path in paths]) for body, paths in asked if body.endswith("/")]
    for (body, paths), answers in zip(entries, git.matches(entries), strict=True):
        ours = {path: parse_pattern(body).matches(path) for path in paths}
        assert ours == dict(zip(paths, answers, strict=True)), body
    for (body, paths), answers in zip(folders, git.matches(folders), strict=True):
        ours = {path: parse_pattern(body).matches(path.removesuffix(b"/x")) for path in paths}
        assert ours == dict(zip(paths, answers, strict=True)), body


def _agrees_with_pathspec(body: str, paths: list[bytes]) -> None:
    """A line feed in a path means something else to pathspec's regular expressions; such a path is refused anyway."""
    pattern = parse_pattern(body)
    check_with_pathspec(pattern)
    below = b"/x" if body.endswith("/") else b""
    for path in paths:
        if b"\n" not in path:
            assert pathspec_matches(body, path + below) == pattern.matches(path), path


@examples(100)
@given(asked=st.lists(questions(), min_size=1, max_size=25))
def test_agrees_with_git(git: GitOracle, asked: list[tuple[str, list[bytes]]]) -> None:
    _agrees_with_git(git, asked)


@examples(600)
@given(asked=questions())
def test_agrees_with_pathspec(asked: tuple[str, list[bytes]]) -> None:
    _agrees_with_pathspec(*asked)


@examples(300)
@given(found=st.lists(texts, min_size=10, max_size=60), data=st.data())
def test_any_text_is_refused_or_agrees(git: GitOracle, found: list[str], data: st.DataObject) -> None:
    asked = [data.draw(questions(st.just(body))) for body in found if in_dialect(body)]
    for question in asked:
        _agrees_with_pathspec(*question)
    if asked:
        _agrees_with_git(git, asked)


@examples(200)
@given(body=bodies, path=st.data())
def test_a_slash_at_the_end_changes_nothing(body: str, path: st.DataObject) -> None:
    _, paths = path.draw(questions(st.just(body)))
    other = body.removesuffix("/") if body.endswith("/") else body + "/"
    if in_dialect(other):
        for asked in paths:
            assert parse_pattern(other).matches(asked) == parse_pattern(body).matches(asked)
