"""Short ways to write policies and facts as values, for the tables of tests/core.

The policy is a small project of three lanes: ui owns /ui/ (but /ui/theme/), may modify /app.py and read /core/; core
owns /core/, /app.py and /ui/theme/; docs has a task and a subject prefix; old is done. bob owns ui, ana the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from lanegate.core.decision import Violation
from lanegate.core.facts import ABSENT, LINK, REGULAR, Change, Commit, RefUpdate
from lanegate.core.judge import Judge, Scope
from lanegate.core.policy import Lane, Person, Policy, RefRule, Rule

Value = TypeVar("Value")
POLICY_PATH = "policy/lanegate.toml"
OLD, NEW, OTHER, THIRD = "1" * 40, "2" * 40, "3" * 40, "4" * 40
MAIN = "refs/heads/main"


def replace(value: Value, **fields: Any) -> Value:
    """A frozen value with some of its fields changed."""
    changed: Value = value._replace(**fields)  # type: ignore[attr-defined]
    return changed


def rules(*texts: str, where: str = "test", line: int = 100) -> tuple[Rule, ...]:
    """Patterns on successive lines, from `line` on."""
    return tuple(Rule(text, f"{where}[{n}]", line + n) for n, text in enumerate(texts))


UI = Lane(
    id="ui",
    line=10,
    owners=("bob",),
    owned_paths=rules("/ui/", "!/ui/theme/", line=11),
    modify_paths=rules("/app.py", line=13),
    read_paths=rules("/core/", line=14),
    out_of_scope=rules("/ui/vendor/", line=15),
    escalate_if=("scope leaves ui", "tests slow down"),
)
CORE = Lane(
    id="core", line=20, owners=("ana",), owned_paths=rules("/core/", "/app.py", "/ui/theme/", "/policy/", line=21)
)
DOCS = Lane(
    id="docs", line=30, owners=("ana",), task="T-12", subject_prefix="[W1]", owned_paths=rules("/docs/", line=31)
)
DONE = Lane(id="old", line=40, state="done", owned_paths=rules("/old/", line=41))


def policy(*lanes: Lane, **changed: Any) -> Policy:
    """The policy of the module's text, lanes replaced by those of the same id and other fields by keyword."""
    kept = {lane.id: lane for lane in (UI, CORE, DOCS, DONE)} | {lane.id: lane for lane in lanes}
    values: dict[str, Any] = {
        "identity": "none",
        "people": {name: Person(name, 1, (name,)) for name in ("ana", "bob", "cy")},
        "roles": {"maintainer": ("ana",), "integrator": ("cy",)},
        "lanes": kept,
        "refs": (
            RefRule(MAIN, 50),
            RefRule("refs/heads/lane/{lane}", 52, force=True, delete=True),
            RefRule("refs/tags/*", 54),
        ),
        **changed,
    }
    return Policy(**values)


def judge_of(*lanes: Lane, **changed: Any) -> Judge:
    return Judge(policy(*lanes, **changed), POLICY_PATH)


def edited(path: str | bytes, old_mode: str = REGULAR, new_mode: str = REGULAR) -> Change:
    """A change of one path; ids are set as the modes ask."""
    raw = path.encode() if isinstance(path, str) else path
    ids = ("0" * 40 if mode == ABSENT else digit * 40 for mode, digit in ((old_mode, "a"), (new_mode, "b")))
    return Change(raw, old_mode, new_mode, *ids)


def added(path: str | bytes, mode: str = REGULAR) -> Change:
    return edited(path, ABSENT, mode)


def deleted(path: str | bytes, mode: str = REGULAR) -> Change:
    return edited(path, mode, ABSENT)


def commit_of(*changes: Change, lane: str | None = "ui", message: str | None = None, **fields: Any) -> Commit:
    """A commit with one parent; `lane` writes the message unless there is one. A link points to itself."""
    if message is None:
        message = "Change\n" if lane is None else f"Change\n\nLane: {lane}\n"
    links = {change.path: change.path.rsplit(b"/", 1)[-1] for change in changes if change.new_mode == LINK}
    made = Commit(id=NEW, parents=(OLD,), message=message.encode(), changes=changes, links=links)
    return replace(made, **fields)


def merge_of(*changes: Change, **fields: Any) -> Commit:
    """A merge of two parents; `changes` are its own."""
    return commit_of(*changes, **{"parents": (OLD, OTHER), **fields})


def update_of(*commits: Commit, ref: str = MAIN, **fields: Any) -> RefUpdate:
    """A fast-forward of a ref from OLD to NEW."""
    values: dict[str, Any] = {"old": OLD, "new": NEW, "fast_forward": True, "on_first_parent_chain": True, **fields}
    return RefUpdate(ref=ref, commits=commits, **values)


def codes(violations: Sequence[Violation]) -> list[str]:
    return [violation.code for violation in violations]


NOWHERE = Scope()
AT_SERVER = Scope(ref=MAIN, pusher="bob", judges_people=True)
