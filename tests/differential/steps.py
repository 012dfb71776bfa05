"""The steps of a plan: work comes to a lane's ref, a verdict to the ledger, and what was accepted lands.

Each is made when it is due, from what the server then holds; None where it is not needed. Some are wrong on purpose.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.differential.acceptors import Desk
from tests.differential.makers import Maker
from tests.differential.random_acceptance import RELEASE
from tests.differential.rules import Policy
from tests.differential.signers import Signing
from tests.differential.situation import MAIN, Push

Step = Callable[[], Push | None]


class Steps:
    """Makes steps in one situation. due: those of the plan that runs."""

    def __init__(self, maker: Maker, signing: Signing) -> None:
        self.maker = maker
        self.signing = signing
        self.rng: random.Random = maker.rng
        self.world = maker.world
        self.author = maker.author
        self.refs = maker.refs
        self.desk = Desk(maker)
        self.due: list[Step] = []

    @property
    def policy(self) -> Policy:
        return self.maker.policy

    def wrong(self) -> bool:
        """Whether this step is to be a wrong one."""
        return self.rng.random() < 0.2

    def lane(self) -> str:
        """Some lane, one that is active if there is one."""
        return self.rng.choice(self.author.active() or list(self.policy.lanes))

    def base(self, lane: str) -> str:
        """What new work of a lane stands on: where its ref is, if that may not be moved elsewhere."""
        ref = self.maker.lane_ref(lane)
        match = self.policy.ref_rule(ref)
        is_free = match is not None and match.rule.get("force", False)
        main = self.maker.branch_point()
        if ref not in self.refs or (is_free and self.rng.random() < 0.6):
            return main
        tip = self.refs[ref]
        if self.world.git.is_ancestor(tip, main):
            return main
        return tip if self.rng.random() < 0.7 else self.author.merge(lane, tip, main)

    def show(self, lane: str, tip: str) -> Step:
        """What is to be accepted comes to the lane's ref."""

        def step() -> Push:
            ref = self.maker.free_lane_ref(lane, tip)
            return self.maker.push_by_able("lane work", self.maker.update(ref, tip), lane=lane)

        return step

    def judge(self, tip: str, lane: str | None = None, word: str = "accepted", ref: str = MAIN) -> Step:
        """A verdict a lane on everything that `tip` would bring to a ref; gates run on the tip where it asks."""

        def step() -> Push | None:
            before = [self.refs[ref]] if ref in self.refs else []
            commits = self.desk.speaking(tip, before or [self.refs[MAIN]])
            lanes = {one: lane or self.desk.lane_of(one) for one in commits}
            groups = {id: [one for one in commits if lanes[one] == id] for id in lanes.values() if id is not None}
            if not groups:
                return None
            refs = None if ref == MAIN else [ref]
            if self.wrong():
                id = self.rng.choice(sorted(groups))
                return self._odd_verdict(groups[id], id)
            written = [self.desk.verdict(groups[id], id, refs, word) for id in groups]
            return self.desk.push(word, *written)

        return step

    def _odd_verdict(self, commits: list[str], lane: str) -> Push:
        """Not what is needed: on fewer commits, for other refs, taken back at once, or no record at all."""
        rng, desk = self.rng, self.desk
        kind = rng.choice(["doubtful", "doubtful", "fewer", "refs", "lane", "withdrawn", "both", "two"])
        if kind == "doubtful":
            return desk.doubtful(commits, lane)
        if kind == "fewer":
            return desk.push("verdict on fewer", desk.verdict(rng.sample(commits, rng.randint(1, len(commits))), lane))
        if kind == "refs":
            return desk.push("verdict for another ref", desk.verdict(commits, lane, [RELEASE + "1"]))
        if kind == "lane":
            return desk.push("verdict for another lane", desk.verdict(commits, self.lane()))
        verdict = desk.verdict(commits, lane)
        if kind == "withdrawn":
            return desk.push("verdict and withdrawal", verdict, desk.withdrawal(verdict[0]))
        if kind == "both":
            return desk.push("rejected and accepted", desk.verdict(commits, lane, word="rejected"), verdict)
        return desk.push(
            "two verdicts", verdict, desk.verdict(commits, lane, word=rng.choice(["accepted", "rejected"]))
        )

    def gates(self, tip: str, ref: str = MAIN) -> Step:
        """A run of the gates on a tip, where the ref asks for one."""

        def step() -> Push | None:
            rule = self.policy.accepted_rule(ref) or {}
            if not rule.get("gate_tip", bool(rule.get("gates"))) or self.rng.random() < 0.15:
                return None
            return self.desk.push("gate", self.desk.gate_run(tip))

        return step

    def reconcile(self, lane: str) -> Step:
        """What commits of the lane assume is said to hold, where they have to assume something."""

        def step() -> Push | None:
            if "soft" not in self.policy.lanes.get(lane, {}).get("depends_on", {}).values() or self.wrong():
                return None
            return self.desk.push("reconcile", self.desk.reconciliation(lane, ["a1", "a2"]))

        return step

    def land(self, lane: str, tip: str, ref: str = MAIN) -> None:
        """The tip comes to the ref: as it is, merged, or as something else than was accepted."""
        made: list[str] = []

        def make() -> Push | None:
            made.append(self._landed(lane, tip, ref))
            step = self.gates(made[0], ref)
            return step()

        def land() -> Push | None:
            push = (
                self.maker.push_by_able("accepted landing", self.maker.update(ref, made[0]), lane=lane)
                if made
                else None
            )
            if push is not None and self.rng.random() < 0.08:
                push.updates.append(self.desk.push("", self.desk.verdict([tip], lane)).updates[0])
            return push

        self.due += [make, land]

    def _landed(self, lane: str, tip: str, ref: str) -> str:
        rng, git, author = self.rng, self.world.git, self.author
        target = self.refs.get(ref, self.refs[MAIN])
        if self.wrong():
            kind = rng.choice(["amended", "picked", "squashed", "more", "half", "first", "evil"])
            message = author.message(lane)
            files = self.world.files(tip)
            if kind == "amended":
                parents = git.parents(tip)
                return author.commit(files, parents, message)
            if kind in ("picked", "squashed"):
                return author.commit(self.world.files(git.merge(target, tip).tree), [target], message)
            if kind == "more":
                return author.honest(lane, tip)
            if kind == "half":
                return git.parents(tip)[0]
            if kind == "first":
                return author.merge(lane, tip, target)
            return author.merge(lane, target, tip, True)
        return tip if git.is_ancestor(target, tip) and rng.random() < 0.6 else author.merge(lane, target, tip)

    def withdraw(self, tip: str) -> Step:
        """The last verdict about a commit is taken back, mostly by its writer."""

        def step() -> Push | None:
            verdicts = [one for one in self.desk.chronicle.of("verdict") if tip in one["commits"]]
            if not verdicts:
                return None
            written = self.desk.withdrawal(verdicts[-1])
            if self.rng.random() < 0.2:
                written[0]["writer"] = self.desk.somebody(["acceptor"], {written[0]["writer"]})
            return self.desk.push("withdrawal", written)

        return step

    def tips(self) -> list[str]:
        """What the branches of the server hold."""
        tips = {tip for ref, tip in self.refs.items() if ref.startswith("refs/heads/")}
        return sorted(tip for tip in tips if self.world.git.peel(tip) == tip)
