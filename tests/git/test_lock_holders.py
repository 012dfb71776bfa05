"""Who ever held a lock on a path: read from a registry's records, newest first, and no further than needed."""

from __future__ import annotations

import pytest

from lanegate.core.record import Record
from lanegate.git import locks
from lanegate.git.locks import RegistryError, ever_held
from lanegate.git.objects import CatFile, Reader
from tests.attack_locks import Registry, acquire, heartbeat, locks_policy, reclaim, release
from tests.attack_support import arena

HOT, COLD, LEFT_OUT = b"hot/a", b"cold", b"hot/x/b"


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """core, then ui, then docs had /hot/; ui gave back what it had; the id was used again."""
    found = Registry(arena(tmp_path_factory.mktemp("server"), locks_policy("none")))
    for body in (
        acquire("l", "core", "/hot/", "!/hot/x/"),
        reclaim("l", 1, "ui"),
        heartbeat("l", 2),
        reclaim("l", 2, "docs"),
        release("l", 4),
        acquire("l", "ui", "/cold"),
        reclaim("l", 6, "core"),
    ):
        found.write(body, "ana", writer=None)
    return found


def held(registry: Registry, back: int, **asked: list[bytes]) -> set[tuple[str, bytes]]:
    """By the registry as it was so many records before its tip."""
    tip = registry.at.clone.out("rev-parse", f"{registry.tip}~{back}")
    reader = CatFile(registry.git)
    try:
        return set(ever_held(reader, tip, asked))
    finally:
        reader.close()


def test_up_to_a_record(registry: Registry) -> None:
    every = [HOT, COLD, LEFT_OUT]
    told = [held(registry, back, ui=every, core=every, docs=every, nobody=every) for back in range(6, -1, -1)]
    first = {("core", HOT)}
    second, third = first | {("ui", HOT)}, first | {("ui", HOT), ("docs", HOT)}
    assert told == [first, second, second, third, third, third | {("ui", COLD)}, third | {("ui", COLD), ("core", COLD)}]


def test_nobody_asks_or_there_is_no_registry(registry: Registry) -> None:
    assert held(registry, 0) == held(registry, 0, ui=[]) == set()
    reader = CatFile(registry.git)
    assert ever_held(reader, None, {"ui": [HOT]}) == frozenset()
    reader.close()


def test_no_further_than_needed(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    original = locks.record_at

    def counted(reader: Reader, commit: str) -> Record:
        read.append(commit)
        return original(reader, commit)

    monkeypatch.setattr(locks, "record_at", counted)
    for lanes, records in (({"core": [COLD]}, 2), ({"core": [COLD], "docs": [HOT]}, 7), ({"core": [LEFT_OUT]}, 7)):
        read.clear()
        held(registry, 0, **lanes)
        assert len(read) == records, lanes


def test_what_is_no_registry(registry: Registry) -> None:
    clone = registry.at.clone
    blob = clone.out("hash-object", "-w", "--stdin", data=b"no record")
    trees = [clone.out("mktree", data=data) for data in (b"", f"100644 blob {blob}\trecord\n".encode())]
    trees.append(clone.out("mktree", data=f"040000 tree {trees[0]}\trecord\n"))
    reader = CatFile(registry.git)
    words = ("holds no record: object", "holds no record: ", "holds a tree at record")
    for tree, says in zip(trees, words, strict=True):
        tip = clone.out("commit-tree", tree, "-m", "x")
        with pytest.raises(RegistryError, match=says) as caught:
            ever_held(reader, tip, {"ui": [HOT]})
        assert "lanegate lock list --fetch" in caught.value.hint
    reader.close()
