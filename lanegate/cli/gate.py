"""`lanegate gate run|record|show`: run the policy's gates on exactly these commits, and report on them (R-D06)."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lanegate.core.policy import Gate
    from lanegate.core.report import Report
    from lanegate.usecases.clone import Clone


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of `lanegate gate`."""
    from lanegate.cli.recording import add_common

    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    run_them = actions.add_parser("run", help="run gates in clean checkouts, draft the report", allow_abbrev=False)
    what = "commits to report on, or BASE..TIP; the last holds all others (default: those of HEAD that did not land)"
    run_them.add_argument("commits", nargs="*", metavar="COMMIT", help=what)
    run_them.add_argument("--lane", metavar="ID", help="the lane, for commits that carry no `Lane`")
    run_them.add_argument("--gates", nargs="+", metavar="NAME", help="only these (default: all of the policy)")
    run_them.add_argument("--output", metavar="FILE", help="where the draft of the report goes")
    run_them.add_argument("--record", action="store_true", help="also record the outcome in the ledger")
    add_common(run_them)
    record = actions.add_parser("record", help="record the gates of a report in the ledger", allow_abbrev=False)
    record.add_argument(
        "commit", nargs="?", metavar="COMMIT", help="the commit that they ran on (default: the report's)"
    )
    record.add_argument("--report", required=True, metavar="FILE", help="the gate report")
    add_common(record)
    show = actions.add_parser("show", help="print a gate report as Markdown, for a review", allow_abbrev=False)
    show.add_argument("report", metavar="FILE", help="the gate report")


def run(args: Namespace) -> int:
    """0; 1 where a gate failed or its record is refused; 2 usage; 3 could not decide, or kept in this clone."""
    from lanegate.cli.recording import in_clone

    if args.action == "show":
        return _markdown(args)
    act = _run if args.action == "run" else _record
    return in_clone("gate", args.format, lambda clone: act(clone, args))


def _run(clone: Clone, args: Namespace) -> int:
    from lanegate.usecases.gate_report import draft_path, draft_report, former_report, save_draft, target_of
    from lanegate.usecases.gate_run import run_gates
    from lanegate.usecases.verdicts import commits_meant

    gates = _gates(clone, args.gates)
    names = args.commits or [f"{clone.ref}..HEAD"]
    target = target_of(clone, commits_meant(clone.worktree, names), args.lane)
    path = args.output or draft_path(clone, target.ran)
    former = former_report(path)
    steps = run_gates(clone.worktree.git, target.ran, gates, os.environ, _show)
    report = draft_report(clone, target, steps, former)
    data = save_draft(path, report)
    status = 1 if report.failed else 0
    if args.format == "text":
        _tell(report, gates, path)
    if args.record:
        return max(_put(clone, args, report, data), status)
    if args.format == "json":
        from lanegate.render.reports import report_json

        sys.stdout.write(report_json(report, path))
    return status


def _markdown(args: Namespace) -> int:
    from lanegate.core.decision import EXIT_USAGE
    from lanegate.render.reports import report_markdown
    from lanegate.usecases.verdicts import AskedWronglyError, parse_report, read_file

    try:
        report = parse_report(read_file(args.report), args.report)
    except AskedWronglyError as error:
        sys.stderr.write(f"lanegate gate: {error}\n")
        return EXIT_USAGE
    sys.stdout.write(report_markdown(report))
    return 0


def _gates(clone: Clone, names: list[str] | None) -> list[Gate]:
    from lanegate.usecases.verdicts import AskedWronglyError

    known = clone.policy.gates
    if not known:
        raise AskedWronglyError("the policy names no gates: a maintainer adds [gates.<name>]")
    unknown = next((name for name in names or () if name not in known), None)
    if unknown is not None:
        raise AskedWronglyError(f"unknown gate {unknown}; gates of the policy: {', '.join(known)}")
    return [known[name] for name in dict.fromkeys(names or known)]


def _show(output: bytes) -> None:
    sys.stderr.buffer.write(output)
    sys.stderr.buffer.flush()


def _tell(report: Report, gates: list[Gate], path: str) -> None:
    from lanegate.render.reports import gate_lines

    for line in gate_lines(report, [gate.id for gate in gates]):
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"report: {path}\n")
    if not report.failed and report.lane:
        names = " ".join(oid[:12] for oid in report.commits)
        sys.stdout.write(f"complete it, then: lanegate accept {names} --report {path}\n")


def _record(clone: Clone, args: Namespace) -> int:
    from lanegate.usecases.verdicts import AskedWronglyError, full_ids, parse_report, read_file

    data = read_file(args.report)
    report = parse_report(data, args.report)
    if args.commit is not None and full_ids(clone.worktree, [args.commit]) != (report.ran,):
        raise AskedWronglyError(f"--report {args.report} is about {report.ran[:12]}, not about {args.commit}")
    return _put(clone, args, report, data)


def _put(clone: Clone, args: Namespace, report: Report, data: bytes) -> int:
    from lanegate.cli.recording import tell
    from lanegate.usecases.publish import publish
    from lanegate.usecases.verdicts import gate_draft

    return tell(
        publish(clone.worktree, clone, [gate_draft(report, data, args.note)], pushes=not args.no_push), args.format
    )
