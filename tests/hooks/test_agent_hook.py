"""The hook of an agent's editor: refused before the file is touched, by the path that it really is and its work tree's
lane; every refusal with its honest twin."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lanegate.lean_agent import passes
from lanegate.usecases.locks_here import LOCKS_REF
from tests.desk import Desk, make_desk
from tests.hooks.editors import MINE, SHARED, THEIRS, allows, patch, payload, refuses
from tests.support import policy, run

ZONES = """
[[zones]]
paths = ["/src/ui/log.txt"]
mode = "append-only"
[[zones]]
paths = ["/src/ui/hot.py"]
mode = "high-risk"
[[zones]]
paths = ["/src/core/notes.txt"]
mode = "shared"
[[zones]]
paths = ["/src/ui/old.py"]
mode = "frozen"
"""


def test_the_grant_decides(desk: Desk) -> None:
    allows(payload(desk, MINE))
    allows(payload(desk, desk.path / "src/ui/not/there/yet.py"))
    refuses(payload(desk, THEIRS), "LG101", THEIRS, "core is PRIMARY", "policy/lanegate.toml:", "ask ana (core)")
    refuses(payload(desk, "src/ui/vendor/x"), "LG104")
    refuses(payload(desk, "nobody.txt"), "LG103", "no lane owns")
    allows(payload(desk, THEIRS, "Read"))
    allows(payload(desk, "", "Bash", command=f"echo x > {THEIRS}"))


def test_content_creation_and_deletion_differ(desk: Desk) -> None:
    """By HEAD, not by the work tree: an untracked file would be created by the commit."""
    allows(payload(desk, SHARED))
    allows(patch(desk, f"*** Update File: {SHARED}", "+x"))
    refuses(patch(desk, f"*** Delete File: {SHARED}"), "LG102", "delete or rename")
    refuses(patch(desk, f"*** Update File: {SHARED}", f"*** Move to: {MINE}"), "LG102", "delete or rename")
    allows(patch(desk, f"*** Update File: {MINE}", "*** Move to: src/ui/there.py"))
    desk.git("rm", "-q", "--cached", SHARED)
    desk.git("commit", "-q", "--no-verify", "-m", "Take it away")
    assert (desk.path / SHARED).exists()
    refuses(payload(desk, SHARED), "LG102", "create it")


def test_every_file_of_a_patch_counts(desk: Desk) -> None:
    allows(patch(desk, f"*** Add File: {MINE}", "*** Add File: src/ui/b.py"))
    refuses(patch(desk, f"*** Add File: {MINE}", f"*** Update File: {THEIRS}"), "LG101", THEIRS)


def to_file(desk: Desk) -> str:
    (desk.path / "src/ui/link.py").symlink_to("../core/index.py")
    return "src/ui/link.py"


def to_folder(desk: Desk) -> str:
    (desk.path / "src/ui/way").symlink_to("../core")
    return "src/ui/way/deep/new.py"


def up_after_link(desk: Desk) -> str:
    """As the system takes it src/core/x, as a path library does src/ui/x."""
    (desk.path / "src/core/deep").mkdir(parents=True)
    (desk.path / "src/ui/way").symlink_to("../core/deep")
    return "src/ui/way/../x.py"


def from_outside(desk: Desk) -> str:
    (desk.path.parent / "elsewhere").symlink_to(desk.path / "src/core")
    return str(desk.path.parent / "elsewhere" / "x.py")


@pytest.mark.parametrize(
    "trick",
    [
        to_file,
        to_folder,
        up_after_link,
        from_outside,
        lambda desk: "src/ui/../core/x.py",
        lambda desk: "src/ui/none/../../core/x.py",
        lambda desk: f"../{desk.path.name}/src/core/x.py",
        lambda desk: f"{desk.path}//src/./core/x.py",
    ],
)
def test_the_path_is_what_it_leads_to(desk: Desk, trick: Callable[[Desk], str]) -> None:
    path = trick(desk)
    refuses(payload(desk, path), "LG101", "src/core/")
    desk.use("core")
    if trick is not up_after_link:
        allows(payload(desk, path))
    else:
        refuses(payload(desk, path), "LG101", "src/ui/x.py")


def test_a_link_is_deleted_itself(desk: Desk) -> None:
    link = to_file(desk)
    desk.git("add", link)
    desk.git("commit", "-q", "--no-verify", "-m", "A link")
    allows(patch(desk, f"*** Delete File: {link}"))
    desk.use("core")
    refuses(patch(desk, f"*** Delete File: {link}"), "LG101", link)


def test_a_folder_is_deleted_file_by_file(desk: Desk) -> None:
    delete = {**payload(desk, ""), "tool_name": "Delete", "tool_input": {"path": "src"}}
    refuses(delete, "LG101", THEIRS)
    allows({**delete, "tool_input": {"path": "src/ui/none"}})


def test_another_spelling_where_the_file_system_takes_it(desk: Desk) -> None:
    refuses(payload(desk, "SRC/core/index.py"), "LG103")
    desk.git("config", "core.ignorecase", "true")
    refuses(payload(desk, "SRC/Core/index.py"), "LG101", THEIRS)
    allows(payload(desk, "SRC/UI/here.py"))


def test_another_work_tree_is_judged_by_its_own_lane(desk: Desk) -> None:
    other = desk.path.parent / "other"
    desk.git("worktree", "add", "-q", "-b", "lane/core", str(other))
    desk.use("core", other)
    allows(payload(desk, other / THEIRS))
    refuses(payload(desk, other / MINE), "LG101", "ui is PRIMARY")
    allows(payload(desk, MINE))
    both = patch(desk, f"*** Update File: {MINE}", f"*** Update File: {other / MINE}")
    refuses(both, "LG101", "ui is PRIMARY")


def test_a_lane_from_the_environment_stays_in_its_work_tree(desk: Desk) -> None:
    other = desk.path.parent / "other"
    desk.git("worktree", "add", "-q", str(other))
    desk.use("ui", other)
    allows(payload(desk, THEIRS), LANEGATE_LANE="core")
    refuses(payload(desk, other / THEIRS), "LG101", LANEGATE_LANE="core")
    refuses(payload(desk, MINE), "LG101", LANEGATE_LANE="core")


def test_outside_nothing_is_said(desk: Desk, tmp_path: Path) -> None:
    allows(payload(desk, tmp_path / "notes" / "x.txt"))
    run(["git", "init", "-q", str(tmp_path / "unmanaged")], cwd=tmp_path, check=True)
    allows(payload(desk, tmp_path / "unmanaged" / "x.txt"))
    allows(payload(desk, tmp_path / "unmanaged" / ".git" / "config"))


def test_what_git_ignores_is_nobodys(desk: Desk) -> None:
    refuses(payload(desk, "build/out.txt"), "LG103")
    (desk.path / ".git/info/exclude").write_text("/build/\n/src/core/\n")
    allows(payload(desk, "build/out.txt"))
    refuses(payload(desk, THEIRS), "LG101")  # it is tracked, so a commit would have it


@pytest.mark.parametrize("path", [".git/config", ".git/hooks/pre-commit", ".git/lanegate/lean", ".GIT/config", ".git"])
def test_gits_own_files_are_not_to_be_edited(desk: Desk, path: str) -> None:
    refuses(payload(desk, path), "LG105")
    allows(payload(desk, MINE))


def test_the_link_from_a_work_tree_to_its_repository_is_gits_own(desk: Desk) -> None:
    other = desk.path.parent / "other"
    desk.git("worktree", "add", "-q", str(other))
    refuses(payload(desk, other / ".git"), "LG105")


def test_no_lane_is_a_refusal(desk: Desk) -> None:
    desk.git("config", "--worktree", "--unset", "lanegate.lane")
    refuses(payload(desk, MINE), "LG201", "lanegate lane use <id>")


def test_zones_count(tmp_path: Path) -> None:
    desk = make_desk(tmp_path, text=policy(extra=ZONES))
    desk.use("ui")
    desk.change({"src/ui/log.txt": "one\n", "src/ui/old.py": "x\n"}, lane="ui")
    allows(payload(desk, "src/ui/log.txt", content="one\ntwo\n"))
    refuses(payload(desk, "src/ui/log.txt", content="two\n"), "LG405")
    edit = {"content": None, "old_string": "one\n", "new_string": "one\ntwo\n"}
    allows(payload(desk, "src/ui/log.txt", "Edit", **edit))
    refuses(payload(desk, "src/ui/log.txt", "Edit", **{**edit, "new_string": "two\n"}), "LG405")
    allows(payload(desk, "src/core/notes.txt"))
    refuses(payload(desk, "src/ui/old.py"), "LG404")
    refuses(payload(desk, "src/ui/hot.py"), "LG401", "lanegate lock acquire '/src/ui/hot.py' --lane ui", "fetched")
    allows(payload(desk, MINE))


def test_a_lock_lets_it_through(tmp_path: Path) -> None:
    desk = make_desk(tmp_path, text=policy(extra=ZONES))
    desk.use("ui")
    from lanegate.core.locks import Lock, locks_file

    for lane, code in (("ui", None), ("core", "LG402")):
        data = locks_file([Lock("lock-1", lane, None, ("/src/ui/hot.py",), "work", 1, 1, 1 << 40, 1)])
        blob = desk.out("hash-object", "-w", "--stdin", data=data)
        tree = desk.out("mktree", data=f"100644 blob {blob}\tlocks\n")
        desk.git("update-ref", LOCKS_REF, desk.out("commit-tree", tree, "-m", "Locks"))
        if code is None:
            allows(payload(desk, "src/ui/hot.py"))
            assert passes(json.dumps(payload(desk, "src/ui/hot.py")).encode())
        else:
            refuses(payload(desk, "src/ui/hot.py"), code)
