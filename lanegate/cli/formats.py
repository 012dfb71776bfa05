"""The formats that a decision is answered in: `--format text|json|sarif|github|gitlab|junit` (design section 7).

Whatever the format, the exit status is the decision's. Formats for programs go to standard output, allowed or not.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from typing import TextIO

    from lanegate.core.decision import Decision

TEXT = "text"
FORMATS = (TEXT, "json", "sarif", "github", "gitlab", "junit")
HELP = (
    "text for people (default), json (lanegate's own), sarif (2.1.0), github (annotations of Actions), "
    "gitlab (code quality), junit (XML)"
)


def add_format(parser: ArgumentParser) -> None:
    """--format, for a command that answers with a decision."""
    parser.add_argument("--format", choices=FORMATS, default=TEXT, help=HELP)
    _add_json(parser)


def add_text_or_json(parser: ArgumentParser, *more: str) -> None:
    """--format, for any other command whose answer a script may want. more: formats besides these two."""
    parser.add_argument("--format", choices=(TEXT, *more, "json"), default=TEXT)
    _add_json(parser)


def _add_json(parser: ArgumentParser) -> None:
    parser.add_argument("--json", dest="format", action="store_const", const="json", help="the same as --format json")


def answer(decision: Decision, how: str, started: float, *, text_to: TextIO | None = None) -> int:
    """Print a decision; the exit status. started: time.monotonic() when the work began. text_to: where text for people
    goes, standard output if not said."""
    if how == TEXT:
        from lanegate.render.terminal import terminal_of
        from lanegate.render.text import decision_text

        stream = text_to or sys.stdout
        stream.write(decision_text(decision, terminal=terminal_of(stream, os.environ)))
    else:
        sys.stdout.write(rendered(decision, how, time.monotonic() - started))
        if how == "gitlab":  # its report has no place for them
            from lanegate.render.plain import one_line

            sys.stderr.writelines(f"note: {one_line(note)}\n" for note in decision.notes)
    return decision.exit_code


def rendered(decision: Decision, how: str, seconds: float) -> str:
    """A decision in a format for programs, ending with a newline. seconds: wall time that it took."""
    if how == "sarif":
        from lanegate.render.sarif import decision_sarif

        return decision_sarif(decision, seconds)
    if how == "github":
        from lanegate.render.github import decision_github

        return decision_github(decision)
    if how == "gitlab":
        from lanegate.render.gitlab import decision_gitlab

        return decision_gitlab(decision)
    if how == "junit":
        from lanegate.render.junit import decision_junit

        return decision_junit(decision, seconds)
    from lanegate.render.json import decision_json

    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "").replace("_", "")
    return decision_json(decision, seconds, ascii_only=encoding != "utf8")
