"""The records of a long log, read by processes of their own while somebody else judges those before them.

Reading a record and checking its signature needs nothing but the commit and the keys that any policy ever named. Which
of these counted when the record was written is not asked here: whoever judges the record does (core/people.py), and
checks again whatever was not found to be good.
"""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from itertools import islice

from lanegate.core.ledger import RECORD
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.people import writer_keys
from lanegate.git.batch import read_batch
from lanegate.git.record_facts import ReadCommit, read_commit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from lanegate.git.run import Git
    from lanegate.usecases.policy_eras import Era

#: Records for which one process is quicker.
FEW = 500
#: Records in a part; parts that are read before somebody takes the first of them.
PART, WAITING = 500, 20


class Ahead(NamedTuple):
    """A commit of a log. key: by which its signature was found to be good, None where it was not, or nobody looked."""

    read: ReadCommit
    key: bytes | None = None


@contextmanager
def records_ahead(git: Git, ids: Sequence[str], eras: Sequence[Era], jobs: int) -> Iterator[Iterable[Ahead]]:
    """Start to read these commits with `jobs` processes; gives them in order, each once it is there.

    What reading raises, the iteration raises: GitError, ObjectTooLargeError.
    """
    keys = {key: "" for era in eras if era.policy is not None for key in writer_keys(era.policy)}
    if jobs < 2 or len(ids) <= FEW or not keys:
        yield read_records(git, ids)
        return
    from lanegate.usecases.aside import SOON, processes

    pool = processes(jobs, SOON)
    try:
        parts = (pool.submit(_checked, git, ids[at : at + PART], keys) for at in range(0, len(ids), PART))
        yield _taken(deque(islice(parts, WAITING)), parts)
    finally:
        pool.shutdown(cancel_futures=True)


def read_records(git: Git, ids: Sequence[str]) -> Iterator[Ahead]:
    """Read these commits, and leave their signatures alone. Raises GitError, ObjectTooLargeError."""
    answers = read_batch(git, (name for oid in ids for name in (oid, f"{oid}:{RECORD.decode()}")))
    for commit, file in zip(answers, answers, strict=True):
        content = file[1] if file is not None and file[0] == "blob" else None
        yield Ahead(read_commit(commit[1] if commit is not None else b"", content))


def _taken(waiting: deque[Future[list[Ahead]]], more: Iterator[Future[list[Ahead]]]) -> Iterator[Ahead]:
    """What the parts that wait hold, in order; for each that is taken one more is started."""
    while waiting:
        found = waiting.popleft().result()
        waiting.extend(islice(more, 1))
        yield from found


def _checked(git: Git, ids: Sequence[str], keys: Mapping[bytes, str]) -> list[Ahead]:
    """These commits, with the keys by which their signatures are good."""
    from lanegate.core.signed_commit import signer_of

    return [Ahead(read, signer_of(read.raw, keys).key) for read, _ in read_records(git, ids)]
