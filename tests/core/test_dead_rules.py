"""Rules that decide nothing: against leaving each out and asking about every short path, and by cases."""

from __future__ import annotations

import random

import pytest

from lanegate.core.dead_rules import dead_rules
from lanegate.core.ownership import Ownership
from lanegate.core.policy import FROZEN, MODIFY, PRIMARY, SHARED, Lane, MatrixRow, Policy, Rule, Zone
from tests.core.oracles import FACTOR
from tests.core.short_paths import random_bodies, random_list, short_paths

LISTS = ("owned_paths", "modify_paths", "out_of_scope")


def _rules(texts: list[str], where: str) -> tuple[Rule, ...]:
    return tuple(Rule(text, f"{where}[{at}]", at) for at, text in enumerate(texts))


def test_agrees_with_what_decides_short_paths() -> None:
    """A rule that decides some path is alive; a dead one decides none, and a dead `!` pattern may be left out."""
    pick = random.Random(f"dead {FACTOR}")
    paths = short_paths(3)
    seen = {"dead": 0, "alive": 0}
    for _ in range(20 * FACTOR):
        bodies = random_bodies(pick, 8)
        lists = {key: [pattern.text for pattern in random_list(pick, bodies)] for key in LISTS}
        lane = Lane(id="x", line=1, **{key: _rules(texts, key) for key, texts in lists.items()})
        rows = (MatrixRow(Rule(pick.choice(bodies), "matrix[0]", 1), {"x": MODIFY}),)
        policy = Policy(identity="none", lanes={"x": lane}, matrix=rows if pick.random() < 0.3 else ())
        dead = {found.rule for found in dead_rules(policy)}
        grants = [Ownership(policy).grant("x", path) for path in paths]
        deciding = {grant.rule for grant in grants if grant.grant != "-" or grant.out_of_scope}
        assert dead.isdisjoint(deciding), policy
        for key in LISTS:
            for rule in getattr(lane, key):
                seen["dead" if rule in dead else "alive"] += 1
                if rule in dead and rule.text.startswith("!"):
                    less = lane._replace(**{key: tuple(other for other in getattr(lane, key) if other != rule)})
                    without = Ownership(policy._replace(lanes={"x": less}))
                    assert [without.grant("x", path).grant for path in paths] == [grant.grant for grant in grants]
    assert min(seen.values()) > 20 * FACTOR, seen


def _policy(lists: dict[str, list[str]], rows: dict[str, dict[str, str]], zones: list[list[str]]) -> Policy:
    lanes = {name: Lane(id=name, line=1) for name in "xy"}
    lanes["x"] = lanes["x"]._replace(**{key: _rules(texts, key) for key, texts in lists.items()})
    matrix = [MatrixRow(Rule(path, "matrix", at), grants) for at, (path, grants) in enumerate(rows.items())]
    modes = (SHARED, FROZEN)
    found = [Zone(_rules(texts, f"zones[{at}].paths"), modes[at % 2], at) for at, texts in enumerate(zones)]
    return Policy(identity="none", lanes=lanes, matrix=tuple(matrix), zones=tuple(found))


TAKES_NOTHING = "takes nothing away: no pattern before it in its list gives what it matches, or another rule decides"
OWNED, OUT, MAY = "owned_paths", "out_of_scope", "modify_paths"


@pytest.mark.parametrize(
    ("lists", "rows", "zones", "expected"),
    [
        ({OWNED: ["/src/", "!/src/ui/"], MAY: ["/src/ui/a"]}, {}, [], []),
        ({OWNED: ["/src/ui/", "/src/"]}, {}, [],
         ["/src/ui/ decides nothing: `/src/` (line 1) decides wherever it matches"]),
        ({OWNED: ["/src/"], OUT: ["/src/"]}, {}, [],
         ["/src/ decides nothing: `/src/` (line 0) decides wherever it matches"]),
        ({OWNED: ["/src/"], OUT: ["/src/", "!/src/a"]}, {}, [], []),
        ({OWNED: ["/d/[a-b]", "/d/a", "/d/b"]}, {}, [],
         ["/d/[a-b] decides nothing: wherever it matches, other rules decide"]),
        ({OWNED: ["/src/", "!/lib/"]}, {}, [],
         [f"!/lib/ {TAKES_NOTHING}"]),
        ({OWNED: ["/.g[i]t", "/.gi[a-z]", "/.[.]", "/git~[1-2]"]}, {}, [],
         ["/.g[i]t matches no path that git stores", "/.[.] matches no path that git stores"]),
        ({OWNED: ["/.g\u200dit/", "/a"]}, {}, [], ["/.g\u200dit/ matches no path that git stores"]),
        ({OWNED: ["/a/"]}, {"/a/b": {"x": MODIFY, "y": PRIMARY}, "/a/": {"x": PRIMARY}}, [],
         ["/a/ decides nothing: `/a/` (line 1) decides wherever it matches"]),
        ({}, {"/a/b": {"x": MODIFY}, "/a/": {"x": PRIMARY}}, [],
         ["/a/b decides nothing: `/a/` (line 1) decides wherever it matches"]),
        ({}, {}, [["/a/", "!/a/b"], ["/a/"]],
         ["/a/ decides nothing: `/a/` (line 0) decides wherever it matches",
          f"!/a/b {TAKES_NOTHING}"]),
        ({}, {}, [["/a/"], ["/a/", "!/a/b"]], []),
    ],
)  # fmt: skip
def test_cases(
    lists: dict[str, list[str]], rows: dict[str, dict[str, str]], zones: list[list[str]], expected: list[str]
) -> None:
    found = dead_rules(_policy(lists, rows, zones))
    assert [f"{rule.text} {why}" for rule, why in found] == expected


def test_many_rules_stay_far_from_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most rules decide a path that is found by looking at them, without a search."""
    monkeypatch.setattr("lanegate.core.dead_rules.STEPS", 500)
    texts = [
        "/src/",
        *(f"{kind}{number}/" for number in range(60) for kind in ("/src/m", "!/src/m*/own", "/src/*/x_?_")),
    ]
    assert dead_rules(_policy({OWNED: texts, OUT: ["**/*.lock", "/src/m7/own1/"]}, {}, [])) == ()
