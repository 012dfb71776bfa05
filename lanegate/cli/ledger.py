"""`lanegate ledger log|show|verify|sync`: the records of verdicts, as this clone has them (R-D07)."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from itertools import islice
from typing import TYPE_CHECKING

from lanegate.cli import log_verify
from lanegate.cli.counts import count_meant
from lanegate.cli.formats import add_text_or_json

if TYPE_CHECKING:
    from lanegate.usecases.clone import Clone


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of `lanegate ledger`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    log = actions.add_parser("log", help="list the records, newest first", allow_abbrev=False)
    log.add_argument("--lane", metavar="ID", help="only records of this lane")
    log.add_argument("--commit", metavar="COMMIT", help="only records about this commit")
    log.add_argument("-n", "--number", type=count_meant, metavar="N", help="only the newest N of them")
    add_text_or_json(log)
    show = actions.add_parser("show", help="show a record, or all about a commit", allow_abbrev=False)
    show.add_argument("what", metavar="NUMBER|COMMIT", help="a record's number, or a commit by any name")
    add_text_or_json(show)
    verify = actions.add_parser("verify", help="verify every record from the first on", allow_abbrev=False)
    log_verify.add_arguments(verify, "ledger")
    sync = actions.add_parser("sync", help="fetch the ledger, push what this clone kept", allow_abbrev=False)
    sync.add_argument("--discard", action="store_true", help="drop the records that were not pushed instead")
    add_text_or_json(sync)


def run(args: Namespace) -> int:
    """0; 1 where a record is refused, forged or lost; 2 usage; 3 could not decide, or not pushed yet."""
    from lanegate.cli.recording import in_clone

    actions = {"log": _log, "show": _show, "verify": _verify, "sync": _sync}
    return in_clone("ledger", args.format, lambda clone: actions[args.action](clone, args))


def _log(clone: Clone, args: Namespace) -> int:
    from lanegate.render.records import record_line, record_value, records_json
    from lanegate.usecases.ledger_log import newest_first
    from lanegate.usecases.verdicts import full_ids

    commit = full_ids(clone.worktree, [args.commit])[0] if args.commit else None
    found = islice(newest_first(clone.worktree, lane=args.lane, commit=commit), args.number)
    if args.format == "json":
        sys.stdout.write(records_json(record_value(one.record, one.commit) for one in found))
        return 0
    for one in found:
        sys.stdout.write(record_line(one.record, one.commit) + "\n")
    return 0


def _show(clone: Clone, args: Namespace) -> int:
    from lanegate.render.records import record_text, record_value, records_json
    from lanegate.usecases.ledger_log import find_records

    found = find_records(clone.worktree, args.what)
    if args.format == "json":
        sys.stdout.write(records_json(record_value(one.record, one.commit) for one in found))
        return 0
    texts = []
    for one in found:
        report = one.report.decode("utf-8", "replace") if one.report is not None else None
        texts.append(record_text(one.record, one.commit, report))
    sys.stdout.write("\n".join(texts))
    return 0


def _verify(clone: Clone, args: Namespace) -> int:
    from lanegate.usecases.ledger_check import check_ledger

    return log_verify.verify(clone, args, check_ledger, "this clone has no ledger yet: lanegate ledger sync")


def _sync(clone: Clone, args: Namespace) -> int:
    from lanegate.cli.recording import tell
    from lanegate.render.records import record_line, record_value, records_json
    from lanegate.usecases.publish import PUSHED, discard, publish

    if args.discard:
        dropped = discard(clone.worktree, clone)
        if args.format == "json":
            sys.stdout.write(records_json((record_value(one.record, one.commit) for one in dropped), state="dropped"))
        else:
            lines = [f"dropped: {record_line(one.record, one.commit)}\n" for one in dropped]
            sys.stdout.write("".join(lines) or "nothing to drop: the server has all records of this clone\n")
        return 0
    published = publish(clone.worktree, clone, [])
    if published.state == PUSHED and not published.replayed and args.format == "text":
        sys.stdout.write("the ledger is up to date\n")
    return tell(published, args.format)
