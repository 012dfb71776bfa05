"""Hot files: how they are ranked, and what is proposed to paste into the policy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.core.hotspots import MOST_PROPOSED, Touched, pattern_of, proposed, rank, zone_toml
from lanegate.core.patterns import parse_pattern
from lanegate.core.toml_lines import mark_lines


def touched(path: str, size: int, changes: int, lanes: int, authors: int = 0) -> Touched:
    return Touched(path.encode(), size, changes, tuple(f"l{n}" for n in range(lanes)), authors)


def ranked(*files: Touched) -> list[str]:
    return [spot.file.path.decode() for spot in rank(files)]


def test_each_measure_decides_where_the_others_are_equal() -> None:
    assert ranked(touched("small", 10, 5, 2), touched("large", 1000, 5, 2)) == ["large", "small"]
    assert ranked(touched("rare", 10, 5, 2), touched("often", 10, 6, 2)) == ["often", "rare"]
    assert ranked(touched("one", 10, 5, 1), touched("many", 10, 5, 3)) == ["many", "one"]
    assert ranked(touched("b", 10, 5, 1), touched("a", 10, 5, 1)) == ["a", "b"]


def test_authors_stand_for_lanes() -> None:
    assert ranked(touched("lanes", 10, 5, 2), touched("both", 10, 5, 1, 2)) == ["both", "lanes"]


def test_the_hottest_by_every_measure_scores_100_and_what_nobody_changed_is_left_out() -> None:
    (first, second) = rank([touched("a", 0, 1, 1), touched("b", 900, 4, 2), touched("c", 900, 0, 0)])
    assert (first.file.path, round(first.score, 6)) == (b"b", 100)
    assert 0 < second.score < 100
    assert rank([]) == ()


FILES = st.builds(
    Touched,
    st.binary(min_size=1, max_size=3),
    st.integers(0, 1 << 40),
    st.integers(0, 9),
    st.lists(st.sampled_from("abcde"), unique=True).map(tuple),
    st.integers(0, 3),
)


@given(st.lists(FILES, max_size=8, unique_by=lambda file: file.path), st.randoms())
def test_the_order_of_reading_does_not_matter_and_no_file_is_below_one_that_it_exceeds(files, random) -> None:  # type: ignore[no-untyped-def]
    spots = rank(files)
    random.shuffle(files)
    assert rank(files) == spots
    assert all(0 < spot.score <= 100.0001 for spot in spots)
    for place, spot in enumerate(spots):
        for other in spots[place + 1 :]:
            more = (other.file.size, other.file.changes, other.file.hands)
            less = (spot.file.size, spot.file.changes, spot.file.hands)
            assert more == less or not all(a >= b for a, b in zip(more, less, strict=True)) or spot.score == other.score


def test_proposed_are_files_that_several_lanes_keep_changing() -> None:
    spots = rank([touched("one-lane", 9, 9, 1), touched("twice", 9, 2, 2), touched("hot", 9, 3, 2)])
    assert proposed(spots) == ("/hot",)
    assert proposed(spots, {b"hot"}) == ()
    many = rank([touched(f"f{n:02}", 9, 9, 2) for n in range(MOST_PROPOSED + 5)])
    assert proposed(many) == tuple(f"/f{n:02}" for n in range(MOST_PROPOSED))
    assert proposed(rank([Touched(b"\xff", 9, 9, ("a", "b"))])) == ()


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        (b"src/app.py", "/src/app.py"),
        (b"!x", "/!x"),
        (b"a[id]/*?.c", "/a[[]id]/[*][?].c"),
        ("grün".encode(), "/grün"),
        (b"ends ", "/ends /"),
        (b"a\xff", None),
        (b"a\\b", None),
        (b"a\tb", None),
        (b"*" * 17, None),
    ],
)
def test_the_pattern_of_a_path(path: bytes, pattern: str | None) -> None:
    assert pattern_of(path) == pattern
    assert pattern is None or parse_pattern(pattern).matches(path)


@given(st.text(st.sampled_from("ab*?[]!{},- \"'#.é/"), min_size=1, max_size=8).filter(lambda text: text[-1] != "/"))
def test_a_pattern_of_a_path_matches_it_and_nothing_beside_it(text: str) -> None:
    pattern = pattern_of(text.encode())
    if pattern is not None:
        parsed = parse_pattern(pattern)
        assert parsed.matches(text.encode())
        assert not parsed.matches(text.encode() + b"a")
        assert not parsed.matches(b"a" + text.encode())


def test_the_zone_is_toml() -> None:
    import tomllib

    patterns = ("/src/app.py", '/say "hi"', "/a[[]id].tsx")
    assert tomllib.loads(zone_toml(patterns)) == {"zones": [{"paths": list(patterns), "mode": "high-risk"}]}
    assert mark_lines(zone_toml(patterns))[0].items["zones"] is not None
    assert zone_toml(()) == ""
