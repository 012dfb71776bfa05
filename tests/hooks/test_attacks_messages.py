"""Messages: trailers that another parser would read differently (THREATS, "Deciding": trailers)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attack_support import LANE, MAIN, Arena, arena, blob, commit_with

SCISSORS = b"# ------------------------ >8 ------------------------\n"

#: (name, message of a commit that touches only what ui owns, code).
MESSAGES: list[tuple[str, bytes, str | None]] = [
    ("honest", b"Add\n\nLane: ui\n", None),
    ("honest_with_a_body", b"Add\n\nBody: text\n\nLane: ui\n", None),
    ("honest_among_others", b"Add\n\nSigned-off-by: A <a@x>\nLane: ui\nCo-authored-by: B <b@x>\n", None),
    ("honest_case", b"Add\n\nlane: ui\n", None),
    ("honest_cherry_pick", b"Add\n\nLane: ui\n(cherry picked from commit 0123456789abcdef)\n", None),
    ("honest_folded_foreign", b"Add\n\nNote: a\n  b\nLane: ui\n", None),
    ("honest_quoted_lane_above", b"Add\n\n> Lane: core\n\nLane: ui\n", None),
    ("honest_other_lane_in_the_body", b"Add\n\nLane: core\n\nis what I did not touch.\n\nLane: ui\n", None),
    ("honest_last_line_without_end", b"Add\n\nLane: ui", None),
    ("none", b"Add\n", "LG201"),
    ("empty", b"", "LG201"),
    ("blank", b"\n\n\n", "LG201"),
    ("subject_only", b"Lane: ui\n", "LG201"),
    ("no_empty_line", b"Add\nLane: ui\n", "LG201"),
    ("duplicate", b"Add\n\nLane: ui\nLane: ui\n", "LG201"),
    ("two_lanes", b"Add\n\nLane: core\nLane: ui\n", "LG201"),
    ("two_lanes_by_case", b"Add\n\nLane: ui\nLANE: core\n", "LG201"),
    ("folded", b"Add\n\nLane: ui\n core\n", "LG201"),
    ("folded_empty", b"Add\n\nLane:\n ui\n", "LG201"),
    ("carriage_return", b"Add\n\nLane: ui\r\n", "LG201"),
    ("dos_lines", b"Add\r\n\r\nLane: ui\r\n", "LG201"),
    ("carriage_return_inside", b"Add\n\nLane: core\rLane: ui\n", "LG201"),
    ("after_dashes", b"Add\n\n---\nLane: ui\n", "LG201"),
    ("before_dashes", b"Add\n\nLane: ui\n---\n a diffstat\n", "LG201"),
    ("below_scissors", b"Add\n\n" + SCISSORS + b"Lane: ui\n", "LG201"),
    ("in_a_comment", b"Add\n\n# Lane: ui\n", "LG201"),
    ("comment_beside", b"Add\n\nLane: ui\n# Conflicts:\n", "LG201"),
    ("in_the_middle", b"Add\n\nLane: ui\n\nMore text.\n", "LG201"),
    ("quoted", b"Add\n\n> Lane: ui\n", "LG201"),
    ("indented", b"Add\n\n    Lane: ui\n", "LG201"),
    ("paragraph_of_text", b"Add\n\nThis is\nLane: ui\n", "LG201"),
    ("no_space", b"Add\n\nLane:ui\n", "LG201"),
    ("space_before_the_colon", b"Add\n\nLane : ui\n", "LG201"),
    ("equals", b"Add\n\nLane=ui\n", "LG201"),
    ("fullwidth_colon", "Add\n\nLane\uff1a ui\n".encode(), "LG201"),
    ("homoglyph_token", "Add\n\nL\u0430ne: ui\n".encode(), "LG201"),
    ("homoglyph_lane", "Add\n\nLane: u\u0456\n".encode(), "LG201"),
    ("zero_width_in_the_lane", "Add\n\nLane: u\u200bi\n".encode(), "LG201"),
    ("trailing_space", b"Add\n\nLane: ui \n", "LG201"),
    ("no_break_space", "Add\n\nLane: ui\u00a0\n".encode(), "LG201"),
    ("two_in_one_line", b"Add\n\nLane: ui, core\n", "LG201"),
    ("comment_in_the_value", b"Add\n\nLane: ui # mine\n", "LG201"),
    ("unknown", b"Add\n\nLane: nobody\n", "LG201"),
    ("unknown_by_case", b"Add\n\nLane: UI\n", "LG201"),
    ("done", b"Add\n\nLane: old\n", "LG201"),
    ("another", b"Add\n\nLane: core\n", "LG101"),
    ("not_utf8", b"Add\n\nLane: \xff\n", "LG201"),
    ("escape", b"Add\n\nLane: \x1b[31mui\n", "LG201"),
    ("vertical_tab", b"Add\n\nLane: ui\x0b\n", "LG201"),
    ("line_separator", "Add\n\nLane: core\u2028Lane: ui\n".encode(), "LG201"),
    ("next_line", "Add\n\nLane: core\u0085Lane: ui\n".encode(), "LG201"),
    ("form_feed_paragraph", b"Add\n\nLane: core\n\x0c\nLane: ui\n", "LG201"),
    ("blank_but_for_a_space", b"Add\n\nLane: core\n \nLane: ui\n", "LG201"),
    ("another_own_trailer_folded", b"Add\n\nLane: ui\nReverts: a\n b\n", "LG201"),
    ("foreign_with_a_control_character", b"Add\n\nNote: a\x01\nLane: ui\n", "LG201"),
    ("foreign_without_value", b"Add\n\nNote: \nLane: ui\n", "LG201"),
    ("html_comment", b"Add\n\n<!-- Lane: ui -->\n", "LG201"),
]


@pytest.mark.parametrize(
    ("message", "code"), [pytest.param(message, code, id=name) for name, message, code in MESSAGES]
)
def test_lane_trailer(tmp_path: Path, message: bytes, code: str | None) -> None:
    at = arena(tmp_path)
    judged(at, commit_with(at.clone, {b"src/ui/x": ("100644", blob(at.clone))}, message=message), code)


def judged(at: Arena, commit: str, code: str | None, ref: str = MAIN) -> None:
    if code:
        at.refuses(f"{commit}:{ref}", codes=[code])
    else:
        at.accepts(f"{commit}:{ref}")


#: (name, message of a commit of the lane with a task and a subject prefix, code).
TASKS: list[tuple[str, bytes, str | None]] = [
    ("honest", b"[W1] Add\n\nLane: docs\nTask: T-12\n", None),
    ("prefix_alone", b"[W1]\n\nLane: docs\nTask: T-12\n", None),
    ("no_task", b"[W1] Add\n\nLane: docs\n", "LG204"),
    ("another_task", b"[W1] Add\n\nLane: docs\nTask: T-1\n", "LG204"),
    ("two_tasks", b"[W1] Add\n\nLane: docs\nTask: T-12\nTask: T-13\n", "LG204"),
    ("the_task_twice", b"[W1] Add\n\nLane: docs\nTask: T-12\ntask: T-12\n", "LG204"),
    ("task_elsewhere", b"[W1] Add\n\nTask: T-12\n\nLane: docs\n", "LG204"),
    ("folded_task", b"[W1] Add\n\nLane: docs\nTask: T-12\n x\n", "LG201"),
    ("no_prefix", b"Add\n\nLane: docs\nTask: T-12\n", "LG205"),
    ("glued_prefix", b"[W1]Add\n\nLane: docs\nTask: T-12\n", "LG205"),
    ("prefix_later", b"Add [W1]\n\nLane: docs\nTask: T-12\n", "LG205"),
    ("prefix_by_case", b"[w1] Add\n\nLane: docs\nTask: T-12\n", "LG205"),
    ("longer_prefix", b"[W1]x Add\n\nLane: docs\nTask: T-12\n", "LG205"),
]


@pytest.mark.parametrize(("message", "code"), [pytest.param(message, code, id=name) for name, message, code in TASKS])
def test_task_and_prefix(tmp_path: Path, message: bytes, code: str | None) -> None:
    at = arena(tmp_path)
    judged(at, commit_with(at.clone, {b"docs/x.md": ("100644", blob(at.clone))}, message=message), code)


def test_a_message_of_very_many_lines(tmp_path: Path) -> None:
    at = arena(tmp_path)
    message = b"Add\n\n" + b"Note: x\n" * 50_000 + b"Lane: ui\n"
    judged(at, commit_with(at.clone, {b"src/ui/x": ("100644", blob(at.clone))}, message=message), None, LANE)
    message = b"Add\n\n" + b"Lane: ui\n" * 50_000
    ran = at.refuses(
        f"{commit_with(at.clone, {b'src/ui/x': ('100644', blob(at.clone))}, message=message)}:{MAIN}", codes=["LG201"]
    )
    assert len(ran.err) < 10_000


def test_author_and_branch_name_prove_nothing(tmp_path: Path) -> None:
    """What the pusher can write is no identity: the author of another lane, a branch named after it."""
    at = arena(tmp_path)
    at.clone.git("checkout", "-q", "-b", "lane/core")
    at.clone.write("src/core/index.py", "stolen = 1\n")
    at.clone.git("add", "-A")
    at.clone.commit("Core: steal", "--author", "Ana <ana@example.org>", lane="ui")
    at.refuses("HEAD:main", codes=["LG101"])
    at.refuses("HEAD:refs/heads/lane/core", codes=["LG201"])
