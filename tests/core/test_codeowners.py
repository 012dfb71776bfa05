"""CODEOWNERS as GitHub reads it: each line in a table, and whole files against an oracle of git's own matching."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.core.claims import owned_lists
from lanegate.core.codeowners import OwnersRule, lane_id, lane_names, owners_claims, read_codeowners
from lanegate.core.patterns import parse_pattern
from tests.core.oracles import GitOracle, examples, pathspec_matches

LINES = [
    ("*", "/**", False),
    ("*.js", "**/*.js", False),
    ("docs", "**/docs", False),
    ("apps/", "**/apps/", False),
    ("docs/*", "/docs/*", True),
    ("/*", "/*", True),
    ("docs/*/", "/docs/*/**", False),
    ("*/", "/*/**", False),  # no file at the top
    ("src/**/*/", "/src/*/**", False),
    ("/build/logs/", "/build/logs/", False),
    ("/build/logs", "/build/logs", False),
    ("src/ui", "/src/ui", False),
    ("src/**", "/src/**", False),
    ("src/**/", "/src/**", False),
    ("src/**/*", "/src/**", False),
    ("**", "/**", False),
    ("**/*", "/**", False),
    ("/**", "/**", False),
    ("**/logs", "**/logs", False),
    ("a/**/**/b", "/a/**/b", False),
    ("foo**bar", "**/foo*bar", False),
    ("/tests/test_statsd_*", "/tests/test_statsd_*", False),
    ("/with\\ blank/", "/with blank/", False),
    ("/weird**/x", "/weird*/x", False),
]


@pytest.mark.parametrize(("written", "pattern", "shallow"), LINES)
def test_a_line(written: str, pattern: str, shallow: bool) -> None:
    rules, untold = read_codeowners(f"# why\n\n{written}  @org/team a@b.example # and why\n")
    assert untold == ()
    assert rules == (OwnersRule(3, pattern, shallow, ("@org/team", "a@b.example")),)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("!/a/ @x", "knows no `!`"),
        ("/[ab]/ @x", "no classes"),
        ("[ab]/ @x", "no classes"),
        ("[Docs] and @x", "and is no @user"),
        ("/caf\udce9/ @x", "not valid Unicode"),
        ("/a \udce9@b.example", "is no @user"),
        ("/a/ team", "team is no @user"),
        ("/a\\*b @x", "backslash"),
        ("/../a @x", "`..`"),
        ("/*.{js,ts} @x", "`{…,…}`"),
        ("// @x", "empty name"),
    ],
)
def test_a_line_that_is_none(written: str, why: str) -> None:
    rules, untold = read_codeowners(f"{written}\n/b/ @y")
    assert [rule.pattern for rule in rules] == ["/b/"]
    assert [(one.line, one.text) for one in untold] == [(1, written)]
    assert why in untold[0].why


def test_a_section_of_gitlab_gives_its_owners_to_lines_without() -> None:
    text = "/a\n[Docs][2] @o/g/docs  a@b.example # why\n/docs/\n/docs/x @y\n^[Two words]\n/z\n"
    rules, untold = read_codeowners(text)
    docs = ("@o/g/docs", "a@b.example")
    assert [(rule.pattern, rule.owners) for rule in rules] == [
        *(("/a", ()), ("/docs/", docs), ("/docs/x", ("@y",)), ("/z", ()))
    ]
    assert [one.line for one in untold] == [2, 5]
    assert all("a section (GitLab)" in one.why for one in untold)


@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_only_a_line_feed_ends_a_line(start: str) -> None:
    rules, untold = read_codeowners(f"{start}# not\x0c/a\u2028/b @x\r\n/c @y\r\n")
    assert (rules, untold) == ((OwnersRule(2, "/c", False, ("@y",)),), ())
    assert read_codeowners(f"{start}* @x")[0] == (OwnersRule(1, "/**", False, ("@x",)),)


def lists(text: str) -> dict[str, tuple[str, ...]]:
    rules, untold = read_codeowners(text)
    claims, inexact = owners_claims(rules)
    assert (untold, inexact) == ((), ())
    return owned_lists(claims)


@pytest.mark.parametrize(
    ("text", "owned"),
    [
        ("* @o/all\n/a/ @o/all @o/ui\n", {"all": ("/**", "!/a/"), "ui": ("/a/",)}),
        ("/a/ @o/ui\n* @o/all\n", {"ui": (), "all": ("/**",)}),  # what stands first is taken by all
        ("* @all\n/a/ @ui\n/a/b/ @all\n", {"all": ("/**", "!/a/", "/a/b/"), "ui": ("/a/", "!/a/b/")}),
        ("/a/b @x\n*.js @y\n/a/ @y\n", {"x": (), "y": ("**/*.js", "/a/")}),  # a `!` is not left alone
        ("* @all\n/a/ @all\n", {"all": ("/**",)}),  # a line that says nothing new
        ("/a/ @x\n/b/ @y\n/a/c\n", {"x": ("/a/", "!/a/c"), "y": ("/b/",)}),  # taken from everybody
        ("* @all\n/d/* @d\n", {"all": ("/**", "!/d/*", "/d/*/**"), "d": ("/d/*", "!/d/*/**")}),
        ("/d/s/ @s\n/d/s/t/ @t\n/d/* @d\n",
         {"s": ("/d/s/**", "!/d/s/t/"), "t": ("/d/s/t/",), "d": ("/d/*", "!/d/*/**")}),
    ],
)  # fmt: skip
def test_files(text: str, owned: dict[str, tuple[str, ...]]) -> None:
    assert lists(text) == owned


def test_what_is_below_a_shallow_line_and_cannot_be_said_is_told() -> None:
    rules, _ = read_codeowners("/a*/x @x\n/*b/* @y\n**/p/q @z\n/d/* @y\n")
    claims, inexact = owners_claims(rules)
    assert [(one.line, one.text) for one in inexact] == [(2, "/*b/*"), (4, "/d/*")]
    assert "/a*/x" in inexact[0].why
    assert "**/p/q" in inexact[1].why
    assert owned_lists(claims)["y"]
    everything = (OwnersRule(0, "/**", False, ("@all",)), *rules)
    assert owned_lists(owners_claims(everything)[0])["all"][-1] == "!/d/*", "left to nobody, and not to who had all"


def test_shallow_lines_again_and_again_stay_few() -> None:
    rules, _ = read_codeowners("* @all\n" + "".join(f"/docs/* @o{number}\n" for number in range(200)))
    claims, untold = owners_claims(rules)
    assert untold == ()
    assert owned_lists(claims) == {
        **{f"o{number}": () for number in range(199)},
        "all": ("/**", "!/docs/*", "/docs/*/**"),
        "o199": ("/docs/*", "!/docs/*/**"),
    }


def test_a_shallow_line_at_any_depth_is_told_for_what_it_cannot_say() -> None:
    rules, _ = read_codeowners("* @y\n**/a/* @x\n/a/* @x\n")
    claims, inexact = owners_claims(rules)
    assert [(one.line, one.text) for one in inexact] == [(2, "**/a/*")]
    assert "inside another one" in inexact[0].why
    lists = {lane: [parse_pattern(text) for text in texts] for lane, texts in owned_lists(claims).items()}
    owners = {path: [lane for lane in lists if _decides(lists[lane], path)] for path in (b"b/a/c", b"a/a/c")}
    assert owners == {b"b/a/c": ["x"], b"a/a/c": ["y"]}


def test_lanes_are_named_for_who_does_not_own_everything() -> None:
    rules, _ = read_codeowners("* @o/all\n/a @o/all @o/ui\n/b @p/ui\n/c a.b@c.example @x\n/d @x a.b@c.example\n/e\n")
    assert list(lane_names(rules).values()) == ["all", "ui", "ui-2", "a.b-and-x"]


@pytest.mark.parametrize(
    ("wanted", "taken", "found"),
    [
        ("UI", ("ui", "ui-2"), "UI-3"),
        ("a/b c", (), "a-b-c"),
        ("..", (), "lane"),
        ("x.lock.LOCK", (), "x"),
        ("a..b.", (), "a-b"),
        ("é", (), "lane"),
        ("a" * 90, (), "a" * 60),
    ],
)
def test_lane_ids(wanted: str, taken: tuple[str, ...], found: str) -> None:
    assert lane_id(wanted, taken) == found


NAMES = ("a", "b", "ab", "a.js")
bodies = st.sampled_from(
    [
        *("*", "/*", "*/", "**/*/", "*.js", "a", "b/", "/a", "/a/", "/a/*", "a/b", "a/b/*"),
        *("/a/b/", "a/**", "**/b", "a/**/b", "/a*", "*/b"),
    ]
)
paths = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4).map("/".join).map(str.encode)


def expected(lines: Sequence[tuple[str, str]], path: bytes) -> str | None:
    """Who owns a path by GitHub's words, asked line by line of pathspec."""
    owner = None
    for body, lane in lines:
        in_folder_only = body.endswith("/*")
        depth = body.strip("/").count("/")
        if pathspec_matches(body, path) and (not in_folder_only or path.count(b"/") == depth):
            owner = lane or None
    return owner


@examples(300)
@given(st.lists(st.tuples(bodies, st.sampled_from(["x", "y", "z", ""])), min_size=1, max_size=6), st.lists(paths))
def test_files_against_the_oracle(lines: list[tuple[str, str]], asked: list[bytes]) -> None:
    text = "".join(f"{body} {'@' + lane if lane else ''}\n" for body, lane in lines)
    rules, _ = read_codeowners(text)
    claims, inexact = owners_claims(rules)
    owned = {lane: [parse_pattern(text) for text in texts] for lane, texts in owned_lists(claims).items()}
    for path in asked if not inexact else ():
        owners = [lane for lane, found in owned.items() if _decides(found, path)]
        # a line for a named folder is asked of files too: no pattern is for folders only (core/patterns.py)
        as_entries = [(body[:-1] if body.endswith("/") and body[-2] != "*" else body, lane) for body, lane in lines]
        as_entries = [("/" + body if "/" in lines[at][0][:-1] and body[0] != "*" and body[0] != "/" else body, lane)
                      for at, (body, lane) in enumerate(as_entries)]  # fmt: skip
        assert owners == [one for one in [expected(as_entries, path)] if one]


def _decides(found: Sequence[object], path: bytes) -> bool:
    last = None
    for pattern in found:
        if pattern.matches(path):  # type: ignore[attr-defined]
            last = pattern
    return last is not None and not last.negated  # type: ignore[attr-defined]


def test_single_lines_against_git(tmp_path: Path) -> None:
    asked = [b"a", b"a.js", b"a/b", b"b/a", b"a/b/a", b"b/a/b", b"ab/b", b"docs/x", b"x/docs/y"]
    plain = [line for line in LINES if not line[2] and "\\" not in line[0] and not line[0].endswith("/")]
    answers = GitOracle(tmp_path / "git").matches([(written, asked) for written, _, _ in plain])
    for (written, pattern, _), answer in zip(plain, answers, strict=True):
        assert [parse_pattern(pattern).matches(path) for path in asked] == answer, written
