"""Records of the lock registry as bytes: what may stand in each field."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lanegate.core.lock_record import MAX_LEASE, MAX_OBJECTIVE, MAX_SCOPE, MAX_SCOPE_TEXT
from lanegate.core.record import RecordError, read_record, write_record
from lanegate.core.record_text import message_of, subject_of
from tests.core.build_locks import ACQUIRE, AT, HEARTBEAT, LOCK_BODIES, RECLAIM, RELEASE, record_of

KINDS = ("acquire", "heartbeat", "release", "reclaim", "acquire")


@pytest.mark.parametrize(("body", "kind"), [*zip(LOCK_BODIES, KINDS, strict=True)])
def test_each_kind(body: Any, kind: str) -> None:
    record = record_of(body, note="still at it")
    assert record.kind == kind
    assert read_record(write_record(record)) == record


def test_the_bytes_of_one() -> None:
    """The format: what is signed, and what other programs read."""
    assert write_record(record_of(ACQUIRE)).decode() == (
        '{\n "at": "2026-11-21T18:00:00Z",\n "format": 1,\n "kind": "acquire",\n "lane": "ui",\n "lock": "l-1",\n'
        ' "note": null,\n "number": 7,\n "objective": "Search dialog keeps focus",\n "policy": "' + "1" * 40 + '",\n'
        ' "scope": [\n  "/ui/",\n  "!/ui/theme/"\n ],\n "seconds": 3600,\n "tries": 0,\n "waited": 0,\n'
        ' "writer": "bob"\n}\n'
    )


LOCK_ID, LONG_ID = "expected a lock id", "expected a lock id of at most 100 characters"
SECONDS, TIME = f"expected seconds from 1 to {MAX_LEASE}", "expected a time such as 2026-11-21T18:00:00Z"
SIZE = f"expected at most {MAX_SCOPE} patterns of {MAX_SCOPE_TEXT} characters in all"


@pytest.mark.parametrize(
    ("body", "fields", "message"),
    [
        (ACQUIRE, {"lock": "-l"}, f"lock: {LOCK_ID}"),
        (ACQUIRE, {"lock": "a/b"}, f"lock: {LOCK_ID}"),
        (ACQUIRE, {"lock": "l" * 101}, f"lock: {LONG_ID}"),
        (ACQUIRE, {"lock": 1}, f"lock: {LONG_ID}"),
        (ACQUIRE, {"lane": "."}, "lane: expected a lane id"),
        (ACQUIRE, {"scope": []}, "scope: expected a list of 1 to 2000"),
        (ACQUIRE, {"scope": ["!/a", "!/b"]}, "scope: expected a pattern without `!`"),
        (ACQUIRE, {"scope": ["/a", "/a"]}, "scope: expected a list that names nothing twice"),
        (ACQUIRE, {"scope": [f"/{number}" for number in range(MAX_SCOPE + 1)]}, f"scope: {SIZE}"),
        (ACQUIRE, {"scope": [f"/{number}/{'a/' * 60}" for number in range(90)]}, f"scope: {SIZE}"),
        (ACQUIRE, {"scope": ["/a\n"]}, "scope: expected text on one line"),
        (ACQUIRE, {"scope": ["*.py"]}, "scope: `*.py` is not anchored, so it could match at every depth: "),
        (ACQUIRE, {"objective": ""}, "objective: expected text on one line"),
        (ACQUIRE, {"objective": "  "}, "objective: expected words"),
        (ACQUIRE, {"objective": "x" * (MAX_OBJECTIVE + 1)}, f"objective: expected text of at most {MAX_OBJECTIVE} "),
        (ACQUIRE, {"seconds": 0}, f"seconds: {SECONDS}"),
        (ACQUIRE, {"tries": -1}, "tries: expected a number"),
        (HEARTBEAT, {"seconds": MAX_LEASE + 1}, f"seconds: {SECONDS}"),
        (HEARTBEAT, {"fence": "3"}, "fence: expected a number"),
        (RELEASE, {"at": "2026-11-21T18:00:00+01:00"}, f"at: {TIME}"),
        (RELEASE, {"at": None}, f"at: {TIME}"),
        (RELEASE, {"seconds": 1}, "key missing or unknown: seconds"),
        (RECLAIM, {"override": None}, "override: expected true or false"),
    ],
)
def test_what_has_no_place(body: Any, fields: dict[str, Any], message: str) -> None:
    document = {**json.loads(write_record(record_of(body))), **fields}
    with pytest.raises(RecordError) as error:
        read_record((json.dumps(document, indent=1, sort_keys=True) + "\n").encode())
    assert error.value.message[: len(message)] == message


@pytest.mark.parametrize(
    ("body", "subject"),
    [
        (ACQUIRE, "acquired: l-1 by ui on /ui/, !/ui/theme/"),
        (HEARTBEAT, "heartbeat: l-1"),
        (RELEASE, "released: l-1"),
        (RECLAIM, "reclaimed: l-1 for core"),
        (RECLAIM._replace(override=True), "overridden: l-1 for core"),
    ],
)
def test_in_words(body: Any, subject: str) -> None:
    assert subject_of(record_of(body)) == subject
    assert message_of(record_of(body, note="So.")) == f"{subject}\n\nSo.\n\nRecord: 7\n"


def test_the_greatest_lease_and_scope() -> None:
    scope = tuple(f"/{number:02}/{'a' * 96}" for number in range(MAX_SCOPE))
    record = record_of(ACQUIRE._replace(seconds=MAX_LEASE, lock="l" * 100, at=AT, scope=scope))
    assert sum(map(len, scope)) == MAX_SCOPE_TEXT
    assert read_record(write_record(record)) == record
