"""`lanegate hotspots`: which files several lanes keep changing (R-B14, R-F05)."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from lanegate.cli.counts import limit_meant
from lanegate.cli.formats import add_text_or_json
from lanegate.core.decision import EXIT_USAGE

EXIT_UNDECIDED = 3
DEFAULT_NUMBER = 20


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of `lanegate hotspots`."""
    parser.add_argument("range", nargs="?", metavar="RANGE", help="BASE..TIP, or a tip (default: all up to HEAD)")
    parser.add_argument("--since", metavar="DATE", help='only commits since then, as git reads dates: "3 months ago"')
    number = f"how many files are shown (default {DEFAULT_NUMBER}, 0: all)"
    parser.add_argument("-n", "--number", type=limit_meant, default=DEFAULT_NUMBER, metavar="N", help=number)
    add_text_or_json(parser)


def run(args: Namespace) -> int:
    """0; 2 where the range means nothing here; 3 where git cannot answer."""
    from lanegate.cli.here import worktree_here
    from lanegate.git.run import GitError
    from lanegate.usecases.hotspots import find_hotspots
    from lanegate.usecases.verdicts import AskedWronglyError

    worktree = worktree_here()
    if isinstance(worktree, int):
        return worktree
    try:
        found = find_hotspots(worktree, args.range, args.since)
    except AskedWronglyError as error:
        sys.stderr.write(f"lanegate hotspots: {error}\n")
        return EXIT_USAGE
    except GitError as error:
        sys.stderr.write(f"lanegate hotspots: LG903 {error.message}\n")
        return EXIT_UNDECIDED
    files = found.files[: args.number or None]
    if args.format == "json":
        from lanegate.render.hotspots import hotspots_json

        sys.stdout.write(hotspots_json(found.tip, found.commits, files, found.zones, found.patterns))
    else:
        import os

        from lanegate.render.hotspots import hotspots_text
        from lanegate.render.terminal import terminal_of

        sys.stdout.write(hotspots_text(files, found.zones, found.patterns, terminal_of(sys.stdout, os.environ)))
        if len(files) < len(found.files):
            sys.stderr.write(f"{len(found.files) - len(files)} more files were changed: -n 0 shows all\n")
    sys.stderr.writelines(f"note: {note}\n" for note in found.notes)
    return 0
