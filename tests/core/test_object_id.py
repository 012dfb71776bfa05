"""Full ids of objects."""

from __future__ import annotations

import pytest

from lanegate.core.object_id import is_full_id


@pytest.mark.parametrize("text", ["0" * 40, "a1" * 20, "f" * 64])
def test_a_full_id(text: str) -> None:
    assert is_full_id(text)


@pytest.mark.parametrize(
    "text", ["", "a" * 39, "a" * 41, "a" * 63, "A" * 40, "g" * 40, " " + "a" * 39, "a" * 39 + "\n", "\u0661" * 40]
)
def test_anything_else_is_none(text: str) -> None:
    assert not is_full_id(text)
