"""The signatures of a long ledger, checked by processes of their own while somebody else looks at what it says.

Arithmetic is most of the work there, and needs nothing but the commits and the keys that any policy ever named. Which
of these counted when the record was written is not asked here: whoever judges the record does (core/people.py), and
checks again whatever was not found to be good.
"""

from __future__ import annotations

from contextlib import contextmanager

from lanegate.core.people import unchecked, writer_keys
from lanegate.git.batch import read_batch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lanegate.core.people import Checked
    from lanegate.git.run import Git
    from lanegate.usecases.policy_eras import Era

#: Records for which one process is quicker.
FEW = 500
#: Records in a part.
PART = 500


@contextmanager
def checked_aside(git: Git, ids: Sequence[str], eras: Sequence[Era], jobs: int) -> Iterator[Checked]:
    """Start `jobs` processes that check who signed these commits; gives what waits for their answers.

    What they raise, the answer raises: GitError, ObjectTooLargeError.
    """
    keys = {key: "" for era in eras if era.policy is not None for key in writer_keys(era.policy)}
    if jobs < 2 or len(ids) <= FEW or not keys:
        yield unchecked
        return
    from lanegate.usecases.aside import SOON, processes

    pool = processes(jobs, SOON)
    try:
        parts = [pool.submit(_checked, git, ids[at : at + PART], keys) for at in range(0, len(ids), PART)]
        part_of = {oid: at // PART for at, oid in enumerate(ids)}
        yield lambda oid: parts[part_of[oid]].result().get(oid) if oid in part_of else None
    finally:
        pool.shutdown(cancel_futures=True)


def _checked(git: Git, ids: Sequence[str], keys: Mapping[bytes, str]) -> dict[str, bytes]:
    """The keys by which signatures of these commits are good, of those that have one."""
    from lanegate.core.signed_commit import signer_of

    found = {}
    for oid, commit in zip(ids, read_batch(git, ids), strict=True):
        key = signer_of(commit[1], keys).key if commit is not None else None
        if key is not None:
            found[oid] = key
    return found
