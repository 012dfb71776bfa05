"""docs/acceptance.md is what it says: its policies load, its people play every console, and see what it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lanegate.core.policy_reader import read_policy
from tests.docs.console import blocks, same_text_or_update
from tests.docs.office import Office
from tests.support import ROOT, install_server, make_bare, seed

DOCUMENT = ROOT / "docs" / "acceptance.md"
TEXT = DOCUMENT.read_text()
POLICIES = [block.body for block in blocks(TEXT, "toml")]
SIGNING = "".join(f"{line}\n" for line in blocks(TEXT, "sh")[0].body.splitlines() if line.startswith("git config"))
FILES = {
    "src/core/index.py": "index = 1\n",
    "src/ui/search.py": "search = 1\n",
    "docs/guide.md": "# Guide\n",
    "tests/all.py": 'print("2 tests passed")\n',
}
#: The codes that each section shows; whoever writes transcripts anew sees here what they are meant to show.
CODES = {
    "Set up, once": {"LG901"},
    "Work": {"LG301", "LG304", "LG501"},
    "Gates and verdict": {"LG304"},
    "Land": {"LG304", "LG502"},
    "Rejected": {"LG304", "LG505"},
    "Take back": set(),
    "Break the glass": {"LG301", "LG304"},
    "Look, and verify": {"LG301", "LG304"},
    "A team of one": set(),
    "One machine, no keys": {"LG301"},
    "A forge without server hooks": set(),
}
#: The sections after the story, whose policy stands on main from the start: whether the server has hooks then.
OTHERS = {"A team of one": True, "One machine, no keys": False, "A forge without server hooks": False}


def sections() -> dict[str, str]:
    """Title and text of each section of the page."""
    return {title: body for title, _, body in (part.partition("\n") for part in TEXT.split("\n## ")[1:])}


@pytest.mark.parametrize("text", POLICIES)
def test_policies_are_valid(text: str) -> None:
    assert read_policy(text.encode()).asks_acceptance


def test_what_is_refused_is_meant_to_be() -> None:
    consoles = {title: "".join(block.body for block in blocks(text, "console")) for title, text in sections().items()}
    assert {title: set(re.findall(r"\bLG\d{3}\b", body)) for title, body in consoles.items()} == CODES


def test_three_lanes_land(tmp_path: Path) -> None:
    office = Office(tmp_path)
    seed(make_bare(office.repository()), FILES, text=None)
    office.hire("ana", "bob", "cy", "dan")
    end = min(TEXT.index(f"## {title}\n") for title in OTHERS)
    same_text_or_update(DOCUMENT, TEXT[:end], office.perform(TEXT[:end]))


@pytest.mark.parametrize("title", OTHERS)
def test_other_teams(tmp_path: Path, title: str) -> None:
    """Each with the policy that the section shows on main already, in clones with hooks."""
    text = sections()[title]
    office = Office(tmp_path)
    office.hire("ana", "bob")
    (policy,) = blocks(text, "toml")
    server = make_bare(office.repository())
    seed(server, FILES, text=office.settle(policy.body))
    if OTHERS[title]:
        install_server(server)
    signing = "" if 'identity = "none"' in policy.body else SIGNING
    office.everybody(f"{signing}git clone -q /srv/git/shop.git\ncd shop\nlanegate install\n")
    same_text_or_update(DOCUMENT, text, office.perform(text))
