"""Answers kept by their question, for what a push waits for: `functools.lru_cache` costs a hook 3 ms to load."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Question = TypeVar("Question")
    Answer = TypeVar("Answer")

#: Answers that are kept; with one more, all are forgotten.
MOST = 4096


def remembered(function: Callable[[Question], Answer]) -> Callable[[Question], Answer]:
    """The same function of one hashable argument, called once for each that is still remembered. What it raises is not
    remembered."""
    known: dict[Question, Answer] = {}

    def ask(question: Question) -> Answer:
        try:
            return known[question]
        except KeyError:
            pass
        answer = function(question)
        if len(known) == MOST:
            known.clear()
        known[question] = answer
        return answer

    return ask
