"""Looking at every tree that commits bring: malformed ones, names that collide in one folder, and how much there is.

A tree that some parent has at the same place is not new and is not entered, so the walk costs what the commits changed.
It goes down level by level, for many commits at once, so that git is asked for a whole level and not for each tree. It
enters each pair (tree, the parents' trees at its place) once for a commit and counts its paths as often as it occurs: a
pack of a few kilobytes can stand for a billion paths, or for tens of thousands of folders, and git would gather them
all before it prints the first (git-diff-tree(1)). So this walk comes before git sees the commits.
"""

from __future__ import annotations

from lanegate.core.facts import Defect
from lanegate.core.names import collisions
from lanegate.core.objects import TREE, tree_defects
from lanegate.git.objects import LimitError
from lanegate.git.parsed_trees import ParsedTrees

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lanegate.core.objects import Entry
    from lanegate.git.objects import Reader

    #: A tree, and the parents' trees at its place.
    Key = tuple[str, tuple[str, ...]]

#: Levels of folders; git itself stops at 2048 (core.maxTreeDepth, git 2.42).
DEPTH_LIMIT = 1024
#: Paths that one commit may touch.
PATHS_LIMIT = 500_000
#: Commits that are walked together.
AT_ONCE = 128


def new_tree_defects(keys: Sequence[Key], reader: Reader) -> Iterator[tuple[Defect, ...]]:
    """Of each commit the defects in its trees that none of its parents has at that place.

    keys: hex ids of root trees: the commit's, and those of its parents. Raises LimitError, and what `reader` raises;
    none of the commits that were answered for goes beyond the limits.
    """
    trees = ParsedTrees(reader)
    for start in range(0, len(keys), AT_ONCE):
        walks = [_Walk(key, trees) for key in keys[start : start + AT_ONCE]]
        _walk_together(walks, trees)
        for walk in walks:
            yield tuple(walk.defects)


def _walk_together(walks: Sequence[_Walk], trees: ParsedTrees) -> None:
    level = [(walk, walk.root, b"") for walk in walks if walk.root[0] not in walk.root[1]]
    while level:
        trees.ahead([tree for _, (tree, before), _ in level for tree in (tree, *before)])
        level = [(walk, child, folder) for walk, key, at in level for child, folder in walk.enter(key, at)]
    for walk in walks:
        walk.count()


class _Walk:
    """The walk over the new trees of one commit. root: its root tree and those of its parents."""

    def __init__(self, root: Key, trees: ParsedTrees) -> None:
        self.root = root
        self.defects: list[Defect] = []
        self._trees = trees
        #: Of each folder that was entered: paths directly in it, folders in it, and where it was met first.
        self._paths: dict[Key, int] = {}
        self._inner: dict[Key, list[Key]] = {}
        self._folders: dict[Key, bytes] = {}

    def enter(self, key: Key, folder: bytes) -> list[tuple[Key, bytes]]:
        """Look into a folder (`folder`: its path and a slash); those in it to be entered. Raises LimitError."""
        if key in self._paths:
            return []
        if folder.count(b"/") > DEPTH_LIMIT:
            raise LimitError(f"a commit brings folders more than {DEPTH_LIMIT} levels deep, below {_shown(folder)}")
        changed = self._changed(key, folder)
        inner = [((sub.hex(), before), name) for (mode, name, sub), before in changed if mode == TREE]
        self._paths[key] = len(changed) - len(inner)
        self._inner[key] = [child for child, _ in inner]
        self._folders[key] = folder
        return [(child, folder + name + b"/") for child, name in inner]

    def count(self) -> None:
        """Add up the paths that no parent has the same, each as often as it occurs. Raises LimitError."""
        work = [self.root] if self.root in self._paths else []
        done: set[Key] = set()
        while work:
            key = work.pop()
            if key in done:
                continue
            left = [child for child in self._inner[key] if child not in done]
            if left:
                work += (key, *left)
                continue
            done.add(key)
            self._paths[key] += sum(self._paths[child] for child in self._inner[key])
            if self._paths[key] > PATHS_LIMIT:
                where = _shown(self._folders[key]) or "its root"
                raise LimitError(f"a commit brings more than {PATHS_LIMIT} paths below {where}")

    def _changed(self, key: Key, folder: bytes) -> list[tuple[Entry, tuple[str, ...]]]:
        """The entries of a folder that no parent has, and for each the parents' folders of that name."""
        tree, before = key
        if len(before) == 1:
            swapped = self._trees.swapped(before[0], tree)
            if swapped is not None:
                return [(entry, (old.hex(),)) for entry, old in swapped]
        here, there = self._trees.get(tree), [self._trees.get(parent) for parent in before]
        if not here.is_plain:
            self.defects += tree_defects(here.raw, len(tree) // 2, folder)
        self.defects += _twins(folder, here.entries, [parent.entries for parent in there])
        known = {entry for parent in there for entry in parent.entries}
        folders = [{name: sub.hex() for mode, name, sub in parent.entries if mode == TREE} for parent in there]
        return [
            (entry, tuple(names[entry[1]] for names in folders if entry[1] in names))
            for entry in here.entries
            if entry not in known
        ]


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
