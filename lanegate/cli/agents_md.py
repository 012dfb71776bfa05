"""`lanegate agents-md`: write what AGENTS.md states of the lanes, or check that it is there before they start."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace

from lanegate.core.decision import EXIT_USAGE

EXIT_UNDECIDED = 3


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of `lanegate agents-md`."""
    parser.add_argument("--check", action="store_true", help="write nothing: 1 unless it is up to date and committed")
    parser.add_argument("file", nargs="?", metavar="FILE", help="the file (AGENTS.md at the top of the work tree)")


def run(args: Namespace) -> int:
    """0 written, or as it should be; with --check 1 where something is missing; 2 where the file cannot hold it; 3
    where there is no policy to go by, or the file cannot be read or written."""
    from lanegate.cli.here import managed_clone
    from lanegate.render.plain import one_line
    from lanegate.usecases.agents_file import DEFAULT, FileError, missing, word, write_block

    clone = managed_clone()
    if isinstance(clone, int):
        return clone
    file = args.file or os.path.join(clone.worktree.top or "", DEFAULT)
    name = one_line(args.file or DEFAULT)
    try:
        if args.check:
            found = missing(clone, file)
            for each in found:
                sys.stdout.write(f"lanegate: not ready to start in parallel: {one_line(each)}\n")
            if not found:
                sys.stdout.write(f"lanegate: {name} states the rules of all lanes, and is committed\n")
            return 1 if found else 0
        changed = write_block(clone, file)
    except FileError as error:
        sys.stderr.write(f"lanegate agents-md: {one_line(str(error))}\n")
        return EXIT_USAGE
    except OSError as error:
        doing = "read" if args.check else "written"
        sys.stderr.write(f"lanegate agents-md: {name} cannot be {doing}: {error.strerror}\n")
        return EXIT_UNDECIDED
    sys.stdout.write(f"{name}: {'written' if changed else 'as it was'}\n")
    if changed:
        sys.stderr.write(f"commit it before lanes start: git add {one_line(word(file))} && git commit\n")
    return 0
