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

#: What a zone asks of whoever changes its paths: a lock, nothing, lines at the end only; or nobody may.
HIGH_RISK, SHARED, APPEND_ONLY, FROZEN = "high-risk", "shared", "append-only", "frozen"
ZONE_MODES = (HIGH_RISK, SHARED, APPEND_ONLY, FROZEN)

#: The identity under which nobody is proven to be anybody.
NOBODY = "none"
KINDS = ("requirements", "implementation", "quality", "operations", "orchestration")
STATES = ("planned", "active", "done")
#: How a lane depends on another one.
HARD, SOFT = "hard", "soft"
BUILT_IN_ROLES = ("orchestrator", "integrator", "acceptor", "maintainer")


class Rule(NamedTuple):
    """One pattern where it stands. `text` is the pattern as written (with its `!`); `where` a dotted path such as
    `lanes.ui.owned_paths[1]`; `line` its 1-based line."""

    text: str
    where: str
    line: int


class Lane(NamedTuple):
    """`depends_on`: ids of other lanes, each with HARD or SOFT (what the file calls "none" is left out).

    `bots`: commits without `Lane` or signature are taken on the word of their verdict.
    """

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
    depends_on: tuple[tuple[str, str], ...] = ()
    bots: bool = False


class MatrixRow(NamedTuple):
    """A row of the ownership matrix: one pattern, and the grant it gives to each lane it names."""

    rule: Rule
    grants: Mapping[str, str]


class Zone(NamedTuple):
    """Paths with a rule of their own, whoever owns them. paths: a list of patterns, of which the last match decides.
    mode: one of ZONE_MODES. roles: ids of [roles] of which a writer holds one; none: anybody."""

    paths: tuple[Rule, ...]
    mode: str
    line: int
    roles: tuple[str, ...] = ()


class Person(NamedTuple):
    """`pushers`: names that the server authenticates. `keys`: lines of SSH public keys to sign with."""

    id: str
    line: int
    pushers: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


class Server(NamedTuple):
    """`keys`: lines of the SSH public keys that this server signs its landing records with."""

    id: str
    line: int
    keys: tuple[str, ...]


class Gate(NamedTuple):
    """A test that a verdict can report on. `rung`: its step on the ladder, 1 the first; `run`: its shell commands."""

    id: str
    line: int
    rung: int
    run: tuple[str, ...]


class RefRule(NamedTuple):
    """`name` with `*`, `**` and `{lane}`; `pushers` are roles or people, None where anybody may push.

    accepted: every new commit needs an accepted verdict. start: the ref whose commits count as known when this one is
    created (`from` in the file). gates: ids of [gates] that the verdict's report must show as passed; gate_tip: whether
    the pushed tip needs a gate record of its own, as it stands after the default. order: kinds of lanes, first to land
    first.
    """

    name: str
    line: int
    pushers: tuple[str, ...] | None = None
    force: bool = False
    delete: bool = False
    accepted: bool = False
    start: str | None = None
    gates: tuple[str, ...] = ()
    gate_tip: bool = False
    order: tuple[str, ...] = ()


class Policy(NamedTuple):
    """`identity`: how commits are tied to people, one of none, pusher, signature, either (design section 3.3).

    self_accept: whether a commit's author or an owner of its lane may give the verdict. override: whether a maintainer
    may break the glass by push option.
    """

    identity: str
    unowned: str = "deny"
    max_active_lanes: int = 4
    people: Mapping[str, Person] = _NOTHING
    roles: Mapping[str, tuple[str, ...]] = _NOTHING
    lanes: Mapping[str, Lane] = _NOTHING
    matrix: tuple[MatrixRow, ...] = ()
    refs: tuple[RefRule, ...] = ()
    self_accept: bool = False
    override: bool = False
    servers: Mapping[str, Server] = _NOTHING
    gates: Mapping[str, Gate] = _NOTHING
    zones: tuple[Zone, ...] = ()

    @property
    def asks_pusher(self) -> bool:
        """Whether the pusher that the server authenticated can tie a commit to a person."""
        return self.identity in ("pusher", "either")

    @property
    def asks_signature(self) -> bool:
        """Whether a commit's signature can tie it to a person."""
        return self.identity in ("signature", "either")

    @property
    def asks_acceptance(self) -> bool:
        """Whether any ref takes only commits with an accepted verdict."""
        return any(rule.accepted for rule in self.refs)

    @property
    def asks_locks(self) -> bool:
        """Whether any path needs a lock to be changed."""
        return any(zone.mode == HIGH_RISK for zone in self.zones)

    @property
    def asks_keys(self) -> bool:
        """Whether a person's key says anything: it signs commits, or records of the ledger or the lock registry."""
        return self.asks_signature or (self.identity != NOBODY and (self.asks_acceptance or self.asks_locks))


class Problem(NamedTuple):
    """Why a policy cannot be used: code (LG702, LG703, LG504), dotted path, line, and words: what was expected."""

    code: str
    where: str
    line: int
    message: str
