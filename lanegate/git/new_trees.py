"""Looking at every tree that a commit brings: malformed ones, names that collide in one folder, and how much there is.

A tree that some parent has at the same place is not new and is not entered, so the walk costs what the commit changed.
It is iterative, enters each pair (tree, the parents' trees at its place) once and counts its paths as often as it
occurs: a pack of a few kilobytes can stand for a billion paths, or for tens of thousands of folders, and git would
gather them all before it prints the first (git-diff-tree(1)). So this walk comes before git sees the commit.
"""

from __future__ import annotations

from lanegate.core.facts import Defect
from lanegate.core.names import collisions
from lanegate.core.objects import TREE, Entry, is_plain_tree, tree_defects, tree_entries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: Levels of folders; git itself stops at 2048 (core.maxTreeDepth, git 2.42).
DEPTH_LIMIT = 1024
#: Paths that one commit may touch.
PATHS_LIMIT = 500_000

_Key = tuple[str, tuple[str, ...]]


class LimitError(Exception):
    """A commit goes beyond what is looked at (LG904)."""


class NewTrees:
    """The walk over the new trees of one commit. read_tree: raw content of a tree by hex id."""

    def __init__(self, read_tree: Callable[[str], bytes], id_length: int) -> None:
        self._read_tree = read_tree
        self._id_length = id_length
        self._paths: dict[_Key, int] = {}
        self.defects: list[Defect] = []

    def walk(self, root: _Key) -> int:
        """Paths that the tree has and no parent has the same there, each as often as it occurs. Raises LimitError."""
        work: list[tuple[_Key, bytes, list[_Key] | None]] = [(root, b"", None)]
        while work:
            key, folder, inner = work.pop()
            if inner is not None:
                self._paths[key] += sum(self._paths[child] for child in inner)
                if self._paths[key] > PATHS_LIMIT:
                    raise LimitError(
                        f"a commit brings more than {PATHS_LIMIT} paths below {_shown(folder) or 'its root'}"
                    )
                continue
            if key in self._paths:
                continue
            if folder.count(b"/") > DEPTH_LIMIT:
                raise LimitError(f"a commit brings folders more than {DEPTH_LIMIT} levels deep, below {_shown(folder)}")
            self._paths[key], children = self._look(key, folder)
            work.append((key, folder, [child for child, _ in children]))
            work += [(child, folder + name + b"/", None) for child, name in children]
        return self._paths[root]

    def _look(self, key: _Key, folder: bytes) -> tuple[int, list[tuple[_Key, bytes]]]:
        """(new paths directly in a folder, its folders that are new)."""
        tree, before = key
        raw = self._read_tree(tree)
        entries = self._entries(raw)
        if not is_plain_tree(entries):
            self.defects += tree_defects(raw, self._id_length, folder)
        parents = [self._entries(self._read_tree(parent)) for parent in before]
        self.defects += _twins(folder, entries, parents)
        known = {entry for there in parents for entry in there}
        subtrees = [{name: sub.hex() for mode, name, sub in there if mode == TREE} for there in parents]
        paths, children = 0, []
        for mode, name, sub in (entry for entry in entries if entry not in known):
            if mode == TREE:
                children.append(((sub.hex(), tuple(names[name] for names in subtrees if name in names)), name))
            else:
                paths += 1
        return paths, children

    def _entries(self, raw: bytes) -> list[Entry]:
        try:
            return tree_entries(raw, self._id_length)
        except ValueError:  # told by tree_defects
            return []


def new_tree_defects(tree: str, parent_trees: Sequence[str], read_tree: Callable[[str], bytes]) -> tuple[Defect, ...]:
    """Defects in the trees of one commit that none of its parents has at that place.

    tree, parent_trees: hex ids of root trees. Raises LimitError, and what `read_tree` raises.
    """
    if tree in parent_trees:
        return ()
    walk = NewTrees(read_tree, len(tree) // 2)
    walk.walk((tree, tuple(parent_trees)))
    return tuple(walk.defects)


def _twins(folder: bytes, entries: list[Entry], parents: list[list[Entry]]) -> list[Defect]:
    """Names that fold together, unless one of the parents holds the pair already."""
    names = list(dict.fromkeys(name for _, name, _ in entries))
    before = [{name for _, name, _ in there} for there in parents] or [set()]
    twins = min((collisions(names, known) for known in before), key=len)
    return [
        Defect(f"differs from {twin.decode('utf-8', 'replace')} only in case, accents or trailing dots", folder + name)
        for name, twin in twins
    ]


def _shown(folder: bytes) -> str:
    return folder[:60].decode("utf-8", "replace")
