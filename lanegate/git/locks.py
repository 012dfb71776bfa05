"""Looking up the lock registry: which locks its tip holds (core/locks.py)."""

from __future__ import annotations

from lanegate.core.ledger import RECORD
from lanegate.core.locks import LOCKS_FILE, read_locks
from lanegate.git.run import GitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lanegate.core.locks import Lock
    from lanegate.core.record import Record
    from lanegate.git.objects import Reader


def read_registry(reader: Reader, tip: str | None) -> tuple[Lock, ...]:
    """The locks of a registry, live and stale, by id; none where `tip` is None. Raises GitError where they cannot be
    read: a tip without its file of locks is damaged, never empty."""
    if tip is None:
        return ()
    try:
        return read_locks(_file(reader, tip, LOCKS_FILE))
    except ValueError as error:
        raise GitError(f"the state of the lock registry {tip} is damaged: {error}") from error


def last_record(reader: Reader, tip: str | None) -> Record | None:
    """The newest record of a registry, None where `tip` is None. Raises GitError."""
    if tip is None:
        return None
    from lanegate.core.record import RecordError, read_record

    try:
        return read_record(_file(reader, tip, RECORD))
    except RecordError as error:
        raise GitError(f"the lock registry {tip} holds no record: {error.message}") from error


def _file(reader: Reader, tip: str, path: bytes) -> bytes:
    kind, content = reader.read(f"{tip}:{path.decode()}")
    if kind != "blob":
        raise GitError(f"the lock registry {tip} holds a {kind} at {path.decode()}")
    return content
