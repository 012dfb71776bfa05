"""docs/ci: the steps of each job are run, in a fresh clone as its CI makes one.

Each on a pull request that must not land, which brings its own judge along, and on its honest twin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from tests.desk import codes
from tests.support import FILES, POLICY_PATH, ROOT, Bare, Clone, Ran, make_bare, make_clone, policy, run, seed

FOLDER = ROOT / "docs" / "ci"
SCRIPT = (FOLDER / "verify.sh").read_text()
BASELINE = "4f2a91c0e8d7b6a5948372615049382716fedcba"
COPIES = {"ci/verify.sh": SCRIPT, ".github/workflows/lanegate.yml": (FOLDER / "github-actions.yml").read_text()}
#: Lane ui may do as it likes with the job's own files, so that only where they are taken from decides.
POLICY = policy().replace('"/src/ui/", ', '"/src/ui/", "/ci/", "/.github/", ', 1)
#: A pull request that brings its own judge along.
TAMPERED = {"ci/verify.sh": "exit 0\n", ".github/workflows/lanegate.yml": "on: [push]\n", ".gitlab-ci.yml": None}

Job = Callable[[Bare, str, str, Path], Ran]


def steps(script: list[str], where: Path, env: Mapping[str, str]) -> Ran:
    """Run steps one after the other with bash, as GitHub's runner does, up to the first that fails."""
    for step in script:
        ran = run(["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step], cwd=where, env=env)
        if not ran.ok:
            break
    return ran


def is_installation(step: str) -> bool:
    """lanegate is on the PATH here."""
    return step.startswith("pip install git+https://")


def github(server: Bare, head: str, baseline: str, folder: Path) -> Ran:
    """pull_request_target: a clone with the target branch checked out."""
    workflow = yaml.safe_load((FOLDER / "github-actions.yml").read_text().replace(BASELINE, baseline))
    assert "pull_request_target" in workflow[True]  # YAML reads `on` as that
    assert "pull_request" not in workflow[True]
    checkout, _, *rest = workflow["jobs"]["verify"]["steps"]
    assert checkout["with"] == {"fetch-depth": 0}
    clone = make_clone(server, folder)
    known = {"github.event.pull_request.head.sha || github.sha": head, "github.base_ref || github.ref_name": "main"}
    done = Ran(0, "", "")
    for step in rest:
        env = {name: known[value.strip("${} ")] for name, value in step.get("env", {}).items()}
        if not is_installation(step["run"]) and done.ok:
            done = steps([step["run"]], clone.path, env)
    return done


def gitlab(server: Bare, head: str, baseline: str, folder: Path) -> Ran:
    """A merge request: a clone with the pushed commit checked out, all lines in one shell."""
    job = yaml.safe_load((FOLDER / "gitlab-ci.yml").read_text().replace(BASELINE, baseline))["lanegate"]
    assert job["variables"] == {"GIT_STRATEGY": "clone", "GIT_DEPTH": "0"}
    clone = make_clone(server, folder)
    clone.git("fetch", "-q", "origin", head)
    clone.git("checkout", "-q", head)
    env = {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "CI_COMMIT_SHA": head, "CI_PROJECT_DIR": str(clone.path)}
    return steps(["\n".join(line for line in job["script"] if not is_installation(line))], clone.path, env)


def plain(server: Bare, head: str, baseline: str, folder: Path) -> Ran:
    return run(["sh", "ci/verify.sh", baseline, head, "main"], cwd=make_clone(server, folder).path)


@pytest.fixture
def server(tmp_path: Path) -> Bare:
    bare = make_bare(tmp_path / "server.git")
    seed(bare, {**FILES, **COPIES}, text=POLICY)
    return bare


def proposed(server: Bare, files: Mapping[str, str | None], lane: str = "ui") -> str:
    """A commit that somebody wants in, on a ref that no clone gets by itself."""
    author: Clone = make_clone(server, server.path.parent / f"author{len(list(server.path.parent.iterdir()))}")
    commit = author.change({path: text for path, text in files.items() if text is not None}, lane=lane)
    author.git("push", "-q", "origin", f"{commit}:refs/pull/{commit[:8]}/head")
    return commit


@pytest.mark.parametrize("job", [github, gitlab, plain])
def test_a_pull_request_does_not_choose_its_judge(server: Bare, tmp_path: Path, job: Job) -> None:
    baseline = server.tip()
    assert baseline is not None
    wrong = proposed(server, {"src/core/index.py": "2\n", **TAMPERED})
    right = proposed(server, {"src/ui/search.py": "2\n", **TAMPERED})
    ran = job(server, wrong, baseline, tmp_path / "wrong")
    assert (ran.code, codes(ran)) == (1, {"LG101"}), ran.both
    ran = job(server, right, baseline, tmp_path / "right")
    assert (ran.code, codes(ran)) == (0, set()), ran.both
    past = proposed(server, {"src/core/index.py": "3\n"})
    server.git("update-ref", "refs/heads/main", past)  # it got there all the same: the next run on main finds it
    ran = job(server, past, baseline, tmp_path / "landed")
    assert (ran.code, codes(ran)) == (1, {"LG101"}), ran.both


def test_a_policy_that_comes_along_does_not_count(server: Bare, tmp_path: Path) -> None:
    """The lane that owns the policy lets itself do more, and does it: two commits that must not land as one."""
    baseline = server.tip()
    assert baseline is not None
    author = make_clone(server, tmp_path / "author")
    wider = POLICY.replace('"/src/ui/", ', "", 1).replace('"/src/core/", ', '"/src/core/", "/src/ui/", ', 1)
    author.change({POLICY_PATH: wider}, lane="core")
    commit = author.change({"src/ui/search.py": "2\n"}, lane="core")
    author.git("push", "-q", "origin", f"{commit}:refs/pull/1/head")
    ran = plain(server, commit, baseline, tmp_path / "clone")
    assert ran.code == 1
    assert "LG101" in codes(ran), ran.both


def test_what_cannot_be_judged_fails(server: Bare, tmp_path: Path) -> None:
    """Each with words, and never with 0."""
    start = server.tip()
    assert start is not None
    head = proposed(server, {"src/ui/search.py": "2\n"})
    assert plain(server, head, "HEAD", tmp_path / "a").code == 2
    assert plain(server, head, start[:12], tmp_path / "b").code == 2
    ran = plain(server, head, head, tmp_path / "c")
    assert (ran.code, "is not in the history of main" in ran.err) == (3, True), ran.both
    ran = plain(server, "1" * 40, start, tmp_path / "d")
    assert (ran.code, "cannot be fetched" in ran.err) == (3, True), ran.both
    landed = proposed(server, {"src/ui/search.py": "3\n"})
    server.git("update-ref", "refs/heads/main", landed)
    ran = plain(server, head, start, tmp_path / "e")
    assert (ran.code, "does not merge into main" in ran.err) == (1, True), ran.both


def test_records_are_fetched(server: Bare, tmp_path: Path) -> None:
    """The ledger and the lock registry come from the server, over whatever this clone holds."""
    start = server.tip()
    assert start is not None
    server.git("update-ref", "refs/lanegate/ledger", start)
    ran = plain(server, start, start, tmp_path / "clone")
    clone = Bare(tmp_path / "clone")
    assert clone.tip("refs/lanegate/ledger") == start, ran.both
    assert clone.tip("refs/lanegate/locks") is None


def test_baselines_are_full_ids() -> None:
    for name in ("github-actions.yml", "gitlab-ci.yml"):
        assert len(re.findall(rf"verify\.sh\"? {BASELINE} ", (FOLDER / name).read_text())) == 1
