"""What a simple branch did, put together from what its commits did.

Simple: every commit from the tip down to the merge base has one parent and changes nothing but the content of files
(not their mode).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lanegate.core.facts import ABSENT, Change

#: Longer branches, and ones that touch more paths, are quicker compared by their trees.
COMMITS_LIMIT = 500
PATHS_LIMIT = 200


class Ordinary(NamedTuple):
    """A commit that is no merge. tree: hex id. edits: its changes, None where they are many or not of content only."""

    tree: str | None
    parents: tuple[str, ...]
    edits: Sequence[Change] | None


def ordinary(tree: str | None, parents: tuple[str, ...], changes: Sequence[Change]) -> Ordinary:
    """A commit that is no merge, from all of its changes."""
    is_simple = len(changes) <= PATHS_LIMIT and all(change.old_mode == change.new_mode != ABSENT for change in changes)
    return Ordinary(tree, parents, changes if is_simple else None)


def branch_edits(known: Mapping[str, Ordinary], base: str, tip: str) -> list[Change] | None:
    """The changes from one commit to another, each path once; None where the branch between them is not simple."""
    found: dict[bytes, Change] = {}
    for _ in range(COMMITS_LIMIT):
        if tip == base:
            return [change for change in found.values() if change.old_id != change.new_id]
        commit = known.get(tip)
        if commit is None or commit.edits is None or len(commit.parents) != 1:
            return None
        for change in commit.edits:
            later = found.get(change.path)
            found[change.path] = change._replace(new_id=later.new_id) if later else change
        if len(found) > PATHS_LIMIT:
            return None
        tip = commit.parents[0]
    return None
