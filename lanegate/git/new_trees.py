"""Looking at every tree that a commit brings: malformed ones, and names that collide in one folder (LG604).

A tree that some parent has at the same place is not new and is not entered, so the walk costs what the commit changed.
It is iterative and has a budget: a pack of a few kilobytes can stand for a tree of a billion paths, or for one that is
tens of thousands of folders deep.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lanegate.core.facts import Defect
from lanegate.core.names import collisions
from lanegate.core.objects import TREE, tree_defects, tree_entries

#: Levels of folders; git itself stops at 2048 (core.maxTreeDepth, git 2.42).
DEPTH_LIMIT = 1024
#: New trees and tree entries looked at for one commit.
TREES_LIMIT = 100_000
ENTRIES_LIMIT = 4_000_000


class LimitError(Exception):
    """A commit goes beyond what is looked at (LG904)."""


def new_tree_defects(tree: str, parent_trees: Sequence[str], read_tree: Callable[[str], bytes]) -> tuple[Defect, ...]:
    """Defects in the trees of one commit that none of its parents has at that place.

    tree, parent_trees: hex ids of root trees. Raises LimitError, and what `read_tree` raises.
    """
    id_length = len(tree) // 2
    found: list[Defect] = []
    seen: set[str] = set()
    budget = ENTRIES_LIMIT
    work: list[tuple[str, tuple[str, ...], bytes]] = [(tree, tuple(parent_trees), b"")]
    while work:
        oid, before, folder = work.pop()
        if oid in before or (not before and oid in seen):
            continue
        if not before:
            seen.add(oid)
        raw = read_tree(oid)
        found += tree_defects(raw, id_length, folder)
        entries = _entries(raw, id_length)
        budget -= len(entries)
        if budget < 0 or len(work) > TREES_LIMIT or folder.count(b"/") >= DEPTH_LIMIT:
            raise LimitError(f"more new folders than lanegate looks at, below {folder[:60].decode('utf-8', 'replace')}")
        parents = [_entries(read_tree(parent), id_length) for parent in before]
        found += _twins(folder, [name for _, name, _ in entries], [{name for _, name, _ in p} for p in parents])
        subtrees = [{name: sub.hex() for mode, name, sub in p if mode == TREE} for p in parents]
        for mode, name, sub in entries:
            if mode == TREE:
                there = tuple(names[name] for names in subtrees if name in names)
                work.append((sub.hex(), there, folder + name + b"/"))
    return tuple(found)


def _entries(raw: bytes, id_length: int) -> list[tuple[bytes, bytes, bytes]]:
    try:
        return tree_entries(raw, id_length)
    except ValueError:  # told by tree_defects already
        return []


def _twins(folder: bytes, names: list[bytes], before: list[set[bytes]]) -> list[Defect]:
    """Names that fold together, unless one of the parents holds the pair already."""
    twins = min((collisions(names, known) for known in before or [set()]), key=len)
    return [
        Defect(f"differs from {twin.decode('utf-8', 'replace')} only in case, accents or trailing dots", folder + name)
        for name, twin in twins
    ]
