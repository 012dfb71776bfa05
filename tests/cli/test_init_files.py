"""`lanegate init` where files and names are odd: what it reads, where it is called, and what it cannot write."""

from __future__ import annotations

import os
import sys

import pytest

from lanegate.cli.main import main
from lanegate.core.policy_reader import read_policy
from lanegate.usecases.pre_commit_entry import CONFIG
from tests.support import POLICY_PATH, Clone, run

TASK = b"---\nowned_paths:\n  - src/\n---\n"
THEIRS = b"repos:\n  - repo: local\n    hooks: []\n"


@pytest.fixture
def here(repo: Clone, monkeypatch: pytest.MonkeyPatch) -> Clone:
    monkeypatch.chdir(repo.path)
    return repo


def lanes(repo: Clone) -> dict[str, list[str]]:
    policy = read_policy((repo.path / POLICY_PATH).read_bytes())
    return {lane.id: [rule.text for rule in lane.owned_paths] for lane in policy.lanes.values()}


def test_the_next_steps_work_in_the_folder_they_are_given_in(
    here: Clone, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here.change({"a b/deep/x": "1"})
    monkeypatch.chdir(here.path / "a b" / "deep")
    assert main(["init", "--yes"]) == 0
    step = capsys.readouterr().out.partition("next:\n")[2].splitlines()[0].strip()
    done = run(["sh", "-c", step], cwd=here.path / "a b" / "deep")
    assert done.ok, done.both
    assert here.out("ls-tree", "-r", "--name-only", "HEAD").split("\n")[:2] == [CONFIG, "a b/deep/x"]
    assert POLICY_PATH in here.out("ls-tree", "-r", "--name-only", "HEAD")


def test_codeowners_with_bytes_that_are_not_utf8(here: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    here.change({".gitlab/CODEOWNERS": b"\xef\xbb\xbf* @all\n/caf\xe9/ @x\n[Docs] @g/a/docs\n/docs/\n" + b"x " * 400})
    assert main(["init", "--yes"]) == 0
    assert lanes(here) == {"all": ["/**", "!/docs/"], "docs": ["/docs/"]}
    said = capsys.readouterr().err
    assert ":2: `/caf\\udce9/ @x` is not taken over: is not valid Unicode\n" in said
    assert ":3: `[Docs] @g/a/docs` is not taken over: a section (GitLab)" in said
    assert max(map(len, said.splitlines())) < 250


def test_a_task_file_of_any_name_is_read(here: Clone) -> None:
    here.change({"src/x": "1"})
    here.write(b"t\xff.md", TASK)
    here.change({}, "A task")
    assert main(["init", "--yes", "--from", "front-matter"]) == 0
    assert lanes(here) == {"t": ["/src/"]}


def test_a_dos_toml_that_nests_too_deep(here: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    here.change({"dos.toml": f"a = {'[' * 3000}{']' * 3000}\n"})
    assert main(["init", "--yes"]) == 0
    assert "note: dos.toml: not TOML: arrays and tables nested" in capsys.readouterr().err


def test_a_file_that_may_not_be_written_is_told_and_stays(here: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    here.write(CONFIG, THEIRS).chmod(0o444)
    assert main(["init", "--yes"]) == 2
    assert capsys.readouterr().err == (
        f"lanegate init: {CONFIG} cannot be written: Permission denied; then run it again\n"
    )
    assert (here.path / CONFIG).read_bytes() == THEIRS
    (here.path / CONFIG).chmod(0o644)
    assert main(["init", "--yes"]) == 0
    assert (here.path / CONFIG).read_bytes().startswith(THEIRS)


def test_where_there_is_no_room_nothing_is_left(here: Clone) -> None:
    here.write(CONFIG, THEIRS)
    command = f'ulimit -f 0; exec "{sys.executable}" -B -m lanegate init --yes'
    ran = run(["sh", "-c", command], cwd=here.path)
    assert ran.code == 2
    # whoever measures coverage of the command complains of the limit, too
    assert ran.err.startswith(f"lanegate init: {POLICY_PATH} cannot be written: File too large; then run it again\n")
    here.write(POLICY_PATH, b"mine")
    ran = run(["sh", "-c", command], cwd=here.path)
    assert ran.code == 2
    assert ran.err.startswith(f"lanegate init: {CONFIG} cannot be written: File too large; then run it again\n")
    assert sorted(os.listdir(here.path)) == [".git", CONFIG, "policy"]
    assert (here.path / CONFIG).read_bytes() == THEIRS
