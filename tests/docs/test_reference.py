"""docs/reference.md is what the code says now."""

from __future__ import annotations

import runpy

from tests.support import ROOT

SCRIPT = runpy.run_path(str(ROOT / "docs" / "reference.py"))


def test_every_key_of_a_policy_is_told() -> None:
    assert set(SCRIPT["MEANINGS"]) == {place for place, _, _ in SCRIPT["keys"]()}


def test_the_page_is_up_to_date() -> None:
    assert (ROOT / "docs" / "reference.md").read_text() == SCRIPT["page"](), "out of date, run: make reference"
