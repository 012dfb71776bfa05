"""docs/reference.md is what the code says now."""

from __future__ import annotations

import runpy

from lanegate.cli.command_tree import command_tree
from tests.support import ROOT

SCRIPT = runpy.run_path(str(ROOT / "docs" / "reference.py"))


def test_every_key_of_a_policy_is_told() -> None:
    assert set(SCRIPT["MEANINGS"]) == {place for place, _, _ in SCRIPT["keys"]()}


def test_the_page_is_up_to_date() -> None:
    assert (ROOT / "docs" / "reference.md").read_text() == SCRIPT["page"](), "out of date, run: make reference"


def test_every_argument_and_option_says_what_it_is() -> None:
    """In the help and in this page alike; --help, --format and the like explain themselves."""
    dumb = [
        (*command.words, argument.shown)
        for command in command_tree()
        for argument in command.arguments
        if not argument.about
    ]
    assert dumb == []
    page = SCRIPT["page"]()
    assert "### lanegate explain\n" in page
    assert "\n- `[PATH...]`: a path, from the current folder on; or one commit\n" in page
    assert "\n- `SHELL` (bash, zsh, fish): " in page
    assert "\n- `--server DIR`: " in page
    assert "\n- `--carry OLD NEW`: " in page
