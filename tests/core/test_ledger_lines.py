"""The ledger's state: what each record adds to it, line by line, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.core.ledger import Entry, commit_path, entry_line, lane_path, read_entries, written
from lanegate.core.record import Record, Verdict
from lanegate.core.record_text import message_of
from tests.core.records import (
    ACCEPTED,
    GATED,
    GATES,
    LANDING,
    MAIN,
    OVERRIDE,
    RECONCILE,
    REJECTED,
    WITHDRAW,
    A,
    B,
    C,
    D,
    record_of,
    records,
    words,
)

AT_A, AT_B, AT_C = (f"commits/{letter}/{letter}/{letter}/{letter}/{letter * 36}" for letter in "abc")
LAST, EVENTS = "lanes/ui/last", "lanes/ui/events"
BOTH = "on=refs/heads/main on=refs/heads/release"
STATES: list[tuple[Any, dict[str, str]]] = [
    (
        ACCEPTED,
        {
            AT_A: f"7 verdict is=accepted lane=ui task=T-12 {BOTH} by=cy",
            AT_B: f"7 verdict is=accepted lane=ui task=T-12 {BOTH} by=cy",
            LAST: f"7 verdict commit={A} commit={B} is=accepted lane=ui task=T-12 {BOTH} by=cy before={D}",
        },
    ),
    (
        GATED,
        {
            AT_A: f"7 verdict is=accepted lane=ui on={MAIN} gate=full gate=targeted ran={B} by=cy",
            AT_B: f"7 verdict is=accepted lane=ui on={MAIN} gate=full gate=targeted ran={B} carried={D} by=cy",
            LAST: f"7 verdict commit={A} commit={B} is=accepted lane=ui on={MAIN} gate=full gate=targeted ran={B} by=cy"
            f" before={D}",
        },
    ),
    (
        REJECTED,
        {
            AT_A: f"7 verdict is=rejected lane=ui {BOTH} by=cy",
            LAST: f"7 verdict commit={A} is=rejected lane=ui {BOTH} by=cy before={D}",
            EVENTS: f"7 verdict commit={A} on={MAIN} tip={D} by=cy\n7 verdict commit={A} on=refs/heads/release by=cy",
        },
    ),
    (WITHDRAW, {AT_A: f"7 withdraw on={MAIN} by=cy", AT_B: f"7 withdraw on={MAIN} by=cy"}),
    (RECONCILE, {EVENTS: "7 reconcile assumption=A-1 assumption=A-2 by=cy"}),
    (GATES, {AT_A: "7 gate gate=full failed=lint by=cy"}),
    (
        LANDING,
        {
            AT_B: f"7 landing ref={MAIN} old={A} new={B} seen=6 by=cy",
            AT_C: f"7 landing ref=refs/heads/x old={C} seen=6 forced=true by=cy",
        },
    ),
    (
        OVERRIDE,
        {
            AT_B: f"7 landing ref={MAIN} old={A} new={B} seen=6 reason=the%20registry%20is%20down by=cy",
            AT_C: f"7 landing ref=refs/heads/x old={C} seen=6 forced=true reason=the%20registry%20is%20down by=cy",
        },
    ),
]


@pytest.mark.parametrize(("body", "state"), STATES)
def test_what_a_record_makes(body: Any, state: dict[str, str]) -> None:
    record = record_of(body)
    made = written(record, D, {}.get)
    assert {path.decode(): content.decode() for path, content in made.items()} == {
        path: f"{lines}\n" for path, lines in state.items()
    }


def test_the_first_record_and_nobodys() -> None:
    made = written(record_of(ACCEPTED, 1, writer=None), None, {}.get)
    assert made[LAST.encode()].endswith(b" on=refs/heads/release\n")
    assert b" by=" not in b"".join(made.values())


def test_on_top_of_what_stands_there() -> None:
    """Lines are added below the old ones; only `last` is written over."""
    old = {AT_A.encode(): b"1 x\n", LAST.encode(): b"1 y\n", EVENTS.encode(): b"1 z\n", b"else": b"2 no\n"}
    made = written(record_of(REJECTED), D, old.get)
    assert made[AT_A.encode()].startswith(b"1 x\n7 verdict ")
    assert made[EVENTS.encode()].startswith(b"1 z\n7 verdict ")
    assert made[LAST.encode()].startswith(b"7 verdict ")
    assert b"else" not in made


def test_a_ref_that_moved_twice_to_one_commit() -> None:
    moved = (LANDING.moved[0], LANDING.moved[0]._replace(ref="refs/heads/also"))
    made = written(record_of(LANDING._replace(moved=moved)), D, {}.get)
    assert made[AT_B.encode()].count(b"\n") == 2


@given(records, records)
def test_lines_are_read_back(first: Record, second: Record) -> None:
    state = written(first, None, {}.get)
    state |= written(second, D, state.get)
    for content in state.values():
        entries = read_entries(content)
        assert b"".join(map(entry_line, entries)) == content
        assert {entry.number for entry in entries} <= {first.number, second.number}
        assert content.isascii()


@given(st.text(st.characters(exclude_categories=())), words)
def test_any_value_is_read_back(value: str, name: str) -> None:
    entry = Entry(3, "verdict", (("x", value), ("x", name), ("y", "")))
    [back] = read_entries(entry_line(entry))
    assert back == entry
    assert back.all("x") == (value, name)
    assert back.one("x") == value
    assert back.one("y") == ""
    assert back.one("z") is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"7\n",
        b"x verdict\n",
        b"7 verdict",
        b"7 verdict\n8 gate",
        b"7 verdict on\n",
        b"7 gate \xff=\n",
        b"7 gate gate=%zz\n",
        b"7 gate gate=%ff\n",
    ],
)
def test_what_is_no_state(content: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever Python says of it
        read_entries(content)


def test_paths() -> None:
    assert commit_path("0123" + "4" * 60) == b"commits/0/1/2/3/" + b"4" * 60
    assert lane_path("ui", "last") == b"lanes/ui/last"


@pytest.mark.parametrize(
    ("body", "subject"),
    [
        (ACCEPTED, f"accepted: {A[:12]}, {B[:12]} of ui for main, release"),
        (WITHDRAW, f"withdrawn: verdicts on {A[:12]}, {B[:12]} for main"),
        (RECONCILE, "reconciled: A-1, A-2 of ui"),
        (RECONCILE._replace(assumptions=("A-1", "A-2", "A-3")), "reconciled: A-1, A-2, A-3 of ui"),
        (GATES, f"gates on {A[:12]}: 1 passed, 1 failed"),
        (LANDING, f"landed: main at {B[:12]} and 1 more"),
        (LANDING._replace(moved=LANDING.moved[1:]), "landed: x at nothing"),
        (OVERRIDE._replace(moved=LANDING.moved[:1]), f"overridden: main at {B[:12]}"),
        (
            Verdict("rejected", tuple(f"{n}" * 40 for n in "12345"), "ui", (MAIN,)),
            f"rejected: {'1' * 12}, {'2' * 12}, {'3' * 12} and 2 more of ui for main",
        ),
    ],
)
def test_the_message(body: Any, subject: str) -> None:
    assert message_of(record_of(body)).startswith(f"{subject}\n\n")
    assert message_of(record_of(body, note="so be it")).endswith("\n\nso be it\n\nRecord: 7\n")


def test_the_message_of_an_override_says_why() -> None:
    assert "\n\nthe registry is down\n\nRecord: 7\n" in message_of(record_of(OVERRIDE))
