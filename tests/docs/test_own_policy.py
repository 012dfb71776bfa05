"""This project's own policy: files have one owner, briefs are complete, lanes cannot touch what judges them."""

from __future__ import annotations

import pytest

from lanegate.core.ownership import Ownership
from lanegate.core.policy import PRIMARY, Lane
from lanegate.core.policy_reader import read_policy
from tests.support import POLICY_PATH, ROOT, run

POLICY = read_policy((ROOT / POLICY_PATH).read_bytes())
OWNERSHIP = Ownership(POLICY)


def test_every_tracked_file_has_exactly_one_owner() -> None:
    tracked = run(["git", "ls-files", "-z"], cwd=ROOT, check=True).out.encode("utf-8", "surrogateescape").split(b"\0")
    owners = {path: [lane for lane, _ in OWNERSHIP.owners(path)] for path in tracked if path}
    assert len(owners) > 50
    assert {path: lanes for path, lanes in owners.items() if len(lanes) != 1} == {}


@pytest.mark.parametrize("lane", POLICY.lanes.values(), ids=POLICY.lanes)
def test_every_brief_is_complete(lane: Lane) -> None:
    """R-A02, R-B07: what a worker must be told before it starts."""
    assert lane.objective
    for part in ("owned_paths", "out_of_scope", "deliverables", "acceptance", "verification", "escalate_if"):
        assert getattr(lane, part), part
    assert lane.branch == f"lane/{lane.id}"


@pytest.mark.parametrize("lane", sorted(POLICY.lanes.keys() - {"project"}))
@pytest.mark.parametrize("path", [b"policy/lanegate.toml", b".ci/run", b".ci/baseline", b"Makefile", b"pyproject.toml"])
def test_an_implementation_lane_cannot_touch_what_judges_it(lane: str, path: bytes) -> None:
    assert OWNERSHIP.grant(lane, path).grant != PRIMARY


@pytest.mark.parametrize(
    ("path", "lane"),
    [
        (b"lanegate/core/judge.py", "core"),
        (b"docs/judgement.md", "core"),
        (b"lanegate/git/run.py", "git"),
        (b"tests/hooks/test_push.py", "client"),
        (b"lanegate/__init__.py", "project"),
        (b"docs/demo.py", "project"),
    ],
)
def test_code_is_owned_with_its_tests_and_documents(path: bytes, lane: str) -> None:
    assert [owner for owner, _ in OWNERSHIP.owners(path)] == [lane]
