"""The tree of a ledger, read as far as it is needed, changed in memory, and named as git names it.

What a folder holds is read when it is first entered, so that reading or changing a file costs the folders on its path,
however large the ledger is. Only regular files (mode 100644) are put into it.
"""

from __future__ import annotations

from lanegate.core.objects import TREE, tree_entries
from lanegate.git.run import GitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lanegate.git.objects import Reader

FILE = b"100644"
_FOLDER = TREE + b" "
#: By the digits of an id, once they are loaded.
_hashes: dict[int, Callable[..., Any]] = {}


def object_id(kind: str, content: bytes, digits: int) -> str:
    """The id that git gives to an object. digits: of an id in this repository, 40 (SHA-1) or 64 (SHA-256)."""
    return hashed(kind.encode(), content, digits).hex()


def hashed(kind: bytes, content: bytes, digits: int) -> bytes:
    """The same id, raw: as it stands in a tree."""
    framed = b"%b %d\0%b" % (kind, len(content), content)
    return bytes((_hashes or _loaded())[digits](framed, usedforsecurity=False).digest())


def hash_much() -> None:
    """Take the functions that are quick on much data from now on, which cost more to load."""
    from hashlib import sha1, sha256

    _hashes.update({40: sha1, 64: sha256})


def _loaded() -> dict[int, Callable[..., Any]]:
    from lanegate.core.hashes import sha1, sha256

    _hashes.update({40: sha1, 64: sha256})
    return _hashes


class LedgerTree:
    """A tree and what was changed in it. made: raw content of each tree that `write` made, by id."""

    def __init__(self, reader: Reader | None, root: str | None, digits: int) -> None:
        """reader: None where there is nothing to read. root: id of the tree to begin with, None for an empty one.
        digits: as of `object_id`."""
        self.made: dict[str, bytes] = {}
        self._reader = reader
        self._digits = digits
        self._root = _Folder(bytes.fromhex(root) if root is not None else None)

    def get(self, path: bytes) -> str | None:
        """The id of what stands at a path, None if nothing does. Raises GitError."""
        *folders, name = path.split(b"/")
        here: _Folder | None = self._root
        for folder in folders:
            here = self._enter(here, folder) if here is not None else None
        entry = self._entries(here).get(name) if here is not None else None
        return self._oid(entry) if entry is not None else None

    def put(self, path: bytes, oid: str | None) -> None:
        """Let a path hold this blob, or (None) nothing. Raises GitError."""
        *folders, name = path.split(b"/")
        here = self._root
        for folder in folders:
            below = here.folders.get(folder) or self._enter(here, folder) or self._new(here, folder)
            here.is_changed = True
            here.changed[folder] = below
            here = below
        entries = self._entries(here)
        if oid is None and name not in entries and name not in here.folders:
            return
        here.is_changed = True
        if here.folders.pop(name, None) is not None:
            here.changed.pop(name, None)
        here.set(name, b"%b %b\0%b" % (FILE, name, bytes.fromhex(oid)) if oid is not None else b"")

    def write(self) -> str:
        """The id of the whole tree; its trees that are new are added to `made`."""
        return self._write(self._root).hex()

    def difference(self, other: str) -> bytes | None:
        """The first path at which the tree with this id holds something else, None if it is the same; to be asked
        after `write`. Raises GitError."""
        return self._difference(self._root, other, b"") if self._root.oid != bytes.fromhex(other) else None

    def _difference(self, here: _Folder, other: str, at: bytes) -> bytes:
        mine, theirs = self._entries(here), dict[bytes, bytes]()
        try:
            listed = tree_entries(self._read(other), self._digits // 2)
        except ValueError:
            return at
        for mode, name, oid in listed:
            if name in theirs:
                return at + name
            theirs[name] = b"%b %b\0%b" % (mode, name, oid)
        for name in sorted(mine.keys() | theirs.keys()):
            if mine.get(name) != theirs.get(name):
                inner = self._enter(here, name)
                if inner is not None and theirs.get(name, b"").startswith(_FOLDER):
                    return self._difference(inner, self._oid(theirs[name]), at + name + b"/")
                return at + name
        return at  # the same entries in another order

    def _write(self, here: _Folder) -> bytes:
        if here.oid is not None and not here.is_changed:
            return here.oid
        self._entries(here)
        for name, folder in here.changed.items():
            here.set(name, b"%b %b\0%b" % (TREE, name, self._write(folder)))
        here.changed.clear()
        raw = here.spelt()
        here.oid = oid = hashed(b"tree", raw, self._digits)
        here.is_changed = False
        self.made[oid.hex()] = raw
        return oid

    def _enter(self, here: _Folder, name: bytes) -> _Folder | None:
        """The folder of that name in a folder, None if there is none."""
        found = here.folders.get(name)
        if found is None:
            entry = self._entries(here).get(name, b"")
            if not entry.startswith(_FOLDER):
                return None
            found = here.folders[name] = _Folder(entry[-self._digits // 2 :])
        return found

    def _new(self, here: _Folder, name: bytes) -> _Folder:
        here.folders[name] = found = _Folder(None)
        return found

    def _oid(self, entry: bytes) -> str:
        return entry[-self._digits // 2 :].hex()

    def _entries(self, here: _Folder) -> dict[bytes, bytes]:
        if here.is_read:
            return here.entries
        if here.oid is not None:
            oid = here.oid.hex()
            try:
                listed = tree_entries(self._read(oid), self._digits // 2)
            except ValueError as error:
                raise GitError(f"tree {oid} of the ledger is malformed") from error
            here.entries = {name: b"%b %b\0%b" % (mode, name, raw) for mode, name, raw in listed}
        here.is_read = True
        return here.entries

    def _read(self, oid: str) -> bytes:
        if oid in self.made:
            return self.made[oid]
        if self._reader is None:
            raise GitError(f"tree {oid} of the ledger cannot be read")
        return self._reader.tree(oid)


class _Folder:
    """oid: raw, of the tree as it was read or written, None before that. entries: as they stand in a tree object, by
    name, once they are read. folders: those that were entered; changed: those of them in which something changed
    since."""

    __slots__ = ("_places", "_raw", "changed", "entries", "folders", "is_changed", "is_read", "oid")

    def __init__(self, oid: bytes | None) -> None:
        self.oid = oid
        self.entries: dict[bytes, bytes] = {}
        self.folders: dict[bytes, _Folder] = {}
        self.changed: dict[bytes, _Folder] = {}
        self.is_read = False
        self.is_changed = oid is None
        self._raw: bytearray | None = None  # None where `entries` have to be put in order anew
        self._places: dict[bytes, int] = {}  # of each entry in it

    def set(self, name: bytes, entry: bytes) -> None:
        """Let a name hold an entry, or (empty) nothing. `entries` are read."""
        before = self.entries.get(name, b"")
        if entry:
            self.entries[name] = entry
        elif before:
            del self.entries[name]
        if self._raw is not None and before != entry:
            if len(before) == len(entry) and before[:6] == entry[:6]:  # of the same kind, so in the same place
                place = self._places[name]
                self._raw[place : place + len(entry)] = entry
            else:
                self._raw = None

    def spelt(self) -> bytes:
        """The tree object: entries as git has them, by the bytes of their names, a folder compared as `name/`."""
        if self._raw is None and len(self.entries) == 1:  # most folders of commits
            ((name, entry),) = self.entries.items()
            self._raw, self._places[name] = bytearray(entry), 0
        elif self._raw is None:
            entries, place = self.entries, 0
            in_order = sorted(entries, key=lambda name: name + b"/" if entries[name].startswith(_FOLDER) else name)
            self._raw = bytearray(b"".join(map(entries.__getitem__, in_order)))
            for name in in_order:
                self._places[name] = place
                place += len(entries[name])
        return bytes(self._raw)
