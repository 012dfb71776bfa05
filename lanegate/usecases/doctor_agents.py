"""Whether agents' editors ask lanegate before a tool writes: what is set up in the work tree, and that it answers.

Looked at are the files that `lanegate agent-hook --config` says to paste into (docs/agents.md), and Claude Code's
settings of one person beside them. Such a file comes with the repository, so nothing that it says is run: where it
names the command that lanegate prints, what that command starts is asked, by its place. An editor's own settings for
all repositories are not looked at.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

from lanegate.agent_tools import HOSTS
from lanegate.git.worktree import Worktree, without_repository
from lanegate.usecases.agent_setup import FILES, NAME, command_for, configuration_for, place_of_shim
from lanegate.usecases.doctor import DEAD, LIVE, NOTE, Layer
from lanegate.usecases.hook_files import head, is_live

#: Read beside the file that is pasted into.
_OWN_FILES = {"claude": (".claude/settings.local.json",)}
#: Seconds for an answer; it takes a fraction of one.
PATIENCE = 20
_MOST_BYTES = 1 << 20
_INSTALL = "run: lanegate install"
_OWN = "a command of your own asks, which is not tried here; where it fails with another status than 2, the tool runs"


def examine_agents(worktree: Worktree, environ: Mapping[str, str], *, is_managed: bool) -> Iterator[Layer]:
    """A layer for each editor that is set up here, or one that says that none is. is_managed: whether there is a policy
    to answer by."""
    found = [layer for host in HOSTS for layer in _editor(worktree, host, environ, is_managed)]
    if not found:
        files = ", ".join(FILES.values())
        hint = f"run: lanegate agent-hook --host {HOSTS[0]} --config   (or {', '.join(HOSTS[1:])}; docs/agents.md)"
        yield Layer(NAME, NOTE, f"not set up: no editor asks before a tool writes ({files})", hint)
    yield from found


def _editor(worktree: Worktree, host: str, environ: Mapping[str, str], is_managed: bool) -> Iterator[Layer]:
    name, again = f"{NAME} {host}", f"run: lanegate agent-hook --host {host} --config"
    hooks: dict[str, list[Any]] = {}
    off = None
    for file in (FILES[host], *_OWN_FILES.get(host, ())):
        raw = head(os.path.join(worktree.top or "", file), _MOST_BYTES)
        try:
            settings = json.loads(raw) if raw.strip() else {}
            if not isinstance(settings, dict):
                raise ValueError("it is no table")
        except (ValueError, RecursionError) as error:
            if NAME.encode() in raw:
                yield Layer(name, DEAD, f"{file} is not JSON, so the editor passes over it: {error}", again)
            continue
        off = file if settings.get("disableAllHooks") is True else off
        events = settings.get("hooks")
        for event, entries in events.items() if isinstance(events, dict) else ():
            hooks.setdefault(event, []).extend(entries if isinstance(entries, list) else [entries])
    commands = tuple(dict.fromkeys(_commands(hooks)))
    if not any(NAME in command for command in commands):
        return
    if off is not None:
        yield Layer(name, DEAD, f"disableAllHooks in {off} turns it off", "take that line out")
    elif command_for(host) not in commands:
        yield Layer(name, NOTE, _OWN, again)
    else:
        wanted: dict[str, list[Any]] = json.loads(configuration_for(host))["hooks"]
        differs = [
            event for event, entries in wanted.items() if any(one not in hooks.get(event, []) for one in entries)
        ]
        yield _answering(worktree, host, environ, differs, is_managed)


def _answering(
    worktree: Worktree, host: str, environ: Mapping[str, str], differs: list[str], is_managed: bool
) -> Layer:
    """What the printed command starts, asked about a file that no tool may write: one of git's own."""
    name, again = f"{NAME} {host}", f"run: lanegate agent-hook --host {host} --config"
    place = place_of_shim(worktree.common_dir)
    if not os.path.lexists(place):
        return Layer(name, DEAD, f"{FILES[host]} names it, and {place} is missing: no tool may write", _INSTALL)
    if not is_live(place):
        return Layer(name, DEAD, f"{place} is not executable: no tool may write", f"run: chmod +x {place}")
    if is_managed:
        wrong = _wrong_answer(worktree, host, place, environ)
        if wrong is not None:
            return Layer(name, DEAD, f"{place} does not answer as it should: {wrong}", _INSTALL)
    if differs:
        return Layer(name, NOTE, f"answers, but is not asked as lanegate prints it at {', '.join(differs)}", again)
    trust = "; Codex asks it once its user trusts it: /hooks" if host == "codex" else ""
    return Layer(name, LIVE, f"{FILES[host]}, answered by {place}{trust}" if is_managed else f"{FILES[host]}{trust}")


def _wrong_answer(worktree: Worktree, host: str, place: str, environ: Mapping[str, str]) -> str | None:
    """None where it denies, for the reason that it should and in the host's words."""
    asked = {
        "hook_event_name": "preToolUse" if host == "cursor" else "PreToolUse",
        "cwd": worktree.top,
        "tool_name": "Write",
        "tool_input": {"file_path": os.path.join(worktree.common_dir, "config"), "content": ""},
    }
    try:
        done = subprocess.run(
            [place, "--host", host],
            cwd=worktree.top,
            env=without_repository(environ),
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"nothing within {PATIENCE} seconds"
    except OSError as error:
        return error.strerror or str(error)
    if done.returncode == 2 and b"LG105" in done.stdout:
        return None
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return f"exit {done.returncode}{f', {said[0][:200]}' if said else ''}"


def _commands(value: Any) -> Iterator[str]:
    """Every text that stands under `command`, in whatever shape the hooks of a host are."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if isinstance(one.get("command"), str):
                yield one["command"]
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
