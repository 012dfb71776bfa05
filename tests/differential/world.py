"""An author's repository: commits made from edits, and the oracle's eyes on it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.differential.plumbing import Entry, Git, Patterns
from tests.differential.store import Files, Store, new_repository

Edit = bytes | Entry | None
"""A regular file's new content, an entry as it stands, or None for a deletion."""


class World:
    """A repository without refs, in which objects are made and read. patterns may be shared between worlds."""

    def __init__(self, folder: Path, patterns: Patterns, *options: str) -> None:
        self.folder = new_repository(folder / "author.git", *options)
        self.store = Store(self.folder)
        self.git = Git(self.folder)
        self.patterns = patterns

    def regular(self, content: bytes, mode: str = "100644") -> Entry:
        return Entry(mode, self.store.blob(content))

    def link(self, target: bytes) -> Entry:
        return Entry("120000", self.store.blob(target))

    def submodule(self, number: int = 0) -> Entry:
        return Entry("160000", f"{number + 0xABCDEF:0{len(self.store.blob(b''))}x}")

    def files(self, treeish: str) -> Files:
        return dict(self.git.leaves(treeish))

    def edit(self, files: Files, edits: Mapping[bytes, Edit]) -> Files:
        """The files after the edits; a path that takes the place of a folder, or the other way, removes it."""
        files = dict(files)
        for path, edit in edits.items():
            if edit is None:
                files.pop(path, None)
                continue
            parts = path.split(b"/")
            above = {b"/".join(parts[:number]) for number in range(1, len(parts))}
            for other in [other for other in files if other in above or other.startswith(path + b"/")]:
                del files[other]
            mode = files[path].mode if path in files and files[path].mode in ("100644", "100755") else "100644"
            files[path] = self.regular(edit, mode) if isinstance(edit, bytes) else edit
        return files

    def commit(self, edits: Mapping[bytes, Edit], message: bytes, *parents: str, headers: bytes = b"") -> str:
        """A commit that makes these edits to its first parent's files (none: a root)."""
        files = self.files(parents[0]) if parents else {}
        return self.store.commit(self.store.tree(self.edit(files, edits)), list(parents), message, headers=headers)

    def merge(self, ours: str, theirs: str, edits: Mapping[bytes, Edit] | None = None, message: bytes = b"M\n") -> str:
        """A merge commit: what git itself makes, and the edits."""
        merged = self.git.merge(ours, theirs)
        files = self.edit(self.files(merged.tree), edits or {})
        return self.store.commit(self.store.tree(files), [ours, theirs], message)
