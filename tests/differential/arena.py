"""The arena: a real bare repository with lanegate's pre-receive hook, real pushes to it, and the comparison.

`play` runs one random history and answers with what happened, push by push. A push that the oracle and lanegate judge
differently ends the history with a `DisagreementError` and leaves the repositories in place.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.differential.case import Finding
from tests.differential.case import Server as Rules
from tests.differential.histories import History
from tests.differential.landings import expected_landing, landings_since
from tests.differential.oracle import judge_push
from tests.differential.plumbing import ENVIRONMENT, Git, Patterns, run
from tests.differential.random_acceptance import SERVER_KEY
from tests.differential.records import LEDGER
from tests.differential.signers import private_key
from tests.differential.situation import ALIAS, MAIN, POLICY_PATH, Push
from tests.differential.store import new_repository
from tests.differential.verified import CRASHES, DisagreementError, again, check_verify, lanegate
from tests.differential.world import World

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
#: Where not all that is wrong is shown.
HIDDEN = "  … and "
CODE = re.compile(r"^remote:\s+(LG\d{3}) ", re.MULTILINE)


#: Whether `lanegate verify` judges acceptance.
VERIFIES_ACCEPTANCE = False


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
    """What a history came to. steps: first-parent steps judged by `verify` and by the oracle. landings: recorded by the
    server."""

    seed: int
    pushes: list[Pushed] = field(default_factory=list)
    steps: int = 0
    landings: int = 0


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
        if after.get(LEDGER) != before.get(LEDGER):
            wanted = self._moved_on(wanted, after)
        if after not in (before, wanted):
            raise DisagreementError(f"half of the push landed\n{said}")
        return after == wanted, said

    def _moved_on(self, wanted: dict[str, str], after: dict[str, str]) -> dict[str, str]:
        """`wanted` with the ledger where the server's own records, of what landed, have brought it."""
        old, new = wanted.get(LEDGER), after.get(LEDGER)
        if new is None or new == old:
            return wanted
        is_ahead = old is None or run(self.folder, "merge-base", "--is-ancestor", old, new, good=(0, 1, 128))[0] == 0
        return {**wanted, LEDGER: new} if is_ahead else wanted

    def ledger(self) -> str | None:
        """The tip of the ledger, whose records the author has now too."""
        tip = self.refs().get(LEDGER)
        if tip is not None and run(self.author, "cat-file", "-e", tip, good=(0, 1, 128))[0] != 0:
            run(self.author, "-c", "gc.auto=0", "fetch", "-q", os.fspath(self.folder), LEDGER)
        return tip

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
    key = server.parent / "server-key"
    key.touch(0o600)
    key.write_bytes(private_key(SERVER_KEY))
    run(server, "config", "lanegate.serverKey", os.fspath(key))
    for name in ("receive.fsckObjects", "transfer.fsckObjects"):
        run(server, "config", name, "true" if setup.checks_objects else "false")
    if setup.misleads:
        for line in MISLEADING:
            run(server, "config", *line.split(" "))
        (server / "info" / "attributes").write_text("* merge=ours -diff\n*.py merge=union\n")


def play(seed: int, folder: Path, patterns: Patterns, pushes: int) -> Played:
    """Play the history of a seed in an empty folder. Raises DisagreementError."""
    world = World(folder, patterns, *(["--object-format=sha256"] if seed % 20 == 7 else []))
    run(world.folder, "config", "lanegate.trustedRef", MAIN)
    history = History(seed, world, patterns)
    server = Server(folder, history)
    played = Played(seed)
    more = pushes // 2 if history.asks_acceptance else 0  # work, verdict and landing are three pushes
    for number in range(pushes + more):
        push = history.next_push()
        known = replace(history.server, folder=server.folder)
        expected = judge_push(world.git, patterns, known, push.updates, push.pusher)
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
        check_codes(words, codes, played.pushes[-1].lanegate, by_git)
        ledger = server.ledger()
        played.landings += check_landing(world.git, patterns, known, push, accepted, ledger, words)
        history.landed(push, accepted, ledger)
    if history.asks_acceptance and not VERIFIES_ACCEPTANCE:
        return played
    if MAIN in history.refs:
        played.steps += check_verify(history, patterns, history.refs[MAIN])
    played.steps += check_verify(history, patterns, history.drift(pushes))
    return played


def check_codes(words: str, oracle: frozenset[str], lanegate: frozenset[str], by_git: bool) -> None:
    """Both find the same rules broken. Not where an object is malformed: what else is wrong with it means little."""
    unread = "LG604" in oracle and "LG903" in lanegate  # git itself could not read the malformed object
    if oracle != lanegate and not by_git and not unread and "LG604" not in oracle & lanegate and HIDDEN not in words:
        raise DisagreementError(f"other codes: {sorted(oracle)} and, by lanegate, {sorted(lanegate)}\n{words}")


def check_landing(
    git: Git, patterns: Patterns, known: Rules, push: Push, accepted: bool, ledger: str | None, words: str
) -> int:
    """The server has recorded what it let in; how many records that are. known: what it was before. ledger: its tip
    now."""
    pushed = {update.ref: update.new for update in push.updates if accepted}
    found = landings_since(git, pushed.get(LEDGER, known.refs.get(LEDGER)), ledger)
    landing = expected_landing(git, patterns, known, push.updates, push.pusher) if accepted else None
    wanted = [landing] if landing is not None else []
    if [{key: record[key] for key in landing or record} for record in found] != wanted:
        raise DisagreementError(f"recorded: {found}\nto be recorded: {wanted}\n{words}")
    return len(found)


def report(seed: int, number: int, push: Push, expected: list[Finding], accepted: bool, said: str, folder: Path) -> str:
    lines = [f"seed {seed}, push {number} ({push.note}) by {push.pusher}:"]
    lines += [f"  {update.old} -> {update.new} {update.ref}" for update in push.updates]
    lines += [f"lanegate: {'accepted' if accepted else 'refused'}", said.rstrip()]
    lines += ["oracle: refused" if expected else "oracle: accepted", *(f"  {finding}" for finding in expected)]
    lines += [f"repositories: {folder}", again(seed)]
    return "\n".join(lines)
