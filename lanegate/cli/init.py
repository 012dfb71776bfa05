"""`lanegate init`: propose lanes, write a first policy, and say what to do next (R-A03)."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from lanegate.core.decision import EXIT_USAGE

if TYPE_CHECKING:
    from typing import TextIO

    from lanegate.usecases.init import Plan

_SHOWN = 4


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of `lanegate init`."""
    from lanegate.usecases.lane_sources import SOURCES

    parser.add_argument("--yes", action="store_true", help="write it without asking (needed where nobody can answer)")
    which = "where lanes are taken from (default: the first of these that has several)"
    parser.add_argument("--from", dest="source", choices=tuple(SOURCES), help=which)


def run(args: Namespace) -> int:
    """0, also where nothing is left to do; 1 where the person says no; 2 where it cannot be done here; 3 where git or
    the file system stopped it."""
    from lanegate.cli.here import worktree_here
    from lanegate.render.plain import one_line
    from lanegate.usecases.init import InitError, plan_init, write

    worktree = worktree_here()
    if isinstance(worktree, int):
        return worktree
    try:
        plan = plan_init(worktree, args.source)
        if plan.files and not args.yes:
            _describe(plan, sys.stderr)
            answer = _ask([file.path for file in plan.files])
            if answer is not None:
                return answer
        write(worktree, plan)
    except InitError as error:
        sys.stderr.write(f"lanegate init: {one_line(str(error))}\n")
        return EXIT_USAGE
    if args.yes or not plan.files:
        _describe(plan, sys.stdout)
    if not plan.files:
        sys.stdout.write("nothing to do: nothing was changed\n")
    for file in plan.files:
        sys.stdout.write(f"{'wrote' if file.before is None else 'added lanegate to'} {file.path}\n")
    if plan.steps:
        sys.stdout.write("next:\n" + "".join(f"  {step}\n" for step in plan.steps))
        if len(plan.lanes) > 1:
            there, here = plan.lanes[0][0], plan.lanes[-1][0]
            then = "at commit, and what was committed with --no-verify at push."
            _tell("", f"then a change to what {there} owns is refused to {here}: {then}", sys.stdout)
            _tell(
                "", "For everybody who pushes: lanegate install --server DIR, where the bare repository is.", sys.stdout
            )
    return 0


def _describe(plan: Plan, stream: TextIO) -> None:
    """Lanes with their first patterns, and on standard error what a person should know before it is written."""
    if plan.source is not None:
        _tell("", f"lanes from {plan.source}:", stream)
    for lane, owned in plan.lanes:
        more = f" and {len(owned) - _SHOWN} more" if len(owned) > _SHOWN else ""
        _tell(f"  {lane} owns ", f"{' '.join(owned[:_SHOWN])}{more}", stream)
    for note in plan.notes:
        first, *rest = note.split("\n")
        _tell("note: ", first, sys.stderr)
        for line in rest:  # an example, to be pasted
            sys.stderr.write(f"{line}\n")


def _tell(start: str, text: str, stream: TextIO) -> None:
    from lanegate.render.plain import one_line
    from lanegate.render.terminal import behind, terminal_of

    stream.writelines(f"{line}\n" for line in behind(start, one_line(text), terminal_of(stream, os.environ)))


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
