"""`lanegate policy overlaps`: a real repository and its policy, told to people, to scripts and as a picture."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from lanegate.cli.main import main
from lanegate.core.policy import Rule
from lanegate.render.overlaps import Survey, overlaps_json, overlaps_text
from tests.support import FILES, POLICY, POLICY_PATH, Clone

SHOWN = """\
no path is owned by two active lanes: proven for all paths, not only those that are tracked

owned by one lane, MODIFY for another: 1 (take turns with a lock)
  src/app.py  core PRIMARY /src/app.py line 21  ui MODIFY /src/app.py line 11  lanegate lock acquire --lane ui \
'/src/app.py'

tracked files that no lane owns: 2 of 10
  src/ui/vendor/lib.py
  unowned\\x0a\\u202e.txt
"""
OVERLAPPING = POLICY.replace('"/src/core/", "/src/app.py"', '"/src/**/s*", "/src/app.py"')
REFUSED = """\
LG703 lanes that own the same path: 1 (a policy that says so is refused)
  src/ui/s  ui PRIMARY /src/ui/ line 10  core PRIMARY /src/**/s* line 21
  take the path from one of them (a `!` pattern, out_of_scope, a matrix row), or give it MODIFY
"""


@pytest.fixture
def work_tree(repo: Clone, monkeypatch: pytest.MonkeyPatch) -> Clone:
    """A repository with FILES and one that nobody owns; the current folder is one below its top."""
    repo.change({**FILES, POLICY_PATH: POLICY, "unowned\n\u202e.txt": "x"}, lane="ui")
    monkeypatch.chdir(repo.path / "src")
    return repo


def test_for_people(work_tree: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "overlaps"]) == 0
    assert capsys.readouterr() == (SHOWN, "")


def test_a_policy_that_does_not_load_for_its_overlaps(work_tree: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    work_tree.write(POLICY_PATH, OVERLAPPING)
    assert main(["policy", "check"]) == 1
    assert "policy/lanegate.toml:21: LG703 " in capsys.readouterr().out
    assert main(["policy", "overlaps"]) == 1
    out, err = capsys.readouterr()
    assert out.startswith(REFUSED)
    assert err == ""
    assert main(["policy", "overlaps", "--format", "json"]) == 1
    first, second = json.loads(capsys.readouterr().out)["overlaps"]
    assert (first["code"], first["path"], first["hint"]) == ("LG703", "src/ui/s", None)
    assert second["code"] is None


def test_other_problems_are_listed_as_by_check(work_tree: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    work_tree.write(POLICY_PATH, OVERLAPPING.replace('identity = "none"', 'identity = "nobody"'))
    assert main(["policy", "overlaps"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "policy/lanegate.toml:3: LG702 identity" in err


def test_for_scripts(work_tree: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    work_tree.write(b"\xff", "odd")
    work_tree.git("add", "-A")
    assert main(["policy", "overlaps", "--format", "json", "-n", "2"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "version": 1,
        "path": POLICY_PATH,
        "overlaps": [
            {
                "code": None,
                "path": "src/app.py",
                "lanes": [
                    {
                        "lane": "core",
                        "grant": "PRIMARY",
                        "rule": {"text": "/src/app.py", "where": "lanes.core.owned_paths[1]", "line": 21},
                    },
                    {
                        "lane": "ui",
                        "grant": "MODIFY",
                        "rule": {"text": "/src/app.py", "where": "lanes.ui.modify_paths[0]", "line": 11},
                    },
                ],
                "hint": "lanegate lock acquire --lane ui '/src/app.py'",
            }
        ],
        "rules_without_effect": [],
        "files": {
            "tracked": 11,
            "unowned": 3,
            "paths": [{"path": "src/ui/vendor/lib.py"}, {"path": "unowned\n\u202e.txt"}],
        },
    }


def test_unowned_files_are_counted_beyond_those_shown(work_tree: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "overlaps", "-n", "1"]) == 0
    assert capsys.readouterr().out.endswith(": 2 of 10\n  src/ui/vendor/lib.py\n  … and 1 more\n")
    assert main(["policy", "overlaps", "-n", "0"]) == 0
    assert capsys.readouterr().out == SHOWN


def test_rules_without_effect_are_told() -> None:
    rule = Rule("/src/ui/", "lanes.ui.owned_paths[0]", 10)
    found = Survey((), None, (), ((rule, "out_of_scope covers it"),))
    assert overlaps_text(found, 20).splitlines()[1:] == [
        "",
        "rules without effect: 1",
        "  lanes.ui.owned_paths[0]  /src/ui/  line 10  out_of_scope covers it",
    ]
    assert json.loads(overlaps_json(found, "p.toml", 20))["rules_without_effect"] == [
        {"text": "/src/ui/", "where": "lanes.ui.owned_paths[0]", "line": 10, "why": "out_of_scope covers it"}
    ]


def test_rules_without_effect(work_tree: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    work_tree.write(POLICY_PATH, POLICY.replace('out_of_scope = ["/src/ui/vendor/"]', 'out_of_scope = ["/src/ui/"]'))
    assert main(["policy", "overlaps"]) == 0
    told = capsys.readouterr().out.partition("rules without effect: ")[2].splitlines()
    assert sorted(line.split()[:4] for line in told[1:] if line.startswith("  lanes.ui.owned")) == [
        ["lanes.ui.owned_paths[0]", "/src/ui/", "line", "10"],
        ["lanes.ui.owned_paths[1]", "!/src/ui/theme/", "line", "10"],
    ]


def test_a_policy_file_without_a_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "p.toml").write_text(POLICY)
    monkeypatch.chdir(tmp_path)
    assert main(["policy", "overlaps", "p.toml"]) == 0
    assert "tracked files" not in capsys.readouterr().out
    assert main(["policy", "overlaps", "p.toml", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["files"] is None
    assert main(["policy", "overlaps", "p.toml", "--svg", "x.svg"]) == 2
    assert "no repository here" in capsys.readouterr().err
    assert main(["policy", "overlaps"]) == 3


ZONES = '[[zones]]\npaths = ["/src/app.py"]\nmode = "high-risk"\n'


def test_the_picture(work_tree: Clone, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    work_tree.write(POLICY_PATH, OVERLAPPING + ZONES)
    svg = tmp_path / "owners.svg"
    assert main(["policy", "overlaps", "--svg", str(svg), "--hot"]) == 1
    assert capsys.readouterr().err == f"drawn: {svg}\n"
    picture = ElementTree.parse(svg)  # noqa: S314 (our own text)
    titles = [title.text for title in picture.iter("{http://www.w3.org/2000/svg}title")]
    assert titles[0] == POLICY_PATH
    assert "src/: app.py (1 file; core; zone high-risk; hot)" in titles
    assert "src/ui/: search.py (1 file; core, ui; hot)" in titles
    assert "src/ui/vendor/: 1 file; nobody owns; hot" in titles


def test_a_picture_that_cannot_be_written(work_tree: Clone, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "overlaps", "--svg", str(tmp_path / "no" / "x.svg")]) == 3
    assert "x.svg cannot be written: No such file or directory" in capsys.readouterr().err
