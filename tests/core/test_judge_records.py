"""What is a record of the ledger, by whom, and who may write what: a table for each rule, each with what passes."""

from __future__ import annotations

from typing import Any

import pytest

from lanegate.core.decision import Violation
from lanegate.core.facts import Signer
from lanegate.core.judge_records import judge_record, record_shape
from lanegate.core.ledger import Entry
from lanegate.core.ownership import Ownership
from lanegate.core.people import nobody_asks, writer_keys, writers_of
from lanegate.core.policy import Person, Policy, RefRule, Server
from lanegate.core.record_facts import Place, RecordCommit
from lanegate.core.record_refusals import SYNC
from tests.core.build import codes, policy
from tests.core.conftest import Signers
from tests.core.records import LANDING, MAIN, OVERRIDE, POLICY, RECONCILE, RELEASE, WITHDRAW, A, B, C, D, record_of

ROLES = {"maintainer": ("ana",), "integrator": ("dan",), "acceptor": ("cy", "eve")}
PEOPLE = {name: Person(name, 1) for name in ("ana", "bob", "cy", "dan", "eve")}
PLACE = Place(D, 6, POLICY)
SIGN = "sign it with a key of yours in the policy: git config gpg.format ssh, git config user.signingKey FILE"


def rules(**changed: Any) -> Policy:
    refs = (RefRule(MAIN, 50, accepted=True), RefRule("refs/heads/lane/{lane}", 52))
    return policy(**{"identity": "signature", "roles": ROLES, "people": PEOPLE, "refs": refs, **changed})


def commit_of(body: Any, writer: str | None = "cy", **fields: Any) -> RecordCommit:
    """The commit of a record of that writer, signed by him."""
    record = record_of(body, writer=writer)
    signer = Signer(writer, b"key") if writer is not None else None
    return RecordCommit(**{"id": A, "parents": (D,), "record": record, "signer": signer, **fields})


def judged(commit: RecordCommit, **changed: Any) -> tuple[Violation, ...]:
    used = rules(**changed)
    assert commit.record is not None
    return judge_record(used, Ownership(used), commit.record, commit)


def told(message: str, code: str = "LG305", hint: str = SYNC, **fields: Any) -> tuple[Violation, ...]:
    return (Violation(code, message, commit=A, ref="refs/lanegate/ledger", hint=hint, **fields),)


GOOD = commit_of(RECONCILE, "bob")


def test_the_next_record() -> None:
    assert record_shape(PLACE, GOOD) == ()
    first = commit_of(RECONCILE, parents=(), record=record_of(RECONCILE, 1))
    assert record_shape(Place(None, 0, POLICY), first) == ()


@pytest.mark.parametrize(
    ("place", "fields", "message"),
    [
        (PLACE, {"parents": ()}, f"record 7: its parents are none; it comes after record 6, which is {D[:12]}"),
        (PLACE, {"parents": (C,)}, f"record 7: its parents are {C[:12]}; it comes after record 6, which is {D[:12]}"),
        (
            PLACE,
            {"parents": (D, C)},
            f"record 7: its parents are {D[:12]}, {C[:12]}; it comes after record 6, which is {D[:12]}",
        ),
        (
            Place(None, 6, POLICY),
            {},
            f"record 7: its parents are {D[:12]}; it comes after nothing: it is the first record",
        ),
        (PLACE, {"defects": ("encoding header",)}, "record 7: malformed commit: encoding header"),
        (PLACE, {"record": None, "problem": "not JSON"}, "not a record: not JSON"),
        (PLACE._replace(number=7), {}, "record 7: it comes after record 7, so its number is 8"),
        (PLACE._replace(number=5), {}, "record 7: it comes after record 5, so its number is 6"),
        (PLACE._replace(policy=B), {}, "record 7: written under another policy than the one in force"),
        (PLACE, {"differs": b"x"}, "record 7: x is not what this record makes of the state before it"),
        (PLACE, {"differs": b"\xff"}, "record 7: \ufffd is not what this record makes of the state before it"),
        (PLACE, {"differs": b""}, "record 7: its tree is not what this record makes of the state before it"),
    ],
)
def test_what_is_not_the_next_record(place: Place, fields: dict[str, Any], message: str) -> None:
    assert record_shape(place, GOOD._replace(**fields)) == told(message)


@pytest.mark.parametrize(
    ("signer", "found"),
    [
        (Signer("bob", b"key"), ()),
        (None, told("record 7: nobody is proven to have written it: nobody looked", "LG203", SIGN)),
        (
            Signer(None, reason="no signature"),
            told("record 7: nobody is proven to have written it: no signature", "LG203", SIGN),
        ),
        (Signer("ana", b"key"), told("record 7: signed by ana, but it names bob as its writer", "LG202")),
        (
            Signer("server:main", b"key"),
            told("record 7: signed by server:main, but it names bob as its writer", "LG202"),
        ),
    ],
)
def test_the_writer(signer: Signer | None, found: tuple[Violation, ...]) -> None:
    assert judged(GOOD._replace(signer=signer)) == found


def test_nobody_as_writer() -> None:
    signed = commit_of(RECONCILE, None, signer=Signer("bob", b"key"))
    assert judged(signed) == told("record 7: signed by bob, but it names nobody as its writer", "LG202")


def test_under_identity_none() -> None:
    """Nobody is anybody, and no record may say so: under a later policy it would pass for proven."""
    message = "record 7: it names bob as its writer, but under identity none nobody is proven"
    assert judged(GOOD._replace(signer=None), identity="none", people={}, roles={}) == told(message)
    for body in (RECONCILE, WITHDRAW, LANDING):
        assert judged(commit_of(body, None), identity="none", people={}, roles={}) == ()


def given(*refs: str, by: str | None = "cy", kind: str = "verdict") -> Entry:
    return Entry(3, kind, (*(("on", ref) for ref in refs), *((("by", by),) if by else ())))


BOTH = WITHDRAW._replace(refs=(MAIN, RELEASE))


@pytest.mark.parametrize(
    ("body", "entries", "missing"),
    [
        (WITHDRAW, {A: (given(MAIN),), B: (given(RELEASE, MAIN),)}, None),
        (BOTH, {A: (given(MAIN), given(RELEASE)), B: (given(MAIN, RELEASE),)}, None),
        (BOTH, {A: (given(MAIN),), B: (given(MAIN, RELEASE),)}, f"{A[:12]} for {RELEASE}"),
        (WITHDRAW, {A: (), B: (given(MAIN),)}, f"{A[:12]} for {MAIN}"),
        (WITHDRAW, {A: (given(MAIN, by="eve"),), B: (given(MAIN),)}, f"{A[:12]} for {MAIN}"),
        (WITHDRAW, {A: (given(MAIN, by=None),), B: (given(MAIN),)}, f"{A[:12]} for {MAIN}"),
        (WITHDRAW, {A: (given(MAIN, kind="withdraw"),), B: (given(MAIN),)}, f"{A[:12]} for {MAIN}"),
    ],
)
def test_withdrawing(body: Any, entries: Any, missing: str | None) -> None:
    hint = "a verdict is withdrawn by who gave it; reject instead"
    expected = told(f"record 7: cy gave no verdict on {missing}", "LG202", hint) if missing else ()
    assert judged(commit_of(body, entries=entries)) == expected


def test_withdrawing_without_the_role() -> None:
    entries = {A: (given(MAIN, by="bob"),), B: (given(MAIN, by="bob"),)}
    expected = told("record 7: bob holds no role acceptor", "LG202", "ask one who does: cy, eve")
    assert judged(commit_of(WITHDRAW, "bob", entries=entries)) == expected


@pytest.mark.parametrize(("writer", "may"), [("bob", True), ("dan", True), ("cy", False), ("ana", False)])
def test_reconciling(writer: str, may: bool) -> None:
    message = f"record 7: not an owner of lane ui: {writer} holds no role integrator"
    assert judged(commit_of(RECONCILE, writer)) == (() if may else told(message, "LG202", "ask one who does: dan"))


def test_reconciling_where_nobody_holds_the_role() -> None:
    [found] = judged(commit_of(RECONCILE, "cy"), roles={})
    assert found.hint == "ask one who does: nobody holds it; a maintainer changes the policy"


def test_reconciling_in_no_lane() -> None:
    expected = told("record 7: lane x is not in the policy", hint="lanes of the policy: ui, core, docs, old")
    assert judged(commit_of(RECONCILE._replace(lane="x"))) == expected
    [found] = judged(commit_of(RECONCILE), lanes={})
    assert found.hint == "lanes of the policy: none"


@pytest.mark.parametrize("body", [LANDING, OVERRIDE])
def test_landings(body: Any) -> None:
    assert judged(commit_of(body, "server:main")) == ()
    expected = told(
        "record 7: a server records landings, not ana", "LG202", "leave it to the server's post-receive hook"
    )
    assert judged(commit_of(body, "ana")) == expected


def test_a_landing_judged_by_the_future() -> None:
    assert codes(judged(commit_of(LANDING._replace(seen=6), "server:main"))) == []
    expected = told("record 7: judged by record 7, which would come after it")
    assert judged(commit_of(LANDING._replace(seen=7), "server:main")) == expected


def test_by_which_keys_writers_are_known(signer: Signers) -> None:
    """People's and servers', whatever commits are tied to people by."""
    ana, server = signer("ed25519"), signer("ed25519", 1)
    people = {"ana": Person("ana", 1, ("ana",), (ana.line,))}
    servers = {"main": Server("main", 2, (server.line,))}
    raw = b"tree " + b"1" * 40 + b"\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nx\n"
    for identity in ("signature", "pusher", "either"):
        signed = writers_of(policy(identity=identity, people=people, servers=servers))
        assert signed(A, raw) == Signer(None, reason="no signature")
        for one, name in ((ana, "ana"), (server, "server:main")):
            assert signed(A, with_signature(raw, one)) == Signer(name, one.blob)
        assert getattr(signed(A, with_signature(raw, signer("ed25519", 2))), "person", "") is None
    assert writers_of(policy(identity="none")) is nobody_asks
    assert writer_keys(policy(identity="none", people=people, servers=servers)) == {}


def test_a_signature_checked_before(signer: Signers) -> None:
    """It is not checked again, and counts for the keys of the policy alone."""
    ana, other = signer("ed25519"), signer("ed25519", 1)
    people = {"ana": Person("ana", 1, ("ana",), (ana.line,))}
    found = {A: ana.blob, B: other.blob}
    signed = writers_of(policy(identity="signature", people=people), found.get)
    raw = b"tree " + b"1" * 40 + b"\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nx\n"
    assert signed(A, raw) == Signer("ana", ana.blob)
    assert signed(B, raw) == Signer(None, reason="no signature")
    assert signed(B, with_signature(raw, ana)) == signed("unknown", with_signature(raw, ana)) == Signer("ana", ana.blob)


def with_signature(raw: bytes, one: Any) -> bytes:
    from tests.core.ssh_signers import armoured, sshsig

    armour = armoured(sshsig(one, raw)).rstrip(b"\n").replace(b"\n", b"\n ")
    return raw.replace(b"\n\n", b"\ngpgsig " + armour + b"\n\n", 1)
