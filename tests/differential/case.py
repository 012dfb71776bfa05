"""What the oracle judges: a server, a line of a push, and the findings; and who is proven to be who in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from tests.differential.chronicle import Chronicle
from tests.differential.plumbing import Git, run
from tests.differential.records import Table
from tests.differential.rules import Policy, RefMatch


class Finding(NamedTuple):
    """One broken rule."""

    code: str
    why: str
    ref: str | None = None
    commit: str | None = None
    path: bytes | None = None


class Update(NamedTuple):
    """One line of pre-receive's standard input; None where the ref does not exist."""

    ref: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Server:
    """What the server holds before the push. bootstrap: the name of lanegate.bootstrapPusher. symbolic: names of
    symbolic refs (`refs` has what they point to). is_local: nobody is authenticated, whatever a push claims. folder:
    its repository; None: it has just what its refs reach."""

    refs: dict[str, str]
    trusted: str = "refs/heads/main"
    policy_path: bytes = b"policy/lanegate.toml"
    baseline: tuple[str, ...] = ()
    bootstrap: str | None = None
    symbolic: frozenset[str] = frozenset()
    is_local: bool = False
    folder: Path | None = None

    def holds(self, git: Git, name: str) -> bool:
        """Whether the server has an object, left over from whatever push."""
        if self.folder is not None:
            return run(self.folder, "cat-file", "-e", name, good=(0, 1, 128))[0] == 0
        return any(name in git.history(tip) for tip in self.refs.values() if git.peel(tip) == tip)


@dataclass
class Case:
    """One ref update under judgement. pusher None in `verify`, where is_push is False. chronicle: the ledger before.
    brought: commits that lines of the push name. locks: by id, as they stood before; lock_records: all that made them,
    oldest first. now: the server's time."""

    git: Git
    policy: Policy
    server: Server
    update: Update
    match: RefMatch | None
    pusher: str | None
    is_push: bool
    chronicle: Chronicle = field(default_factory=lambda: Chronicle([]))
    brought: list[str] = field(default_factory=list)
    locks: dict[str, Table] = field(default_factory=dict)
    now: int = 0
    lock_records: list[Table] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def add(self, code: str, why: str, commit: str | None = None, path: bytes | None = None) -> None:
        self.findings.append(Finding(code, why, self.update.ref, commit, path))

    @property
    def is_trusted(self) -> bool:
        return self.update.ref == self.server.trusted

    @property
    def rule(self) -> dict[str, Any]:
        """The rule of the ref; empty for a ref that none names."""
        return self.match.rule if self.match is not None else {}

    @property
    def is_accepted(self) -> bool:
        """Whether every new commit of the ref needs a verdict."""
        return bool(self.rule.get("accepted", False))

    @property
    def person(self) -> str | None:
        """Who pushes."""
        return self.policy.person(self.pusher)

    def was_policed(self, commit: str) -> bool:
        """Whether a commit stood, before the push, on a ref (no tag) that a rule names."""
        refs = self.server.refs.items()
        tips = [tip for ref, tip in refs if not ref.startswith("refs/tags/") and self.policy.ref_rule(ref)]
        return any(self.git.is_ancestor(commit, tip) for tip in tips)

    def was_of(self, commit: str, lane: str) -> bool:
        """Whether a commit stood, before the push, on the ref of a lane."""
        refs = [(self.policy.ref_rule(ref), tip) for ref, tip in self.server.refs.items()]
        tips = [tip for match, tip in refs if match is not None and match.lane == lane]
        return any(self.git.is_ancestor(commit, tip) for tip in tips)

    def signer(self, commit: str) -> str | None:
        """Who signed a commit, where the policy asks for that. With a second header of that name nobody did."""
        head = self.git.object(commit)[1].partition(b"\n\n")[0]
        if not self.policy.by_signature or head.count(b"\ngpgsig") != 1:
            return None
        return self.git.signer(commit, self.policy.allowed_signers())

    def proves(self, commit: str, role: str) -> bool:
        """Whether somebody of the role is proven to have pushed or signed."""
        by_pusher = self.is_push and self.policy.by_pusher and self.policy.holds(self.person, [role])
        return by_pusher or self.policy.holds(self.signer(commit), [role])
