"""Decisions: what a set of violations means, and with which status a command ends."""

from __future__ import annotations

import pytest

from lanegate.core.decision import ALLOWED, EXIT_USAGE, REFUSED, UNDECIDED, Decision, Violation, decide
from tests.core.build import commit_of, edited, merge_of


@pytest.mark.parametrize(
    ("codes", "decision", "status"),
    [
        ((), ALLOWED, 0),
        (("LG101",), REFUSED, 1),
        (("LG101", "LG604"), REFUSED, 1),
        (("LG901",), UNDECIDED, 3),
        (("LG101", "LG901"), UNDECIDED, 3),
        (("LG901", "LG101"), UNDECIDED, 3),
    ],
)
def test_decide(codes: tuple[str, ...], decision: str, status: int) -> None:
    found = decide(tuple(Violation(code=code, message="m") for code in codes))
    assert found == decision
    assert Decision(decision=found).exit_code == status


def test_the_words_and_the_status_that_scripts_go_by() -> None:
    assert (ALLOWED, REFUSED, UNDECIDED, EXIT_USAGE) == ("allowed", "refused", "undecided", 2)
    nothing = Decision(ALLOWED)
    assert (nothing.refs, nothing.commits, nothing.paths) == (0, 0, 0)


def test_what_a_merge_is() -> None:
    ordinary, clean, evil = commit_of(), merge_of(), merge_of(edited("a"))
    assert [c.is_merge for c in (ordinary, clean, evil)] == [False, True, True]
    assert [c.is_clean_merge for c in (ordinary, clean, evil)] == [False, True, False]
