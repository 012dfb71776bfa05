"""`lanegate policy overlaps`: how a policy fits the repository, as a table, JSON and a picture (R-A06, R-F04)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from lanegate.cli.counts import limit_meant
from lanegate.cli.formats import add_text_or_json

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from lanegate.core.policy import Policy
    from lanegate.usecases.policy_file import FoundFile

EXIT_REFUSED = 1
EXIT_USAGE = 2
EXIT_UNDECIDED = 3
DEFAULT_NUMBER = 20


def add_arguments(parser: ArgumentParser, file_help: str) -> None:
    """Arguments of `lanegate policy overlaps`."""
    parser.add_argument("file", nargs="?", metavar="FILE", help=file_help)
    add_text_or_json(parser)
    number = f"how many files that nobody owns are shown (default {DEFAULT_NUMBER}, 0: all)"
    parser.add_argument("-n", "--number", type=limit_meant, default=DEFAULT_NUMBER, metavar="N", help=number)
    parser.add_argument("--svg", metavar="FILE", help="also draw the tracked files in the colours of their lanes")
    parser.add_argument("--hot", action="store_true", help="with --svg: mark the hottest files (reads all history)")


def show(file: FoundFile, policy: Policy, args: Namespace) -> int:
    """0; 1 where lanes overlap as no policy may; 2 where there is nothing to draw; 3 where it cannot be decided."""
    from lanegate.core.path_search import OverlapLimitError
    from lanegate.git.run import GitError
    from lanegate.render.overlaps import overlaps_json, overlaps_text
    from lanegate.usecases.ownership_survey import survey

    try:
        found = survey(policy)
        drawn = _draw(file, policy, args) if args.svg is not None else 0
    except OverlapLimitError as error:
        sys.stderr.write(f"lanegate policy: LG904 {file.shown}: {error}\n")
        return EXIT_UNDECIDED
    except GitError as error:
        sys.stderr.write(f"lanegate policy: LG903 {error.message}\n")
        return EXIT_UNDECIDED
    most = args.number or len(found.unowned)
    sys.stdout.write(overlaps_json(found, file.shown, most) if args.format == "json" else overlaps_text(found, most))
    return drawn or (EXIT_REFUSED if found.refused else 0)


def _draw(file: FoundFile, policy: Policy, args: Namespace) -> int:
    """Write the picture; the exit status. Raises GitError."""
    from lanegate.render.ownership_svg import ownership_svg
    from lanegate.usecases.ownership_survey import kinds, repository_here
    from lanegate.usecases.verdicts import AskedWronglyError

    worktree = repository_here()
    if worktree is None:
        sys.stderr.write("lanegate policy: there is no repository here whose files could be drawn\n")
        return EXIT_USAGE
    try:
        picture = ownership_svg(kinds(policy, worktree, with_hot=args.hot), list(policy.lanes), file.shown)
        with open(args.svg, "w", encoding="utf-8") as out:
            out.write(picture)
    except AskedWronglyError as error:
        sys.stderr.write(f"lanegate policy: --hot: {error}\n")
        return EXIT_USAGE
    except OSError as error:
        sys.stderr.write(f"lanegate policy: {args.svg} cannot be written: {error.strerror}\n")
        return EXIT_UNDECIDED
    sys.stderr.write(f"drawn: {args.svg}\n")
    return 0
