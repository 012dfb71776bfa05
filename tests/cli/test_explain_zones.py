"""`lanegate explain PATH` says which zone a path is in, what that asks, and who holds the lock."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lanegate.cli.main import main
from lanegate.core.instant import instant_of
from tests.hooks.zoned import HOT, ZONED, lock, plant_locks
from tests.support import POLICY_PATH, Clone, make_clone, make_server

LOG = "docs/log/new.md"


@pytest.fixture
def zoned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clone:
    clone = make_clone(make_server(tmp_path / "server.git", text=ZONED), tmp_path / "clone")
    monkeypatch.chdir(clone.path)
    return clone


def line_of(pattern: str) -> int:
    return next(number for number, line in enumerate(ZONED.split("\n"), 1) if f'paths = ["{pattern}"' in line)


def acts(capsys: pytest.CaptureFixture[str], path: str, lane: str) -> dict[str, str | None]:
    assert main(["explain", path, "--lane", lane, "--format", "json"]) == 0
    return dict(json.loads(capsys.readouterr().out)["paths"][0]["lanes"][0]["acts"])


def test_a_path_that_needs_a_lock(zoned: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    zone = f"  zone high-risk: the lane needs a live lock  /src/ui/hot/  {POLICY_PATH}:{line_of('/src/ui/hot/')}"
    assert main(["explain", HOT]) == 0
    said = capsys.readouterr()
    free = f"    no lock is held on it: lanegate lock acquire '/{HOT}' --lane ID"
    assert said.out.splitlines()[1:3] == [zone, free]
    assert said.err == "lanegate explain: the lock registry was never fetched here\n"
    assert acts(capsys, HOT, "ui")["change"] == "LG401"
    taken = lock("hot", "ui", owner="bob")
    plant_locks(zoned, taken)
    assert main(["explain", HOT]) == 0
    said = capsys.readouterr()
    held = f"    lock hot held by bob, lane ui, until {instant_of(taken.expires)}: work on it"
    assert said.out.splitlines()[1:3] == [zone, held]
    assert said.err == "lanegate explain: the lock registry as fetched just now\n"
    assert acts(capsys, HOT, "ui")["change"] is None
    plant_locks(zoned, lock("hot", "core"))
    assert acts(capsys, HOT, "ui")["change"] == "LG402"
    assert acts(capsys, "src/ui/hot/cold.py", "ui")["change"] is None


def test_a_name_is_nothing_to_paste(zoned: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "src/ui/hot/a'$(x)"]) == 0
    assert "lanegate lock acquire PATTERN --lane ID" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("path", "lane", "expected"),
    [
        (LOG, "ui", {"change": "LG405", "create": None, "delete": "LG405", "append": None}),
        ("shared/x", "ui", {"change": None, "create": None, "delete": None}),
        ("src/ui/vendor/x", "ui", {"change": "LG104", "create": "LG104", "delete": "LG104"}),
        ("src/ui/frozen/x", "ui", {"change": "LG404", "create": "LG404", "delete": "LG404"}),
    ],
)
def test_what_a_lane_may_do(
    zoned: Clone, capsys: pytest.CaptureFixture[str], path: str, lane: str, expected: dict[str, str | None]
) -> None:
    assert acts(capsys, path, lane) == expected


def test_the_zone_as_json(zoned: Clone, capsys: pytest.CaptureFixture[str]) -> None:
    plant_locks(zoned, lock("hot", owner="bob"))
    assert main(["explain", HOT, "README.md", "--format", "json"]) == 0
    hot, plain = json.loads(capsys.readouterr().out)["paths"]
    assert plain["zone"] is None
    (held,) = hot["zone"].pop("locks")
    assert (held["lock_id"], held["lane"], held["owner"]) == ("hot", "ui", "bob")
    assert hot["zone"] == {
        "mode": "high-risk",
        "roles": [],
        "rule": "/src/ui/hot/",
        "where": "zones[0].paths[0]",
        "policy_line": line_of("/src/ui/hot/"),
    }


def test_a_policy_file_tells_of_no_locks(zoned: Clone, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "p.toml").write_text(ZONED)
    assert main(["explain", HOT, "--policy", str(tmp_path / "p.toml"), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["paths"][0]["zone"]["locks"] is None
