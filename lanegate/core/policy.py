"""The policy as frozen values, each knowing the line of the policy file that it stands on (design section 4).

Made by `core.policy_reader.read_policy` from TOML text; nothing in here validates.
"""

from __future__ import annotations

from lanegate.core.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_NOTHING: Mapping[str, Any] = {}

PRIMARY = "PRIMARY"
MODIFY = "MODIFY"
READ = "READ"
NONE = "-"

#: The identity under which nobody is proven to be anybody.
NOBODY = "none"
KINDS = ("requirements", "implementation", "quality", "operations", "orchestration")
STATES = ("planned", "active", "done")
BUILT_IN_ROLES = ("orchestrator", "integrator", "acceptor", "maintainer")


class Rule(NamedTuple):
    """One pattern where it stands. `text` is the pattern as written (with its `!`); `where` a dotted path such as
    `lanes.ui.owned_paths[1]`; `line` its 1-based line."""

    text: str
    where: str
    line: int


class Lane(NamedTuple):
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


class MatrixRow(NamedTuple):
    """A row of the ownership matrix: one pattern, and the grant it gives to each lane it names."""

    rule: Rule
    grants: Mapping[str, str]


class Person(NamedTuple):
    """`pushers`: names that the server authenticates. `keys`: lines of SSH public keys to sign with."""

    id: str
    line: int
    pushers: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


class RefRule(NamedTuple):
    """`name` with `*`, `**` and `{lane}`; `pushers` are roles or people, None where anybody may push."""

    name: str
    line: int
    pushers: tuple[str, ...] | None = None
    force: bool = False
    delete: bool = False


class Policy(NamedTuple):
    """`identity`: how commits are tied to people, one of none, pusher, signature, either (design section 3.3)."""

    identity: str
    unowned: str = "deny"
    max_active_lanes: int = 4
    people: Mapping[str, Person] = _NOTHING
    roles: Mapping[str, tuple[str, ...]] = _NOTHING
    lanes: Mapping[str, Lane] = _NOTHING
    matrix: tuple[MatrixRow, ...] = ()
    refs: tuple[RefRule, ...] = ()

    @property
    def asks_pusher(self) -> bool:
        """Whether the pusher that the server authenticated can tie a commit to a person."""
        return self.identity in ("pusher", "either")

    @property
    def asks_signature(self) -> bool:
        """Whether a commit's signature can tie it to a person."""
        return self.identity in ("signature", "either")


class Problem(NamedTuple):
    """Why a policy cannot be used: code (LG702, LG504), dotted path, line, and words that say what was expected."""

    code: str
    where: str
    line: int
    message: str
