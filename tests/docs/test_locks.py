"""docs/locks.md is what it says: its policy loads, and bob, dan and ana see what it shows."""

from __future__ import annotations

import re
from pathlib import Path

from lanegate.core.policy_reader import read_policy
from tests.docs.console import blocks, same_text_or_update
from tests.docs.office import Office
from tests.support import ROOT, install_server, make_bare, seed

DOCUMENT = ROOT / "docs" / "locks.md"
TEXT = DOCUMENT.read_text()
FILES = {"src/app.py": "app = 1\n", "src/core/index.py": "index = 1\n", "src/ui/search.py": "search = 1\n"}
SET_UP = """\
git config --global gpg.format ssh
git config --global user.signingKey ~/.ssh/id_ed25519.pub
git config --global commit.gpgSign true
git clone -q git@server:/srv/git/shop.git
cd shop
lanegate install
"""
LANES = {"ana": "lead", "bob": "ui", "dan": "core"}


def test_what_is_refused_is_meant_to_be() -> None:
    consoles = "".join(block.body for block in blocks(TEXT, "console"))
    assert set(re.findall(r"\bLG\d{3}\b", consoles)) == {"LG202", "LG402", "LG403", "LG903"}


def test_locks(tmp_path: Path) -> None:
    (policy,) = blocks(TEXT, "toml")
    assert read_policy(policy.body.encode()).asks_locks
    office = Office(tmp_path)
    office.hire(*LANES)
    server = make_bare(office.repository())
    seed(server, FILES, text=office.settle(policy.body))
    install_server(server)
    office.everybody(SET_UP)
    for who, lane in LANES.items():
        office.run(who, f"lanegate lane use {lane}")
    same_text_or_update(DOCUMENT, TEXT, office.perform(TEXT))
