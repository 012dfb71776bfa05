"""The picture of who owns what: true to the numbers, safe whatever files are called, and never too much to show."""

from __future__ import annotations

import random
from collections import Counter
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.render.folders import Kind, folders_of
from lanegate.render.ownership_svg import HEIGHT, LEGEND, WIDTH, ownership_svg
from lanegate.render.treemap import Rect, sliced, squarified

SVG = "{http://www.w3.org/2000/svg}"
UI, CORE, BOTH, NOBODY = Kind(("ui",)), Kind(("core",)), Kind(("core", "ui")), Kind()
FILES = [
    (b"src/ui/a.py", UI),
    (b"src/ui/b.py", UI),
    (b"src/core/index.py", CORE),
    (b"src/app.py", BOTH),
    (b"Makefile", NOBODY),
    (b"AGENTS.md", Kind(("core",), "high-risk", True)),
]


def drawn(files: list[tuple[bytes, Kind]], lanes: tuple[str, ...] = ("ui", "core")) -> ElementTree.Element:
    text = ownership_svg(files, lanes, "policy/lanegate.toml")
    assert text == ownership_svg(list(reversed(files)), lanes, "policy/lanegate.toml"), "the same for the same files"
    return ElementTree.fromstring(text)  # noqa: S314 (our own text)


def titles(picture: ElementTree.Element, kind: str = "field") -> list[str]:
    rects = [rect for rect in picture.iter(f"{SVG}rect") if rect.get("class") == kind]
    return [rect.findtext(f"{SVG}title", "") for rect in rects]


def texts(picture: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in picture.iter(f"{SVG}text")]


def test_each_kind_of_file_in_each_folder_is_a_field() -> None:
    picture = drawn(FILES)
    assert sorted(titles(picture)) == [
        "/: AGENTS.md (1 file; core; zone high-risk; hot)",
        "/: Makefile (1 file; nobody owns)",
        "src/: app.py (1 file; core, ui)",
        "src/core/: 1 file; core",
        "src/ui/: 2 files; ui",
    ]
    assert titles(picture, "folder") == ["src/: 4 files"]


def test_colours_and_marks() -> None:
    picture = drawn(FILES)
    fills = {
        rect.findtext(f"{SVG}title", ""): rect.get("fill", "")
        for rect in picture.iter(f"{SVG}rect")
        if rect.get("class") == "field"
    }
    ui, core = fills["src/ui/: 2 files; ui"], fills["src/core/: 1 file; core"]
    assert len({ui, core, fills["/: Makefile (1 file; nobody owns)"]}) == 3
    assert fills["/: AGENTS.md (1 file; core; zone high-risk; hot)"] == core
    (pattern,) = picture.iter(f"{SVG}pattern")
    assert fills["src/: app.py (1 file; core, ui)"] == f"url(#{pattern.get('id')})"
    assert [stripe.get("fill") for stripe in pattern] == [core, ui]
    assert sum(rect.get("class") == "zone" for rect in picture.iter(f"{SVG}rect")) == 1
    assert sum(1 for _ in picture.iter(f"{SVG}circle")) == 2, "on the file, and in the legend"


def test_the_legend_counts() -> None:
    said = texts(drawn(FILES, ("ui", "core", "idle")))
    legend = [text for text in said if "  " in text]
    assert legend == [
        "core  3 files",
        "ui  3 files",
        "idle  0 files",
        "nobody  1 file",
        "zone high-risk  1 file",
        "hot  1 file",
    ]


def test_a_folder_of_one_folder_is_no_step() -> None:
    picture = drawn([(b"a/b/c/x", UI), (b"a/b/d/y", CORE)])
    assert titles(picture, "folder") == ["a/b/: 2 files"]
    assert titles(drawn([(b"a/b/c/x", UI)])) == ["a/b/c/: 1 file; ui"]


def test_a_label_does_not_repeat_the_folder_around_it() -> None:
    said = texts(drawn([*FILES, (b"src/core/deep/inside/x", UI)]))
    assert {"src/", "core/", "ui/", "app.py", "deep/inside/", "index.py"} <= set(said)


def test_no_files() -> None:
    picture = drawn([])
    assert titles(picture) == []
    assert "policy/lanegate.toml: 0 files" in texts(picture)


NAMES = [
    b"<script>alert(1)</script>",
    b"\x1b[2J\x00",
    b"\xff\xfe",
    "\u202egnp.exe".encode(),
    b"\"&'",
    "\ufffe\uffff".encode(),
]


@pytest.mark.parametrize("name", [*NAMES, b"a" * 4000])
def test_names_are_text_and_nothing_else(name: bytes) -> None:
    files = [(name + b"/x", UI), (name + b"/" + name, CORE), (name, NOBODY)]
    picture = drawn(files)
    allowed = {"svg", "title", "style", "rect", "text"}
    assert {element.tag.removeprefix(SVG) for element in picture.iter()} <= allowed
    assert not any(letter < " " or letter in "\x7f\u202e\ufffe" for text in texts(picture) for letter in text)
    assert max(map(len, texts(picture))) < WIDTH / 6


def test_a_large_repository_is_folded() -> None:
    dice = random.Random(4)
    lanes = tuple(f"lane{number}" for number in range(60))
    files = [
        (
            f"p{number % 90}/m{number % 11}/{'deep/' * (number % 3)}f{number}".encode(),
            Kind((dice.choice(lanes),) if number % 50 else (), dice.choice(["", "", "shared"])),
        )
        for number in range(20_000)
    ]
    files += [(b"flat/%d/x" % number, Kind((lanes[number % 60],))) for number in range(4_000)]
    files.append((b"d/" * 1_500 + b"x", UI._replace(owners=("lane0",))))
    text = ownership_svg(files, lanes, "big")
    picture = ElementTree.fromstring(text)  # noqa: S314 (our own text)
    rects = list(picture.iter(f"{SVG}rect"))
    assert 1_000 < len(rects) < 40_000
    assert len(text) < 8_000_000
    assert any("and below" in title for title in titles(picture))
    assert "and 20 more lanes" in texts(picture)
    counted = sum(int(title.rpartition(": ")[2].split(" ")[0]) for title in titles(picture) if title[-1] != ")")
    named = sum(int(title.rpartition(" (")[2].split(" ")[0]) for title in titles(picture) if title[-1] == ")")
    assert counted + named == len(files), "every file is in some field"
    for rect in rects[1:]:
        x, y, width, height = (float(rect.get(name, "0")) for name in ("x", "y", "width", "height"))
        assert width >= 0
        assert height >= 0
        assert x + width <= WIDTH
        assert y + height <= HEIGHT
        assert rect.get("class") is None or x + width <= WIDTH - LEGEND


WEIGHTS = st.lists(st.integers(1, 10_000), min_size=1, max_size=30).map(lambda weights: sorted(weights, reverse=True))
ROOMS = st.builds(Rect, st.just(3.0), st.just(5.0), st.integers(1, 900).map(float), st.integers(1, 900).map(float))


@given(WEIGHTS, ROOMS)
def test_rectangles_fill_the_room_in_proportion_and_apart(weights: list[int], room: Rect) -> None:
    for layout in (squarified, sliced):
        rects = layout(weights, room)
        assert len(rects) == len(weights)
        for weight, rect in zip(weights, rects, strict=True):
            assert rect.area == pytest.approx(room.area * weight / sum(weights), rel=1e-6)
            assert rect.x >= room.x - 1e-6
            assert rect.y >= room.y - 1e-6
            assert rect.x + rect.width <= room.x + room.width + 1e-6
            assert rect.y + rect.height <= room.y + room.height + 1e-6
        for at, one in enumerate(rects):
            for other in rects[at + 1 :]:
                across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
                down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
                assert across < 1e-6 or down < 1e-6


def test_a_room_without_area() -> None:
    assert [rect.area for rect in squarified([2, 1], Rect(0, 0, 0, 0))] == [0, 0]
    assert [rect.area for rect in squarified([2, 1], Rect(0, 0, 5, 0))] == [0, 0]


PATHS = st.lists(st.sampled_from([b"a", b"b"]), min_size=1, max_size=4).map(b"/".join)


@given(st.dictionaries(PATHS, st.sampled_from([UI, CORE, BOTH, NOBODY])))
def test_folders_count_what_is_below(kinds: dict[bytes, Kind]) -> None:
    top = folders_of(kinds.items())
    assert top.counts == Counter(kinds.values())
    work = [(b"", top)]
    while work:
        path, folder = work.pop()
        below = {one: kind for one, kind in kinds.items() if one.startswith(path)}
        assert folder.counts == Counter(below.values())
        here = Counter(kind for one, kind in below.items() if b"/" not in one[len(path) :])
        assert folder.files == here
        work += [(path + name + b"/", inner) for name, inner in folder.folders.items()]
