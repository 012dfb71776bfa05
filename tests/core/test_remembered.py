"""Answers that are kept: asked once, bounded, and no error among them."""

from __future__ import annotations

import pytest

from lanegate.core import remembered as module
from lanegate.core.remembered import remembered


def test_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    asked: list[int] = []

    @remembered
    def half(number: int) -> int:
        asked.append(number)
        if number % 2:
            raise ValueError(number)
        return number // 2

    assert [half(number) for number in (2, 4, 2, 6, 4)] == [1, 2, 1, 3, 2]
    assert asked == [2, 4, 6]
    for _ in range(2):
        with pytest.raises(ValueError, match="7"):
            half(7)
    assert half(8) == 4  # the fourth: all others are forgotten
    assert half(2) == 1
    assert asked == [2, 4, 6, 7, 7, 8, 2]
