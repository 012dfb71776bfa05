"""`lanegate ledger log|show|verify|sync`: the records of verdicts, as this clone has them (R-D07)."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from itertools import islice
from typing import TYPE_CHECKING

from lanegate.cli.formats import TEXT, add_format, answer

if TYPE_CHECKING:
    from lanegate.usecases.clone import Clone


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of `lanegate ledger`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    log = actions.add_parser("log", help="list the records, newest first", allow_abbrev=False)
    log.add_argument("--lane", metavar="ID", help="only records of this lane")
    log.add_argument("--commit", metavar="COMMIT", help="only records about this commit")
    log.add_argument("-n", "--number", type=_count, metavar="N", help="only the newest N of them")
    _add_format(log)
    show = actions.add_parser("show", help="show a record, or all about a commit", allow_abbrev=False)
    show.add_argument("what", metavar="NUMBER|COMMIT", help="a record's number, or a commit by any name")
    _add_format(show)
    verify = actions.add_parser("verify", help="verify every record from the first on", allow_abbrev=False)
    verify.add_argument("--tip", metavar="ID", help="a commit that the ledger must hold (in CI: kept from last time)")
    add_format(verify)
    verify.add_argument("--json", dest="format", action="store_const", const="json")
    sync = actions.add_parser("sync", help="fetch the ledger, push what this clone kept", allow_abbrev=False)
    sync.add_argument("--discard", action="store_true", help="drop the records that were not pushed instead")
    _add_format(sync)


def _count(text: str) -> int:
    """A number of records. Raises ValueError, which argparse tells."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _add_format(parser: ArgumentParser) -> None:
    parser.add_argument("--json", dest="format", action="store_const", const="json", default="text")
    parser.add_argument("--format", choices=("text", "json"), default="text")


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
    from time import monotonic

    from lanegate.core.decision import ALLOWED
    from lanegate.usecases.ledger_check import check_ledger
    from lanegate.usecases.verdicts import AskedWronglyError

    if args.tip is not None and (len(args.tip) not in (40, 64) or not set(args.tip) <= set("0123456789abcdef")):
        raise AskedWronglyError(f"--tip {args.tip}: expected a full commit id")
    started = monotonic()
    checked = check_ledger(clone, args.tip)
    if args.format != TEXT or checked.decision.decision != ALLOWED:
        return answer(checked.decision, args.format, started)
    if checked.tip is None:
        sys.stdout.write("this clone has no ledger yet: lanegate ledger sync\n")
    else:
        sys.stdout.write(f"verified {checked.decision.commits} record(s), tip {checked.tip}\n")
        sys.stdout.write("".join(f"note: {note}\n" for note in checked.decision.notes))
    return checked.decision.exit_code


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
