"""An agent's editor and its hook: each host's own form, what nobody understands, the lean answer, and as it is run."""

from __future__ import annotations

import json
import os
import random
import re
import sys
from pathlib import Path

import pytest

from lanegate.lean_agent import passes
from lanegate.usecases.agent_hook import Answer, answer_to
from lanegate.usecases.agent_setup import command_for, configuration_for
from tests.desk import Desk
from tests.hooks.editors import MINE, SHARED, THEIRS, allows, asked, payload, refuses
from tests.support import POLICY_PATH, ROOT, Ran, lanegate, run

# read here: the hermetic fixture takes LANEGATE_* away from the tests themselves
ROUNDS = 40 * int(os.environ.get("LANEGATE_EXAMPLES", "1"))
SEED = os.environ.get("LANEGATE_SEED", "agent")


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
    started = hook.read_text()  # the Python that it starts may lie below ROOT, and stays
    hook.write_text(
        re.sub(rf"{re.escape(str(ROOT))}(?!/)", str(tmp_path / "gone"), started)
    )  # its Python may lie below
    assert hook.read_text() != started
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
