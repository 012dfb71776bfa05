"""Which accepted commit a new one was made from, so that a refusal can say which verdict was lost and how to carry it.

A rebase, cherry-pick, amend or squash makes another commit, and a verdict is for exactly one. What is told here decides
nothing: `lanegate accept --carry` proves for itself that the change is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lanegate.core.acceptance import Likeness
from lanegate.core.facts import Change, Commit
from lanegate.core.message import subject
from lanegate.git.changes import changes
from lanegate.git.objects import Reader, is_commit
from lanegate.git.run import Git

#: Accepted commits that are compared.
MOST = 200


def find_alike(
    git: Git, reader: Reader, commits: Iterable[Commit], accepted: Sequence[tuple[str, int]]
) -> dict[str, Likeness]:
    """For each commit the newest accepted one that changes the same, or else has its author and subject.

    accepted: (id, number of the verdict's record), newest first; those that are not in the repository are passed over.
    Merges are like nothing. Raises GitError, LimitError, ObjectTooLargeError.
    """
    older = {oid: number for oid, number in accepted[:MOST] if is_commit(reader, oid)}
    if not older:
        return {}
    by_change: dict[tuple[Change, ...], str] = {}
    by_author: dict[tuple[bytes, str], str] = {}
    for oid, changed in changes(git, list(older)):
        by_change.setdefault(tuple(changed), oid)
    for oid in older:
        by_author.setdefault(_author_and_subject(reader, oid), oid)
    found = {}
    for commit in commits:
        same = None if commit.is_merge else by_change.get(commit.changes)
        like = same or by_author.get(_author_and_subject(reader, commit.id))
        if like is not None and like != commit.id:
            found[commit.id] = Likeness(like, older[like], same is not None)
    return found


def _author_and_subject(reader: Reader, oid: str) -> tuple[bytes, str]:
    _, raw = reader.read(oid)
    head, _, message = raw.partition(b"\n\n")
    author = head.partition(b"\nauthor ")[2].partition(b"\n")[0]
    return author, subject(message)
