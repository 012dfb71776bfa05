"""`lanegate lock log`: what happened to locks, and how much lanes stood in each other's way (R-B04, R-E04)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from lanegate.cli.counts import count_meant
from lanegate.cli.formats import add_text_or_json

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from lanegate.usecases.clone import Clone


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of `lanegate lock log`."""
    parser.add_argument("--lane", metavar="ID", help="only records about locks of this lane")
    parser.add_argument("--lock", metavar="LOCK", help="only records about this lock")
    parser.add_argument("-n", "--number", type=count_meant, metavar="N", help="only the newest N of them")
    parser.add_argument(
        "--metrics", action="store_true", help="the numbers of all records instead: tries, waits, holds"
    )
    add_text_or_json(parser)


def show_log(clone: Clone, args: Namespace) -> int:
    """Print what was asked for, records newest first; 0. Raises GitError, RecordError."""
    import time

    from lanegate.core.lock_metrics import metrics_of
    from lanegate.render.lock_log import log_json, log_line, metrics_text
    from lanegate.usecases.lock_log import has_registry, oldest_first

    if not has_registry(clone.worktree):
        sys.stderr.write("this clone has no lock registry yet: lanegate lock list --fetch\n")
    records = list(oldest_first(clone.worktree))
    asked = [
        one
        for one in reversed(records)
        if args.lane in (None, one.lane) and args.lock in (None, getattr(one.record.body, "lock", None))
    ][: args.number]
    now = int(time.time())
    metrics = metrics_of([one.record for one in records], now)
    if args.format == "json":
        sys.stdout.write(log_json([(one.record, one.commit) for one in asked], metrics, now))
    elif args.metrics and records:
        sys.stdout.write(metrics_text(metrics))
    else:
        sys.stdout.writelines(log_line(one.record, one.commit) + "\n" for one in asked)
    return 0
