"""The policy as frozen values, each knowing the line of the policy file that it stands on (design section 4).

Made by `core.policy_reader.read_policy` from TOML text; nothing in here validates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

PRIMARY = "PRIMARY"
MODIFY = "MODIFY"
READ = "READ"
NONE = "-"

KINDS = ("requirements", "implementation", "quality", "operations", "orchestration")
STATES = ("planned", "active", "done")
BUILT_IN_ROLES = ("orchestrator", "integrator", "acceptor", "maintainer")


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern where it stands. `text` is the pattern as written (with its `!`); `where` a dotted path such as
    `lanes.ui.owned_paths[1]`; `line` its 1-based line."""

    text: str
    where: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    id: str
    line: int
    kind: str = "implementation"
    state: str = "active"
    owners: tuple[str, ...] = ()
    role: str | None = None
    task: str | None = None
    objective: str | None = None
    owned_paths: tuple[Rule, ...] = ()
    modify_paths: tuple[Rule, ...] = ()
    read_paths: tuple[Rule, ...] = ()
    out_of_scope: tuple[Rule, ...] = ()
    branch: str | None = None
    deliverables: tuple[str, ...] = ()
    acceptance: tuple[str, ...] = ()
    verification: tuple[str, ...] = ()
    escalate_if: tuple[str, ...] = ()
    subject_prefix: str | None = None


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A row of the ownership matrix: one pattern, and the grant it gives to each lane it names."""

    rule: Rule
    grants: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    line: int
    pushers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RefRule:
    """`name` with `*`, `**` and `{lane}`; `pushers` are roles or people, None where anybody may push."""

    name: str
    line: int
    pushers: tuple[str, ...] | None = None
    force: bool = False
    delete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    identity: str
    unowned: str = "deny"
    max_active_lanes: int = 4
    people: Mapping[str, Person] = field(default_factory=dict)
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lanes: Mapping[str, Lane] = field(default_factory=dict)
    matrix: tuple[MatrixRow, ...] = ()
    refs: tuple[RefRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a policy cannot be used: code (LG702, LG504), dotted path, line, and words that say what was expected."""

    code: str
    where: str
    line: int
    message: str
