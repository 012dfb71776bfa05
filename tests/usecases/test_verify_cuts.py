"""Parts of a history: each commit in exactly one, whatever their number; the last ones to be judged are short."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lanegate.usecases.verify_cuts import LAST_PART, PART, PART_COLLECTED, even_cuts, shrinking_cuts

TOTALS, JOBS = st.integers(1, 200_000), st.integers(1, 64)


def sizes(cuts: list[tuple[int, int]]) -> list[int]:
    return [stop - start for start, stop in cuts]


@given(TOTALS, JOBS)
def test_even_parts(total: int, jobs: int) -> None:
    cuts = even_cuts(total, jobs)
    assert [0, *(stop for _, stop in cuts)] == [*(start for start, _ in cuts), total]
    assert max(sizes(cuts)) - min(sizes(cuts)) <= 1
    assert max(sizes(cuts)) <= PART_COLLECTED
    assert len(cuts) % jobs == 0


@given(TOTALS, JOBS)
def test_parts_that_shrink(total: int, jobs: int) -> None:
    cuts = shrinking_cuts(total, jobs)
    assert [total, *(start for start, _ in cuts)] == [*(stop for _, stop in cuts), 0]
    assert sizes(cuts) == sorted(sizes(cuts), reverse=True)
    assert max(sizes(cuts)) <= PART
    assert all(size >= min(LAST_PART, total // jobs) for size in sizes(cuts)[:-1])


def test_a_history_that_is_worth_two_processes_is_shared_by_them() -> None:
    assert shrinking_cuts(2001, 2) == [(1000, 2001), (0, 1000)]
    assert sizes(shrinking_cuts(54_660, 2))[:3] == [13_665, 10_248, 7_686]
