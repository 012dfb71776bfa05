"""Who writes records in a random history: verdicts good and bad, withdrawals, reconciliations, runs of gates.

A `Desk` makes pushes to the ledger in one situation. Whether a record may be taken is for the oracle and for lanegate
to say; who probably may write it is looked up in the policy, so that most are taken.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from tests.differential import trailers
from tests.differential.case import Update
from tests.differential.changes import differences
from tests.differential.chronicle import Chronicle
from tests.differential.gate_reports import gate_report
from tests.differential.makers import Maker
from tests.differential.random_acceptance import RELEASE, SERVER_KEY
from tests.differential.records import LEDGER, Contents, Scribe, Table, document
from tests.differential.rules import Policy
from tests.differential.situation import MAIN, POLICY_PATH, Push

Written = tuple[Table, bytes | None]
"""A record without its place in the ledger, and its gate report."""


class Desk:
    """Writes records on top of the server's ledger."""

    def __init__(self, maker: Maker) -> None:
        self.maker = maker
        self.rng: random.Random = maker.rng
        self.world = maker.world
        self.refs = maker.refs
        self.scribe = Scribe(self.world)

    @property
    def policy(self) -> Policy:
        return self.maker.policy

    @property
    def chronicle(self) -> Chronicle:
        return Chronicle.at(self.world.git, self.refs.get(LEDGER))

    def policy_id(self) -> str:
        return self.world.git.leaves(self.refs[MAIN])[POLICY_PATH].id

    def push(self, note: str, *written: Written, key: str | None = None, **oddity: Any) -> Push:
        """A push of these records, in this order. key, oddity: of the last one; see Scribe.write."""
        tip = self.refs.get(LEDGER)
        number = len(self.chronicle.records)
        for place, (record, report) in enumerate(written, 1):
            is_last = place == len(written)
            whole = {
                **record,
                "number": record["number"] or number + place,
                "policy": record["policy"] or self.policy_id(),
            }
            signs = key if is_last and key is not None else self.key_of(record["writer"])
            tip = self.scribe.write(whole, tip, signs, report, **(oddity if is_last else {}))
        update = Update(LEDGER, self.refs.get(LEDGER), tip)
        return self.maker.push_by_able(note, update)

    def key_of(self, writer: str | None) -> str | None:
        """Name of a key of a writer; None under identity `none`, where nobody signs."""
        if writer is None or self.policy.identity == "none":
            return None
        if writer.startswith("server:"):
            return SERVER_KEY
        lines = self.policy.people.get(writer, {}).get("keys", [])
        return self.rng.choice([line.split(" ")[2] for line in lines]) if lines else writer

    def lane_of(self, commit: str) -> str | None:
        """The one lane that a commit names."""
        message = self.world.git.object(commit)[1].partition(b"\n\n")[2]
        named = trailers.values(trailers.read_trailers(message) or [], b"lane")
        lane = named[0].decode("utf-8", "replace") if len(named) == 1 else None
        return lane if lane in self.policy.lanes else None

    def speaking(self, tip: str, without: list[str]) -> list[str]:
        """The commits that a push of `tip` brings and that are not clean merges."""
        git = self.world.git
        return [commit for commit in git.reachable([tip], without) if not self._is_clean_merge(commit)]

    def _is_clean_merge(self, commit: str) -> bool:
        git, parents = self.world.git, self.world.git.parents(commit)
        if len(parents) != 2:
            return False
        merged = git.merge(parents[0], parents[1])
        return not differences(git.leaves(merged.tree), git.leaves(commit), git.decided(parents[0], parents[1]))

    def somebody(self, roles: list[str], not_these: set[str]) -> str | None:
        """Somebody who holds one of the roles and has a key; None where nobody has to."""
        if self.policy.identity == "none":
            return None
        people = [id for id, person in self.policy.people.items() if person.get("keys")]
        able = [id for id in people if self.policy.holds(id, roles)]
        fit = [id for id in able if id not in not_these]
        return self.rng.choice(fit or able or people or ["ana"])

    def reviewer(self, commits: list[str], lane: str) -> str | None:
        """An acceptor whose verdict on these commits of a lane probably counts."""
        if self.policy.self_accepts or self.policy.identity == "none":
            return self.somebody(["acceptor"], set())
        own = set(self.policy.lanes.get(lane, {}).get("owners", []))
        if self.policy.by_signature:
            signers = [self.world.git.signer(commit, self.policy.allowed_signers()) for commit in commits]
            own |= {signer for signer in signers if signer is not None}
        return self.somebody(["acceptor"], own)

    def accepting_refs(self) -> list[str]:
        """Refs that ask for verdicts, main first."""
        names = [MAIN, RELEASE + "1", RELEASE + "2"]
        return [name for name in names if self.policy.accepted_rule(name) is not None]

    def verdict(self, commits: list[str], lane: str, refs: list[str] | None = None, word: str = "accepted") -> Written:
        """An honest verdict on commits of a lane, with a report of the gates that the refs ask for."""
        if refs is None:
            every = self.accepting_refs()
            refs = every if self.rng.random() < 0.3 else every[:1]
        rules = [self.policy.accepted_rule(ref) or {} for ref in refs]
        gates = sorted({gate for rule in rules for gate in rule.get("gates", [])})
        values: Table = {"commits": commits, "lane": lane, "refs": sorted(refs), "verdict": word}
        values |= {"task": self.policy.lanes.get(lane, {}).get("task"), "writer": self.reviewer(commits, lane)}
        if word == "rejected":
            values["tips"] = {ref: self.refs.get(ref) for ref in refs}
            return document("verdict", **values), None
        if not gates:
            return document("verdict", **values), None
        ran = self._above(commits)
        report = gate_report(lane, commits, ran, self.policy.table.get("gates", {}), gates, [])
        return document("verdict", **values, gates=gates, ran=ran, report=self.world.store.blob(report)), report

    def _above(self, commits: list[str]) -> str:
        """The one of the commits that all others are below, or the last one."""
        git = self.world.git
        above = [one for one in commits if all(git.is_ancestor(other, one) for other in commits)]
        return (above or commits[-1:])[0]

    def gate_run(self, commit: str) -> Written:
        """A run of all gates on a commit, mostly passed."""
        names = sorted(self.policy.table.get("gates", {}))
        failed = [name for name in names if self.rng.random() < 0.15]
        passed = [name for name in names if name not in failed]
        report = gate_report(
            self.lane_of(commit) or "", [commit], commit, self.policy.table.get("gates", {}), passed, failed
        )
        values = {"commit": commit, "passed": passed, "failed": failed, "report": self.world.store.blob(report)}
        return document("gate", **values, writer=self.somebody(["acceptor", "integrator"], set())), report

    def withdrawal(self, verdict: Table) -> Written:
        """The writer of a verdict takes it back, all of it or the half."""
        commits, refs = verdict["commits"], verdict["refs"]
        if self.rng.random() < 0.3:
            commits = self.rng.sample(commits, self.rng.randint(1, len(commits)))
        if self.rng.random() < 0.3:
            refs = sorted(self.rng.sample(refs, self.rng.randint(1, len(refs))))
        return document("withdraw", commits=commits, refs=refs, writer=verdict["writer"]), None

    def reconciliation(self, lane: str, ids: list[str]) -> Written:
        owners = self.policy.lanes[lane].get("owners", [])
        writer = self.somebody([*owners, "integrator"], set())
        return document("reconcile", lane=lane, assumptions=sorted(set(ids)), writer=writer), None

    def landing(self, updates: list[Update]) -> Written:
        """What a server says of a push; here by whoever has its key."""
        moved = [{"ref": ref, "old": old, "new": new, "forced": False} for ref, old, new in updates]
        writer = None if self.policy.identity == "none" else "server:main"
        return document("landing", moved=moved, writer=writer, ledger=self.refs.get(LEDGER)), None

    def doubtful(self, commits: list[str], lane: str) -> Push:
        """A verdict with one thing wrong: what it says, who writes it, how it is signed or what stands beside it."""
        rng, git = self.rng, self.world.git
        record, report = self.verdict(commits, lane)
        oddity: Table = {}
        kind = rng.choice(
            [*_WRONG_VALUES, *WRONG_FILES, "writer", "signer", "unsigned", "purpose", "parents", "policy"]
        )
        if kind in _WRONG_VALUES:
            _WRONG_VALUES[kind](record, rng)
        elif kind in WRONG_FILES:
            oddity["spoil"] = WRONG_FILES[kind]
        elif kind == "writer" and self.policy.identity != "none":
            record["writer"] = rng.choice(["ana", "bob", "cy", "dee", "server:main"])
        elif kind == "signer":
            oddity["key"] = rng.choice(["ana", "bob", "cy", "mallory", SERVER_KEY])
        elif kind == "unsigned":
            record["writer"] = rng.choice([None, "ana", record["writer"]])
            oddity["key"] = ""
        elif kind == "purpose":
            oddity["namespace"] = b"file"
        elif kind == "parents":
            ledger = git.first_parent_chain(self.refs[LEDGER]) if LEDGER in self.refs else []
            oddity["parents"] = rng.choice([[], ledger[1:2], [*ledger[:1], self.refs[MAIN]], [self.refs[MAIN]]])
        elif kind == "policy":
            chain = git.first_parent_chain(self.refs[MAIN])
            record["policy"] = next(
                (
                    leaf.id
                    for commit in chain
                    for leaf in [git.leaves(commit).get(POLICY_PATH)]
                    if leaf is not None and leaf.id != self.policy_id()
                ),
                self.world.store.blob(b"x"),
            )
        return self.push(f"doubtful verdict, {kind}", (record, report), **oddity)


def _set(**values: Any) -> Callable[[Table, random.Random], None]:
    return lambda record, _rng: record.update(values)


def _some(record: Table, rng: random.Random) -> None:
    record["commits"] = rng.choice([[record["commits"][0][:12]], record["commits"] * 2, [], ["0" * 39 + "1"]])


_WRONG_VALUES: dict[str, Callable[[Table, random.Random], None]] = {
    "lane": lambda record, rng: record.update(lane=rng.choice(["core", "ui", "docs", "ghost", "../x"])),
    "ref": lambda record, rng: record.update(refs=[rng.choice(["refs/heads/wip/a", "refs/heads/x", "refs/tags/v1"])]),
    "other ref": _set(refs=[RELEASE + "9"]),
    "task": _set(task="T-99"),
    "commits": _some,
    "number": lambda record, rng: record.update(number=rng.choice([1, 2, 7, 99])),
    "word": _set(verdict="maybe"),
    "format": _set(format=2),
    "key": _set(other=1),
    "tips": _set(tips={MAIN: None}),
    "rejected elsewhere": _set(verdict="rejected", tips={MAIN: "1" * 40}),
    "note": _set(note="Größe, in words\n"),
    "gates": _set(gates=[]),
    "ran": _set(ran=None),
    "report": _set(report=None),
    "kind": _set(kind="approval"),
}


def _respelt(files: Contents) -> None:
    files[b"record"] = files[b"record"].replace(b"\n ", b"\n  ", 1)


def _doubled(files: Contents) -> None:
    files[b"record"] = files[b"record"].replace(b'"format": 1,', b'"format": 1,\n "format": 1,', 1)


def _turned(files: Contents) -> None:
    """The state says more than the record."""
    for path in sorted(files):
        if path.startswith(b"commits/"):
            files[path] = files[path].replace(b"is=rejected", b"is=accepted") + files[path]


def _lost(files: Contents) -> None:
    for path in [path for path in files if path.startswith(b"lanes/")]:
        del files[path]


WRONG_FILES: dict[str, Callable[[Contents], None]] = {
    "respelt": _respelt,
    "doubled key": _doubled,
    "turned state": _turned,
    "lost state": _lost,
    "extra file": lambda files: files.update({b"commits/extra": b"1 verdict\n"}),
    "no record": lambda files: files.__delitem__(b"record"),
    "other report": lambda files: files.update({b"report": b"format = 1\n"}),
    "not JSON": lambda files: files.update({b"record": b"verdict\n"}),
}
