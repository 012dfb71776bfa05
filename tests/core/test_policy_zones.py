"""What a policy says about zones: read as values, kept and given back, and refused where it could have no effect."""

from __future__ import annotations

import pytest

from lanegate.core.policy import APPEND_ONLY, FROZEN, HIGH_RISK, SHARED, Rule, Zone
from lanegate.core.policy_plain import from_plain, to_plain
from lanegate.core.policy_reader import read_policy
from tests.core.policy_texts import ACCEPTED, BOB_KEY, HEAD, told

PUSHER = f"""version = 1
identity = "pusher"
[people.ana]
pushers = ["ana"]
[people.bob]
keys = ["{BOB_KEY}"]
[roles]
acceptor = ["bob"]
lead = ["ana", "bob"]
nobody = []
[[refs]]
name = "refs/heads/main"
accepted = true
"""


def zone(*paths: str, mode: str = SHARED, roles: str = "") -> str:
    return f"[[zones]]\npaths = {list(paths)}\nmode = '{mode}'\n{roles}\n"


def test_zones_are_read_kept_and_given_back() -> None:
    policy = read_policy(ACCEPTED.encode())
    first, second = policy.zones
    texts = ("/Cargo.lock", "/ci/", "!/ci/notes/")
    paths = tuple(Rule(text, f"zones[0].paths[{n}]", first.line + 1) for n, text in enumerate(texts))
    assert first == Zone(paths, HIGH_RISK, first.line, ("maintainer",))
    assert (second.mode, second.roles, second.line) == (APPEND_ONLY, (), first.line + 4)
    assert policy.asks_locks
    assert not policy._replace(zones=(second,)).asks_locks
    plain = to_plain(policy)
    assert from_plain(plain) == policy
    assert from_plain(plain, with_rules=False).zones == (first._replace(paths=()), second._replace(paths=()))


WRONG = [
    (HEAD + zone("!/a", "/b"), '4: LG702 zones[0].paths[0]: "!/a" takes nothing away: no pattern stands before it in '
     "this list"),
    (HEAD + zone("/a", "/a"), '4: LG702 zones[0].paths[1]: "/a" is given twice, first as [0]: the last one decides '
     "alone"),
    (HEAD + zone("/a", "/b") + zone("/a") + zone("/a", "/b", mode=FROZEN), "4: LG702 zones[0].paths: the same list "
     "stands in the zone on line 11, which decides alone: the last matching zone wins"),
    (HEAD + zone("/a", roles="roles = ['lead']"), '6: LG702 zones[0].roles: rules that name people need another '
     'identity: under "none" nobody is proven to be anybody'),
    (PUSHER + zone("/a", mode=FROZEN, roles="roles = ['lead']"), '17: LG702 zones[0].roles: has no effect: nobody may '
     'change what is "frozen"'),
    (PUSHER + zone("/a", roles="roles = ['lead', 'leed']"), '17: LG702 zones[0].roles[1]: "leed" is no role of this '
     'policy (did you mean "lead"?)'),
    (PUSHER + zone("/a", roles="roles = ['ana']"), '17: LG702 zones[0].roles[0]: "ana" is a person: name a role that '
     "they hold"),
    (PUSHER + zone("/a", roles="roles = ['maintainer']"), '17: LG702 zones[0].roles[0]: nobody holds the role '
     '"maintainer": name them in [roles]'),
    *((PUSHER + zone("/a", roles=f"roles = ['{role}']"), f'17: LG702 zones[0].roles[0]: nobody of the role "{role}" '
     "has pushers: the server could recognise no writer") for role in ("acceptor", "nobody")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), WRONG, ids=[expected[12:60] for _, expected in WRONG])
def test_a_zone_that_could_have_no_effect_is_refused(text: str, expected: str) -> None:
    assert told(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        HEAD + zone("/a") + zone("/a", "!/a/b", mode=FROZEN) + zone("/a/b", mode=HIGH_RISK),
        PUSHER + zone("/a", roles="roles = ['lead']", mode=HIGH_RISK),
    ],
)
def test_what_is_allowed(text: str) -> None:
    assert read_policy(text.encode()).zones


def test_a_role_of_a_zone_that_holds_strangers_is_told_and_no_crash() -> None:
    text = PUSHER.replace('lead = ["ana", "bob"]', 'lead = ["ana", "nobody"]') + zone("/ci/", roles='roles = ["lead"]')
    assert [line.split(" ")[2] for line in told(text)] == ["roles.lead[1]:"]
