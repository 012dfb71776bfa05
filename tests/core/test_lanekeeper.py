"""lanekeeper's lanes: what it lets a lane change, and nothing else, is the lane's; what is no such file is told."""

from __future__ import annotations

import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanegate.core.claims import owned_lists, spread_claims
from lanegate.core.lane_tables import TableError
from lanegate.core.lanekeeper import Kept, KeptLane, kept_claims, read_lanekeeper
from lanegate.core.ownership import Ownership
from lanegate.core.policy_reader import read_policy
from tests.core.oracles import examples

#: As `lanekeeper init` writes it, with what people add.
CONFIG = """\
version: 1
project: {name: shop}
lanes:
- name: platform
  allow:
  - '*'        # what stands at the top
  - infra/**
  deny: [backend/**]
- name: backend
  allow: [backend/**, "app/[id]/page.ts", 'tests/backend/']
  deny: []
  owner: '@o/core'
  ticket: '11'
- name: types
  allow: [backend/types.ts]
  owner: [ana@example.org, '@bob']
  shared: true
ports: {backend: {start: 8001, end: 8099}}
"""


def owned(kept: Kept) -> dict[str, tuple[str, ...]]:
    return owned_lists(spread_claims(kept_claims(kept.lanes))[0])


def test_a_file() -> None:
    kept = read_lanekeeper(CONFIG)
    assert kept == Kept(
        (
            KeptLane("platform", (("/*", True), ("/infra/", False)), (("/backend/", False),), (), False),
            KeptLane(
                "backend",
                (("/backend/", False), ("/app/[[]id]/page.ts", False), ("/tests/backend/", False)),
                (),
                ("@o/core",),
                False,
            ),
            KeptLane("types", (("/backend/types.ts", False),), (), ("ana@example.org", "@bob"), True),
        ),
        (),
    )
    assert owned(kept) == {
        "platform": ("/*", "!/*/**", "/infra/", "!/backend/"),
        "backend": ("/backend/", "/tests/backend/", "/app/[[]id]/page.ts", "!/backend/types.ts"),
        "types": ("/backend/types.ts",),
    }


def test_a_table_of_lanes_says_the_same() -> None:
    text = (
        "lanes:\n  a/b:\n    allow: [x/**, null, '  ']\n    deny: ~\n    owner:\n    shared: no\n  A-B: {allow: [y]}\n"
    )
    assert read_lanekeeper(text) == Kept(
        (
            KeptLane("a-b", (("/x/", False),), (), (), False),
            KeptLane("A-B-2", (("/y", False),), (), (), False),
        ),
        (),
    )


@pytest.mark.parametrize("text", ["", "# nothing\n", "version: 1\n", "lanes:\n", "lanes: null\n"])
def test_a_file_without_lanes(text: str) -> None:
    assert read_lanekeeper(text) is None


@pytest.mark.parametrize(
    ("written", "pattern", "shallow"),
    [
        ("*", "/*", True),
        ("src/*", "/src/*", True),
        ("src/*.py", "/src/*.py", False),
        ("src/**", "/src/", False),
        ("/src/", "/src/", False),
        ("src\\ui\\a.py", "/src/ui/a.py", False),
        ("src/**/*", "/src/", False),
        ("src/*/x/**", "/src/*/x/**", False),
        ("**", "/**", False),
        ("**/**/*", "/**", False),
        ("**/auth/**", "**/auth/**", False),
        ("**/*.py", "**/*.py", False),
        ("a**b", "/a*b", False),
        ("app/[slug]/[...all].ts", "/app/[[]slug]/[[]...all].ts", False),
    ],
)
def test_patterns(written: str, pattern: str, shallow: bool) -> None:
    kept = read_lanekeeper(f"lanes: {{a: {{allow: ['{written}']}}}}\n")
    assert kept is not None
    assert kept.lanes[0].allow == ((pattern, shallow),)


def test_what_no_pattern_says_is_told_and_a_lane_of_nothing_else_is_left_out() -> None:
    kept = read_lanekeeper("lanes:\n  a:\n    allow:\n      - '../x'\n      - './y'\n  b: {}\n  c: {allow: [c/**]}\n")
    assert kept is not None
    assert [lane.id for lane in kept.lanes] == ["c"]
    assert [told.partition("is")[0] for told in kept.untold] == [
        "line 4: allow of lane a: `../x` ",
        "line 5: allow of lane a: `./y` ",
        "lane a allows nothing that could be taken over, so it ",
        "lane b allows nothing that could be taken over, so it ",
    ]


BOMB = "a: &a [x]\n" + "".join(f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in ["ab", "bc", "cd"])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("lanes: [\n", "not YAML: line 2: "),
        ("lanes: \x00\n", "not YAML: a character"),
        ("lanes: {}\n---\nlanes: {}\n", "not YAML: line 2: "),
        ("- lanes\n", "line 1: the file is no table"),
        ("lanes: text\n", "line 1: `lanes` is no table"),
        ("lanes:\n- text\n", "line 2: a lane is no table"),
        ("lanes:\n- allow: [x]\n", "line 2: a lane without a name"),
        ("lanes:\n- name: [x]\n", "line 2: a lane without a name"),
        ("lanes:\n- {name: a, allow: [x]}\n- {name: a, allow: [y]}\n", "lane a is there twice"),
        ("lanes: {a: {allow: [x]}, a: {allow: [y]}}\n", "line 1: a is given twice"),
        ("lanes: {a: {allow: [x], allow: [y]}}\n", "line 1: allow is given twice"),
        ("lanes: {a: {<<: {allow: [x]}}}\n", "line 1: a key of lane a that is no plain text"),
        ("lanes: {[a]: {}}\n", "line 1: a key of `lanes` that is no plain text"),
        ("lanes: {a: {allow: x}}\n", "line 1: allow of lane a is no list of texts"),
        ("lanes: {a: {allow: [[x]]}}\n", "line 1: allow of lane a is no list of texts"),
        ("lanes: {a: {allow: [x], owner: {b: c}}}\n", "line 1: owner of lane a is no list of texts"),
        ("lanes: {a: {allow: [x], shared: 'true'}}\n", "line 1: `shared` is neither"),
        (f"{BOMB}lanes: *d\n", r"line 2: `\*a` is an alias"),
        (f"lanes: {'[' * 5000}\n", "line 1: nested too deeply"),
        (f"lanes: # {'x' * 300_000}\n", "longer than"),
        (f"lanes: {{a: {{allow: [{'x, ' * 2001}]}}}}\n", "more than 2000 patterns"),
    ],
)  # fmt: skip
def test_what_is_no_such_file(text: str, why: str) -> None:
    with pytest.raises(TableError, match=f"^{why}"):
        read_lanekeeper(text)


def test_without_pyyaml(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(TableError, match="pip install PyYAML"):
        read_lanekeeper(CONFIG)


# lanekeeper's own reading, in other words: `**` as a whole name is any depth, `*` anything in one name.
GLOBS = {
    "*": r"[^/]+",
    "**": r".*",
    "a/**": r"a/.*",
    "a/*": r"a/[^/]+",
    "b/**": r"b/.*",
    "a/b/**": r"a/b/.*",
    "a/b/*": r"a/b/[^/]+",
    "a/b/c.py": r"a/b/c\.py",
    "**/b/**": r"(.*/)?b/.*",
    "**/c.py": r"(.*/)?c\.py",
    "a/*.md": r"a/[^/]*\.md",
}
globs = st.lists(st.sampled_from(sorted(GLOBS)), max_size=3)
tables = st.fixed_dictionaries({"allow": globs.filter(bool), "deny": globs, "shared": st.booleans()})
paths = st.builds(
    lambda folders, name: "/".join([*folders, name]),
    st.lists(st.sampled_from("abc"), max_size=4),
    st.sampled_from(["c.py", "d.md"]),
)


@examples(60)
@given(st.dictionaries(st.sampled_from("xyz"), tables, min_size=1), st.lists(paths, min_size=1))
def test_no_lane_gets_what_lanekeeper_keeps_from_it(lanes: dict[str, dict[str, list[str]]], asked: list[str]) -> None:
    """And where it lets exactly one change a path, and denies nothing, that one has it."""
    kept = read_lanekeeper(f"lanes: {lanes}\n".replace("True", "true").replace("False", "false"))
    assert kept is not None
    claims, lost = spread_claims(kept_claims(kept.lanes))
    tables = "".join(f"[lanes.{lane}]\nowned_paths = {list(rules)}\n" for lane, rules in owned_lists(claims).items())
    ownership = Ownership(read_policy(f'version = 1\nidentity = "none"\n{tables}'.encode()))

    def matches(patterns: list[str], path: str) -> bool:
        return any(re.fullmatch(GLOBS[pattern], path) for pattern in patterns)

    for path in asked:
        claiming = [
            lane for lane, has in lanes.items() if matches(has["allow"], path) and not matches(has["deny"], path)
        ]
        shared = [lane for lane in claiming if lanes[lane]["shared"]]
        may = shared or claiming
        owners = [lane for lane, _ in ownership.owners(path.encode())]
        assert len(owners) < 2
        assert set(owners) <= set(may)
        if len(may) == 1 and not lost and not any(has["deny"] for has in lanes.values()):
            assert owners == may
