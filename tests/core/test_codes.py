"""The table of codes is complete: whatever the sources can answer with is explained, and nothing else."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

import lanegate
from lanegate.core.codes import CODES, ENTRIES, Code

SOURCES = [
    path
    for path in Path(lanegate.__file__).parent.rglob("*.py")
    if not path.name.startswith(("codes", "code_examples"))
]


def test_every_code_that_the_sources_name_is_explained() -> None:
    found = {code for path in SOURCES for code in re.findall(r'"(LG\d{3})"', path.read_text())}
    assert found <= set(CODES)
    assert {"LG101", "LG702", "LG900"} <= found


@pytest.mark.parametrize("code", CODES.values(), ids=lambda code: code.code)
def test_each_says_all_of_it(code: Code) -> None:
    assert CODES[code.code] is code
    assert re.fullmatch(r"LG[1-9]\d\d", code.code)
    assert code.title
    assert not code.title.endswith(".")
    assert code.why.endswith(".")
    assert code.what_to_do.endswith(".")
    assert all(re.fullmatch(r"R-[A-F]\d\d|design \d", source) for source in code.requirements)
    assert code.requirements
    assert "  " not in code.why + code.what_to_do


def test_no_code_is_explained_twice() -> None:
    assert len(ENTRIES) == len(CODES)


@pytest.mark.parametrize("code", CODES.values(), ids=lambda code: code.code)
def test_examples_say_what_the_sources_say(code: Code, wording: set[tuple[str, str]]) -> None:
    """The line of the problem and the line that says what to do, each with words that stand so in the sources."""
    problem, hint = code.example.split("\n")
    assert problem.startswith(f"{code.code} ")
    assert re.match(r" {6}\S", hint)
    for line in (problem, hint):
        words = _WORD.findall(line)
        assert wording.intersection(pairwise(words)), line


_WORD = re.compile(r"[\w`']+")


@pytest.fixture(scope="module")
def wording() -> set[tuple[str, str]]:
    """All pairs of neighbouring words in the sources."""
    found: set[tuple[str, str]] = set()
    for path in SOURCES:
        words = _WORD.findall(re.sub(r'"\s*f?"', "", path.read_text()))
        found.update(pairwise(words))
    return found


def test_requirements_are_those_of_the_list() -> None:
    """Ids are stable: a letter has as many rules as the requirements list has."""
    most = {"A": 9, "B": 20, "C": 8, "D": 13, "E": 6, "F": 7}
    cited = {source for code in CODES.values() for source in code.requirements if source.startswith("R-")}
    assert all(1 <= int(source[3:]) <= most[source[2]] for source in cited)
