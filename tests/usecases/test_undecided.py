"""What an exception is told as, also where it only came of another one."""

from __future__ import annotations

import pytest

from lanegate.core.decision import UNDECIDED
from lanegate.git.run import GitError
from lanegate.usecases.deadline import DeadlineError
from lanegate.usecases.undecided import undecided


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        ((GitError("x"),), "LG903"),
        ((OSError(9, "Bad file descriptor"),), "LG900"),
        ((DeadlineError("over"), OSError(9, "Bad file descriptor")), "LG905"),
        ((DeadlineError("over"), OSError(9, "x"), GitError("y")), "LG905"),
        ((OSError(9, "x"), DeadlineError("over")), "LG905"),
        ((KeyError("x"), GitError("y")), "LG903"),
    ],
)
def test_a_deadline_is_told_whatever_comes_of_it(raised: tuple[Exception, ...], code: str) -> None:
    def fail(*errors: Exception) -> None:
        *before, last = errors
        try:
            if before:
                fail(*before)
        finally:
            raise last

    with pytest.raises(type(raised[-1])) as error:
        fail(*raised)
    decision = undecided(error.value)
    assert (decision.decision, [violation.code for violation in decision.violations]) == (UNDECIDED, [code])
