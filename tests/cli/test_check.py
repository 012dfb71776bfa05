"""`lanegate check`: the judgement of pre-commit when asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.desk import Desk, make_desk
from tests.support import Ran, lanegate, make_repo


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = make_desk(tmp_path)
    desk.use("ui")
    return desk


def check(desk: Desk, *args: str) -> Ran:
    return lanegate("check", *args, cwd=desk.path)


def test_allowed(desk: Desk) -> None:
    desk.stage({"src/ui/x.py": "1\n", "src/app.py": "app = 2\n"})
    ran = check(desk)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("lanegate: allowed (1 commit, 2 paths, policy ")


def test_refused(desk: Desk) -> None:
    desk.stage({"src/core/index.py": "2\n"})
    ran = check(desk)
    assert ran.code == 1
    assert "LG101 src/core/index.py   core is PRIMARY here, ui may READ   policy/lanegate.toml:12" in ran.out
    assert desk.git("status", "--short").out == "M  src/core/index.py\n"


def test_json(desk: Desk) -> None:
    desk.stage({"src/core/index.py": "2\n"})
    value = json.loads(check(desk, "--format", "json").out)
    assert value["decision"] == "refused"
    assert [(found["code"], found["path"], found["lane"]) for found in value["violations"]] == [
        ("LG101", "src/core/index.py", "ui")
    ]
    assert value["policy"]["blob"] == desk.out("rev-parse", "origin/main:policy/lanegate.toml")
    assert value["summary"]["paths"] == 1


def test_unmerged_paths_are_told(desk: Desk) -> None:
    desk.git("branch", "side")
    desk.change({"src/ui/search.py": "ours\n"}, "Ours", lane="ui")
    desk.git("switch", "-q", "side")
    desk.change({"src/ui/search.py": "theirs\n"}, "Theirs", lane="ui")
    desk.git("cherry-pick", "main", check=False)
    ran = check(desk)
    assert ran.code == 0
    assert "note: 1 unmerged path(s) not judged" in ran.out
    desk.git("cherry-pick", "--abort")
    desk.git("merge", "main", check=False)
    assert "note: the merge is left to the server" in check(desk).out


def test_not_managed(tmp_path: Path) -> None:
    """Nobody takes it for a judgement: the first line says it, and a script finds it in the notes."""
    plain = make_repo(tmp_path / "plain")
    ran = lanegate("check", cwd=plain.path)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "lanegate: nothing was judged, this repository is not managed: there is no remote here, "
        "so name the ref that holds the policy: lanegate install --trusted-ref refs/heads/main\n"
    )
    value = json.loads(lanegate("check", "--format", "json", cwd=plain.path).out)
    assert (value["decision"], value["policy"]["blob"], value["violations"]) == ("allowed", None, [])
    assert value["notes"] == [ran.out.removeprefix("lanegate: nothing was judged, ").removesuffix("\n")]


def test_not_managed_but_for_a_policy(desk: Desk) -> None:
    desk.git("config", "--unset", "lanegate.managed")
    desk.git("config", "lanegate.policyPath", "policy/other.toml")
    ran = check(desk)
    assert (ran.code, ran.out) == (
        0,
        "lanegate: nothing was judged, this repository is not managed: "
        "there is no policy at policy/other.toml of refs/remotes/origin/main yet\n",
    )


def test_no_repository(tmp_path: Path) -> None:
    assert lanegate("check", cwd=tmp_path).code == 2


def test_octopus(desk: Desk) -> None:
    for name in ("one", "two"):
        desk.git("switch", "-q", "-c", name, "main")
        desk.change({f"src/ui/{name}.py": "1\n"}, name, lane="ui")
    desk.git("switch", "-q", "main")
    desk.git("merge", "-q", "--no-commit", "one", "two")
    ran = check(desk)
    assert ran.code == 1
    assert "LG603" in ran.out
