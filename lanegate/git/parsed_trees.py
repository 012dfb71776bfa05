"""Trees taken apart, and kept while commits that share them are looked at.

From one commit to the next most trees that change hold other ids under the same names. Such a tree is not taken apart:
what differs between the bytes of the two tells the entries.
"""

from __future__ import annotations

from bisect import bisect_right

from lanegate.core.objects import Entry, is_plain_tree, tree_entries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from lanegate.git.objects import Reader

#: Room for trees that are kept, by estimate, in bytes.
ROOM = 64 << 20
#: Estimated size of a tree taken apart, as a multiple of the raw one.
_EXPANSION = 6


class ParsedTree:
    """raw: the object. entries: of it, none where it is no tree. ends: where each entry ends in `raw`. is_plain: as
    core/objects.py has it."""

    __slots__ = ("ends", "entries", "is_plain", "raw")

    def __init__(self, raw: bytes, entries: list[Entry], ends: list[int], *, is_plain: bool) -> None:
        self.raw, self.entries, self.ends, self.is_plain = raw, entries, ends, is_plain


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
        return found if found is not None else self._keep(oid, _parse(self._reader.tree(oid), len(oid) // 2))

    def swapped(self, old: str, new: str) -> list[tuple[Entry, bytes]] | None:
        """The entries of a tree that hold another id than in an old tree, and that id.

        None where something else differs too, or the old tree is not a plain one; else the new tree is plain.
        """
        before, raw = self.get(old), self._reader.tree(new)
        if not before.is_plain or len(raw) != len(before.raw):
            return None
        differing = int.from_bytes(before.raw, "big") ^ int.from_bytes(raw, "big")
        first = len(raw) - (differing.bit_length() + 7) // 8
        last = len(raw) - ((differing & -differing).bit_length() + 7) // 8
        length, ends = len(new) // 2, before.ends
        entries = before.entries.copy()
        found = []
        for at in range(bisect_right(ends, first), bisect_right(ends, last) + 1):
            start, end = ends[at - 1] if at else 0, ends[at]
            mode, name, oid = before.entries[at]
            if raw[start : end - length] != before.raw[start : end - length]:
                return None
            now = raw[end - length : end]
            if now != oid:
                entries[at] = mode, name, now
                found.append((entries[at], oid))
        self._keep(new, ParsedTree(raw, entries, ends, is_plain=True))
        return found

    def _keep(self, oid: str, tree: ParsedTree) -> ParsedTree:
        self._room -= _EXPANSION * len(tree.raw) + 500
        if self._room < 0:
            self._trees.clear()
            self._room = ROOM
        self._trees[oid] = tree
        return tree


def _parse(raw: bytes, id_length: int) -> ParsedTree:
    try:
        entries = tree_entries(raw, id_length)
    except ValueError:  # told by tree_defects
        entries = []
    ends, end = [], 0
    for mode, name, _ in entries:
        end += len(mode) + len(name) + 2 + id_length
        ends.append(end)
    return ParsedTree(raw, entries, ends, is_plain=is_plain_tree(entries))
