"""Processes aside: each makes way for the one that started it, and begins with what it is given."""

from __future__ import annotations

import os

import pytest

from lanegate.usecases.aside import LATER, SOON, processes

#: The lowest priority there is (nice(2)); the tests may run at a low one themselves.
LOWEST = 19
given: list[str] = []


def seen() -> tuple[int, list[str]]:
    return os.nice(0), given


@pytest.mark.parametrize("way", [SOON, LATER])
def test_they_make_way_and_begin_with_what_they_are_given(way: int) -> None:
    with processes(1, way, given.extend, ("a", "b")) as pool:
        assert pool.submit(seen).result() == (min(os.nice(0) + way, LOWEST), ["a", "b"])
    with processes(1, way) as pool:
        assert pool.submit(seen).result()[1] == []
    assert given == []


def test_what_is_needed_first_goes_first() -> None:
    assert 0 < SOON < LATER
