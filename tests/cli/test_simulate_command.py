"""`lanegate simulate`: a candidate policy on a real history, and its remedies applied until nothing is refused."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from lanegate.cli.main import main
from tests.support import POLICY_PATH, Clone, Ran, policy

CANDIDATE = """version = 1
identity = "none"
[lanes.core]
owned_paths = ["/core/"{core_owned}]
modify_paths = [{core_modify}]
[lanes.ui]
owned_paths = ["/ui/"{ui_owned}]
modify_paths = [{ui_modify}]
"""
BARE = {"core_owned": "", "core_modify": "", "ui_owned": "", "ui_modify": ""}

SHOWN = """\
5 of 7 commits since {base} would have been refused
  core: 2 of 2
  ui: 2 of 4

What was refused, most often first:
     2 x  LG101 core/a   ui: core is PRIMARY here, ui has no grant
     1 x  LG103 top/z   no lane owns this path
     1 x  LG101 ui/new   core: ui is PRIMARY here, core has no grant
     1 x  LG103 top/x   core: no lane owns this path
     1 x  LG103 top/y   core: no lane owns this path

What would let it through, if it should be:
     2 x  "/core/a" to modify_paths of ui
     1 x  "/ui/new" to owned_paths of core and "!/ui/new" to those of ui, or the change to ui
     1 x  "/top/x" to owned_paths of core
     1 x  "/top/y" to owned_paths of core
"""


@pytest.fixture
def history(repo: Clone, monkeypatch: pytest.MonkeyPatch) -> Clone:
    """Three commits of one author, then four of another, after a tag; the last one is tagged too."""
    monkeypatch.chdir(repo.path)
    repo.change({"core/a": "1", "core/b": "1", "ui/a": "1", "ui/b": "1"})
    repo.git("tag", "-a", "-m", "one", "v1")
    repo.change({"ui/a": "2"})
    repo.change({"ui/a": "3", "ui/b": "3", "core/a": "3"}, "Reach over")
    repo.change({"core/a": "4"}, "By name", lane="ui")
    repo.change({"ui/b": "5"})
    repo.git("config", "user.email", "ana@example.org")
    repo.change({"core/b": "6", "core/c": "6", "top/x": "6", "top/y": "6"})
    repo.change({"core/b": "7", "ui/new": "7"})
    repo.change({"top/z": "8"})
    repo.git("tag", "v2")
    return repo


def try_out(candidate: str, repo: Clone, capsys: pytest.CaptureFixture[str], *arguments: str) -> Ran:
    (repo.path.parent / "candidate.toml").write_text(candidate)
    code = main(["simulate", "--policy", str(repo.path.parent / "candidate.toml"), *arguments])
    said = capsys.readouterr()
    return Ran(code, said.out, said.err)


def test_for_people(history: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    ran = try_out(CANDIDATE.format(**BARE), history, capsys)
    base = history.out("rev-parse", "v1^{commit}")
    assert ran.out == SHOWN.format(base=base[:7])
    assert ran.code == 1
    assert ran.err == (
        "note: commits without a lane: 5; each was taken for the lane that owns most of its paths\n"
        "note: commits that change only what no lane owns: 1; no lane was guessed for them\n"
    )


def test_what_is_proposed_lets_it_through(history: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    found = {
        "core_owned": ', "/ui/new", "/top/x", "/top/y", "/top/z"',
        "core_modify": "",
        "ui_owned": ', "!/ui/new"',
        "ui_modify": '"/core/a"',
    }
    ran = try_out(CANDIDATE.format(**found), history, capsys)
    assert (ran.code, ran.out.splitlines()[0].split(" since")[0]) == (0, "0 of 7 commits")
    less = {**found, "ui_modify": ""}
    assert try_out(CANDIDATE.format(**less), history, capsys).code == 1


def test_for_scripts(history: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    ran = try_out(CANDIDATE.format(**BARE), history, capsys, "--format", "json", "HEAD")
    value = json.loads(ran.out)
    assert (value["version"], value["base"], value["tip"]) == (1, None, history.head())
    assert (value["commits"], value["refused"]) == (8, 6)
    assert value["lanes"][1] == {"lane": "ui", "commits": 4, "named": 1, "refused": 2}
    assert value["refusals"][0] == {
        "lane": "ui", "code": "LG101", "path": "core/a", "message": "core is PRIMARY here, ui has no grant",
        "commits": 2, "hint": "ask core for the change",
    }  # fmt: skip
    assert value["remedies"][0] == {
        "kind": "modify_paths", "lane": "ui", "pattern": "/core/a", "commits": 2, "owner": None,
        "words": '"/core/a" to modify_paths of ui',
    }  # fmt: skip


def test_lanes_from_authors(history: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    ran = try_out(CANDIDATE.format(**BARE), history, capsys, "--lane-from", "author", "--format", "json")
    value = json.loads(ran.out)
    assert {one["lane"]: one["commits"] for one in value["lanes"]} == {"core": 3, "ui": 4}
    assert "of its author" in value["notes"][0]
    assert [row["lane"] for row in value["refusals"] if row["path"] == "top/z"] == ["core"]


def test_the_policy_of_the_work_tree_and_a_trailer_that_it_does_not_know(
    history: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    history.write(POLICY_PATH, policy(lanes='[lanes.one]\nowned_paths = ["/**"]\n', extra=ZONES))
    assert main(["simulate", "v1..v2"]) == 1
    said = capsys.readouterr()
    assert "  one: 0 of 6\n  ui: 1 of 1\n" in said.out
    assert "1 x  LG201   unknown lane ui; lanes of the policy: one\n" in said.out
    assert "What would let it through" not in said.out
    assert "note: not judged: who held which lock\n" in said.err


ZONES = '[[zones]]\npaths = ["/core/"]\nmode = "high-risk"\n'


@pytest.mark.parametrize("span", ["nosuch", "v1...v2", "v1..nosuch", "-x"])
def test_a_range_that_means_nothing(span: str, history: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    ran = try_out(CANDIDATE.format(**BARE), history, capsys, *(["--"] if span[0] == "-" else []), span)
    assert ran.code == 2
    assert ran.err.startswith("lanegate simulate: ")


def test_a_policy_that_cannot_be_used(history: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    assert try_out("version = 2\n", history, capsys).code == 2
    assert main(["simulate"]) == 2
    assert "or: lanegate init" in capsys.readouterr().err


def test_the_last_tag_counts_by_its_ref(history: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    """A tag object may hold another name than its ref; what git-describe(1) then says means another commit."""
    commits = history.out("rev-list", "--first-parent", "HEAD").split()
    history.git("tag", "-a", "-m", "x", "other", commits[2])
    history.git("update-ref", "refs/tags/folder/mine", "refs/tags/other")
    history.git("tag", "-d", "other")
    value = json.loads(try_out(CANDIDATE.format(**BARE), history, capsys, "--json").out)
    assert value["base"] == commits[2]


def test_a_policy_from_a_pipe_is_read_once(history: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    end, start = os.pipe()
    try:
        os.write(start, CANDIDATE.format(**BARE).encode())
        os.close(start)
        assert main(["simulate", "--policy", f"/dev/fd/{end}"]) == 1, capsys.readouterr().err
    finally:
        os.close(end)


def test_what_is_left_out_is_said(history: Clone, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--policy", str(_proven(tmp_path)), "v1..v1"]) == 0
    assert "note: not judged: who signed and who pushed\n" in capsys.readouterr().err


def test_the_edge_of_a_shallow_clone_is_not_judged(
    history: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its oldest commit seems to add every file there is, which is nobody's doing."""
    history.git("tag", "-d", "v1")
    history.git("tag", "-d", "v2")
    history.git("clone", "-q", "--depth=3", f"file://{history.path}", str(tmp_path / "s"))
    shallow = Clone(tmp_path / "s", history.environment)
    monkeypatch.chdir(shallow.path)
    ran = try_out(CANDIDATE.format(**BARE), shallow, capsys)
    assert ran.out.startswith("2 of 2 commits of all history would have been refused\n  core: 1 of 1\n")
    assert "note: the clone is shallow: its oldest commits, and what is older" in ran.err


def _proven(folder: Path) -> Path:
    file = folder / "proven.toml"
    file.write_text(policy(identity="pusher"))
    return file
