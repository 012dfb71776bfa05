"""Grants: the rules of docs/judgement.md in tables, against a naive reading of that page, and from a compiled state."""

from __future__ import annotations

import marshal
import subprocess
import sys
from pathlib import Path
from unittest.mock import ANY

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.core import ownership as ownership_module
from lanegate.core.ownership import Match, Ownership
from lanegate.core.patterns import PatternError, parse_pattern
from lanegate.core.policy import (
    APPEND_ONLY,
    FROZEN,
    HIGH_RISK,
    MODIFY,
    NONE,
    PRIMARY,
    READ,
    SHARED,
    STATES,
    ZONE_MODES,
    Lane,
    MatrixRow,
    Policy,
    Rule,
    Zone,
)  # fmt: skip
from tests.core.build import replace, rules
from tests.core.oracles import examples, paths, paths_like, patterns

LISTS = ("owned_paths", "modify_paths", "read_paths", "out_of_scope")


def policy_of(*lanes: Lane, matrix: tuple[MatrixRow, ...] = (), zones: tuple[Zone, ...] = ()) -> Policy:
    return Policy(identity="none", lanes={lane.id: lane for lane in lanes}, matrix=matrix, zones=zones)


def decided(match: Match) -> tuple[str, str | None, bool]:
    return match.grant, match.rule.text if match.rule else None, match.out_of_scope


UI = Lane(
    id="ui",
    line=10,
    owned_paths=rules("/ui/", "!/ui/theme/", "/ui/theme/dark/", "**/ui.toml", where="lanes.ui.owned_paths", line=11),
    modify_paths=rules("/app.py", "/ui/theme/", "!/ui/theme/frozen/", line=21),
    read_paths=rules("/core/", "/app.py", line=31),
    out_of_scope=rules("/ui/vendor/", "!/ui/vendor/ours/", "/x/", line=41),
)
CORE = Lane(id="core", line=50, state="planned", owned_paths=rules("/core/", "/app.py", "/ui/theme/", line=51))
DONE = Lane(id="a-done", line=60, state="done", owned_paths=rules("/old/", "/core/", line=61))
MATRIX = (
    MatrixRow(rules("/m/", line=71)[0], {"ui": PRIMARY, "core": READ}),
    MatrixRow(rules("/m/core/", line=72)[0], {"ui": NONE, "core": PRIMARY}),
    MatrixRow(rules("/m/core/*.md", line=73)[0], {"ui": MODIFY}),
    MatrixRow(rules("/ui/theme/dark/m", line=74)[0], {"ui": READ}),
    MatrixRow(rules("/ui/vendor/", line=75)[0], {"ui": PRIMARY}),
)
POLICY = policy_of(UI, DONE, CORE, matrix=MATRIX)

GRANTS = [
    ("ui", "ui/a.py", PRIMARY, "/ui/", False),
    ("ui", "ui", PRIMARY, "/ui/", False),
    ("ui", "ui/theme/a", MODIFY, "/ui/theme/", False),  # taken away from the owned, still in the next list
    ("ui", "ui/theme/frozen/a", NONE, "!/ui/theme/", False),  # taken away twice: the first list says why
    ("ui", "ui/theme/dark/a", PRIMARY, "/ui/theme/dark/", False),  # the last match wins
    ("ui", "docs/ui.toml", PRIMARY, "**/ui.toml", False),
    ("ui", "app.py", MODIFY, "/app.py", False),  # the first list that matches
    ("ui", "core/a", READ, "/core/", False),
    ("ui", "docs/a", NONE, None, False),
    ("ui", "ui/vendor/a", NONE, "/ui/vendor/", True),  # wins over owned and matrix
    ("ui", "ui/vendor/ours/a", PRIMARY, "/ui/vendor/", False),  # back in scope: the matrix row decides
    ("ui", "x/ui.toml", NONE, "/x/", True),
    ("ui", "m/a", PRIMARY, "/m/", False),
    ("ui", "m/core/a", NONE, "/m/core/", False),
    ("ui", "m/core/a.md", MODIFY, "/m/core/*.md", False),
    ("ui", "ui/theme/dark/m", READ, "/ui/theme/dark/m", False),  # a row wins over the lists
    ("core", "m/a", READ, "/m/", False),
    ("core", "m/core/a.md", PRIMARY, "/m/core/", False),  # the last row that names the lane
    ("core", "ui/a", NONE, None, False),
    ("a-done", "old/a", PRIMARY, "/old/", False),
]


@pytest.mark.parametrize(("lane", "path", "grant", "rule", "out"), GRANTS, ids=[f"{row[0]} {row[1]}" for row in GRANTS])
def test_grant(lane: str, path: str, grant: str, rule: str | None, out: bool) -> None:
    ownership = Ownership(POLICY)
    for _ in range(2):
        assert decided(ownership.grant(lane, path.encode())) == (grant, rule, out)


def test_the_rule_knows_where_it_stands() -> None:
    match = Ownership(POLICY).grant("ui", b"ui/theme/dark/x")
    assert match.rule == Rule("/ui/theme/dark/", "lanes.ui.owned_paths[2]", 13)


def test_owners_active_first_then_by_id() -> None:
    ownership = Ownership(POLICY)
    assert [lane for lane, _ in ownership.owners(b"core/a")] == ["a-done", "core"]
    assert [(lane, match.grant) for lane, match in ownership.owners(b"ui/theme/dark/x")] == [
        ("ui", PRIMARY),
        ("core", PRIMARY),
    ]
    assert ownership.owners(b"docs/a") == ()
    assert ownership.owners(b"ui/vendor/a") == ()


def test_grants_of_all_lanes() -> None:
    found = Ownership(POLICY).grants(b"app.py")
    assert [(lane, match.grant) for lane, match in found] == [("ui", MODIFY), ("a-done", NONE), ("core", PRIMARY)]


def test_an_unknown_lane() -> None:
    with pytest.raises(KeyError, match="nobody"):
        Ownership(POLICY).grant("nobody", b"a")


def test_a_rule_outside_of_the_dialect() -> None:
    with pytest.raises(PatternError, match="not anchored"):
        Ownership(policy_of(Lane(id="a", line=1, owned_paths=rules("tests"))))


def test_no_lanes() -> None:
    ownership = Ownership(policy_of())
    assert ownership.grants(b"a") == ()
    assert Ownership.from_state(marshal.loads(marshal.dumps(ownership.state()))).owners(b"a") == ()  # noqa: S302


def test_a_match_is_a_frozen_value() -> None:
    one, other = Ownership(POLICY), Ownership(POLICY)
    match = one.grant("ui", b"ui/a")
    assert match == other.grant("ui", b"ui/b")
    assert hash(match) == hash(other.grant("ui", b"ui/b"))
    assert match != one.grant("ui", b"ui/theme/dark/a")
    assert match != one.grant("ui", b"ui/vendor/a")
    assert match != "PRIMARY"
    assert match == ANY  # what is no Match is asked itself
    assert repr(match) == (
        "Match(grant='PRIMARY', rule=Rule(text='/ui/', where='lanes.ui.owned_paths[0]', line=11), out_of_scope=False)"
    )
    for name in ("grant", "rule", "out_of_scope", "other"):
        with pytest.raises(AttributeError):
            setattr(match, name, "x")


def test_paths_that_the_same_rules_match_share_the_answer() -> None:
    ownership = Ownership(POLICY)
    assert ownership.grant("ui", b"ui/a") is ownership.grant("ui", b"ui/b/c")


@st.composite
def policies(draw: st.DrawFn) -> tuple[Policy, list[bytes]]:
    texts = draw(st.lists(patterns, min_size=1, max_size=8))
    few = st.lists(st.sampled_from([*texts, *(text.removeprefix("!") for text in texts)]), max_size=4)
    lanes = []
    for number, name in enumerate(draw(st.lists(st.sampled_from("abcd"), min_size=1, max_size=4, unique=True))):
        lists = {key: rules(*draw(few), where=f"{name}.{key}", line=100 * number) for key in LISTS}
        lanes.append(Lane(id=name, line=number, state=draw(st.sampled_from(STATES)), **lists))
    matrix = tuple(
        MatrixRow(
            Rule(text.removeprefix("!"), f"matrix[{number}]", 1_000 + number),
            draw(st.dictionaries(st.sampled_from("abcd"), st.sampled_from((PRIMARY, MODIFY, READ, NONE)), min_size=1)),
        )
        for number, text in enumerate(draw(few))
    )
    like = [paths_like(text.removeprefix("!")) for text in texts]
    zones = tuple(
        Zone(rules(*draw(few), where=f"zones[{number}].paths", line=2_000 + 10 * number), mode, 2_000 + number)
        for number, mode in enumerate(draw(st.lists(st.sampled_from(ZONE_MODES), max_size=3)))
    )
    return policy_of(*lanes, matrix=matrix, zones=zones), draw(
        st.lists(st.one_of(paths, *like), min_size=1, max_size=8)
    )


def last_match(listed: tuple[Rule, ...], path: bytes) -> Rule | None:
    found = None
    for rule in listed:
        if parse_pattern(rule.text).matches(path):
            found = rule
    return found


def naive(policy: Policy, lane: Lane, path: bytes) -> tuple[str, Rule | None, bool]:
    """docs/judgement.md read line by line."""
    out = last_match(lane.out_of_scope, path)
    if out is not None and not out.text.startswith("!"):
        return NONE, out, True
    for row in reversed(policy.matrix):
        if lane.id in row.grants and parse_pattern(row.rule.text).matches(path):
            return row.grants[lane.id], row.rule, False
    taken_away = None
    for listed, grant in ((lane.owned_paths, PRIMARY), (lane.modify_paths, MODIFY), (lane.read_paths, READ)):
        rule = last_match(listed, path)
        if rule is not None and not rule.text.startswith("!"):
            return grant, rule, False
        taken_away = taken_away or rule
    return NONE, taken_away, False


ZONES = (
    Zone(rules("/ui/", "!/ui/theme/", line=81), HIGH_RISK, 80),
    Zone(rules("/CHANGES", "/ui/log", line=91), APPEND_ONLY, 90),
    Zone(rules("/ui/theme/", "/ui/log/", "!/ui/log/open", line=96), FROZEN, 95),
    Zone(rules("/nobody/", line=99), SHARED, 98),
)
IN_ZONES = [
    ("ui/a", 0, "/ui/"),
    ("ui/theme/a", 2, "/ui/theme/"),
    ("ui/log", 2, "/ui/log/"),  # the last zone wins
    ("ui/log/open", 1, "/ui/log"),  # its list does not match: the one before it does
    ("CHANGES", 1, "/CHANGES"),
    ("nobody/x", 3, "/nobody/"),  # no lane owns it
    ("docs/a", None, None),
]


@pytest.mark.parametrize(("path", "zone", "rule"), IN_ZONES, ids=[row[0] for row in IN_ZONES])
def test_zone(path: str, zone: int | None, rule: str | None) -> None:
    ownership = Ownership(policy_of(UI, CORE, matrix=MATRIX, zones=ZONES))
    without = Ownership(policy_of(UI, CORE, matrix=MATRIX))
    for _ in range(2):
        assert ownership.zone(path.encode()) == zone
        found = ownership.zone_rule(path.encode())
        assert (found.text if found else None) == rule
    assert (without.zone(path.encode()), without.zone_rule(path.encode())) == (None, None)
    assert ownership.grants(path.encode()) == without.grants(path.encode())


def naive_zone(policy: Policy, path: bytes) -> tuple[int | None, Rule | None]:
    for number, zone in reversed(list(enumerate(policy.zones))):
        rule = last_match(zone.paths, path)
        if rule is not None and not rule.text.startswith("!"):
            return number, rule
    return None, None


@examples(150)
@given(asked=policies())
def test_agrees_with_a_naive_reading(asked: tuple[Policy, list[bytes]]) -> None:
    policy, found = asked
    ownership = Ownership(policy)
    order = sorted(policy.lanes, key=lambda lane: (policy.lanes[lane].state != "active", lane))
    for path in found:
        expected = {lane.id: naive(policy, lane, path) for lane in policy.lanes.values()}
        got = {lane: (match.grant, match.rule, match.out_of_scope) for lane, match in ownership.grants(path)}
        assert got == expected
        assert list(got) == order
        owners = [(lane, match.rule) for lane, match in ownership.owners(path)]
        assert owners == [(lane, expected[lane][1]) for lane in order if expected[lane][0] == PRIMARY]
        assert (ownership.zone(path), ownership.zone_rule(path)) == naive_zone(policy, path)


@examples(150)
@given(asked=policies())
def test_a_compiled_policy_answers_alike(asked: tuple[Policy, list[bytes]]) -> None:
    policy, found = asked
    ownership = Ownership(policy)
    loaded = Ownership.from_state(marshal.loads(marshal.dumps(ownership.state())))  # noqa: S302
    for path in found:
        assert loaded.grants(path) == ownership.grants(path)
        assert loaded.owners(path) == ownership.owners(path)
        assert (loaded.zone(path), loaded.zone_rule(path)) == (ownership.zone(path), ownership.zone_rule(path))
    assert loaded.state() == ownership.state()


@examples(100)
@given(asked=policies())
def test_forgetting_changes_nothing(asked: tuple[Policy, list[bytes]]) -> None:
    policy, found = asked
    expected = [(Ownership(policy).grants(path), Ownership(policy).zone(path)) for path in found]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ownership_module, "CACHE_BYTES", 600)
        ownership = Ownership(policy)
        assert [(ownership.grants(path), ownership.zone(path)) for path in found] == expected


def test_memory_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ownership_module, "CACHE_BYTES", 100_000)
    ownership = Ownership(policy_of(UI, CORE, zones=ZONES))
    most = 0
    for number in range(5_000):
        ownership.owners(b"ui/%d" % number)
        ownership.zone(b"ui/%d" % number)
        most = max(most, len(ownership._answers), len(ownership._zone_answers))
    assert 100 < most < 1_000


def held(ownership: Ownership) -> int:
    """The estimate of what is remembered, from what is there."""
    shared = ownership._shared
    entries = len(ownership._answers) + len(shared) + sum(map(len, shared.values()))
    return 250 * entries + sum(map(len, ownership._answers)) + 8 * sum(map(len, shared))


#: (lanes, rules of each, the path asked for a number): what makes the answers many or big.
CROWDS = [
    (1, [f"/d{number}/" for number in range(600)], b"d%d/x"),
    (20, [f"/d{number}/" for number in range(600)], b"d%d/x"),
    (1, ["/d*/"] * 300 + [f"/d{number}/" for number in range(600)], b"d%d/x"),
    (1, ["/d/"], b"d/" + b"x" * 4_000 + b"%d"),
]


@pytest.mark.parametrize(("lanes", "texts", "path"), CROWDS, ids=["rules", "lanes", "many rules", "long paths"])
def test_what_is_remembered_stays_within_its_room(
    lanes: int, texts: list[str], path: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ownership_module, "CACHE_BYTES", 100_000)
    policy = policy_of(*(Lane(id=f"l{n}", line=n, owned_paths=rules(*texts)) for n in range(lanes)))
    ownership = Ownership(policy)
    most = 0
    for number in range(600):
        ownership.grants(path % number)
        most = max(most, held(ownership))
    one = 250 * (2 + lanes) + len(path) + 8 * lanes * len(texts)
    assert 100_000 - one <= most <= 100_000 + one


LEVELS = (NONE, READ, MODIFY, PRIMARY)


@examples(100)
@given(asked=policies(), text=patterns, data=st.data())
def test_a_restriction_never_grants_more(asked: tuple[Policy, list[bytes]], text: str, data: st.DataObject) -> None:
    """Another `!` in a list that grants, or another pattern out of scope, at any place."""
    policy, found = asked
    lane = data.draw(st.sampled_from(sorted(policy.lanes.values())))
    key = data.draw(st.sampled_from(LISTS))
    sign = "" if key == "out_of_scope" else "!"
    listed = list(getattr(lane, key))
    listed.insert(data.draw(st.integers(0, len(listed))), Rule(sign + text.removeprefix("!"), "new", 1))
    narrow = policy_of(
        *(replace(lane, **{key: tuple(listed)}) if one is lane else one for one in policy.lanes.values()),
        matrix=policy.matrix,
    )
    before, after = Ownership(policy), Ownership(narrow)
    for path in [*found, data.draw(paths_like(text.removeprefix("!")))]:
        for name in policy.lanes:
            assert LEVELS.index(after.grant(name, path).grant) <= LEVELS.index(before.grant(name, path).grant)


@pytest.mark.parametrize("state", [(), (0,), (ownership_module.FORMAT + 1, 2)])
def test_a_state_of_another_version_is_refused(state: tuple[object, ...]) -> None:
    with pytest.raises(ValueError, match="another version"):
        Ownership.from_state(state)


HOOK = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
before = set(sys.modules)
import marshal
from lanegate.core.ownership import Ownership
with open(sys.argv[2], "rb") as file:
    ownership = Ownership.from_state(marshal.load(file))
print(ownership.grant("ui", b"ui/theme/a").grant, len(ownership.owners(b"m/core/x.md")))
print(*sorted(set(sys.modules) - before))
print(ownership.grant("ui", b"ui/theme/a").rule.line)
"""


def test_a_hook_imports_nothing_but_the_core(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Design section 9: no module on the passing path that takes milliseconds. Showing a rule may import more."""
    state = tmp_path_factory.mktemp("state") / "policy"
    state.write_bytes(marshal.dumps(Ownership(POLICY).state()))
    argv = [sys.executable, "-I", "-S", "-c", HOOK, str(Path(__file__).parents[2]), str(state)]
    out = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.splitlines()
    core = ["lanegate.core", "lanegate.core.index", "lanegate.core.ownership", "lanegate.core.segments"]
    assert out == ["MODIFY 1", " ".join(["__future__", "lanegate", *core]), "22"]
