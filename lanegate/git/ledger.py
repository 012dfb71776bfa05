"""Looking things up in the ledger: what its records say about a commit or a lane (design section 6).

The tree at the ledger's tip answers by path (core/ledger.py), so a lookup costs the same however many records there
are. Whatever is not there was asked for again, folder by folder: a tree that is missing from the repository is an
error, never "no records".
"""

from __future__ import annotations

from lanegate.core.ledger import RECORD, commit_path, lane_path, read_entries
from lanegate.git.ledger_tree import LedgerTree
from lanegate.git.objects import MissingObjectError, tree_of
from lanegate.git.run import GitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Protocol

    from lanegate.core.ledger import Entry
    from lanegate.git.objects import Reader
else:
    Protocol = object  # typing itself costs more than this module

_NUMBER = b'\n "number": '


class LedgerView(Protocol):
    """The state of a ledger after some record. Raises GitError where it cannot be read."""

    @property
    def number(self) -> int:
        """Of the last record, 0 if there is none."""

    def entries(self, oid: str) -> tuple[Entry, ...]:
        """What the records say about a commit, oldest first."""

    def events(self, lane: str) -> tuple[Entry, ...]:
        """Rejections and reconciliations in a lane, oldest first."""

    def verdicts(self, lane: str) -> Iterator[Entry]:
        """The verdicts of a lane, newest first, each with its commits."""


class Ledger:
    """The ledger in a repository. tip: id of its newest record's commit, None where there is no ledger."""

    def __init__(self, reader: Reader, tip: str | None) -> None:
        self._reader = reader
        self._tip = tip
        self._trees: dict[str, LedgerTree] = {}

    @property
    def number(self) -> int:
        return record_number(self._content(self._tip, RECORD), self._tip) if self._tip is not None else 0

    def entries(self, oid: str) -> tuple[Entry, ...]:
        return self._lines(self._tip, commit_path(oid))

    def events(self, lane: str) -> tuple[Entry, ...]:
        return self._lines(self._tip, lane_path(lane, "events"))

    def verdicts(self, lane: str) -> Iterator[Entry]:
        path, tip = lane_path(lane, "last"), self._tip
        while found := self._lines(tip, path):
            yield found[0]
            tip = found[0].one("before")

    def _lines(self, tip: str | None, path: bytes) -> tuple[Entry, ...]:
        return _parsed(self._content(tip, path), path) if tip is not None else ()

    def _content(self, tip: str | None, path: bytes) -> bytes:
        """The file at a path, empty where there is none."""
        try:
            kind, content = self._reader.read(f"{tip}:{path.decode()}")
        except MissingObjectError:
            if tip is not None and self._stands(tip, path):
                raise
            return b""
        if kind != "blob":
            raise GitError(f"the ledger {tip} holds a {kind} at {path.decode()}")
        return content

    def _stands(self, tip: str, path: bytes) -> bool:
        if tip not in self._trees:
            self._trees[tip] = LedgerTree(self._reader, tree_of(self._reader, tip), len(tip))
        return self._trees[tip].get(path) is not None


class MemoryLedger:
    """A whole ledger in memory. files: the state's content by path; lasts: each lane's verdicts, oldest first, as lines
    of `last`; number: of the last record."""

    def __init__(self, files: Mapping[bytes, bytes], lasts: Mapping[str, list[bytes]], number: int) -> None:
        self._files = files
        self._lasts = lasts
        self._entries: dict[str, tuple[Entry, ...]] = {}
        self.number = number

    def entries(self, oid: str) -> tuple[Entry, ...]:
        found = self._entries.get(oid)
        if found is None:  # landings are looked for among all commits before any is judged
            path = commit_path(oid)
            found = self._entries[oid] = _parsed(self._files.get(path, b""), path)
        return found

    def events(self, lane: str) -> tuple[Entry, ...]:
        path = lane_path(lane, "events")
        return _parsed(self._files.get(path, b""), path)

    def verdicts(self, lane: str) -> Iterator[Entry]:
        path = lane_path(lane, "last")
        return (_parsed(line, path)[0] for line in reversed(self._lasts.get(lane, ())))


def record_number(record: bytes, tip: str | None) -> int:
    """The number in a record that was verified before, found without reading all of it: in canonical JSON a line of
    this indentation is a key of the record's own. Raises GitError."""
    _, _, rest = record.partition(_NUMBER)
    digits = rest.partition(b",")[0]
    if not digits.isdigit():
        raise GitError(f"the ledger {tip} holds no record")
    return int(digits)


def _parsed(content: bytes, path: bytes) -> tuple[Entry, ...]:
    if not content:
        return ()
    try:
        return read_entries(content)
    except ValueError as error:
        raise GitError(f"the ledger's state is damaged at {path.decode()}: {error}") from error
