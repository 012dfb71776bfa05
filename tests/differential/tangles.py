"""Tangled histories for `verify`: many branches that commit and merge each other, with every kind of conflict.

Nothing here follows a policy. Two lanes share a small tree, commits name one of them at random, merges often name none;
so that whether a merge is clean, and which paths are its own, shows in what is refused. A tangle is known by its seed.
"""

from __future__ import annotations

import random
from typing import NamedTuple

from tests.differential.case import Server
from tests.differential.oracle import judge_range
from tests.differential.plumbing import Entry, GitError, Patterns
from tests.differential.store import Files
from tests.differential.world import World

POLICY = b"""
version = 1
identity = "%s"
[lanes.one]
owned_paths = ["/a/", "!/a/x/", "/d/"]
modify_paths = ["/b/"]
[lanes.two]
owned_paths = ["/b/", "/a/x/", "/top"]
read_paths = ["/a/"]
out_of_scope = ["**/6"]
[[refs]]
name = "refs/heads/main"
"""
POLICY_PATH = b"policy/lanegate.toml"
FOLDERS = (b"a", b"b", b"a/x", b"d", b"d/y/z", b"b/w")
NAMES = (b"1", b"2", b"3", b"4", b"5", b"6")
LINES = 12


class Broken(NamedTuple):
    """A rule broken, as both sides can say it."""

    code: str
    commit: str | None
    path: bytes | None


class Tangle:
    """A random history in a world: `base` and `tip` of a first-parent chain that holds it all."""

    def __init__(self, seed: int, world: World) -> None:
        self.rng = random.Random(seed)
        self.world = world
        identity = self.rng.choice([b"none", b"pusher"])
        text = [b"line %d\n" % number for number in range(LINES)]
        files = {b"%s/%s" % (folder, name): b"".join(text) for folder in FOLDERS for name in NAMES[:4]}
        self.base = world.commit({POLICY_PATH: POLICY % identity, b"top": b"top\n", **files}, b"Start\n")

    def grow(self, steps: int) -> str:
        """Grow the tangle by so many commits and merges; the new tip."""
        rng, git = self.rng, self.world.git
        tips = [self.base] * rng.choice([2, 3, 4])
        for _ in range(steps):
            one, other = rng.sample(range(len(tips)), 2)
            if rng.random() < 0.45 and not git.is_ancestor(tips[other], tips[one]):
                tips[one] = self._merge(tips[one], tips[other])
            else:
                tips[one] = self._commit(
                    self._edited(self.world.files(tips[one]), rng.choice([1, 1, 2, 3])), [tips[one]]
                )
        main = tips[0]
        for tip in tips[1:]:
            main = self._merge(main, tip)
        return main

    def _commit(self, files: Files, parents: list[str]) -> str:
        lanes = [b"Lane: one\n", b"Lane: one\n", b"Lane: two\n"]
        lane = self.rng.choice([*lanes, b"", b"", b""] if len(parents) > 1 else lanes)
        return self.world.store.commit(self.world.store.tree(files), parents, b"Change\n\n" + lane)

    def _merge(self, ours: str, theirs: str) -> str:
        rng, world = self.rng, self.world
        try:
            merged = world.git.merge(ours, theirs)
        except GitError:
            return ours  # git 2.39 itself fails in some merges of links with files (an assertion in merge-ort.c)
        files = world.files(merged.tree)
        kind = rng.choice(["honest"] * 7 + ["edited", "ours", "theirs", "mixed"])
        if kind == "edited":
            files = self._edited(files, 1)
        elif kind in ("ours", "theirs"):
            files = world.files(ours if kind == "ours" else theirs)
        elif kind == "mixed":
            other = world.files(rng.choice([ours, theirs]))
            for path in rng.sample(sorted({*files, *other}), 3):
                files = world.edit(files, {path: other.get(path)})
        for path in sorted(merged.conflicts & files.keys()):
            if rng.random() < 0.6:
                files[path] = self._text(files, path)
        return self._commit(files, [ours, theirs])

    def _path(self) -> bytes:
        return self.rng.choice(FOLDERS) + b"/" + self.rng.choice(NAMES)

    def _text(self, files: Files, path: bytes) -> Entry:
        """The file with a line or two changed, out of few texts, so that two sides sometimes do the same."""
        old = files.get(path, Entry("100644", ""))
        lines = [b"new\n"] * 3
        if old.mode in ("100644", "100755") and old.id:
            lines = self.world.git.object(old.id)[1].splitlines(keepends=True) or lines
        for _ in range(self.rng.choice([1, 1, 2])):
            lines[self.rng.randrange(len(lines))] = b"text %d\n" % self.rng.randint(0, 4)
        if self.rng.random() < 0.1:
            lines.insert(self.rng.randrange(len(lines)), b"more %d\n" % self.rng.randint(0, 4))
        mode = old.mode if old.mode in ("100644", "100755") else "100644"
        return self.world.regular(b"".join(lines), mode)

    def _edited(self, files: Files, times: int) -> Files:
        for _ in range(times):
            files = self._edit(files)
        return files

    def _edit(self, files: Files) -> Files:
        rng, world = self.rng, self.world
        path = rng.choice(sorted(files.keys() - {POLICY_PATH}))
        entry = files[path]
        kinds = ["text"] * 6 + ["move"] * 4 + ["delete", "mode", "folder", "folder", "link", "submodule", "binary"]
        match rng.choice([*kinds, "into", "over", "add", "twin"]):
            case "move":
                moved = self._text(files, path) if rng.random() < 0.4 and entry.mode[:3] == "100" else entry
                return world.edit(files, {path: None, self._path(): moved})
            case "delete":
                return world.edit(files, {path: None})
            case "mode" if entry.mode in ("100644", "100755"):
                return {**files, path: Entry("100755" if entry.mode == "100644" else "100644", entry.id)}
            case "folder":
                return self._moved_folder(files)
            case "link":
                return world.edit(files, {path: world.link(rng.choice([b"1", b"2", b"../a/1"]))})
            case "submodule":
                return world.edit(files, {path: world.submodule(rng.randint(0, 3))})
            case "binary":
                return world.edit(files, {path: b"\0%d" % rng.randint(0, 3)})
            case "into":
                return world.edit(files, {path: None, path + b"/inside": entry})
            case "over":
                return world.edit(files, {rng.choice(FOLDERS): world.regular(b"was a folder %d\n" % rng.randint(0, 2))})
            case "add":
                return world.edit(files, {self._path(): b"added %d\n" % rng.randint(0, 3)})
            case "twin":
                return world.edit(files, {self._path(): entry})
        return {**files, path: self._text(files, path)}

    def _moved_folder(self, files: Files) -> Files:
        rng = self.rng
        old, new = rng.sample([*FOLDERS, b"a/new", b"d/new"], 2)
        moved = {path: entry for path, entry in files.items() if path.startswith(old + b"/")}
        files = {path: entry for path, entry in files.items() if path not in moved}
        return self.world.edit(files, {new + path[len(old) :]: entry for path, entry in moved.items()})


def broken(world: World, patterns: Patterns, base: str, tip: str) -> set[Broken]:
    """What the oracle finds in the range."""
    found = judge_range(world.git, patterns, Server({}, "refs/heads/main", POLICY_PATH), base, tip)
    return {Broken(one.code, one.commit, one.path) for findings in found.values() for one in findings}
