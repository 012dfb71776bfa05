"""Records of the ledger, written a second time: canonical JSON and the state tree, as the table in core/ledger.py says.

Imports nothing of lanegate. A record is a plain table, its `number`, `policy` and `writer` included; `state` says what
stands in the ledger's tree after it, `Scribe` makes the commit. What `Scribe` is told to spoil, it spoils.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from tests.differential.plumbing import Entry
from tests.differential.signers import signature, with_header
from tests.differential.store import Files
from tests.differential.world import World

Table = dict[str, Any]
Contents = dict[bytes, bytes]
Words = list[tuple[str, str]]

LEDGER = "refs/lanegate/ledger"
RECORD, REPORT = b"record", b"report"
HEAD: Table = {"format": 1, "kind": "", "note": None, "number": 0, "policy": "", "writer": None}
BODIES: dict[str, Table] = {
    "verdict": {
        "verdict": "accepted",
        "commits": [],
        "lane": "",
        "refs": [],
        "task": None,
        "tips": [],
        "gates": [],
        "ran": None,
        "report": None,
        "carried": [],
    },
    "withdraw": {"commits": [], "refs": []},
    "reconcile": {"lane": "", "assumptions": []},
    "gate": {"commit": "", "passed": [], "failed": [], "report": None},
    "landing": {
        "moved": [],
        "time": "2026-11-21T15:30:00Z",
        "git": "git version 2.39.5",
        "pusher": None,
        "ledger": None,
        "seen": 0,
        "locks": None,
        "reason": None,
        "codes": [],
    },
}


def document(kind: str, **values: Any) -> Table:
    """A whole record of a kind; what is not given is empty."""
    return {**HEAD, "kind": kind, **BODIES[kind], **values}


def spelt(record: Table) -> bytes:
    """The one way a record is written."""
    return json.dumps(record, indent=1, sort_keys=True, ensure_ascii=True).encode() + b"\n"


def commit_file(commit: str) -> bytes:
    return b"commits/" + "/".join([*commit[:4], commit[4:]]).encode()


def lane_file(lane: str, name: str) -> bytes:
    return f"lanes/{lane}/{name}".encode()


def state(old: Contents, record: Table, before: str | None) -> Contents:
    """Files of the state that a record writes, with their new content. old: all files as they stood."""
    new: Contents = {}
    for path, words in _lines(record):
        text = " ".join([str(record["number"]), record["kind"], *(f"{name}={_quoted(value)}" for name, value in words)])
        new[path] = new.get(path, old.get(path, b"")) + text.encode() + b"\n"
    if record["kind"] == "verdict":
        words = [*_all("commit", record["commits"]), *_verdict(record, record["commits"][0]), *_one("before", before)]
        line = " ".join([str(record["number"]), "verdict", *(f"{name}={_quoted(value)}" for name, value in words)])
        new[lane_file(record["lane"], "last")] = line.encode() + b"\n"
    return new


def _quoted(value: str) -> str:
    return quote(value.encode("utf-8"), safe="/:@+,")


def _all(name: str, values: Iterable[str]) -> Words:
    return [(name, value) for value in values]


def _one(name: str, value: str | None) -> Words:
    return [] if value is None else [(name, value)]


def _verdict(record: Table, commit: str) -> Words:
    carried = dict(record["carried"]).get(commit)
    words = [("is", record["verdict"]), ("lane", record["lane"]), *_one("task", record["task"])]
    words += [*_all("on", record["refs"]), *_all("gate", record["gates"]), *_one("ran", record["ran"])]
    return [*words, *_one("carried", carried), *_one("by", record["writer"])]


def _lines(record: Table) -> list[tuple[bytes, Words]]:
    by = _one("by", record["writer"])
    match record["kind"]:
        case "verdict":
            lines = [(commit_file(commit), _verdict(record, commit)) for commit in record["commits"]]
            events = lane_file(record["lane"], "events")
            for ref, tip in sorted(dict(record["tips"]).items()):
                lines.append((events, [*_all("commit", record["commits"]), ("on", ref), *_one("tip", tip), *by]))
            return lines
        case "withdraw":
            return [(commit_file(commit), [*_all("on", record["refs"]), *by]) for commit in record["commits"]]
        case "reconcile":
            return [(lane_file(record["lane"], "events"), [*_all("assumption", record["assumptions"]), *by])]
        case "gate":
            words = [*_all("gate", record["passed"]), *_all("failed", record["failed"])]
            return [(commit_file(record["commit"]), [*words, *by])]
        case _:
            return [(commit_file(moved["new"] or moved["old"]), _landing(record, moved)) for moved in record["moved"]]


def _landing(record: Table, moved: Table) -> Words:
    words = [("ref", moved["ref"]), *_one("old", moved["old"]), *_one("new", moved["new"])]
    words += [("seen", str(record["seen"])), *([("forced", "true")] if moved["forced"] else [])]
    return [*words, *_one("reason", record["reason"]), *_one("by", record["writer"])]


class Scribe:
    """Writes records as commits of a ledger, or of another such log, in one world."""

    def __init__(self, world: World, made: Callable[[Contents, Table, str | None], Contents] | None = None) -> None:
        """made: files of the state that a record writes, as `state`, which it is by default."""
        self.world = world
        self._made = made or state

    def contents(self, tip: str | None) -> Contents:
        """All files of the ledger's tree at a tip."""
        git = self.world.git
        return {path: git.object(entry.id)[1] for path, entry in git.leaves(tip).items()}

    def again(self, tip: str) -> str:
        """The newest record once more, on top of itself."""
        raw = self.world.git.object(tip)[1]
        tree, message = raw.partition(b"\n")[0], raw.partition(b"author ")[2]
        return self.world.store.write("commit", tree + b"\nparent " + tip.encode() + b"\nauthor " + message)

    def write(
        self,
        record: Table,
        before: str | None,
        key: str | None,
        report: bytes | None = None,
        spoil: Callable[[Contents], None] | None = None,
        parents: list[str] | None = None,
        namespace: bytes = b"git",
    ) -> str:
        """The commit of a record on top of `before`. key: name of the key that signs, None or "" for none. spoil:
        changes the files before they are written. parents: others than `before`."""
        old = self.contents(before)
        old.pop(REPORT, None)
        try:
            made = self._made(old, record, before)
        except (LookupError, TypeError, ValueError):
            made = {}  # of a record that no state follows from
        new = {**old, **made, RECORD: spelt(record)}
        if report is not None:
            new[REPORT] = report
        if spoil is not None:
            spoil(new)
        files: Files = {path: Entry("100644", self.world.store.blob(content)) for path, content in new.items()}
        tree = self.world.store.tree(files)
        above = parents if parents is not None else [before] if before else []
        head = [f"tree {tree}", *(f"parent {parent}" for parent in above)]
        who = "Ann <ann@example.org> 1700000000 +0000"
        text = "\n".join([*head, f"author {who}", f"committer {who}"]) + f"\n\n{record.get('kind')}\n"
        commit = text.encode()
        if key:
            header = b"gpgsig" if len(tree) == 40 else b"gpgsig-sha256"
            commit = with_header(commit, header, signature(key, commit, namespace=namespace))
        return self.world.store.write("commit", commit)
