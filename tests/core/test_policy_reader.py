"""The policy file becomes frozen values, or every reason why not: exact messages, in tables."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from pathlib import Path

import pytest

from lanegate.core.policy import Lane, MatrixRow, Person, Policy, RefRule, Rule
from lanegate.core.policy_reader import PolicyError, read_policy
from tests.core.policy_texts import HEAD, PUSHER, told
from tests.support import POLICY, policy

EXAMPLES = sorted((Path(__file__).parents[2] / "policy" / "examples").glob("*.toml"))

WHOLE = """\
version = 1
unowned = "allow"
max_active_lanes = 2
identity = "pusher"

[people.ana]
pushers = ["ana", "Ana K"]
[people.bob]
pushers = ["bob"]

[roles]
maintainer = ["ana"]
reviewer = []

[lanes.ui]
kind = "quality"
state = "planned"
owners = ["bob"]
role = "EA"
task = "T-12"
objective = "Search dialog keeps focus"
owned_paths = [
  "/src/ui/", # all of it
  "!/src/ui/theme/",
]
modify_paths = ["/src/app.py"]
read_paths = ["/src/core/"]
out_of_scope = ["/src/ui/vendor/"]
branch = "lane/ui"
deliverables = ["src/ui/search.py"]
acceptance = ["Tab order matches the spec"]
verification = ["pytest tests/ui"]
escalate_if = ["scope leaves src/ui"]
subject_prefix = "[W1]"
[lanes.core]

[[matrix]]
path = "/crate_b/src/lib.rs"
grants = { ui = "MODIFY", core = "PRIMARY" }
[[matrix]]
path = "/x"
[matrix.grants]
ui = "-"

[[refs]]
name = "refs/heads/main"
pushers = ["maintainer", "bob"]
[[refs]]
name = "refs/heads/lane/{lane}"
force = true
delete = true
[[refs]]
name = "refs/tags/**"
pushers = []
"""


def test_everything_that_can_be_said_is_read() -> None:
    ui = Lane(
        id="ui",
        line=15,
        kind="quality",
        state="planned",
        owners=("bob",),
        role="EA",
        task="T-12",
        objective="Search dialog keeps focus",
        owned_paths=(
            Rule("/src/ui/", "lanes.ui.owned_paths[0]", 23),
            Rule("!/src/ui/theme/", "lanes.ui.owned_paths[1]", 24),
        ),
        modify_paths=(Rule("/src/app.py", "lanes.ui.modify_paths[0]", 26),),
        read_paths=(Rule("/src/core/", "lanes.ui.read_paths[0]", 27),),
        out_of_scope=(Rule("/src/ui/vendor/", "lanes.ui.out_of_scope[0]", 28),),
        branch="lane/ui",
        deliverables=("src/ui/search.py",),
        acceptance=("Tab order matches the spec",),
        verification=("pytest tests/ui",),
        escalate_if=("scope leaves src/ui",),
        subject_prefix="[W1]",
    )
    assert read_policy(WHOLE.encode()) == Policy(
        identity="pusher",
        unowned="allow",
        max_active_lanes=2,
        people={"ana": Person("ana", 6, ("ana", "Ana K")), "bob": Person("bob", 8, ("bob",))},
        roles={"maintainer": ("ana",), "reviewer": ()},
        lanes={"ui": ui, "core": Lane(id="core", line=35)},
        matrix=(
            MatrixRow(Rule("/crate_b/src/lib.rs", "matrix[0].path", 38), {"ui": "MODIFY", "core": "PRIMARY"}),
            MatrixRow(Rule("/x", "matrix[1].path", 41), {"ui": "-"}),
        ),
        refs=(
            RefRule("refs/heads/main", 45, ("maintainer", "bob")),
            RefRule("refs/heads/lane/{lane}", 48, None, True, True),
            RefRule("refs/tags/**", 52, ()),
        ),
    )


def test_defaults() -> None:
    assert read_policy(b'version = 1\nidentity = "none"\n') == Policy(
        identity="none", unowned="deny", max_active_lanes=4, people={}, roles={}, lanes={}, matrix=(), refs=()
    )


@pytest.mark.parametrize("text", [POLICY, policy(identity="pusher"), WHOLE.replace("\n", "\r\n")])
def test_valid(text: str) -> None:
    read_policy(text.encode())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_are_valid(path: Path) -> None:
    assert read_policy(path.read_bytes()).lanes


def test_all_problems_at_once_in_the_order_of_the_file() -> None:
    text = (
        'version = 2\nunowed = "deny"\n[lanes.ui]\nowners = "bob"\nkind = "qualty"\n'
        '[[refs]]\nnaem = "refs/heads/main"\n'
    )
    assert told(text) == [
        "1: LG702 version: expected 1, got 2",
        "1: LG702 identity: required, but missing: "
        'identity = "none" or identity = "pusher" or identity = "signature" or identity = "either"',
        '2: LG702 unowed: unknown key (did you mean "unowned"?)',
        '4: LG702 lanes.ui.owners: expected a list of strings, got a string: write ["bob"]',
        '5: LG702 lanes.ui.kind: expected "requirements" or "implementation" or "quality" or "operations" or '
        '"orchestration", got "qualty" (did you mean "quality"?)',
        '6: LG702 refs[0].name: required, but missing: name = "refs/heads/main"',
        '7: LG702 refs[0].naem: unknown key (did you mean "name"?)',
    ]


def test_the_error_says_all_of_it() -> None:
    with pytest.raises(PolicyError, match=r"\Aline 1: LG702 version: expected 1, got 2\Z"):
        read_policy(b'version = 2\nidentity = "none"\n')


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\xef\xbb\xbfversion = 1", "1: LG702 : starts with a byte order mark: save it as UTF-8 without one"),
        (b"a = 1\n\0", "2: LG702 : holds a NUL byte: save it as UTF-8 text"),
        (b"\n\0", "2: LG702 : holds a NUL byte: save it as UTF-8 text"),
        (b"\n\xff", "2: LG702 : is not UTF-8: byte 0xff"),
        (b"a = 1\n# \xff", "2: LG702 : is not UTF-8: byte 0xff"),
        (b"v\0e\0r\0", "1: LG702 : holds a NUL byte: save it as UTF-8 text"),
        (b"#" * ((1 << 20) + 1), "1: LG702 : is larger than 1048576 bytes"),
        (b"a = [\n" + b"[" * 17, "2: LG702 : arrays and tables nested more than 16 deep"),
        (b"\na =", "2: LG702 : not TOML 1.0: Invalid value"),
        (b"a = 1\nb = 1 2\n",
         "2: LG702 : not TOML 1.0: Expected newline or end of document after a statement (column 7)"),
        (b'a = """\n\n\n', "1: LG702 : not TOML 1.0: Unterminated string"),
        (b"a = 1\rb = 2", "1: LG702 : not TOML 1.0: Expected newline or end of document after a statement (column 6)"),
        (b"a = 1\n\na = 2", "3: LG702 a: given twice, first on line 1"),
        (b"[lanes.ui]\nrole = 'x'\nrole = 'y'\n", "3: LG702 lanes.ui.role: given twice, first on line 2"),
        (b"[lanes.ui]\n[lanes.ui]\n", "2: LG702 lanes.ui: given twice, first on line 1"),
        (b"[[refs]]\nname = 'a'\nname = 'b'\n", "3: LG702 refs[0].name: given twice, first on line 2"),
        (b"a = \na = 2\na = 3", "1: LG702 : not TOML 1.0: Invalid value (column 5)"),
        (b"a = 1\na.b = 2", "2: LG702 : not TOML 1.0: Cannot overwrite a value"),
        (b"[" + b"'" + b"x" * 300 + b"']\n[" + b"'" + b"x" * 300 + b"'.y]\n[" + b"'" + b"x" * 300 + b"']",
         '3: LG702 "' + "x" * 79 + '…": given twice, first on line 1'),
    ],
)  # fmt: skip
def test_text_that_is_no_toml_is_told_alone(data: bytes, expected: str) -> None:
    assert told(data) == [expected]


def test_a_file_may_be_just_as_large_as_is_allowed() -> None:
    data = f"{HEAD}#".encode()
    read_policy(data + b"x" * ((1 << 20) - len(data)))


def test_a_long_syntax_error_is_clipped() -> None:
    name = "x" * 300
    (problem,) = told(f"[{name}]\na.b = 1\n[{name}.a]\n")
    assert len(problem) < 300


def test_no_check_runs_on_a_part_that_is_already_wrong() -> None:
    """One mistake is told once: an owner is not called unknown because the table of people could not be read."""
    text = PUSHER + "people = 1\n[lanes.ui]\nowners = ['ana']\n[roles]\nmaintainer = ['ana']\n"
    assert told(text) == ["3: LG702 people: expected a table, got a number"]


def test_patterns_are_counted_over_all_lists() -> None:
    lists = ["".join(f"'/{lane}/{n}',\n" for n in range(6000)) for lane in range(4)]
    text = HEAD + "".join(f"[lanes.l{lane}]\nowned_paths = [\n{items}]\n" for lane, items in enumerate(lists))
    (problem,) = told(text)
    assert problem == "20014: LG702 lanes.l3.owned_paths[2000]: more than 20000 patterns in all"


@pytest.mark.parametrize(
    ("known", "asked", "most"),
    [
        ("ab" * 13, "ba" * 13, 25_000),  # without a limit 100 times 1000
        ("ab" * 20, "ba" * 13, 0),
        ("ab" * 13, "ba" * 20, 0),
    ],
    ids=["many names", "long names", "a long word"],
)
def test_few_and_short_names_are_compared_to_find_a_similar_one(
    monkeypatch: pytest.MonkeyPatch, known: str, asked: str, most: int
) -> None:
    compared = 0
    close_matches = difflib.get_close_matches

    def counted(word: str, names: Collection[str], count: int) -> list[str]:
        nonlocal compared
        compared += len(names)
        return close_matches(word, names, count)

    monkeypatch.setattr(difflib, "get_close_matches", counted)
    lanes = "".join(f"[lanes.{known}{number}]\n" for number in range(1000))
    rows = "".join(f"[[matrix]]\npath = '/{number}'\ngrants.{asked}{number} = '-'\n" for number in range(1000))
    assert len(told(f"max_active_lanes = 1000\n{HEAD}{lanes}{rows}")) == 101
    assert bool(compared) == bool(most)
    assert compared <= most


def test_problems_are_capped() -> None:
    problems = told(HEAD + "".join(f"unknown{n} = 1\n" for n in range(5000)))
    assert len(problems) == 101
    assert problems[-1] == "103: LG702 : more than 100 problems: the rest is not shown"
