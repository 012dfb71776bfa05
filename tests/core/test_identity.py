"""How commits are tied to people under each identity, in every combination of who pushes and who signed."""

from __future__ import annotations

from itertools import product

import pytest

from lanegate.core.facts import Commit, Signer
from lanegate.core.judge import Judge, Scope
from lanegate.core.judge_push import Push, judge_push
from lanegate.core.lock_out import lock_out
from lanegate.core.people import nobody_asks, signers_of
from lanegate.core.policy import Person, RefRule
from tests.core.build import (
    MAIN,
    NEW,
    POLICY_PATH,
    codes,
    commit_of,
    edited,
    judge_of,
    merge_of,
    policy,
    replace,
    update_of,
)  # fmt: skip

IDENTITIES = ("none", "pusher", "signature", "either")
BY_BOB, BY_ANA, BY_NOBODY = Signer("bob", b"key"), Signer("ana", b"key"), Signer(None, reason="no signature")
SIGNERS = (BY_BOB, BY_ANA, BY_NOBODY)
LANE_REF = "refs/heads/lane/ui"


def expected(identity: str, pusher: str | None, signer: Signer, *, stood: bool, on_lane: bool) -> list[str]:
    """docs/judgement.md, "Who": of a commit of lane ui, which bob owns, at a server."""
    signed = signer.person == "bob"
    pushed = pusher == "bob" or stood
    if identity == "none" or (identity == "pusher" and on_lane):
        return []
    if identity == "signature":
        return [] if signed else ["LG203" if signer.person is None else "LG202"]
    return [] if pushed or (identity == "either" and signed) else ["LG202"]


@pytest.mark.parametrize(("identity", "pusher"), list(product(IDENTITIES, (None, "bob", "ana"))))
def test_a_commit_at_a_server(identity: str, pusher: str | None) -> None:
    for signer, stood, on_lane in product(SIGNERS, (False, True), (False, True)):
        scope = Scope(
            ref=LANE_REF if on_lane else MAIN,
            lane="ui" if on_lane else None,
            pusher=pusher,
            judges_people=identity != "none",
            already_on_lane={"ui": frozenset({NEW})} if stood else {},
        )
        found = judge_of(identity=identity).commit(commit_of(edited("ui/a"), signer=signer), scope)
        assert codes(found) == expected(identity, pusher, signer, stood=stood, on_lane=on_lane)


@pytest.mark.parametrize(
    ("identity", "signer", "told"),
    [
        ("none", BY_NOBODY, []),
        ("pusher", BY_NOBODY, []),  # history does not tell who pushed
        ("either", BY_NOBODY, []),
        ("signature", BY_NOBODY, ["LG203"]),
        ("signature", BY_ANA, ["LG202"]),
        ("signature", BY_BOB, []),
        ("signature", None, []),  # what is staged has no signature yet
    ],
)
def test_a_commit_where_nobody_knows_who_pushed(identity: str, signer: Signer | None, told: list[str]) -> None:
    assert codes(judge_of(identity=identity).commit(commit_of(edited("ui/a"), signer=signer), Scope())) == told


def test_what_the_refusals_say() -> None:
    def said(identity: str, signer: Signer, pusher: str | None = "ana") -> tuple[str, str | None]:
        scope = Scope(ref=MAIN, pusher=pusher, judges_people=True)
        (found,) = judge_of(identity=identity).commit(commit_of(edited("ui/a"), signer=signer), scope)
        assert (found.owner, found.policy_line, found.lane) == ("bob", 10, "ui")
        assert found.hint
        assert ("git commit --amend -S" in found.hint) == (identity == "signature")
        return found.message, found.code

    assert said("signature", BY_NOBODY) == ("no owner of lane ui signed this: no signature", "LG203")
    assert said("signature", BY_ANA) == ("signed by ana, who does not own lane ui", "LG202")
    assert said("pusher", BY_NOBODY) == ("ana does not own lane ui", "LG202")
    assert said("either", BY_NOBODY, None) == (
        "nobody known does not own lane ui; not signed by an owner: no signature", "LG202",
    )  # fmt: skip
    assert said("either", BY_ANA) == ("ana does not own lane ui; signed by ana", "LG202")


def test_a_clean_merge_needs_no_signature() -> None:
    scope = Scope(ref=MAIN, judges_people=True)
    assert judge_of(identity="signature").commit(merge_of(signer=None), scope) == []
    assert codes(judge_of(identity="signature").commit(merge_of(edited("ui/a"), signer=BY_NOBODY), scope)) == ["LG203"]


@pytest.mark.parametrize(
    ("identity", "pusher", "signer", "resolves"),
    [
        ("none", None, None, False),
        ("pusher", "bob", None, False),
        ("pusher", "ana", None, True),
        ("signature", "ana", BY_BOB, False),
        ("signature", None, BY_ANA, True),
        ("either", "ana", BY_BOB, True),
        ("either", "bob", BY_ANA, True),
        ("either", "bob", BY_BOB, False),
    ],
)
def test_who_resolves_a_conflict_without_a_grant(
    identity: str, pusher: str | None, signer: Signer | None, resolves: bool
) -> None:
    judge = judge_of(identity=identity, roles={"integrator": ("ana",)})
    merge = merge_of(edited("docs/a"), conflicts=frozenset({b"docs/a"}), signer=signer)
    scope = Scope(ref=MAIN, pusher=pusher, judges_people=identity != "none", already_on_lane={"ui": frozenset({NEW})})
    found = [code for code in codes(judge.commit(merge, scope)) if code not in ("LG202", "LG203")]
    assert (found == []) is resolves


def test_conflicts_are_not_judged_where_nobody_looked() -> None:
    merge = merge_of(edited("docs/a"), conflicts=frozenset({b"docs/a"}))
    assert judge_of(identity="signature").commit(merge, Scope()) == []
    assert judge_of(identity="pusher").commit(merge, Scope()) == []
    assert codes(judge_of().commit(merge, Scope())) == ["LG101"]


def pushed(*commits: Commit, identity: str, pusher: str | None = None, ref: str = MAIN, **fields: object) -> list[str]:
    push = Push(
        updates=(update_of(*commits, ref=ref, **fields),),
        trusted_ref=MAIN,
        pusher=pusher,
        pusher_name=pusher,
        judges_people=identity != "none",
    )
    return codes(judge_push(judge_of(identity=identity), push))


@pytest.mark.parametrize(
    ("identity", "pusher", "signer", "told"),
    [
        ("pusher", "ana", BY_NOBODY, []),
        ("pusher", "cy", BY_NOBODY, ["LG202", "LG701"]),
        ("signature", "cy", BY_ANA, []),
        ("signature", "ana", BY_NOBODY, ["LG203", "LG701"]),
        ("signature", "ana", BY_BOB, ["LG202", "LG701"]),
        ("either", "ana", BY_NOBODY, []),
        ("either", "cy", BY_ANA, []),
        ("either", "cy", BY_BOB, ["LG202", "LG701"]),
    ],
)
def test_a_maintainer_changes_the_policy(identity: str, pusher: str, signer: Signer, told: list[str]) -> None:
    commit = commit_of(edited(POLICY_PATH), lane="core", signer=signer)
    assert pushed(commit, identity=identity, pusher=pusher) == told


@pytest.mark.parametrize(
    ("identity", "pusher", "told"),
    [
        ("pusher", "ana", ["LG202"]),
        ("pusher", "bob", []),
        ("signature", None, []),
        ("either", "ana", ["LG202"]),
        ("either", None, ["LG202"]),
        ("either", "bob", []),
    ],
)
def test_dropping_commits_of_a_lane(identity: str, pusher: str | None, told: list[str]) -> None:
    """No signature tells who deletes a ref, or moves it back."""
    assert pushed(identity=identity, pusher=pusher, ref=LANE_REF, fast_forward=False) == told
    assert pushed(identity=identity, pusher=pusher, ref=LANE_REF, new=None, fast_forward=None) == told
    if identity == "either":
        assert pushed(commit_of(edited("ui/a"), signer=BY_BOB), identity=identity, pusher=pusher, ref=LANE_REF) == []


@pytest.mark.parametrize(
    ("identity", "ana", "pushers", "locked"),
    [
        ("none", Person("ana", 1), None, False),
        ("pusher", Person("ana", 1, ("ana",)), None, False),
        ("pusher", Person("ana", 1), None, True),
        ("signature", Person("ana", 1, ("ana",)), None, True),
        ("signature", Person("ana", 1, (), ("key",)), None, False),
        ("signature", Person("ana", 1, (), ("key",)), ("maintainer",), True),
        ("signature", Person("ana", 1, ("ana",), ("key",)), ("maintainer",), False),
        ("signature", Person("ana", 1, ("ana",), ("key",)), ("bob",), True),
        ("either", Person("ana", 1, ("ana",)), ("ana",), False),
        ("either", Person("ana", 1, (), ("key",)), None, False),
        ("either", Person("ana", 1), None, True),
    ],
)
def test_a_policy_that_nobody_could_change_again(
    identity: str, ana: Person, pushers: tuple[str, ...] | None, locked: bool
) -> None:
    people = {"ana": ana, "bob": Person("bob", 2, ("bob",))}
    refs = (RefRule(MAIN, 1, pushers),)
    after = policy(identity=identity, people=people, refs=refs)
    assert (lock_out(after, MAIN, POLICY_PATH.encode()) is not None) is locked


def test_whose_signatures_are_looked_at() -> None:
    asks = {identity: signers_of(policy(identity=identity)) is not nobody_asks for identity in IDENTITIES}
    assert asks == {"none": False, "pusher": False, "signature": True, "either": True}
    assert nobody_asks(NEW, b"") is None
    found = signers_of(policy(identity="signature"))(NEW, b"tree " + b"1" * 40 + b"\n\n")
    assert found is not None
    assert found.person is None


def test_a_judge_of_no_signatures_takes_facts_as_they_are() -> None:
    commit = replace(commit_of(edited("ui/a")), signer=BY_NOBODY)
    assert Judge(policy(), POLICY_PATH).commit(commit, Scope()) == []
