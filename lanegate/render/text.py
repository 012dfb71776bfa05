"""A decision as text for people (design section 7): every violation with where, who and what next."""

from __future__ import annotations

from lanegate.core.decision import ALLOWED, REFUSED, Decision, Violation
from lanegate.core.message import short
from lanegate.render.plain import one_line, show_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lanegate.render.terminal import Terminal

#: Violations shown in full; the rest are counted.
MOST_SHOWN = 50
#: Letters of a path that are shown.
LONGEST = 500
_INDENT = " " * 10
_PATH_CODES = ("LG101", "LG102", "LG103", "LG104")


def decision_text(decision: Decision, *, audit: bool = False, terminal: Terminal | None = None) -> str:
    """The whole answer, ending with a newline. audit: it is only said, not enforced. terminal: where it is read; None
    for a pipe or a server's hook, which have neither colour nor width."""
    lines = [_title(decision, terminal)]
    shown = decision.violations[:MOST_SHOWN]
    for group in _in_groups(shown):
        lines += _section(group, decision.policy_path, terminal)
    hidden = len(decision.violations) - len(shown)
    if hidden:
        lines.append(f"  … and {hidden} more")
    for note in decision.notes:
        lines += _behind("  note: ", one_line(note), terminal)
    if audit and decision.decision != ALLOWED:
        lines.append("  lanegate.mode is audit: this push is let through all the same")
    return "\n".join(lines) + "\n"


def headline(decision: Decision) -> str:
    """`lanegate: refused (2 problems in 1 of 3 commits, policy 4f2a91c)`."""
    policy = f", policy {decision.policy_blob[:7]}" if decision.policy_blob else ""
    problems = _count(len(decision.violations), "problem")
    if decision.decision == ALLOWED and decision.violations:
        return f"lanegate: OVERRIDDEN, so it goes in and is recorded as that ({problems} not enforced{policy})"
    if decision.decision == ALLOWED:
        return f"lanegate: allowed ({_count(decision.commits, 'commit')}, {_count(decision.paths, 'path')}{policy})"
    if decision.decision == REFUSED:
        bad = len({violation.commit for violation in decision.violations if violation.commit})
        where = f" in {bad} of {_count(decision.commits, 'commit')}" if decision.commits and bad else ""
        return f"lanegate: refused ({problems}{where}{policy})"
    return f"lanegate: could not decide, so refused ({problems}{policy})"


def _title(decision: Decision, terminal: Terminal | None) -> str:
    if terminal is None:
        return headline(decision)
    from lanegate.render.terminal import GREEN, RED, YELLOW, painted

    kept = YELLOW if decision.violations else GREEN
    return painted(headline(decision), kept if decision.decision == ALLOWED else RED, terminal)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _in_groups(violations: Iterable[Violation]) -> list[list[Violation]]:
    """Violations of one commit or ref together, groups in the order of their first violation."""
    groups: dict[tuple[str, str], list[Violation]] = {}
    for violation in violations:
        groups.setdefault((violation.commit or "", violation.ref or ""), []).append(violation)
    return list(groups.values())


def _section(group: list[Violation], policy_path: str | None, terminal: Terminal | None) -> Iterator[str]:
    first = group[0]
    title = []
    if first.commit:
        title.append(first.commit[:7])
    if first.subject is not None:
        title.append(f'"{one_line(first.subject)[:72]}"')
    lanes = sorted({violation.lane for violation in group if violation.lane})
    if lanes and first.subject is not None:
        title.append(f" lane {one_line(', '.join(lanes))}")
    if first.ref:
        title.append(f" to {one_line(first.ref)}" if title else one_line(first.ref))
    if title:
        yield "  " + " ".join(title)
    width = min(max((len(show_path(v.path)) for v in group if v.path is not None), default=0), 48)
    for violation in group:
        path = (
            short(one_line(show_path(violation.path)), LONGEST).ljust(width) + "   "
            if violation.path is not None
            else ""
        )
        line = f"{one_line(policy_path or 'policy')}:{violation.policy_line}" if violation.policy_line else ""
        code, message = _code(violation.code, terminal), one_line(violation.message)
        if _fits(f"    {violation.code} {path}{message}   {line}".rstrip(), terminal):
            yield f"    {code} {path}{message}   {line}".rstrip()
        elif path:
            yield f"    {code} {path}".rstrip()
            yield from _behind(_INDENT, message, terminal)
            yield from [_INDENT + line] if line else []
        else:
            start, *rest = _behind(f"    {violation.code} ", message, terminal)
            yield start.replace(violation.code, code, 1)
            yield from [*rest, _INDENT + line] if line else rest
        yield from _hint_lines(violation, terminal)


def _fits(line: str, terminal: Terminal | None) -> bool:
    if terminal is None or terminal.width is None:
        return True
    from lanegate.render.terminal import columns_of

    return columns_of(line) <= terminal.width


def _behind(start: str, text: str, terminal: Terminal | None) -> list[str]:
    if terminal is None:
        return [start + text]
    from lanegate.render.terminal import behind

    return behind(start, text, terminal)


def _code(code: str, terminal: Terminal | None) -> str:
    if terminal is None:
        return code
    from lanegate.render.terminal import RED, painted

    return painted(code, RED, terminal)


def _hint_lines(violation: Violation, terminal: Terminal | None) -> Iterator[str]:
    """What to do next: one line, but wrapped on a terminal, where a command stays in one piece to be copied."""
    hint = one_line(violation.hint or "")
    command = _explain_command(violation)
    whole = ", or: ".join(filter(None, (hint, command)))
    if _fits(_INDENT + whole, terminal):
        if whole:
            yield _INDENT + whole
        return
    if hint:
        yield from _behind(_INDENT, hint, terminal)
    if command:
        yield f"{_INDENT}{'or: ' if hint else ''}{command}"


def _explain_command(violation: Violation) -> str:
    if violation.code not in _PATH_CODES or violation.path is None or not violation.lane:
        return ""
    return one_line(f"lanegate explain {_shell_word(show_path(violation.path))} --lane {violation.lane}")


def _shell_word(text: str) -> str:
    if text and all(letter.isalnum() or letter in "/._-+@%,:" for letter in text) and not text.startswith("-"):
        return text
    return "'" + text.replace("'", "'\\''") + "'"
