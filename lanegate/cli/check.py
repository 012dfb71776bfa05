"""`lanegate check`: judge what is staged now, as the pre-commit hook would."""

from __future__ import annotations

import os
import sys
import time
from argparse import ArgumentParser, Namespace


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of `lanegate check`."""
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(args: Namespace) -> int:
    """0 allowed, 1 refused, 3 could not decide; in a repository that is not managed 0, and that is said first."""
    from lanegate.cli.here import worktree_here
    from lanegate.usecases.staged import judge_staged

    start = time.monotonic()
    worktree = worktree_here()
    if isinstance(worktree, int):
        return worktree
    decision = judge_staged(worktree, os.environ, tells_age=True)
    if decision is None:
        from lanegate.core.decision import ALLOWED, Decision
        from lanegate.render.plain import one_line
        from lanegate.usecases.clone import why_unmanaged

        what = f"this repository is not managed: {why_unmanaged(worktree)}"
        if args.format == "text":
            sys.stdout.write(f"lanegate: nothing was judged, {one_line(what)}\n")
            return 0
        decision = Decision(decision=ALLOWED, notes=(what,))
    if args.format == "json":
        from lanegate.render.json import decision_json

        sys.stdout.write(decision_json(decision, time.monotonic() - start))
    else:
        from lanegate.render.text import decision_text

        sys.stdout.write(decision_text(decision))
    return decision.exit_code
