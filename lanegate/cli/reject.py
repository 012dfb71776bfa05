"""`lanegate reject COMMIT…`: record the verdict that these commits are rejected (R-D07)."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of `lanegate reject`."""
    from lanegate.cli.recording import add_verdict

    add_verdict(parser, "rejected")


def run(args: Namespace) -> int:
    """Record it; exit as in cli/recording.py."""
    from lanegate.cli.recording import asked_of, record
    from lanegate.core.record import REJECTED
    from lanegate.usecases.verdicts import verdict_draft

    return record("reject", args, lambda clone: verdict_draft(clone, REJECTED, asked_of(args)))
