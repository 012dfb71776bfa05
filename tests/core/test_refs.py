"""Which rule a ref falls under: tables, a naive matcher to compare with, and git's own idea of a ref name."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanegate.core.policy import Lane, Policy, RefRule
from lanegate.core.refs import MAX_REF, is_built_in, match_ref, matches, name_problem

NOT_LEGAL = "git knows no such ref: control characters, space and any of ~ ^ : ? [ \\ are not allowed"
LANES = ("ui", "core", "a", "a-b", "v1.0")


def policy(*names: str) -> Policy:
    rules = tuple(RefRule(name, line) for line, name in enumerate(names, 1))
    return Policy(identity="none", lanes={lane: Lane(id=lane, line=1) for lane in LANES}, refs=rules)


@pytest.mark.parametrize(
    ("name", "ref", "expected"),
    [
        ("refs/heads/main", "refs/heads/main", True),
        ("refs/heads/main", "refs/heads/main2", False),
        ("refs/heads/main", "refs/heads/mai", False),
        ("refs/heads/main", "refs/heads/Main", False),
        ("refs/heads/*", "refs/heads/x", True),
        ("refs/heads/*", "refs/heads/x/y", False),
        ("refs/heads/*", "refs/tags/x", False),
        ("refs/heads/**", "refs/heads/x/y/z", True),
        ("refs/heads/**", "refs/heads", False),
        ("refs/**", "refs/heads/x", True),
        ("refs/heads/rel-*", "refs/heads/rel-1", True),
        ("refs/heads/rel-*", "refs/heads/rel-", True),
        ("refs/heads/rel-*", "refs/heads/rel", False),
        ("refs/heads/*-rc", "refs/heads/a-b-rc", True),
        ("refs/heads/*-rc", "refs/heads/a/b-rc", False),
        ("refs/heads/**-rc", "refs/heads/a/b-rc", True),
        ("refs/*/main", "refs/heads/main", True),
        ("refs/*/main", "refs/a/b/main", False),
        ("refs/**/main", "refs/a/b/main", True),
        ("refs/**/main", "refs/main", False),
        ("refs/**/a/*", "refs/x/a/y/a/z", True),
        ("refs/**/a/*", "refs/x/a/y/a/z/q", False),
        ("refs/**a*b", "refs/a/xab", True),
        ("refs/**a*b", "refs/ax/b", False),
        ("refs/heads/*a*b", "refs/heads/cadb", True),
        ("refs/heads/*a*b", "refs/heads/b", False),
    ],
)
def test_names(name: str, ref: str, expected: bool) -> None:
    assert matches(name, ref) is expected


@pytest.mark.parametrize(
    ("name", "ref", "lane"),
    [
        ("refs/heads/lane/{lane}", "refs/heads/lane/ui", "ui"),
        ("refs/heads/lane/{lane}", "refs/heads/lane/UI", None),
        ("refs/heads/lane/{lane}", "refs/heads/lane/other", None),
        ("refs/heads/lane/{lane}", "refs/heads/lane/ui/x", None),
        ("refs/heads/lane/{lane}", "refs/heads/lane", None),
        ("refs/heads/lane/{lane}", "refs/heads/lane/", None),
        ("refs/heads/{lane}", "refs/heads/v1.0", "v1.0"),
        ("{lane}/x", "ui/x", "ui"),
        ("refs/heads/lane-{lane}", "refs/heads/lane-a-b", "a-b"),
        ("refs/heads/lane-{lane}", "refs/heads/lan-a-b", None),
        ("refs/heads/{lane}-wip", "refs/heads/a-wip", "a"),
        ("refs/heads/{lane}-wip", "refs/heads/a-wop", None),
        ("refs/heads/a{lane}a", "refs/heads/aa", None),
        ("refs/heads/{lane}/**", "refs/heads/ui/x/core/y", "ui"),
        ("refs/heads/{lane}/*", "refs/heads/ui/x", "ui"),
        ("refs/heads/{lane}/*", "refs/heads/ui", None),
        ("refs/**/{lane}", "refs/heads/core/ui", "ui"),
        ("refs/**/{lane}/x", "refs/heads/core/ui/x", "ui"),
        ("refs/**/{lane}/x", "x", None),
        ("refs/*/{lane}", "refs/heads/ui", "ui"),
        ("refs/*/{lane}/*/z", "refs/heads/ui/y/z", "ui"),
    ],
)
def test_lanes(name: str, ref: str, lane: str | None) -> None:
    expected = None if lane is None else (RefRule(name, 1), lane)
    assert match_ref(policy(name), ref) == expected


def test_the_first_match_wins() -> None:
    names = ("refs/heads/main", "refs/heads/{lane}", "refs/heads/*", "refs/heads/ui")
    found = {ref: match_ref(policy(*names), f"refs/heads/{ref}") for ref in ("main", "ui", "other", "other/x")}
    assert {ref: match and (match[0].line, match[1]) for ref, match in found.items()} == {
        "main": (1, None),
        "ui": (2, "ui"),
        "other": (3, None),
        "other/x": None,
    }


@pytest.mark.parametrize(
    "ref",
    [
        "refs/replace/x",
        "refs/lanegate/ledger",
        "refs/Replace/x",
        "refs/LANEGATE/x",
        "ref\u017f/lanegate/x",
        "refs/replace",
        "refs/lanegate",
    ],
)
def test_nothing_built_in_is_ever_matched(ref: str) -> None:
    assert is_built_in(ref)
    assert match_ref(policy("refs/**", ref, "refs/*/x"), ref) is None


def test_what_only_starts_like_them_is_not_built_in() -> None:
    assert match_ref(policy("refs/**"), "refs/replaced/x") is not None


def test_a_name_longer_than_any_file_system_holds_matches_nothing() -> None:
    long = "refs/heads/" + "x" * (MAX_REF - len("refs/heads/"))
    assert match_ref(policy("refs/heads/*"), long) is not None
    assert match_ref(policy("refs/heads/*"), long + "x") is None


def naive(name: str, ref: str) -> bool:
    """What the wildcards mean, word by word."""
    if not name:
        return not ref
    if name.startswith("**"):
        return any(naive(name[2:], ref[cut:]) for cut in range(len(ref) + 1))
    if name.startswith("*"):
        return any(naive(name[1:], ref[cut:]) for cut in range(len(ref) + 1) if "/" not in ref[:cut])
    return ref[:1] == name[0] and naive(name[1:], ref[1:])


NAMES = st.text(alphabet="ab/*", max_size=9).filter(lambda name: "***" not in name)


@given(NAMES, st.text(alphabet="ab/", max_size=9))
@settings(max_examples=1000)
def test_wildcards_mean_what_they_say(name: str, ref: str) -> None:
    assert matches(name, ref) == naive(name, ref)


@given(NAMES, st.text(alphabet="ab/", max_size=9), st.data())
@settings(max_examples=500)
def test_a_ref_made_from_a_name_matches_it(name: str, middle: str, data: st.DataObject) -> None:
    stands_for = {"\0": middle, "*": middle.replace("/", "")}
    ref = ""
    for piece in name.replace("**", "\0"):
        ref += stands_for.get(piece, piece) if piece in "ab/" or data.draw(st.booleans()) else ""
    assert matches(name, ref)


@given(st.data())
@settings(max_examples=300)
def test_a_lane_is_told_by_the_ref_alone(data: st.DataObject) -> None:
    """No name that the policy accepts lets a ref stand for two lanes."""
    pieces = st.sampled_from(("{lane}", "*", "**", "x", "a", "-", "/"))
    name = "refs/" + "".join(data.draw(st.lists(pieces, min_size=1, max_size=6)))
    if name_problem(name) is not None or "{lane}" not in name:
        return
    ref = "refs/" + "/".join(data.draw(st.lists(st.sampled_from((*LANES, "x", "xa", "a-bx")), max_size=5)))
    lanes = [lane for lane in LANES if matches(name.replace("{lane}", lane), ref)]
    found = match_ref(policy(name), ref)
    assert lanes == ([] if found is None else [found[1]])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("refs/heads/main", None),
        ("refs/heads/**", None),
        ("refs/heads/{lane}/*", None),
        ("refs/heads/{lane}/**", None),
        ("refs/**/{lane}", None),
        ("refs/replaced/*", None),
        ("refs/heads/@{lane}", None),
        ("refs/heads/{lane}/*/z", None),
        ("*{lane}/x", "`*` beside `{lane}` in one segment leaves open which lane is meant"),
        ("refs/heads/*.x", None),
        ("refs/heads/x.*", None),
        ("refs/heads/***", "`*` is one segment, `**` any number: `***` is neither"),
        ("refs/heads/{lane}/{lane}", "`{lane}` may stand only once"),
        ("refs/heads/{Lane}", "the only braces allowed are `{lane}`"),
        ("refs/heads/}", "the only braces allowed are `{lane}`"),
        ("refs/heads/{lane}*", "`*` beside `{lane}` in one segment leaves open which lane is meant"),
        ("refs/heads/*-{lane}", "`*` beside `{lane}` in one segment leaves open which lane is meant"),
        ("refs/**/{lane}/**", "`**` on both sides of `{lane}` leaves open which lane is meant"),
        ("refs/lanegate/x", "the rules of refs/replace/ and refs/lanegate/ are built in"),
        ("refs/Replace/**", "the rules of refs/replace/ and refs/lanegate/ are built in"),
        ("refs/heads//x", "git knows no such ref: a segment is empty"),
        ("refs/heads/", "git knows no such ref: a segment is empty"),
        ("/refs/heads", "git knows no such ref: a segment is empty"),
        ("refs", "git knows no such ref: a segment is empty"),
        ("refs/heads/.x", "git knows no such ref: a segment starts with a dot"),
        (".refs/heads", "git knows no such ref: a segment starts with a dot"),
        ("refs/x.lock/y", "git knows no such ref: a segment ends with .lock"),
        ("refs/heads/*.lock", "git knows no such ref: a segment ends with .lock"),
        ("refs/heads/a..b", "git knows no such ref: `..` is not allowed"),
        ("refs/heads/a@{b", "the only braces allowed are `{lane}`"),
        ("refs/heads/a.", "git knows no such ref: the name ends with a dot"),
        *((f"refs/heads/a{letter}b", NOT_LEGAL) for letter in " ~^:?[\\\x01\x7f\t"),
    ],
)  # fmt: skip
def test_names_of_rules(name: str, expected: str | None) -> None:
    assert name_problem(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("refs/heads/a@{b", "git knows no such ref: `@{` is not allowed"),
        ("refs/heads/*", "`*` is not allowed in the name of a single ref"),
        ("refs/heads/{x}", None),
    ],
)
def test_names_of_single_refs(name: str, expected: str | None) -> None:
    assert name_problem(name, wildcards=False) == expected


@given(st.text(alphabet="a./@{}~^:?[\\ *\x01-lock", min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_git_agrees_on_names(rest: str) -> None:
    name = f"refs/{rest}"
    git = subprocess.run(["git", "check-ref-format", name], check=False)
    assert (name_problem(name, wildcards=False) is None) == (git.returncode == 0)


def test_no_name_hangs() -> None:
    """A backtracking matcher would try every way to deal 330 pieces out to 60 wildcards before it says no."""
    name = "refs/" + "*a/**b" * 30
    ref = "refs/" + "a/b" * 330
    assert matches(name, ref)
    assert not matches(name, ref + "c")
