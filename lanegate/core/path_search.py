"""The shortest path for which some patterns match and others do not, or the certainty that there is none.

All patterns are read at once, as one automaton over bytes. Its states are the bits of one integer: a bit for each place
in each segment ("so far the name fits up to here"), one for each `**`. A byte moves all of them with a few operations;
what moves alike is tried with one byte. The search goes outwards from the empty path, a byte at a time, through all
combinations of states; since there are finitely many, it ends, and with the first path it finds it has the shortest,
and among those the first in the order of `LETTERS` (a slash comes last).

What keeps the number of combinations small is the `Goal`: it says what can still matter. A pattern that has matched
stays matched for all that is below; patterns that can no longer change the answer are forgotten, and a beginning from
which the goal is out of reach is given up at once. Whatever is left is limited: see `Budget`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lanegate.core.name_states import LETTERS, TOLD_APART, NameState, after, is_name
from lanegate.core.segments import places_of

_SLASH = b"/"


class OverlapLimitError(ValueError):
    """The patterns are too entangled: within the limit it could not be decided. Never a proof of anything."""


class Budget:
    """So many steps are taken, over all searches that share it; then `spend` raises OverlapLimitError."""

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.left = steps

    def spend(self, steps: int = 1) -> None:
        """Take steps. Raises OverlapLimitError when there are none left."""
        self.left -= steps
        if self.left < 0:
            raise OverlapLimitError(
                f"the patterns are too entangled to compare exactly ({self.steps} steps were tried)"
            )


class Goal(Protocol):
    """What is looked for. Patterns are bits by position: `matched` are those that match the path, or a folder above."""

    def holds(self, matched: int) -> bool:
        """Whether a path that exactly these patterns match is looked for."""

    def matters(self, matched: int, possible: int) -> int:
        """The patterns that decide whether a longer path is looked for, 0 if none ever is.

        possible: patterns that may match a longer path. Only where 0 is answered the beginning is given up, so it must
        be certain; of patterns that are left out, nothing is known afterwards.
        """


def shortest_path(
    patterns: Sequence[tuple[bytes, ...]], goal: Goal, budget: Budget, longest: int | None = None
) -> bytes | None:
    """The shortest path that a goal holds for; None is a proof that there is none.

    patterns: segments as in `core.patterns.Pattern`. longest: no longer path is looked for. Raises OverlapLimitError.
    """
    machine = _Machine(patterns)
    start = goal.matters(0, (1 << len(patterns)) - 1)
    level = [(machine.start & machine.keep(start), 0, NameState(), b"")] if start else []
    seen = {node[:3] for node in level}
    while level and (longest is None or len(level[0][3]) <= longest):
        longer: list[tuple[int, int, NameState, bytes]] = []
        for bits, matched, name, path in level:
            budget.spend()
            for letter, there in machine.steps(bits):
                relevant = goal.matters(matched, matched | machine.possible(there))
                if relevant:
                    node = (there & machine.keep(relevant), matched & relevant, after(name, letter))
                    if node not in seen:
                        seen.add(node)
                        longer.append((*node, path + bytes((letter,))))
            if is_name(name):
                onwards, done = machine.ends(bits)
                if goal.holds(matched | done):
                    return path
                relevant = goal.matters(matched | done, matched | done | machine.possible(onwards))
                if relevant:
                    node = (onwards & machine.keep(relevant), (matched | done) & relevant, NameState())
                    if node not in seen:
                        seen.add(node)
                        longer.append((*node, path + _SLASH))
        level = longer
    return None


class _Machine:
    """The automaton of some patterns; sets of its states, and of patterns, are integers."""

    def __init__(self, patterns: Sequence[tuple[bytes, ...]]) -> None:
        self._loops = 0  # states that stay on any byte: behind a star, and `**`
        self._at_end = 0  # states in which a segment is complete, and `**`
        self._by_byte = dict.fromkeys(LETTERS, 0)  # states that move on with a byte
        self._next: dict[int, tuple[int, int]] = {}  # by such a state: the start of the next name, the pattern done
        self._ranges: list[int] = []  # all states of each pattern
        self.start = 0
        size = 0
        for position, segments in enumerate(patterns):
            first = size
            begins: list[int] = []
            ends: list[int] = []
            for segment in segments:
                begins.append(1 << size)
                size = self._add(segment, size)
                ends.append(1 << size - 1)
            begins.append(0)
            for at in reversed(range(len(segments) - 1)):
                if segments[at] == b"**":
                    begins[at] |= begins[at + 1]
            for at, segment in enumerate(segments):
                done = 1 << position if at + 1 == len(segments) else 0
                self._next[ends[at]] = (begins[at] if segment == b"**" else begins[at + 1], done)
            self.start |= begins[0]
            self._ranges.append((1 << size) - (1 << first))
        self._classes = self._alike()
        self._ended: dict[int, tuple[int, int]] = {}
        self._kept: dict[int, int] = {}

    def _add(self, segment: bytes, size: int) -> int:
        """Lay out the states of a segment from bit `size` on; the bit after them."""
        if segment == b"**":
            self._loops |= 1 << size
        else:
            for place in places_of(segment):
                if place is None:
                    self._loops |= 1 << size
                    continue
                for byte in place or LETTERS:
                    self._by_byte[byte] |= 1 << size
                size += 1
        self._at_end |= 1 << size
        return size + 1

    def _alike(self) -> list[tuple[int, int]]:
        """(byte, states that it moves): one for all bytes that move the same.

        Where such bytes can be told apart by whether git stores the name, one that never does harm stands for all: a
        name that git refuses does not get worse by it, and one that git stores stays one.
        """
        alike: dict[int, list[int]] = {}
        for byte in LETTERS:
            alike.setdefault(self._by_byte[byte], []).append(byte)
        classes = []
        for moved, letters in alike.items():
            plain = next((byte for byte in letters if byte < 0x80 and byte not in TOLD_APART), None)
            classes += [(byte, moved) for byte in ((plain,) if plain is not None else letters)]
        return sorted(classes, key=lambda pair: LETTERS.index(pair[0]))

    def steps(self, bits: int) -> list[tuple[int, int]]:
        """(byte, states after it), each set of states once where the byte is harmless, in the order of LETTERS."""
        loops = bits & self._loops
        return [(letter, (bits & moved) << 1 | loops) for letter, moved in self._classes]

    def possible(self, bits: int) -> int:
        """The patterns that have a state among these."""
        return sum(1 << at for at, states in enumerate(self._ranges) if bits & states)

    def keep(self, patterns: int) -> int:
        """All states of some patterns."""
        kept = self._kept.get(patterns)
        if kept is None:
            kept = self._kept[patterns] = sum(states for at, states in enumerate(self._ranges) if patterns >> at & 1)
        return kept

    def ends(self, bits: int) -> tuple[int, int]:
        """Where a name ends in these states: the states at the start of the next name, the patterns that are done."""
        ended = bits & self._at_end
        found = self._ended.get(ended)
        if found is None:
            onwards = done = 0
            rest = ended
            while rest:
                lowest = rest & -rest
                rest ^= lowest
                begins, completes = self._next[lowest]
                onwards |= begins
                done |= completes
            found = self._ended[ended] = (onwards, done)
        return found
