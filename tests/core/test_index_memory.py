"""What an index remembers of folders and names takes no more room than it is given, whatever a push is made of."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from lanegate.core import index as index_module
from lanegate.core.index import PatternIndex
from tests.core.oracles import parsed

ROOM = 250_000


def size_of(index: PatternIndex) -> int:
    """The bytes that the memory of an index really takes; what is shared counts once."""
    held: dict[int, object] = {}

    def hold(*values: object) -> None:
        held.update((id(value), value) for value in values)

    for folder, known in index._folders.items():
        hold(folder, known, known[0], known[2])
    for nodes, drift in index._drifts.items():
        hold(nodes, drift, drift.steps)
        for name, step in drift.steps.items():
            hold(name, step, step[0], step[1])
    return sum(map(sys.getsizeof, held.values()))


def tokens(number: int) -> bytes:
    """Which of 60 numbers are in a name: another choice each time, half of them."""
    return b".".join(b"%02d" % bit for bit in range(60) if (number * 0x9E3779B97F4A7C15 >> bit) & 1)


#: Patterns, and the paths of a push: each would need many times the room if it all were remembered.
CROWDS: dict[str, tuple[list[str], Callable[[int], bytes]]] = {
    "long folders": (["/a/"], lambda n: b"%d" % n + b"x" * 3_000 + b"/f"),
    "long names": (["**/*.c"], lambda n: b"%d" % n + b"x" * 3_000),
    "folders that many patterns match": (["/d*/"] * 500, lambda n: b"d%d/f" % n),
    "names that many patterns match": (["**/f*"] * 500, lambda n: b"f%d" % n),
    "folders where many patterns go on": (
        [f"/*{k:02}*/x" for k in range(100)],
        lambda n: b"".join(b"%02d" % k for k in range(100)) + b"%d/f" % n,
    ),
    "folders where other patterns go on below": ([f"/*{k:02}*/**/x" for k in range(60)], lambda n: tokens(n) + b"/f"),
}


@pytest.mark.parametrize("crowd", CROWDS)
def test_what_is_remembered_stays_within_the_room(monkeypatch: pytest.MonkeyPatch, crowd: str) -> None:
    texts, path = CROWDS[crowd]
    with monkeypatch.context() as patch:
        patch.setattr(index_module, "CACHE_BYTES", 1 << 60)
        free = PatternIndex(parsed(texts))
        for number in range(1_000):
            free.matching(path(number))
        assert size_of(free) > 4 * ROOM  # or this test would show nothing
    monkeypatch.setattr(index_module, "CACHE_BYTES", ROOM)
    index = PatternIndex(parsed(texts))
    most = 0
    for number in range(1_000):
        index.matching(path(number))
        most = max(most, size_of(index)) if number % 50 == 0 else most
    assert ROOM / 2 < most < 1.5 * ROOM
