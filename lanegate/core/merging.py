"""Building the merge of two trees on the raw bytes of one of them.

A Folder is one that has to be looked into; what becomes of it is written down as edits of the first side's tree. Once
every folder is looked at, the edits are applied from the deepest up, each folder's new id going into the one above, and
the id of the root tells what git would have made, without a tree being written.

Bytes are looked up in raw trees, which is quicker than taking trees apart. That what is found is an entry, and not
bytes that happen to stand across entries (a submodule's id is anybody's choice), is known once all that is before it is
a row of entries. Only the five modes that git writes today are known: a tree with others is left to git.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha1, sha256

from lanegate.core.named_tuple import NamedTuple
from lanegate.core.objects import TREE

FOLDERS_LIMIT = 10_000

REGULAR = (b"100644", b"100755")
_MODE = rb"(?:40000|100644|100755|120000|160000)"
#: A whole entry and, within, its name; for each length of ids.
_ENTRY = {length: re.compile(rb"(%b ([^\0]+)\0.{%d})" % (_MODE, length), re.DOTALL) for length in (20, 32)}
_ENTRIES = {length: re.compile(rb"(?:%b [^\0]+\0.{%d})*" % (_MODE, length), re.DOTALL) for length in (20, 32)}


class File(NamedTuple):
    """A regular file: its mode as trees have it (b"100644" or b"100755"), and its raw id."""

    mode: bytes
    id: bytes


class FileMerge(NamedTuple):
    """A file that both sides changed. `result`: the merge commit's file there, or the first side's if it has none."""

    base: File
    first: File
    second: File
    result: File


class TreeMerge(NamedTuple):
    """The merge that git makes.

    tree: hex id of the merged tree, with the `result` of each file merge in it. files: by path. folders: raw content
    of the folders of `tree` that the merge made; none where it is the merge commit's own tree.
    """

    tree: str
    files: tuple[tuple[bytes, FileMerge], ...] = ()
    folders: tuple[bytes, ...] = ()


class UnsettledError(Exception):
    """Git has to be asked."""


class Folder:
    """A folder to look into.

    first: hex id of the first side's tree. todo: what to do there, as whoever looks into it understands it. raw:
    content of the first side's tree, of the merged one in the end. edits: (start, end, what takes the place of these
    bytes: text, or the id of an inner folder). id: raw id, known once the folder is merged.
    """

    __slots__ = ("edits", "first", "id", "name", "raw", "todo", "up")

    def __init__(self, first: str, todo: object, name: bytes = b"", up: Folder | None = None) -> None:
        self.first, self.todo, self.name, self.up = first, todo, name, up
        self.raw = self.id = b""
        self.edits: list[tuple[int, int, bytes | Folder]] = []

    def names(self) -> list[bytes]:
        """The names on the way down from the root."""
        names = []
        folder = self
        while folder.up is not None:
            names.append(folder.name)
            folder = folder.up
        return names[::-1]


class Merging:
    """One merge. result: hex id of the merge commit's tree. read_tree: raw content of a tree by hex id."""

    def __init__(self, result: str, read_tree: Callable[[str], bytes]) -> None:
        self.result = result
        self.read_tree = read_tree
        self.id_length = length = len(result) // 2
        self.entry, self.entries = _ENTRY[length], _ENTRIES[length]
        self.hash = sha1 if length == 20 else sha256
        self.folders: list[Folder] = []
        self.files: list[tuple[bytes, FileMerge]] = []

    def run(self, root: Folder, look: Callable[[Folder], None]) -> TreeMerge | None:
        """Look into the root and every folder that is entered meanwhile, then put the merge together.

        None where a look raises UnsettledError, and where a folder is left empty: git does not keep it.
        """
        self.folders.append(root)
        try:
            for folder in self.folders:  # grows while it is walked
                folder.raw = self.read_tree(folder.first)
                look(folder)
                if len(self.folders) > FOLDERS_LIMIT:
                    return None
        except UnsettledError:
            return None
        for folder in reversed(self.folders):
            self._apply(folder)
            if not folder.raw:
                return None
        tree = root.id.hex()
        made = () if tree == self.result else tuple([folder.raw for folder in self.folders])
        return TreeMerge(tree, tuple(self.files), made)

    def find(self, raw: bytes, begin: bytes) -> int:
        """Where an entry begins with these bytes, -1 if none does or if that is not certain."""
        start = raw.find(begin)
        return start if start < 0 or self.entries.fullmatch(raw, 0, start) else -1

    def replace(self, folder: Folder, start: int, there: bytes, new: bytes) -> None:
        """The merge has `new` where the first side has the entry `there`."""
        folder.edits.append((start, start + len(there), new))

    def enter(self, folder: Folder, start: int, name: bytes, todo: object) -> None:
        """Look into a folder of the first side too; its entry begins at `start`."""
        at = start + len(TREE) + len(name) + 2
        end = at + self.id_length
        inner = Folder(folder.raw[at:end].hex(), todo, name, folder)
        folder.edits.append((at, end, inner))
        self.folders.append(inner)

    def merge_file(self, folder: Folder, start: int, name: bytes, old: bytes, there: bytes, new: bytes) -> None:
        """Both sides changed an entry (old) that is no folder: base, first and second side's entries."""
        if there == new:
            return
        names = [*folder.names(), name]
        base, first, second = self._file(old), self._file(there), self._file(new)
        result = self._in_result(names) or first
        self.files.append((b"/".join(names), FileMerge(base, first, second, result)))
        self.replace(folder, start, there, b"%b %b\0%b" % (result.mode, name, result.id))

    def _file(self, entry: bytes) -> File:
        mode = entry[: entry.index(b" ")]
        if mode not in REGULAR:
            raise UnsettledError
        return File(mode, entry[-self.id_length :])

    def _in_result(self, names: list[bytes]) -> File | None:
        """The file that the merge commit has at a path."""
        tree, last = self.result, len(names) - 1
        for position, name in enumerate(names):
            raw = self.read_tree(tree)
            for mode in REGULAR if position == last else (TREE,):
                start = self.find(raw, b"%b %b\0" % (mode, name))
                if start >= 0:
                    end = start + len(mode) + len(name) + 2
                    break
            else:
                return None
            oid = raw[end : end + self.id_length]
            tree = oid.hex()
        return File(mode, oid)

    def _apply(self, folder: Folder) -> None:
        parts: list[bytes] = []
        end = 0
        for start, stop, text in sorted(folder.edits, key=_place):
            parts += (folder.raw[end:start], text if isinstance(text, bytes) else text.id)
            end = stop
        folder.raw = b"".join((*parts, folder.raw[end:]))
        content = b"tree %d\0%b" % (len(folder.raw), folder.raw)
        folder.id = self.hash(content, usedforsecurity=False).digest()


def is_tree(entry: bytes) -> bool:
    """Whether an entry is a folder."""
    return entry.startswith(b"40000 ")


def _place(edit: tuple[int, int, bytes | Folder]) -> tuple[int, int]:
    return edit[:2]
