"""docs/agents.md is what it says: its consoles print that, and its table names what the hook has."""

from __future__ import annotations

from pathlib import Path

from lanegate.usecases.agent_setup import FILES
from tests.desk import make_desk
from tests.docs.console import blocks, replay, same_text_or_update
from tests.docs.test_readme import shell
from tests.support import ROOT

DOCUMENT = ROOT / "docs" / "agents.md"
TEXT = DOCUMENT.read_text()


def test_the_consoles_print_what_is_shown(tmp_path: Path) -> None:
    desk = make_desk(tmp_path / "desk")
    desk.use("ui")
    consoles = blocks(TEXT, "console")
    assert len(consoles) == 4
    new = TEXT
    for block in consoles:
        played = replay(block.body, lambda command: shell(command, desk.path).stdout)
        new = new.replace(block.body, played)
    same_text_or_update(DOCUMENT, TEXT, new)


def test_each_editor_is_told_of() -> None:
    assert all(f"`{file}`" in TEXT for file in FILES.values())
