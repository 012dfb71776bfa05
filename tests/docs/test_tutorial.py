"""docs/tutorial.md is what it says: ana, bob and dan get from a first policy to the first landing as it shows."""

from __future__ import annotations

import re
from pathlib import Path

from tests.docs.console import blocks, same_text_or_update
from tests.docs.office import Office
from tests.support import ROOT, make_bare, seed

DOCUMENT = ROOT / "docs" / "tutorial.md"
TEXT = DOCUMENT.read_text()
FILES = {
    "CODEOWNERS": "/src/ui/ @ui\n/src/core/ @core\n/docs/ @lead\n",
    "src/core/index.py": "index = 1\n",
    "src/ui/search.py": "search = 1\n",
    "docs/guide.md": "# Guide\n",
}


def test_what_is_refused_is_meant_to_be() -> None:
    bodies = [block.body for block in blocks(TEXT, "console")]
    refused = [set(re.findall(r"\bLG\d{3}\b", body)) for body in bodies]
    assert refused == [set(), {"LG201"}, set(), {"LG101"}, set(), set()], (
        "the probe's LG201 is what the gate must refuse"
    )
    assert bodies[3].count("LG101 src/core/index.py") == 2, "at commit, and with --no-verify at push"
    assert bodies[5].splitlines()[-1].startswith("lanegate: allowed (")


def test_first_landing(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.hire("ana", "bob", "dan")
    seed(make_bare(office.repository()), FILES, text=None)
    same_text_or_update(DOCUMENT, TEXT, office.perform(TEXT))
