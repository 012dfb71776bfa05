"""What each value of a policy may be, and the exact words where it may not."""

from __future__ import annotations

import pytest

from lanegate.core.policy_reader import read_policy
from tests.core.policy_texts import HEAD, told

IDENTITIES = '"none" or "pusher" or "signature" or "either"'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # types: nothing is coerced
        ("version = true", "expected 1, got a boolean (true)"),
        ("version = 1.0", "expected 1, got a fraction"),
        ('version = "1"', "expected 1, got a string"),
        ("version = 2", "expected 1, got 2"),
        ("version = 0x" + "f" * 40, f"expected 1, got {16**40 - 1}"),
        ("unowned = false", 'expected "deny" or "allow", got a boolean (false)'),
        ('unowned = "denny"', 'expected "deny" or "allow", got "denny" (did you mean "deny"?)'),
        ('unowned = ""', 'expected "deny" or "allow", got ""'),
        ('max_active_lanes = "4"', "expected a whole number from 1 to 1000, got a string"),
        ("max_active_lanes = true", "expected a whole number from 1 to 1000, got a boolean (true)"),
        ("max_active_lanes = 0", "expected a whole number from 1 to 1000, got 0"),
        ("max_active_lanes = 1001", "expected a whole number from 1 to 1000, got 1001"),
        ("max_active_lanes = 1e3", "expected a whole number from 1 to 1000, got a fraction"),
        ("max_active_lanes = 1979-05-27", "expected a whole number from 1 to 1000, got a date or time"),
        ("max_active_lanes = [4]", "expected a whole number from 1 to 1000, got a list"),
        ("identity = 1", f"expected {IDENTITIES}, got a number"),
        ('identity = "pushers"', f'expected {IDENTITIES}, got "pushers" (did you mean "pusher"?)'),
        ("lanes = 1", "expected a table, got a number"),
        ("lanes.ui = 1", "expected a table, got a number"),
        ("people = []", "expected a table, got a list"),
        ("roles = 'x'", "expected a table, got a string"),
        ("matrix = 1", "expected a list of tables, got a number"),
        ("matrix = ['x']", "expected a table, got a string"),
        ("refs = 'x'", 'expected a list of tables, got a string: write ["x"]'),
        ("[refs]\nname = 'x'", "expected an array of tables: write [[refs]]"),
        ("lanes.ui.owners = 'bob'", 'expected a list of strings, got a string: write ["bob"]'),
        ("lanes.ui.owners = { a = 1 }", "expected a list of strings, got a table"),
        ("lanes.ui.owners = [['bob']]",
         "expected text on one line, not empty, without control characters or outer spaces, got a list"),
        ("lanes.ui.owners = ['bob', 'cy', 'bob']", '"bob" is given twice, first as lanes.ui.owners[0]'),
        ("lanes.ui.owned_paths = '/src/'", 'expected a list of patterns, got a string: write ["/src/"]'),
        ("lanes.ui.owned_paths = [1]", "expected a path pattern such as /src/ui/ or /README.md, got a number"),
        ("lanes.ui.role = ['EA']",
         "expected text on one line, not empty, without control characters or outer spaces, got a list"),
        ("refs = [{ name = 'refs/heads/main', force = 1 }]", "expected true or false, got a number"),
        ("refs = [{ name = 'refs/heads/main', force = 'true' }]", "expected true or false, got a string"),
        # zones
        ("[[zones]]\nmode = 'frozen'\npaths = []", "0 entries, at least 1 expected"),
        ("[[zones]]\nmode = 'frozen'", 'required, but missing: paths = ["/AGENTS.md"]'),
        ("[[zones]]\npaths = ['/a']", 'required, but missing: mode = "high-risk" or mode = "shared" or '
         'mode = "append-only" or mode = "frozen"'),
        ("[[zones]]\npaths = ['/a']\nmode = 'high_risk'", 'expected "high-risk" or "shared" or "append-only" or '
         '"frozen", got "high_risk" (did you mean "high-risk"?)'),
        ("[[zones]]\npaths = ['/a']\nmode = 'shared'\nroles = []", "0 entries, at least 1 expected"),
        # servers, gates, dependencies, order
        ("self_accept = 1", "expected true or false, got a number"),
        ("override = 'yes'", "expected true or false, got a string"),
        ("[servers.main]\nkeys = []", "0 entries, at least 1 expected"),
        ("[servers.main]", 'required, but missing: keys = ["ssh-ed25519 AAAA… git@server"]'),
        ("servers.'a b'.keys = ['x']",
         "expected a server's id of letters, digits, `.`, `_`, `-` that starts with a letter or digit, got \"a b\""),
        ("[gates.targeted]\nrung = 2", 'required, but missing: run = ["make test"]'),
        ("[gates.targeted]\nrun = ['make']", "required, but missing: rung = 1"),
        ("[gates.targeted]\nrung = 2\nrun = []", "0 entries, at least 1 expected"),
        ("[gates.targeted]\nrung = 2\nrun = 'make'", 'expected a list of strings, got a string: write ["make"]'),
        ("[gates.targeted]\nrung = 0\nrun = ['make']", "expected a whole number from 1 to 9, got 0"),
        ("[gates.targeted]\nrung = 10\nrun = ['make']", "expected a whole number from 1 to 9, got 10"),
        ("gates.'a b' = { rung = 1, run = ['make'] }",
         "expected a gate's id of letters, digits, `.`, `_`, `-` that starts with a letter or digit, got \"a b\""),
        ("lanes.ui.depends_on = ['core']", "expected a table, got a list"),
        ("lanes.ui.depends_on = { core = 'firm' }", 'expected "hard" or "soft" or "none", got "firm"'),
        ("lanes.ui.bots = 0", "expected true or false, got a number"),
        ("refs = [{ name = 'refs/heads/main', accepted = 'yes' }]", "expected true or false, got a string"),
        ("refs = [{ name = 'refs/heads/main', from = 'main' }]",
         "expected a ref name such as refs/heads/main or refs/heads/lane/{lane}, got \"main\""),
        ("refs = [{ name = 'refs/heads/main', gates = 'full' }]",
         'expected a list of strings, got a string: write ["full"]'),
        ("refs = [{ name = 'refs/heads/main', gate_tip = 1 }]", "expected true or false, got a number"),
        ("refs = [{ name = 'refs/heads/main', order = 'quality' }]",
         'expected a list of words, got a string: write ["quality"]'),
        ("refs = [{ name = 'refs/heads/main', order = ['qualty'] }]",
         'expected "requirements" or "implementation" or "quality" or "operations" or "orchestration", got "qualty" '
         '(did you mean "quality"?)'),
        ("refs = [{ name = 'refs/heads/main', order = ['quality', 'operations', 'quality'] }]",
         '"quality" is given twice, first as refs[0].order[0]'),
        (f"refs = [{{ name = 'refs/heads/main', order = {['quality'] * 6} }}]", "6 entries, at most 5 are allowed"),
        ("people.ana.keys = 'x'", 'expected a list of strings, got a string: write ["x"]'),
        # unknown keys
        ("lane = 1", 'unknown key (did you mean "lanes"?)'),
        ("Version = 1", 'unknown key (did you mean "version"?)'),
        ("zonez = 1", 'unknown key (did you mean "zones"?)'),
        ("qqqq = 1", "unknown key"),
        ("x" * 100 + " = 1", "unknown key"),
        ("lanes.ui.owned_path = []", 'unknown key (did you mean "owned_paths"?)'),
        ("people.ana.pusher = []", 'unknown key (did you mean "pushers"?)'),
        # texts
        ("lanes.ui.task = ''",
         'expected text on one line, not empty, without control characters or outer spaces, got ""'),
        ("lanes.ui.task = ' T'",
         'expected text on one line, not empty, without control characters or outer spaces, got " T"'),
        ('lanes.ui.subject_prefix = "a\\u001bb"',
         'expected text on one line, not empty, without control characters or outer spaces, got "a\\u001bb"'),
        ('lanes.ui.task = "a\\nb"',
         'expected text on one line, not empty, without control characters or outer spaces, got "a\\u000ab"'),
        ('lanes.ui.objective = "a\\u0085b"',
         'expected text on one line, not empty, without control characters, got "a\\u0085b"'),
        ('lanes.ui.acceptance = ["a\\u0007"]', 'expected text, not empty, without control characters, got "a\\u0007"'),
        (f"lanes.ui.task = '{'x' * 201}'", "201 characters, at most 200 are allowed"),
        # ids
        ("lanes.'a b' = {}", "expected a lane id of letters, digits, `.`, `_`, `-` that starts with a letter or digit, "
         'got "a b"'),
        ("lanes.-a = {}", "expected a lane id of letters, digits, `.`, `_`, `-` that starts with a letter or digit, "
         'got "-a"'),
        ('lanes."é" = {}', "expected a lane id of letters, digits, `.`, `_`, `-` that starts with a letter or digit, "
         'got "é"'),
        ("people.'a b' = {}", "expected a person's id of letters, digits, `.`, `_`, `@`, `+`, `-` that starts with a "
         'letter or digit, got "a b"'),
        ("roles.'a.b' = []", 'expected a role of letters, digits, `_`, `-` that starts with a letter, got "a.b"'),
        # the matrix
        ("matrix = [{ path = '/x', grants = {} }]", "0 entries, at least 1 expected"),
        ("matrix = [{ path = '/x', grants = ['READ'] }]", "expected a table, got a list"),
        ("matrix = [{ path = '/x' }]", "required, but missing: grants = { ui = \"MODIFY\" }"),
        ("matrix = [{ grants = { ui = 'READ' } }]", 'required, but missing: path = "/src/lib.rs"'),
        ("matrix = [{ path = '/x', grants = { ui = 'read' } }]",
         'expected "PRIMARY" or "MODIFY" or "READ" or "-", got "read" (did you mean "READ"?)'),
        ("matrix = [{ path = '!/x', grants = { ui = 'READ' } }]",
         "a row of the matrix cannot be negated: give the lanes `-` instead"),
        ("matrix = [{ path = 'x', grants = { ui = 'READ' } }]",
         '"x" is not anchored, so it could match at every depth: `/` at the start means here, `**/` anywhere: '
         'write "/x" or "**/x"'),
        ("lanes.ui.read_paths = ['/a/../b']", '"/a/../b" holds `..`; patterns start at the top of the repository'),
        # counts
        (f"lanes.ui.owners = {[str(n) for n in range(1001)]}", "1001 entries, at most 1000 are allowed"),
        ("[roles]\n" + "".join(f"r{n} = []\n" for n in range(201)), "201 entries, at most 200 expected"),
        ("".join(f"[[refs]]\nname = 'refs/heads/{n}'\n" for n in range(101)), "101 entries, at most 100 are allowed"),
    ],
)  # fmt: skip
def test_what_each_value_may_be(text: str, expected: str) -> None:
    head = "".join(line for line in HEAD.splitlines(keepends=True) if line.split()[0] not in text.split())
    (problem,) = told(head + text)
    assert problem.split(": ", 2)[2] == expected


@pytest.mark.parametrize(
    "text",
    [
        f"lanes.ui.task = '{'x' * 200}'",
        f"lanes.ui.owners = {[str(number) for number in range(1000)]}",
        "[roles]\n" + "".join(f"r{number} = []\n" for number in range(200)),
        "".join(f"[[refs]]\nname = 'refs/heads/{number}'\n" for number in range(100)),
        "max_active_lanes = 1",
        "max_active_lanes = 1000",
        "lanes.ui.acceptance = ['a', 'a', \"b\\nc\"]",
    ],
)
def test_what_is_just_within_the_limits_is_read(text: str) -> None:
    head = HEAD.replace("none", "pusher") if "roles" in text else HEAD
    read_policy((head + text).encode())
