"""Looking up the lock registry: which locks its tip holds, and who ever held one (core/locks.py)."""

from __future__ import annotations

from lanegate.core.ledger import RECORD
from lanegate.core.locks import LOCKS_FILE, read_locks
from lanegate.core.refs import LOCKS_REF
from lanegate.git.objects import MissingObjectError
from lanegate.git.run import GitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lanegate.core.locks import Lock
    from lanegate.core.record import Record
    from lanegate.git.objects import Reader


class RegistryError(GitError):
    """The registry's tip holds no registry. `.hint` says how to get a whole one back."""

    hint = (
        f"in a clone: lanegate lock list --fetch; on a server, and without one: bring {LOCKS_REF} back "
        "from a clone that has it whole"
    )


def read_registry(reader: Reader, tip: str | None) -> tuple[Lock, ...]:
    """The locks of a registry, live and stale, by id; none where `tip` is None. Raises GitError where they cannot be
    read: a tip without its file of locks is damaged, never empty."""
    if tip is None:
        return ()
    try:
        return read_locks(_file(reader, tip, LOCKS_FILE))
    except ValueError as error:
        raise RegistryError(f"the state of the lock registry {tip} is damaged: {error}") from error


def ever_held(reader: Reader, tip: str | None, asked: Mapping[str, Iterable[bytes]]) -> frozenset[tuple[str, bytes]]:
    """(lane, path) where the lane held a lock that covers the path, at the registry's tip or at any time before. asked:
    the paths, by lane. Read from the newest record on, and no further than needed. Raises GitError."""
    left = {lane: set(paths) for lane, paths in asked.items()}
    found: set[tuple[str, bytes]] = set()
    if any(left.values()):
        from lanegate.core.locks import coverage

        for lane, scope in _holdings(reader, tip):
            paths = left.get(lane)
            if not paths:
                continue
            covers = coverage(scope)
            covered = {path for path in paths if covers(path)}
            found.update((lane, path) for path in covered)
            paths -= covered
            if not any(left.values()):
                break
    return frozenset(found)


def _holdings(reader: Reader, tip: str | None) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(lane, scope) of everybody who ever held a lock, each pair once; newest locks first. Raises GitError."""
    from lanegate.core.lock_record import Acquire, Reclaim
    from lanegate.core.objects import parse_commit

    heirs: dict[str, set[str]] = {}  # who took over a lock whose scope the record that began it will tell
    told: set[tuple[str, tuple[str, ...]]] = set()
    while tip is not None:
        body = record_at(reader, tip).body
        if isinstance(body, Reclaim):
            heirs.setdefault(body.lock, set()).add(body.lane)
        elif isinstance(body, Acquire):
            holdings = {(lane, body.scope) for lane in (body.lane, *heirs.pop(body.lock, ()))} - told
            told |= holdings
            yield from sorted(holdings)
        parents = parse_commit(reader.read(tip)[1]).parents
        tip = parents[0] if parents else None


def last_record(reader: Reader, tip: str | None) -> Record | None:
    """The newest record of a registry, None where `tip` is None. Raises GitError."""
    return record_at(reader, tip) if tip is not None else None


def record_at(reader: Reader, commit: str) -> Record:
    """The record that a commit of a registry holds. Raises GitError."""
    from lanegate.core.record import RecordError, read_record

    try:
        return read_record(_file(reader, commit, RECORD))
    except RecordError as error:
        raise RegistryError(f"the lock registry {commit} holds no record: {error.message}") from error


def _file(reader: Reader, tip: str, path: bytes) -> bytes:
    try:
        kind, content = reader.read(f"{tip}:{path.decode()}")
    except MissingObjectError as error:
        raise RegistryError(f"the lock registry {tip} holds no {path.decode()}: {error.message}") from error
    if kind != "blob":
        raise RegistryError(f"the lock registry {tip} holds a {kind} at {path.decode()}")
    return content
