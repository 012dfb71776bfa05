"""Times of records: one spelling each, and the calendar that Python's datetime has."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.core.instant import instant_of, seconds_of

LAST = 253_402_300_799


@given(st.integers(0, LAST))
def test_every_second_has_its_text(seconds: int) -> None:
    text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert instant_of(seconds) == text
    assert seconds_of(text) == seconds


def test_every_day_of_four_years() -> None:
    for day in range(19_357, 19_357 + 1461):  # from 2023-01-01
        text = datetime.fromtimestamp(day * 86_400, UTC).strftime("%Y-%m-%dT00:00:00Z")
        assert (instant_of(day * 86_400), seconds_of(text)) == (text, day * 86_400)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2000-02-29T23:59:59Z", 951_868_799),
        ("9999-12-31T23:59:59Z", LAST),
        ("1969-12-31T23:59:59Z", None),
        ("2100-02-29T00:00:00Z", None),
        ("2026-00-01T00:00:00Z", None),
        ("2026-13-01T00:00:00Z", None),
        ("2026-11-31T00:00:00Z", None),
        ("2026-12-32T00:00:00Z", None),
        ("2026-11-00T00:00:00Z", None),
        ("2026-11-21T24:00:00Z", None),
        ("2026-11-21T23:60:00Z", None),
        ("2026-11-21T23:59:60Z", None),
        ("2026-11-21T18:00:00", None),
        ("2026-11-21 18:00:00Z", None),
        ("2026-11-21T18:00:00+00:00", None),
        ("2026-11-21T18:00:00Z\n", None),
        ("٢026-11-21T18:00:00Z", None),
        ("", None),
    ],
)
def test_only_one_spelling(text: str, seconds: int | None) -> None:
    assert seconds_of(text) == seconds
