"""`lanegate rule`."""

from __future__ import annotations

import json

import pytest

from lanegate.cli.main import main
from lanegate.core.codes import CODES
from lanegate.render.terminal import Terminal


def test_a_code_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rule", "lg102"]) == 0
    assert capsys.readouterr().out == (
        "LG102 MODIFY went beyond content\n"
        "  why    MODIFY lets a lane make specific changes in a file that another lane owns: its content, and\n"
        "         nothing else. Creating, deleting, renaming it, or changing its type or mode, is its owner's\n"
        "         decision.\n"
        "  do     Leave the file where and what it is, or ask the lane that is PRIMARY there.\n"
        "  from   R-C01\n"
        "  as in\n"
        "    LG102 src/app.py   ui may MODIFY the content only, not delete or rename it   policy/lanegate.toml:11\n"
        "          ask ana (core) for the change; escalate if scope leaves src/ui, or: lanegate explain src/app.py "
        "--lane ui\n"
    )


def test_a_narrow_terminal_is_kept_to(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lanegate.render.terminal.terminal_of", lambda *_: Terminal(60))
    assert main(["rule", "LG101"]) == 0
    text = capsys.readouterr().out.partition("  as in\n")[0]
    assert 50 < max(map(len, text.splitlines())) <= 60


def test_all_codes_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rule"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ") for line in lines] == [[code.code, code.title] for code in CODES.values()]


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rule", "LG601", "--format", "json"]) == 0
    one = json.loads(capsys.readouterr().out)
    assert main(["rule", "--format", "json"]) == 0
    everything = json.loads(capsys.readouterr().out)
    assert one["version"] == everything["version"] == 1
    assert list(one) == ["version", "code", "title", "why", "what_to_do", "requirements", "example"]
    assert {"version": 1, **everything["codes"][list(CODES).index("LG601")]} == one
    assert len(everything["codes"]) == len(CODES)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("LG2O1", "lanegate: there is no code 'LG2O1'; did you mean LG201 (no, several or unknown Lane)?\n"),
        ("x\x1b", "lanegate: there is no code 'x\\x1b'; `lanegate rule` lists them all\n"),
    ],
)
def test_an_unknown_code_names_the_nearest(code: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rule", code]) == 2
    assert capsys.readouterr().err == said
