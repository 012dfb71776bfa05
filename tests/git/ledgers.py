"""A ledger in a repository of its own, written as lanegate writes it, and raw objects to spoil it with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lanegate.core.record import Record, Verdict
from lanegate.git.append import append, person
from lanegate.git.run import Git
from tests.support import Bare, make_bare

MAIN = "refs/heads/main"


class Writer:
    """Records without signatures in a bare repository. tip: the newest one's commit; number: of that record."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.bare: Bare = make_bare(folder, *options)
        self.git = Git(str(folder))
        self.digits = 64 if "--object-format=sha256" in options else 40
        self.tip: str | None = None
        self.number = 0

    def id(self, number: int) -> str:
        """The id of some object that need not exist."""
        return f"{number:x}".rjust(4, "0") + "5" * (self.digits - 4)

    def write(self, body: Any, *, report: bytes | None = None, **fields: Any) -> str:
        """Put a record on top; its commit."""
        record = Record(self.number + 1, "1" * self.digits, body)._replace(**fields)
        self.tip = append(self.git, person(str(self.bare.path), signs=False), self.tip, record, report)
        self.number += 1
        return self.tip

    def verdict(self, *commits: int, lane: str = "ui", rejected: bool = False) -> str:
        """A verdict for main on commits by number."""
        ids = tuple(map(self.id, commits))
        tips = ((MAIN, None),) if rejected else ()
        return self.write(Verdict("rejected" if rejected else "accepted", ids, lane, (MAIN,), tips=tips))
