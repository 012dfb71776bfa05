"""Gate reports for people and scripts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from lanegate.core.report import Report
from lanegate.render.plain import one_line, show_path

VERSION = 1


def gate_lines(report: Report, wanted: Iterable[str]) -> Iterator[str]:
    """How each gate ended, in a line: passed, failed, or not run since a lower rung failed."""
    for name in wanted:
        steps = [step for step in report.gates if step.name == name]
        failed = next((step for step in steps if step.exit), None)
        if not steps:
            yield f"gate {name}: not run, a lower rung failed"
        elif failed is not None:
            yield f"gate {name}: failed, {one_line(failed.command)} exited with {failed.exit}"
        else:
            yield f"gate {name}: passed in {sum(step.milliseconds for step in steps) / 1000:.1f} s"


def report_json(report: Report, path: str) -> str:
    """One JSON object, ending with a newline: the report and where its draft lies."""
    value = {
        "version": VERSION,
        "report": path,
        "lane": report.lane or None,
        "commits": list(report.commits),
        "ran": report.ran,
        "passed": list(report.passed),
        "failed": list(report.failed),
        "gates": [step._asdict() for step in report.gates],
        "files": [{**file._asdict(), "path": show_path(file.path)} for file in report.files],
    }
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def report_markdown(report: Report) -> str:
    """A report as a page for a review, in its seven sections."""
    return "\n".join([f"# Gate report: {_text(report.lane or 'no lane')}", "", *_sections(report)]) + "\n"


def _sections(report: Report) -> Iterator[str]:
    yield from ("## Scope", "", _text(report.objective or "(no objective)"), "")
    yield from (f"- commit `{oid}`{' (gates ran on it)' if oid == report.ran else ''}" for oid in report.commits)
    yield from (f"- owns `{_text(path)}`" for path in report.owned_paths)
    yield from ("", "## Files", "", "| path | change | grant |", "|---|---|---|")
    yield from (f"| {_text(show_path(file.path))} | {file.change} | {_text(file.grant)} |" for file in report.files)
    yield from ("", "## Criteria", "")
    for criterion in report.criteria:
        evidence = _text(criterion.evidence or "no evidence")
        yield f"- [{'x' if criterion.met else ' '}] {_text(criterion.text)}: {evidence}"
    yield from ("", "## Gates", "", "| gate | rung | command | exit | seconds |", "|---|---|---|---|---|")
    for step in report.gates:
        yield f"| {step.name} | {step.rung} | {_text(step.command)} | {step.exit} | {step.milliseconds / 1000:.1f} |"
    yield from ("", "## Compliance", "")
    for name in ("architecture", "docs", "policy"):
        yield f"- {name}: {_text(getattr(report, name) or 'not said yet')}"
    yield from ("", "## Risks", "", *_listed("risk", report.risks), *_listed("assumption", report.assumptions))
    yield from ("", "## Disposition", "", f"{report.decision}: {_text(report.next or 'not said yet')}")


def _listed(what: str, items: tuple[str, ...] | None) -> Iterator[str]:
    if items is None:
        yield f"- {what}s: not said yet"
    elif not items:
        yield f"- no {what}s"
    else:
        yield from (f"- {what}: {_text(item)}" for item in items)


def _text(text: str) -> str:
    """Text in one line in which nothing is markup."""
    safe = one_line(" ".join(text.split()))
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>#|" else letter for letter in safe)
