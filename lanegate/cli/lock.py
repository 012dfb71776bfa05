"""`lanegate lock acquire|heartbeat|release|reclaim|list|log|verify`: who may work on a scope now (R-B03, R-B04, R-D04).

Exit: 0 held (or given back), 1 refused, 2 usage, 3 could not decide: a lock that is not on the server is held by
nobody.
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from lanegate.cli import lock_log, log_verify
from lanegate.cli.duration import lease_meant, seconds_meant
from lanegate.cli.formats import TEXT, add_text_or_json, answer

if TYPE_CHECKING:
    from lanegate.core.locks import Lock
    from lanegate.usecases.clone import Clone
    from lanegate.usecases.lock_plans import Wanted
    from lanegate.usecases.lock_rounds import Done

#: A lease, unless another is asked for: twice what the runbook gives between two heartbeats (R-D12).
LEASE = "4h"


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of `lanegate lock`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    acquire = actions.add_parser("acquire", help="take a lock on a scope", allow_abbrev=False)
    acquire.add_argument("scope", nargs="+", metavar="PATTERN", help="as in the policy; `!` takes away, the last wins")
    acquire.add_argument("--id", metavar="LOCK", help="what to call the lock (default: the lane and a number)")
    acquire.add_argument("--objective", metavar="TEXT", help="what for (default: the lane's objective)")
    acquire.add_argument("--wait", type=seconds_meant, default=0, metavar="TIME", help="until nobody is in the way")
    heartbeat = actions.add_parser("heartbeat", help="let the lease run from now again", allow_abbrev=False)
    heartbeat.add_argument("locks", nargs="*", metavar="LOCK", help="default: all locks of the lane")
    release = actions.add_parser("release", help="give locks back", allow_abbrev=False)
    release.add_argument("locks", nargs="*", metavar="LOCK", help="default: all locks of the lane")
    reclaim = actions.add_parser("reclaim", help="take over a lock whose lease ran out", allow_abbrev=False)
    reclaim.add_argument("locks", nargs=1, metavar="LOCK", help="its name, as `lanegate lock list` has it")
    reclaim.add_argument("--objective", metavar="TEXT", help="what for (default: the lane's objective)")
    what = "though it is alive: by the lead (roles orchestrator and maintainer), recorded"
    reclaim.add_argument("--override", action="store_true", help=what)
    for one in (acquire, heartbeat, reclaim):
        one.add_argument("--ttl", type=lease_meant, default=LEASE, metavar="TIME", help=f"the lease ({LEASE})")
    for one in (acquire, heartbeat, release, reclaim):
        note = "why; kept in the record" if one is not heartbeat else "status; kept in the record"
        one.add_argument("--note", metavar="TEXT", required=one is reclaim, help=note)
        one.add_argument("--lane", metavar="ID", help="default: the lane of this worktree")
        add_text_or_json(one)
    listed = actions.add_parser("list", help="who holds what", allow_abbrev=False)
    listed.add_argument("--fetch", action="store_true", help="ask the server first")
    add_text_or_json(listed)
    lock_log.add_arguments(actions.add_parser("log", help="what happened to locks, and metrics", allow_abbrev=False))
    verify = actions.add_parser("verify", help="verify every record from the first on", allow_abbrev=False)
    log_verify.add_arguments(verify, "registry")


def run(args: Namespace) -> int:
    """The exit status, as above."""
    from lanegate.cli.recording import in_clone

    actions = {"list": _list, "log": lock_log.show_log, "verify": _verify}
    return in_clone("lock", args.format, lambda clone: actions.get(args.action, _change)(clone, args))


def _verify(clone: Clone, args: Namespace) -> int:
    from lanegate.usecases.locks_check import check_locks

    return log_verify.verify(
        clone, args, check_locks, "this clone has no lock registry yet: lanegate lock list --fetch"
    )


def _say(text: str) -> None:
    sys.stderr.write(f"lanegate: {text}\n")
    sys.stderr.flush()


def _change(clone: Clone, args: Namespace) -> int:
    from lanegate.usecases import locks

    wanted = _wanted(clone, args)
    if args.action == "acquire":
        done = locks.acquire(clone, wanted, args.wait, _say)
    else:
        act = {"heartbeat": locks.heartbeat, "release": locks.release, "reclaim": locks.reclaim}[args.action]
        done = act(clone, wanted, _say)
    return _tell(args, done, wanted.lane.id)


def _wanted(clone: Clone, args: Namespace) -> Wanted:
    from lanegate.usecases.lock_plans import Wanted
    from lanegate.usecases.locks import lane_meant, name_meant, scope_meant

    lane = lane_meant(clone, args.lane)
    if args.action == "acquire":
        own = tuple([name_meant(name) for name in (args.id,) if name is not None])
        return Wanted(lane, own, scope_meant(tuple(args.scope)), args.ttl, args.objective, args.note)
    names = tuple(dict.fromkeys(map(name_meant, args.locks)))
    if args.action == "reclaim":
        return Wanted(lane, names, (), args.ttl, args.objective, args.note, args.override)
    return Wanted(lane, names, (), getattr(args, "ttl", 0), None, args.note)


def _tell(args: Namespace, done: Done, lane: str) -> int:
    """Say what was done; the exit status."""
    from lanegate.core.decision import EXIT, Decision, decide

    decision = decide(done.refused)
    if args.format == "json":
        from lanegate.render.locks import changed_json

        more = {"advisory": done.advisory}
        sys.stdout.write(changed_json(decision, done.locks, done.now, done.recorded, done.refused, **more))
        return EXIT[decision]
    from lanegate.render.plain import one_line

    lines = [_line(args.action, lock, done) for lock in done.locks]
    lines += [f"{name}: given back already" for name in done.gone]
    if not lines and not done.refused:
        lines = [f"lane {lane} holds no lock: nothing to do"]
    sys.stdout.write("".join(f"{one_line(line)}\n" for line in lines))
    if done.refused:
        answer(Decision(decision, done.refused), TEXT, 0, text_to=sys.stderr)
    if done.advisory:
        _say("advisory: no hook of the server judges this registry; CI tells afterwards who broke a lock")
    return EXIT[decision]


def _line(action: str, lock: Lock, done: Done) -> str:
    from lanegate.core.instant import instant_of
    from lanegate.render.lock_log import span

    if action == "release":
        return f"{lock.id}: given back"
    word = {"acquire": "locked", "heartbeat": "renewed", "reclaim": "taken over"}[action]
    if action != "heartbeat" and lock.fence not in done.recorded:
        word = f"held already by lane {lock.lane}"
    until = f"until {instant_of(lock.expires)} ({span(max(0, lock.expires - done.now))})"
    return f"{lock.id}: {word}, {' '.join(lock.scope)}, {until}, fence {lock.fence}"


def _list(clone: Clone, args: Namespace) -> int:
    from lanegate.core.instant import instant_of
    from lanegate.render.lock_log import span
    from lanegate.render.locks import locks_json, locks_table
    from lanegate.usecases.locks import listed

    found = listed(clone, _say, fetch=args.fetch)
    locks, now = found.held.locks, found.held.now
    if args.format == "json":
        when = instant_of(found.fetched) if found.fetched is not None else None
        sys.stdout.write(locks_json(locks, now, fetched=when, advisory=found.advisory))
        return 0
    sys.stdout.write(locks_table(locks, now))
    if found.never:
        _say("the server was never asked for its locks: lanegate lock list --fetch")
    elif found.fetched is not None and not args.fetch:
        age = span(max(0, int(time.time()) - found.fetched))
        _say(f"as the server told {age} ago; ask again: lanegate lock list --fetch")
    return 0
