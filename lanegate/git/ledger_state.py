"""The state of a log, and what the next record makes of it: for whoever writes a record, and whoever checks one.

Both do the same: put the record on the state before it, and look at the id of the tree that comes out. So a forged
state is found by its id alone, whatever was done to it.
"""

from __future__ import annotations

from lanegate.core.ledger import LEDGER, RECORD, REPORT
from lanegate.core.record import write_record
from lanegate.git.ledger_tree import LedgerTree, object_id
from lanegate.git.objects import tree_of
from lanegate.git.run import GitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lanegate.core.record import Record
    from lanegate.core.record_log import Log
    from lanegate.git.objects import Reader


class LedgerState:
    """The state at a tip, None for the one before the first record; `add` moves it on.

    reader: reads what stood there; None where the whole log goes through `add`. digits: of an id. log: the ledger, or
    core/locks.py's LOCKS.
    blobs: content of each blob that `add` made, by id; `tree.made` has the trees. files: content of each file of the
    state that was read or made.
    """

    def __init__(self, reader: Reader | None, tip: str | None, digits: int, log: Log = LEDGER) -> None:
        root = tree_of(reader, tip) if reader is not None and tip is not None else None
        self.tree = LedgerTree(reader, root, digits)
        self.tip = tip
        self.log = log
        self.blobs: dict[str, bytes] = {}
        self.files: dict[bytes, bytes] = {}
        self._reader = reader
        self._digits = digits

    def add(self, record: Record, spelt: bytes | None = None) -> str:
        """Put a record on top; the id of the whole tree then. `stand_at` says under which commit. spelt: the bytes of
        the record, where they are known. Raises GitError."""
        try:
            made = self.log.written(record, self.tip, self.content)
        except ValueError as error:
            raise GitError(f"the state of the {self.log.name} is damaged: {error}") from error
        spelt = spelt if spelt is not None else write_record(record)
        for path, content in made.items():
            self.tree.put(path, self._blob(content))
        self.files.update(made)
        self.files[RECORD] = spelt
        self.tree.put(RECORD, self._blob(spelt))
        self.tree.put(REPORT, getattr(record.body, "report", None))
        return self.tree.write()

    def stand_at(self, tip: str) -> None:
        """The commit whose tree `add` made."""
        self.tip = tip

    def forget(self) -> None:
        """Let go of what was made for writing."""
        self.blobs.clear()
        self.tree.made.clear()

    def content(self, path: bytes) -> bytes | None:
        """A file of the state, None if there is none. Raises GitError."""
        if path not in self.files:
            oid = self.tree.get(path)
            if oid is None or self._reader is None:
                return None
            kind, content = self._reader.read(oid)
            if kind != "blob":
                raise GitError(f"the {self.log.name} holds a {kind} at {path.decode()}")
            self.files[path] = content
        return self.files[path]

    def _blob(self, content: bytes) -> str:
        oid = object_id("blob", content, self._digits)
        self.blobs[oid] = content
        return oid
