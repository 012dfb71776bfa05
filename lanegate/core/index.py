"""Which of many patterns match a path: an index over path segments (design section 9).

A pattern is split where its wildcards begin. The names before them are its *head*: all heads stand in one dictionary by
their full text, so that a folder finds its patterns with one look however many there are. What follows a head is its
*tail*, kept in a trie, one node for each place between two segments.

A lookup walks down the folders of a path once and keeps for each folder what is known there: the patterns that matched
so far, and the *front*, the trie nodes that wait for the next name. Sibling files share the folder's answer. Equal
fronts are one object that remembers what each name led to: in most folders only the `**/…` patterns wait, so
`README.md` is looked up for them once and not in every folder. Names are bytes, compared byte by byte.

What is kept for folders and names is dropped as a whole when it reaches CACHE_BYTES (by estimate), so that millions of
paths need no more memory than some; the index itself grows only with the patterns.

The state is plain values for `marshal`, made to be loaded fast by a hook that starts for one commit: heads and what is
there, as lists and dictionaries; segments with wildcards are compiled when a path first comes to them. A place is

    int                  a pattern ends here, nothing goes on: its position
    (int, …)             several do
    [ends, names, scan, buckets, globstar]
        ends             (int, …): positions of the patterns that end here
        names            {name: place}, or None
        scan             {segment with wildcards: place}, each tried in turn, or None
        buckets          ((where, size, {bytes: {segment: place}}), …): segments by their longest plain stretch, its
                         place in the name and its size, so that thousands cost a few looks; or None
        globstar         the place after `**`, tried at this depth and at every deeper one, or None

The lean hook loads this module: it imports nothing heavy.
"""

from __future__ import annotations

from lanegate.core.segments import END, START, compile_segment, is_literal, plain_stretch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from lanegate.core.patterns import Pattern

    Place = Any
    Ends = tuple[int, ...]
    Draft = tuple[list[int], dict[bytes, "Draft"]]
    Step = tuple[Ends, tuple[list[Place], ...]]

#: Room for what is remembered of folders and names, by estimate.
CACHE_BYTES = 32 << 20
#: Estimated size of one entry, its text and positions aside.
_ENTRY_BYTES = 250
#: So many segments with wildcards beside each other are tried one by one; more are put into buckets.
_FEW = 8

_NOTHING: Step = ((), ())


class PatternIndex:
    """The patterns of a policy, ready to be asked which of them match a path."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self._load(_build(patterns))

    @classmethod
    def from_state(cls, state: dict[bytes, Place]) -> PatternIndex:
        """The index whose `state()` this is; nothing is parsed again."""
        index = cls.__new__(cls)
        index._load(state)
        return index

    def state(self) -> dict[bytes, Place]:
        """Plain values for `marshal`, as described on top; not to be changed."""
        return self._heads

    def matching(self, path: bytes) -> tuple[int, ...]:
        """The positions, ascending, of all patterns that match a path or a folder above it, their `!` aside.

        path: relative to the top of the repository, names parted by single slashes, no slash at either end.
        """
        folder, _, name = path.rpartition(b"/")
        known = self._folders.get(folder)
        if known is None:
            known = self._enter(folder)
        matched, front = known
        ends = self._step(front, name)[0] if front.nodes else ()
        head = self._heads.get(path)
        if head is not None:
            ends += _ends(head)
        return _merged(matched, ends) if ends else matched

    def _load(self, heads: dict[bytes, Place]) -> None:
        self._heads = heads
        self._nodes: dict[int, tuple[_Node, ...]] = {}
        self._forget()

    def _forget(self) -> None:
        """Start over with what is remembered of folders and names."""
        self._room = CACHE_BYTES
        self._fronts: dict[frozenset[_Node], _Front] = {}
        top = self._heads.get(b"")
        front = self._front(frozenset(() if top is None else self._waiting(top)))
        self._folders: dict[bytes, tuple[Ends, _Front]] = {b"": ((), front)}

    def _enter(self, folder: bytes) -> tuple[Ends, _Front]:
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

    def _entered(self, folder: bytes, matched: Ends, front: _Front) -> tuple[Ends, _Front]:
        """What is known in a folder, from what is known in the one above."""
        ends, places = self._step(front, folder.rpartition(b"/")[2]) if front.nodes else _NOTHING
        head = self._heads.get(folder)
        if head is not None:
            ends += _ends(head)
            if type(head) is list:
                places += (head,)
        waiting = front.lasting.union(*map(self._waiting, places)) if places else front.lasting
        self._room -= _ENTRY_BYTES + len(folder)
        if ends:
            matched = _merged(matched, ends)
            self._room -= 8 * len(matched)
        return matched, self._front(waiting)

    def _step(self, front: _Front, name: bytes) -> Step:
        """Where a name leads from a front: positions of patterns that it ends, and places where others go on."""
        step = front.steps.get(name)
        if step is None:
            found = [place for node in front.nodes for place in node.follow(name)]
            step = _NOTHING
            if found:
                going_on = tuple(place for place in found if type(place) is list)
                step = tuple(end for place in found for end in _ends(place)), going_on
            if self._room > 0:
                front.steps[name] = step
                self._room -= _ENTRY_BYTES + len(name) + 8 * len(found)
        return step

    def _front(self, waiting: frozenset[_Node]) -> _Front:
        """The one front of these nodes."""
        front = self._fronts.get(waiting)
        if front is None:
            front = self._fronts[waiting] = _Front(waiting)
            self._room -= _ENTRY_BYTES + 64 * len(waiting)
        return front

    def _waiting(self, place: list[Place]) -> tuple[_Node, ...]:
        """The node of a place where patterns go on, and the one behind its `**`, which may stand for nothing."""
        nodes = self._nodes.get(id(place))
        if nodes is None:
            globstar = place[4]
            nodes = (_Node(place, lasts=False),)
            if globstar is not None:
                nodes += (_Node(globstar, lasts=True),)
            self._nodes[id(place)] = nodes
        return nodes


class _Front:
    """The nodes that wait for the next name: at most one object for the same nodes, so that `steps` is shared."""

    __slots__ = ("lasting", "nodes", "steps")

    def __init__(self, nodes: frozenset[_Node]) -> None:
        self.nodes = nodes
        self.lasting = frozenset(node for node in nodes if node.lasts)
        self.steps: dict[bytes, Step] = {}


class _Node:
    """A place of the state made ready: segments are compiled. `lasts`: it waits at every deeper depth too."""

    __slots__ = ("buckets", "lasts", "names", "scan")

    def __init__(self, place: list[Place], *, lasts: bool) -> None:
        _, names, scan, buckets, _ = place
        self.lasts = lasts
        self.names: dict[bytes, Place] = names or {}
        self.scan = [(compile_segment(segment), below) for segment, below in scan.items()] if scan else ()
        self.buckets = buckets or ()

    def follow(self, name: bytes) -> Iterator[Place]:
        """The places that a name leads to."""
        place = self.names.get(name)
        if place is not None:
            yield place
        for matches, below in self.scan:
            if matches(name):
                yield below
        for where, size, table in self.buckets:
            for stretch in _stretches(name, where, size):
                for segment, below in table.get(stretch, {}).items():
                    if compile_segment(segment)(name):
                        yield below


def _stretches(name: bytes, where: int, size: int) -> set[bytes]:
    """The texts of a size that a name holds at a place."""
    if where == START:
        return {name[:size]}
    if where == END:
        return {name[-size:]}
    return {name[at : at + size] for at in range(len(name) - size + 1)}


def _ends(place: Place) -> Ends:
    if type(place) is int:
        return (place,)
    return place[0] if type(place) is list else place  # type: ignore[no-any-return]


def _merged(matched: Ends, ends: Ends) -> Ends:
    """Both together, ascending; `matched` itself if it holds them all, so that equal answers share memory."""
    together = {*matched, *ends}
    return matched if len(together) == len(matched) else tuple(sorted(together))


def _build(patterns: Sequence[Pattern]) -> dict[bytes, Place]:
    drafts: dict[bytes, Draft] = {}
    for position, pattern in enumerate(patterns):
        segments = pattern.segments
        cut = 0
        while cut < len(segments) and is_literal(segments[cut]):
            cut += 1
        draft = drafts.setdefault(b"/".join(segments[:cut]), ([], {}))
        for segment in segments[cut:]:
            draft = draft[1].setdefault(segment, ([], {}))
        draft[0].append(position)
    return {head: _place(draft) for head, draft in drafts.items()}


def _place(draft: Draft) -> Place:
    ends, below = draft
    if not below:
        return ends[0] if len(ends) == 1 else tuple(ends)
    names: dict[bytes, Place] = {}
    scan: dict[bytes, Place] = {}
    globstar = None
    for segment, under in below.items():
        if segment == b"**":
            globstar = _place(under)
        elif is_literal(segment):
            names[segment] = _place(under)
        else:
            scan[segment] = _place(under)
    buckets: dict[tuple[int, int], dict[bytes, dict[bytes, Place]]] = {}
    for segment in list(scan) if len(scan) > _FEW else ():
        where, stretch = plain_stretch(segment)
        if stretch:
            table = buckets.setdefault((where, len(stretch)), {})
            table.setdefault(stretch, {})[segment] = scan.pop(segment)
    crowd = tuple((where, size, table) for (where, size), table in buckets.items())
    return [tuple(ends), names or None, scan or None, crowd or None, globstar]
