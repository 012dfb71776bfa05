"""Trees taken apart, and kept while commits that share them are looked at.

From one commit to the next most trees that change hold other ids under the same names. Such a tree is not taken apart:
what differs between the bytes of the two tells the entries.
"""

from __future__ import annotations

from lanegate.core.objects import Entry, is_plain_tree, tree_defects, tree_entries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lanegate.git.objects import Reader

#: Room for trees that are kept, by estimate, in bytes.
ROOM = 64 << 20
#: Entries that are looked for one by one; where more differ, all are compared.
FEW = 16
#: Estimated size of a tree taken apart, as a multiple of the raw one.
_EXPANSION = 6


class ParsedTree:
    """raw: the object. ends: where each entry ends in it. is_plain: as core/objects.py has it."""

    __slots__ = ("_entries", "_id_length", "_is_sound", "ends", "is_plain", "raw")

    def __init__(self, raw: bytes, id_length: int, like: ParsedTree | None = None) -> None:
        """like: a plain tree whose entries differ in their ids only."""
        self.raw = raw
        self._id_length = id_length
        self._entries: list[Entry] | None = None
        self.ends: list[int] = like.ends if like is not None else [*_ends(self.entries, id_length)]
        self.is_plain: bool = like is not None or is_plain_tree(self.entries)
        self._is_sound: bool | None = True if self.is_plain else None

    @property
    def entries(self) -> list[Entry]:
        """The entries of the tree, none where it is no tree."""
        if self._entries is None:
            try:
                self._entries = tree_entries(self.raw, self._id_length)
            except ValueError:  # told by tree_defects
                self._entries = []
        return self._entries

    @property
    def is_sound(self) -> bool:
        """Whether nothing is malformed in it: whoever reads it reads the same."""
        if self._is_sound is None:
            self._is_sound = not tree_defects(self.raw, self._id_length)
        return self._is_sound


class ParsedTrees:
    """The trees of a repository. reader: reads them."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._trees: dict[str, ParsedTree] = {}
        self._room = ROOM

    def ahead(self, oids: Iterable[str]) -> None:
        """Trees that will be asked for: they may be read in one go."""
        self._reader.ahead([oid for oid in oids if oid not in self._trees])

    def get(self, oid: str) -> ParsedTree:
        """A tree by hex id. Raises what the reader raises."""
        found = self._trees.get(oid)
        return found if found is not None else self._keep(oid, ParsedTree(self._reader.tree(oid), len(oid) // 2))

    def swapped(self, old: str, new: str) -> list[tuple[Entry, bytes]] | None:
        """The entries of a tree that hold another id than in an old tree, and that id.

        None where something else differs too, or the old tree is not a plain one; else the new tree is plain.
        """
        like, raw = self.get(old), self._reader.tree(new)
        before, ends, length = like.raw, like.ends, len(new) // 2
        if not like.is_plain or len(raw) != len(before):
            return None
        found: list[tuple[int, int]] = []
        start = at = 0  # of what was not compared yet: the first byte, the first entry
        while len(found) < FEW:
            if raw[start:] == before[start:]:
                break
            last = len(ends) - 1
            while at < last:  # where the first entry is that differs: half of them at a time
                middle = (at + last) // 2
                stop = ends[middle]
                if raw[start:stop] == before[start:stop]:
                    at, start = middle + 1, stop
                else:
                    last = middle
            found.append((start, ends[at]))
            start = ends[at]
            at += 1
        else:
            for end in ends[at:]:
                if raw[start:end] != before[start:end]:
                    found.append((start, end))
                start = end
        swaps = []
        for start, end in found:
            split = end - length
            if raw[start:split] != before[start:split]:
                return None
            mode, _, name = raw[start : split - 1].partition(b" ")
            swaps.append(((mode, name, raw[split:end]), before[split:end]))
        self._keep(new, ParsedTree(raw, length, like))
        return swaps

    def _keep(self, oid: str, tree: ParsedTree) -> ParsedTree:
        self._room -= _EXPANSION * len(tree.raw) + 500
        if self._room < 0:
            self._trees.clear()
            self._room = ROOM
        self._trees[oid] = tree
        return tree


def _ends(entries: Iterable[Entry], id_length: int) -> Iterator[int]:
    end = 0
    for mode, name, _ in entries:
        end += len(mode) + len(name) + 2 + id_length
        yield end
