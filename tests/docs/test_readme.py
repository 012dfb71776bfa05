"""Every example in README.md is what it says: policies load, consoles print that, commands work, settings parse."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from lanegate.cli.main import COMMANDS
from lanegate.core.policy import Policy
from lanegate.core.policy_reader import read_policy
from tests.docs.console import blocks, replay, same_or_update, same_text_or_update
from tests.docs.office import Office
from tests.support import FILES, ROOT, Clone, lanegate, make_bare, make_clone, make_server, seed

README = ROOT / "README.md"
TEXT = README.read_text()
(SIGNING,) = [block.body.partition("lanegate")[0] for block in blocks(TEXT, "sh") if "commit.gpgSign" in block.body]
POLICIES = [block.body for block in blocks(TEXT, "toml")]


@pytest.mark.parametrize("text", POLICIES)
def test_policy_examples_are_valid(text: str) -> None:
    assert isinstance(read_policy(text.encode()), Policy)


@pytest.fixture
def shop(tmp_path: Path) -> Clone:
    """A clone as the reader has it: the first policy of the README on main, hooks installed, a lane's branch."""
    shop = make_clone(make_server(tmp_path / "shop.git", text=POLICIES[0], files=FILES), tmp_path / "shop")
    installed = lanegate("install", cwd=shop.path)
    assert installed.ok, installed.both
    shop.git("checkout", "-q", "-b", "lane/ui")
    (table,) = blocks(TEXT, "markdown")
    shop.write("plan.md", table.body)
    return shop


def shell(command: str, where: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=where,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def test_consoles_print_what_the_readme_shows(shop: Clone) -> None:
    consoles = [block for block in blocks(TEXT, "console") if block.body.startswith("$ ")]
    assert consoles
    for block in consoles:
        same_or_update(README, block, replay(block.body, lambda command: shell(command, shop.path).stdout))


def test_acceptance_is_played(tmp_path: Path) -> None:
    """By the policy of that section, on main already, with keys made here; bob has pushed his commit."""
    section = TEXT[TEXT.index("## Acceptance\n") : TEXT.index("## A day with it\n")]
    office = Office(tmp_path)
    office.hire("ana", "bob", "cy")
    server = make_bare(office.repository())
    office.run("server", "lanegate install --server /srv/git/shop.git --platform ssh")
    (policy,) = blocks(section, "toml")
    seed(server, FILES, text=office.settle(policy.body))
    office.everybody(f"git clone -q git@server:/srv/git/shop.git\ncd shop\n{SIGNING}lanegate install\n")
    office.run(
        "bob", "git switch -q -c lane/ui; echo 'search = 2' > src/ui/search.py; git commit -q -a -m 'Keep focus'"
    )
    office.run("bob", "git push -q origin lane/ui")
    (console,) = blocks(section, "console")
    played = office.play(console.body)
    assert set(re.findall(r"LG\d{3}", played)) == {"LG301"}, "refused before the verdict, and only then"
    same_text_or_update(README, console.body, played)


def test_every_command_is_listed() -> None:
    assert dict(re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", TEXT, re.M)) == COMMANDS


def test_commands_in_shell_examples_work(shop: Clone) -> None:
    servers = shop.path.parent
    lines = [line for block in blocks(TEXT, "sh") for line in block.body.splitlines() if line.startswith("lanegate ")]
    assert lines
    for line in lines:
        ran = shell(line.replace("/srv/git", str(servers)), shop.path)
        assert ran.returncode == 0, f"{line}\n{ran.stdout}"


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", TEXT, re.M))
    assert {"demo", "test"} <= named <= targets


def test_pre_commit_example_names_every_hook_there_is() -> None:
    (block,) = blocks(TEXT, "yaml")
    (entry,) = yaml.safe_load(block.body)["repos"]
    offered = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert [hook["id"] for hook in entry["hooks"]] == [hook["id"] for hook in offered]
