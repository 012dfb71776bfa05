"""`lanegate explain`: the judge's own answer for a path (R-F06)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support import POLICY, POLICY_PATH, Clone, Ran, lanegate

LINE = {text: number for number, text in enumerate(POLICY.splitlines(), 1)}


@pytest.fixture
def pinned(tmp_path: Path) -> Path:
    file = tmp_path / "policy.toml"
    file.write_text(POLICY)
    return file


def explain(pinned: Path, *args: str) -> Ran:
    return lanegate("explain", "--policy", str(pinned), *args, cwd=pinned.parent)


def test_a_path_with_its_owner_and_readers(pinned: Path) -> None:
    ran = explain(pinned, "src/core/index.py")
    line = LINE['read_paths = ["/src/core/"]']
    assert ran.code == 0
    assert ran.out.splitlines()[:3] == [
        "src/core/index.py: owned by core (ana)",
        f"  ui: READ  /src/core/  {pinned}:{line}",
        "    change: LG101, create: LG101, delete: LG101",
    ]


@pytest.mark.parametrize(
    ("path", "lane", "grant", "acts"),
    [
        ("src/ui/a.py", "ui", "PRIMARY", {"change": None, "create": None, "delete": None}),
        ("src/app.py", "ui", "MODIFY", {"change": None, "create": "LG102", "delete": "LG102"}),
        ("src/core/a.py", "ui", "READ", {"change": "LG101", "create": "LG101", "delete": "LG101"}),
        ("src/ui/theme/a.py", "ui", "-", {"change": "LG101", "create": "LG101", "delete": "LG101"}),
        ("src/ui/vendor/a.py", "ui", "-", {"change": "LG104", "create": "LG104", "delete": "LG104"}),
        ("nowhere", "ui", "-", {"change": "LG103", "create": "LG103", "delete": "LG103"}),
    ],
)
def test_what_a_lane_may_do(pinned: Path, path: str, lane: str, grant: str, acts: dict[str, str | None]) -> None:
    answer = json.loads(explain(pinned, path, "--lane", lane, "--format", "json").out)
    (found,) = answer["paths"][0]["lanes"]
    assert (found["grant"], found["acts"]) == (grant, acts)


def test_a_path_that_nobody_owns(pinned: Path) -> None:
    assert explain(pinned, "nowhere").out == "nowhere: no lane owns it, nobody may change it\n"


def test_an_unknown_lane(pinned: Path) -> None:
    ran = explain(pinned, "a", "--lane", "nobody")
    assert (ran.code, ran.out) == (2, "")
    assert "lanes: ui, core, docs, old" in ran.err


def test_the_trusted_policy_of_a_clone_counts_not_the_work_tree(clone: Clone) -> None:
    clone.write(POLICY_PATH, POLICY.replace("/src/ui/", "/lib/"))
    ran = lanegate("explain", "src/ui/a.py", cwd=clone.path)
    assert ran.out.startswith("src/ui/a.py: owned by ui (bob)\n")


def test_without_a_policy(repo: Clone) -> None:
    ran = lanegate("explain", "a", cwd=repo.path)
    assert ran.code == 3
    assert "LG901" in ran.err
