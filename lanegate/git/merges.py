"""What a merge commit changes by itself: the difference to the merge that git makes of its parents.

git makes it in a scratch repository (git-merge-tree(1), --write-tree): no attributes, no configuration of anybody, objects
written to a folder that is thrown away.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from lanegate.core.facts import Change
from lanegate.git.run import Git


class OwnChanges(NamedTuple):
    changes: tuple[Change, ...] = ()
    conflicts: frozenset[bytes] = frozenset()


class MergeChanges:
    def __init__(self, git: Git, read_tree: Callable[[str], bytes]) -> None:
        self.git = git

    def __enter__(self) -> MergeChanges:
        self.folder = tempfile.mkdtemp(prefix="lanegate-")
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def of(self, merges: Sequence[tuple[str, str, tuple[str, ...]]]) -> Mapping[str, OwnChanges]:
        sha256 = len(merges[0][0]) == 64
        for name in ("objects", "refs"):
            os.makedirs(os.path.join(self.folder, name), exist_ok=True)
        with open(os.path.join(self.folder, "HEAD"), "w") as file:
            file.write("ref: refs/heads/main\n")
        with open(os.path.join(self.folder, "config"), "w") as file:
            file.write("[core]\nrepositoryformatversion = 1\nbare = true\nattributesFile = /dev/null\n")
            if sha256:
                file.write("[extensions]\nobjectFormat = sha256\n")
        objects = [os.path.join(self.git.git_dir, self.git.line("rev-parse", "--git-path", "objects"))]
        env = self.git.environment
        if "GIT_OBJECT_DIRECTORY" in env:
            objects.append(os.path.join(self.git.git_dir, env["GIT_OBJECT_DIRECTORY"]))
        alternates = [os.path.abspath(path) for path in objects]
        quoted = ":".join('"' + p.replace("\\", "\\\\").replace('"', '\\"') + '"' for p in alternates)
        if env.get("GIT_ALTERNATE_OBJECT_DIRECTORIES"):
            quoted += ":" + env["GIT_ALTERNATE_OBJECT_DIRECTORIES"]
        scratch = Git(self.folder, GIT_ALTERNATE_OBJECT_DIRECTORIES=quoted)
        scratch.environment.pop("GIT_OBJECT_DIRECTORY", None)
        scratch.environment.pop("GIT_QUARANTINE_PATH", None)
        stdin = "".join(f"{p[0]} {p[1]}\n" for _, _, p in merges).encode()
        raw = scratch.output(
            "merge-tree", "--write-tree", "--stdin", "-z", "--no-messages", "--allow-unrelated-histories", stdin=stdin
        )
        tokens = iter(raw.split(b"\0"))
        found = {}
        for oid, tree, _ in merges:
            next(tokens)
            made = next(tokens).decode()
            conflicts = set()
            for token in iter(lambda: next(tokens), b""):
                conflicts.add(token.split(b"\t", 1)[1])
            changes = {}
            out = scratch.output("diff-tree", "-r", "-z", "--no-renames", "--raw", "--no-abbrev", made, tree)
            fields = out.split(b"\0")[:-1]
            for meta, path in zip(fields[::2], fields[1::2], strict=True):
                om, nm, oi, ni, _ = meta.decode().split(" ")
                changes[path] = Change(path, om[1:], nm, oi, ni)
            for path in conflicts - changes.keys():
                line = scratch.output("--literal-pathspecs", "ls-tree", "-z", tree, "--", os.fsdecode(path))
                if line:
                    mode, _, blob = line.split(b"\t")[0].decode().split(" ")
                    changes[path] = Change(path, mode, mode, blob, blob)
            found[oid] = OwnChanges(tuple(changes[path] for path in sorted(changes)), frozenset(conflicts))
        return found
