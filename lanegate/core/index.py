"""Which of many patterns match a path: an index over path segments (design section 9).

A pattern is split where its wildcards begin. The names before them are its *head*: all heads stand in one dictionary by
their full text, so that a folder finds its patterns with one look however many there are. What follows a head is its
*tail*, kept in a trie, one node for each place between two segments.

A lookup walks down the folders of a path once and keeps for each folder what is known there: the patterns that matched
so far, the trie nodes that wait for the next name there and nowhere else, and the *drift*, those behind a `**`, which
wait at every depth below. Sibling files share the folder's answer. Equal drifts are one object that remembers where
each name led: in most folders of a repository it is the same, so `README.md` is looked up for all `**/…` patterns once
and not in every folder. Names are bytes, compared byte by byte.

What is kept for folders and names is dropped as a whole when it reaches CACHE_BYTES (by estimate), so that millions of
paths need no more memory than some; the index itself grows only with the patterns.

`core/index_build.py` lays the index out so that a hook that starts for one commit loads it fast: heads are dealt out to
shelves, opened when a path first needs one; an index that is asked more often opens them all. Segments with wildcards
are compiled when a path first comes to them.

The lean hook loads this module: it imports nothing heavy.
"""

from __future__ import annotations

import marshal

from lanegate.core.segments import END, START, compile_segment

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from lanegate.core.patterns import Pattern

    Place = Any
    Ends = tuple[int, ...]
    #: Where a name leads: positions of the patterns that it ends, and the places where others go on.
    Step = tuple[Ends, tuple[list[Place], ...]]
    #: What is known in a folder: the patterns that match it, the drift, the nodes that wait only here.
    Known = tuple[Ends, "_Drift", tuple["_Node", ...]]

#: Room for what is remembered of folders and names, by estimate.
CACHE_BYTES = 32 << 20
#: Estimated size of one entry, its text and positions aside.
_ENTRY_BYTES = 250
#: So many heads are looked for one by one; then all shelves are opened.
_PATIENCE = 300

_NOWHERE: Step = ((), ())


class PatternIndex:
    """The patterns of a policy, ready to be asked which of them match a path."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        from lanegate.core.index_build import shelves_of

        self._open(shelves_of(patterns))

    @classmethod
    def from_state(cls, state: tuple[bytes, ...]) -> PatternIndex:
        """The index whose `state()` this is; nothing is parsed again."""
        index = cls.__new__(cls)
        index._open(state)
        return index

    def state(self) -> tuple[bytes, ...]:
        """The shelves of `core/index_build.py`, which `marshal` takes."""
        return self._shelves

    def matching(self, path: bytes) -> tuple[int, ...]:
        """The positions, ascending, of all patterns that match a path or a folder above it, their `!` aside.

        path: relative to the top of the repository, names parted by single slashes, no slash at either end.
        """
        folder, _, name = path.rpartition(b"/")
        known = self._folders.get(folder)
        if known is None:
            known = self._enter(folder)
        matched, drift, waiting = known
        ends = (drift.steps.get(name) or self._drift_step(drift, name))[0] if drift.nodes else ()
        for node in waiting:
            for place in node.follow(name):
                ends += _ends(place)
        head = self._find(path)
        if head is not None:
            ends += _ends(head)
        return _merged(matched, ends) if ends else matched

    def _open(self, shelves: tuple[bytes, ...]) -> None:
        self._shelves = shelves
        self._opened: dict[int, dict[bytes, Place]] = {}
        self._patience = _PATIENCE
        self._find: Callable[[bytes], Place | None] = self._look
        self._nodes: dict[int, _Node] = {}
        self._forget()

    def _look(self, head: bytes) -> Place | None:
        """The place at a head, None if there is none."""
        self._patience -= 1
        if self._patience > 0:
            return self._shelf(shelf_number(head, len(self._shelves))).get(head)
        heads: dict[bytes, Place] = {}
        for number in range(len(self._shelves)):
            heads.update(self._shelf(number))
        self._find = heads.get
        return heads.get(head)

    def _shelf(self, number: int) -> dict[bytes, Place]:
        """Each shelf is opened once, since nodes are known by the identity of their places."""
        shelf = self._opened.get(number)
        if shelf is None:
            shelf = self._opened[number] = marshal.loads(self._shelves[number])  # noqa: S302 (of index_build)
        return shelf

    def _forget(self) -> None:
        """Start over with what is remembered of folders and names."""
        self._room = CACHE_BYTES
        self._drifts: dict[frozenset[_Node], _Drift] = {}
        top = self._find(b"")
        self._folders: dict[bytes, Known] = {
            b"": ((), *self._at(() if top is None else (top,), self._drift(frozenset())))
        }

    def _enter(self, folder: bytes) -> Known:
        """What is known in a folder, after entering those above it that were not known."""
        if self._room < 0:
            self._forget()
        way = [folder]
        above = folder.rpartition(b"/")[0]
        while (known := self._folders.get(above)) is None:
            way.append(above)
            above = above.rpartition(b"/")[0]
        for entered in reversed(way):
            known = self._entered(entered, *known)
            self._folders[entered] = known
        return known

    def _entered(self, folder: bytes, matched: Ends, drift: _Drift, waiting: tuple[_Node, ...]) -> Known:
        """What is known in a folder, from what is known in the one above."""
        name = folder.rpartition(b"/")[2]
        ends, places = (drift.steps.get(name) or self._drift_step(drift, name)) if drift.nodes else _NOWHERE
        head = self._find(folder)
        found = [] if head is None else [head]
        for node in waiting:
            found += node.follow(name)
        if found:
            more_ends, more_places = _step(found)
            ends += more_ends
            places += more_places
        self._room -= _ENTRY_BYTES + len(folder) + 8 * len(places)
        if ends:
            matched = _merged(matched, ends)
            self._room -= 8 * len(matched)
        return matched, *(self._at(places, drift) if places else (drift, ()))

    def _at(self, places: tuple[list[Place], ...], drift: _Drift) -> tuple[_Drift, tuple[_Node, ...]]:
        """The drift, and the nodes that wait, in a folder where patterns go on at these places."""
        waiting = tuple(map(self._node, places))
        behind = [node.globstar for node in waiting if node.globstar is not None]
        if behind:
            drift = self._drift(drift.nodes.union(map(self._node, behind)))
        return drift, waiting

    def _drift_step(self, drift: _Drift, name: bytes) -> Step:
        """Where a name leads from a drift, remembered while there is room."""
        step = _step([place for node in drift.nodes for place in node.follow(name)])
        if self._room > 0:
            drift.steps[name] = step
            self._room -= _ENTRY_BYTES + len(name) + 8 * len(step[0])
        return step

    def _drift(self, nodes: frozenset[_Node]) -> _Drift:
        """The one drift of these nodes."""
        drift = self._drifts.get(nodes)
        if drift is None:
            drift = self._drifts[nodes] = _Drift(nodes)
            self._room -= _ENTRY_BYTES + 64 * len(nodes)
        return drift

    def _node(self, place: list[Place]) -> _Node:
        """The one node of a place."""
        node = self._nodes.get(id(place))
        if node is None:
            node = self._nodes[id(place)] = _Node(place)
        return node


class _Drift:
    """The nodes behind a `**` that wait at a depth and below; `steps` remembers where names led from them."""

    __slots__ = ("nodes", "steps")

    def __init__(self, nodes: frozenset[_Node]) -> None:
        self.nodes = nodes
        self.steps: dict[bytes, Step] = {}


class _Node:
    """A place of the state made ready: segments are compiled."""

    __slots__ = ("_buckets", "_compiled", "_names", "_scan", "globstar")

    def __init__(self, place: list[Place]) -> None:
        _, names, scan, buckets, self.globstar = place
        self._names: dict[bytes, Place] = names or {}
        self._scan = [(compile_segment(segment), below) for segment, below in scan.items()] if scan else ()
        self._buckets = buckets or ()
        self._compiled: dict[bytes, Callable[[bytes], bool]] = {}

    def follow(self, name: bytes) -> list[Place]:
        """The places that a name leads to."""
        place = self._names.get(name)
        found = [] if place is None else [place]
        for matches, below in self._scan:
            if matches(name):
                found.append(below)
        for where, size, table in self._buckets:
            if where == START:
                candidates = table.get(name[:size])
            elif where == END:
                candidates = table.get(name[-size:])
            else:
                candidates = _inside(table, name, size)
            if candidates:
                found += [below for segment, below in candidates.items() if self._matches(segment, name)]
        return found

    def _matches(self, segment: bytes, name: bytes) -> bool:
        matches = self._compiled.get(segment)
        if matches is None:
            matches = self._compiled[segment] = compile_segment(segment)
        return matches(name)


def _inside(table: dict[bytes, dict[bytes, Place]], name: bytes, size: int) -> dict[bytes, Place]:
    """What a bucket holds under any stretch of the name."""
    found: dict[bytes, Place] = {}
    for at in range(len(name) - size + 1):
        found.update(table.get(name[at : at + size], ()))
    return found


def _step(found: list[Place]) -> Step:
    if not found:
        return _NOWHERE
    going_on = tuple(place for place in found if type(place) is list)
    return tuple(end for place in found for end in _ends(place)), going_on


def _ends(place: Place) -> Ends:
    if type(place) is int:
        return (place,)
    return place[0] if type(place) is list else place  # type: ignore[no-any-return]


def _merged(matched: Ends, ends: Ends) -> Ends:
    """Both together, ascending; `matched` itself if it holds them all, so that equal answers share memory."""
    together = {*matched, *ends}
    return matched if len(together) == len(matched) else tuple(sorted(together))


def shelf_number(head: bytes, count: int) -> int:
    """The shelf of a head: the same in every process, which Python's own hash is not."""
    return int.from_bytes(head, "big") % count
