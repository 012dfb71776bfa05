"""`lanegate simulate [RANGE]`: what a policy would have refused, before it counts (R-A03)."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace

from lanegate.cli.formats import add_text_or_json
from lanegate.core.decision import EXIT_USAGE

EXIT_REFUSED = 1


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of `lanegate simulate`."""
    span = "BASE..TIP, or a tip for all of its history (default: since the last tag)"
    parser.add_argument("range", nargs="?", metavar="RANGE", help=span)
    parser.add_argument("--policy", metavar="FILE", help="the policy to try (default: the one of this work tree)")
    guess = "how the lane of a commit without `Lane` is guessed: by what it changes (default), or by its author"
    parser.add_argument("--lane-from", choices=("paths", "author"), default="paths", help=guess)
    add_text_or_json(parser)


def run(args: Namespace) -> int:
    """0 where nothing would have been refused; 1 where something would; 2 for a range or policy that cannot be used; 3
    where git cannot answer."""
    from lanegate.cli.here import worktree_here
    from lanegate.core.policy_problems import say
    from lanegate.core.policy_reader import PolicyError, read_policy
    from lanegate.usecases.policy_file import NoFileError, find_policy_file
    from lanegate.usecases.simulate import simulate
    from lanegate.usecases.verdicts import AskedWronglyError

    worktree = worktree_here()
    if isinstance(worktree, int):
        return worktree
    try:
        file = find_policy_file(args.policy)
        found = simulate(worktree, read_policy(file.data), file.shown, args.range, by_author=args.lane_from == "author")
    except NoFileError as error:
        sys.stderr.write(f"lanegate simulate: {error.message}: {error.hint}, or: lanegate init\n")
        return EXIT_USAGE
    except PolicyError as error:
        first = error.problems[0]
        sys.stderr.write(f"lanegate simulate: {file.shown}:{first.line}: {say(first)}\n")
        return EXIT_USAGE
    except AskedWronglyError as error:
        sys.stderr.write(f"lanegate simulate: {error}\n")
        return EXIT_USAGE
    from lanegate.render.simulation import Told, simulation_json, simulation_text
    from lanegate.render.terminal import terminal_of

    told, terminal = Told(*found), terminal_of(sys.stdout, os.environ)
    sys.stdout.write(simulation_json(told) if args.format == "json" else simulation_text(told, terminal))
    sys.stderr.writelines(f"note: {note}\n" for note in found.notes)
    return EXIT_REFUSED if found.refused else 0
