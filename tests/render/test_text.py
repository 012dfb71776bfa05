"""A refusal on a terminal: coloured where it may be, hints in its width, and commands in one piece."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from lanegate.core.decision import ALLOWED, REFUSED, Decision, Violation
from lanegate.render.terminal import Terminal
from lanegate.render.text import decision_text
from tests.render.decisions import COMMIT, decisions, refused

HINT = "ask core (ana) for the change; escalate if scope leaves src/ui"
OUTSIDE = Violation("LG101", "core is PRIMARY here", COMMIT, "Add search", b"src/a b.py", "ui", hint=HINT)
EXPLAIN = "lanegate explain 'src/a b.py' --lane ui"


def test_a_pipe_has_neither_colour_nor_width() -> None:
    text = decision_text(refused(OUTSIDE))
    assert text.splitlines()[3] == f"          {HINT}, or: {EXPLAIN}"
    assert "\x1b" not in text
    assert decision_text(refused(OUTSIDE), terminal=Terminal(None, has_colour=False)) == text
    assert decision_text(refused(OUTSIDE), terminal=Terminal(200, has_colour=False)) == text


@settings(max_examples=60)
@given(decisions(), st.sampled_from([None, "policy/\x1b[2J\n.toml"]))
def test_nothing_of_a_repository_reaches_the_terminal_but_letters(decision: Decision, policy_path: str | None) -> None:
    decision = decision._replace(
        policy_path=policy_path, violations=tuple(each._replace(policy_line=3) for each in decision.violations)
    )
    for terminal in (None, Terminal(30)):
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", decision_text(decision, terminal=terminal))


def test_hints_keep_to_the_width_and_commands_stay_whole() -> None:
    for columns in (20, 40, 60):
        lines = decision_text(refused(OUTSIDE), terminal=Terminal(columns)).splitlines()
        below = [line.strip() for line in lines if line.startswith(" " * 10)]
        assert below[-1] == f"or: {EXPLAIN}"
        said = OUTSIDE.message + " " if columns < 50 else ""  # in 60 columns it stands behind the path
        assert " ".join(below[:-1]) == said + HINT
        assert all(len(line) <= max(columns - 10, 20) for line in below[:-1])
    lone = OUTSIDE._replace(hint=None)
    assert decision_text(refused(lone), terminal=Terminal(30)).endswith(f"\n          {EXPLAIN}\n")
    words = OUTSIDE._replace(code="LG201", hint="word " * 20)
    assert "or: " not in decision_text(refused(words), terminal=Terminal(30))


def test_colour_adds_nothing_but_colour() -> None:
    fit = Decision(ALLOWED, commits=1)
    for decision, colour in ((fit, 32), (refused(OUTSIDE, decision=ALLOWED), 33), (refused(OUTSIDE), 31)):
        text = decision_text(decision, terminal=Terminal(None, has_colour=True))
        assert text.startswith(f"\x1b[{colour}mlanegate: ")
        assert re.sub(r"\x1b\[\d*m", "", text) == decision_text(decision)
    assert "\x1b[31mLG101\x1b[0m src" in text


def test_a_line_that_is_too_long_is_broken_between_its_parts() -> None:
    lane = "alexander-and-marco"
    words = f"{lane} is PRIMARY here, core has no grant"
    long = Violation("LG101", words, path=b"crates/sql/src/lib.rs", policy_line=29)
    decision = Decision(REFUSED, (long, Violation("LG201", "word " * 14 + "end", hint="help")), policy_path="p.toml")
    assert decision_text(decision, terminal=Terminal(60, has_colour=True)).splitlines()[1:] == [
        "    \x1b[31mLG101\x1b[0m crates/sql/src/lib.rs",
        "          alexander-and-marco is PRIMARY here, core has no",
        "          grant",
        "          p.toml:29",
        "    \x1b[31mLG201\x1b[0m word word word word word word word word word word",
        "          word word word word end",
        "          help",
    ]
    wide = decision_text(decision, terminal=Terminal(200)).splitlines()
    assert wide == decision_text(decision).splitlines()
    assert wide[1] == f"    LG101 crates/sql/src/lib.rs   {words}   p.toml:29"
    noted = Decision(REFUSED, (long._replace(path=None),), notes=("word " * 14 + "end",))
    assert decision_text(noted, terminal=Terminal(60)).splitlines()[1:] == [
        "    LG101 alexander-and-marco is PRIMARY here, core has no",
        "          grant",
        "          policy:29",
        "  note: word word word word word word word word word word",
        "        word word word word end",
    ]
