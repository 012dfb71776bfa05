"""The hook of an agent's editor: a refusal before a file is touched, instead of at the commit (R-F01, issue 5).

It says nothing where all is well, and otherwise answers in the three ways that editors listen to, all at once: JSON on
standard output in the host's own form, the reason on standard error, and exit status 2, which is the only one that
stops a tool (1 and 3 count as a broken hook, and the tool runs). So whatever goes wrong here is a refusal too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from lanegate.agent_tools import AFTER, DELETE, STARTS, UnreadableError, event_of, folder_of, targets
from lanegate.core.decision import ALLOWED, REFUSED, Decision, Violation
from lanegate.core.named_tuple import NamedTuple
from lanegate.git.worktree import NotARepositoryError, Worktree, find, without_repository
from lanegate.render.agent import deny_json, refusal_text, start_json, start_text
from lanegate.usecases.agent_contents import content_after
from lanegate.usecases.agent_edits import environment_for, judge_edits
from lanegate.usecases.agent_places import files_meant, place_of
from lanegate.usecases.clone import StoppedError, lane_here, open_clone
from lanegate.usecases.undecided import stopped, undecided

#: The only status that stops a tool in each of the hosts.
EXIT_DENY = 2


class Answer(NamedTuple):
    """What the editor gets: on standard output and standard error, and the exit status."""

    out: str = ""
    err: str = ""
    status: int = 0


def answer_to(host: str, raw: bytes, environ: Mapping[str, str]) -> Answer:
    """The answer to the JSON of one hook. host: one of HOSTS. Never raises."""
    event = ""
    try:
        payload = _parsed(raw)
        event = event_of(payload)
        if event in STARTS:
            return _at_start(host, payload, environ)
        decisions = list(_decisions(payload, environ))
    except (Exception, RecursionError, MemoryError) as error:
        decisions = [stopped_by(error)]
    refused = [decision for decision in decisions if decision.decision != ALLOWED]
    if not refused:
        return Answer()
    text = "".join(map(refusal_text, refused))
    return Answer("" if event in AFTER else deny_json(host, text), text, EXIT_DENY)


def stopped_by(error: BaseException) -> Decision:
    """The refusal that an error stands for."""
    if isinstance(error, UnreadableError):
        hint = "say so to whoever set up this hook: docs/agents.md names the tools that are understood"
        return stopped("LG908", f"this tool call cannot be understood: {error}", hint)
    if isinstance(error, StoppedError):
        return error.decision
    return undecided(error if isinstance(error, Exception) else RuntimeError(str(error)))


def _parsed(raw: bytes) -> Any:
    import json

    try:
        payload = json.loads(raw.decode())
        tool_input = payload.get("tool_input") if isinstance(payload, dict) else None
        if isinstance(tool_input, str) and tool_input.lstrip().startswith("{"):  # Cursor's beforeMCPExecution
            payload["tool_input"] = json.loads(tool_input)
    except ValueError as error:
        raise UnreadableError(f"the input is not JSON: {error}") from error
    return payload


def _decisions(payload: dict[str, Any], environ: Mapping[str, str]) -> Iterator[Decision]:
    """What each work tree that a tool would write to says; nothing for one that is not managed."""
    folder = os.path.join(os.getcwd(), folder_of(payload) or "")
    edits: dict[str, dict[bytes, tuple[str, bytes | None]]] = {}
    trees: dict[str, Worktree] = {}
    for kind, path in targets(payload):
        for file in files_meant(path, folder, deletes=kind == DELETE):
            place = place_of(file, environ)
            if place is None:
                continue
            if place.path is None:
                if open_clone(place.worktree) is not None:
                    yield _in_git_folder(path)
                continue
            trees[place.worktree.git_dir] = place.worktree
            content = None if kind == DELETE else content_after(payload.get("tool_input"), file)
            edits.setdefault(place.worktree.git_dir, {})[place.path] = kind, content
    session = _around(folder, environ) if trees else None
    for name, worktree in trees.items():
        decision = judge_edits(worktree, edits[name], environment_for(worktree, session, environ))
        if decision is not None:
            yield decision


def _in_git_folder(path: str) -> Decision:
    hint = "change what it says by a git or lanegate command, if that is your task"
    what = "git's own file: it decides what git and lanegate do here"
    return Decision(REFUSED, (Violation("LG105", what, path=path.encode("utf-8", "surrogateescape"), hint=hint),))


def _around(folder: str, environ: Mapping[str, str]) -> Worktree | None:
    try:
        return find(folder, without_repository(environ))
    except NotARepositoryError:
        return None


def _at_start(host: str, payload: dict[str, Any], environ: Mapping[str, str]) -> Answer:
    """What an agent should know before it begins; nothing can be stopped yet, so problems are told as well."""
    worktree = _around(os.path.join(os.getcwd(), folder_of(payload) or ""), environ)
    clone = None
    try:
        clone = None if worktree is None else open_clone(worktree)
        if clone is None:
            return Answer()
        text = start_text(clone.policy, lane_here(clone, environ))
    except StoppedError as error:
        text = refusal_text(error.decision)
    return Answer(start_json(host, text))
