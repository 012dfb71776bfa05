"""`lanegate check`: judge what is staged now, as the pre-commit hook would."""

from __future__ import annotations

import os
import sys
import time
from argparse import ArgumentParser, Namespace

from lanegate.cli.formats import TEXT, add_format, answer


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of `lanegate check`."""
    add_format(parser)


def run(args: Namespace) -> int:
    """0 allowed, 1 refused, 3 could not decide; in a repository that is not managed 0, and that is said first."""
    from lanegate.cli.here import worktree_here
    from lanegate.usecases.staged import judge_staged

    start = time.monotonic()
    worktree = worktree_here()
    if isinstance(worktree, int):
        return worktree
    try:
        decision = judge_staged(worktree, os.environ, tells_age=True)
    except Exception as error:
        if args.format == TEXT:
            raise
        from lanegate.usecases.undecided import undecided

        return answer(undecided(error), args.format, start)
    if decision is None:
        from lanegate.core.decision import ALLOWED, Decision
        from lanegate.render.plain import one_line
        from lanegate.usecases.clone import why_unmanaged

        what = f"this repository is not managed: {why_unmanaged(worktree)}"
        if args.format == TEXT:
            sys.stdout.write(f"lanegate: nothing was judged, {one_line(what)}\n")
            return 0
        decision = Decision(decision=ALLOWED, notes=(what,))
    return answer(decision, args.format, start)
