"""The lock registry, a second time: records of four kinds, the one file of its state, and the locks that there are.

Spelt and signed as records.py has it for the ledger. `locks_after` replays all records; what the state says is only
compared.
"""

from __future__ import annotations

import calendar
import json
import time
from typing import Any
from urllib.parse import quote

from tests.differential.plumbing import Git
from tests.differential.records import HEAD, LEDGER, RECORD, Contents, Table

LOCKS = "refs/lanegate/locks"
#: Refs that hold records, no work.
LOGS = (LEDGER, LOCKS)
STATE = b"locks"
BODIES: dict[str, Table] = {
    "acquire": {
        "lock": "",
        "lane": "",
        "scope": [],
        "objective": "work",
        "seconds": 14_400,
        "at": "",
        "tries": 0,
        "waited": 0,
    },
    "heartbeat": {"lock": "", "fence": 0, "seconds": 14_400, "at": ""},
    "release": {"lock": "", "fence": 0, "at": ""},
    "reclaim": {
        "lock": "",
        "fence": 0,
        "lane": "",
        "objective": "work",
        "seconds": 14_400,
        "at": "",
        "override": False,
    },
}
_FORM = "%Y-%m-%dT%H:%M:%SZ"


def lock_record(kind: str, **values: Any) -> Table:
    """A whole record of a kind; what is not given is as above."""
    return {**HEAD, "kind": kind, **BODIES[kind], **values}


def instant(seconds: int) -> str:
    return time.strftime(_FORM, time.gmtime(seconds))


def seconds_of(text: str) -> int:
    """Raises ValueError for a text that is no time."""
    found = calendar.timegm(time.strptime(text, _FORM))
    if instant(found) != text:
        raise ValueError(f"{text} is spelt in another way")
    return found


def registry(git: Git, tip: str | None) -> list[Table]:
    """Every record of the registry that ends in a commit, oldest first."""
    commits = reversed(git.first_parent_chain(tip)) if tip else []
    return [json.loads(git.object(git.leaves(commit)[RECORD].id)[1]) for commit in commits]


def locks_after(records: list[Table]) -> dict[str, Table]:
    """The locks that are not released after these records, by id: lane, owner, scope, objective, start, heartbeat,
    expires, fence."""
    locks: dict[str, Table] = {}
    for record in records:
        name, at = record["lock"], seconds_of(record["at"])
        if record["kind"] == "release":
            locks.pop(name, None)
            continue
        lease = {"heartbeat": at, "expires": at + record["seconds"]}
        if record["kind"] == "heartbeat":
            if name in locks:
                locks[name] = {**locks[name], **lease}
            continue
        scope = record["scope"] if record["kind"] == "acquire" else locks.get(name, {}).get("scope")
        if scope is not None:
            held = {"lane": record["lane"], "owner": record["writer"], "objective": record["objective"]}
            locks[name] = {**held, **lease, "scope": scope, "start": at, "fence": record["number"]}
    return locks


def state(locks: dict[str, Table]) -> Contents:
    """The file of the state: a line for each lock, by id."""
    lines = []
    for name, lock in sorted(locks.items()):
        words = [("id", name), ("lane", lock["lane"])]
        words += [("by", lock["owner"])] if lock["owner"] is not None else []
        words += [("scope", text) for text in lock["scope"]]
        words += [(key, str(lock[key])) for key in ("objective", "start", "heartbeat", "expires")]
        said = [f"{key}={quote(value.encode(), safe='/:@+,')}" for key, value in words]
        lines.append(" ".join([str(lock["fence"]), "lock", *said]).encode() + b"\n")
    return {STATE: b"".join(lines)}
