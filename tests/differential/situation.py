"""What the server holds before a random push, who works there, and the push that is made of it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.differential.authors import Author
from tests.differential.case import Server, Update
from tests.differential.world import World

MAIN = "refs/heads/main"
ALIAS = "refs/heads/wip/alias"
POLICY_PATH = b"policy/lanegate.toml"


class Push(NamedTuple):
    """Lines of one push and the name that the server authenticates; note says how it was made."""

    updates: list[Update]
    pusher: str | None
    note: str


@dataclass(frozen=True)
class Setup:
    """What the server is before the first push.

    main: tip of the trusted ref, None where it does not exist yet. first: the commit that brings the policy.
    legacy: a commit outside every ref. has_alias: a symbolic ref to the trusted ref. checks_objects: git's own
    receive.fsckObjects. misleads: the server's configuration would change what careless readers see.
    shares_objects: every object of the author is there before it is pushed (an alternate). is_local: the server
    authenticates nobody.
    """

    main: str | None
    first: str
    legacy: str
    identity: str
    baseline: tuple[str, ...]
    bootstrap: str | None
    has_alias: bool
    checks_objects: bool
    misleads: bool
    shares_objects: bool
    is_local: bool


@dataclass
class Situation:
    """What the server holds (`refs`), who works there, and what was refused so far. strays: how often somebody pushes
    who may probably not."""

    rng: random.Random
    world: World
    author: Author
    setup: Setup
    refs: dict[str, str]
    refused: list[str] = field(default_factory=list)
    strays: float = 0.1

    @property
    def server(self) -> Server:
        symbolic = frozenset({ALIAS} if self.setup.has_alias else ())
        baseline, bootstrap = self.setup.baseline, self.setup.bootstrap
        return Server(dict(self.refs), MAIN, POLICY_PATH, baseline, bootstrap, symbolic, self.setup.is_local)
