"""Which lanes hold grants on a common path: against asking every lane about every short path, and by cases."""

from __future__ import annotations

import random

import pytest

from lanegate.core.lane_overlap import Overlap, lane_overlaps, modify_overlaps, primary_overlaps
from lanegate.core.meeting import may_meet
from lanegate.core.ownership import Ownership
from lanegate.core.path_search import Budget, OverlapLimitError
from lanegate.core.patterns import parse_pattern
from lanegate.core.policy import MODIFY, NONE, PRIMARY, READ, Lane, MatrixRow, Policy, Rule
from lanegate.core.rule_pairs import meeting_pairs
from tests.core.oracles import FACTOR
from tests.core.short_paths import random_bodies, random_list, short_paths

POLICIES = 150 * FACTOR
LISTS = ("owned_paths", "modify_paths", "read_paths", "out_of_scope")


def _rules(texts: list[str], where: str) -> tuple[Rule, ...]:
    return tuple(Rule(text, f"{where}[{at}]", at) for at, text in enumerate(texts))


def _random_policy(pick: random.Random) -> Policy:
    bodies = random_bodies(pick, 8)
    lanes = {}
    for name in ("x", "y", "z"):
        lists = {key: random_list(pick, bodies)[:3] for key in LISTS if pick.random() < 0.7}
        rules = {
            key: _rules([pattern.text for pattern in found], f"lanes.{name}.{key}") for key, found in lists.items()
        }
        state = "active" if pick.random() < 0.9 else "done"
        lanes[name] = Lane(id=name, line=1, state=state, **rules)
    rows = [pick.choice(bodies) for _ in range(pick.choice((0, 0, 1, 3)))]
    matrix = [
        MatrixRow(Rule(text, f"matrix[{at}]", at), {name: pick.choice((PRIMARY, MODIFY, READ, NONE)) for name in "xy"})
        for at, text in enumerate(rows)
    ]
    return Policy(identity="none", lanes=lanes, matrix=tuple(matrix))


def _tried(policy: Policy, paths: list[bytes]) -> dict[tuple[str, str, str, Rule | None], bytes]:
    """The first of the paths for each overlap: lanes, the second one's grant, and the rule of a MODIFY."""
    ownership = Ownership(policy)
    active = [lane.id for lane in policy.lanes.values() if lane.state == "active"]
    found: dict[tuple[str, str, str, Rule | None], bytes] = {}
    for path in paths:
        matches = {lane: ownership.grant(lane, path) for lane in active}
        owners = [lane for lane in active if matches[lane].grant == PRIMARY]
        for first in owners:
            for second in active:
                grant = matches[second].grant
                if grant == MODIFY:
                    found.setdefault((first, second, MODIFY, matches[second].rule), path)
                elif grant == PRIMARY and active.index(first) < active.index(second):
                    found.setdefault((first, second, PRIMARY, None), path)
    return found


def test_agrees_with_asking_about_all_short_paths() -> None:
    pick = random.Random(f"lanes {FACTOR}")
    paths = short_paths(4)
    seen = {PRIMARY: 0, MODIFY: 0, NONE: 0}
    for _ in range(POLICIES):
        policy = _random_policy(pick)
        ownership = Ownership(policy)
        tried = _tried(policy, paths)
        told = {}
        for overlap in lane_overlaps(policy):
            for lane, grant, rule in (
                (overlap.first, overlap.first_grant, overlap.first_rule),
                (overlap.second, overlap.second_grant, overlap.second_rule),
            ):
                match = ownership.grant(lane, overlap.path)
                assert (match.grant, match.rule) == (grant, rule), (policy, overlap)
            rule = overlap.second_rule if overlap.second_grant == MODIFY else None
            told[overlap.first, overlap.second, overlap.second_grant, rule] = overlap.path
            seen[overlap.second_grant] += 1
        seen[NONE] += not told
        assert {key: path for key, path in told.items() if len(path) <= 4} == tried, policy
    assert min(seen.values()) > POLICIES // 20, seen


def _policy(lanes: dict[str, dict[str, list[str]]], rows: dict[str, dict[str, str]] | None = None) -> Policy:
    made = {
        name: Lane(id=name, line=1, **{key: _rules(texts, f"lanes.{name}.{key}") for key, texts in lists.items()})
        for name, lists in lanes.items()
    }
    matrix = [
        MatrixRow(Rule(path, f"matrix[{at}]", at), grants) for at, (path, grants) in enumerate((rows or {}).items())
    ]
    return Policy(identity="none", lanes=made, matrix=tuple(matrix))


def test_the_rules_that_give_it_are_named() -> None:
    policy = _policy({"ui": {"owned_paths": ["/src/", "!/src/a/"]}, "core": {"owned_paths": ["/lib/", "/src/*/x.py"]}})
    assert lane_overlaps(policy) == (
        Overlap(
            *("ui", "core", PRIMARY, PRIMARY, b"src/b/x.py"),
            *(Rule("/src/", "lanes.ui.owned_paths[0]", 0), Rule("/src/*/x.py", "lanes.core.owned_paths[1]", 1)),
        ),
    )


OWNED, OUT, MAY = "owned_paths", "out_of_scope", "modify_paths"


@pytest.mark.parametrize(
    ("first", "second", "rows", "path"),
    [
        ({OWNED: ["/src/"]}, {OWNED: ["/lib/"]}, {}, None),
        ({OWNED: ["/src/"]}, {OWNED: ["/src/ui/"]}, {}, b"src/ui"),
        ({OWNED: ["/src/"], OUT: ["/src/ui/"]}, {OWNED: ["/src/ui/"]}, {}, None),
        ({OWNED: ["/src/"], OUT: ["/src/", "!/src/ui/"]}, {OWNED: ["/src/"]}, {}, b"src/ui"),
        ({OWNED: ["/src/"], OUT: ["/src/", "!/src/ui/"]}, {OWNED: ["/src/[a-t]*"]}, {}, None),
        ({OWNED: ["/src/"]}, {OWNED: ["/src/ui/"]}, {"/src/ui/": {"x": MODIFY}}, None),
        ({OWNED: ["/a/"]}, {OWNED: ["/a/b/"]}, {"/a/b/": {"x": MODIFY}, "/a/b/c": {"x": PRIMARY}}, b"a/b/c"),
        ({}, {OWNED: ["/src/ui/"]}, {"/src/": {"x": PRIMARY}}, b"src/ui"),
        ({OUT: ["**/*.lock"]}, {OWNED: ["/src/**/*.lock"]}, {"/src/": {"x": PRIMARY}}, None),
        ({OWNED: ["/src/"], MAY: ["/src/ui/"]}, {OWNED: ["/src/ui/"]}, {}, b"src/ui"),
    ],
)  # fmt: skip
def test_real_grants_count(
    first: dict[str, list[str]], second: dict[str, list[str]], rows: dict[str, dict[str, str]], path: bytes | None
) -> None:
    for lanes in ({"x": first, "y": second}, {"y": second, "x": first}):
        assert [overlap.path for overlap in primary_overlaps(_policy(lanes, rows))] == ([path] if path else [])


def test_lanes_that_are_not_active_may_overlap() -> None:
    policy = _policy({"ui": {OWNED: ["/src/"]}, "core": {OWNED: ["/src/"], MAY: ["/lib/"]}, "lib": {OWNED: ["/lib/"]}})
    assert len(lane_overlaps(policy)) == 2
    for state in ("planned", "done"):
        core = policy.lanes["core"]._replace(state=state)
        assert lane_overlaps(policy._replace(lanes={**policy.lanes, "core": core})) == ()


def test_each_rule_that_gives_modify_is_told() -> None:
    policy = _policy({"ui": {MAY: ["/README.md", "/src/", "/src/app.py"]}, "core": {OWNED: ["/src/", "/README.md"]}})
    told = [
        (overlap.first, overlap.second, overlap.second_rule.text, overlap.path) for overlap in modify_overlaps(policy)
    ]
    assert told == [
        ("core", "ui", "/README.md", b"README.md"),
        ("core", "ui", "/src/", b"src"),
        ("core", "ui", "/src/app.py", b"src/app.py"),
    ]
    assert primary_overlaps(policy) == ()


def test_at_most_so_many() -> None:
    policy = _policy({f"l{number}": {OWNED: ["/src/"]} for number in range(5)})
    assert len(primary_overlaps(policy)) == 10
    assert len(primary_overlaps(policy, 3)) == 3


def test_thousands_of_patterns_stay_far_from_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two lanes share 10,000 patterns as honest policies have them; a twentieth of the limit is enough."""
    count = 100 if FACTOR == 1 else 1_000
    monkeypatch.setattr("lanegate.core.lane_overlap.STEPS", 5 * count)
    monkeypatch.setattr("lanegate.core.lane_overlap.COMPARISONS", 150 * count)
    own = [f"/src/module{number}/{kind}" for number in range(count) for kind in ("", "*.py", "**/made_*.c", "a?.toml")]
    kept = [f"!/lib/part{number}/own/" for number in range(count)]
    lanes = {
        "ui": {OWNED: [*own, "/lib/", *kept], OUT: ["**/Makefile"]},
        "core": {OWNED: [*(text.removeprefix("!") for text in kept), *own, "**/Makefile"], OUT: ["/src/*/"]},
        "docs": {OWNED: [f"/docs/*-{number}.md" for number in range(count)], OUT: ["**/Makefile"]},
    }
    assert primary_overlaps(_policy(lanes)) == ()


def test_what_was_found_within_the_limit_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many pairs of rules overlap; it is not known whether the shortest path is among those that were found."""
    lanes = {
        name: {OWNED: [f"/{head}{part}*{end}/" for part in "bcd"]}
        for name, head, end in (("x", "", "?y"), ("y", "*", "x?"))
    }
    whole = primary_overlaps(_policy({**lanes, "z": {OWNED: ["/*z*"]}}))
    assert len(whole) == 3
    least = None
    for steps in range(1, 2_000, 7):
        monkeypatch.setattr("lanegate.core.lane_overlap.STEPS", steps)
        try:
            found = primary_overlaps(_policy({**lanes, "z": {OWNED: ["/*z*"]}}))
        except OverlapLimitError:
            assert least is None
            continue
        least = least or found
        assert len(found) >= len(least) > 0
        if found == whole:
            break
    assert least != whole == found


def test_too_entangled_is_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = _policy({"ui": {OWNED: ["/a*b/"]}, "core": {OWNED: ["/*ab"]}})
    assert len(primary_overlaps(policy)) == 1
    monkeypatch.setattr("lanegate.core.lane_overlap.STEPS", 1)
    with pytest.raises(OverlapLimitError):
        primary_overlaps(policy)
    monkeypatch.setattr("lanegate.core.lane_overlap.STEPS", 100)
    monkeypatch.setattr("lanegate.core.lane_overlap.COMPARISONS", 0)
    with pytest.raises(OverlapLimitError):
        primary_overlaps(policy)


def test_no_pair_of_rules_is_left_out_or_given_twice() -> None:
    pick = random.Random(f"pairs {FACTOR}")
    for _ in range(20):
        rules = [
            ((pick.randrange(3), at), parse_pattern(text).segments) for at, text in enumerate(random_bodies(pick, 60))
        ]
        given = list(meeting_pairs(rules, Budget(10_000)))
        assert len(given) == len(set(given))
        expected = {
            (first, second)
            for first, segments in rules
            for second, others in rules
            if first < second and first[0] != second[0] and may_meet(segments, others)
        }
        assert expected <= set(given)
        assert not {pair for pair in given if pair[0] > pair[1]}
