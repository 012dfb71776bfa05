"""Records as bytes: each has one spelling, and whatever else the bytes are, they are refused in one line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.core.record import (
    MAX_BYTES,
    MAX_NAMED,
    MAX_SAID,
    MAX_TEXT,
    MAX_WORD,
    Record,
    RecordError,
    read_record,
    write_readable,
    write_record,
)
from tests.core.records import ACCEPTED, BODIES, LANDING, MAIN, REJECTED, WITHDRAW, A, B, record_of, records

KINDS = ("verdict", "verdict", "verdict", "withdraw", "reconcile", "gate", "landing", "landing")


@given(records)
def test_what_is_written_is_read_back(record: Record) -> None:
    data = write_record(record)
    assert write_readable(record) == data
    assert read_record(data) == record
    assert write_record(read_record(data)) == data
    assert data.isascii()


@pytest.mark.parametrize(("body", "kind"), [*zip(BODIES, KINDS, strict=True)])
def test_each_kind(body: Any, kind: str) -> None:
    record = record_of(body, note="so\n\tsay äll 🙂")
    assert record.kind == kind
    assert read_record(write_record(record)) == record
    assert json.loads(write_record(record))["kind"] == kind


def test_the_bytes_of_one() -> None:
    """The format: what is signed, and what other programs read."""
    assert write_record(record_of(REJECTED._replace(commits=(A,)), note="too slow")).decode() == (
        '{\n "carried": [],\n "commits": [\n  "' + A + '"\n ],\n "format": 1,\n "gates": [],\n "kind": "verdict",\n'
        ' "lane": "ui",\n "note": "too slow",\n "number": 7,\n "policy": "' + "1" * 40 + '",\n "ran": null,\n'
        ' "refs": [\n  "refs/heads/main",\n  "refs/heads/release"\n ],\n "report": null,\n "task": null,\n'
        ' "tips": {\n  "refs/heads/main": "' + "d" * 40 + '",\n  "refs/heads/release": null\n },\n'
        ' "verdict": "rejected",\n "writer": "cy"\n}\n'
    )


@given(records, st.data())
def test_any_other_spelling_is_refused(record: Record, data: st.DataObject) -> None:
    spelt = write_record(record)
    document = json.loads(spelt)
    others = [
        json.dumps(document).encode(),
        json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass"),
        json.dumps(document, indent=2, sort_keys=True).encode() + b"\n",
        spelt + b"\n",
        spelt[:-1],
        b"\xef\xbb\xbf" + spelt,
        spelt.decode().encode("utf-16"),
        spelt.replace(b"{\n", b'{\n "format": 1,\n', 1),
        spelt.replace(b'"format": 1,', b'"format": 1.0,'),
        spelt.replace(b'"format": 1,', b'"format": true,'),
        spelt.replace(b'"kind"', b'"k\\u0069nd"'),
    ]
    other = data.draw(st.sampled_from(others))
    if other != spelt:
        with pytest.raises(RecordError):
            read_record(other)


@given(st.binary(max_size=300) | st.sampled_from([b"[" * 100_000, b"{}", b"null", b'"x"', b"1", b"", b"\xff" * 50]))
def test_any_bytes_have_an_answer(data: bytes) -> None:
    with pytest.raises(RecordError) as error:
        read_record(data)
    assert error.value.message == str(error.value)
    assert "\n" not in error.value.message


def changed(record: Record, **fields: Any) -> bytes:
    """A record with keys set, as a program would write it; `...` takes a key away."""
    document = {**json.loads(write_record(record)), **fields}
    kept = {key: value for key, value in document.items() if value is not ...}
    return (json.dumps(kept, indent=1, sort_keys=True) + "\n").encode()


WORD, LINE, TEXT = (
    "expected a word without spaces",
    "expected text on one line",
    "expected text without control characters",
)
ID, MANY = "expected a full object id", [f"{number:040x}" for number in range(1, MAX_NAMED + 2)]
MOVED = {"ref": MAIN, "old": A, "new": B, "forced": False}
PAIRS = f"expected an object of 1 to {MAX_NAMED}, or []"
LONG = f"expected text, not empty, of at most {MAX_TEXT} characters"


@pytest.mark.parametrize(
    ("body", "fields", "message"),
    [
        (ACCEPTED, {"format": 2}, "format 2, this version of lanegate reads 1"),
        (ACCEPTED, {"format": ...}, "format None, this version of lanegate reads 1"),
        (ACCEPTED, {"kind": "wish"}, "unknown kind 'wish'"),
        (ACCEPTED, {"kind": ["verdict"]}, "unknown kind ['verdict']"),
        (ACCEPTED, {"kind": "landing"}, "key missing or unknown: carried"),
        (ACCEPTED, {"extra": 1}, "key missing or unknown: extra"),
        (ACCEPTED, {"lane": ...}, "key missing or unknown: lane"),
        (ACCEPTED, {"number": -1}, "expected a number"),
        (ACCEPTED, {"number": 1 << 53}, "expected a number"),
        (ACCEPTED, {"number": True}, "expected a number"),
        (ACCEPTED, {"number": 1.5}, "expected a number"),
        (ACCEPTED, {"policy": "1" * 39}, ID),
        (ACCEPTED, {"policy": "A" * 40}, ID),
        (ACCEPTED, {"policy": "0" * 40}, ID),
        (ACCEPTED, {"policy": None}, ID),
        (ACCEPTED, {"policy": 1}, ID),
        (ACCEPTED, {"writer": "a b"}, WORD),
        (ACCEPTED, {"writer": ""}, WORD),
        (ACCEPTED, {"writer": "x" * (MAX_WORD + 1)}, WORD),
        (ACCEPTED, {"writer": "a\x7f"}, LINE),
        (ACCEPTED, {"writer": "a\nb"}, LINE),
        *((ACCEPTED, {"writer": letter}, LINE) for letter in ("\ud800", "\udc7f", "\udd00", "\udfff")),
        (ACCEPTED, {"writer": ["ana"]}, WORD),
        (ACCEPTED, {"note": ""}, LONG),
        (ACCEPTED, {"note": "x" * (MAX_TEXT + 1)}, LONG),
        (ACCEPTED, {"note": "\x1b[1m"}, TEXT),
        (ACCEPTED, {"note": "\x85"}, TEXT),
        (ACCEPTED, {"note": "\udcff"}, TEXT),
        (ACCEPTED, {"verdict": "maybe"}, "expected accepted or rejected"),
        (ACCEPTED, {"verdict": ["accepted"]}, "expected accepted or rejected"),
        (ACCEPTED, {"commits": []}, f"expected a list of 1 to {MAX_NAMED}"),
        (ACCEPTED, {"commits": MANY}, f"expected a list of 1 to {MAX_NAMED}"),
        (ACCEPTED, {"commits": A}, f"expected a list of 1 to {MAX_NAMED}"),
        (ACCEPTED, {"commits": {A: B}}, f"expected a list of 1 to {MAX_NAMED}"),
        (ACCEPTED, {"commits": [A, A]}, "expected a list that names nothing twice"),
        (ACCEPTED, {"commits": [A[:12]]}, ID),
        (ACCEPTED, {"lane": ".git"}, "expected a lane id"),
        (ACCEPTED, {"lane": "a/b"}, "expected a lane id"),
        (ACCEPTED, {"lane": "ü"}, "expected a lane id"),
        (ACCEPTED, {"lane": ".."}, "expected a lane id"),
        (ACCEPTED, {"lane": ""}, WORD),
        (ACCEPTED, {"refs": [MAIN, "heads/main"]}, "expected a full ref name"),
        (ACCEPTED, {"refs": ["refs/heads/z", "refs/heads/a"]}, "expected a list in order"),
        (ACCEPTED, {"task": "a\nb"}, LINE),
        (ACCEPTED, {"task": ""}, LINE),
        (ACCEPTED, {"tips": {}}, PAIRS),
        (ACCEPTED, {"tips": [[MAIN, A]]}, PAIRS),
        (
            ACCEPTED,
            {"tips": dict.fromkeys([f"refs/{name}" for name in MANY])},
            PAIRS,
        ),
        (ACCEPTED, {"tips": {MAIN: "x"}}, ID),
        (ACCEPTED, {"carried": {A: None}}, ID),
        (WITHDRAW, {"refs": []}, f"expected a list of 1 to {MAX_NAMED}"),
        (LANDING, {"moved": [{**MOVED, "more": 1}]}, "expected ref, old, new, forced"),
        (LANDING, {"moved": [[MAIN, A, B, False]]}, "expected ref, old, new, forced"),
        (LANDING, {"moved": [{**MOVED, "forced": 1}]}, "expected true or false"),
        (LANDING, {"moved": [{**MOVED, "old": None, "new": None}]}, "expected an old or a new id"),
        (LANDING, {"moved": []}, f"expected a list of 1 to {MAX_NAMED}"),
        (LANDING, {"time": "x" * (MAX_TEXT + 1)}, LINE),
    ],
)
def test_what_is_no_record(body: Any, fields: dict[str, Any], message: str) -> None:
    assert read_record(changed(record_of(body))) == record_of(body)
    with pytest.raises(RecordError) as error:
        read_record(changed(record_of(body), **fields))
    where = f"{next(iter(fields))}: " if message.startswith("expected ") else ""
    assert error.value.message == where + message


def test_a_key_twice() -> None:
    """Whichever of the two a reader takes, it is not what the writer's program showed him."""
    spelt = write_record(record_of(ACCEPTED))
    twice = spelt.replace(b' "verdict": "accepted",', b' "verdict": "rejected",\n "verdict": "accepted",')
    assert json.loads(twice) == json.loads(spelt)
    with pytest.raises(RecordError, match="the same record, other bytes"):
        read_record(twice)


@pytest.mark.parametrize(
    "body",
    [
        ACCEPTED._replace(refs=("refs/" + "m" * 1019,), gates=(), task=None),
        ACCEPTED._replace(refs=("refs/m",), gates=("g" * 1018,), task=None),
        ACCEPTED._replace(refs=("refs/m",), gates=(), task="t" * 1018),
        WITHDRAW._replace(refs=("refs/" + "m" * 1019,)),
    ],
    ids=["refs", "gates", "task", "withdraw"],
)
def test_what_is_said_of_each_commit_is_not_much(body: Any) -> None:
    """The ledger's state repeats these 1,024 characters for each commit."""
    most = MAX_SAID // 1024
    fits = record_of(body._replace(commits=tuple(MANY[:most])))
    assert read_record(write_record(fits)) == fits
    with pytest.raises(RecordError, match="too many commits for so many refs and gates"):
        read_record(write_record(record_of(body._replace(commits=tuple(MANY[: most + 1])))))


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (record_of(ACCEPTED._replace(lane="no lane")), "lane: expected a word without spaces"),
        (record_of(ACCEPTED._replace(commits=())), f"commits: expected a list of 1 to {MAX_NAMED}"),
        (record_of(ACCEPTED, note="\x1b"), "note: expected text without control characters"),
        (record_of(LANDING._replace(time="")), "time: expected text on one line"),
        (record_of(LANDING._replace(codes=tuple(f"{'x' * 900}{at:04}" for at in range(MAX_NAMED)))), "larger than"),
    ],
)
def test_what_nobody_could_read_is_not_written(record: Record, message: str) -> None:
    """For the reason for which it could not be read."""
    with pytest.raises(RecordError, match=f"^{message}") as unwritten:
        write_readable(record)
    with pytest.raises(RecordError) as unread:
        read_record(write_record(record))
    assert unwritten.value.message == unread.value.message


def test_the_longest_texts_and_bytes_that_are_not_utf8() -> None:
    landing = LANDING._replace(time="x" * MAX_TEXT, pusher="\udc80\udcff")
    record = record_of(landing, writer="w" * MAX_WORD, note="n" * MAX_TEXT)
    assert read_record(write_readable(record)) == record


def test_the_largest() -> None:
    most = record_of(LANDING._replace(codes=tuple(f"{at:04}{'x' * 1000}" for at in range(1030))), note="x")
    most = most._replace(note="x" * (1 + MAX_BYTES - len(write_record(most))))
    assert len(write_readable(most)) == MAX_BYTES
    assert read_record(write_record(most)) == most
    more = most._replace(note=f"{most.note}x")
    for refused in (lambda: write_readable(more), lambda: read_record(write_record(more))):
        with pytest.raises(RecordError, match="larger than"):
            refused()


def test_too_large() -> None:
    with pytest.raises(RecordError, match=f"larger than {MAX_BYTES} bytes"):
        read_record(write_record(record_of(ACCEPTED)) + b" " * MAX_BYTES)
