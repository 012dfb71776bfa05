"""The hook of an agent's editor: refused before the file is touched, by the path that it really is and its work tree's
lane; every refusal with its honest twin."""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lanegate.lean_agent import passes
from lanegate.usecases.agent_hook import Answer, answer_to
from lanegate.usecases.agent_setup import command_for, configuration_for
from lanegate.usecases.locks_here import LOCKS_REF
from tests.desk import Desk, make_desk
from tests.support import POLICY_PATH, ROOT, Ran, lanegate, policy, run

MINE, THEIRS, SHARED = "src/ui/here.py", "src/core/index.py", "src/app.py"
# read here: the hermetic fixture takes LANEGATE_* away from the tests themselves
ROUNDS = 40 * int(os.environ.get("LANEGATE_EXAMPLES", "1"))
SEED = os.environ.get("LANEGATE_SEED", "agent")
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


def payload(desk: Desk, path: str | Path, tool: str = "Write", **more: Any) -> dict[str, Any]:
    """What Claude Code sends before it writes a file."""
    tool_input = {"file_path": str(path), "content": "x\n", **more}
    return {"hook_event_name": "PreToolUse", "cwd": str(desk.path), "tool_name": tool, "tool_input": tool_input}


def patch(desk: Desk, *lines: str) -> dict[str, Any]:
    """What Codex sends before it applies a patch."""
    return {**payload(desk, ""), "tool_name": "apply_patch", "tool_input": {"command": "\n".join(lines)}}


def asked(what: object, host: str = "claude", **environment: str) -> Answer:
    """The full engine's answer. The lean one, which may only ever say yes, must not contradict it."""
    raw = json.dumps(what).encode()
    lean = passes(raw)
    answer = answer_to(host, raw, {**os.environ, **environment})
    assert not lean or environment or answer == Answer()
    return answer


def allows(what: object, **environment: str) -> None:
    assert asked(what, **environment) == Answer()


def refuses(what: object, code: str, *words: str, **environment: str) -> None:
    out, err, status = asked(what, **environment)
    assert status == 2
    assert code in err
    assert all(word in err for word in words), err
    says = json.loads(out)["hookSpecificOutput"]
    assert says == {
        "hookEventName": "PreToolUse",
        "permissionDecision": "deny",
        "permissionDecisionReason": err,
    }


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


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"null",
        b'{"tool_name":"Write"}',
        b'{"tool_name":"Write","tool_input":{"file_path":"a\\u0000b"}}',
        b'{"tool_name":"Write","tool_input":{"file_path":"\\ud800"}}',
        b'{"hook_event_name":"beforeMCPExecution","tool_name":"write_file","tool_input":"{"}',
        b"[" * 100_000,
    ],
)
@pytest.mark.parametrize("host", ["claude", "cursor"])
def test_what_cannot_be_understood_is_refused(raw: bytes, host: str) -> None:
    assert not passes(raw)
    out, err, status = answer_to(host, raw, os.environ)
    assert status == 2
    assert "LG9" in err
    assert "Traceback" not in err
    assert "deny" in json.loads(out).get("permission", out)


def test_a_repository_that_git_cannot_use_is_refused(desk: Desk, tmp_path: Path) -> None:
    (desk.path / ".git/HEAD").write_text("nonsense")
    refuses(payload(desk, MINE), "LG903")
    allows(payload(desk, tmp_path / "x.txt"))


def test_a_broken_policy_is_refused(desk: Desk) -> None:
    desk.change({POLICY_PATH: "version = 7\n"}, lane="core")
    desk.git("update-ref", "refs/remotes/origin/main", "HEAD")
    refuses(payload(desk, MINE), "LG901")


def test_cursor_is_answered_in_its_own_form(desk: Desk) -> None:
    there = {"hook_event_name": "preToolUse", "workspace_roots": [str(desk.path)], "tool_name": "Write"}
    out, err, status = asked({**there, "tool_input": {"file_path": THEIRS}}, "cursor")
    says = json.loads(out)
    assert (status, says["permission"], says["agent_message"]) == (2, "deny", err)
    assert asked({**there, "tool_input": {"file_path": MINE}}, "cursor") == Answer()
    mcp = {**there, "hook_event_name": "beforeMCPExecution", "tool_name": "write_file"}
    assert asked({**mcp, "tool_input": json.dumps({"path": THEIRS})}, "cursor").status == 2
    assert asked({**mcp, "tool_input": json.dumps({"path": MINE})}, "cursor") == Answer()
    shell = {"hook_event_name": "beforeShellExecution", "command": f"rm {THEIRS}", "cwd": str(desk.path)}
    assert asked(shell, "cursor") == Answer()
    after = {"hook_event_name": "afterFileEdit", "file_path": str(desk.path / THEIRS), "edits": []}
    out, err, status = asked(after, "cursor")
    assert (out, status) == ("", 2)
    assert "LG101" in err


@pytest.mark.parametrize("host", ["claude", "codex", "cursor"])
def test_an_agent_is_told_its_lane_once(desk: Desk, host: str) -> None:
    event = "sessionStart" if host == "cursor" else "SessionStart"
    out, err, status = asked({"hook_event_name": event, "cwd": str(desk.path)}, host)
    says = json.loads(out)
    text = says["additional_context"] if host == "cursor" else says["hookSpecificOutput"]["additionalContext"]
    assert (err, status) == ("", 0)
    assert "lane ui" in text
    assert "may write, create and delete: /src/ui/" in text
    assert "Shell commands are not looked at" in text
    assert asked({"hook_event_name": event, "cwd": str(desk.path.parent)}, host) == Answer()
    desk.git("config", "--worktree", "--unset", "lanegate.lane")
    assert "lanegate lane use <id>" in asked({"hook_event_name": event, "cwd": str(desk.path)}, host).out


def test_the_lean_answer_is_given_and_loads_next_to_nothing(desk: Desk) -> None:
    allows(payload(desk, MINE))
    for path, lean in ((MINE, True), (SHARED, True), (THEIRS, False), (desk.path.parent / "x", True)):
        assert passes(json.dumps(payload(desk, path)).encode()) is lean
    code = f"import sys; sys.path.append({str(ROOT)!r}); from lanegate.lean_agent import passes; "
    code += "from lanegate.lean import read_open; assert passes(read_open(0)); print(*sys.modules)"
    raw = json.dumps(payload(desk, MINE))
    ran = run([sys.executable, "-E", "-P", "-S", "-c", code], cwd=desk.path, data=raw, check=True)
    loaded = set(ran.out.split())
    assert {name for name in loaded if name.startswith("lanegate")} == {
        "lanegate",
        "lanegate.agent_tools",
        "lanegate.core",
        "lanegate.core.index",
        "lanegate.core.ownership",
        "lanegate.core.segments",
        "lanegate.lean",
        "lanegate.lean_agent",
    }
    assert {"os", "re", "json", "enum", "typing", "dataclasses", "subprocess"}.isdisjoint(loaded)


def test_the_lean_answer_is_left_to_the_full_engine(desk: Desk) -> None:
    raw = json.dumps(payload(desk, MINE)).encode()
    allows(payload(desk, MINE))
    assert passes(raw)
    desk.git("config", "core.ignorecase", "true")
    assert not passes(raw)
    answer_to("claude", raw, os.environ)
    assert not passes(raw)
    desk.git("config", "core.ignorecase", "false")
    answer_to("claude", raw, os.environ)
    assert passes(raw)
    (desk.path / ".git/MERGE_HEAD").write_text(desk.head() + "\n")
    assert not passes(raw)


def test_the_lean_answer_is_never_yes_where_the_full_one_is_no(desk: Desk) -> None:
    """Random ways to files, through links and upwards, written and deleted, in two work trees of different lanes."""
    other = desk.path.parent / "other"
    desk.git("worktree", "add", "-q", "-b", "lane/core", str(other))
    for top in (desk.path, other):
        (top / "src/ui/way").symlink_to("../core")
        (top / "src/ui/log.py").symlink_to("../app.py")
    names = [
        "src",
        "ui",
        "core",
        "theme",
        "vendor",
        "way",
        "log.py",
        "app.py",
        "index.py",
        "new.py",
        "..",
        ".",
        ".git",
        "",
    ]
    choose = random.Random(SEED)
    said = set()
    for top in (desk.path, other):
        allows(payload(desk, top / ("src/ui/x.py" if top == desk.path else "src/core/x.py")))
    for _ in range(ROUNDS):
        top = choose.choice(["", f"{desk.path}/", f"{other}/", "../other/"])
        start = choose.choice(["", "src/", "src/ui/", "src/core/"])
        path = top + start + "/".join(choose.choices(names, k=choose.randint(1, 3)))
        what = payload(desk, path or "x", choose.choice(["Write", "Delete"]))
        said.add((passes(json.dumps(what).encode()), asked(what).status))
    assert said >= {(True, 0), (False, 2)}


def as_configured(desk: Desk, host: str, what: object, *, cwd: Path | None = None) -> Ran:
    """As the editor runs it: the configured command, by a shell, with the JSON on its standard input."""
    raw = json.dumps(what)
    return run(
        ["sh", "-c", command_for(host)], cwd=cwd or desk.path, data=raw, env={"CLAUDE_PROJECT_DIR": str(desk.path)}
    )


@pytest.mark.parametrize("host", ["claude", "codex", "cursor"])
def test_as_an_editor_runs_it(desk: Desk, host: str) -> None:
    assert as_configured(desk, host, payload(desk, MINE)) == Ran(0, "", "")
    ran = as_configured(desk, host, payload(desk, THEIRS))
    assert ran.code == 2
    assert "LG101" in ran.err
    assert "deny" in ran.out
    other = desk.path.parent / "other"
    desk.git("worktree", "add", "-q", "-b", "lane/core", str(other))
    assert as_configured(desk, host, payload(desk.at(other), THEIRS), cwd=other) == Ran(0, "", "")
    if host != "claude":  # it says itself where its project is
        assert as_configured(desk, host, payload(desk, MINE), cwd=desk.path.parent).code == 2


def test_without_lanegate_it_is_refused(desk: Desk) -> None:
    (desk.path / ".git/lanegate/agent-hook").unlink()
    ran = as_configured(desk, "claude", payload(desk, MINE))
    assert ran.code == 2
    assert "agent-hook" in ran.err
    assert lanegate("install", cwd=desk.path).ok
    assert as_configured(desk, "claude", payload(desk, MINE)) == Ran(0, "", "")
    assert lanegate("install", "--uninstall", cwd=desk.path).ok
    assert not (desk.path / ".git/lanegate/agent-hook").exists()


def test_a_lanegate_that_cannot_be_loaded_refuses(desk: Desk, tmp_path: Path) -> None:
    hook = desk.path / ".git/lanegate/agent-hook"
    hook.write_text(hook.read_text().replace(str(ROOT), str(tmp_path / "gone")))
    ran = run([str(hook), "--host", "claude"], cwd=desk.path, data=json.dumps(payload(desk, MINE)))
    assert ran.code == 2
    assert "cannot load lanegate" in ran.err


def test_by_command_and_by_console_script(desk: Desk) -> None:
    script = [sys.executable, "-m", "lanegate.cli.hooks", "agent-hook"]
    for command in ([*script, "--host", "codex"], [sys.executable, "-m", "lanegate", "agent-hook", "--host", "codex"]):
        assert run(command, cwd=desk.path, data=json.dumps(payload(desk, MINE))) == Ran(0, "", "")
        assert run(command, cwd=desk.path, data=json.dumps(payload(desk, THEIRS))).code == 2
    for wrong in ([], ["--host", "emacs"]):
        ran = run([*script, *wrong], cwd=desk.path)
        assert ran.code == 2
        assert ran.err.startswith("lanegate: ")


@pytest.mark.parametrize("host", ["claude", "codex", "cursor"])
def test_the_configuration_is_printed(desk: Desk, host: str) -> None:
    ran = lanegate("agent-hook", "--host", host, "--config", cwd=desk.path)
    assert ran.out == configuration_for(host)
    assert command_for(host) in json.dumps(json.loads(ran.out), ensure_ascii=False).replace('\\"', '"')
    assert "lanegate install" in ran.err
