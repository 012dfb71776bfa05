"""What the commands that write records share: their common arguments, and telling how it went.

Exit: 0 recorded (or recorded before), 1 refused, 2 usage, 3 could not decide, or kept in this clone until `lanegate
ledger sync` pushes it.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from lanegate.cli.formats import add_text_or_json, answer
from lanegate.core.decision import EXIT_USAGE

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Sequence

    from lanegate.core.decision import Decision
    from lanegate.usecases.clone import Clone
    from lanegate.usecases.drafts import Draft
    from lanegate.usecases.publish import Published
    from lanegate.usecases.verdicts import Asked

EXIT_KEPT = 3
SYNC = "lanegate ledger sync"


def add_common(parser: ArgumentParser) -> None:
    """--note, --no-push and --format."""
    parser.add_argument("--note", metavar="TEXT", help="why, in your words; kept in the record")
    parser.add_argument("--no-push", action="store_true", help=f"record it in this clone only; push it later: {SYNC}")
    add_text_or_json(parser)


def add_refs(parser: ArgumentParser, what: str) -> None:
    """--ref."""
    help_text = f"{what} (may be repeated; default: each single ref of the policy with accepted = true)"
    parser.add_argument("--ref", action="append", default=[], metavar="REF", help=help_text)


def add_verdict(parser: ArgumentParser, word: str, *, least: str = "+") -> None:
    """Arguments of a verdict. least: how many commits, as argparse has it."""
    parser.add_argument(
        "commits", nargs=least, metavar="COMMIT", help="a commit by any name that git knows, or BASE..TIP"
    )
    parser.add_argument("--lane", metavar="ID", help="the lane, for commits that carry no `Lane`")
    add_refs(parser, f"the ref that they are {word} for")
    parser.add_argument("--report", metavar="FILE", help="the gate report, as `lanegate gate run` drafts it")
    add_common(parser)


def asked_of(args: Namespace) -> Asked:
    """What a command line asks for."""
    from lanegate.usecases.verdicts import Asked

    report, lane = getattr(args, "report", None), getattr(args, "lane", None)
    return Asked(tuple(args.commits), lane, tuple(args.ref), report, args.note)


def record(command: str, args: Namespace, draft_of: Callable[[Clone], Draft]) -> int:
    """Record the draft that a command makes and say so; the exit status."""
    from lanegate.usecases.publish import publish

    def act(clone: Clone) -> int:
        published = publish(clone.worktree, clone, [draft_of(clone)], pushes=not args.no_push)
        return tell(published, args.format)

    return in_clone(command, args.format, act)


def in_clone(command: str, how: str, act: Callable[[Clone], int]) -> int:
    """Do something with the ledger of the clone around here; whatever stops it is told. The exit status."""
    from lanegate.cli.here import managed_clone
    from lanegate.usecases.ledger_refusals import why_stopped
    from lanegate.usecases.verdicts import AskedWronglyError

    started = time.monotonic()
    clone = managed_clone(how)
    if isinstance(clone, int):
        return clone
    try:
        return act(clone)
    except AskedWronglyError as error:
        sys.stderr.write(f"lanegate {command}: {error}\n")
        return EXIT_USAGE
    except BrokenPipeError:
        raise
    except Exception as error:
        return tell_decision(why_stopped(error), how, started)


def tell_decision(decision: Decision, how: str, started: float) -> int:
    """Say why nothing was recorded; the exit status."""
    return answer(decision, how, started, text_to=sys.stderr)


def tell(published: Published, how: str) -> int:
    """Say what was recorded and where it is; the exit status."""
    from lanegate.usecases.publish import KEPT

    if how == "json":
        from lanegate.render.records import record_value, records_json

        values = [
            {**record_value(one.record, one.commit or ""), "already": one.record.number in published.already}
            for one in published.records
        ]
        sys.stdout.write(records_json(values, state=published.state, why=published.why, replayed=published.replayed))
    else:
        sys.stdout.write("".join(f"{line}\n" for line in _lines(published)))
    if published.state == KEPT:
        sys.stderr.write(f"lanegate: kept in this clone, not pushed yet: {published.why}\nrun: {SYNC}\n")
        return EXIT_KEPT
    return 0


def _lines(published: Published) -> Sequence[str]:
    from lanegate.core.record_text import subject_of
    from lanegate.render.plain import one_line
    from lanegate.usecases.publish import HERE

    where = " (in this clone)" if published.state == HERE else ""
    lines = []
    for one in published.records:
        words = one_line(subject_of(one.record))
        if one.record.number in published.already:
            lines.append(f"record {one.record.number} says so already: {words}")
        else:
            lines.append(f"record {one.record.number}{where}: {words}")
    if published.replayed:
        lines.append(f"pushed along: {published.replayed} record(s) that this clone had kept")
    return lines
