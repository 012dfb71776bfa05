"""Whether a policy locks everybody out, against trying: every way to sign, push and accept a change, judged as a push.

The judge says which pushes land, the rules on verdicts (design section 5) who may accept; `lock_out` must say the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

from hypothesis import event, given, settings
from hypothesis import strategies as st

from lanegate.core.facts import Signer
from lanegate.core.judge import Judge
from lanegate.core.judge_push import Push, judge_push, may_push
from lanegate.core.lock_out import lock_out
from lanegate.core.policy import Person, Policy, RefRule
from tests.core.build import (
    CORE,
    MAIN,
    NEW,
    POLICY_PATH,
    commit_of,
    edited,
    policy,
    replace,
    rules,
    update_of,
)

PEOPLE = ("ana", "bob", "cy")
#: Some of them, evenly: short lists, as Hypothesis makes them, let hardly anybody do anything.
SOME = st.sampled_from([people for size in range(1, 4) for people in combinations(PEOPLE, size)])


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Three people, each with a name, a key, both or neither; one lane of theirs that may change the policy, or not."""
    people = {
        name: Person(name, 1, *draw(st.sampled_from((((name,), ("key",)), ((name,), ()), ((), ("key",)), ((), ())))))
        for name in PEOPLE
    }
    owned = draw(st.sampled_from(("/policy/", "/policy/", "/core/")))
    lane = replace(CORE, owners=draw(SOME), owned_paths=rules(owned))
    refs = [RefRule(MAIN, 1, draw(st.none() | SOME), accepted=True)]
    if draw(st.booleans()):
        refs.append(RefRule("refs/heads/lane/{lane}", 2, draw(st.none() | SOME)))
    return policy(
        lane,
        identity=draw(st.sampled_from(("pusher", "signature", "either"))),
        people=people,
        roles={"maintainer": draw(SOME), "acceptor": draw(SOME)},
        refs=tuple(refs),
        self_accept=draw(st.booleans()),
    )


def landings(after: Policy) -> Iterator[tuple[str | None, str | None, str]]:
    """Who signs, who pushes to main and who accepts, in each way that a change of the policy can land."""
    people = after.people.values()
    signers = [None, *(person.id for person in people if person.keys and after.asks_signature)]
    pushers = [None, *(person.id for person in people if person.pushers)]
    acceptors = [name for name in after.roles["acceptor"] if after.people[name].keys]
    for signer, pusher, first_on_lane in product(signers, pushers, (False, True)):
        if first_on_lane and not can_reach_lane_ref(after):
            continue
        if not first_on_lane and after.identity == "pusher":
            continue  # a verdict could not name the commit
        if by_maintainer(after, signer, pusher) and lands(after, signer, pusher, first_on_lane):
            yield from ((signer, pusher, name) for name in acceptors if may_accept(after, name, signer))


def can_reach_lane_ref(after: Policy) -> bool:
    owners = [after.people[name] for name in after.lanes["core"].owners]
    return any(owner.pushers and may_push(after, rule, owner.id) for rule in after.refs[1:] for owner in owners)


def by_maintainer(after: Policy, signer: str | None, pusher: str | None) -> bool:
    """Whether a maintainer who could push it, if need be, is proven to bring the change."""
    proven = {name for name, asked in ((signer, after.asks_signature), (pusher, after.asks_pusher)) if asked}
    main = after.refs[0]
    return any(
        main.pushers is None or (after.people[name].pushers and may_push(after, main, name))
        for name in proven.intersection(after.roles["maintainer"])
        if name is not None
    )


def lands(after: Policy, signer: str | None, pusher: str | None, first_on_lane: bool) -> bool:
    commit = commit_of(edited(POLICY_PATH), lane="core", signer=Signer(signer) if signer else Signer(None, reason="no"))
    before = {"core": frozenset({NEW})} if first_on_lane else {}
    push = Push((update_of(commit, already_on_lane=before),), MAIN, pusher, pusher, judges_people=True)
    judged_by = after._replace(refs=(after.refs[0]._replace(accepted=False), *after.refs[1:]))
    return not judge_push(Judge(judged_by, POLICY_PATH), push)


def may_accept(after: Policy, reviewer: str, signer: str | None) -> bool:
    return after.self_accept or (reviewer != signer and reviewer not in after.lanes["core"].owners)


@given(policies())
@settings(max_examples=1500)
def test_who_is_locked_out_has_no_way_and_else_there_is_one(after: Policy) -> None:
    ways = list(landings(after))
    locked = lock_out(after, MAIN, POLICY_PATH.encode())
    event("locked" if locked else "open")
    assert (locked is None) is bool(ways), (locked, ways)


@given(policies())
def test_what_asks_for_less_locks_nobody_out(after: Policy) -> None:
    path = POLICY_PATH.encode()
    if lock_out(after, MAIN, path) is None:
        assert lock_out(after._replace(self_accept=True), MAIN, path) is None
        assert lock_out(after._replace(identity="none"), MAIN, path) is None
        bots = {"core": after.lanes["core"]._replace(bots=True)}
        assert lock_out(after._replace(lanes={**after.lanes, **bots}), MAIN, path) is None
