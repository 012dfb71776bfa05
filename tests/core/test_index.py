"""The index answers for many patterns what each answers alone, from its state too, in little memory, with few tries."""

from __future__ import annotations

import marshal
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.core import index as index_module
from lanegate.core.index import PatternIndex
from lanegate.core.patterns import parse_pattern
from tests.core.oracles import examples, globs, in_dialect, parsed, paths, paths_like, patterns


def one_by_one(texts: list[str], path: bytes) -> tuple[int, ...]:
    return tuple(at for at, text in enumerate(texts) if parse_pattern(text).matches(path))


@st.composite
def _lists(draw: st.DrawFn) -> tuple[list[str], list[bytes]]:
    texts = draw(st.lists(patterns, min_size=1, max_size=25))
    like = [paths_like(text.removeprefix("!")) for text in texts[:8]]
    return texts, draw(st.lists(st.one_of(paths, *like), min_size=1, max_size=12))


@examples(250)
@given(asked=_lists())
def test_answers_like_each_pattern_alone(asked: tuple[list[str], list[bytes]]) -> None:
    texts, found = asked
    index = PatternIndex(parsed(texts))
    for path in found:
        assert index.matching(path) == one_by_one(texts, path)


@examples(100)
@given(asked=_lists())
def test_forgetting_changes_nothing(asked: tuple[list[str], list[bytes]]) -> None:
    texts, found = asked
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index_module, "CACHE_BYTES", 600)
        index = PatternIndex(parsed(texts))
        for path in found * 2:
            assert index.matching(path) == one_by_one(texts, path)


@examples(100)
@given(asked=_lists())
def test_the_state_survives_marshal(asked: tuple[list[str], list[bytes]]) -> None:
    texts, found = asked
    index = PatternIndex(parsed(texts))
    loaded = PatternIndex.from_state(marshal.loads(marshal.dumps(index.state())))  # noqa: S302
    assert loaded.state() == index.state()
    for path in found:
        assert loaded.matching(path) == index.matching(path)
    assert loaded.state() == index.state()


@examples(100)
@given(found=st.lists(globs, min_size=12, max_size=24), data=st.data())
def test_crowded_places_answer_alike(found: list[str], data: st.DataObject) -> None:
    """So many wildcards beside each other that they are put into buckets."""
    texts = [f"/d/{segment}" for segment in found if in_dialect(f"/d/{segment}")]
    index = PatternIndex(parsed(texts))
    for text in texts[:5]:
        path = data.draw(paths_like(text))
        assert index.matching(path) == one_by_one(texts, path)


def test_the_answers_stay_when_the_index_is_asked_often() -> None:
    """After so many paths the heads are no longer looked for shelf by shelf."""
    texts = [f"/d{number}/" for number in range(500)] + [f"/d{number}/e/*.c" for number in range(500)]
    index = PatternIndex(parsed(texts))
    for number in range(500):
        assert index.matching(b"d%d/e/x.c" % number) == (number, 500 + number)
        assert index.matching(b"e%d/d%d" % (number, number)) == ()
    assert index.matching(b"d0/e/x.c") == (0, 500)


@pytest.mark.parametrize("patience", range(1, 10))
def test_no_answer_is_lost_when_all_shelves_are_opened(monkeypatch: pytest.MonkeyPatch, patience: int) -> None:
    """Whichever look for a head it is that ends the patience, it finds what is there."""
    monkeypatch.setattr(index_module, "_PATIENCE", patience)
    index = PatternIndex(parsed([f"/d{number}" for number in range(10)]))
    assert [index.matching(b"d%d" % number) for number in range(10)] == [(number,) for number in range(10)]


def test_few_shelves_are_opened_for_few_paths_and_all_for_many() -> None:
    index = PatternIndex(parsed([f"/d{number}/" for number in range(2_000)]))
    shelves = len(index.state())
    assert index.matching(b"d1/x") == (1,)
    assert 0 < len(index._opened) <= 3 < shelves  # for the top, d1 and d1/x
    for number in range(index_module._PATIENCE):
        assert index.matching(b"d1/%d" % number) == (1,)
    assert len(index._opened) == shelves
    assert index._find != index._look


CROWD = [
    "a*",
    "ab*",
    "*.c",
    "*x*",
    "*xy*",
    "*",
    "?",
    "x[ab]*",
    "a?c",
    "?bc",
    "*b?",
    "a??",
    "abc*xyz",
    "a*xyz",
    "*[0-9]xy",
]


@pytest.mark.parametrize("start", ["/d/", "**/", "/d/*/"])
def test_crowded_places(start: str) -> None:
    """Found by the start, the end or the middle of a name, or tried one by one."""
    texts = [start + segment for segment in CROWD] * 2
    index = PatternIndex(parsed(texts))
    for name in (b"abc", b"a", b"z", b".c", b"x.c", b"axyz", b"abcxyz", b"xyxy", b"9xy", b"abbc", b"zbz", b"x" * 300):
        for path in (b"d/" + name, b"d/e/" + name, name, b"d/e/f/" + name):
            assert index.matching(path) == one_by_one(texts, path)


def test_duplicates_are_kept() -> None:
    texts = ["/a/", "/b", "/a/", "!/a/", "**/a", "/a/*.c", "/a/*.c"]
    index = PatternIndex(parsed(texts))
    assert index.matching(b"a") == (0, 2, 3, 4)
    assert index.matching(b"a/x.c") == (0, 2, 3, 4, 5, 6)
    assert index.matching(b"b/a") == (1, 4)
    assert index.matching(b"c") == ()


def test_no_patterns() -> None:
    assert PatternIndex([]).matching(b"a/b") == ()


def test_files_of_a_folder_share_the_answer() -> None:
    index = PatternIndex(parsed(["/a/", "**/*.c"]))
    assert index.matching(b"a/x") is index.matching(b"a/y/z")


def test_memory_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "CACHE_BYTES", 100_000)
    index = PatternIndex(parsed(["/a/", "**/*.c", "/d*/x"]))
    entries = 0
    for number in range(5_000):
        index.matching(b"d%d/e%d/f%d.c" % (number, number, number))
        steps = sum(len(drift.steps) for drift in index._drifts.values())
        entries = max(entries, len(index._folders) + len(index._drifts) + steps)
    assert 100 < entries < 1_000


def test_names_of_one_huge_folder_stay_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "CACHE_BYTES", 100_000)
    index = PatternIndex(parsed(["**/*.c"]))
    for number in range(5_000):
        assert index.matching(b"a/%d.c" % number) == (0,)
    assert sum(len(drift.steps) for drift in index._drifts.values()) < 1_000


def test_a_path_of_any_depth() -> None:
    index = PatternIndex(parsed(["**/a/**/b/*.c", "/a/**/a"]))
    assert index.matching(b"a/" * 3_000 + b"b/x.c") == (0, 1)


STARS = "*a" * 8
#: Patterns, a path, how many of them match it: the first ones.
ATTACKS = [
    (["/" + STARS], b"a" * 4_000 + b"b", 0),
    (["/*" + "?a" * 8 + "*" + "?a" * 7 + "*"], b"a" * 4_000, 1),
    (["/**/" + "/**/".join([STARS] * 4)], b"/".join([b"a" * 40] * 40) + b"/b", 1),
    (["/**/" + "/**/".join([STARS] * 4) + "/c"], b"/".join([b"a" * 40] * 40) + b"/b", 0),
    (["/**/" + "/**/".join(["a/a/a/a/a"] * 4) + "/b"], b"a/" * 400 + b"c", 0),
    (["/" + "/".join(["*"] * 64)], b"a/" * 1_000 + b"c", 1),
    ([f"/**/{'a' * n}*/**/{'*a' * 8}" for n in range(1, 60)], b"/".join([b"a" * 60] * 60) + b"/b", 59),
    ([f"**/*{n:05}*" for n in range(10_000)], b"/".join(b"%05d" % n for n in range(100)), 100),
    ([f"**/file{n:05}?" for n in range(10_000)], b"/".join(b"file%05d_" % n for n in range(100)), 100),
]


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The names that were tried on segments with wildcards, one entry a try."""
    tried: list[bytes] = []
    compiled = index_module.compile_segment

    def compile_and_count(segment: bytes) -> Callable[[bytes], bool]:
        matches = compiled(segment)

        def counted(name: bytes) -> bool:
            tried.append(name)
            return matches(name)

        return counted

    monkeypatch.setattr(index_module, "compile_segment", compile_and_count)
    return tried


@pytest.mark.parametrize(("texts", "path", "count"), ATTACKS, ids=[texts[0][:24] for texts, _, _ in ATTACKS])
def test_no_pattern_hangs(texts: list[str], path: bytes, count: int, tries: list[bytes]) -> None:
    assert PatternIndex(parsed(texts)).matching(path) == tuple(range(count))
    assert len(tries) <= 300  # 10,000 patterns on 100 names would be a million


@pytest.mark.parametrize("shape", ["/src/m{}/", "/src/m{}/*.py", "**/n{}", "**/*_{}.py", "/src/*{}*", "/src/**/m{}?/x"])
def test_few_of_ten_thousand_patterns_are_tried(shape: str, tries: list[bytes]) -> None:
    index = PatternIndex(parsed([shape.format(n) for n in range(10_000)]))
    found = [b"src/m%d/n%d/f_%d.py" % (n % 400, n % 900, n) for n in range(2_000)]
    for path in found:
        index.matching(path)
    has_wildcard = any(segment != "**" and set("*?") & set(segment) for segment in shape.split("/"))
    assert bool(tries) == has_wildcard
    assert len(tries) <= len(found)


@pytest.mark.parametrize("shape", ["**/*_{}.md", "/**/*_{}.md", "/top/**/*_{}.md"])
def test_a_name_is_tried_once_and_not_in_every_folder(shape: str, tries: list[bytes]) -> None:
    index = PatternIndex(parsed([shape.format(n) for n in range(100)]))
    for number in range(50):
        assert index.matching(b"top/d%d/read_7.md" % number) == (7,)
    assert tries.count(b"read_7.md") == 1
