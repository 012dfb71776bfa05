"""Properties of reading a policy: any bytes have an answer, the schema agrees, what is kept comes back the same."""

from __future__ import annotations

import copy
import json
import marshal
import sys
import tomllib
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from lanegate.core.policy import KINDS, ZONE_MODES, Policy
from lanegate.core.policy_plain import LAYOUT, from_plain, to_plain
from lanegate.core.policy_reader import PolicyError, read_policy
from lanegate.core.policy_schema import policy_schema
from lanegate.core.toml_lines import quoted
from tests.core.policy_texts import ACCEPTED, HEAD

ROOT = Path(__file__).parents[2] / "policy"
TEXTS = [path.read_text() for path in sorted((ROOT / "examples").glob("*.toml"))] + [ACCEPTED]
DOCUMENTS = [tomllib.loads(text) for text in TEXTS]
SCHEMA = Draft202012Validator(policy_schema())


def read(data: bytes) -> Policy | None:
    """The policy, None where it is refused; a refusal has reasons, each with a line of the text."""
    try:
        return read_policy(data)
    except PolicyError as error:
        refused = error
    assert refused.problems
    assert all(1 <= problem.line <= data.count(b"\n") + 1 and problem.message for problem in refused.problems)
    return None


@given(st.binary(max_size=300))
def test_any_bytes_have_an_answer(data: bytes) -> None:
    read(data)


@given(st.text(alphabet="[]{}=,.\"'#\n\\ lanes1-!/*é", max_size=200))
def test_any_text_has_an_answer(text: str) -> None:
    read((HEAD + text).encode())


@given(st.data())
@settings(max_examples=300)
def test_any_damage_to_a_policy_has_an_answer(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(TEXTS))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = start + data.draw(st.integers(0, 12))
        text = text[:start] + data.draw(st.sampled_from(PIECES)) + text[end:]
    policy = read(text.encode())
    if policy is not None:
        agree(tomllib.loads(text), policy)
        assert from_plain(marshal.loads(marshal.dumps(to_plain(policy)))) == policy  # noqa: S302


PIECES = (
    "", "\n", '"', "'", "[", "]", "[[", "{", "}", "=", ",", "#", "!", "/", "**", "*", "..", "{lane}", "\0", "\x1b", "é",
    "lanes", "ui", "[roles]\n", "[[refs]]\n", "[lanes.x]\n", "[[matrix]]\n", "true", "1", '"none"', '"pusher"', "= 1\n",
    "state = ", "= [", '"""', "pushers = []\n", "force = true\n", "\r\n", "-", ".lock", "refs/replace/", "keys = []\n",
    "accepted = true\n", "bots = true\n", "self_accept = true\n", "override = true\n", "[gates.x]\n",
    "rung = 1\nrun = ['x']\n", "hard",
)  # fmt: skip


def toml(value: Any) -> str:
    """A value as TOML, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key, len(key))} = {toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, str):
        return quoted(value, len(value))
    return json.dumps(value)


def as_text(document: dict[str, Any]) -> str:
    return "".join(f"{quoted(key, len(key))} = {toml(value)}\n" for key, value in document.items())


KEYS = sorted(
    {"keys", "bots", "self_accept", "zones", "gates", "from", "accepted", "", "a b", "é", "x.lock", "ana", "ui"}
    | {"override", "servers", "depends_on", "gate_tip", "order", "rung", "run", "full", "core"}
)
JUNK: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from(
        (0, 1, -1, 5, 1001, 1.5, 1.0, True, False, "", "a", " a", "a ", "/a", "!/a", "a", "-", "READ", "main")
    )
    | st.sampled_from(("refs/heads/main", "refs/x y", "lane/ui", "lane/*", "a\nb", "a\u001bb", "x" * 201, "x" * 1100))
    | st.sampled_from(("none", "pusher", "signature", "active", "allow", "quality", "a\u2028b", "/a/**/b", "[id]")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=2),
    max_leaves=4,
)


ORDERS: tuple[list[str], ...] = ([], ["quality"], ["quality", "quality"], ["x"], [*KINDS], [*KINDS, "quality"])

#: Values at the edge of what may be, by where they go; some are just beyond it.
EDGES: tuple[tuple[str, str, Any], ...] = (
    *(
        ("lane", key, value)
        for key in ("task", "role", "subject_prefix")
        for value in ("x", "x" * 200, "x" * 201, "a b")
    ),
    *(("lane", key, []) for key in ("owners", "owned_paths", "out_of_scope", "acceptance", "escalate_if")),
    *(("lane", "objective", "x" * length) for length in (1, 2000, 2001)),
    *(("lane", key, ["a\nb", "a\nb"]) for key in ("acceptance", "verification", "deliverables", "owners")),
    *(("lane", "read_paths", [f"/{'x/' * 62}{'x' * length}"]) for length in (1, 255, 256)),
    ("lane", "read_paths", ["/\u00e9", "!/\u00e9", "/a b/[a-z]*"]),
    ("lane", "kind", "orchestration"),
    ("lane", "state", "done"),
    ("lane", "owners", ["team/ui", "Ana \u00c9."]),
    ("lane", "branch", "x"),
    *(("top", "max_active_lanes", number) for number in (0, 1, 3, 4, 1000, 1001, 1000.0)),
    ("top", "unowned", "allow"),
    ("top", "roles", {}),
    ("top", "people", {"a@b.c+d": {}}),
    ("top", "people", {"x" * 100: {"pushers": []}}),
    ("top", "people", {"x" * 101: {}}),
    ("top", "lanes", {"x" * 100: {}}),
    ("top", "lanes", {"a.b": {}}),
    *(("lane", "depends_on", {"ui": how}) for how in ("hard", "soft", "none", "")),
    ("lane", "depends_on", {}),
    ("lane", "bots", True),
    *(("top", key, value) for key in ("self_accept", "override") for value in (True, False)),
    *(("top", "gates", {"x": {"rung": rung, "run": ["a\nb", "a\nb"]}}) for rung in (0, 1, 9, 10)),
    ("top", "gates", {}),
    ("top", "gates", {"x": {"rung": 1, "run": []}}),
    ("top", "servers", {"main": {"keys": []}}),
    *(("top", "refs", [{"name": "refs/heads/x", "accepted": True, "order": order}]) for order in ORDERS),
    ("top", "refs", [{"name": "refs/heads/x", "accepted": True, "gates": [], "gate_tip": False}]),
    ("top", "refs", [{"name": "refs/heads/x", "gates": ["a b"]}]),
    *(("top", "zones", [{"paths": ["/a", *more], "mode": mode}]) for more in ([], ["!/a"]) for mode in ZONE_MODES),
    ("top", "zones", [{"paths": ["/a"], "mode": "shared", "roles": ["x" * 101]}]),
    ("top", "zones", []),
    ("top", "matrix", []),
    ("top", "refs", []),
    *(("top", "refs", [{"name": name}]) for name in ("refs/**", "refs/heads/*-{lane}", "refs/" + "x" * 195)),
)


@st.composite
def changed_documents(draw: st.DrawFn) -> dict[str, Any]:
    """A valid policy with one to three values replaced, removed, added or repeated anywhere."""
    document = copy.deepcopy(draw(st.sampled_from(DOCUMENTS)))
    for _ in range(draw(st.integers(0, 3))):
        if draw(st.booleans()):
            where, key, value = draw(st.sampled_from(EDGES))
            every = document.get("lanes")
            lanes = [lane for lane in every.values() if isinstance(lane, dict)] if isinstance(every, dict) else []
            target = document if where == "top" or not lanes else draw(st.sampled_from(lanes))
            target[key] = copy.deepcopy(value)
            continue
        place: Any = document
        while True:
            keys = sorted(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if not isinstance(place[key], dict | list) or draw(st.integers(0, 3)) == 0:
                break
            place = place[key]
        action = draw(st.sampled_from(("replace", "remove", "add", "repeat"))) if keys else "add"
        if action == "replace":
            place[key] = draw(JUNK)
        elif action == "remove":
            del place[key]
        elif isinstance(place, list):
            place.append(copy.deepcopy(place[key]) if action == "repeat" else draw(JUNK))
        else:
            place[draw(st.sampled_from(KEYS + sorted({"role", "state", "force", "pushers", "path"})))] = draw(JUNK)
    return document


def agree(document: dict[str, Any], policy: Policy | None) -> None:
    """What the schema refuses the reader refuses; what the reader accepts the schema accepts."""
    errors = [f"{list(error.path)}: {error.message}" for error in SCHEMA.iter_errors(document)]
    assert policy is None or not errors, errors


@given(changed_documents())
@settings(max_examples=500)
def test_schema_and_reader_agree(document: dict[str, Any]) -> None:
    text = as_text(document)
    assert tomllib.loads(text) == document
    agree(document, read(text.encode()))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_schema_accepts_the_examples(document: dict[str, Any]) -> None:
    assert not list(SCHEMA.iter_errors(document))


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"identity": "signed"},
        {"unowned": True},
        {"max_active_lanes": 0},
        {"zones": [{"paths": [], "mode": "frozen"}]},
        {"lanes": {"a b": {}}},
        {"lanes": {"ui": {"owners": "bob"}}},
        {"lanes": {"ui": {"owners": ["bob", "bob"]}}},
        {"lanes": {"ui": {"bots": 0}}},
        {"lanes": {"ui": {"depends_on": {"core": "firm"}}}},
        {"servers": {"main": {}}},
        {"servers": {"main": {"keys": []}}},
        {"gates": {"full": {"rung": 10, "run": ["make"]}}},
        {"gates": {"full": {"rung": 1, "run": []}}},
        {"lanes": {"ui": {"task": " T"}}},
        {"matrix": [{"path": "/x"}]},
        {"matrix": [{"path": "/x", "grants": {}}]},
        {"refs": [{"name": "main"}]},
        {"refs": [{"name": "refs/heads/main", "accepted": 1}]},
        {"refs": [{"name": "refs/heads/main", "accepted": True, "order": ["quality", "quality"]}]},
        {"refs": {"name": "refs/heads/main"}},
    ],
)
def test_what_the_schema_refuses(change: dict[str, Any]) -> None:
    document = {"version": 1, "identity": "none", **change}
    assert list(SCHEMA.iter_errors(document))
    assert read(as_text(document).encode()) is None


def test_the_schema_that_is_shipped_is_this_one() -> None:
    Draft202012Validator.check_schema(policy_schema())
    assert json.loads((ROOT / "lanegate.schema.json").read_text()) == policy_schema()


@pytest.mark.parametrize("text", TEXTS)
def test_a_kept_policy_is_the_same(text: str) -> None:
    read = read_policy(text.encode())
    for policy in (read, read._replace(unowned="allow", identity="none", self_accept=True, override=True)):
        kept = marshal.loads(marshal.dumps(to_plain(policy)))  # noqa: S302
        assert from_plain(kept) == policy
        assert repr(from_plain(kept)) == repr(policy)  # rules, and not tuples that equal them
        bare = from_plain(kept, with_rules=False)
        assert bare.matrix == ()
        assert bare.lanes.keys() == policy.lanes.keys()
        for lane, whole in zip(bare.lanes.values(), policy.lanes.values(), strict=True):
            assert lane == whole._replace(owned_paths=(), modify_paths=(), read_paths=(), out_of_scope=())
        assert bare._replace(lanes=policy.lanes, matrix=policy.matrix, zones=policy.zones) == policy


@pytest.mark.parametrize("plain", [(), (("Rule", "text"),), (LAYOUT[1:], "none")])
def test_what_another_version_kept_is_refused(plain: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match="kept by another version of lanegate"):
        from_plain(plain)


def large(patterns: int) -> bytes:
    items = "".join(f'"/src/folder{number}/file{number}.py",\n' for number in range(patterns))
    return f"{HEAD}[lanes.ui]\nowned_paths = [\n{items}]\n".encode()


def steps_to_read(data: bytes) -> int:
    """How many lines of Python run while a policy is read, each as often as it does."""
    count = 0

    def step(_frame: FrameType, _event: str, _arg: object) -> Any:
        nonlocal count
        count += 1
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        read_policy(data)
    finally:
        sys.settrace(before)
    return count


def test_work_grows_with_the_number_of_patterns_and_no_faster() -> None:
    read_policy(large(1))  # late imports
    few, many = steps_to_read(large(1_000)), steps_to_read(large(10_000))
    assert 5 * few < many < 15 * few  # 10 times as many patterns; quadratic would be 100 times the steps
