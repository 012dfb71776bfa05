"""`lanegate agents-md`: nine points from the policy, and a parallel start that waits for them."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from lanegate.core.policy_reader import read_policy
from lanegate.render.agents_block import block_lines
from tests.desk import Desk, make_desk
from tests.support import LANES, POLICY, POLICY_PATH, ROOT, lanegate, policy

ALL = policy(
    identity="pusher",
    lanes=LANES.replace('objective = "', 'objective = "See `x` ') + '[lanes.late]\nstate = "planned"\n',
    extra="""
[gates.unit]
rung = 2
run = ["make test"]
[[zones]]
paths = ["/src/app.py"]
mode = "high-risk"
[[zones]]
paths = ["/src/ui/log`s`.txt"]
mode = "append-only"
""",
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return make_desk(tmp_path)


def check(desk: Desk, *args: str) -> tuple[int, str]:
    ran = lanegate("agents-md", "--check", *args, cwd=desk.path)
    assert "Traceback" not in ran.err
    return ran.code, ran.both


def points(text: str) -> list[str]:
    return re.findall(r"^### \d\. (.+)$", text, re.M)


def test_a_parallel_start_waits_for_it(desk: Desk) -> None:
    code, said = check(desk)
    assert code == 1
    assert "AGENTS.md in the work tree has no block; run: lanegate agents-md" in said
    assert "AGENTS.md in HEAD has no block; commit it" in said
    ran = lanegate("agents-md", cwd=desk.path / "src")
    assert (ran.code, ran.out) == (0, "AGENTS.md: written\n")
    code, said = check(desk)
    assert code == 1
    assert "work tree" not in said
    desk.change({}, "State the rules", lane="core")
    assert check(desk) == (0, "lanegate: AGENTS.md states the rules of all lanes, and is committed\n")
    ran = lanegate("agents-md", cwd=desk.path)
    assert (ran.code, ran.both) == (0, "AGENTS.md: as it was\n")
    desk.change({POLICY_PATH: policy(extra="# nothing of it is said\n")}, lane="core")
    desk.git("update-ref", "refs/remotes/origin/main", "HEAD")
    assert check(desk)[0] == 0
    desk.change({POLICY_PATH: POLICY.replace("scope leaves src/ui", "in doubt")}, lane="core")
    desk.git("update-ref", "refs/remotes/origin/main", "HEAD")
    code, said = check(desk)
    assert code == 1
    assert "not what the policy says now (it says" in said
    assert "in doubt" in said


def test_an_edit_that_is_not_committed_counts(desk: Desk) -> None:
    lanegate("agents-md", cwd=desk.path)
    desk.change({}, lane="core")
    file = desk.path / "AGENTS.md"
    file.write_bytes(file.read_bytes().replace(b"no `--no-verify`", b"`--no-verify`").replace(b"### 4.", b"### 5."))
    assert check(desk)[0] == 1
    assert lanegate("agents-md", cwd=desk.path).ok
    assert check(desk)[0] == 0


def test_the_rest_of_the_file_stays(desk: Desk) -> None:
    file = desk.write("AGENTS.md", b"# Ours\r\n\r\nBe kind.\r\n")
    file.chmod(0o640)
    lanegate("agents-md", cwd=desk.path)
    content = file.read_bytes()
    assert content.startswith(b"# Ours\r\n\r\nBe kind.\r\n\r\n<!-- ")
    assert content.count(b"\n") == content.count(b"\r\n")
    assert file.stat().st_mode & 0o777 == 0o640
    file.write_bytes(content + b"After.")
    lanegate("agents-md", cwd=desk.path)
    assert file.read_bytes() == content + b"After."


def test_a_link_is_followed_inside_the_work_tree_alone(desk: Desk, tmp_path: Path) -> None:
    os.symlink("AGENTS.md", desk.path / "CLAUDE.md")
    assert lanegate("agents-md", "CLAUDE.md", cwd=desk.path).ok
    assert (desk.path / "CLAUDE.md").is_symlink()
    assert len(points((desk.path / "AGENTS.md").read_text())) == 9
    (desk.path / "AGENTS.md").unlink()
    (tmp_path / "theirs.md").write_text("theirs\n")
    os.symlink(tmp_path / "theirs.md", desk.path / "AGENTS.md")
    for args in ([], ["--check"], [str(tmp_path / "theirs.md")], [".git/config"]):
        ran = lanegate("agents-md", *args, cwd=desk.path)
        assert ran.code == 2
        assert "not in the work tree" in ran.err
    assert (tmp_path / "theirs.md").read_text() == "theirs\n"


@pytest.mark.parametrize("file", [".git", "sub/.GIT", "."])
def test_git_s_own_files_are_left_alone(file: str, desk: Desk) -> None:
    tree = desk.path.parent / "tree"
    desk.git("worktree", "add", "-q", str(tree))
    before = (tree / ".git").read_bytes()
    ran = lanegate("agents-md", file, cwd=tree)
    assert (ran.code, "not in the work tree" in ran.err) == (2, True), ran.both
    assert (tree / ".git").read_bytes() == before


def test_the_commands_that_it_tells_work_in_this_folder(desk: Desk) -> None:
    folder = desk.write("a b/deep/x").parent
    said = lanegate("agents-md", "--check", "../it's.md", cwd=folder).out
    for start in ("run: lanegate ", "commit it: "):
        assert said.count(f"{start}{'agents-md' if 'run' in start else 'git add'} '../it'\"'\"'s.md'") == 1, said
    ran = lanegate("agents-md", cwd=folder)
    assert ran.err == "commit it before lanes start: git add ../../AGENTS.md && git commit\n"


def test_a_file_that_cannot_be_is_no_bug(desk: Desk) -> None:
    desk.write("AGENTS.md", "mine\n").chmod(0o444)
    for args, why in (
        (["src"], "src cannot be written: Is a directory"),
        (["--check", "src"], "src cannot be read: Is a directory"),
        (["no/x.md"], "no/x.md cannot be written: No such file or directory"),
        ([], "AGENTS.md cannot be written: Permission denied"),
    ):
        ran = lanegate("agents-md", *args, cwd=desk.path)
        assert (ran.code, ran.err) == (3, f"lanegate agents-md: {why}\n")
    assert (desk.path / "AGENTS.md").read_text() == "mine\n"


def test_broken_markers_are_not_guessed_at(desk: Desk) -> None:
    file = desk.write("AGENTS.md", "<!-- lanegate agents-md: end -->\n")
    assert lanegate("agents-md", cwd=desk.path).code == 2
    assert check(desk)[0] == 1
    assert file.read_text() == "<!-- lanegate agents-md: end -->\n"


def test_without_a_policy_nothing_starts(tmp_path: Path) -> None:
    desk = make_desk(tmp_path)
    desk.change({POLICY_PATH: "version = 7\n"}, lane="core")
    desk.git("update-ref", "refs/remotes/origin/main", "HEAD")
    assert check(desk)[0] == 3


@pytest.mark.parametrize("text", [POLICY, ALL, (ROOT / POLICY_PATH).read_text()], ids=["plain", "all", "own"])
def test_each_point_is_made_of_the_policy(text: str) -> None:
    lines = block_lines(read_policy(text.encode()), POLICY_PATH)
    assert points("\n".join(lines)) == [
        "Single-writer log",
        "Lock ownership",
        "Integrator-only application",
        "Permission escalation",
        "Gates",
        "Document policy",
        "Tests of a lane",
        "Assignment contract",
        "Handoff evidence",
    ]
    assert all("\n" not in line for line in lines)
    parts = "\n".join(lines).split("### ")
    assert all(part.split("\n\n", 1)[1].strip() for part in parts[1:])


def test_what_the_policy_says_is_said() -> None:
    said = "\n".join(block_lines(read_policy(ALL.encode()), POLICY_PATH))
    assert "High-risk, so only with a lock that your lane holds: `/src/app.py`." in said
    assert "Only lines at the end: `` /src/ui/log`s`.txt ``." in said
    assert "- rung 2, `unit`: `make test`." in said
    assert "the integrator (ana)" in said
    assert "- `ui` asks first if: scope leaves src/ui." in said
    assert "Leaves alone: `/src/ui/vendor/`." in said
    assert "`late`" not in said
