"""The arena: a real bare repository with lanegate's pre-receive hook, real pushes to it, and the comparison.

`play` runs one random history and answers with what happened, push by push. A push that the oracle and lanegate judge
differently ends the history with a `DisagreementError` and leaves the repositories in place.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.differential.case import Finding
from tests.differential.case import Server as Rules
from tests.differential.histories import History
from tests.differential.makers import ALIAS, MAIN, POLICY_PATH, Push
from tests.differential.oracle import judge_push, judge_range
from tests.differential.plumbing import ENVIRONMENT, Patterns, run
from tests.differential.store import new_repository
from tests.differential.tangles import Broken, Tangle, broken
from tests.differential.world import World

ROOT = Path(__file__).resolve().parents[2]
#: What lanegate says when it fails instead of judging.
CRASHES = ("Traceback", "a bug in lanegate", "LG906")
#: Settings of a server that change what careless readers of git's output see.
MISLEADING = (
    "merge.renames false",
    "merge.directoryRenames true",
    "merge.conflictStyle diff3",
    "diff.renames copies",
    "diff.ignoreSubmodules all",
    "diff.orderFile /dev/null",
    "log.showSignature true",
    "log.follow true",
    "core.quotePath false",
    "core.ignoreCase true",
    "core.precomposeUnicode true",
    "i18n.logOutputEncoding latin1",
)
CODE = re.compile(r"^remote:\s+(LG\d{3}) ", re.MULTILINE)


class DisagreementError(AssertionError):
    """The oracle and lanegate do not agree; the text has everything needed to study it."""


@dataclass(frozen=True)
class Pushed:
    """One push and both answers. name: seed and number. by_git: git itself refused before any
    hook ran. words: both answers in full."""

    name: str
    note: str
    accepted: bool
    oracle: frozenset[str]
    lanegate: frozenset[str]
    by_git: bool
    words: str


@dataclass
class Played:
    """What a history came to. steps: first-parent steps judged by `verify` and by the oracle."""

    seed: int
    pushes: list[Pushed] = field(default_factory=list)
    steps: int = 0


class Server:
    """A bare repository under lanegate."""

    def __init__(self, folder: Path, history: History) -> None:
        hash_name = run(history.world.folder, "rev-parse", "--show-object-format")[1].decode().strip()
        self.folder = new_repository(folder / "server.git", f"--object-format={hash_name}")
        self.author = history.world.folder
        self._push([f"{history.setup.legacy}:refs/heads/legacy"], None)
        if history.setup.main is not None:
            self._push([f"{history.setup.main}:{MAIN}"], None)
        run(self.folder, "update-ref", "-d", "refs/heads/legacy")
        if history.setup.has_alias:
            run(self.folder, "symbolic-ref", ALIAS, MAIN)
        if history.setup.shares_objects:
            (self.folder / "objects/info/alternates").write_text(f"{self.author}/objects\n")
        install(self.folder, history)

    def refs(self) -> dict[str, str]:
        lines = run(self.folder, "for-each-ref", "--format=%(refname) %(objectname)")[1].decode().splitlines()
        return {line.rpartition(" ")[0]: line.rpartition(" ")[2] for line in lines}

    def push(self, push: Push) -> tuple[bool, str]:
        """A real `git push`; whether the refs moved, and what the pusher was told."""
        before = self.refs()
        wanted = dict(before)
        for ref, _old, new in push.updates:
            wanted.pop(ref, None)
            if new is not None:
                wanted[ref] = new
        specs = [f"+{update.new}:{update.ref}" if update.new else f":{update.ref}" for update in push.updates]
        if ALIAS in before:
            wanted[MAIN] = wanted[ALIAS] = wanted.get(ALIAS if wanted.get(ALIAS) != before[ALIAS] else MAIN, "")
        said = self._push(specs, push.pusher)
        after = self.refs()
        if after not in (before, wanted):
            raise DisagreementError(f"half of the push landed\n{said}")
        return after == wanted, said

    def _push(self, specs: list[str], pusher: str | None) -> str:
        who = f"LANEGATE_PUSHER={pusher} " if pusher is not None else ""
        receive = f"--receive-pack=env {who}SSH_CONNECTION=x git-receive-pack"
        command = ["git", "push", "--no-verify", receive, os.fspath(self.folder), *specs]
        done = subprocess.run(command, cwd=self.author, env=ENVIRONMENT, capture_output=True, check=False)
        return (done.stderr + done.stdout).decode("utf-8", "replace")


def install(server: Path, history: History) -> None:
    """Put a bare repository under lanegate, then set what this history wants otherwise."""
    setup = history.setup
    platform = "local" if setup.is_local else "ssh"
    options = ["--server", os.fspath(server), "--platform", platform, "--trusted-ref", MAIN]
    options += ["--policy-path", POLICY_PATH.decode(), "--deadline", "60"]
    options += ["--bootstrap-pusher", setup.bootstrap] if setup.bootstrap else []
    for commit in setup.baseline:
        options += ["--baseline", commit]
    lanegate("install", *options).check_returncode()
    for key in ("receive.fsckObjects", "transfer.fsckObjects"):
        run(server, "config", key, "true" if setup.checks_objects else "false")
    if setup.misleads:
        for line in MISLEADING:
            run(server, "config", *line.split(" "))
        (server / "info" / "attributes").write_text("* merge=ours -diff\n*.py merge=union\n")


def lanegate(*args: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command line of the lanegate that these tests stand beside."""
    environment = {**ENVIRONMENT, "PYTHONPATH": os.fspath(ROOT)}
    command = [sys.executable, "-m", "lanegate", *args]
    return subprocess.run(command, env=environment, capture_output=True, check=False)


def play(seed: int, folder: Path, patterns: Patterns, pushes: int) -> Played:
    """Play the history of a seed in an empty folder. Raises DisagreementError."""
    world = World(folder, patterns, *(["--object-format=sha256"] if seed % 20 == 7 else []))
    run(world.folder, "config", "lanegate.trustedRef", MAIN)
    history = History(seed, world, patterns)
    server = Server(folder, history)
    played = Played(seed)
    for number in range(pushes):
        push = history.next_push()
        expected = judge_push(world.git, patterns, history.server, push.updates, push.pusher)
        accepted, said = server.push(push)
        words = report(seed, number, push, expected, accepted, said, folder)
        by_git = not accepted and "pre-receive hook declined" not in said
        is_by_fsck = by_git and history.setup.checks_objects and "fsck error in pack" in said
        if (accepted == bool(expected) and not is_by_fsck) or any(crash in said for crash in CRASHES):
            raise DisagreementError(words)
        codes = frozenset(finding.code for finding in expected)
        played.pushes.append(
            Pushed(f"{seed}/{number}", push.note, accepted, codes, frozenset(CODE.findall(said)), by_git, words)
        )
        history.landed(push, accepted)
    if MAIN in history.refs:
        played.steps += check_verify(history, patterns, history.refs[MAIN])
    played.steps += check_verify(history, patterns, history.drift(pushes))
    return played


def check_verify(history: History, patterns: Patterns, tip: str) -> int:
    """Compare `lanegate verify` with the oracle on the history from its start to `tip`; how many steps that was.

    Steps that no policy judges are named by lanegate as a range, so they only have to be there on both sides. What
    comes after a malformed object is not compared: git's own merges over it mean nothing, or git cannot read it.
    """
    git, base = history.world.git, history.setup.main or history.world.git.history(tip)[0]
    expected = judge_range(git, patterns, Rules({}, MAIN, POLICY_PATH), base, tip)
    answer = verified(history.world.folder, base, tip)
    unjudged = {step for step, findings in expected.items() if "LG901" in {finding.code for finding in findings}}
    blind = unjudged | after_malformed(expected)
    wrong = {step for step, findings in expected.items() if findings} - blind
    brought = {commit: step for step in expected for commit in git.reachable([step], git.parents(step)[:1])}
    found = {brought.get(violation["commit"]) for violation in answer["violations"]} - blind
    decision = "undecided" if unjudged else "refused" if wrong or blind else "allowed"
    is_unreadable = bool(blind - unjudged) and answer["decision"] == "undecided"
    if not is_unreadable and (found != wrong or answer["decision"] != decision):
        lines = [f"seed {history.seed}: verify {base}..{tip}", f"lanegate: {answer['decision']}"]
        lines += [f"  {one['code']} {one['commit']} {one['message']}" for one in answer["violations"]]
        lines += [f"the oracle alone refuses step {step}: {expected[step]}" for step in sorted(wrong - found)]
        lines += [f"lanegate alone refuses step {step}" for step in found - wrong]
        raise DisagreementError("\n".join([*lines, again(history.seed)]))
    return len(expected)


def verified(folder: Path, base: str, tip: str) -> dict[str, Any]:
    """What `lanegate verify --format json` says of a range. Raises DisagreementError when it does not say it."""
    done = lanegate("verify", f"{base}..{tip}", "--format", "json", "--repo", os.fspath(folder))
    said = (done.stderr + done.stdout).decode("utf-8", "replace")
    if not done.stdout or any(crash in said for crash in CRASHES):
        raise DisagreementError(f"verify of {base}..{tip} in {folder} failed\n{said}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def check_tangle(seed: int, folder: Path, patterns: Patterns, steps: int) -> int:
    """Compare `lanegate verify` with the oracle on a tangled history, finding by finding; how many were found."""
    world = World(folder, patterns)
    tangle = Tangle(seed, world)
    tip = tangle.grow(steps)
    expected = broken(world, patterns, tangle.base, tip)
    violations = verified(world.folder, tangle.base, tip)["violations"]
    found = {Broken(one["code"], one["commit"], one["path"].encode() if one["path"] else None) for one in violations}
    if found != expected:
        lines = [f"tangle {seed} in {world.folder}: verify {tangle.base}..{tip}"]
        lines += [f"  the oracle alone: {one}" for one in sorted(expected - found, key=str)]
        lines += [f"  lanegate alone: {one}" for one in sorted(found - expected, key=str)]
        raise DisagreementError("\n".join(lines))
    return len(found)


def after_malformed(expected: dict[str, list[Finding]]) -> set[str]:
    """Steps from the first one on that brings a malformed object."""
    steps = list(expected)
    bad = [number for number, step in enumerate(steps) if "LG604" in {finding.code for finding in expected[step]}]
    return set(steps[bad[0] :]) if bad else set()


def report(seed: int, number: int, push: Push, expected: list[Finding], accepted: bool, said: str, folder: Path) -> str:
    lines = [f"seed {seed}, push {number} ({push.note}) by {push.pusher}:"]
    lines += [f"  {update.old} -> {update.new} {update.ref}" for update in push.updates]
    lines += [f"lanegate: {'accepted' if accepted else 'refused'}", said.rstrip()]
    lines += ["oracle: refused" if expected else "oracle: accepted", *(f"  {finding}" for finding in expected)]
    lines += [f"repositories: {folder}", again(seed)]
    return "\n".join(lines)


def again(seed: int) -> str:
    return f"again: python -m tests.differential.soak --seed {seed} --histories 1 --keep"
