"""Zones in `lanegate policy show` and `policy matrix`."""

from __future__ import annotations

import json

import pytest

from lanegate.cli.main import main
from tests.hooks.zoned import ZONED, ZONES
from tests.support import POLICY_PATH, Clone, policy

MATRIX = '\n[[matrix]]\npath = "/src/app.py"\ngrants = { ui = "MODIFY" }\n'
ROLES = '\n[[zones]]\npaths = ["/policy/"]\nmode = "high-risk"\nroles = ["maintainer", "integrator"]\n'


@pytest.fixture
def zoned(repo: Clone, monkeypatch: pytest.MonkeyPatch) -> Clone:
    repo.write(POLICY_PATH, policy(identity="pusher", extra=MATRIX + ZONES + ROLES))
    monkeypatch.chdir(repo.path)
    return repo


@pytest.mark.parametrize("command", ["show", "matrix"])
def test_zones_are_shown_with_their_lines(zoned: Clone, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", command]) == 0
    lines = capsys.readouterr().out.split("\n")
    at = lines.index("zones (the last one that matches a path wins; out of scope beats all)")
    rows = [[cell.strip() for cell in line.split("  ") if cell] for line in lines[at + 1 : at + 10]]
    text = (zoned.path / POLICY_PATH).read_text().split("\n")
    for mode, pattern in (
        ("high-risk", "!/src/ui/hot/cold.py"),
        ("append-only", "/docs/log/"),
        ("frozen", "/src/ui/frozen/"),
        ("high-risk, maintainer or integrator only", "/policy/"),
    ):
        line = max(number for number, line in enumerate(text, 1) if f'"{pattern}"' in line)
        assert [mode, pattern, f"line {line}"] in rows


def test_zones_as_json(zoned: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "matrix", "--format", "json"]) == 0
    matrix = json.loads(capsys.readouterr().out)["zones"]
    assert main(["policy", "show", "--format", "json"]) == 0
    show = json.loads(capsys.readouterr().out)["zones"]
    assert [zone["mode"] for zone in matrix] == ["high-risk", "append-only", "shared", "frozen", "high-risk"]
    assert (matrix[-1]["paths"], matrix[-1]["roles"]) == (["/policy/"], ["maintainer", "integrator"])
    assert [[rule["text"] for rule in zone["paths"]] for zone in show] == [zone["paths"] for zone in matrix]
    assert [zone["line"] for zone in show] == [zone["line"] for zone in matrix]


def test_a_markdown_table_stays_one(zoned: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    """What `import-matrix` reads back."""
    assert main(["policy", "matrix", "--format", "markdown"]) == 0
    assert all(line.startswith("|") for line in capsys.readouterr().out.strip().split("\n"))


def test_the_summary_counts_them(
    repo: Clone, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    repo.write(POLICY_PATH, ZONED)
    monkeypatch.chdir(repo.path)
    assert main(["policy", "check"]) == 0
    assert capsys.readouterr().out.endswith(", 3 ref rules, 4 zones\n")
