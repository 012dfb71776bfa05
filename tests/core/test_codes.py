"""The table of codes is complete: whatever the sources can answer with is explained, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import lanegate
from lanegate.core.codes import CODES, Code

SOURCES = [path for path in Path(lanegate.__file__).parent.rglob("*.py") if path.name != "codes.py"]


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


def test_requirements_are_those_of_the_list() -> None:
    """Ids are stable: a letter has as many rules as the requirements list has."""
    most = {"A": 9, "B": 20, "C": 8, "D": 13, "E": 6, "F": 7}
    cited = {source for code in CODES.values() for source in code.requirements if source.startswith("R-")}
    assert all(1 <= int(source[3:]) <= most[source[2]] for source in cited)
