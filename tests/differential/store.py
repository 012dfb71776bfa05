"""Writes git objects straight into a repository: any bytes, malformed ones too, thousands a second.

A tree is given as `Files`, every path with its mode and object id; folders are made from the slashes. Objects are
loose files written here (gitformat-loose: zlib of `type size NUL content`, named by their hash), so no git process
runs and nothing is checked.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.differential.plumbing import Entry, run

Files = dict[bytes, Entry]
RawEntry = tuple[bytes, bytes, str]
"""Mode as it stands in a tree, name, object id."""

WHO = b"Bob <bob@example.org> 1700000000 +0000"


def _noon() -> int:
    return 1_700_000_000


class Store:
    """Object writer of one repository (SHA-1 or SHA-256, by its own configuration).

    date: gives commit dates. sign: what becomes of a commit's content.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.date: Callable[[], int] = _noon
        self.sign: Callable[[bytes], bytes] | None = None
        self._objects = Path(run(folder, "rev-parse", "--absolute-git-dir")[1].decode().strip()) / "objects"
        self._hash = run(folder, "rev-parse", "--show-object-format")[1].decode().strip()
        self._written: set[str] = set()

    def write(self, kind: str, content: bytes) -> str:
        """Store an object of any content; its id."""
        raw = kind.encode() + b" " + str(len(content)).encode() + b"\0" + content
        name = hashlib.new(self._hash, raw, usedforsecurity=False).hexdigest()
        if name not in self._written:
            path = self._objects / name[:2] / name[2:]
            if not path.exists():
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(zlib.compress(raw, 1))
            self._written.add(name)
        return name

    def blob(self, content: bytes) -> str:
        return self.write("blob", content)

    def raw_tree(self, entries: list[RawEntry]) -> str:
        """A tree of exactly these entries in exactly this order."""
        return self.write(
            "tree", b"".join(mode + b" " + name + b"\0" + bytes.fromhex(id) for mode, name, id in entries)
        )

    def tree(
        self, files: Mapping[bytes, Entry], spoil: Callable[[list[RawEntry]], list[RawEntry]] | None = None
    ) -> str:
        """The tree of `files`. spoil: changes the entries of the root, to make what git itself never would."""
        entries = self._entries(files)
        return self.raw_tree(spoil(entries) if spoil else entries)

    def _entries(self, files: Mapping[bytes, Entry]) -> list[RawEntry]:
        folders: dict[bytes, Files] = {}
        entries: list[RawEntry] = []
        for path, entry in files.items():
            name, slash, rest = path.partition(b"/")
            if slash:
                folders.setdefault(name, {})[rest] = entry
            else:
                entries.append((entry.mode.encode(), name, entry.id))
        entries += [(b"40000", name, self.tree(below)) for name, below in folders.items()]
        return sorted(entries, key=lambda entry: entry[1] + (b"/" if entry[0] == b"40000" else b""))

    def commit(
        self,
        tree: str,
        parents: list[str],
        message: bytes,
        *,
        headers: bytes = b"",
        head: bytes | None = None,
    ) -> str:
        """A commit. headers: lines after `committer`. head: replaces all headers."""
        if head is None:
            lines = [b"tree " + tree.encode(), *(b"parent " + parent.encode() for parent in parents)]
            who = b"Bob <bob@example.org> %d +0000" % self.date()
            head = b"\n".join([*lines, b"author " + who, b"committer " + who]) + b"\n" + headers
        content = head + b"\n" + message
        return self.write("commit", self.sign(content) if self.sign else content)

    def tag(self, target: str, kind: str = "commit", name: bytes = b"v") -> str:
        """An annotated tag object."""
        head = b"object " + target.encode() + b"\ntype " + kind.encode() + b"\ntag " + name
        return self.write("tag", head + b"\ntagger " + WHO + b"\n\nTag\n")


def new_repository(folder: Path, *options: str) -> Path:
    """An empty bare repository at `folder`, main its default branch."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    run(folder.parent, "init", "-q", "--bare", "-b", "main", *options, os.fspath(folder))
    return folder
