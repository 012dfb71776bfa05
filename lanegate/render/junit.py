"""A decision as a JUnit report, which CI servers count and show (the dialect that Jenkins and GitLab read).

One suite. A test case is a commit or ref with problems, and fails (`LG9xx`: ends in an error) with all of them in its
text; a decision without problems is one case that passes. Pure ASCII; characters that XML 1.0 cannot hold are escaped.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, tostring

from lanegate.core.decision import Decision
from lanegate.render.findings import Finding, findings
from lanegate.render.plain import one_line
from lanegate.render.text import headline


def decision_junit(decision: Decision, seconds: float) -> str:
    """One XML document, ending with a newline. seconds: wall time that the decision took."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings(decision):
        groups.setdefault(_case_name(finding), []).append(finding)
    time = f"{seconds:.3f}"
    suites = Element("testsuites")
    suite = SubElement(suites, "testsuite", name="lanegate", tests=str(len(groups) or 1), time=time)
    counts = {"failure": 0, "error": 0, "skipped": 0}
    for name, found in groups.items():
        case = SubElement(suite, "testcase", classname="lanegate", name=name, time="0")
        kind = _kind(found)
        counts[kind] += 1
        said = SubElement(case, kind, message=_text("; ".join(dict.fromkeys(one.title for one in found))))
        if kind != "skipped":
            said.set("type", _text(found[0].violation.code))
        said.text = "\n".join(_lines(found))
    if not groups:
        SubElement(suite, "testcase", classname="lanegate", name="every rule is kept", time=time)
    suite.set("failures", str(counts["failure"]))
    suite.set("errors", str(counts["error"]))
    suite.set("skipped", str(counts["skipped"]))
    told = SubElement(suite, "system-out")
    told.text = "\n".join([_text(headline(decision)), *(f"note: {_text(note)}" for note in decision.notes)])
    document: bytes = tostring(suites, "us-ascii")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{document.decode()}\n'


def _case_name(finding: Finding) -> str:
    violation = finding.violation
    if violation.commit is not None:
        title = f' "{violation.subject}"' if violation.subject is not None else ""
        return _text(f"{violation.commit[:12]}{title}" + (f" to {violation.ref}" if violation.ref is not None else ""))
    return _text(violation.ref) if violation.ref is not None else "what is judged"


def _kind(found: list[Finding]) -> str:
    if not found[0].enforced:
        return "skipped"
    return "error" if any(one.violation.code.startswith("LG9") for one in found) else "failure"


def _lines(found: list[Finding]) -> list[str]:
    lines = []
    for one in found:
        lines.append(_text(f"{one.violation.code} {one.message}"))
        if one.hint:
            lines.append(_text(f"  {one.hint}"))
    return lines


def _text(text: str) -> str:
    """One line of what XML 1.0 can hold (its production Char): of what `one_line` leaves, two characters are not."""
    return one_line(text).replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")
