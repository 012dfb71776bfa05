"""Trees that hold other ids under the same names: told from their bytes as from their entries, or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha1
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.core.objects import TREE, Entry, is_plain_tree, tree_entries
from lanegate.git import parsed_trees
from lanegate.git.parsed_trees import ParsedTrees

#: Ids that look like parts of entries, or that differ in their first or last byte only.
IDS = st.sampled_from(
    [b"a" * 20, b"a" * 19 + b"b", b"b" + b"a" * 19, b"100644 a\0" + b"c" * 11, b"\0" * 20, b"40000 x\0" * 2 + b"zzzz"]
)
MODES = st.sampled_from([b"100644", b"100755", TREE, b"160000", b"100664"])
NAMES = st.sampled_from([b"a", b"b", b"a.b", b"c", b".git", b"B"])


def raw_of(entries: Iterable[Entry]) -> bytes:
    return b"".join(b"%b %b\0%b" % entry for entry in entries)


def sorted_as_git(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: entry[1] + b"/" if entry[0] == TREE else entry[1])


TREES = st.lists(st.tuples(MODES, NAMES, IDS), max_size=5, unique_by=lambda entry: entry[1]).map(sorted_as_git)


class Store:
    """Reads what was put into it, and says how often it was asked."""

    def __init__(self) -> None:
        self.raw: dict[str, bytes] = {}
        self.asked = 0

    def put(self, raw: bytes) -> str:
        oid = sha1(raw, usedforsecurity=False).hexdigest()
        self.raw[oid] = raw
        return oid

    def read(self, name: str) -> tuple[str, bytes]:
        return "tree", self.raw[name]

    def tree(self, oid: str) -> bytes:
        self.asked += 1
        return self.raw[oid]

    def ahead(self, oids: Iterable[str]) -> None:
        assert set(oids) <= self.raw.keys()

    def close(self) -> None:
        """Nothing is open."""


@given(TREES, st.data())
def test_as_entry_by_entry(old: list[Entry], data: st.DataObject) -> None:
    """Whatever else differs between two trees, the answer is the plain comparison's, or None."""
    new = data.draw(st.one_of(TREES, st.just(old).map(lambda entries: [(m, n, data.draw(IDS)) for m, n, _ in entries])))
    store = Store()
    before, after = store.put(raw_of(old)), store.put(raw_of(new))
    if before == after:
        return
    trees = ParsedTrees(store)
    with mock.patch.object(parsed_trees, "FEW", data.draw(st.sampled_from([1, 2, 16]))):
        found = trees.swapped(before, after)
    same_names = [entry[:2] for entry in old] == [entry[:2] for entry in new]
    assert (found is not None) == (same_names and is_plain_tree(old))
    if found is not None:
        assert found == [(here, there[2]) for there, here in zip(old, new, strict=True) if here != there]
        assert is_plain_tree(new)
    kept = trees.get(after)
    assert (kept.entries, kept.is_plain, kept.raw) == (new, is_plain_tree(new), raw_of(new))
    again = ParsedTrees(store).get(after)
    assert kept.ends == again.ends


@given(TREES, st.binary(max_size=60))
def test_bytes_that_are_no_tree(old: list[Entry], raw: bytes) -> None:
    store = Store()
    before, after = store.put(raw_of(old)), store.put(raw)
    trees = ParsedTrees(store)
    if before != after and trees.swapped(before, after) is not None:
        assert tree_entries(raw, 20)
    try:
        expected = tree_entries(raw, 20)
    except ValueError:
        expected = []
    assert trees.get(after).entries == expected


def test_what_is_kept_is_not_read_again_and_dropped_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store()
    oids = [store.put(raw_of([(b"100644", b"%d" % number, b"a" * 20)])) for number in range(9)]
    trees = ParsedTrees(store)
    for oid in (*oids, *oids):
        assert trees.get(oid).raw == store.raw[oid]
    assert store.asked == len(oids)
    monkeypatch.setattr(parsed_trees, "ROOM", 2_000)
    trees = ParsedTrees(store)
    for oid in (*oids, *oids):
        assert trees.get(oid).raw == store.raw[oid]
    assert store.asked > 2 * len(oids)
