"""Documents as a whole: links lead somewhere, decisions are listed, nobody is told to install a stranger's package."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lanegate.usecases.attack_list import ATTACKS
from tests.support import ROOT, run

TRACKED = run(["git", "ls-files", "-z", "*.md"], cwd=ROOT, check=True).out.split("\0")[:-1]
DOCUMENTS = [ROOT / name for name in TRACKED]


@pytest.mark.parametrize("document", DOCUMENTS, ids=TRACKED)
def test_links_lead_somewhere(document: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#]*)(?:#([^)]*))?\)", _FENCED.sub("", document.read_text())):
        if target.startswith("https://"):
            continue
        page = document.parent / target if target else document
        assert page.exists(), target
        assert not anchor or anchor in anchors(page), f"{target}#{anchor}"


_FENCED = re.compile(r"^```.*?^```$", re.M | re.S)


def anchors(page: Path) -> set[str]:
    """The anchors that a page has on a forge: each heading in lower case, hyphens for spaces, no punctuation."""
    headings = re.findall(r"^#+ (.+)$", _FENCED.sub("", page.read_text()), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_anchors_are_those_of_headings(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# CI, for `main`: a gate\n```sh\n# not one\n```\n## LG101\n")
    assert anchors(page) == {"ci-for-main-a-gate", "lg101"}


def test_documents_are_in_the_readme() -> None:
    pages = {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")} | {
        "CONTRIBUTING.md",
        "docs/decisions/README.md",
    }
    table = (ROOT / "README.md").read_text().partition("\n## Documents\n")[2].partition("\n## ")[0]
    assert set(re.findall(r"\]\(([^)]+)\)", table)) == pages


def test_threats_name_the_attacks_that_doctor_tries() -> None:
    page = (ROOT / "docs" / "threats.md").read_text().partition("\n## Try it here\n")[2].partition("\n## ")[0]
    rows = {row[0]: set(re.findall(r"\[(LG\d+)\]", row[1])) for row in re.findall(r"^\| (.+?) \|(.*)$", page, re.M)}
    assert {attack.name: set(attack.codes) for attack in ATTACKS}.items() <= rows.items()
    assert len(rows) == len(ATTACKS) + 2


@pytest.mark.parametrize("document", DOCUMENTS, ids=TRACKED)
def test_nobody_is_told_to_install_another_project(document: Path) -> None:
    """`lanegate` is not this project's name on a package index."""
    assert not re.search(r"pipx? install (-\S+ )*lanegate(?!-hooks)\b", document.read_text())


def test_decisions_are_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(re.findall(r"\]\(([^)]+\.md)\)", (folder / "README.md").read_text())) - {"../judgement.md"}
    assert listed == {page.name for page in folder.glob("*.md")} - {"README.md"}
