"""Random pushes of every kind, each made from what the server holds at that moment.

A maker is a method that answers with a push, or with None when the moment does not allow it. Most are honest or have
one thing wrong; `Maker.any_push` chooses among them by weight.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.differential import random_policy
from tests.differential.case import Update
from tests.differential.lock_records import LOGS
from tests.differential.plumbing import GitError
from tests.differential.rules import Policy
from tests.differential.situation import ALIAS, MAIN, POLICY_PATH, Push, Situation

SIDE_DOORS = (
    "refs/heads/unnamed",
    "refs/heads/MAIN",
    "refs/heads/lane/ghost",
    "refs/notes/commits",
    "refs/custom/a/b",
    "refs/lanegate/ledger",
    "refs/lanegate/locks2",
    "refs/heads/-x",
)


class Maker:
    """Makes pushes in one situation."""

    def __init__(self, situation: Situation) -> None:
        self.situation = situation
        self.rng = situation.rng
        self.world = situation.world
        self.author = situation.author
        self.refs = situation.refs

    @property
    def policy(self) -> Policy:
        return self.author.policy

    @property
    def refused(self) -> list[str]:
        return self.situation.refused

    def any_push(self) -> Push:
        """A push of any kind, with at least one line."""
        makers: list[tuple[int, Callable[[], Push | None]]] = [
            (8, self._lane_work),
            (6, self._landing),
            (3, self._direct),
            (6 if self.policy.by_signature else 3, self._policy_change),
            (4, self._conflict),
            (2, self._criss_cross),
            (4, self._tangle),
            (2, self._ref_change),
            (2, self._tag),
            (2, self._again),
            (1, self._side_door),
            (1, self._legacy),
            (1, self._wip),
            (2, self._several),
        ]
        while True:
            (maker,) = self.rng.choices([maker for _, maker in makers], [weight for weight, _ in makers])
            try:
                push = maker()
            except GitError:
                continue  # a merge that git itself cannot make
            if push is not None and all(update.old != update.new for update in push.updates):
                return push

    def first_policy(self) -> Push:
        """To a server without a usable policy: mostly its bootstrap pusher bringing one."""
        rng, setup, main = self.rng, self.situation.setup, self.refs.get(MAIN)
        new = setup.first if main is None or self.world.git.is_ancestor(main, setup.first) else ""
        if not new or rng.random() < 0.5:
            text = random_policy.to_toml(self.policy.table)
            if rng.random() < 0.3:
                text = random_policy.spoilt(rng, self.policy.table)
            parents = [] if main is None or rng.random() < 0.2 else [main]
            new = self.world.commit({POLICY_PATH: text.encode(), b"x": b"x"}, b"Policy\n", *parents)
        pusher = setup.bootstrap if rng.random() < 0.7 else rng.choice(["bob", "stranger", None])
        updates = [self.update(MAIN if rng.random() < 0.85 else "refs/heads/wip/a", new)]
        if rng.random() < 0.15:
            updates.append(self.update("refs/heads/wip/b", new))
        return Push(updates, pusher, "first policy")

    def main_push(self) -> Push | None:
        """What comes to main by one of the ways there are, if this moment has one."""
        makers: list[Callable[[], Push | None]] = [self._landing, self._direct, self._conflict, self._criss_cross]
        push = self.rng.choice([*makers, self._tangle, self._policy_change, self._policy_change])()
        return push if push is not None and [update.ref for update in push.updates] == [MAIN] else None

    def _wrong(self) -> bool:
        return self.rng.random() < 0.35

    def _lane(self) -> str:
        return self.rng.choice(self.author.active() or list(self.policy.lanes))

    def lane_ref(self, lane: str) -> str:
        name = next((rule["name"] for rule in self.policy.refs if "{lane}" in rule["name"]), "refs/heads/lane/{lane}")
        return str(name).replace("{lane}", lane).replace("*", self.rng.choice(["x", "x", "y"]))

    def free_lane_ref(self, lane: str, tip: str) -> str:
        """A ref of a lane that may be moved to a tip, if there is one."""
        refs = [self.lane_ref(lane) for _ in range(4)]
        return next((ref for ref in refs if ref not in self.refs or self.may_move(ref, tip)), refs[0])

    def may_move(self, ref: str, tip: str) -> bool:
        """Whether a ref that exists may be moved there."""
        match = self.policy.ref_rule(ref)
        is_free = match is not None and match.rule.get("force", False)
        return is_free or self.world.git.is_ancestor(self.refs[ref], tip)

    def branch_point(self) -> str:
        chain = self.world.git.first_parent_chain(self.refs[MAIN])
        return chain[0] if self.rng.random() < 0.6 else self.rng.choice(chain[:6])

    def update(self, ref: str, new: str | None) -> Update:
        return Update(ref, self.refs.get(ref), new)

    def push_by_able(self, note: str, *updates: Update, lane: str | None = None) -> Push:
        """The push by somebody who may probably make it."""
        names = [name for person in self.policy.people.values() for name in person.get("pushers", [])]
        if self.policy.identity == "none":
            bootstrap = self.situation.setup.bootstrap
            return Push([*updates], bootstrap if self.rng.random() < 0.2 else None, note)
        if self.rng.random() < self.situation.strays:
            others = [*names, "stranger", "core", None, self.situation.setup.bootstrap]
            return Push([*updates], self.rng.choice(others), note)
        person, matches = self.policy.person, [self.policy.ref_rule(update.ref) for update in updates]
        able = [
            name
            for name in names
            for fits in [
                all("pushers" not in m.rule or self.policy.holds(person(name), m.rule["pushers"]) for m in matches if m)
                and all(m.lane is None or self.policy.owns(person(name), m.lane) for m in matches if m)
            ]
            if fits
        ]
        owners = [name for name in able if lane is not None and self.policy.owns(person(name), lane)]
        if self.policy.by_signature and self.rng.random() < 0.4:
            owners = able = names  # those who signed have to do
        return Push([*updates], self.rng.choice(owners or able or names or ["nobody"]), note)

    def work(self, lane: str, tip: str, wrong: bool) -> str:
        """Some commits of a lane on `tip`; wrong: one of them is."""
        count = self.rng.randint(1, 3)
        bad = self.rng.randrange(count) if wrong else None
        for number in range(count):
            tip = self.author.wrong(lane, tip) if number == bad else self.author.honest(lane, tip)
        return tip

    def _lane_work(self) -> Push:
        lane = self._lane()
        ref = self.lane_ref(lane)
        tip = self.refs[ref] if ref in self.refs and self.rng.random() < 0.85 else self.branch_point()
        if self.rng.random() < 0.25 and not self.world.git.is_ancestor(self.refs[MAIN], tip):
            tip = self.author.merge(lane, tip, self.refs[MAIN], self._wrong())
        if self.rng.random() < 0.05:
            tip = self.author.merge(lane, tip, self.author.root(lane), self._wrong())
        if ref in self.refs and self.rng.random() < 0.1:
            other = self.rng.choice([tip for ref, tip in self.refs.items() if ref not in LOGS])
            if not self.world.git.is_ancestor(other, tip) and self.world.git.peel(other) == other:
                tip = self.author.merge(lane, tip, other)
        return self.push_by_able("lane work", self.update(ref, self.work(lane, tip, self._wrong())), lane=lane)

    def _others(self) -> list[str]:
        """Tips on the server that main does not have."""
        main = self.refs[MAIN]
        tips = {tip for ref, tip in self.refs.items() if not ref.startswith(("refs/tags/", *LOGS))}
        return sorted(tip for tip in tips if not self.world.git.is_ancestor(tip, main))

    def _landing(self) -> Push | None:
        others = self._others()
        if not others:
            return None
        tip, main, lane = self.rng.choice(others), self.refs[MAIN], self._lane()
        wrong = self._wrong()
        if self.rng.random() < 0.2:
            return self.push_by_able("fast-forward", self.update(MAIN, tip))
        new = self.author.merge(lane, main, tip, wrong)
        if self.rng.random() < 0.3:
            more = [other for other in others if not self.world.git.is_ancestor(other, new)]
            if more:
                new = self.author.merge(lane, new, self.rng.choice(more))
        return self.push_by_able("landing", self.update(MAIN, new), lane=lane)

    def _direct(self) -> Push:
        lane = self._lane()
        return self.push_by_able(
            "direct", self.update(MAIN, self.work(lane, self.refs[MAIN], self._wrong())), lane=lane
        )

    def _wip(self) -> Push:
        lane = self._lane()
        ref = self.rng.choice(["refs/heads/wip/a", "refs/heads/wip/b", "refs/custom/x/y"])
        tip = self.refs.get(ref, self.branch_point())
        return self.push_by_able("wip", self.update(ref, self.work(lane, tip, self._wrong())), lane=lane)

    def _policy_change(self) -> Push:
        rng, main, author = self.rng, self.refs[MAIN], self.author
        lane = "core" if rng.random() < 0.85 else self._lane()
        table = dict(self.policy.table)
        text = random_policy.to_toml(random_policy.changed(rng, table))
        if rng.random() < 0.3:
            text = random_policy.spoilt(rng, table)
        parent = self.branch_point() if rng.random() < 0.2 else main
        edit = self.world.regular(text.encode(), rng.choice(["100644"] * 7 + ["100755"]))
        if rng.random() < 0.08:
            edit = self.world.link(b"../policy/other")
        commit = self.world.commit({POLICY_PATH: edit if rng.random() < 0.95 else None}, author.message(lane), parent)
        if parent != main:
            new = author.merge("core", main, commit, self._wrong())
        elif rng.random() < 0.2:
            new = self.world.commit({POLICY_PATH: edit}, author.message(lane), author.honest(lane, parent))
        else:
            new = author.honest(lane, commit) if rng.random() < 0.15 else commit
        ref = MAIN if rng.random() < 0.85 else self.lane_ref(lane)
        return self.push_by_able("policy", self.update(ref, new), lane=lane)

    def _conflict(self) -> Push:
        """Two sides of one lane that conflict: one lands, the other is merged over it."""
        lane = self._lane()
        main = self.refs[MAIN]
        one, other = self.author.conflict(lane, main)
        resolver = lane if self.rng.random() < 0.6 else self._lane()
        new = self.author.merge(resolver, one, other, self.rng.random() < 0.25)
        ref = MAIN if self.rng.random() < 0.5 else self.lane_ref(lane)
        return self.push_by_able("conflict", self.update(ref, new), lane=lane)

    def _criss_cross(self) -> Push | None:
        others = self._others()
        if not others:
            return None
        tip, main, lane = self.rng.choice(others), self.refs[MAIN], self._lane()
        one = self.work(lane, self.author.merge(lane, main, tip), False)
        two = self.work(lane, self.author.merge(lane, tip, main), False)
        new = self.author.merge(lane, one, two, self._wrong())
        return self.push_by_able("criss-cross", self.update(MAIN, new), lane=lane)

    def _tangle(self) -> Push:
        """Branches of one lane that commit and merge each other in any order, pushed as one."""
        rng, lane = self.rng, self._lane()
        base = self.branch_point()
        tips = [self.author.honest(lane, base) for _ in range(rng.choice([2, 2, 3]))]
        for _ in range(rng.randint(1, 5)):
            one, other = rng.sample(range(len(tips)), 2)
            if rng.random() < 0.5:
                tips[one] = self.author.honest(lane, tips[one])
            else:
                tips[one] = self.author.merge(lane, tips[one], tips[other], rng.random() < 0.06)
        new = tips[0]
        for tip in tips[1:]:
            new = self.author.merge(lane, new, tip, rng.random() < 0.15)
        ref = MAIN if rng.random() < 0.3 and base == self.refs[MAIN] else self.lane_ref(lane)
        return self.push_by_able("tangle", self.update(ref, new), lane=lane)

    def _ref_change(self) -> Push | None:
        rng = self.rng
        ref = rng.choice([ref for ref in self.refs if ref not in LOGS or rng.random() < 0.3])
        if rng.random() < 0.5:
            return self.push_by_able("deletion", self.update(ref, None))
        commit = self.world.git.peel(self.refs[ref])
        if commit is None:
            return None
        others = [tip for name, tip in self.refs.items() if name not in LOGS]
        target = rng.choice([*self.world.git.first_parent_chain(commit)[1:4], *others])
        where = rng.choice([ref, ref, self.lane_ref(self._lane()), "refs/heads/wip/c"])
        return self.push_by_able("moved", self.update(where, target))

    def _tag(self) -> Push:
        rng, store = self.rng, self.world.store
        tips = [tip for ref, tip in self.refs.items() if ref not in LOGS]
        target = rng.choice([*tips, *tips, self.refs[MAIN], *self.refused[-2:]])
        new = target
        match rng.randint(0, 5):
            case 0 | 1:
                new = store.tag(target, self.world.git.kind(target), b"v%d" % rng.randint(0, 9))
            case 2:
                new = store.tag(store.tag(target, self.world.git.kind(target)), "tag")
            case 3:
                new = rng.choice(
                    [store.blob(b"x"), store.tag(store.blob(b"x"), "blob"), self.author.root(self._lane())]
                )
        ref = rng.choice(["refs/tags/v1", "refs/tags/v2", "refs/tags/a/b", "refs/heads/wip/t", "refs/custom/t"])
        if ref.startswith("refs/heads/"):
            new = target
        return self.push_by_able("tag", self.update(ref, new))

    def _again(self) -> Push | None:
        """A commit that was refused, by another way: another ref, or inside a merge."""
        if not self.refused:
            return None
        rng, lane = self.rng, self._lane()
        commit = self.world.git.peel(rng.choice(self.refused))
        if commit is None:
            return None
        ref = rng.choice([MAIN, "refs/heads/wip/a", self.lane_ref(lane), self.lane_ref(lane)])
        tip = self.refs.get(ref, self.refs[MAIN])
        if not self.is_readable(commit):
            return self.push_by_able("again", self.update(ref, commit), lane=lane)
        new = rng.choice([commit, self.author.merge(lane, tip, commit), self.work(lane, commit, False)])
        return self.push_by_able("again", self.update(ref, new), lane=lane)

    def is_readable(self, name: str) -> bool:
        """Whether git can merge the commit: a spoilt tree below it may stop git itself."""
        commit = self.world.git.peel(name)
        if commit is None:
            return False
        try:
            self.world.git.merge(self.refs[MAIN], commit)
            self.world.files(commit)
        except GitError:
            return False
        return True

    def _side_door(self) -> Push:
        lane, rng = self._lane(), self.rng
        ref = rng.choice([*SIDE_DOORS, f"refs/replace/{self.refs[MAIN]}"])
        new = rng.choice([self.refs[MAIN], self.work(lane, self.refs[MAIN], False)])
        if rng.random() < 0.2 and self.situation.setup.has_alias:
            ref = ALIAS
        push = self.push_by_able("side door", self.update(ref, new), lane=lane)
        if rng.random() < 0.5:
            push.updates.append(self.update(self.lane_ref(lane), self.work(lane, new, False)))
        return push

    def _legacy(self) -> Push:
        """Something that carries a commit from before the policy, which only a baseline excuses."""
        lane, rng, legacy = self._lane(), self.rng, self.situation.setup.legacy
        ref = rng.choice([MAIN, "refs/heads/wip/legacy", self.lane_ref(lane)])
        if ref in self.refs:
            legacy = self.author.merge(lane, self.refs[ref], legacy, self.rng.random() < 0.2)
        elif rng.random() < 0.6:
            legacy = self.work(lane, legacy, False)
        return self.push_by_able("legacy", self.update(ref, legacy), lane=lane)

    def _several(self) -> Push | None:
        pushes = [push for push in (self.any_push(), self.any_push()) if push is not None]
        updates: dict[str, Update] = {}
        for push in pushes:
            for update in push.updates:
                updates.setdefault(update.ref, update)
        return Push([*updates.values()], pushes[0].pusher, "several: " + " + ".join(push.note for push in pushes))
