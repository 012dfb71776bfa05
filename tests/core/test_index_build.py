"""How an index is laid out: what a hook that starts for one commit loads, since right answers come from any layout."""

from __future__ import annotations

import marshal
from typing import Any

import pytest

from lanegate.core import index_build
from lanegate.core.index import shelf_number
from lanegate.core.index_build import shelves_of
from lanegate.core.segments import END, INSIDE, START
from tests.core.oracles import parsed


def opened(texts: list[str]) -> list[dict[bytes, Any]]:
    """The shelves of an index over the patterns, each as {head: place}."""
    return [marshal.loads(shelf) for shelf in shelves_of(parsed(texts))]  # noqa: S302


def test_the_names_before_the_wildcards_are_the_head() -> None:
    assert opened(["/a/b/", "/c", "!/c", "/d", "/d/*.c", "/d/*.c/x", "/d/*.c/**/y", "**/z"]) == [
        {
            b"a/b": 0,
            b"c": (1, 2),
            b"d": [
                (3,),
                None,
                {b"*.c": [(4,), {b"x": 5}, None, None, [(), {b"y": 6}, None, None, None]]},
                None,
                None,
            ],
            b"": [(), None, None, None, [(), {b"z": 7}, None, None, None]],
        }
    ]


def test_no_pattern_needs_one_empty_shelf() -> None:
    assert opened([]) == [{}]


def test_few_wildcards_beside_each_other_are_tried_and_more_put_into_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_build, "_FEW", 2)
    assert opened(["/d/a*", "/d/*bc"]) == [{b"d": [(), None, {b"a*": 0, b"*bc": 1}, None, None]}]
    crowd = ["/d/a*", "/d/*bc", "/d/*c?", "/d/?", "/d/a*x?", "/d/?[ab]*"]
    buckets = (
        (START, 1, {b"a": {b"a*": 0, b"a*x?": 4}}),
        (END, 2, {b"bc": {b"*bc": 1}}),
        (INSIDE, 1, {b"c": {b"*c?": 2}}),
    )
    assert opened(crowd) == [{b"d": [(), None, {b"?": 3, b"?[ab]*": 5}, buckets, None]}]


def test_heads_are_dealt_out_to_shelves_of_about_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_build, "_SHELF", 10)
    heads = [f"d{number}" for number in range(95)]
    shelves = opened([f"/{head}/" for head in heads])
    assert len(shelves) == 10
    assert {head: place for shelf in shelves for head, place in shelf.items()} == {
        head.encode(): at for at, head in enumerate(heads)
    }
    assert [(head, number) for number, shelf in enumerate(shelves) for head in shelf] == [
        (head, shelf_number(head, 10)) for shelf in shelves for head in shelf
    ]
    assert min(map(len, shelves)) > 0
