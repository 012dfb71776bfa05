"""Who takes locks in a random history: honest lanes, rivals, holders who lost theirs, and records with one thing wrong.

Leases end by themselves, and nobody waits for that: records are dated up to a minute and a half back, as far as the
server's clock lets them, each a little later than the one before. So a lease of a second is over when the next record
is written, and one of hours is not.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

from tests.differential.acceptors import WRONG_FILES as WRONG_RECORDS
from tests.differential.acceptors import Desk
from tests.differential.case import Update
from tests.differential.ground import FOLDERS
from tests.differential.lock_records import LOCKS, STATE, instant, lock_record, locks_after, registry, seconds_of, state
from tests.differential.makers import Maker
from tests.differential.plumbing import GitError
from tests.differential.records import Contents, Scribe, Table
from tests.differential.rules import Policy
from tests.differential.rules_zones import HIGH_RISK
from tests.differential.situation import Push

Step = Callable[[], Push | None]
BACK = 90
SCOPES = (["/src/app.py"], ["**/c.md"], ["/src/*/b.py", "!/src/core/b.py"], ["/src/shared/", "/README.md"], ["/src/"])


class Locker:
    """Makes pushes to the lock registry, and of work that needs what stands there."""

    def __init__(self, maker: Maker) -> None:
        self.maker = maker
        self.rng: random.Random = maker.rng
        self.world = maker.world
        self.author = maker.author
        self.refs = maker.refs
        self.desk = Desk(maker)
        self.scribe = Scribe(self.world, self._state)
        self.due: list[Step] = []
        self.author.editor.holds = self.holds

    @property
    def policy(self) -> Policy:
        return self.maker.policy

    @property
    def records(self) -> list[Table]:
        return registry(self.world.git, self.refs.get(LOCKS))

    def _state(self, _old: Contents, record: Table, before: str | None) -> Contents:
        return state(locks_after([*registry(self.world.git, before), record]))

    def holds(self, lane: str, path: bytes) -> bool:
        """Whether a lane has a live lock on a path, and no other has."""
        live = [lock for lock in locks_after(self.records).values() if time.time() < lock["expires"]]
        lanes = {lock["lane"] for lock in live if self.policy.patterns.in_list(lock["scope"], path)}
        return lanes == {lane}

    def next_push(self) -> Push | None:
        """The next step of what was begun, or the first of something new; None where this moment has none."""
        for _ in range(4):
            if not self.due:
                self._plan()
            try:
                push = self.due.pop(0)() if self.due else None
            except GitError:
                continue
            if push is not None and all(update.old != update.new for update in push.updates):
                return push
        return None

    def refused(self) -> None:
        if self.rng.random() < 0.5:
            self.due = []

    def _plan(self) -> None:
        plans: list[tuple[int, Callable[[], None]]] = [
            (6, self._claim),
            (3, self._rivals),
            (3, self._lapse),
            (4, self._moves),
            (3, lambda: self.due.append(self.doubtful)),
        ]
        (plan,) = self.rng.choices([plan for _, plan in plans], [weight for weight, _ in plans])
        plan()

    def _claim(self) -> None:
        """A lane takes a lock, works under it, and gives it back or not."""
        lane = self._lane()
        path = self._hot(lane)
        if path is None:
            scope = self.rng.choice(self._own(lane))
            self.due.append(lambda: self.push("acquire", self.acquire(lane, scope)))
            return
        self.due += [lambda: self.push("acquire", self.acquire(lane, self._over(lane, path))), self._work(lane, path)]
        if self.rng.random() < 0.5:
            self.due += [lambda: self._move("heartbeat")] if self.rng.random() < 0.3 else []
            self.due.append(lambda: self._move("release"))
            if self.rng.random() < 0.5:
                self.due.append(self._work(lane, path))

    def _rivals(self) -> None:
        """One lane holds what another works on."""
        one, other = self._lane(), self._lane()
        path = self._hot(one)
        if path is None:
            return
        self.due += [lambda: self.push("rival", self.acquire(other, self._over(other, path))), self._work(one, path)]
        self.due.append(lambda: self.push("acquire", self.acquire(one, self._over(one, path))))

    def _lapse(self) -> None:
        """A lease that runs out at once; then its holder or another lane wants the lock."""
        one, other = self._lane(), self._lane()
        path = self._hot(one) or b"src/app.py"
        scope = self._over(one, path)
        ways: list[Step] = [
            lambda: self.push("acquire stale", self.acquire(other, scope)),
            lambda: self._move("heartbeat"),
            lambda: self._move("reclaim", lane=other),
            lambda: self._move("reclaim", lane=one),
            lambda: self._move("release"),
        ]
        self.due.append(lambda: self.push("acquire", self.acquire(one, scope, seconds=1)))
        self.due += [self._work(one, path)] if self.rng.random() < 0.5 else []
        self.due += self.rng.sample(ways, 2)

    def _moves(self) -> None:
        """Some lock goes on to another state, or two do in one push."""
        kind = self.rng.choice(["heartbeat", "release", "release", "reclaim", "reclaim"])
        self.due.append(lambda: self._move(kind))

    def _lane(self) -> str:
        lanes = self.author.active() if self.rng.random() < 0.93 else []
        return self.rng.choice(lanes or list(self.policy.lanes))

    def _hot(self, lane: str) -> bytes | None:
        """A high-risk file that a lane may change, if there is one."""
        files = self.world.files(self.refs["refs/heads/main"])
        self.policy.prepare(set(files))
        hot = [path for path, entry in files.items() if self.policy.mode(path) == HIGH_RISK and entry.mode == "100644"]
        own = [path for path in hot if self.policy.grant(lane, path) in ("PRIMARY", "MODIFY")]
        return self.rng.choice(own) if own else None

    def _over(self, lane: str, path: bytes) -> list[str]:
        """A scope that mostly covers a path."""
        name = path.decode("utf-8", "replace")
        zone = self.policy.zone(path)
        wide = f"/{name.rpartition('/')[0]}/" if "/" in name else f"/{name}"
        lists = [[f"/{name}"], [f"/{name}"], [wide], self._scope(lane), *([zone["paths"]] if zone is not None else [])]
        return self.rng.choice(lists)

    def _own(self, lane: str) -> list[list[str]]:
        """Scopes inside the folder of a lane."""
        folder = FOLDERS.get(lane, "src/core")
        return [[f"/{folder}/"], [f"/{folder}/a.py"], [f"{folder}/a*.py"], [f"{folder}/*b.py", f"!/{folder}/q.py"]]

    def _scope(self, lane: str) -> list[str]:
        return self.rng.choice([*self._own(lane), *self._own(lane), *SCOPES])

    def _work(self, lane: str, path: bytes) -> Step:
        """A commit of a lane that changes a file, on the lane's ref or, where it need not be accepted, on main."""

        def step() -> Push:
            ref = self.maker.free_lane_ref(lane, "")
            tip = self.refs.get(ref, self.refs["refs/heads/main"])
            files = self.world.files(tip)
            old = self.world.git.object(files[path].id)[1] if path in files else b""
            edits = {path: old + self.author.editor.text()}
            commit = self.author.commit(self.world.edit(files, edits), [tip], self.author.message(lane))
            return self.maker.push_by_able("work under lock", self.maker.update(ref, commit), lane=lane)

        return step

    def at(self) -> int:
        """When the next record is written."""
        earlier = self.records
        last = seconds_of(earlier[-1]["at"]) + self.rng.choice([0, 2, 2, 3]) if earlier else 0
        return max(last, int(time.time()) - BACK)

    def push(self, note: str, record: Table, *, key: str | None = None, **oddity: Any) -> Push:
        """A push of one record, or of two where the second is a heartbeat. key, oddity: see Scribe.write."""
        tip = self.refs.get(LOCKS)
        whole = {
            **record,
            "number": record["number"] or len(self.records) + 1,
            "policy": record["policy"] or self.desk.policy_id(),
            "at": record["at"] or instant(self.at()),
        }
        signs = key if key is not None else self.desk.key_of(record["writer"])
        new = self.scribe.write(whole, tip, signs, **oddity)
        if record["kind"] == "acquire" and not oddity and self.rng.random() < 0.1:
            more = {**lock_record("heartbeat", lock=record["lock"], writer=record["writer"]), "fence": whole["number"]}
            later = {"at": whole["at"], "number": whole["number"] + 1, "policy": whole["policy"]}
            new = self.scribe.write({**more, **later}, new, signs)
        return self.maker.push_by_able(note, Update(LOCKS, tip, new))

    def _owner(self, lane: str) -> str | None:
        return self.desk.somebody(self.policy.lanes.get(lane, {}).get("owners", []), set())

    def acquire(self, lane: str, scope: list[str], seconds: int = 14_400) -> Table:
        number = len(self.records) + 1
        name = f"{lane}-{number}" if self.rng.random() < 0.95 else f"{lane}-{max(1, number - 1)}"
        values: Table = {"lock": name, "lane": lane, "scope": scope, "seconds": seconds, "writer": self._owner(lane)}
        return lock_record("acquire", **values, objective=self.rng.choice(["Größe 50%", "work"]))

    def _move(self, kind: str, lane: str | None = None) -> Push | None:
        """A heartbeat, release or reclaim of some lock, the newest more often; a few by who may not, or of old."""
        locks, rng = locks_after(self.records), self.rng
        if not locks:
            return None
        newest = max(locks, key=lambda name: locks[name]["fence"])
        name = newest if rng.random() < 0.6 else rng.choice(sorted(locks))
        lock = locks[name]
        values: Table = {"lock": name, "fence": lock["fence"], "writer": self._owner(lane or lock["lane"])}
        if kind == "reclaim":
            values |= {"lane": lane or self._lane(), "note": "gone since noon", "override": rng.random() < 0.25}
            values["writer"] = self._owner(values["lane"])
            if values["override"] and rng.random() < 0.7:
                values["writer"] = self.desk.somebody(["maintainer", "orchestrator"], set())
        elif kind == "release" and rng.random() < 0.2:
            values |= {"writer": self.desk.somebody(["maintainer"], set()), "note": rng.choice([None, "on leave"])}
        if rng.random() < 0.12:
            values |= rng.choice([{"fence": lock["fence"] - 1}, {"note": None}, {"note": " "}, {"lock": "ghost"}])
        if rng.random() < 0.06 and self.policy.identity != "none":
            values["writer"] = rng.choice(["ana", "bob", "cy", "dee"])
        return self.push(kind, lock_record(kind, **values))

    def doubtful(self) -> Push:
        """A record with one thing wrong: what it says, who signs it, where it stands or what stands beside it."""
        rng, lane = self.rng, self._lane()
        record, oddity = self.acquire(lane, self._scope(lane)), dict[str, Any]()
        kind = rng.choice([*WRONG_VALUES, *WRONG_FILES, "writer", "signer", "purpose", "parents", "time", "time"])
        if kind in WRONG_VALUES:
            record |= WRONG_VALUES[kind]
        elif kind in WRONG_FILES:
            oddity["spoil"] = WRONG_FILES[kind]
        elif kind == "writer" and self.policy.identity != "none":
            record["writer"] = rng.choice(["ana", "bob", "cy", "dee", "server:main"])
        elif kind == "signer":
            oddity["key"] = rng.choice(["ana", "bob", "mallory", ""])
        elif kind == "purpose":
            oddity["namespace"] = b"file"
        elif kind == "parents":
            chain = self.world.git.first_parent_chain(self.refs[LOCKS]) if LOCKS in self.refs else []
            oddity["parents"] = rng.choice([[], chain[1:2], [*chain[:1], self.refs["refs/heads/main"]]])
        elif kind == "time":
            record["at"] = instant(int(time.time()) + rng.choice([-400, 400, -100_000]))
            if self.records and rng.random() < 0.5:
                record["at"] = instant(seconds_of(self.records[-1]["at"]) - 5)
        return self.push(f"doubtful lock, {kind}", record, **oddity)


WRONG_VALUES: dict[str, Table] = {
    "no lane": {"lane": "ghost"},
    "id": {"lock": "../x"},
    "long id": {"lock": "x" * 101},
    "seconds": {"seconds": 0},
    "week": {"seconds": 604_801},
    "nothing": {"scope": ["!/src/"]},
    "no scope": {"scope": []},
    "bare": {"scope": ["tests"]},
    "twice": {"scope": ["/src/", "/src/"]},
    "nowhere": {"scope": ["/nowhere/at/all"]},
    "blank": {"objective": "  "},
    "number": {"number": 99},
    "policy": {"policy": "1" * 40},
    "format": {"format": 2},
    "key": {"other": 1},
    "kind": {"kind": "verdict"},
    "day": {"at": "2026-02-30T00:00:00Z"},
    "form": {"at": "2026-11-21 18:00:00"},
}


def _longer(files: Contents) -> None:
    files[STATE] = files.get(STATE, b"").replace(b"expires=1", b"expires=2")


WRONG_FILES: dict[str, Callable[[Contents], None]] = {
    "longer lease": _longer,
    "no locks": lambda files: files.__delitem__(STATE),
    "other file": lambda files: files.update({b"report": b"x"}),
    **{name: WRONG_RECORDS[name] for name in ("respelt", "doubled key", "no record", "not JSON")},
}
