"""`lanegate reconcile ID… --lane LANE`: these assumptions of a lane hold, or were made to (R-D05)."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of `lanegate reconcile`."""
    from lanegate.cli.recording import add_common

    parser.add_argument("ids", nargs="+", metavar="ID", help="an assumption, by the first word of its `Assumption:`")
    parser.add_argument("--lane", required=True, metavar="LANE", help="the lane whose commits name it")
    add_common(parser)


def run(args: Namespace) -> int:
    """Record it; exit as in cli/recording.py."""
    from lanegate.cli.recording import record
    from lanegate.usecases.verdicts import reconcile_draft

    return record("reconcile", args, lambda clone: reconcile_draft(clone, args.ids, args.lane, args.note))
