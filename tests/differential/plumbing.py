"""Git plumbing for the oracle: each question is one git command, its answer parsed in the plainest way.

Slow on purpose and nothing clever: trees come from a full recursive `ls-tree`, merges from `merge-tree`, patterns
from `check-ignore` one pattern at a time. Answers about objects never change, so they are remembered by id.
No configuration, attribute, replace ref or environment of the caller reaches a git process started here.
Nothing of lanegate is imported: what this module gets wrong, lanegate must not get wrong in the same way.
"""

from __future__ import annotations

import os
import subprocess
from itertools import combinations
from pathlib import Path
from signal import SIGPIPE
from typing import NamedTuple


class GitError(Exception):
    """A git command that had to work did not; the text is what git said."""


class Entry(NamedTuple):
    """What a path holds: six octal digits of mode, and an object id in hex."""

    mode: str
    id: str


class Merge(NamedTuple):
    """What git's own merge makes: the tree it writes and the paths where it reports a conflict."""

    tree: str
    conflicts: frozenset[bytes]


Leaves = dict[bytes, Entry]

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": os.devnull,
    "LC_ALL": "C",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
}


def run(folder: Path, *args: str | bytes, data: bytes = b"", good: tuple[int, ...] = (0,)) -> tuple[int, bytes]:
    """Run `git ARGS` in `folder` with `data` on standard input; its exit status (one of `good`) and standard output."""
    done = subprocess.run(["git", *args], cwd=folder, input=data, env=ENVIRONMENT, capture_output=True, check=False)
    if done.returncode not in good:
        raise GitError(f"git {args!r}: {done.returncode}: {done.stderr.decode('utf-8', 'replace')}")
    return done.returncode, done.stdout


class Git:
    """Questions about the objects of one bare repository that has no attributes and no configuration of its own; its
    refs are never looked at. Merges write what they make into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._objects: dict[str, tuple[str, bytes]] = {}
        self._leaves: dict[str, Leaves] = {}
        self._histories: dict[str, list[str]] = {}
        self._merges: dict[tuple[str, str], Merge] = {}
        self._signers: dict[tuple[str, str], str | None] = {}

    def object(self, name: str) -> tuple[str, bytes]:
        """Type and content of an object, by full id. Raises GitError when it is not there."""
        if name not in self._objects:
            head, _, rest = run(self.folder, "cat-file", "--batch", data=name.encode() + b"\n")[1].partition(b"\n")
            words = head.split()
            if len(words) != 3:
                raise GitError(head.decode("utf-8", "replace"))
            self._objects[name] = (words[1].decode(), rest[: int(words[2])])
        return self._objects[name]

    def kind(self, name: str) -> str:
        return self.object(name)[0]

    def peel(self, name: str) -> str | None:
        """The commit that an object is or that a tag, however nested, points at; None when it is anything else."""
        while self.kind(name) == "tag":
            name = self.object(name)[1].split(b"\n", 1)[0].removeprefix(b"object ").decode()
        return name if self.kind(name) == "commit" else None

    def leaves(self, treeish: str | None) -> Leaves:
        """Every path that is not a folder, all the way down. None is the empty tree."""
        if treeish is None:
            return {}
        if treeish not in self._leaves:
            found: Leaves = {}
            for line in run(self.folder, "ls-tree", "-r", "-z", "--full-tree", treeish)[1].split(b"\0")[:-1]:
                about, path = line.split(b"\t", 1)
                mode, _kind, name = about.decode().split(" ")
                found[path] = Entry(mode, name)
            self._leaves[treeish] = found
        return self._leaves[treeish]

    def parents(self, commit: str) -> list[str]:
        """Parents as they stand in the commit object, duplicates included."""
        head = self.object(commit)[1].split(b"\n\n", 1)[0]
        return [line[7:].decode() for line in head.split(b"\n") if line.startswith(b"parent ")]

    def reachable(self, tips: list[str], without: list[str]) -> list[str]:
        """Commits reachable from `tips` but not from `without`, parents first. Two full walks and a set: `rev-list`
        with exclusions may stop early when commit dates are skewed."""
        known = {name for tip in without for name in self.history(tip)}
        found = dict.fromkeys(name for tip in tips for name in self.history(tip))
        return [name for name in found if name not in known]

    def history(self, tip: str) -> list[str]:
        """Every commit reachable from a commit, itself included, parents first."""
        if tip not in self._histories:
            out = run(self.folder, "rev-list", "--topo-order", "--reverse", tip)[1]
            self._histories[tip] = out.decode().split()
        return self._histories[tip]

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether the commit that `old` is or names is reachable from the one that `new` is or names."""
        old_commit, new_commit = self.peel(old), self.peel(new)
        return old_commit is not None and new_commit is not None and old_commit in self.history(new_commit)

    def first_parent_chain(self, tip: str) -> list[str]:
        """The tip, its first parent, that one's first parent and so on to the root."""
        return run(self.folder, "rev-list", "--first-parent", tip)[1].decode().split()

    def merge(self, ours: str, theirs: str) -> Merge:
        """What `git merge-tree --write-tree` makes; unrelated histories are merged over an empty base."""
        if (ours, theirs) not in self._merges:
            options = ("--write-tree", "--allow-unrelated-histories", "-z", "--name-only", "--no-messages")
            out = run(self.folder, "merge-tree", *options, ours, theirs, good=(0, 1))[1]
            tree, *names = out.split(b"\0")
            self._merges[ours, theirs] = Merge(tree.decode(), frozenset(names) - {b""})
        return self._merges[ours, theirs]

    def decided(self, ours: str, theirs: str) -> frozenset[bytes]:
        """The paths where git's merge reports a conflict, and those to which it carries a change along a rename."""
        one, other = self.leaves(ours), self.leaves(theirs)
        pairs, between = [(ours, theirs)], frozenset[bytes]()
        for pair in pairs:
            bases = sorted(run(self.folder, "merge-base", "--all", *pair, good=(0, 1))[1].decode().split())
            inner = [two for two in combinations(bases, 2) if two not in pairs]
            pairs += inner
            between = between.union(*(self._carried(*two) for two in inner))
        differing = {path for path in between if one.get(path) != other.get(path)}
        return self.merge(ours, theirs).conflicts | self._carried(ours, theirs) | differing

    def origins(self, ours: str, theirs: str) -> dict[bytes, set[bytes]]:
        """Where there is one merge base: of each path to which git carries a change, what a side that lacks it changed
        and git's merge does not have."""
        bases = run(self.folder, "merge-base", "--all", ours, theirs, good=(0, 1))[1].decode().split()
        if len(bases) != 1:
            return {}
        base, made = self.leaves(bases[0]), self.leaves(self.merge(ours, theirs).tree)
        found: dict[bytes, set[bytes]] = {}
        for path in self._carried(ours, theirs):
            sides = [side for side in (self.leaves(ours), self.leaves(theirs)) if path not in side]
            found[path] = {old for side in sides for old in side if side[old] != base.get(old) and old not in made}
        return found

    def _carried(self, ours: str, theirs: str) -> frozenset[bytes]:
        """Paths that one side lacks and of which neither has what git puts there."""
        one, other = self.leaves(ours), self.leaves(theirs)
        made = self.leaves(self.merge(ours, theirs).tree).items()
        new = [path for path, entry in made if entry not in (one.get(path), other.get(path))]
        return frozenset(path for path in new if path not in one or path not in other)

    def signer(self, commit: str, allowed: str) -> str | None:
        """Whose SSH signature of a commit git and ssh-keygen find good; None: nobody's. allowed: the text of an allowed
        signers file (ssh-keygen(1))."""
        if (commit, allowed) not in self._signers:
            file = self.folder / "allowed-signers"
            file.write_text(allowed)
            command = ("-c", f"gpg.ssh.allowedSignersFile={file}", "log", "-1", "--format=%G?%n%GS", commit)
            # ssh-keygen may leave while git still writes to it, and git 2.39 dies of that: the signature is bad then
            verdict, _, name = run(self.folder, *command, good=(0, -SIGPIPE))[1].decode().rstrip("\n").partition("\n")
            self._signers[commit, allowed] = name if verdict == "G" else None
        return self._signers[commit, allowed]


class Patterns:
    """One pattern against one path, as `git check-ignore --no-index` answers.

    A path stands for whatever may be there, so it is asked about as a folder: a pattern ending in `/` then means the
    entry itself and all below it (docs/judgement.md, and DESIGN section 4). Every path asked about is made as a
    folder in a work tree of its own, so that git sees a folder.
    """

    def __init__(self, scratch: Path) -> None:
        self._git = scratch / "patterns.git"
        self._tree = scratch / "patterns.tree"
        run(scratch, "init", "-q", "--bare", str(self._git))
        self._tree.mkdir()
        self._known: dict[tuple[str, bytes], bool] = {}

    def ask(self, pattern: str, paths: set[bytes]) -> None:
        """Have the answers for these paths ready, with one git process."""
        new = sorted(path for path in paths if (pattern, path) not in self._known)
        if not new:
            return
        for path in new:
            os.makedirs(os.path.join(os.fsencode(self._tree), path), exist_ok=True)
        (self._git / "info/exclude").write_bytes(pattern.encode() + b"\n")
        args = ("-c", "core.bare=false", f"--git-dir={self._git}", f"--work-tree={self._tree}")
        command = ("check-ignore", "--no-index", "-z", "--stdin", "-v", "-n")
        out = run(self._tree, *args, *command, data=b"\0".join(new) + b"\0", good=(0, 1))[1].split(b"\0")[:-1]
        for source, path in zip(out[0::4], out[3::4], strict=True):
            self._known[pattern, path] = source != b""

    def matches(self, pattern: str, path: bytes) -> bool:
        """Whether the pattern (without `!`) matches the path or a folder that it is in. The root matches nothing."""
        if path == b"":
            return False
        self.ask(pattern, {path})
        return self._known[pattern, path]

    def in_list(self, patterns: list[str], path: bytes) -> bool:
        """Whether a list of patterns holds the path: the last one that matches decides, `!` takes away."""
        held = False
        for pattern in patterns:
            if self.matches(pattern.removeprefix("!"), path):
                held = not pattern.startswith("!")
        return held
