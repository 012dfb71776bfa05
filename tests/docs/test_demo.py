"""The demo has the outcomes that it promises, README.md shows what it prints, and it would notice a wrong outcome."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.docs.console import blocks, same_or_update
from tests.support import ROOT, run

README = ROOT / "README.md"
SCRIPT = ROOT / "docs" / "demo.py"


def test_every_outcome_is_the_expected_one_and_the_readme_shows_it() -> None:
    ran = run([sys.executable, str(SCRIPT)], cwd=ROOT)
    assert ran.ok, ran.both
    assert "\x1b" not in ran.out, "colour is for terminals"
    (shown,) = blocks(README.read_text(), "text")
    same_or_update(README, shown, ran.out)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("demo", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("command", "is_expected"),
    [
        ("echo LG101; exit 1", True),
        ("echo LG101; exit 0", False),
        ("echo LG102; exit 1", False),
        ("echo LG101 LG900; exit 1", False),
        ("exit 1", False),
    ],
)
def test_a_refusal_counts_with_its_own_code_only(
    script: ModuleType, tmp_path: Path, command: str, is_expected: bool
) -> None:
    demo = script.Demo(tmp_path)
    demo.refused(".", command, "LG101", "refused")
    assert demo.outcomes == [is_expected]


@pytest.mark.parametrize(("command", "is_expected"), [("true", True), ("exit 1", False)])
def test_an_accepted_command_must_succeed(script: ModuleType, tmp_path: Path, command: str, is_expected: bool) -> None:
    demo = script.Demo(tmp_path)
    demo.accepted(".", command, "allowed")
    assert demo.outcomes == [is_expected]
