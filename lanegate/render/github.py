"""A decision as workflow commands, which GitHub Actions shows as annotations (design section 7).

`::error file=…,line=…,title=…::message`, escaped as the runner unescapes it (GitHub's documentation, "Workflow
commands"; `escapeData` and `escapeProperty` of its toolkit). One command is one line that starts with `::`; nothing in
a path or message starts another. GitHub shows ten annotations of a kind for a step: the rest is counted in a notice.
"""

from __future__ import annotations

from collections.abc import Iterator

from lanegate.core.decision import Decision
from lanegate.render.findings import Finding, findings
from lanegate.render.plain import one_line, show_path
from lanegate.render.text import headline

#: Annotations of a kind that GitHub shows for a step.
MOST = 10


def decision_github(decision: Decision) -> str:
    """Workflow commands, a line each, and last the headline of the text format; ends with a newline."""
    found = tuple(findings(decision))
    lines = [_annotation(finding) for finding in found[:MOST]]
    lines += _notices(len(found) - MOST, decision.notes)
    return "".join(f"{line}\n" for line in (*lines, one_line(headline(decision))))


def _annotation(finding: Finding) -> str:
    kind = "error" if finding.enforced else "warning"
    where = f"file={_property(show_path(finding.path))},line={finding.line},title={_property(finding.title)}"
    said = f"{finding.message}\n{finding.hint}" if finding.hint else finding.message
    return f"::{kind} {where}::{_data(said)}"


def _notices(hidden: int, notes: tuple[str, ...]) -> Iterator[str]:
    said = []
    if hidden > 0:
        what = "problem" if hidden == 1 else "problems"
        said.append(f"{hidden} more {what}; the same command with another --format lists all")
    room = MOST - len(said)
    said += map(one_line, notes if len(notes) <= room else notes[: room - 1])
    if len(notes) > room:
        said.append(f"{len(notes) - room + 1} more notes")
    yield from (f"::notice title=lanegate::{_data(text)}" for text in said)


def _data(text: str) -> str:
    """Line ends keep their meaning, other control characters are shown escaped."""
    return one_line(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
