"""The lock registry as one clone writes it, and records of it put together by hand (tests/attack_ledger.py)."""

from __future__ import annotations

import time
from typing import Any

from lanegate.core.instant import instant_of
from lanegate.core.lock_record import Acquire, Heartbeat, Reclaim, Release
from lanegate.core.locks import LOCKS, LOCKS_REF, Lock
from lanegate.core.record import Record
from lanegate.git.append import append
from lanegate.git.locks import read_registry
from lanegate.git.objects import CatFile
from lanegate.git.run import Git
from tests.attack_ledger import policy_blob, signer
from tests.attack_signatures import signed_policy
from tests.attack_support import Arena
from tests.support import policy

REGISTRY = LOCKS_REF
HOUR = 3600


def locks_policy(identity: str = "signature") -> str:
    """tests/support.py's: bob owns ui, ana core, cy docs, and ana is maintainer; each signs his records."""
    return policy() if identity == "none" else signed_policy(identity)


def now(seconds: int = 0) -> str:
    """So many seconds from now, as records spell it."""
    return instant_of(int(time.time()) + seconds)


def acquire(lock: str, lane: str, *scope: str, **fields: Any) -> Acquire:
    values: dict[str, Any] = {"objective": "Search dialog", "seconds": HOUR, "at": now(), **fields}
    return Acquire(lock=lock, lane=lane, scope=scope, **values)


def heartbeat(lock: str, fence: int, **fields: Any) -> Heartbeat:
    return Heartbeat(**{"lock": lock, "fence": fence, "seconds": HOUR, "at": now(), **fields})


def release(lock: str, fence: int, **fields: Any) -> Release:
    return Release(**{"lock": lock, "fence": fence, "at": now(), **fields})


def reclaim(lock: str, fence: int, lane: str, **fields: Any) -> Reclaim:
    values: dict[str, Any] = {"objective": "Go on with it", "seconds": HOUR, "at": now(), **fields}
    return Reclaim(lock=lock, fence=fence, lane=lane, **values)


class Registry:
    """The registry as one clone writes it. tip: its newest record's commit; number: of that record."""

    def __init__(self, at: Arena) -> None:
        self.at = at
        self.git = Git(str(at.clone.path / ".git"))
        self.tip: str | None = None
        self.number = 0

    def make(self, body: Any, who: str, **changed: Any) -> str:
        """The commit of a record on the tip; the tip stays. who: whose key signs; changed: fields of the record."""
        record = Record(self.number + 1, policy_blob(self.at), body, who)._replace(**changed)
        return append(
            self.git, signer(self.at.clone, who, signs=record.writer is not None), self.tip, record, log=LOCKS
        )

    def write(self, body: Any, who: str, **changed: Any) -> str:
        """Make a record and move on to it."""
        self.tip, self.number = self.make(body, who, **changed), self.number + 1
        return self.tip

    def put(self, body: Any, who: str, **changed: Any) -> str:
        """Write a record that the server takes."""
        self.at.accepts(f"{self.write(body, who, **changed)}:{REGISTRY}")
        return self.tip or ""

    def plant(self, body: Any, who: str, **changed: Any) -> str:
        """Write a record and put it on the server past the hook, as one that it took at another time."""
        self.at.plant(f"{self.write(body, who, **changed)}:{REGISTRY}")
        return self.tip or ""

    def refused(self, body: Any, who: str, *codes: str, **changed: Any) -> str:
        """What the server says to a record that it refuses."""
        return self.at.refuses(f"{self.make(body, who, **changed)}:{REGISTRY}", codes=codes).err

    def locks(self) -> tuple[Lock, ...]:
        """Those of the server's registry."""
        reader = CatFile(Git(str(self.at.server.path)))
        try:
            return read_registry(reader, self.at.server.tip(REGISTRY))
        finally:
            reader.close()
