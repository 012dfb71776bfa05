"""`lanegate rollback COMMIT`: commit the exact inverse of a commit, with the trailers that say so (R-D11)."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lanegate.usecases.clone import Clone


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of `lanegate rollback`."""
    parser.add_argument("commit", metavar="COMMIT", help="the commit to take back; of a merge, all that it brought")
    lane = "the lane of the new commit (default: that of COMMIT; an integrator names one of her own)"
    parser.add_argument("--lane", metavar="ID", help=lane)


def run(args: Namespace) -> int:
    """0; 2 usage, or what cannot be taken back; 3 could not decide, or git (or a hook) did not commit."""
    from lanegate.cli.recording import in_clone

    return in_clone("rollback", "text", lambda clone: _rollback(clone, args))


def _rollback(clone: Clone, args: Namespace) -> int:
    from lanegate.usecases.rollback import rollback

    done = rollback(clone, args.commit, args.lane)
    sys.stdout.write(f"{done.commit[:12]} takes back {done.target[:12]}, lane {done.lane}\n")
    return 0
