"""The policy's grammar as data: which keys there are, and of what kind (design section 4).

One table serves twice: `policy_structure` reads a document by it, `policy_schema` prints it as JSON Schema for editors.
What needs more than one value at a time (an owner who is no person, a branch that no ref rule names) is not here but in
the `policy_checks_*` modules.

A key whose rule is not enforced yet stands under `later`: it is known, and refused, since nothing in a policy may be
silently without effect.
"""

from __future__ import annotations

from collections.abc import Mapping

from lanegate.core.named_tuple import NamedTuple
from lanegate.core.policy import HARD, KINDS, MODIFY, NONE, PRIMARY, READ, SOFT, STATES, ZONE_MODES

MAX_BYTES = 1 << 20
MAX_LANES = 1_000
MAX_PEOPLE = 5_000
MAX_ROLES = 200
MAX_REFS = 100
MAX_SERVERS = 100
MAX_GATES = 100
MAX_ZONES = 1_000
MAX_RUNG = 9
MAX_ENTRIES = 1_000
#: Patterns of all lists and matrix rows together, and so of each list.
MAX_PATTERNS = 20_000

_CONTROL = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"


class Form(NamedTuple):
    """What one string may look like. pattern: for the whole string, in the syntax that Python and ECMAScript share."""

    pattern: str
    longest: int
    expected: str


LANE_ID = Form(
    "[A-Za-z0-9][A-Za-z0-9._-]*", 100, "a lane id of letters, digits, `.`, `_`, `-` that starts with a letter or digit"
)
PERSON_ID = Form(
    "[A-Za-z0-9][A-Za-z0-9._@+-]*",
    100,
    "a person's id of letters, digits, `.`, `_`, `@`, `+`, `-` that starts with a letter or digit",
)
ROLE = Form("[A-Za-z][A-Za-z0-9_-]*", 100, "a role of letters, digits, `_`, `-` that starts with a letter")
NAME = Form(
    f"[^{_CONTROL} ](?:[^{_CONTROL}]*[^{_CONTROL} ])?",
    200,
    "text on one line, not empty, without control characters or outer spaces",
)
SENTENCE = Form(f"[^{_CONTROL}]+", 2_000, "text on one line, not empty, without control characters")
PROSE = Form("[^\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f]+", 10_000, "text, not empty, without control characters")
SERVER_ID = Form(
    "[A-Za-z0-9][A-Za-z0-9._-]*",
    100,
    "a server's id of letters, digits, `.`, `_`, `-` that starts with a letter or digit",
)
GATE_ID = Form(
    "[A-Za-z0-9][A-Za-z0-9._-]*",
    100,
    "a gate's id of letters, digits, `.`, `_`, `-` that starts with a letter or digit",
)
BRANCH = Form(f"[^{_CONTROL} ~^:?*\\[\\\\]+", 200, "the name of a branch, without refs/heads/")
REF_NAME = Form(f"refs/[^{_CONTROL} ~^:?\\[\\\\]+", 200, "a ref name such as refs/heads/main or refs/heads/lane/{lane}")
KEY = Form(f"[^{_CONTROL}]+", 4_000, "the line of an SSH public key, such as ssh-ed25519 AAAA… comment")
PATTERN = Form(f"[^{_CONTROL}]+", 1_025, "a path pattern such as /src/ui/ or /README.md")


class Choice(NamedTuple):
    """One of some words."""

    options: tuple[str, ...]


class Flag(NamedTuple):
    """true or false."""


class Whole(NamedTuple):
    """A whole number from `low` to `high`."""

    low: int
    high: int


class Text(NamedTuple):
    """One string."""

    form: Form


class Texts(NamedTuple):
    """A list of strings, at least `least` of them, none twice unless `repeats`."""

    form: Form
    repeats: bool = False
    least: int = 0


class Choices(NamedTuple):
    """A list of some words, none twice."""

    options: tuple[str, ...]


class Pattern(NamedTuple):
    """One path pattern of the dialect in `core.patterns`, not negated."""


class Patterns(NamedTuple):
    """A list of path patterns, at least `least` of them, `!` in front of some."""

    least: int = 0


class Table(NamedTuple):
    """A table with fixed keys."""

    keys: Mapping[str, Shape]
    required: tuple[str, ...] = ()
    later: tuple[str, ...] = ()


class Named(NamedTuple):
    """A table whose keys are names of `form`, at least `least` and at most `most` of them."""

    form: Form
    shape: Shape
    most: int
    least: int = 0


class Rows(NamedTuple):
    """An array of tables."""

    shape: Table
    most: int


Shape = Choice | Choices | Flag | Whole | Text | Texts | Pattern | Patterns | Table | Named | Rows

PERSON = Table({"pushers": Texts(NAME), "keys": Texts(KEY)})

SERVER = Table({"keys": Texts(KEY, least=1)}, required=("keys",))

GATE = Table(
    {"rung": Whole(1, MAX_RUNG), "run": Texts(PROSE, repeats=True, least=1)},
    required=("rung", "run"),
)

LANE = Table(
    {
        "kind": Choice(KINDS),
        "state": Choice(STATES),
        "owners": Texts(NAME),
        "role": Text(NAME),
        "task": Text(NAME),
        "objective": Text(SENTENCE),
        "owned_paths": Patterns(),
        "modify_paths": Patterns(),
        "read_paths": Patterns(),
        "out_of_scope": Patterns(),
        "branch": Text(BRANCH),
        "deliverables": Texts(SENTENCE, repeats=True),
        "acceptance": Texts(PROSE, repeats=True),
        "verification": Texts(PROSE, repeats=True),
        "escalate_if": Texts(SENTENCE, repeats=True),
        "subject_prefix": Text(NAME),
        "depends_on": Named(LANE_ID, Choice((HARD, SOFT, "none")), MAX_LANES),
        "bots": Flag(),
    }
)

ROW = Table(
    {
        "path": Pattern(),
        "grants": Named(LANE_ID, Choice((PRIMARY, MODIFY, READ, NONE)), MAX_LANES, least=1),
    },
    required=("path", "grants"),
)

ZONE = Table(
    {"paths": Patterns(least=1), "mode": Choice(ZONE_MODES), "roles": Texts(ROLE, least=1)},
    required=("paths", "mode"),
)

REF = Table(
    {
        "name": Text(REF_NAME),
        "pushers": Texts(NAME),
        "force": Flag(),
        "delete": Flag(),
        "accepted": Flag(),
        "from": Text(REF_NAME),
        "gates": Texts(GATE_ID),
        "gate_tip": Flag(),
        "order": Choices(KINDS),
    },
    required=("name",),
)

POLICY = Table(
    {
        "version": Whole(1, 1),
        "unowned": Choice(("deny", "allow")),
        "max_active_lanes": Whole(1, MAX_LANES),
        "identity": Choice(("none", "pusher", "signature", "either")),
        "self_accept": Flag(),
        "override": Flag(),
        "servers": Named(SERVER_ID, SERVER, MAX_SERVERS),
        "people": Named(PERSON_ID, PERSON, MAX_PEOPLE),
        "roles": Named(ROLE, Texts(NAME), MAX_ROLES),
        "lanes": Named(LANE_ID, LANE, MAX_LANES),
        "matrix": Rows(ROW, MAX_PATTERNS),
        "refs": Rows(REF, MAX_REFS),
        "gates": Named(GATE_ID, GATE, MAX_GATES),
        "zones": Rows(ZONE, MAX_ZONES),
    },
    required=("version", "identity"),
)
