"""Random histories: a seed gives a project, a policy and pushes, each made from what the server then holds.

Half of the pushes are honest, the others have one thing wrong: a path, a message, an object, a merge, a ref or a
pusher. What was refused stays in the author's repository and is tried again by other ways. Some servers start without a
policy, some with baselines, symbolic refs or git's own object checks.
"""

from __future__ import annotations

import random
from contextlib import suppress

from tests.differential import random_policy
from tests.differential.authors import Author, start
from tests.differential.case import Server
from tests.differential.lock_records import LOCKS, locks_after, registry
from tests.differential.lockers import Locker
from tests.differential.makers import Maker
from tests.differential.malformed import object_defects
from tests.differential.oracle import trusted_policy
from tests.differential.plans import Planner
from tests.differential.plumbing import GitError, Patterns
from tests.differential.records import LEDGER
from tests.differential.rules import NotAPolicyError, Policy
from tests.differential.signers import Signing
from tests.differential.situation import ALIAS, MAIN, POLICY_PATH, Push, Setup, Situation
from tests.differential.world import World


class History:
    """One random history. `refs` is what the server holds; call `landed` after every push."""

    def __init__(self, seed: int, world: World, patterns: Patterns) -> None:
        self.seed = seed
        self.rng = rng = random.Random(seed)
        self.world = world
        self.patterns = patterns
        world.store.date = lambda: 1_700_000_000 + rng.choice([0, 0, 0, -(10**8), 10**8, rng.randint(0, 10**6)])
        table = random_policy.random_policy(rng)
        text = random_policy.to_toml(table)
        first = start(world, rng, text, POLICY_PATH)
        self.setup = _setup(rng, world, first, table["identity"])
        self.refs: dict[str, str] = {}
        if self.setup.main is not None:
            self.refs[MAIN] = self.setup.main
        if self.setup.has_alias:
            self.refs[ALIAS] = first
        self.author = Author(world, rng, Policy(text.encode(), patterns))
        self.signing = Signing(rng, self.author.policy, len(first) // 2)
        world.store.sign = self.signing
        self.situation = Situation(rng, world, self.author, self.setup, self.refs)
        self.maker = Maker(self.situation)
        self.planner = Planner(self.maker, self.signing)
        self.locker = Locker(self.maker)

    @property
    def server(self) -> Server:
        return self.situation.server

    @property
    def asks_acceptance(self) -> bool:
        """Whether the policy has refs where every new commit needs a verdict."""
        return any(rule.get("accepted", False) for rule in self.author.policy.refs)

    def next_push(self) -> Push:
        """The next push, with at least one line."""
        if self._holds_policy(self.refs.get(MAIN)):
            push = self._of_locks()
            if push is not None:
                return push
            return self.planner.next_push() if self.asks_acceptance else self.maker.any_push()
        return self.maker.first_policy()

    def _of_locks(self) -> Push | None:
        """A push that has to do with locks, often where the policy asks for them."""
        chance = 0.5 if self.author.policy.asks_locks() else 0.06
        return self.locker.next_push() if self.rng.random() < (0.9 if self.locker.due else chance) else None

    def landed(self, push: Push, accepted: bool, ledger: str | None) -> None:
        """Take note of the server's answer. ledger: its tip now."""
        if ledger is not None:
            self.refs[LEDGER] = ledger
        if not accepted:
            self.planner.refused()
            self.locker.refused()
            self.situation.refused += [update.new for update in push.updates if update.new]
            return
        for ref, _old, new in push.updates:
            if new is None:
                self.refs.pop(ref, None)
            elif ref != LEDGER:
                self.refs[ref] = new
        self._follow_main()

    def _follow_main(self) -> None:
        """The alias is main; authors follow the policy there or, where there is none, the last one that was."""
        if self.setup.has_alias:
            self.refs[ALIAS] = self.refs[MAIN]
        with suppress(NotAPolicyError, GitError):
            self.author.policy = trusted_policy(self.world.git, self.patterns, self.server, self.refs.get(MAIN))
            self.signing.policy = self.author.policy

    def _holds_policy(self, commit: str | None) -> bool:
        try:
            trusted_policy(self.world.git, self.patterns, self.server, commit)
        except NotAPolicyError:
            return False
        return True

    def drift(self, pushes: int) -> str:
        """The tip of main after more pushes that nobody judges, whatever is wrong with them. Seldom the policy, since
        no step after that can be judged; a malformed object only at the end, since git may not merge over it."""
        self.refs.setdefault(MAIN, self.setup.first)
        for _ in range(pushes):
            for ref, _old, new in self.maker.any_push().updates:
                if new is None or not self._may_drift_to(ref, new):
                    continue
                if self._is_malformed(new):
                    if ref == MAIN:
                        return new
                    continue
                self.refs[ref] = new
            self._follow_main()
        return self.refs[MAIN]

    def _may_drift_to(self, ref: str, new: str) -> bool:
        git = self.world.git
        if git.kind(new) != "commit" or not self.maker.is_readable(new):
            return False
        if ref == MAIN and self.refs[MAIN] not in git.first_parent_chain(new):
            return False
        if ref == LOCKS and not self._is_registry(new):
            return False
        return self._holds_policy(new) or self.rng.random() < 0.15

    def _is_registry(self, new: str) -> bool:
        """Whether whoever looks for locks finds records there."""
        try:
            locks_after(registry(self.world.git, new))
        except (KeyError, ValueError, TypeError):
            return False
        return True

    def _is_malformed(self, new: str) -> bool:
        git = self.world.git
        return any(object_defects(git, commit) for commit in git.reachable([new], [*self.refs.values()]))


def _setup(rng: random.Random, world: World, first: str, identity: str) -> Setup:
    legacy = world.commit({b"LICENSE": b"legacy\n", b"src/core/legacy": b"x"}, b"Legacy\n", first)
    bootstrap = rng.choice([None, None, None, "ana", "dee"])
    main: str | None = first
    if bootstrap is not None and rng.random() < 0.3:
        before = world.git.parents(first)[0]
        main = rng.choice([None, before, world.commit({POLICY_PATH: b"version = 2\n"}, b"Broken\n", before)])
    often_local = {"none": 1, "pusher": 0, "signature": 0.5, "either": 0.3}[identity]
    return Setup(
        main=main,
        first=first,
        legacy=legacy,
        identity=identity,
        baseline=(legacy,) if rng.random() < 0.4 else (),
        bootstrap=bootstrap,
        has_alias=main == first and rng.random() < 0.15,
        checks_objects=rng.random() < 0.2,
        misleads=rng.random() < 0.3,
        shares_objects=rng.random() < 0.15,
        is_local=bootstrap is None and rng.random() < often_local,
    )
