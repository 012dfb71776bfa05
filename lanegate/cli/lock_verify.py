"""`lanegate lock verify`: every record of this clone's lock registry, judged again from the first on (R-B04, R-F03)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from lanegate.cli.formats import TEXT, add_format, answer

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from lanegate.usecases.clone import Clone


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of `lanegate lock verify`."""
    parser.add_argument("--tip", metavar="ID", help="a commit that the registry must hold (in CI: kept from last time)")
    add_format(parser)


def verify(clone: Clone, args: Namespace) -> int:
    """Print what is wrong; the exit status. Raises AskedWronglyError, GitError, ObjectTooLargeError."""
    from time import monotonic

    from lanegate.core.decision import ALLOWED
    from lanegate.usecases.locks_check import check_locks
    from lanegate.usecases.verdicts import AskedWronglyError

    if args.tip is not None and (len(args.tip) not in (40, 64) or not set(args.tip) <= set("0123456789abcdef")):
        raise AskedWronglyError(f"--tip {args.tip}: expected a full commit id")
    started = monotonic()
    checked = check_locks(clone, args.tip)
    if args.format != TEXT or checked.decision.decision != ALLOWED:
        return answer(checked.decision, args.format, started)
    if checked.tip is None:
        sys.stdout.write("this clone has no lock registry yet: lanegate lock list --fetch\n")
    else:
        sys.stdout.write(f"verified {checked.decision.commits} record(s), tip {checked.tip}\n")
        sys.stdout.write("".join(f"note: {note}\n" for note in checked.decision.notes))
    return checked.decision.exit_code
