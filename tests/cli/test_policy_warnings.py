"""What `lanegate policy check` says of a valid policy that somebody may have meant otherwise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lanegate.cli.main import main

POLICY = """\
version = 1
identity = "none"
[lanes.ui]
owned_paths = ["/src/ui/", "/src/"]
[lanes.docs]
owned_paths = ["/docs/"]
modify_paths = ["/src/*.py", "/docs/x"]
"""
SHARED = (
    'lanes.docs.modify_paths[0]: docs may MODIFY "src/.py", where ui is PRIMARY ("/src/", line 4): take turns with '
    "`lanegate lock acquire --lane docs '/src/*.py'`"
)
DEAD = 'lanes.ui.owned_paths[0]: "/src/ui/" decides nothing: `/src/` (line 4) decides wherever it matches'
OWNED = 'lanes.docs.modify_paths[1]: "/docs/x" decides nothing: `/docs/` (line 6) decides wherever it matches'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text(POLICY)
    return path


def test_warnings_go_to_standard_error(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "check", str(file)]) == 0
    said = capsys.readouterr()
    assert said.out.startswith(f"{file}: valid: 2 lanes")
    assert said.err.splitlines() == [
        f"{file}:4: warning: {DEAD}",
        f"{file}:7: warning: {SHARED}",
        f"{file}:7: warning: {OWNED}",
    ]


def test_warnings_as_json(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "check", "--format", "json", str(file)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["decision"] == "allowed"
    assert answer["warnings"] == [
        {"message": DEAD, "policy_line": 4},
        {"message": SHARED, "policy_line": 7},
        {"message": OWNED, "policy_line": 7},
    ]


def test_without_an_answer_in_time_that_is_said(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing depends on it: a policy whose lanes are proven apart is valid."""
    file.write_text(POLICY.replace("modify_paths", "read_paths").replace('"/src/ui/", "/src/"', '"/src/?", "!/src/a"'))
    monkeypatch.setattr("lanegate.core.dead_rules.STEPS", 1)
    assert main(["policy", "check", str(file)]) == 0
    assert capsys.readouterr().err == (
        f"{file}:1: warning: not all rules were looked at: the patterns are too entangled to compare exactly (1 steps "
        "were tried)\n"
    )


def test_lanes_that_overlap_are_no_warning(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(POLICY.replace('["/docs/"]', '["/docs/", "/src/a/"]'))
    assert main(["policy", "check", str(file)]) == 1
    said = capsys.readouterr()
    assert said.out.startswith(f'{file}:6: LG703 lanes.docs.owned_paths[1]: two active lanes are PRIMARY on "src/a": ')
    assert said.err == ""
