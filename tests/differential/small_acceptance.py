"""The small project under acceptance: its policy, records written for it, and what the oracle finds in pushes to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.differential.case import Server, Update
from tests.differential.gate_reports import gate_report
from tests.differential.oracle import judge_push
from tests.differential.records import LEDGER, Scribe, Table, document
from tests.differential.signers import key_line
from tests.differential.small import FILES, MAIN, POLICY, POLICY_PATH, codes
from tests.differential.world import World

RELEASE = "refs/heads/release/1"
LANE = "refs/heads/lane/ui"
REFS = """[[refs]]
name = "refs/heads/main"
accepted = true
[[refs]]
name = "refs/heads/release/*"
accepted = true
from = "refs/heads/main"
"""
GATES = '[gates.quick]\nrung = 1\nrun = ["true"]\n'


def accepting(identity: str = "signature", *edits: tuple[str, str]) -> bytes:
    """The small project's policy with main accepted: bob owns ui, ana core; cy and ana accept, dee integrates."""
    text = POLICY.decode().replace('identity = "pusher"', f'identity = "{identity}"')
    text = text.replace('[[refs]]\nname = "refs/heads/main"\npushers = ["integrator"]\n', REFS)
    text = text.replace("[people.bob]", '[people.dee]\npushers = ["dee"]\n[people.bob]')
    text = text.replace('integrator = ["ana"]', 'integrator = ["dee"]\nacceptor = ["cy", "ana"]')
    for person in ("ana", "bob", "cy", "dee"):
        text = text.replace(f"[people.{person}]\n", f'[people.{person}]\nkeys = ["{key_line(person)}"]\n')
    text = text.replace("[roles]", f'[servers.main]\nkeys = ["{key_line("server-main")}"]\n[roles]')
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new)
    return text.encode()


def without_people(text: bytes) -> bytes:
    """The same policy under identity `none`."""
    lines = text.decode().replace('identity = "signature"', 'identity = "none"').split("\n")
    start = lines.index("[servers.main]")
    del lines[start : lines.index("[lanes.ui]")]
    return "\n".join(line for line in lines if not line.startswith(("pushers", "keys"))).encode()


@dataclass
class Project:
    """A server of the small project: its ledger, and pushes to it. Each push leaves it as it was."""

    world: World
    policy: bytes = field(default_factory=accepting)
    refs: dict[str, str] = field(default_factory=dict)
    is_local: bool = True

    def __post_init__(self) -> None:
        self.base = self.world.commit({**FILES, POLICY_PATH: self.policy}, b"Start\n")
        self.refs = {MAIN: self.base, **self.refs}
        self.scribe = Scribe(self.world)

    def policy_id(self) -> str:
        return self.world.git.leaves(self.refs[MAIN])[POLICY_PATH].id

    def record(self, kind: str = "verdict", by: str | None = "cy", key: str | None = None, **values: Any) -> str:
        """The ledger's tip with one more record on top; `refs` as main, `lane` as ui where nothing else is said."""
        oddity = {name: values.pop(name) for name in ("spoil", "parents", "report_text") if name in values}
        report = oddity.pop("report_text", None)
        if kind == "verdict":
            values = {"lane": "ui", "refs": [MAIN], **values}
        if report is not None:
            values["report"] = self.world.store.blob(report)
        tip = self.refs.get(LEDGER)
        number = len(self.world.git.first_parent_chain(tip)) + 1 if tip else 1
        whole: Table = {**document(kind, number=number, policy=self.policy_id(), writer=by), **values}
        name = key if key is not None else "server-main" if by == "server:main" else by
        return self.scribe.write(whole, tip, name, report, **oddity)

    def write(self, kind: str = "verdict", by: str | None = "cy", **values: Any) -> None:
        """A record that the server takes."""
        tip = self.record(kind, by, **values)
        assert self.push(tip, LEDGER) == set()
        self.refs[LEDGER] = tip

    def accept(self, *commits: str, **values: Any) -> None:
        self.write(commits=[*commits], **values)

    def quick_report(self, commit: str, *, failed: bool = False, lane: str = "ui") -> bytes:
        names: list[list[str]] = [[], ["quick"]] if failed else [["quick"], []]
        return gate_report(lane, [commit], commit, {"quick": {"rung": 1, "run": ["true"]}}, *names)

    def push(self, new: str | None, ref: str = MAIN, pusher: str | None = None) -> set[str]:
        """Codes of the push of one ref."""
        server = Server(dict(self.refs), is_local=self.is_local)
        updates = [Update(ref, self.refs.get(ref), new)]
        return codes(judge_push(self.world.git, self.world.patterns, server, updates, pusher))
