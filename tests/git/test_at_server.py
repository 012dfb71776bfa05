"""What a server knows about a verdict that arrives, gathered without holding on to what it names."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable

from lanegate.core.policy_reader import read_policy
from lanegate.core.record import Record, Verdict
from lanegate.git.record_facts import at_server
from lanegate.git.run import Git
from tests.support import policy

LARGE = 4 << 20


class Blobs:
    """A repository in which every id is that of a large file."""

    def read(self, name: str) -> tuple[str, bytes]:
        return "blob", name.encode() * (LARGE // 40)

    def tree(self, oid: str) -> bytes:
        raise AssertionError(oid)

    def ahead(self, oids: Iterable[str]) -> None: ...

    def close(self) -> None: ...


def test_large_files_in_place_of_commits() -> None:
    """Anybody who pushes can name them; one is in memory at a time."""
    names = tuple(f"{number:040x}" for number in range(1, 30))
    record = Record(1, "1" * 40, Verdict("accepted", names[:-1], "ui", ("refs/heads/main",), ran=names[-1]), "cy")
    tracemalloc.start()
    try:
        found = at_server(Git("."), Blobs(), {}, read_policy(policy().encode()), record)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found is not None
    assert found.strays == set(names)
    assert peak < 3 * LARGE
