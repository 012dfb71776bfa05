"""A policy under which nobody could ever change the policy again is known before it stands on the trusted ref."""

from __future__ import annotations

from typing import Any

import pytest

from lanegate.core.lock_out import lock_out
from lanegate.core.policy import (
    APPEND_ONLY,
    FROZEN,
    HIGH_RISK,
    NONE,
    SHARED,
    Lane,
    MatrixRow,
    Person,
    Policy,
    RefRule,
    Rule,
    Zone,
)
from tests.core.build import CORE, DOCS, MAIN, POLICY_PATH, UI, policy, replace, rules

PATH = POLICY_PATH.encode()
UNKNOWN, NAMED = {"ana": Person("ana", 1)}, {"ana": Person("ana", 1, ("ana",))}


def why(after: Policy) -> str:
    """What is missing, empty where nothing is; who is told so is also told what to change."""
    found = lock_out(after, MAIN, PATH)
    assert found is None or found.hint
    return found.why if found else ""


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (policy(), None),
        (policy(identity="pusher"), None),
        (policy(refs=()), "no rule of [[refs]] names refs/heads/main"),
        (policy(refs=(RefRule("refs/heads/*/main", 1),)), "no rule of [[refs]] names refs/heads/main"),
        (policy(identity="pusher", refs=(RefRule(MAIN, 1, pushers=("maintainer",)),)), None),
        (policy(identity="pusher", refs=(RefRule(MAIN, 1, pushers=("bob",)),)), "no maintainer may push to"),
        (
            policy(identity="signature", people=NAMED, refs=(RefRule(MAIN, 1, pushers=("maintainer",)),)),
            "no maintainer may push to",
        ),
        (policy(identity="pusher", roles={}), "no maintainer may push to"),
        (policy(identity="pusher", people=UNKNOWN), "no maintainer may push to"),
        (policy(identity="pusher", people={"ana": Person("ana", 1, (), ("key",))}), "no maintainer may push to"),
        (policy(identity="signature", people=NAMED), "no maintainer may push to"),
        (policy(identity="either", people={"ana": Person("ana", 1, (), ("key",))}), None),
        (policy(identity="none", roles={}, people={}), None),
        (policy(replace(UI, id="main"), refs=(RefRule("refs/heads/{lane}", 1),)), "belongs to no lane"),
    ],
)
def test_who_may_push(after: Policy, expected: str | None) -> None:
    assert (expected or "") in why(after)
    assert bool(why(after)) is (expected is not None)


def zoned(mode: str, *roles: str, text: str = "/policy/") -> tuple[Zone, ...]:
    return (Zone(rules(text), mode, 60, roles),)


@pytest.mark.parametrize("identity", ["none", "pusher"])
def test_a_frozen_policy_file(identity: str) -> None:
    frozen = "policy/lanegate.toml is in a frozen zone: nobody could change it again"
    assert why(policy(identity=identity, zones=zoned(FROZEN))) == frozen
    assert why(policy(identity=identity, zones=(*zoned(FROZEN), *zoned(HIGH_RISK, text="/policy/*.toml")))) == ""
    assert why(policy(identity=identity, zones=zoned(FROZEN, text="/policy/old/"))) == ""


def test_roles_that_no_maintainer_holds() -> None:
    """ana is the maintainer, bob and cy are not; bob owns ui and docs."""
    lead = {"maintainer": ("ana",), "lead": ("bob",), "guest": ("cy",), "both": ("cy", "ana")}
    nobody = "only guest may write policy/lanegate.toml, and nobody of them could bring a change of it"
    docs = replace(DOCS, owners=("bob",))

    def found(role: str, identity: str, *lanes: Lane) -> str:
        return why(policy(docs, *lanes, identity=identity, people=BOTH, roles=lead, zones=zoned(SHARED, role)))

    for identity in ("pusher", "signature", "either"):
        assert found("both", identity) == ""
        assert found("guest", identity) == nobody
        assert found("guest", identity, replace(UI, bots=True)) == ""  # nobody is asked about what has no `Lane`
    assert found("lead", "pusher") == ""  # bob pushes it to his lane's ref, ana lands it
    assert found("lead", "either") == ""
    assert found("lead", "signature") == nobody.replace("guest", "lead")
    assert found("lead", "pusher", replace(UI, state="done"), replace(docs, state="done")) != ""


@pytest.mark.parametrize(
    ("zones", "can"),
    [
        ((), False),
        (zoned(SHARED), True),  # any lane may change it
        (zoned(APPEND_ONLY), True),  # a zone added at the end can lift this one
        (zoned(HIGH_RISK), False),
        (zoned(SHARED, text="/policy/old"), False),
    ],
)
def test_zones_that_let_any_lane_change_the_policy(zones: tuple[Zone, ...], can: bool) -> None:
    core = replace(CORE, owned_paths=rules("/core/"))
    assert (why(asking(core, zones=zones)) == "") is can
    out = [replace(lane, out_of_scope=rules("/policy/")) for lane in (UI, core, DOCS)]
    assert why(asking(*out, zones=zones)) != ""


NAMES = {name: Person(name, 1, (name,)) for name in ("ana", "bob", "cy")}
LANE_REFS = RefRule("refs/heads/lane/{lane}", 52)
ACCEPTED = RefRule(MAIN, 50, accepted=True)
BOTH = {name: Person(name, 1, (name,), ("key",)) for name in ("ana", "bob", "cy")}
KEYS = {name: Person(name, 1, (), ("key",)) for name in ("ana", "bob", "cy")}


def asking(*lanes: Lane, identity: str = "either", acceptor: tuple[str, ...] = ("cy",), **changed: Any) -> Policy:
    """A policy that asks for acceptance on main; ana is the maintainer and owns the lane of the policy, core."""
    roles = {"maintainer": ("ana",), "acceptor": acceptor}
    values: dict[str, Any] = {"people": BOTH, "refs": (ACCEPTED, LANE_REFS), "roles": roles, **changed}
    return policy(*lanes, identity=identity, **values)


def owned_by(*owners: str, **changed: Any) -> Lane:
    return replace(CORE, owners=owners, **changed)


def people(**changed: Person) -> dict[str, Person]:
    return {**BOTH, **changed}


def person(name: str, *, pushers: bool = False, keys: bool = False) -> Person:
    return Person(name, 1, (name,) if pushers else (), ("key",) if keys else ())


def test_the_ref_is_named_and_not_its_rule() -> None:
    refs = (RefRule("refs/heads/*", 50, accepted=True),)
    assert why(asking(replace(CORE, state="done"), refs=refs)).startswith("refs/heads/main takes accepted commits only")


@pytest.mark.parametrize("identity", ["pusher", "signature", "either"])
def test_somebody_else_accepts(identity: str) -> None:
    assert why(asking(identity=identity)) == ""
    assert why(asking(identity=identity, acceptor=("ana",))) == (
        "nobody could accept a change of policy/lanegate.toml in lane core: every acceptor with keys owns the lane "
        "or made it"
    )
    assert why(asking(identity=identity, acceptor=("ana",), self_accept=True)) == ""
    assert why(asking(identity=identity, acceptor=("ana", "bob"))) == ""
    no_key = people(cy=person("cy", pushers=True))
    assert why(asking(identity=identity, people=no_key)).startswith("nobody could accept")
    assert why(asking(identity=identity, people=no_key, self_accept=True)).startswith("nobody could accept")
    assert why(asking(identity=identity, people=no_key, refs=(RefRule(MAIN, 50), LANE_REFS))) == ""


def test_under_none_nobody_is_asked_for() -> None:
    assert why(asking(replace(CORE, owned_paths=()), identity="none", roles={})) == ""


ROW = MatrixRow(Rule("/policy/", "matrix[0].path", 60), {"core": "MODIFY"})


@pytest.mark.parametrize(
    ("after", "can"),
    [
        (asking(), True),
        (asking(replace(CORE, state="done")), False),
        (asking(replace(CORE, state="planned")), False),
        (asking(replace(CORE, owned_paths=rules("/core/"))), False),
        (asking(replace(CORE, owned_paths=rules("/core/"), modify_paths=rules("/policy/"))), True),
        (asking(replace(CORE, owned_paths=rules("/core/"), read_paths=rules("/policy/"))), False),
        (asking(replace(CORE, out_of_scope=rules("/policy/"))), False),
        (asking(matrix=(ROW,)), True),
        (asking(matrix=(ROW._replace(grants={"core": "READ"}),)), False),
        # a path that nobody owns is anybody's, but for lanes that must not touch it
        (asking(replace(CORE, owned_paths=rules("/core/")), unowned="allow"), True),
        (asking(replace(CORE, state="done"), unowned="allow"), False),
        (asking(*(replace(lane, out_of_scope=rules("/policy/")) for lane in (UI, CORE, DOCS)), unowned="allow"), False),
        (asking(matrix=(ROW._replace(grants={"core": NONE, "docs": "PRIMARY"}),)), True),
    ],
)
def test_some_active_lane_may_change_the_policy(after: Policy, can: bool) -> None:
    expected = "refs/heads/main takes accepted commits only, and no active lane may change policy/lanegate.toml"
    assert why(after) == ("" if can else expected)


def test_one_of_several_lanes_is_enough() -> None:
    both = replace(DOCS, owners=("bob",), owned_paths=rules("/policy/"))
    assert why(asking(both, identity="pusher", acceptor=("ana",))) == ""
    assert "in lane core, docs:" in why(asking(both, identity="pusher", acceptor=("ana",), refs=(ACCEPTED,))) + ":"
    assert why(asking(both, identity="pusher", acceptor=("ana",), people=people(ana=person("ana", pushers=True)))) != ""


def test_many_lanes_are_counted_and_not_listed() -> None:
    many = [Lane(f"l{n:02}", 1, owned_paths=rules("/policy/")) for n in range(21)]
    found = why(asking(replace(CORE, owned_paths=()), *many, identity="pusher"))
    assert found.endswith("in lane " + ", ".join(f"l{n:02}" for n in range(20)) + ", …")


@pytest.mark.parametrize(
    ("after", "can"),
    [
        # pusher: an owner pushes to the lane's ref, where a verdict can name the commit
        (asking(identity="pusher"), True),
        (asking(owned_by("bob"), identity="pusher"), True),
        (asking(owned_by(), identity="pusher"), False),
        (asking(owned_by(), identity="pusher", people=people(ana=person("ana", pushers=True))), False),
        (asking(owned_by("bob", bots=True), identity="pusher", refs=(ACCEPTED,)), False),
        (asking(identity="pusher", refs=(ACCEPTED,)), False),
        (asking(identity="pusher", refs=(ACCEPTED, RefRule("refs/heads/{lane}", 1, ("bob",)))), False),
        (asking(owned_by("bob"), identity="pusher", refs=(ACCEPTED, RefRule("refs/x/{lane}", 1, ("bob",)))), True),
        # signature: who signs is a maintainer and an owner
        (asking(identity="signature", people=KEYS), True),
        (asking(owned_by("bob"), identity="signature", people=KEYS), False),
        (asking(owned_by("bob", "ana"), identity="signature", people=KEYS), True),
        (asking(owned_by("bob"), identity="signature"), False),
        (asking(owned_by(bots=True), identity="signature", people=KEYS), True),
        # either: the lane's by one proof, a maintainer's by one
        (asking(people=KEYS), True),
        (asking(people=people(ana=person("ana", pushers=True)), refs=(ACCEPTED,)), True),
        (asking(owned_by("bob"), people=KEYS), False),
        (asking(owned_by("bob"), people=people(bob=person("bob", keys=True))), True),
        (asking(owned_by("bob"), people=people(bob=person("bob", pushers=True))), True),
        (asking(owned_by("bob"), people=people(ana=person("ana", keys=True), bob=person("bob", pushers=True))), True),
        (asking(owned_by("bob"), people=people(ana=person("ana", keys=True), bob=person("bob", pushers=True)),
                refs=(ACCEPTED,)), True),
        (asking(owned_by("bob"), people=people(ana=person("ana", pushers=True), bob=person("bob", pushers=True)),
                refs=(ACCEPTED,)), False),
        (asking(owned_by("bob"), people=people(ana=person("ana", keys=True), bob=person("bob", keys=True))), False),
        (asking(owned_by()), False),
        (asking(owned_by(bots=True), people=people(ana=person("ana", pushers=True))), True),
    ],
)  # fmt: skip
def test_a_maintainer_brings_the_change_in_a_lane(after: Policy, can: bool) -> None:
    expected = (
        "refs/heads/main takes accepted commits only, and no maintainer could bring a change of "
        "policy/lanegate.toml in lane core"
    )
    assert why(after) == ("" if can else expected)


@pytest.mark.parametrize(
    ("after", "can"),
    [
        # under pusher nobody knows who made a commit: who pushes may have accepted it
        (asking(owned_by("bob"), identity="pusher", acceptor=("ana",)), True),
        # who signs does not accept, and need not own a lane with `bots`
        (asking(owned_by(bots=True), identity="signature", people=KEYS, acceptor=("ana",)), False),
        (asking(owned_by(bots=True), identity="signature", people=KEYS, acceptor=("ana",), self_accept=True), True),
        (asking(owned_by(bots=True), identity="signature", people=KEYS, acceptor=("ana", "cy")), True),
        # bob pushes what ana signed, so she does not accept; what bob signed she does
        (asking(owned_by("bob"), people=people(ana=person("ana", keys=True), bob=person("bob", pushers=True)),
                acceptor=("ana",)), False),
        (asking(owned_by("bob"), acceptor=("ana",)), True),
        # another maintainer signs
        (asking(owned_by("bob"), people=people(ana=person("ana", keys=True), bob=person("bob", pushers=True),
                                               cy=person("cy", keys=True)),
                roles={"maintainer": ("ana", "cy"), "acceptor": ("ana",)}), True),
    ],
)  # fmt: skip
def test_who_made_the_change_does_not_accept_it(after: Policy, can: bool) -> None:
    assert bool(why(after)) is not can
    assert can or why(after).startswith("nobody could accept a change")
