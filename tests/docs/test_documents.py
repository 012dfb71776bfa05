"""Documents as a whole: links lead somewhere, decisions are listed, nobody is told to install a stranger's package."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support import ROOT, run

TRACKED = run(["git", "ls-files", "-z", "*.md"], cwd=ROOT, check=True).out.split("\0")[:-1]
DOCUMENTS = [ROOT / name for name in TRACKED]


@pytest.mark.parametrize("document", DOCUMENTS, ids=TRACKED)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text()):
        if not target.startswith("https://"):
            assert (document.parent / target).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=TRACKED)
def test_nobody_is_told_to_install_another_project(document: Path) -> None:
    """`lanegate` is not this project's name on a package index."""
    assert not re.search(r"pipx? install (-\S+ )*lanegate(?!-hooks)\b", document.read_text())


def test_decisions_are_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(re.findall(r"\]\(([^)]+\.md)\)", (folder / "README.md").read_text())) - {"../judgement.md"}
    assert listed == {page.name for page in folder.glob("*.md")} - {"README.md"}
