"""pre-commit on real commits: what a lane may stage, whatever way it gets into the commit (THREATS, "In a clone").

Each trap has its honest twin, the commit that must go through, beside it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lanegate.git.worktree import find
from lanegate.usecases.install import install
from tests.desk import Desk, allows, refuses
from tests.support import POLICY_PATH, policy, run

HERE = "src/ui/here.py"
THERE = "src/core/index.py"


@pytest.mark.parametrize(
    ("files", "codes"),
    [
        ({HERE: "1\n", "src/ui/deep/er.py": "1\n"}, ()),
        ({"src/app.py": "app = 2\n"}, ()),
        ({"src/ui/search.py": None}, ()),
        ({THERE: "index = 2\n"}, ("LG101",)),
        ({THERE: None}, ("LG101",)),
        ({HERE: "1\n", THERE: "index = 2\n"}, ("LG101",)),
        ({"src/ui/theme/dark.py": "dark = 2\n"}, ("LG101",)),
        ({"src/app.py": None}, ("LG102",)),
        ({"nobody/here.txt": "1\n"}, ("LG103",)),
        ({"src/ui/vendor/lib.py": "lib = 2\n"}, ("LG104",)),
        ({"old/report.txt": "new\n", "nobody/x": "1", "src/ui/vendor/x": "1"}, ("LG101", "LG103", "LG104")),
    ],
)
def test_grants(desk: Desk, files: dict[str, str | bytes | None], codes: tuple[str, ...]) -> None:
    desk.stage(files)
    ran = desk.git_commit("-m", "Change")
    if codes:
        refuses(ran, *codes)
    else:
        allows(ran)


def test_a_refusal_says_where_who_and_what_next(desk: Desk) -> None:
    desk.stage({THERE: "index = 2\n"})
    said = desk.git_commit("-m", "Change").err
    assert "LG101 src/core/index.py   core is PRIMARY here, ui may READ   policy/lanegate.toml:12" in said
    assert "ask ana (core) for the change; escalate if scope leaves src/ui" in said
    assert "lanegate explain src/core/index.py --lane ui" in said


def test_rename_out_of_another_lane(desk: Desk) -> None:
    desk.git("mv", THERE, "src/ui/index.py")
    refuses(desk.git_commit("-m", "Take it"), "LG101")


def test_rename_inside_the_lane(desk: Desk) -> None:
    desk.git("mv", "src/ui/search.py", "src/ui/find.py")
    allows(desk.git_commit("-m", "Rename"))


def test_commit_all_takes_what_is_not_staged(desk: Desk) -> None:
    desk.write(THERE, "index = 2\n")
    desk.stage({HERE: "1\n"})
    refuses(desk.git_commit("-a", "-m", "All"), "LG101")
    allows(desk.git_commit("-m", "Only what is staged"))
    assert desk.out("diff-tree", "--no-commit-id", "--name-only", "-r", "HEAD") == HERE


def test_commit_only_leaves_what_is_staged(desk: Desk) -> None:
    desk.stage({THERE: "index = 2\n"})
    desk.write("src/ui/search.py", "search = 2\n")
    allows(desk.git_commit("-m", "Only mine", "--only", "src/ui/search.py"))
    refuses(desk.git_commit("-m", "Only theirs", "--only", THERE), "LG101")


def test_commit_include(desk: Desk) -> None:
    desk.stage({HERE: "1\n"})
    desk.write(THERE, "index = 2\n")
    refuses(desk.git_commit("-m", "And theirs", "--include", THERE), "LG101")
    desk.write("src/app.py", "app = 2\n")
    allows(desk.git_commit("-m", "And mine", "--include", "src/app.py"))


def test_commit_patch(desk: Desk) -> None:
    desk.write(THERE, "index = 2\n")
    refuses(desk.git_commit("-p", "-m", "Hunk", data="y\n"), "LG101")
    desk.git("checkout", "-q", "--", THERE)
    desk.write("src/ui/search.py", "search = 2\n")
    allows(desk.git_commit("-p", "-m", "Hunk", data="y\n"))


def test_announced_files_are_not_staged(desk: Desk) -> None:
    desk.write("src/core/new.py", "1\n")
    desk.git("add", "--intent-to-add", "src/core/new.py")
    desk.stage({HERE: "1\n"})
    allows(desk.git_commit("-m", "Mine"))
    desk.git("add", "src/core/new.py")
    refuses(desk.git_commit("-m", "Theirs"), "LG101")


@pytest.mark.parametrize("bit", ["--skip-worktree", "--assume-unchanged"])
def test_hidden_by_an_index_bit(desk: Desk, bit: str) -> None:
    desk.stage({THERE: "index = 2\n"})
    desk.git("update-index", bit, THERE)
    refuses(desk.git_commit("-m", "Hidden"), "LG101")
    desk.git("reset", "-q", "--hard")
    desk.git("update-index", bit, THERE)
    desk.stage({HERE: "1\n"})
    allows(desk.git_commit("-m", "Mine"))


def test_split_index(desk: Desk) -> None:
    desk.git("config", "splitIndex.maxPercentChange", "100")
    desk.git("update-index", "--split-index")
    desk.stage({HERE: "1\n"})
    allows(desk.git_commit("-m", "Mine"))
    assert any(name.startswith("sharedindex") for name in os.listdir(desk.path / ".git"))
    desk.stage({THERE: "index = 2\n"})
    refuses(desk.git_commit("-m", "Theirs"), "LG101")


def test_sparse_index(desk: Desk) -> None:
    desk.git("sparse-checkout", "set", "--cone", "--sparse-index", "src/ui")
    assert "040000" in desk.out("ls-files", "--sparse", "--stage")
    desk.stage({HERE: "1\n"})
    allows(desk.git_commit("-m", "Mine"))
    blob = desk.out("hash-object", "-w", "--stdin", data="2\n")
    desk.git("update-index", "--add", "--cacheinfo", f"100644,{blob},docs/guide.md")
    refuses(desk.git_commit("-m", "Theirs"), "LG101")


def test_modes_and_types(desk: Desk) -> None:
    desk.git("update-index", "--chmod=+x", "src/ui/search.py")
    allows(desk.git_commit("-m", "My mode"))
    desk.git("update-index", "--chmod=+x", "src/app.py")
    refuses(desk.git_commit("-m", "MODIFY is content only"), "LG102")
    desk.git("reset", "-q", "--hard")
    desk.git("rm", "-q", "src/ui/search.py")
    desk.stage({"src/ui/search.py/part.py": "1\n"})
    allows(desk.git_commit("-m", "A folder where a file was"))
    desk.git("rm", "-q", "src/app.py")
    desk.stage({"src/app.py/part.py": "1\n"})
    refuses(desk.git_commit("-m", "The same where only the content is mine"), "LG102")


@pytest.mark.parametrize(
    ("target", "codes"),
    [
        ("search.py", ()),
        ("../core/index.py", ()),
        ("../../docs/guide.md", ("LG101",)),
        ("../../../../etc/passwd", ("LG101",)),
        ("/etc/passwd", ("LG101",)),
        ("vendor/lib.py", ("LG104",)),
    ],
)
def test_links(desk: Desk, target: str, codes: tuple[str, ...]) -> None:
    (desk.path / "src/ui/link").symlink_to(target)
    desk.git("add", "src/ui/link")
    ran = desk.git_commit("-m", "Link")
    if codes:
        refuses(ran, *codes)
    else:
        allows(ran)


def test_submodule_moves_are_seen(desk: Desk) -> None:
    """`.gitmodules` with `ignore = all` hides them from plain `git diff`."""
    commit = desk.head()
    desk.write(".gitmodules", '[submodule "lib"]\n\tpath = src/core/lib\n\turl = ./lib\n\tignore = all\n')
    desk.git("config", "submodule.lib.ignore", "all")
    desk.git("update-index", "--add", "--cacheinfo", f"160000,{commit},src/core/lib")
    refuses(desk.git_commit("-m", "Theirs"), "LG101")
    desk.git("rm", "-q", "--cached", "src/core/lib")
    desk.git("update-index", "--add", "--cacheinfo", f"160000,{commit},src/ui/lib")
    allows(desk.git_commit("-m", "Mine"))


@pytest.mark.parametrize(
    "name", [b"caf\xe9.py", b'quo"te.py', b"line\nfeed.py", b"tab\t.py", b"-dash.py", b"\xe2\x80\xae.py"]
)
def test_paths_are_bytes(desk: Desk, name: bytes) -> None:
    desk.write(b"src/ui/" + name)
    desk.git("add", "-A")
    allows(desk.git_commit("-m", "Mine"))
    desk.write(b"src/core/" + name)
    desk.git("add", "-A")
    refuses(desk.git_commit("-m", "Theirs"), "LG101")


def test_unborn_branch_is_compared_with_nothing(desk: Desk) -> None:
    desk.git("switch", "-q", "--orphan", "fresh")
    desk.stage({HERE: "1\n"})
    allows(desk.git_commit("-m", "First"))
    desk.git("switch", "-q", "--orphan", "fresher")
    desk.stage({THERE: "index = 1\n"})
    refuses(desk.git_commit("-m", "First"), "LG101")


def test_replace_refs_hide_nothing(desk: Desk) -> None:
    """HEAD replaced by a commit that already holds the change: git itself would show nothing staged."""
    desk.stage({THERE: "index = 2\n"})
    tree = desk.out("write-tree")
    fake = desk.out("commit-tree", tree, "-m", "Fake")
    desk.git("replace", "HEAD", fake)
    assert desk.out("diff", "--cached", "--name-only") == ""
    refuses(desk.git_commit("--allow-empty", "-m", "Theirs"), "LG101")
    desk.git("replace", "-d", "HEAD")
    desk.git("reset", "-q", "--hard")
    desk.stage({HERE: "1\n"})
    allows(desk.git_commit("-m", "Mine"))


def test_no_policy_of_ones_own(desk: Desk) -> None:
    """A laxer policy in the work tree, the index or on the branch gives nothing."""
    lax = policy(unowned="allow").replace('"/src/ui/"', '"/src/"')
    desk.write(POLICY_PATH, lax)
    desk.stage({THERE: "index = 2\n"})
    refuses(desk.git_commit("-m", "Theirs"), "LG101")
    desk.git("add", POLICY_PATH)
    refuses(desk.git_commit("-m", "Theirs"), "LG101")
    desk.git("reset", "-q", THERE)
    assert desk.git_commit("--no-verify", "-m", "Policy").ok
    desk.stage({THERE: "index = 3\n"})
    refuses(desk.git_commit("-m", "Theirs"), "LG101")


def test_the_trusted_policy_gives(desk: Desk) -> None:
    """The same laxer policy counts once it stands on the server's main and was fetched."""
    wide = policy().replace('modify_paths = ["/src/app.py"]', 'modify_paths = ["/src/app.py", "/src/core/"]')
    desk.change({POLICY_PATH: wide}, "Widen", lane="core")
    desk.git("push", "-q", "--no-verify", "origin", "HEAD:main")
    desk.git("fetch", "-q")
    desk.stage({THERE: "index = 2\n"})
    allows(desk.git_commit("-m", "Mine now"))


def test_no_verify_is_stopped_by_the_server(desk: Desk) -> None:
    desk.stage({THERE: "index = 2\n"})
    assert desk.git_commit("--no-verify", "-m", "Theirs").ok
    refuses(desk.push("HEAD:refs/heads/lane/ui"), "LG101")
    desk.git("reset", "-q", "--hard", "origin/main")
    desk.stage({HERE: "1\n"})
    allows(desk.git_commit("-m", "Mine"))
    assert desk.push("HEAD:refs/heads/lane/ui").ok


def test_from_a_subfolder_and_with_git_dir(desk: Desk) -> None:
    desk.stage({HERE: "1\n", THERE: "index = 2\n"})
    inside = desk.path / "src" / "ui"
    refuses(run(["git", "commit", "-m", "Theirs"], cwd=inside), "LG101")
    away = ["git", f"--git-dir={desk.path}/.git", f"--work-tree={desk.path}", "commit", "-m", "Theirs"]
    refuses(run(away, cwd=desk.path.parent), "LG101")
    desk.git("reset", "-q", THERE)
    assert run(["git", "commit", "-q", "-m", "Mine"], cwd=inside).ok
    desk.stage({HERE: "2\n"})
    away[-1] = "Mine"
    assert run(away, cwd=desk.path.parent).ok


def test_sha256(tmp_path: Path) -> None:
    """Nothing in the clone depends on the size of an object id."""
    repo = Desk(tmp_path)
    repo.git("init", "-q", "-b", "main", "--object-format=sha256")
    repo.change({POLICY_PATH: policy(), THERE: "1\n"}, "Start", lane="core")
    repo.git("config", "lanegate.trustedRef", "refs/heads/main")
    repo.git("switch", "-q", "-c", "lane/ui")
    install(find(str(tmp_path)))
    repo.stage({HERE: "1\n"})
    allows(repo.git_commit("-m", "Mine"))
    repo.stage({THERE: "2\n"})
    refuses(repo.git_commit("-m", "Theirs"), "LG101")
