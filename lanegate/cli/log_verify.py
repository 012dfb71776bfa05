"""`lanegate ledger verify`, `lanegate lock verify`: every record in this clone, judged again from the first on
(R-B04, R-B05, R-F03)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from lanegate.cli.formats import TEXT, add_format, answer

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable

    from lanegate.usecases.clone import Clone
    from lanegate.usecases.ledger_check import Checked


def add_arguments(parser: ArgumentParser, name: str) -> None:
    """Arguments of both. name: what holds the records, in words."""
    parser.add_argument("--tip", metavar="ID", help=f"a commit that the {name} must hold (in CI: kept from last time)")
    add_format(parser)


def verify(clone: Clone, args: Namespace, check: Callable[[Clone, str | None], Checked], without: str) -> int:
    """Print what is wrong; the exit status. check: verifies the records, which must hold the commit that is given.
    without: what to say where there are none. Raises AskedWronglyError, GitError, ObjectTooLargeError."""
    from time import monotonic

    from lanegate.core.decision import ALLOWED
    from lanegate.core.object_id import is_full_id
    from lanegate.usecases.verdicts import AskedWronglyError

    if args.tip is not None and not is_full_id(args.tip):
        raise AskedWronglyError(f"--tip {args.tip}: expected a full commit id")
    started = monotonic()
    checked = check(clone, args.tip)
    if args.format != TEXT or checked.decision.decision != ALLOWED:
        return answer(checked.decision, args.format, started)
    if checked.tip is None:
        sys.stdout.write(f"{without}\n")
    else:
        sys.stdout.write(f"verified {checked.decision.commits} record(s), tip {checked.tip}\n")
        sys.stdout.write("".join(f"note: {note}\n" for note in checked.decision.notes))
    return checked.decision.exit_code
