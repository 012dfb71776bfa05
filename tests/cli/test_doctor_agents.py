"""`lanegate doctor` on editors: set up as lanegate prints it and answered, or told plainly that it is not."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from lanegate.git.worktree import find
from lanegate.usecases import doctor_agents
from lanegate.usecases.agent_setup import FILES, configuration_for, place_of_shim
from lanegate.usecases.doctor import DEAD, LIVE, NOTE, Layer, examine_clone
from tests.desk import Desk, make_desk
from tests.support import lanegate


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = make_desk(tmp_path)
    desk.use("ui")
    return desk


def agents(desk: Desk) -> list[Layer]:
    """The layers of editors."""
    found = examine_clone(find(str(desk.path)), os.environ)
    return [layer for layer in found if layer.name.startswith("agent-hook")]


def shim(desk: Desk) -> Path:
    return Path(place_of_shim(str(desk.path / ".git")))


def test_none_is_set_up(desk: Desk) -> None:
    desk.write(".claude/settings.json", '{"hooks": {"PreToolUse": [{"hooks": [{"command": "true"}]}]}}')
    (layer,) = agents(desk)
    assert (layer.name, layer.state) == ("agent-hook", NOTE)
    assert layer.message.startswith("not set up")
    assert "lanegate agent-hook --host claude --config" in (layer.hint or "")
    assert lanegate("doctor", cwd=desk.path).code == 0, "nobody has to have an agent"


@pytest.mark.parametrize("host", FILES)
def test_set_up_and_answered(desk: Desk, host: str) -> None:
    desk.write(FILES[host], configuration_for(host))
    (layer,) = agents(desk)
    assert (layer.name, layer.state) == (f"agent-hook {host}", LIVE)
    assert FILES[host] in layer.message
    assert str(shim(desk)) in layer.message


def test_in_another_work_tree_and_in_a_persons_own_settings(desk: Desk) -> None:
    desk.git("worktree", "add", "-q", "-b", "lane/core", "../core")
    core = desk.at(desk.path.parent / "core")
    core.use("core")
    core.write(".claude/settings.json", '{"permissions": {}}')
    core.write(".claude/settings.local.json", configuration_for("claude"))
    assert [layer.state for layer in agents(core)] == [LIVE]


def test_where_there_is_no_policy_nothing_is_asked(desk: Desk) -> None:
    desk.write(FILES["codex"], configuration_for("codex"))
    desk.git("config", "lanegate.trustedRef", "refs/remotes/origin/none")
    shim(desk).write_text("#!/bin/sh\nexit 1\n")
    assert [layer.state for layer in agents(desk)] == [LIVE]


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("#!/bin/sh\nexit 0\n", "does not answer as it should: exit 0"),
        ("#!/bin/sh\ncat > seen\necho broken >&2\nexit 2\n", "does not answer as it should: exit 2, broken"),
        ("#!/gone/python\n", "does not answer as it should: No such file"),
        ("#!/bin/sh\nsleep 30\n", "nothing within 0.2 seconds"),
    ],
)
def test_it_does_not_answer(desk: Desk, script: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_agents, "PATIENCE", 0.2 if "sleep" in script else 20)
    desk.write(FILES["claude"], configuration_for("claude"))
    shim(desk).write_text(script)
    (layer,) = agents(desk)
    assert layer.state == DEAD
    assert why in layer.message
    assert layer.hint == "run: lanegate install"


def test_what_it_names_is_missing_or_not_executable(desk: Desk) -> None:
    desk.write(FILES["claude"], configuration_for("claude"))
    shim(desk).chmod(0o644)
    (layer,) = agents(desk)
    assert (layer.state, layer.hint) == (DEAD, f"run: chmod +x {shim(desk)}")
    shim(desk).unlink()
    (layer,) = agents(desk)
    assert layer.state == DEAD
    assert "is missing: no tool may write" in layer.message
    assert lanegate("doctor", cwd=desk.path).code == 1


def test_asked_at_less_than_it_should_be(desk: Desk) -> None:
    settings = json.loads(configuration_for("claude"))
    settings["hooks"]["PreToolUse"][0]["matcher"] = "Write"
    desk.write(FILES["claude"], json.dumps(settings))
    (layer,) = agents(desk)
    assert (layer.state, layer.message) == (NOTE, "answers, but is not asked as lanegate prints it at PreToolUse")


@pytest.mark.parametrize(
    ("text", "state", "why"),
    [
        ('{"hooks": {"PreToolUse": [{"hooks": [{"command": "touch ran; lanegate-agent-hook"}]}]}}', NOTE, "not tried"),
        ('{"hooks": {"PreToolUse": {"command": "touch ran; lanegate-agent-hook"}}}', NOTE, "not tried"),
        ('{"hooks": "agent-hook", ', DEAD, "is not JSON, so the editor passes over it"),
        ('["agent-hook"]', DEAD, "is no table"),
        ('{"agent-hook": ' + "[" * 100_000, DEAD, "is not JSON"),
        (configuration_for("claude").replace("{", '{"disableAllHooks": true,', 1), DEAD, "turns it off"),
    ],
)
def test_what_a_repository_brings_is_read_and_never_run(desk: Desk, text: str, state: str, why: str) -> None:
    desk.write(FILES["claude"], text)
    (layer,) = agents(desk)
    assert layer.state == state
    assert why in layer.message
    assert not (desk.path / "ran").exists()


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"hooks": []}', '{"hooks": {"PreToolUse": 1}}', ""])
def test_other_settings_are_no_concern(desk: Desk, text: str) -> None:
    desk.write(FILES["claude"], text)
    assert [layer.name for layer in agents(desk)] == ["agent-hook"]
