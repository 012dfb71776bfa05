"""README.md's terminal picture shows what its session prints now, legibly, and holds nothing but a picture."""

from __future__ import annotations

import re
import runpy
from xml.etree import ElementTree

import pytest

from tests.docs.console import UPDATE, normalise
from tests.support import ROOT

SCRIPT = runpy.run_path(str(ROOT / "docs" / "terminal_picture.py"))
PICTURE = ROOT / "docs" / "terminal.svg"
SVG = "{http://www.w3.org/2000/svg}"
SHAPES = ("svg", "title", "desc", "rect", "circle", "g", "text")


def shown_text(svg: str) -> str:
    """The text as it stands in the picture: each piece at the line and column that it is drawn at."""
    rows: dict[int, str] = {}
    for piece in ElementTree.fromstring(svg).iter(f"{SVG}text"):  # noqa: S314 - our own file
        row = round((int(piece.get("y", "")) - SCRIPT["_BAR"] - 16) / SCRIPT["_LINE"])
        column = round((float(piece.get("x", "")) - SCRIPT["_MARGIN"]) / SCRIPT["_LETTER"])
        rows[row] = rows.get(row, "").ljust(column) + (piece.text or "")
    return "".join(rows.get(row, "") + "\n" for row in range(max(rows) + 1))


def test_it_shows_what_the_session_prints() -> None:
    lines = SCRIPT["session"]()
    printed, fresh = SCRIPT["plain"](lines), SCRIPT["picture"](lines)
    assert re.findall(r"LG\d{3}", printed) == ["LG101", "LG101"], "refused at commit and by the server, then allowed"
    assert printed.splitlines()[-1].startswith("remote: lanegate: allowed (1 commit, 1 path, ")
    assert shown_text(fresh) == printed
    if UPDATE:
        if normalise(fresh) != normalise(PICTURE.read_text()):
            PICTURE.write_text(fresh)
        return
    assert normalise(shown_text(PICTURE.read_text())) == normalise(printed), "out of date, run: make readme"


def test_it_is_told_in_words_and_in_colour_and_holds_nothing_active() -> None:
    root = ElementTree.fromstring(PICTURE.read_text())  # noqa: S314 - our own file
    assert {part.tag.removeprefix(SVG) for part in root.iter()} == set(SHAPES)
    names = {name for part in root.iter() for name in part.attrib}
    assert not [name for name in names if name.startswith("on") or "href" in name]
    assert root.get("role") == "img"
    assert [part.get("id") for part in root[:2]] == root.get("aria-labelledby", "").split()
    assert root[1].text == shown_text(PICTURE.read_text())
    fills = {part.text: part.get("fill") for part in root.iter(f"{SVG}text")}
    (refused,) = [fill for text, fill in fills.items() if text and text.startswith("lanegate: refused")]
    assert refused == SCRIPT["COLOURS"]["31"], "drawn from a run with colour"


def test_the_readme_shows_it() -> None:
    (words,) = re.findall(r"!\[([^]]+)]\(docs/terminal\.svg\)", (ROOT / "README.md").read_text())
    assert len(words) > 40, "what it shows, for whoever cannot see it"


def test_every_colour_is_read_well_on_its_card() -> None:
    """4.5:1 at least, WCAG 2.1's contrast for text (1.4.3)."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    ground = light(SCRIPT["BACKGROUND"])
    assert {
        name: (light(one) + 0.05) / (ground + 0.05) >= 4.5 for name, one in SCRIPT["COLOURS"].items()
    } == dict.fromkeys(SCRIPT["COLOURS"], True)


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        ("one\r\ntwo\n", ["one", "two"]),
        ("\x1b[31mred\x1b[m plain\x1b[K\n", ["red plain"]),
        ("x" * 101, ["x" * 100, "x"]),
        ("a\x1b[1;32m" + "x" * 200 + "\x1b[0m", ["a" + "x" * 99, "x" * 100, "x"]),
        ("x" * 100 + "\n", ["x" * 100]),
        ("\n\n", ["", ""]),
    ],
)
def test_lines_are_those_of_a_terminal(said: str, lines: list[str]) -> None:
    assert SCRIPT["plain"](SCRIPT["drawn"](said)).splitlines() == lines


@pytest.mark.parametrize("said", ["\x1b[2J", "\x1b[1A", "\a", "a\tb", "\x1b[38;5;1mx", "\x1b]0;title\a"])
def test_what_it_cannot_draw_it_does_not_draw_wrongly(said: str) -> None:
    with pytest.raises(SCRIPT["PictureError"], match=r"cannot be drawn|no colour"):
        SCRIPT["drawn"](said)
