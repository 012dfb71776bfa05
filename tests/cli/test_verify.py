"""`lanegate verify`: history judged again, landing by landing (design 3.2, R-F01)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lanegate.git.history import read_history
from lanegate.git.run import Git
from lanegate.usecases import verify_range
from lanegate.usecases.verify import VerifyOptions, verify
from tests.core.policy_texts import ANA_KEY, BOB_KEY
from tests.support import FILES, POLICY, POLICY_PATH, Clone, Ran, lanegate, make_repo, policy, run


@pytest.fixture
def project(repo: Clone) -> Clone:
    """A repository whose first commit holds the policy and the files."""
    repo.change({**FILES, POLICY_PATH: POLICY}, "Start", lane="core")
    repo.git("tag", "base")
    return repo


def check(repo: Clone, *args: str) -> Ran:
    return lanegate("verify", *args, cwd=repo.path)


def codes(ran: Ran) -> list[str]:
    return [violation["code"] for violation in json.loads(ran.out)["violations"]]


def test_an_honest_history_is_allowed(project: Clone) -> None:
    project.change({"src/ui/search.py": "search = 2\n"}, lane="ui")
    ran = check(project, "base..HEAD")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("lanegate: allowed (1 commit, 1 path, policy ")


def test_a_commit_outside_its_lane_is_refused_with_the_line(project: Clone) -> None:
    commit = project.change({"src/core/index.py": "index = 2\n"}, lane="ui")
    ran = check(project, "base..HEAD", "--format", "json")
    answer = json.loads(ran.out)
    assert (ran.code, answer["decision"]) == (1, "refused")
    (violation,) = answer["violations"]
    assert violation["code"] == "LG101"
    assert (violation["commit"], violation["path"], violation["lane"]) == (commit, "src/core/index.py", "ui")
    assert POLICY.splitlines()[violation["policy_line"] - 1].startswith("read_paths")
    assert answer["summary"]["commits"] == 1


@pytest.mark.parametrize(("mode", "expected"), [(b"100664", ["LG604"]), (b"100755", [])])
def test_a_malformed_tree_in_which_git_sees_no_change(project: Clone, mode: bytes, expected: list[str]) -> None:
    """git takes the mode 100664 for 100644: it lists nothing at all of such a commit, which breaks no other rule."""
    blob = project.out("rev-parse", "HEAD:src/ui/search.py")
    rows = [line.split(None, 3) for line in project.out("ls-tree", "HEAD:src/ui").splitlines()]
    raw = b"".join(
        b"%b %b\0%b" % (mode if oid == blob else kind.lstrip("0").encode(), name.encode(), bytes.fromhex(oid))
        for kind, _, oid, name in rows
    )
    below = project.out("hash-object", "-w", "-t", "tree", "--literally", "--stdin", data=raw)
    for folder, name in (("src", "ui"), ("", "src")):
        listed = project.out("ls-tree", f"HEAD:{folder}").splitlines()
        rows_of = [f"040000 tree {below}\t{name}" if line.endswith(f"\t{name}") else line for line in listed]
        below = project.out("mktree", "--missing", data="".join(f"{row}\n" for row in rows_of))
    commit = project.out("commit-tree", below, "-p", "HEAD", data="Mode\n\nLane: ui\n")
    project.git("update-ref", "HEAD", commit)
    ran = check(project, "base..HEAD", "--format", "json")
    assert (codes(ran), ran.code) == (expected, 1 if expected else 0)


def test_json_and_text_agree_on_the_exit_status(project: Clone) -> None:
    project.change({"docs/guide.md": "x\n"}, lane="ui")
    assert check(project, "base..HEAD").code == check(project, "base..HEAD", "--format", "json").code == 1


def test_each_landing_is_judged_by_the_policy_before_it(project: Clone) -> None:
    """A lane that is given a path later may not have used it before, and a lane that loses one keeps its past."""
    project.change({"src/ui/old.py": "x\n"}, lane="ui")
    wider = POLICY.replace('owned_paths = ["/src/ui/", ', 'owned_paths = ["/lib/", "/src/ui/", ')
    project.change({POLICY_PATH: wider}, lane="core")
    project.change({"lib/new.py": "x\n"}, lane="ui")
    project.change({POLICY_PATH: POLICY}, lane="core")
    assert check(project, "base..HEAD").code == 0
    project.change({"lib/new.py": "y\n"}, lane="ui")
    assert codes(check(project, "base..HEAD", "--format", "json")) == ["LG103"]


def test_an_old_branch_is_judged_by_the_policy_where_it_lands(project: Clone) -> None:
    wider = POLICY.replace('owned_paths = ["/src/ui/", ', 'owned_paths = ["/lib/", "/src/ui/", ')
    project.change({POLICY_PATH: wider}, lane="core")
    project.git("checkout", "-q", "-b", "lane/ui")
    project.change({"lib/new.py": "x\n"}, lane="ui")
    project.git("checkout", "-q", "main")
    project.change({POLICY_PATH: POLICY}, lane="core")
    project.git("merge", "-q", "--no-ff", "-m", "Land ui", "lane/ui")
    assert codes(check(project, "base..HEAD", "--format", "json")) == ["LG103"]


def test_a_policy_change_lands_alone(project: Clone) -> None:
    project.git("checkout", "-q", "-b", "side")
    project.change({"src/core/index.py": "index = 2\n"}, lane="core")
    commit = project.change({POLICY_PATH: POLICY + "\n# changed\n"}, lane="core")
    project.git("checkout", "-q", "main")
    project.git("merge", "-q", "--no-ff", "-m", "Land", "side")
    ran = check(project, "base..HEAD", "--format", "json")
    assert codes(ran) == ["LG701"]
    assert json.loads(ran.out)["violations"][0]["commit"] == commit


def test_a_policy_change_may_land_with_a_clean_merge(project: Clone) -> None:
    project.git("checkout", "-q", "-b", "side")
    project.change({POLICY_PATH: POLICY + "\n# changed\n"}, lane="core")
    project.git("checkout", "-q", "main")
    project.git("merge", "-q", "--no-ff", "-m", "Land", "side")
    assert check(project, "base..HEAD").code == 0


def test_history_after_a_broken_policy_cannot_be_judged(project: Clone) -> None:
    project.change({POLICY_PATH: "version = 2\n"}, lane="core")
    project.change({"src/ui/search.py": "search = 2\n"}, lane="ui")
    ran = check(project, "base..HEAD", "--format", "json")
    assert ran.code == 3
    assert set(codes(ran)) == {"LG702", "LG901"}


def test_a_policy_that_nobody_could_change_again(project: Clone) -> None:
    """A server of before, or none, took it: whoever reads history hears what is missing and what to do."""
    project.git("config", "lanegate.trustedRef", "refs/heads/main")
    main = 'name = "refs/heads/main"\n'
    keys = f'[people.ana]\nkeys = ["{ANA_KEY}"]\n[people.bob]\nkeys = ["{BOB_KEY}"]\n[people.cy]\npushers = ["cy"]\n'
    roles = '[roles]\nmaintainer = ["ana"]\nacceptor = ["ana"]\n'
    asking = policy(identity="either", people=keys + roles).replace(main, main + "accepted = true\n")
    commit = project.change({POLICY_PATH: asking}, lane="core")
    ran = check(project, "base..HEAD", "--format", "json")
    (violation,) = json.loads(ran.out)["violations"]
    assert (violation["code"], violation["commit"], violation["path"]) == ("LG702", commit, POLICY_PATH)
    assert violation["message"].startswith("nobody could accept a change of policy/lanegate.toml in lane core")
    assert violation["hint"].startswith("name an acceptor with keys who does not own the lane")
    project.git("reset", "-q", "--hard", "base")
    project.change({POLICY_PATH: asking.replace('acceptor = ["ana"]', 'acceptor = ["bob"]')}, lane="core")
    assert check(project, "base..HEAD").code == 0


def test_without_a_policy_nothing_is_judged(repo: Clone) -> None:
    repo.change({"a.txt": "a\n"})
    ran = check(repo)
    assert ran.code == 3
    assert "LG901" in ran.out
    assert "--policy" in ran.out


def test_a_pinned_policy_and_an_assumed_lane(repo: Clone, tmp_path: Path) -> None:
    repo.change({"src/ui/a.py": "a\n"})
    repo.change({"src/core/b.py": "b\n"})
    pinned = tmp_path / "pinned.toml"
    pinned.write_text(POLICY)
    ran = check(repo, "--policy", str(pinned), "--assume-lane", "ui", "--format", "json")
    assert codes(ran) == ["LG101"]
    assert check(repo, "--policy", str(pinned), "--format", "json").code == 1


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["nothing..HEAD"], "nothing names no commit here"),
        (["base...HEAD"], "two dots"),
        (["--policy", "absent.toml"], "No such file"),
        (["--policy", POLICY_PATH, "--assume-lane", "nobody"], "lanes of the policy: ui, core, docs, old"),
        (["--jobs", "0"], "expected 1 or more"),
    ],
)
def test_wrong_arguments(project: Clone, args: list[str], said: str) -> None:
    ran = check(project, *args)
    assert ran.code == 2
    assert said in ran.err


def test_a_base_off_the_first_parent_chain(project: Clone) -> None:
    """A landing that took main as second parent hides what was judged before."""
    project.git("checkout", "-q", "-b", "lane/ui")
    project.change({"src/ui/a.py": "a\n"}, lane="ui")
    project.git("checkout", "-q", "main")
    project.change({"src/core/b.py": "b\n"}, lane="core")
    project.git("tag", "stood")
    project.git("checkout", "-q", "lane/ui")
    project.git("merge", "-q", "-m", "Take main", "main")
    ran = check(project, "stood..HEAD", "--format", "json")
    assert "LG603" in codes(ran)
    assert check(project, "base..main").code == 0


def test_a_shallow_clone_says_what_to_fetch(project: Clone, tmp_path: Path) -> None:
    project.change({"src/ui/a.py": "a\n"}, lane="ui")
    shallow = tmp_path / "shallow"
    run(["git", "clone", "-q", "--depth", "1", f"file://{project.path}", str(shallow)], cwd=tmp_path, check=True)
    ran = lanegate("verify", cwd=shallow)
    assert ran.code == 3
    assert "LG906" in ran.out
    assert "fetch-depth: 0" in ran.out


def test_outside_a_repository(tmp_path: Path) -> None:
    ran = lanegate("verify", cwd=tmp_path)
    assert ran.code == 3
    assert "Traceback" not in ran.both


def test_who_pushed_is_not_judged_and_said_so(repo: Clone) -> None:
    repo.change({**FILES, POLICY_PATH: policy(identity="pusher")}, "Start", lane="core")
    repo.git("tag", "base")
    repo.change({"src/ui/search.py": "search = 2\n"}, lane="ui")
    ran = check(repo, "base..HEAD")
    assert ran.code == 0
    assert "not judged: who pushed" in ran.out


class TestLongRanges:
    """What changes when a range is too long to read every tree of it: nothing that a person sees."""

    @pytest.fixture(autouse=True)
    def _long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(verify_range, "FEW", 2)

    @pytest.fixture(params=[1, 2])
    def jobs(self, request: pytest.FixtureRequest) -> int:
        return int(request.param)

    def found(self, repo: Clone, jobs: int, base: str = "base") -> list[tuple[str, bytes | None]]:
        git = Git(str(repo.path / ".git"))
        options = VerifyOptions(policy_path=POLICY_PATH, jobs=jobs)
        decision = verify(git, read_history(git, repo.out("rev-parse", base), repo.head()), options)
        return [(violation.code, violation.path) for violation in decision.violations]

    def test_honest(self, project: Clone, jobs: int) -> None:
        for number in range(9):
            project.change({f"src/ui/{number}.py": "x\n"}, lane="ui")
        assert self.found(project, jobs) == []

    def test_each_refusal_once_and_in_order(self, project: Clone, jobs: int) -> None:
        for number in range(9):
            project.change({f"src/{'core' if number % 3 else 'ui'}/{number}.py": "x\n"}, lane="ui")
        expected = [("LG101", f"src/core/{number}.py".encode()) for number in range(9) if number % 3]
        assert self.found(project, jobs) == expected

    def test_twins_of_a_name(self, project: Clone, jobs: int) -> None:
        for number in range(4):
            project.change({f"src/ui/{number}.py": "x\n"}, lane="ui")
        project.change({"src/ui/SEARCH.py": "x\n"}, lane="ui")
        project.change({"src/ui/SEARCH.py": None}, lane="ui")
        assert self.found(project, jobs) == [("LG604", b"src/ui/SEARCH.py")]

    def test_twins_that_never_met(self, project: Clone, jobs: int) -> None:
        for number in range(4):
            project.change({f"src/ui/{number}.py": "x\n"}, lane="ui")
        project.change({"src/ui/search.py": None}, lane="ui")
        project.change({"src/ui/SEARCH.py": "x\n"}, lane="ui")
        assert self.found(project, jobs) == []

    def test_twins_that_a_merge_brings_together(self, project: Clone, jobs: int) -> None:
        project.git("checkout", "-q", "-b", "side")
        project.change({"src/ui/New.py": "x\n"}, lane="ui")
        project.git("checkout", "-q", "main")
        project.change({"src/ui/new.py": "x\n"}, lane="ui")
        project.git("merge", "-q", "--no-ff", "-m", "Land", "side")
        assert [code for code, _ in self.found(project, jobs)] == ["LG604"]

    def test_the_tip_is_read_whole(self, project: Clone, jobs: int) -> None:
        """A mode that no diff shows."""
        for number in range(4):
            project.change({f"src/ui/{number}.py": "x\n"}, lane="ui")
        blob = project.out("rev-parse", "HEAD:README.md")
        lines = project.git("ls-tree", "HEAD").out
        raw = b"".join(
            (mode.replace("100644", "100664") if name == "README.md" else mode.lstrip("0")).encode()
            + b" "
            + name.encode()
            + b"\0"
            + bytes.fromhex(oid)
            for line in lines.splitlines()
            for (mode, _, oid), name in [(line.split("\t")[0].split(" "), line.split("\t")[1])]
        )
        assert bytes.fromhex(blob) in raw
        tree = project.git("hash-object", "--literally", "-t", "tree", "-w", "--stdin", data=raw).out.strip()
        commit = project.out("commit-tree", tree, "-p", "HEAD", "-m", "Odd", "-m", "Lane: ui")
        project.git("update-ref", "refs/heads/main", commit)
        assert self.found(project, jobs) == [("LG604", b"README.md")]


def test_repositories_may_be_named(project: Clone, tmp_path: Path) -> None:
    elsewhere = make_repo(tmp_path / "elsewhere")
    assert lanegate("verify", "base..HEAD", "--repo", str(project.path), cwd=elsewhere.path).code == 0
