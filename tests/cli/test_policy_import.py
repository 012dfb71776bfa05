"""`lanegate policy import-matrix`: printed as TOML, or put into the policy file without losing anything."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from lanegate.cli.main import main
from lanegate.core.policy_reader import read_policy

PLAN = """\
# Plan

| File              | W1 (ui) | core    |
|-------------------|---------|---------|
| `src/ui/`         | PRIMARY | -       |
| README.md         | MODIFY  | PRIMARY |
| `src/core/`       |         | PRIMARY |
"""

POLICY = """\
# the rules
version = 1
identity = "none"

[lanes.ui]
[lanes.core]

# The planning table.
[[matrix]]
path = "src/ui/" # all of it
grants = { ui = "READ" } # for now

# what core owns
[[matrix]]
path = "src/core/"
grants = { core = "PRIMARY" }

# Landing.
[[refs]]
name = "refs/heads/main"
"""

TOML = """\
[[matrix]]
path = "src/ui/"
grants = { ui = "PRIMARY", core = "-" }

[[matrix]]
path = "/README.md"
grants = { ui = "MODIFY", core = "PRIMARY" }

[[matrix]]
path = "src/core/"
grants = { core = "PRIMARY" }
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, also the current one, with a plan and a policy."""
    (tmp_path / "plan.md").write_text(PLAN)
    (tmp_path / "p.toml").write_text(POLICY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def note(name: str) -> str:
    return f'note: {name}, line 6: "README.md" is taken as "/README.md", from the root\n'


def test_the_rows_are_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "import-matrix", "plan.md"]) == 0
    assert capsys.readouterr() == (TOML, note("plan.md"))
    assert (folder / "p.toml").read_text() == POLICY


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbf" + PLAN.encode())))
    assert main(["policy", "import-matrix", "-"]) == 0
    assert capsys.readouterr() == (TOML, note("standard input"))


WRITTEN = """\
# the rules
version = 1
identity = "none"

[lanes.ui]
[lanes.core]

# The planning table.
[[matrix]]
path = "src/ui/" # all of it
grants = { ui = "PRIMARY", core = "-"} # for now

[[matrix]]
path = "/README.md"
grants = { ui = "MODIFY", core = "PRIMARY" }

# what core owns
[[matrix]]
path = "src/core/"
grants = { core = "PRIMARY" }

# Landing.
[[refs]]
name = "refs/heads/main"
"""


def test_the_rows_are_written_where_the_table_has_them(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.chmod(folder / "p.toml", 0o640)
    assert main(["policy", "import-matrix", "plan.md", "--write", "--policy", "p.toml"]) == 0
    said = note("plan.md") + (
        "p.toml: src/ui/: ui = PRIMARY (was READ)\np.toml: src/ui/: core = -\np.toml: /README.md: added\n"
    )
    assert capsys.readouterr() == ("", said)
    assert (folder / "p.toml").read_text() == WRITTEN
    assert (folder / "p.toml").stat().st_mode & 0o777 == 0o640
    assert sorted(os.listdir(folder)) == ["p.toml", "plan.md"]
    assert main(["policy", "import-matrix", "plan.md", "--write", "--policy", "p.toml"]) == 0
    assert capsys.readouterr().err == note("plan.md") + "p.toml: nothing to change\n"
    assert (folder / "p.toml").read_text() == WRITTEN


def test_what_is_shown_can_be_written_back(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "matrix", "p.toml", "--format", "markdown"]) == 0
    (folder / "shown.md").write_text(capsys.readouterr().out)
    assert main(["policy", "import-matrix", "shown.md", "--write", "--policy", "p.toml"]) == 0
    assert capsys.readouterr() == ("", "p.toml: nothing to change\n")


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ("nothing",
         "plan.md:1: no ownership table: a header, a line of dashes, and rows with PRIMARY, MODIFY or READ\n"),
        (PLAN.replace("MODIFY", "MODIFIES"),
         'plan.md:6: "MODIFIES": expected PRIMARY, MODIFY, READ, - or an empty cell\n'),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_read(plan: str, said: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "plan.md").write_text(plan)
    assert main(["policy", "import-matrix", "plan.md"]) == 1
    assert capsys.readouterr() == ("", said)


HEADER = "| Path | ui | core |\n|---|---|---|\n"
BY_HAND = "the file is written in a way that cannot be edited safely: put the rows in by hand"


@pytest.mark.parametrize(
    ("plan", "policy", "said"),
    [
        (HEADER.replace("core", "kore") + "| /x | READ | - |\n", POLICY,
         'kore is no lane of this policy (did you mean "core"?)'),
        (HEADER + "| src/core/ | READ | - |\n| src/ui/ | READ | - |\n", POLICY,
         "the policy has src/ui/ before src/core/, the table has it after: the last matching row wins, so put them in "
         "one order first"),
        (HEADER + "| /x | READ | - |\n",
         'version = 1\nidentity = "none"\nlanes = { ui = {}, core = {} }\n'
         'matrix = [{ path = "/y", grants = { ui = "READ" } }]\n',
         BY_HAND),
    ],
)  # fmt: skip
def test_rows_that_do_not_fit(
    plan: str, policy: str, said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "plan.md").write_text(plan)
    (folder / "p.toml").write_text(policy)
    assert main(["policy", "import-matrix", "plan.md", "--write", "--policy", "p.toml"]) == 1
    assert capsys.readouterr() == ("", f"p.toml: {said}; nothing was written\n")
    assert (folder / "p.toml").read_text() == policy


def test_a_broken_policy_is_not_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "p.toml").write_text("version = 2\n")
    assert main(["policy", "import-matrix", "plan.md", "--write", "--policy", "p.toml"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "p.toml:1: LG702 version: expected 1, got 2\n" in err


def test_a_folder_that_cannot_be_written(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: str, target: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    assert main(["policy", "import-matrix", "plan.md", "--write", "--policy", "p.toml"]) == 3
    assert capsys.readouterr().err.endswith("p.toml: No space left on device; nothing was written\n")
    assert (folder / "p.toml").read_text() == POLICY
    assert sorted(os.listdir(folder)) == ["p.toml", "plan.md"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["nosuch.md"],
            "lanegate: LG901 nosuch.md cannot be read: No such file or directory\n  name a Markdown file\n",
        ),
        (["bytes.md"], "lanegate: LG901 bytes.md is not UTF-8\n  save it as UTF-8\n"),
        (["plan.md", "--write"], "lanegate: LG901 there is no git work tree here\n  name the policy file\n"),
    ],
)
def test_files_that_are_not_there(
    arguments: list[str], said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bytes.md").write_bytes(b"\xff")
    assert main(["policy", "import-matrix", *arguments]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith(said)


def test_a_linked_policy_stays_a_link(folder: Path) -> None:
    os.rename(folder / "p.toml", folder / "real.toml")
    os.symlink("real.toml", folder / "p.toml")
    assert main(["policy", "import-matrix", "plan.md", "--write", "--policy", "p.toml"]) == 0
    assert (folder / "p.toml").is_symlink()
    assert len(read_policy((folder / "real.toml").read_bytes()).matrix) == 3
