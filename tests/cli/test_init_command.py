"""`lanegate init` in real repositories: what it writes, what it leaves alone, and from there to a refused push."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from lanegate.cli.main import main
from lanegate.core.ownership import Ownership
from lanegate.core.policy_reader import read_policy
from lanegate.usecases import init as use_case
from lanegate.usecases.pre_commit_entry import CONFIG
from tests.support import POLICY_PATH, Bare, Clone, lanegate, make_bare, make_clone, run, seed

OWNERS = "* @o/all\n/src/ui/ @o/ui\n*.md @o/docs\n/[od]d @o/x\n/theirs\n"
FILES = {"src/ui/a.py": "1", "src/b.py": "1", "README.md": "x", "theirs": "x"}
DOS = '[lanes]\nexclusive = ["all"]\n[lanes.trees]\nui = ["src/ui/**"]\nall = ["**/*"]\nbad = ["a\\\\b"]\n'
LANEKEEPER = """\
lanes:
- {name: app, allow: ['src/**', '*.md'], deny: [src/secret.py]}
- {name: ui, allow: [src/ui/**, '/a\\{b,c}'], owner: '@ann'}
- {name: core, allow: [src/core.py], shared: true}
"""
TASK = "---\nid: {}\nowned_paths:\n  - {}\n---\n"


@pytest.fixture
def here(repo: Clone, monkeypatch: pytest.MonkeyPatch) -> Clone:
    monkeypatch.chdir(repo.path)
    return repo


def owners(repo: Clone, *paths: str) -> list[str | None]:
    ownership = Ownership(read_policy((repo.path / POLICY_PATH).read_bytes()))
    found = [[lane for lane, _ in ownership.owners(path.encode())] for path in paths]
    assert all(len(lanes) < 2 for lanes in found)
    return [lanes[0] if lanes else None for lanes in found]


@pytest.mark.parametrize("place", [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"])
def test_from_codeowners(place: str, here: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    here.change({**FILES, place: OWNERS})
    assert main(["init", "--yes"]) == 0
    said = capsys.readouterr()
    assert owners(here, "src/ui/a.py", "src/ui/b.md", "src/b.py", "theirs") == ["ui", "docs", "all", None]
    assert 'unowned = "allow" # 1 tracked files' in (here.path / POLICY_PATH).read_text()
    assert f"note: {place}:4: `/[od]d @o/x` is not taken over: CODEOWNERS knows no classes" in said.err
    assert "  ui owns /src/ui/ !**/*.md\n" in said.out
    assert main(["policy", "check"]) == 0


def test_twice_changes_nothing(here: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    here.change(FILES)
    assert main(["init", "--yes"]) == 0
    before = {path: (here.path / path).read_bytes() for path in (POLICY_PATH, CONFIG)}
    capsys.readouterr()
    for arguments in (["init", "--yes"], ["init"]):  # nothing to ask about either
        assert main(arguments) == 0
        said = capsys.readouterr()
        assert said.out == "nothing to do: nothing was changed\n"
        assert said.err == f"note: {POLICY_PATH} is there already and stays as it is\n"
    assert before == {path: (here.path / path).read_bytes() for path in before}


def test_a_persons_files_stay(here: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    here.write(POLICY_PATH, "version=1 # mine, and odd\n")
    here.write(CONFIG, "repos: []\n")
    assert main(["init", "--yes"]) == 0
    assert (here.path / POLICY_PATH).read_text() == "version=1 # mine, and odd\n"
    assert (here.path / CONFIG).read_text() == "repos: []\n"
    said = capsys.readouterr()
    assert "has a shape that is left alone; its `repos` could have this:\n  - repo: local\n" in said.err


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (None, ["T-2", "T-1", None]),
        ("front-matter", ["T-2", "T-1", None]),
        ("dos-kernel", ["ui", "all", "all"]),
        ("history", ["src", "src", "rest"]),
    ],
)
def test_sources(source: str | None, expected: list[str | None], here: Clone) -> None:
    here.change(
        {
            **FILES,
            "tasks/1.md": TASK.format("T-1", "src/**"),
            "tasks/2.md": TASK.format("T-2", "src/ui/"),
            "tasks/3.md": TASK.format("T-3", "&a b"),
            "tasks/4.md": TASK.format("T-4\nstatus: done", "src/"),
            "dos.toml": DOS,
        }
    )
    assert main(["init", "--yes", *(("--from", source) if source else ())]) == 0
    assert owners(here, "src/ui/a.py", "src/b.py", "README.md") == expected


def test_what_a_source_does_not_give_is_said(here: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    here.change(
        {
            "tasks/3.md": TASK.format("T-3", "&a b"),
            "tasks/4.md": TASK.format("T-4\nstatus: done", "x"),
            "dos.toml": "=\n",
        }
    )
    assert main(["init", "--yes"]) == 0
    said = capsys.readouterr().err
    assert "note: tasks/3.md: not taken over: owned_paths holds `&a b`" in said
    assert "note: tasks/4.md: its status says that it is over" in said
    assert "note: dos.toml: not TOML" in said


def test_from_lanekeeper_first_of_all(here: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    """Its file is where lanes are named; a CODEOWNERS beside it is written from it, by itself."""
    place = ".lanekeeper/config.yaml"
    here.change({**FILES, "src/secret.py": "1", "src/core.py": "1", "CODEOWNERS": "* @o/all\n", place: LANEKEEPER})
    assert main(["init", "--yes"]) == 0
    said = capsys.readouterr()
    assert owners(here, "src/b.py", "src/ui/a.py", "src/core.py", "README.md") == ["app", "ui", "core", "app"]
    assert owners(here, "src/secret.py", "CODEOWNERS", "deep/x.md") == [None, None, None]
    assert f"lanes from {place}:\n" in said.out
    assert f"note: {place}: line 3: allow of lane ui: `/a\\{{b,c}}` is not taken over: holds `{{…,…}}`" in said.err
    assert f"note: {place}: lane core is shared there" in said.err
    assert (
        f"note: {place}: other lanes may change these too there, here the more specific pattern has them: /src/ui/"
        in (said.err)
    )
    assert 'owners = ["@ann"]' in (here.path / POLICY_PATH).read_text()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("lanes: [\n", "not YAML: line 2"),
        ("lanes: {a: {allow: [&x a, *x]}}\n", "line 1: `*x` is an alias"),
        ("lanes: {a\u202e: [1]}\n", "line 1: lane a\\u202e is no table"),
        (f"lanes:\n#{'x' * 300_000}\n", "longer than"),
        (f"lanes:\n#{'x' * 1_100_000}\n", "longer than"),
    ],
)
def test_a_lanekeeper_file_that_is_none_is_passed_over_and_told(
    text: str, why: str, here: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    here.change({**FILES, ".lanekeeper/config.yaml": text, "CODEOWNERS": OWNERS})
    assert main(["init", "--from", "lanekeeper", "--yes"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("lanegate init: --from lanekeeper: HEAD holds no lanes of that kind: ")
    assert why in said
    assert main(["init", "--yes"]) == 0
    said = capsys.readouterr().err
    assert f"note: .lanekeeper/config.yaml: not taken over: {why}" in said
    assert owners(here, "src/ui/a.py") == ["ui"]


def test_a_source_with_one_lane_is_passed_over(here: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    """`* @all` is what most CODEOWNERS say; a policy of one lane would refuse nobody anything."""
    here.change({**FILES, "CODEOWNERS": "* @o/all\n*.md @o/all\n"})
    assert main(["init", "--yes"]) == 0
    said = capsys.readouterr()
    assert "note: CODEOWNERS has one lane alone, all, so it is passed over; to take it: --from codeowners\n" in said.err
    assert owners(here, "src/b.py", "README.md") == ["src", "rest"]
    (here.path / POLICY_PATH).unlink()
    assert main(["init", "--yes", "--from", "codeowners"]) == 0
    said = capsys.readouterr()
    assert "  all owns /**\n" in said.out, "and nothing that says the same again"
    assert "note: all is the only lane" in said.err


def test_where_no_source_has_several_lanes_the_first_stays(here: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    here.change({"README.md": "x", "CODEOWNERS": "* @o/all\n"})
    assert main(["init", "--yes"]) == 0
    assert owners(here, "README.md") == ["all"]
    assert "passed over" not in capsys.readouterr().err


def test_lanes_that_are_left_nothing_are_told(here: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    here.change({**FILES, "CODEOWNERS": "/src/ @o/gone\n* @o/all\n/src/ui/ @o/ui\n"})
    assert main(["init", "--yes"]) == 0
    said = capsys.readouterr()
    assert "note: lane gone is left out: later entries take all that it owns\n" in said.err
    assert "gone" not in said.out


def test_what_makes_no_valid_policy_is_not_written(here: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    here.change({**FILES, "CODEOWNERS": f"* @{'o' * 300}\n/src/ @b\n"})
    assert main(["init", "--yes"]) == 2
    said = capsys.readouterr().err
    assert "the lanes of CODEOWNERS make no valid policy (lanes." in said
    assert "lanegate init --from history" in said
    assert not (here.path / POLICY_PATH).exists()


@pytest.mark.parametrize("source", ["lanekeeper", "codeowners", "front-matter", "dos-kernel"])
def test_a_source_that_is_not_there(source: str, here: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    here.change(FILES)
    assert main(["init", "--yes", "--from", source]) == 2
    assert capsys.readouterr().err == f"lanegate init: --from {source}: HEAD holds no lanes of that kind\n"
    assert not (here.path / POLICY_PATH).exists()


def test_an_empty_repository(here: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--yes"]) == 0
    assert owners(here, "anything") == ["rest"]
    assert "note: rest is the only lane, so nobody is refused anything" in capsys.readouterr().err


def test_nobody_to_answer(here: Clone, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main(["init"]) == 2
    assert f"would write {POLICY_PATH} and {CONFIG}: say --yes" in capsys.readouterr().err
    assert os.listdir(here.path) == [".git"]


class Person(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("answer", "status"), [("y\n", 0), ("YES\n", 0), ("n\n", 1), ("\n", 1), ("", 1)])
def test_a_person_is_asked(
    answer: str, status: int, here: Clone, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", Person(answer))
    assert main(["init"]) == status
    assert (here.path / POLICY_PATH).exists() is (status == 0)
    assert f"write {POLICY_PATH} and {CONFIG}? [y/N] " in capsys.readouterr().err


def test_nothing_is_written_through_links(here: Clone, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (here.path / "policy").symlink_to(outside)
    assert main(["init", "--yes"]) == 2
    assert "behind a symbolic link" in capsys.readouterr().err
    (here.path / "policy").unlink()
    (here.path / CONFIG).symlink_to(outside / "x")
    assert main(["init", "--yes"]) == 2
    assert list(outside.iterdir()) == []


def test_a_file_that_comes_meanwhile_is_kept(
    here: Clone, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = use_case.plan_init

    def slow(*arguments: object) -> use_case.Plan:
        found = plan(*arguments)  # type: ignore[arg-type]
        here.write(POLICY_PATH, "mine\n")
        return found

    monkeypatch.setattr(use_case, "plan_init", slow)
    assert main(["init", "--yes"]) == 2
    assert (here.path / POLICY_PATH).read_text() == "mine\n"
    assert not (here.path / CONFIG).exists()
    assert "changed meanwhile" in capsys.readouterr().err


def test_on_another_branch_than_the_default_one(server: Bare, tmp_path: Path) -> None:
    clone = make_clone(server, tmp_path / "clone")
    clone.git("rm", "-q", POLICY_PATH)
    clone.git("checkout", "-q", "-b", "feature")
    said = lanegate("init", "--yes", cwd=clone.path / "src")
    assert said.ok, said.both
    assert "note: feature is checked out: the policy counts once it is on main\n" in said.err
    assert "lanegate install --trusted-ref refs/remotes/origin/main\n" in said.out
    assert (clone.path / POLICY_PATH).exists()


def test_a_bare_repository(server: Bare, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(server.path)
    assert main(["init", "--yes"]) == 2
    assert "no work tree" in capsys.readouterr().err


def test_from_init_to_a_refused_push_in_five_commands(tmp_path: Path) -> None:
    """As somebody would who reads nothing but what `init` prints: its commands are run as they stand."""
    bare = make_bare(tmp_path / "shop.git")
    seed(bare, {**FILES, "CODEOWNERS": "* @o/all\n/src/ui/ @o/ui\n"}, text=None)
    clone = make_clone(bare, tmp_path / "shop")
    said = lanegate("init", "--yes", cwd=clone.path)
    assert said.ok, said.both
    steps = [line.strip() for line in said.out.partition("next:\n")[2].splitlines() if line.startswith("  ")]
    assert 1 + len(steps) + 1 <= 5
    command = tmp_path / "bin" / "lanegate"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m lanegate "$@"\n')
    command.chmod(0o755)
    path = {"PATH": f"{command.parent}:{os.environ['PATH']}"}
    for step in steps:
        done = run(["sh", "-c", step], cwd=clone.path, env=path)
        assert done.ok, done.both
    clone.write("src/b.py", "2")
    refused = run(["git", "commit", "-q", "-a", "-m", "Reach over"], cwd=clone.path, env=path)
    assert not refused.ok
    assert "LG101 src/b.py" in refused.both
    assert "all is PRIMARY here" in refused.both
    clone.write("src/b.py", "1")
    clone.write("src/ui/a.py", "2")
    assert run(["git", "commit", "-q", "-a", "-m", "Honest"], cwd=clone.path, env=path).ok
    clone.write("src/b.py", "2")
    assert clone.commit("Reach over", "-a", lane="ui").ok  # --no-verify
    pushed = run(["git", "push", "-q", "origin", "HEAD:refs/heads/lane/ui"], cwd=clone.path, env=path)
    assert not pushed.ok
    assert "LG101 src/b.py" in pushed.both
