"""What a simple branch did, put together from what its commits did.

Simple: every commit from the tip down to the merge base has one parent and changes nothing but the content of files
(not their mode).
"""

from __future__ import annotations

from lanegate.core.facts import ABSENT, Change
from lanegate.core.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import TypeVar

    from lanegate.git.bases import Ancestry

    Some = TypeVar("Some", bound=Collection[Change])

#: Longer branches, and ones that touch more paths, are quicker compared by their trees.
COMMITS_LIMIT = 500
PATHS_LIMIT = 200


class Ordinary(NamedTuple):
    """A commit that is no merge. tree: hex id. changes: all of them, None where they are many."""

    tree: str | None
    parents: tuple[str, ...]
    changes: Collection[Change] | None


class BranchMerge(NamedTuple):
    """A merge of one branch. base: the merge base. first: the first parent. changes: of the merge against its first
    parent, None where they are many or not known."""

    base: str
    first: str
    changes: Collection[Change] | None = None


def few(changes: Some) -> Some | None:
    """The changes themselves, None where they are too many to keep."""
    return changes if len(changes) <= PATHS_LIMIT else None


def branch_base(ancestry: Ancestry, merge: str) -> str | None:
    """Where the branch that a merge brings began: the only merge base, if single-parent commits lead from the second
    parent down to it. None for other merges, and where one parent reaches the other."""
    parents = ancestry.parents(merge)
    if len(parents) != 2:
        return None
    bases = ancestry.merge_bases(*parents)
    if len(bases) != 1 or bases[0] in parents:
        return None
    at = parents[1]
    for _ in range(COMMITS_LIMIT):
        above = ancestry.parents(at)
        if len(above) != 1:
            return None
        at = above[0]
        if at == bases[0]:
            return at
    return None


def branch_edits(known: Mapping[str, Ordinary], base: str, tip: str) -> list[Change] | None:
    """The changes from one commit to another, each path once; None where the branch between them is not simple."""
    found: dict[bytes, Change] = {}
    for _ in range(COMMITS_LIMIT):
        if tip == base:
            return [change for change in found.values() if change.old_id != change.new_id]
        commit = known.get(tip)
        if commit is None or commit.changes is None or len(commit.parents) != 1:
            return None
        for change in commit.changes:
            if change.old_mode != change.new_mode or change.old_mode == ABSENT:
                return None
            later = found.get(change.path)
            found[change.path] = change._replace(new_id=later.new_id) if later else change
        if len(found) > PATHS_LIMIT:
            return None
        tip = commit.parents[0]
    return None
