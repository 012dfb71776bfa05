"""Several pushes that belong together: work on a lane's ref, the verdict on it, the landing, each made when it is due.

A plan is honest, or one of its steps is not: the verdict is about something else, or what lands is not what was
accepted (amended, picked, squashed, rebased, half of it).
"""

from __future__ import annotations

from collections.abc import Callable

from tests.differential.acceptors import Written
from tests.differential.messages import without_lane
from tests.differential.plumbing import GitError
from tests.differential.random_acceptance import RELEASE
from tests.differential.records import LEDGER
from tests.differential.reverts import inverse
from tests.differential.situation import MAIN, Push
from tests.differential.steps import Steps


class Planner(Steps):
    """Makes the pushes of a history in which refs ask for acceptance."""

    def next_push(self) -> Push:
        """The next step of the plan that runs, or the first of a new one; seldom something else in between."""
        self.maker.situation.strays = 0.03
        while self.rng.random() < 0.85:
            if not self.due:
                self._plan()
                continue
            try:
                push = self.due.pop(0)()
            except GitError:
                continue  # over something that git itself cannot read or merge
            if push is not None and all(update.old != update.new for update in push.updates):
                return push
        self.signing.is_careful, self.maker.situation.strays = False, 0.1
        return self.maker.any_push()

    def _plan(self) -> None:
        plans: list[tuple[int, Callable[[], None]]] = [
            (9, self._feature),
            (4, self._accepted_push),
            (3, self._rejected),
            (5, self._minds),
            (3, self._revert),
            (2, self._bots),
            (3, self._release),
            (2, self._records),
            (2, self._two_lanes),
        ]
        self.signing.is_careful = self.rng.random() < 0.8
        (plan,) = self.rng.choices([plan for _, plan in plans], [weight for weight, _ in plans])
        plan()

    def refused(self) -> None:
        """The last push did not land: the plan is mostly given up."""
        if self.rng.random() < 0.7:
            self.due = []

    def _feature(self) -> None:
        """Work of a lane, shown, accepted, landed."""
        lane = self.lane()
        base = self.base(lane)
        tip = self.maker.work(lane, base, self.rng.random() < 0.15)
        if self.rng.random() < 0.9:
            self.due.append(self.show(lane, tip))
        self.due += [self.judge(tip), self.reconcile(lane)]
        if self.rng.random() < 0.12:
            self.due.append(self.withdraw(tip))
        self.land(lane, tip)

    def _accepted_push(self) -> None:
        """What the other makers bring to main, a change of the policy too, shown and accepted first."""
        push = self.maker.main_push()
        if push is None:
            return
        (tip,) = [update.new for update in push.updates if update.new is not None][:1]
        commits = self.desk.speaking(tip, [self.refs[MAIN]])
        lane = next((lane for lane in map(self.desk.lane_of, commits) if lane is not None), self.lane())
        ref = self.maker.lane_ref(lane)
        if ref not in self.refs or self.world.git.is_ancestor(self.refs[ref], tip) or self.rng.random() < 0.5:
            self.due.append(self.show(lane, tip))

        def again() -> Push:
            return push._replace(updates=[self.maker.update(MAIN, tip)], note=f"accepted {push.note}")

        self.due += [self.judge(tip), self.gates(tip), again]

    def _rejected(self) -> None:
        """Work that is rejected, then accepted after all: rebased on main, or not, or the rejection withdrawn."""
        lane, rng = self.lane(), self.rng
        tip = self.maker.work(lane, self.base(lane), False)
        self.due += [self.show(lane, tip), self.judge(tip, word="rejected")]
        way = rng.choice(["rebased", "merged", "stubborn", "withdrawn", "as it is"])

        def more() -> Push | None:
            new = tip
            if way == "rebased":
                new = self.maker.work(lane, self.refs[MAIN], False)
            elif way == "merged":
                new = self.maker.work(lane, self.author.merge(lane, tip, self.refs[MAIN]), False)
            elif way == "stubborn":
                new = self.maker.work(lane, tip, False)
            self.due.insert(0, self.show(lane, new))
            self.due.insert(1, self.withdraw(tip) if way == "withdrawn" else lambda: None)
            if way != "as it is":
                self.due.insert(2, self.judge(new))
            self.land(lane, new)
            return None

        self.due.append(more)

    def _minds(self) -> None:
        """Work on which several people change their minds several times before it lands."""
        rng, desk, lane = self.rng, self.desk, self.lane()
        tip = self.maker.work(lane, self.base(lane), False)

        def step() -> Push | None:
            commits = desk.speaking(tip, [self.refs[MAIN]])
            written: list[Written] = []
            for _ in range(rng.randint(2, 5) if commits else 0):
                verdicts = [record for record, _ in written if record["kind"] == "verdict"]
                if verdicts and rng.random() < 0.4:
                    written.append(desk.withdrawal(rng.choice(verdicts)))
                    continue
                some = commits if rng.random() < 0.8 else commits[: rng.randint(1, len(commits))]
                written.append(desk.verdict(some, lane, word=rng.choice(["accepted", "accepted", "rejected"])))
            return desk.push("minds", *written) if written else None

        self.due += [self.show(lane, tip), step]
        self.land(lane, tip)

    def _revert(self) -> None:
        """A commit of main is taken back: by its lane or another, exactly or not."""
        git, rng = self.world.git, self.rng
        chain = git.reachable([self.refs[MAIN]], [self.maker.situation.setup.first] if rng.random() < 0.95 else [])
        chain = [one for one in chain if git.parents(one)]
        if not chain:
            return
        undone = rng.choice(chain[-6:])
        lane = self.desk.lane_of(undone) or "core"
        if rng.random() < 0.3:
            lane = self.lane()
        made = inverse(git, undone, self.refs[MAIN])
        files = self.world.files(made.tree)
        if rng.random() < 0.25:
            files = self.world.edit(files, self.author.editor.honest(self.policy, lane, files))
        name = rng.choice([undone] * 6 + [undone[:12], undone.upper(), "f" * len(undone)])
        message = self.author.message(lane).rstrip(b"\n") + b"\nReverts: " + name.encode() + b"\n"
        if rng.random() < 0.06:
            message += b"Reverts: " + undone.encode() + b"\n"
        tip = self.author.commit(files, [self.refs[MAIN]], message)
        self.due += [self.show(lane, tip), self.judge(tip)]
        self.land(lane, tip)

    def _bots(self) -> None:
        """Commits without a lane, in one that has bots or, seldom, in another."""
        having = [id for id in self.author.active() if self.policy.lanes[id].get("bots", False)]
        if not having and self.rng.random() < 0.8:
            return
        lane = self.rng.choice(having) if having and self.rng.random() < 0.85 else self.lane()
        tip = self.base(lane)
        for _ in range(self.rng.randint(1, 2)):
            files = self.world.files(tip)
            files = self.world.edit(files, self.author.editor.honest(self.policy, lane, files))
            tip = self.author.commit(files, [tip], without_lane(self.rng))
        self.due += [self.show(lane, tip), self.judge(tip, lane)]
        self.land(lane, tip)

    def _release(self) -> None:
        """A release branch comes from main, from elsewhere, or goes on."""
        rng, ref = self.rng, RELEASE + self.rng.choice(["1", "1", "2"])
        lane = self.lane()
        if ref not in self.refs or rng.random() < 0.2:
            start = rng.choice([self.refs[MAIN], self.refs[MAIN], self.maker.branch_point(), *self.tips()])
            if rng.random() < 0.3:
                start = self.maker.work(lane, start, False)
                self.due += [self.show(lane, start), self.judge(start, ref=ref)]
            self.due += [self.gates(start, ref)]
            self.due.append(lambda: self.maker.push_by_able("release", self.maker.update(ref, start)))
            return
        tip = self.maker.work(lane, self.refs[ref], False) if rng.random() < 0.6 else self.refs[MAIN]
        self.due += [self.show(lane, tip), self.judge(tip, ref=ref)]
        self.land(lane, tip, ref)

    def _two_lanes(self) -> None:
        """Work of two lanes, accepted, in one landing or one after the other."""
        one, other = self.lane(), self.lane()
        base = self.refs[MAIN]
        tips = [self.maker.work(lane, base, False) for lane in (one, other)]
        for lane, tip in zip((one, other), tips, strict=True):
            self.due += [self.show(lane, tip), self.judge(tip)]
        if self.rng.random() < 0.4:
            self.due.append(lambda: self.maker.push_by_able("one of two", self.maker.update(MAIN, tips[1])))

        def both() -> Push | None:
            if self.world.git.merge(*tips).conflicts:
                return None
            self.land(one, self.author.merge(one, tips[0], tips[1]))
            return None

        self.due.append(both)

    def _records(self) -> None:
        """Records by themselves: any kind, about what the server has."""
        rng, desk = self.rng, self.desk
        tip = rng.choice(self.tips())
        lane = desk.lane_of(tip) or self.lane()
        verdicts = desk.chronicle.of("verdict")
        kind = rng.choice(["doubtful", "gate", "reconcile", "withdraw", "landing", "reject", "rewind", "twice"])
        if kind == "withdraw" and verdicts:
            verdict = rng.choice(verdicts)
            self.due.append(lambda: desk.push("withdrawal", desk.withdrawal(verdict)))
        elif kind == "gate":
            self.due.append(lambda: desk.push("gate", desk.gate_run(tip)))
        elif kind == "reconcile":
            self.due.append(lambda: desk.push("reconcile", desk.reconciliation(lane, [rng.choice(["a1", "a2"])])))
        elif kind == "landing":
            update = self.maker.update(MAIN, tip)
            self.due.append(lambda: desk.push("landing record", desk.landing([update])))
        elif kind == "reject":
            self.due.append(lambda: desk.push("rejected", desk.verdict([tip], lane, word="rejected")))
        elif kind in ("rewind", "twice") and LEDGER in self.refs:
            chain = self.world.git.first_parent_chain(self.refs[LEDGER])
            target = rng.choice([*chain[1:3], None])
            if kind == "twice":
                target = desk.scribe.again(self.refs[LEDGER])
            self.due.append(lambda: self.maker.push_by_able(f"ledger {kind}", self.maker.update(LEDGER, target)))
        else:
            self.due.append(lambda: desk.doubtful([tip], lane))
