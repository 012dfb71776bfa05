"""`lanegate init`: propose lanes, write a first policy, and say what to do next (R-A03)."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from lanegate.core.decision import EXIT_USAGE

if TYPE_CHECKING:
    from collections.abc import Callable

    from lanegate.usecases.init import Plan

_SHOWN = 4


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of `lanegate init`."""
    from lanegate.usecases.lane_sources import SOURCES

    parser.add_argument("--yes", action="store_true", help="write it without asking (needed where nobody can answer)")
    which = "where lanes are taken from (default: the first of these that has several)"
    parser.add_argument("--from", dest="source", choices=tuple(SOURCES), help=which)


def run(args: Namespace) -> int:
    """0, also where nothing is left to do; 1 where the person says no; 2 where it cannot be done here; 3 where git
    stopped it."""
    from lanegate.cli.here import worktree_here
    from lanegate.render.plain import one_line
    from lanegate.usecases.init import InitError, plan_init, write

    worktree = worktree_here()
    if isinstance(worktree, int):
        return worktree
    try:
        plan = plan_init(worktree, args.source)
        if plan.files and not args.yes:
            _describe(plan, sys.stderr.write)
            answer = _ask([file.path for file in plan.files])
            if answer is not None:
                return answer
        write(worktree, plan)
    except InitError as error:
        sys.stderr.write(f"lanegate init: {one_line(str(error))}\n")
        return EXIT_USAGE
    _describe(plan, sys.stdout.write)
    sys.stderr.writelines(f"{one_line(line)}\n" for note in plan.notes for line in f"note: {note}".split("\n"))
    if not plan.files:
        sys.stdout.write("nothing to do: nothing was changed\n")
    for file in plan.files:
        sys.stdout.write(f"{'wrote' if file.before is None else 'added lanegate to'} {file.path}\n")
    if plan.steps:
        sys.stdout.write("next:\n" + "".join(f"  {step}\n" for step in plan.steps))
        if len(plan.lanes) > 1:
            there, here = plan.lanes[0][0], plan.lanes[-1][0]
            sys.stdout.write(
                f"then a change to what {there} owns is refused to {here}: at commit, "
                "and what was committed with --no-verify at push.\n"
                "For everybody who pushes: lanegate install --server DIR, where the bare repository is.\n"
            )
    return 0


def _describe(plan: Plan, say: Callable[[str], object]) -> None:
    """Lanes with their first patterns."""
    if plan.source is not None:
        say(f"lanes from {plan.source}:\n")
    for lane, owned in plan.lanes:
        more = f" and {len(owned) - _SHOWN} more" if len(owned) > _SHOWN else ""
        say(f"  {lane} owns {' '.join(owned[:_SHOWN])}{more}\n")


def _ask(paths: list[str]) -> int | None:
    """None to go on; else the exit status."""
    if sys.stdin is None or not sys.stdin.isatty():
        sys.stderr.write(f"lanegate init: would write {' and '.join(paths)}: say --yes, or run it on a terminal\n")
        return EXIT_USAGE
    sys.stderr.write(f"write {' and '.join(paths)}? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() in ("y", "yes"):
        return None
    sys.stderr.write("nothing was written\n")
    return 1
