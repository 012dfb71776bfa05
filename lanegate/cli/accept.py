"""`lanegate accept COMMIT…`: record the verdict that these commits are accepted (R-D07)."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of `lanegate accept`."""
    from lanegate.cli.recording import add_verdict

    add_verdict(parser, "accepted")


def run(args: Namespace) -> int:
    """Record it; exit as in cli/recording.py."""
    from lanegate.cli.recording import asked_of, record
    from lanegate.core.record import ACCEPTED
    from lanegate.usecases.verdicts import verdict_draft

    return record("accept", args, lambda clone: verdict_draft(clone, ACCEPTED, asked_of(args)))
