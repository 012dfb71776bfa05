"""`lanegate withdraw COMMIT…`: one's own verdicts on these commits no longer count (R-D07)."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of `lanegate withdraw`."""
    from lanegate.cli.recording import add_common, add_refs

    parser.add_argument("commits", nargs="+", metavar="COMMIT", help="a commit by any name that git knows")
    add_refs(parser, "the ref that the verdicts were for")
    add_common(parser)


def run(args: Namespace) -> int:
    """Record it; exit as in cli/recording.py."""
    from lanegate.cli.recording import asked_of, record
    from lanegate.usecases.verdicts import withdraw_draft

    return record("withdraw", args, lambda clone: withdraw_draft(clone, asked_of(args)))
