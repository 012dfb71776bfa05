"""What commands in a clone start with: the repository around the current folder and its policy, or words that say why
not."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from lanegate.cli.formats import TEXT, answer
from lanegate.core.decision import EXIT_USAGE

if TYPE_CHECKING:
    from lanegate.git.worktree import Worktree
    from lanegate.usecases.clone import Clone


def worktree_here() -> Worktree | int:
    """The repository around the current folder; the exit status if there is none, said on standard error."""
    from lanegate.git.worktree import NotARepositoryError, find

    try:
        return find()
    except NotARepositoryError as error:
        sys.stderr.write(f"lanegate: no repository here: {error.message}\n")
        return EXIT_USAGE


def managed_clone(how: str = TEXT) -> Clone | int:
    """The clone around the current folder with its policy; the exit status if there is none, said on standard error or,
    in a format for programs (cli/formats.py), on standard output."""
    from lanegate.usecases.clone import StoppedError, open_clone
    from lanegate.usecases.undecided import stopped

    started = time.monotonic()
    worktree = worktree_here()
    if isinstance(worktree, int):
        return worktree
    try:
        clone = open_clone(worktree)
    except StoppedError as error:
        decision = error.decision
    else:
        if clone is not None:
            return clone
        decision = stopped(
            "LG901", "this repository has no policy", "put one on the trusted ref: lanegate policy check"
        )
    return answer(decision, how, started, text_to=sys.stderr)
