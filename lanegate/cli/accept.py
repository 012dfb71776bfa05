"""`lanegate accept COMMIT…`: record the verdict that these commits are accepted (R-D07)."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lanegate.usecases.clone import Clone
    from lanegate.usecases.drafts import Draft


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of `lanegate accept`."""
    from lanegate.cli.recording import add_verdict

    what = "accept NEW, proven to make the same change as OLD, which is accepted (may be repeated)"
    parser.add_argument("--carry", nargs=2, action="append", default=[], metavar=("OLD", "NEW"), help=what)
    add_verdict(parser, "accepted", least="*")


def run(args: Namespace) -> int:
    """Record it; exit as in cli/recording.py."""
    from lanegate.cli.recording import record

    return record("accept", args, lambda clone: _draft(clone, args))


def _draft(clone: Clone, args: Namespace) -> Draft:
    from lanegate.cli.recording import asked_of
    from lanegate.core.record import ACCEPTED
    from lanegate.usecases.verdicts import AskedWronglyError, verdict_draft

    if bool(args.carry) == bool(args.commits):
        raise AskedWronglyError("name commits, or --carry OLD NEW")
    if not args.carry:
        return verdict_draft(clone, ACCEPTED, asked_of(args))
    from lanegate.usecases.carry import carry
    from lanegate.usecases.publish import publish

    if not args.no_push:
        publish(clone.worktree, clone, [])  # so that the verdict on OLD is here
    carried = carry(clone, args.carry, asked_of(args))
    for shown in carried.shown:
        sys.stderr.write(shown)
    return verdict_draft(clone, ACCEPTED, carried.asked, carried.pairs)
