"""The README on `identity = "signature"` works as written: its policy with keys made here, its commands, and pushes."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from lanegate.core.policy_reader import read_policy
from tests.docs.console import blocks
from tests.support import FILES, ROOT, Clone, Ran, lanegate, make_clone, make_server, run

README = (ROOT / "README.md").read_text()
POLICY, _ = [block.body for block in blocks(README, "toml") if 'identity = "signature"' in block.body]
(SET_UP,) = [block.body for block in blocks(README, "sh") if "user.signingKey" in block.body]
UI, CORE = {"src/ui/search.py": "search = 2\n"}, {"src/core/index.py": "index = 2\n"}


@pytest.fixture
def shop(tmp_path: Path) -> Clone:
    """bob's clone: the README's policy on main with new keys for its people, hooks and git set up as it says."""
    home = Path(os.environ["HOME"])
    text = POLICY
    for name, folder in (("ana", tmp_path), ("bob", home / ".ssh")):
        folder.mkdir(exist_ok=True)
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"{name}@laptop", "-f", "id_ed25519"]
        run(command, cwd=folder, check=True)
        line = (folder / "id_ed25519.pub").read_text().strip()
        text = re.sub(rf"ssh-ed25519 \S+ {name}@laptop", line, text)
    shop = make_clone(make_server(tmp_path / "shop.git", text=text, files=FILES), tmp_path / "shop")
    assert lanegate("install", cwd=shop.path).ok
    shop.git("checkout", "-q", "-b", "lane/ui")
    return shop


def push(shop: Clone, files: dict[str, str], lane: str) -> Ran:
    shop.change(dict(files), lane=lane)
    return shop.push(f"HEAD:refs/heads/lane/{lane}")


def test_the_example_names_two_people_with_keys() -> None:
    policy = read_policy(POLICY.encode())
    assert [len(person.keys) for person in policy.people.values()] == [1, 1]


def test_set_up_as_the_readme_says(shop: Clone) -> None:
    before = lanegate("doctor", cwd=shop.path)
    assert (before.code, "dead  signing" in before.out) == (1, True)
    assert "LG203" in push(shop, UI, "ui").err
    shop.git("reset", "-q", "--hard", "origin/main")
    said = run(["sh", "-e", "-c", SET_UP], cwd=shop.path)
    assert said.ok, said.both
    assert "live  signing             as bob, by SHA256:" in said.out
    allowed = push(shop, UI, "ui")
    assert allowed.ok, allowed.both
    assert lanegate("verify", "origin/main..HEAD", cwd=shop.path).ok
    other = push(shop, CORE, "core")
    assert "signed by bob, who does not own lane core" in other.err
