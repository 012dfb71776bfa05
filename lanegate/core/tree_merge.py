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

from bisect import bisect
from collections.abc import Callable
from itertools import accumulate
from typing import cast

from lanegate.core.merging import Folder, Merging, TreeMerge, UnsettledError, is_tree
from lanegate.core.named_tuple import NamedTuple

#: Entries of one folder that are looked up one by one; more are laid out in tables.
IN_PLACE_LIMIT = 16


def merge_trees(base: str, first: str, second: str, result: str, read_tree: Callable[[str], bytes]) -> TreeMerge | None:
    """What git makes of `first` and `second`.

    base, first, second: hex ids of root trees; `base` is that of the only merge base. result: tree of the merge commit.
    None where git has to be asked. Raises what `read_tree` raises.
    """
    if base in (first, second):
        return TreeMerge(second if base == first else first)
    merging = Merging(result, read_tree)
    return merging.run(Folder(first, _Pair(base, second)), _Comparison(merging).look)


class _Pair(NamedTuple):
    """Hex ids of the other trees that a folder has: both differ from the first side's, and from each other."""

    base: str
    second: str


class _Comparison:
    """Does to the first side's folders what the second side did to the base's."""

    def __init__(self, merging: Merging) -> None:
        self.merging = merging
        self.entry, self.entries, self.id_length = merging.entry, merging.entries, merging.id_length

    def look(self, folder: Folder) -> None:
        trees = cast(_Pair, folder.todo)
        base, second = self.merging.read_tree(trees.base), self.merging.read_tree(trees.second)
        start, length = 0, len(base)
        if length == len(second):  # mostly: a few entries have other ids
            differing = int.from_bytes(base, "big") ^ int.from_bytes(second, "big")
            for _ in range(IN_PLACE_LIMIT):
                if not differing:
                    return
                start = self._end(base, start, length - (differing.bit_length() + 7) // 8)
                old, new = self.entry.match(base, start), self.entry.match(second, start)
                if not old or not new or not self._replaced(folder, old[1], new[1], old[2]):
                    break
                start = old.end()
                differing &= (1 << 8 * (length - start)) - 1
        self._compare(folder, self._named(base, start), self._named(second, start))

    def _end(self, raw: bytes, start: int, stop: int) -> int:
        """Where the last whole entry between two positions ends."""
        found = self.entries.match(raw, start, stop)
        return found.end() if found else start

    def _replaced(self, folder: Folder, old: bytes, new: bytes, name: bytes) -> bool:
        """Settle an entry to which the second side only gave another id, if the first side allows that."""
        length = self.id_length
        if old[:-length] != new[:-length]:
            return False
        start = self.merging.find(folder.raw, old)
        if start >= 0:
            self.merging.replace(folder, start, old, new)
            return True
        start = self.merging.find(folder.raw, old[:-length]) if is_tree(old) else -1
        if start >= 0:
            self._enter(folder, start, name, old, new)
        return start >= 0

    def _enter(self, folder: Folder, start: int, name: bytes, old: bytes, new: bytes) -> None:
        self.merging.enter(folder, start, name, _Pair(old[-self.id_length :].hex(), new[-self.id_length :].hex()))

    def _named(self, raw: bytes, start: int = 0) -> dict[bytes, bytes]:
        """The entries from `start` on, by name."""
        named = {name: entry for entry, name in self.entry.findall(raw, start)}
        if sum(map(len, named.values())) + start != len(raw):
            raise UnsettledError
        return named

    def _compare(self, folder: Folder, base: dict[bytes, bytes], second: dict[bytes, bytes]) -> None:
        """Settle a folder entry by entry. base, second: from the first difference on."""
        first = self._named(folder.raw)
        entries = [*first.values()]
        starts = [*accumulate(map(len, entries), initial=0)]
        place = dict(zip(first, starts, strict=False))
        added = []
        for name in {name for name, _ in base.items() ^ second.items()}:
            old, new, there = base.get(name), second.get(name), first.get(name)
            if there == old:  # the first side left it alone
                if there and new and is_tree(there) == is_tree(new):
                    self.merging.replace(folder, place[name], there, new)
                    continue
                if there:
                    self.merging.replace(folder, place[name], there, b"")
                if new:
                    added.append((_key(new), new))
            elif not old or not new or not there or not is_tree(old) == is_tree(new) == is_tree(there):
                raise UnsettledError
            elif is_tree(old):
                self._enter(folder, place[name], name, old, new)
            else:
                self.merging.merge_file(folder, place[name], name, old, there, new)
        for key, entry in sorted(added):
            start = starts[bisect(entries, key, key=_key)]
            self.merging.replace(folder, start, b"", entry)


def _key(entry: bytes) -> bytes:
    """What git sorts the entries of a tree by."""
    name = entry[entry.index(b" ") + 1 : entry.index(b"\0")]
    return name + b"/" if is_tree(entry) else name
