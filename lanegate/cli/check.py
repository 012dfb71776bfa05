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
    """0 allowed, 1 refused, 3 could not decide; a repository without a policy is allowed, and that is said."""
    from lanegate.cli.here import worktree_here
    from lanegate.core.decision import ALLOWED, Decision
    from lanegate.usecases.staged import judge_staged

    start = time.monotonic()
    worktree = worktree_here()
    if isinstance(worktree, int):
        return worktree
    decision = judge_staged(worktree, os.environ)
    if decision is None:
        decision = Decision(decision=ALLOWED, notes=("this repository is not managed: no policy on the trusted ref",))
    if args.format == "json":
        from lanegate.render.json import decision_json

        sys.stdout.write(decision_json(decision, time.monotonic() - start))
    else:
        from lanegate.render.text import decision_text

        sys.stdout.write(decision_text(decision))
    return decision.exit_code
