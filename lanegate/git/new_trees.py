"""Looking at every tree that commits bring: malformed ones, names that collide in one folder, how much there is, and
what of it changed.

A tree that some parent has at the same place is not new and is not entered, so the walk costs what the commits changed.
It goes down level by level, for many commits at once, so that git is asked for a whole level and not for each tree. It
enters each pair (tree, the parents' trees at its place) once for a commit and counts its paths as often as it occurs: a
pack of a few kilobytes can stand for a billion paths, or for tens of thousands of folders, and git would gather them
all before it prints the first (git-diff-tree(1)). So this walk comes before git sees the commits.

What it meets are the changes of a commit, too, which git would find once more. They are told where every tree on both
sides is sound, so that there is one way to read them. A folder that is taken away and holds too much is left to git.
"""

from __future__ import annotations

from lanegate.core.facts import ABSENT, Change, Defect
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.names import collisions
from lanegate.core.objects import TREE, tree_defects
from lanegate.git.folder_changes import folder_changes, swapped_files
from lanegate.git.objects import LimitError
from lanegate.git.parsed_trees import ParsedTrees

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lanegate.core.objects import Entry
    from lanegate.git.folder_changes import File, Gone
    from lanegate.git.objects import Reader

    #: A tree, and the parents' trees at its place.
    Key = tuple[str, tuple[str, ...]]

#: Levels of folders; git itself stops at 2048 (core.maxTreeDepth, git 2.42).
DEPTH_LIMIT = 1024
#: Paths that one commit may touch, folders too, and the bytes of all of them.
PATHS_LIMIT, BYTES_LIMIT = 500_000, 128 << 20
#: Commits that are walked together.
AT_ONCE = 128
#: A long push has thousands of changes: without the call of the class in between.
_new = tuple.__new__


class Walked(NamedTuple):
    """What was met in the new trees of a commit. defects: in those that none of its parents has at that place. changes:
    from its parent's tree, or from nothing, by path; None of a commit with several parents, and where git has to be
    asked."""

    defects: tuple[Defect, ...]
    changes: tuple[Change, ...] | None = None


def walk_new_trees(keys: Sequence[Key], reader: Reader, *, lists: bool = True) -> Iterator[Walked]:
    """Look at the new trees of each commit.

    keys: hex ids of root trees: the commit's, and those of its parents. lists: whether changes are asked for. Raises
    LimitError, and what `reader` raises; none of the commits that were answered for goes beyond the limits.
    """
    trees = ParsedTrees(reader)
    for start in range(0, len(keys), AT_ONCE):
        walks = [_Walk(key, trees, lists=lists) for key in keys[start : start + AT_ONCE]]
        _walk_together(walks, trees)
        for walk in walks:
            changes = walk.changes()  # which may still find a defect of an old tree, and not tell them
            yield Walked(tuple(walk.defects), changes)


def _walk_together(walks: Sequence[_Walk], trees: ParsedTrees) -> None:
    level = [(walk, walk.root, b"") for walk in walks if walk.root[0] not in walk.root[1]]
    while level:
        trees.ahead([tree for _, (tree, before), _ in level for tree in (tree, *before)])
        level = [(walk, child, folder) for walk, key, at in level for child, folder in walk.enter(key, at)]
    for walk in walks:
        walk.count()


class _Walk:
    """The walk over the new trees of one commit. root: its root tree and those of its parents."""

    def __init__(self, root: Key, trees: ParsedTrees, *, lists: bool) -> None:
        self.root = root
        self.defects: list[Defect] = []
        self._trees = trees
        self._no_id = "0" * len(root[0])
        #: Whether the changes can be told still.
        self._lists = lists and len(root[1]) < 2
        #: Of each folder that was entered: entries of it, folders in it and their names, where it was met first.
        self._paths: dict[Key, int] = {}
        self._inner: dict[Key, list[tuple[Key, bytes]]] = {}
        self._folders: dict[Key, bytes] = {}
        self._is_repeated = False  # whether a folder was met again
        self._room = BYTES_LIMIT
        #: The same of changes directly in it, where they are told.
        self._files: dict[Key, list[File]] = {}
        self._gone: dict[Key, list[Gone]] = {}

    def enter(self, key: Key, folder: bytes) -> list[tuple[Key, bytes]]:
        """Look into a folder (`folder`: its path and a slash); those in it to be entered. Raises LimitError."""
        if key in self._paths:
            self._is_repeated = True
            return []
        if folder.count(b"/") > DEPTH_LIMIT:
            raise LimitError(f"a commit brings folders more than {DEPTH_LIMIT} levels deep, below {_shown(folder)}")
        tree, before = key
        swapped = self._trees.swapped(before[0], tree) if len(before) == 1 else None
        inner: list[tuple[Key, bytes]]
        if swapped is not None:
            inner = [((new.hex(), (old.hex(),)), name) for (mode, name, new), old in swapped if mode == TREE]
            self._paths[key] = len(swapped)
            if self._lists:
                self._files[key] = swapped_files(swapped)
        else:
            changed = self._changed(key, folder)
            inner = [((sub.hex(), before), name) for (mode, name, sub), before in changed if mode == TREE]
            self._paths[key] = len(changed)
            if self._lists:
                self._compare(key)
        self._inner[key] = inner
        self._folders[key] = folder
        self._take(folder, [name for _, name in inner])
        return [(child, folder + name + b"/") for child, name in inner]

    def _take(self, at: bytes, names: Sequence[bytes]) -> None:
        """Count the bytes of paths that are about to be spelt. Raises LimitError."""
        self._room -= len(at) * len(names) + sum(map(len, names))
        if self._room < 0:
            raise LimitError(f"a commit brings paths of more than {BYTES_LIMIT} bytes, below {_shown(at)}")

    def _compare(self, key: Key) -> None:
        tree, before = key
        told = folder_changes(self._trees.get(tree), self._trees.get(before[0]) if before else None, self._no_id)
        if told is None:
            self._lists = False
        else:
            self._files[key], self._gone[key] = told

    def changes(self) -> tuple[Change, ...] | None:
        """The changes, by path, None where they cannot be told. To be asked after `count`. Raises LimitError, and what
        reading raises."""
        found: list[Change] = []
        gone: list[Gone] = []
        work = [(self.root, b"")] if self._lists and self.root in self._paths else []
        self._room = BYTES_LIMIT
        while work:
            key, at = work.pop()
            files, inner = self._files[key], self._inner[key]
            self._take(at, [*(file[0] for file in files), *(name for _, name in inner)])
            found += [_new(Change, (at + name, *rest)) for name, *rest in files]
            gone += [(at + name + b"/", oid) for name, oid in self._gone.get(key, ())]
            work += [(child, at + name + b"/") for child, name in inner]
        self._delete(gone, found)
        if not self._lists:
            return None
        if len(found) > PATHS_LIMIT:
            raise LimitError(f"a commit touches more than {PATHS_LIMIT} paths")
        found.sort()
        return tuple(found)

    def _delete(self, gone: list[Gone], found: list[Change]) -> None:
        """Add the files of folders that are gone, level by level. What is too much or malformed is left to git, which
        lists it as it comes."""
        visits, room = 0, self._room
        while gone and self._lists:
            self._trees.ahead([oid for _, oid in gone])
            below: list[Gone] = []
            for at, oid in gone:
                tree = self._trees.get(oid)
                visits += len(tree.entries)
                room -= len(tree.raw) + len(at) * len(tree.entries)
                if not tree.is_sound or visits > PATHS_LIMIT or room < 0:
                    self._lists = False
                    return
                for mode, name, sub in tree.entries:
                    if mode == TREE:
                        below.append((at + name + b"/", sub.hex()))
                    else:
                        found.append(_new(Change, (at + name, mode.decode(), ABSENT, sub.hex(), self._no_id)))
            gone = below

    def count(self) -> None:
        """Add up the paths that no parent has the same, each as often as it occurs. Raises LimitError."""
        if not self._is_repeated and sum(self._paths.values()) <= PATHS_LIMIT:
            return
        work = [self.root] if self.root in self._paths else []
        done: set[Key] = set()
        while work:
            key = work.pop()
            if key in done:
                continue
            left = [child for child, _ in self._inner[key] if child not in done]
            if left:
                work += (key, *left)
                continue
            done.add(key)
            self._paths[key] += sum([self._paths[child] for child, _ in self._inner[key]])
            if self._paths[key] > PATHS_LIMIT:
                where = _shown(self._folders[key]) or "its root"
                raise LimitError(f"a commit brings more than {PATHS_LIMIT} paths below {where}")

    def _changed(self, key: Key, folder: bytes) -> list[tuple[Entry, tuple[str, ...]]]:
        """The entries of a folder that no parent has, and for each the parents' folders of that name."""
        tree, before = key
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
