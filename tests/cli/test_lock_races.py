"""Lock commands that run into each other, are killed, or lose the server between push and answer.

`LANEGATE_EXAMPLES` times as often in a soak: 63 make a thousand acquisitions. Whether two ever held the same path is
found twice: by the exact overlap, over the server's records in order, and by what the holders themselves saw.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import pytest

from lanegate.core.lock_record import Acquire
from lanegate.core.locks import Held, Lock, after, time_of
from lanegate.core.overlap import scopes_overlap
from lanegate.core.record import Record, read_record
from lanegate.core.refs import LOCKS_REF
from tests.attack_support import Arena, arena
from tests.support import REFS, Bare, Clone, Ran, lanegate, make_clone, policy, run

TIMES = int(os.environ.get("LANEGATE_EXAMPLES", "1"))
#: The processes of the race, each for a lane of its own, and the clones that their worktrees belong to.
LANES, CLONES = (16, 4) if TIMES > 1 else (6, 2)
KILLED = 137  # what a shell makes of signal 9
#: Some meet, some do not; nobody is alone.
SCOPES = (("/hot/a*.py",), ("/hot/*b.py",), ("/hot/", "!/hot/x/"), ("/hot/x/",), ("/hot/x/**/c?.py",), ("**/c1.py",))
PUSHED = '#!/bin/sh\n[ "$1" = committed ] && [ -e cut ] || exit 0\nrm cut\n{then}\nkill -9 "$PPID"\n'


def many_lanes() -> str:
    """A policy whose lanes all may change what lies below /hot/."""
    heads = [f'[lanes.l{n}]\nkind = "implementation"\nstate = "active"\nowners = ["ana"]\n' for n in range(LANES)]
    lanes = [f'{head}owned_paths = ["/own/{n}/"]\nmodify_paths = ["/hot/"]\n' for n, head in enumerate(heads)]
    lead = '[lanes.core]\nkind = "orchestration"\nowners = ["ana"]\nowned_paths = ["/src/", "/policy/"]\n'
    text = policy(people="", refs=REFS, lanes="\n" + "".join([lead, *lanes]))
    return text.replace("max_active_lanes = 8", f"max_active_lanes = {LANES + 1}")


@pytest.fixture
def at(tmp_path: Path) -> Arena:
    return arena(tmp_path, many_lanes())


def lock(clone: Clone, *args: str) -> Ran:
    return lanegate("lock", *args, cwd=clone.path)


def records(repo: Bare) -> list[Record]:
    """Every record of the registry, oldest first."""
    if repo.tip(LOCKS_REF) is None:
        return []
    commits = repo.out("rev-list", "--first-parent", "--reverse", LOCKS_REF).split()
    return [read_record(repo.git("cat-file", "blob", f"{commit}:record").out.encode()) for commit in commits]


def replayed(repo: Bare) -> tuple[Lock, ...]:
    """The locks that the registry's records leave; at no time did two lanes hold a common path."""
    locks: tuple[Lock, ...] = ()
    for number, record in enumerate(records(repo), 1):
        assert record.number == number
        locks = after(locks, record)
        for one, other in combinations(Held(locks, time_of(record)).live, 2):
            assert one.lane == other.lane or scopes_overlap(one.scope, other.scope) is None, (one, other)
    return locks


class Span(NamedTuple):
    """How long a process knew that its lane held a scope."""

    lane: str
    scope: tuple[str, ...]
    start: float
    end: float


def patient(clone: Clone, *args: str) -> None:
    """`lanegate lock ARGS`, which goes through within an hour: nobody keeps a place for who waits."""
    argv = [sys.executable, "-m", "lanegate", "lock", *args]
    done = subprocess.run(argv, cwd=clone.path, capture_output=True, text=True, timeout=3600, check=False)
    assert done.returncode == 0, done.stderr + done.stdout


def test_processes_race(at: Arena, tmp_path: Path) -> None:
    """In worktrees of several clones."""
    trees: list[Clone] = []
    for number in range(LANES):
        if number < CLONES:
            trees.append(make_clone(at.server, tmp_path / f"clone{number}"))
        else:
            trees.append(Clone(tmp_path / f"tree{number}"))
            trees[number % CLONES].git("worktree", "add", "-q", "--detach", str(trees[number].path))
    luck = random.Random(os.environ.get("LANEGATE_SEED", "1"))
    scopes = [[luck.choice(SCOPES) for _ in range(TIMES)] for _ in range(LANES)]

    def work(number: int) -> list[Span]:
        lane, spans = f"l{number}", []
        for scope in scopes[number]:
            patient(trees[number], "acquire", *scope, "--lane", lane, "--wait", "1h")
            start = time.monotonic()
            time.sleep(luck.uniform(0, 0.2))
            end = time.monotonic()
            patient(trees[number], "release", "--lane", lane)
            spans.append(Span(lane, scope, start, end))
        return spans

    with ThreadPoolExecutor(LANES) as pool:
        spans = [span for several in pool.map(work, range(LANES)) for span in several]
    assert replayed(at.server) == ()
    kinds = [record.kind for record in records(at.server)]
    assert kinds.count("acquire") == kinds.count("release") == len(spans) == LANES * TIMES
    for one, other in combinations(spans, 2):
        if one.start < other.end and other.start < one.end and one.lane != other.lane:
            assert scopes_overlap(one.scope, other.scope) is None, (one, other)
    at.sound()


def killed(seconds: float, clone: Clone, *args: str) -> Ran:
    """`lanegate lock ARGS`, killed with all its children after so many seconds unless it is done by then."""
    argv = ["timeout", "-s", "KILL", f"{seconds:.3f}", sys.executable, "-m", "lanegate", "lock", *args]
    return run(argv, cwd=clone.path)


def test_killed_at_any_moment(at: Arena) -> None:
    """The same command again completes it: one lock, never two, and given back once."""
    luck = random.Random(os.environ.get("LANEGATE_SEED", "1"))
    started = time.monotonic()
    assert lock(at.clone, "acquire", "/hot/", "--lane", "l0").ok
    whole = time.monotonic() - started
    assert lock(at.clone, "release", "--lane", "l0").ok
    for turn in range(2 * TIMES):
        for args in (
            ("acquire", "/hot/a*.py", "--lane", "l1"),
            ("heartbeat", "--lane", "l1"),
            ("release", "--lane", "l1"),
        ):
            ran = killed(luck.uniform(0.05, 1.2 * whole), at.clone, *args)
            assert ran.code in (0, KILLED, -9), ran.both
            at.sound()
            at.clone.git("fsck", "--strict", "--no-dangling")
            again = lock(at.clone, *args)
            assert again.ok, again.both
            left = [(one.lane, one.scope) for one in replayed(at.server)]
            assert left == ([] if args[0] == "release" else [("l1", ("/hot/a*.py",))])
        taken = [record for record in records(at.server) if isinstance(record.body, Acquire)]
        assert len(taken) == turn + 2


def cut(server: Bare, then: str = ":") -> None:
    """Let the next push be taken, and the connection break off before the server says so."""
    hook = server.path / "hooks" / "reference-transaction"
    hook.write_text(PUSHED.format(then=then))
    hook.chmod(0o755)
    (server.path / "cut").touch()


def test_cut_off_between_push_and_answer(at: Arena) -> None:
    """The command looks again by itself, tells what it did, and does nothing twice."""
    for args, says in (
        (("acquire", "/hot/"), "l2-1: locked, /hot/"),
        (("heartbeat", "--ttl", "1s"), "l2-1: renewed"),
        (("reclaim", "l2-1", "--note", "late"), "l2-1: taken over"),
        (("release",), "l2-1: given back\n"),
    ):
        while args[0] == "reclaim" and not Held(replayed(at.server), int(time.time())).stale:
            time.sleep(0.2)
        cut(at.server)
        ran = lock(at.clone, *args, "--lane", "l2")
        assert not (at.server.path / "cut").exists()
        assert ran.ok, ran.both
        assert says in ran.out
        at.sound()
    assert [record.kind for record in records(at.server)] == ["acquire", "heartbeat", "reclaim", "release"]
    assert replayed(at.server) == ()


def test_cut_off_and_the_server_stays_away(at: Arena) -> None:
    away = at.server.path.with_suffix(".away")
    cut(at.server, f"mv {at.server.path} {away}")
    ran = lock(at.clone, "acquire", "/hot/", "--lane", "l3")
    assert ran.code == 3, ran.both
    assert "nobody here knows what the server did" in ran.err
    assert "give the same command again" in ran.err
    assert lock(at.clone, "acquire", "/hot/", "--lane", "l3").code == 3
    away.rename(at.server.path)
    other = make_clone(at.server, at.server.path.parent / "other")
    thief = lock(other, "acquire", "/hot/a.py", "--lane", "l4")
    assert thief.code == 1
    assert "LG402" in thief.err
    ran = lock(at.clone, "acquire", "/hot/", "--lane", "l3")
    assert ran.ok, ran.both
    assert "l3-1: held already by lane l3" in ran.out
    assert len(replayed(at.server)) == 1


def test_a_server_that_dies_at_every_push(at: Arena) -> None:
    hook = at.server.path / "hooks" / "pre-receive"
    ours = hook.rename(hook.with_suffix(".ours"))
    hook.write_text('#!/bin/sh\nkill -9 "$PPID"\n')
    hook.chmod(0o755)
    ran = lock(at.clone, "acquire", "/hot/", "--lane", "l5")
    assert ran.code == 3, ran.both
    assert "nobody here knows what the server did" in ran.err
    ours.rename(hook)
    assert records(at.server) == []
    assert "l5-1: locked" in lock(at.clone, "acquire", "/hot/", "--lane", "l5").out
