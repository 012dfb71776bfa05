"""The merge that git makes of two trees, by ids alone where that is possible.

Where one side left an entry as the base has it, the other side's entry is the result, whatever is below. So the base
and the second side are compared folder by folder, what the second side did is done to the raw bytes of the first side's
tree, and the ids of the folders above follow by hashing. Only folders that all three hold differently are entered, and
no blob is read. A file that both sides changed is left over as a FileMerge, to be asked of git; the file of the merge
commit that is being looked at stands in for the answer.

It must never settle what git's `ort` would do otherwise. What can make ort differ is rename detection, which needs a
file that one side deleted (documentation of merge.renames and merge.directoryRenames). It then looks at

- the same file on the other side: changed (the change follows the rename) or deleted too (rename/delete, 1to2);
- the new name on the other side: added there too (rename/add, 2to1);
- new entries of the other side in a folder that is gone on this side (folder renames; the root is never gone).

Each of these is an entry that both sides changed and that is not a folder in all three trees, nor a file in all three.
Such entries are left to git. A file changed on both sides is neither deleted nor added: no rename involves it.

Limits: trees are taken for well-formed (core/objects.py tells those that are not). A folder that the merge leaves
empty, modes that git no longer writes, and a merge of more than FOLDERS_LIMIT folders are left to git.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable
from hashlib import sha1, sha256
from itertools import accumulate
from typing import NamedTuple

from lanegate.core.objects import TREE

FOLDERS_LIMIT = 10_000
#: Entries of one folder that are looked up one by one; more are laid out in tables.
IN_PLACE_LIMIT = 16

_REGULAR = (b"100644", b"100755")
_MODE = rb"(?:40000|100644|100755|120000|160000)"
#: A whole entry and, within, its name; for each length of ids. Other modes make a tree that is not settled here.
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


class _Folder:
    """A folder that all three trees hold differently.

    raw: the first side's tree, the merged one in the end. edits: (start, end, what takes the place of these bytes:
    text, or the id of an inner folder). id: raw id, known once the folder is merged.
    """

    __slots__ = ("base", "edits", "first", "id", "name", "raw", "second", "up")

    def __init__(self, base: str, first: str, second: str, name: bytes = b"", up: _Folder | None = None) -> None:
        self.base, self.first, self.second = base, first, second
        self.name, self.up = name, up
        self.raw = self.id = b""
        self.edits: list[tuple[int, int, bytes | _Folder]] = []

    def names(self) -> list[bytes]:
        """The names on the way down from the root."""
        names = []
        folder = self
        while folder.up is not None:
            names.append(folder.name)
            folder = folder.up
        return names[::-1]


class _UnsettledError(Exception):
    """Git has to be asked."""


def merge_trees(base: str, first: str, second: str, result: str, read_tree: Callable[[str], bytes]) -> TreeMerge | None:
    """What git makes of `first` and `second`.

    base, first, second: hex ids of root trees; `base` is that of the only merge base. result: tree of the merge commit.
    None where git has to be asked. Raises what `read_tree` raises.
    """
    if base in (first, second):
        return TreeMerge(second if base == first else first)
    try:
        return _Merge(result, read_tree).run(_Folder(base, first, second))
    except _UnsettledError:
        return None


class _Merge:
    """One merge. Folders are compared from the root down and hashed from the leaves up, without recursion."""

    def __init__(self, result: str, read_tree: Callable[[str], bytes]) -> None:
        self.result = result
        self.read_tree = read_tree
        self.id_length = length = len(result) // 2
        self.entry, self.entries = _ENTRY[length], _ENTRIES[length]
        self.hash = sha1 if length == 20 else sha256
        self.folders: list[_Folder] = []
        self.files: list[tuple[bytes, FileMerge]] = []

    def run(self, root: _Folder) -> TreeMerge:
        self.folders.append(root)
        for folder in self.folders:  # grows while it is walked
            self.compare(folder)
            if len(self.folders) > FOLDERS_LIMIT:
                raise _UnsettledError
        for folder in reversed(self.folders):
            folder.id = self.merged_id(folder)
        tree = root.id.hex()
        made = () if tree == self.result else tuple([folder.raw for folder in self.folders])
        return TreeMerge(tree, tuple(self.files), made)

    def compare(self, folder: _Folder) -> None:
        """Do to the first side's tree what the second side did to the base's."""
        base, second = self.read_tree(folder.base), self.read_tree(folder.second)
        folder.raw = self.read_tree(folder.first)
        start, length = 0, len(base)
        if length == len(second):  # mostly: a few entries have other ids
            differing = int.from_bytes(base, "big") ^ int.from_bytes(second, "big")
            for _ in range(IN_PLACE_LIMIT):
                if not differing:
                    return
                start = self.end(base, start, length - (differing.bit_length() + 7) // 8)
                old, new = self.entry.match(base, start), self.entry.match(second, start)
                if not old or not new or not self.replaced(folder, old[0], new[0]):
                    break
                start = old.end()
                differing &= (1 << 8 * (length - start)) - 1
        self.compare_entries(folder, self.named(base, start), self.named(second, start))

    def end(self, raw: bytes, start: int, stop: int) -> int:
        """Where the last whole entry between two positions ends."""
        found = self.entries.match(raw, start, stop)
        return found.end() if found else start

    def replaced(self, folder: _Folder, old: bytes, new: bytes) -> bool:
        """Settle an entry to which the second side only gave another id, if the first side allows that."""
        length = self.id_length
        if old[:-length] != new[:-length]:
            return False
        start = self.find(folder.raw, old)
        if start >= 0:
            folder.edits.append((start, start + len(old), new))
            return True
        start = self.find(folder.raw, old[:-length]) if _is_tree(old) else -1
        if start >= 0:
            self.enter(folder, start, old, folder.raw[start : start + len(old)], new)
        return start >= 0

    def find(self, raw: bytes, begin: bytes) -> int:
        """Where an entry begins with these bytes, -1 if none does."""
        start = raw.find(begin)
        # The same bytes may stand across ids (a submodule's id is anybody's choice): then no row of entries is before
        # them.
        return start if start < 0 or self.entries.fullmatch(raw, 0, start) else -1

    def named(self, raw: bytes, start: int = 0) -> dict[bytes, bytes]:
        """The entries from `start` on, by name."""
        found: list[tuple[bytes, bytes]] = self.entry.findall(raw, start)
        named = {name: entry for entry, name in found}
        if sum(map(len, named.values())) + start != len(raw):
            raise _UnsettledError
        return named

    def compare_entries(self, folder: _Folder, base: dict[bytes, bytes], second: dict[bytes, bytes]) -> None:
        """Settle a folder entry by entry. base, second: from the first difference on."""
        first = self.named(folder.raw)
        entries = [*first.values()]
        starts = [*accumulate(map(len, entries), initial=0)]
        place = dict(zip(first, starts, strict=False))
        added = []
        for name in {name for name, _ in base.items() ^ second.items()}:
            old, new, there = base.get(name), second.get(name), first.get(name)
            if old and new and there and _is_tree(old) == _is_tree(new):
                self.settle(folder, place[name], name, old, there, new)
            elif there != old:
                raise _UnsettledError
            else:
                if there:
                    folder.edits.append((place[name], place[name] + len(there), b""))
                if new:
                    added.append((_key(new), new))
        for key, entry in sorted(added):
            start = starts[bisect(entries, key, key=_key)]
            folder.edits.append((start, start, entry))

    def settle(self, folder: _Folder, start: int, name: bytes, old: bytes, there: bytes, new: bytes) -> None:
        """An entry that the second side changed, but not between folder and file."""
        if there == old:
            folder.edits.append((start, start + len(old), new))
        elif _is_tree(old) and _is_tree(there):
            self.enter(folder, start, old, there, new)
        elif _is_tree(old) or _is_tree(there):
            raise _UnsettledError
        elif there != new:
            names = [*folder.names(), name]
            sides = self.file(old), self.file(there), self.file(new)
            result = self.in_result(names) or sides[1]
            self.files.append((b"/".join(names), FileMerge(*sides, result)))
            folder.edits.append((start, start + len(there), b"%b %b\0%b" % (result.mode, name, result.id)))

    def enter(self, folder: _Folder, start: int, old: bytes, there: bytes, new: bytes) -> None:
        """Both sides changed a folder."""
        length = self.id_length
        name = old[len(TREE) + 1 : -length - 1]
        inner = _Folder(old[-length:].hex(), there[-length:].hex(), new[-length:].hex(), name, folder)
        end = start + len(there)
        folder.edits.append((end - length, end, inner))
        self.folders.append(inner)

    def file(self, entry: bytes) -> File:
        mode = entry[: entry.index(b" ")]
        if mode not in _REGULAR:
            raise _UnsettledError
        return File(mode, entry[-self.id_length :])

    def in_result(self, names: list[bytes]) -> File | None:
        """The file that the merge commit has at a path."""
        tree, last = self.result, len(names) - 1
        for position, name in enumerate(names):
            raw = self.read_tree(tree)
            for mode in _REGULAR if position == last else (TREE,):
                start = self.find(raw, b"%b %b\0" % (mode, name))
                if start >= 0:
                    end = start + len(mode) + len(name) + 2
                    break
            else:
                return None
            oid = raw[end : end + self.id_length]
            tree = oid.hex()
        return File(mode, oid)

    def merged_id(self, folder: _Folder) -> bytes:
        parts: list[bytes] = []
        end = 0
        for start, stop, text in sorted(folder.edits, key=_place):
            parts += (folder.raw[end:start], text if isinstance(text, bytes) else text.id)
            end = stop
        raw = b"".join((*parts, folder.raw[end:]))
        if not raw:
            raise _UnsettledError
        folder.raw = raw
        return self.hash(b"tree %d\0%b" % (len(raw), raw), usedforsecurity=False).digest()


def _is_tree(entry: bytes) -> bool:
    return entry.startswith(b"40000 ")


def _key(entry: bytes) -> bytes:
    """What git sorts the entries of a tree by."""
    name = entry[entry.index(b" ") + 1 : entry.index(b"\0")]
    return name + b"/" if _is_tree(entry) else name


def _place(edit: tuple[int, int, bytes | _Folder]) -> tuple[int, int]:
    return edit[:2]
