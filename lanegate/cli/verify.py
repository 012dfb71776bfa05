"""`lanegate verify [RANGE]`: judge history again, as the CI job does (R-F01)."""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from lanegate.cli.formats import add_format, answer
from lanegate.cli.pinned import UsageError, pinned_policy
from lanegate.core.decision import EXIT_USAGE

if TYPE_CHECKING:
    from concurrent.futures import Future

    from lanegate.core.decision import Decision
    from lanegate.git.history import History
    from lanegate.git.worktree import Worktree
    from lanegate.usecases.verify_ledger import LogWanted

HELP = "judge every commit of a range again (the job for CI)"

BASELINE_HELP = (
    "judge neither this commit nor what it reaches, such as a branch older than the policy (may be repeated)"
)
LEDGER_TIP_HELP = "a record that the ledger must hold: pinned in a CI job, no older or other ledger passes for this one"

LOCKS_TIP_HELP = "the same for the lock registry: a record that it must hold"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `lanegate verify`."""
    parser.add_argument("range", nargs="?", metavar="RANGE", help="BASELINE..TIP; TIP alone means all of its history")
    parser.add_argument("--policy", metavar="FILE", help="judge every commit by this policy file")
    parser.add_argument("--assume-lane", metavar="ID", help="take commits that carry no `Lane` as this lane's")
    parser.add_argument("--baseline", action="append", default=[], metavar="COMMIT", help=BASELINE_HELP)
    parser.add_argument("--ref", metavar="REF", help="the ref that it is the history of (default: the trusted one)")
    parser.add_argument("--ledger-tip", metavar="COMMIT", help=LEDGER_TIP_HELP)
    parser.add_argument("--locks-tip", metavar="COMMIT", help=LOCKS_TIP_HELP)
    parser.add_argument("--jobs", type=int, metavar="N", help="processes for long ranges (default: one a processor)")
    parser.add_argument("--repo", default=".", metavar="DIR", help="the repository (default: the one around here)")
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Verify and say so. Exit 0 allowed, 1 refused, 2 usage, 3 could not decide."""
    from lanegate.usecases.undecided import undecided

    started = time.monotonic()
    gc.disable()  # nothing here makes cycles, and looking for them costs a tenth of the time
    try:
        decision = _verify(args)
    except UsageError as error:
        sys.stderr.write(f"lanegate verify: {error}\n")
        return EXIT_USAGE
    except Exception as error:
        decision = undecided(error)
    return answer(decision, args.format, started)


def _verify(args: argparse.Namespace) -> Decision:
    from concurrent.futures import ThreadPoolExecutor

    from lanegate.git.history import read_history, steps_changing
    from lanegate.git.worktree import find
    from lanegate.usecases.undecided import UnsupportedRepositoryError

    worktree = find(args.repo)
    if os.path.exists(os.path.join(worktree.common_dir, "shallow")):
        what = "the clone is shallow, its history is cut off: fetch all of it (in a CI job: fetch-depth: 0)"
        raise UnsupportedRepositoryError(what)
    base_name, dots, tip_name = (args.range or "HEAD").rpartition("..")
    if base_name.endswith(".") or tip_name.startswith("."):
        raise UsageError(f"{args.range}: expected BASELINE..TIP with two dots")
    base = _commit(worktree, base_name or "HEAD") if dots else None
    tip = _commit(worktree, tip_name or "HEAD")
    baseline = [_commit(worktree, name) for name in args.baseline]
    if args.jobs is not None and args.jobs < 1:
        raise UsageError(f"--jobs {args.jobs}: expected 1 or more")
    with ThreadPoolExecutor(3) as aside:  # git lists a long history for a second: time to load all else
        history = aside.submit(read_history, worktree.git, base, tip, baseline)
        if args.policy is not None:
            return _judged(args, worktree, history)
        changes = aside.submit(steps_changing, worktree.git, base, tip, worktree.settings.policy_path)
        ids = aside.submit(_ledger_ids, worktree)
        return _judged(args, worktree, history, changes.result, ids.result)


def _ledger_ids(worktree: Worktree) -> list[str]:
    """The commits of this clone's ledger, before it is known whether anybody asks for them."""
    from lanegate.core.refs import LEDGER_REF
    from lanegate.git.history import chain_ids

    tip = worktree.commit(LEDGER_REF)
    return chain_ids(worktree.git, tip) if tip is not None else []


def _judged(
    args: argparse.Namespace,
    worktree: Worktree,
    history: Future[History],
    changes: Callable[[], list[str]] | None = None,
    ids: Callable[[], list[str]] | None = None,
) -> Decision:
    """changes, ids: as of VerifyOptions and LogWanted."""
    from lanegate.core.ownership import Ownership
    from lanegate.usecases.verify import VerifyOptions, verify
    from lanegate.usecases.verify_range import load_ahead

    policy = pinned_policy(args.policy) if args.policy is not None else None
    if args.assume_lane is not None and policy is not None and args.assume_lane not in policy.lanes:
        raise UsageError(f"--assume-lane {args.assume_lane}: lanes of the policy: {', '.join(policy.lanes) or 'none'}")
    branch = _branch(worktree)
    options = VerifyOptions(
        policy_path=worktree.settings.policy_path,
        pinned=policy,
        ownership=Ownership(policy) if policy is not None else None,
        pinned_path=args.policy,
        assume_lane=args.assume_lane,
        jobs=args.jobs or os.cpu_count() or 1,
        progress=_progress() if sys.stderr.isatty() else None,
        ref=branch if args.ref is None else _full(args.ref),
        trusted=None if args.ref is None or branch in (None, _full(args.ref)) else _trusted(worktree),
    )
    if not history.done():  # a long one
        load_ahead()
    made = history.result()
    ledger = _ledger(args, worktree, made, options.trusted)
    locks = _locks(args, worktree, ledger.trusted)
    ledger = ledger._replace(ids=ids)
    return verify(worktree.git, made, options._replace(ledger=ledger, locks=locks, changes=changes))


def _full(ref: str) -> str:
    return ref if ref.startswith("refs/") else f"refs/heads/{ref}"


def _trusted(worktree: Worktree) -> str | None:
    """The tip of the trusted ref as this clone knows it, None where it does not."""
    from lanegate.usecases.clone import trusted_candidates

    refs = trusted_candidates(worktree)
    return worktree.commit(refs[0]) if len(refs) == 1 else None


def _ledger(args: argparse.Namespace, worktree: Worktree, history: History, trusted: str | None) -> LogWanted:
    """Where acceptance is looked up. The policies that judge records are those of the trusted ref, or of its history
    that is verified where that is ahead of it. trusted: its tip, where another ref is verified."""
    from lanegate.git.reach import is_reachable
    from lanegate.usecases.ledger_check import held_tips
    from lanegate.usecases.ledger_here import seen_tip, tip_here
    from lanegate.usecases.verify_ledger import LogWanted

    pinned = _pinned(worktree, args.ledger_tip) if args.ledger_tip is not None else None
    if trusted is None:
        trusted = _trusted(worktree)
        if trusted is None or not is_reachable(worktree.git, history.tip, [trusted]):
            trusted = history.tip
    held = held_tips(seen_tip(worktree), pinned)
    tip = tip_here(worktree.git) or (worktree.commit(pinned) if pinned is not None else None)
    return LogWanted(tip, trusted, worktree.settings.policy_path, held)


def _locks(args: argparse.Namespace, worktree: Worktree, trusted: str) -> LogWanted:
    """The lock registry to look who held what up in. trusted: the tip of the policies that judge its records."""
    from lanegate.core.locks import LOCKS_REF
    from lanegate.usecases.ledger_check import held_tips
    from lanegate.usecases.locks_here import seen
    from lanegate.usecases.verify_ledger import LogWanted

    pinned = _pinned(worktree, args.locks_tip) if args.locks_tip is not None else None
    tip = worktree.commit(LOCKS_REF) or (worktree.commit(pinned) if pinned is not None else None)
    shown = seen(worktree)
    held = held_tips(shown.tip if shown is not None else None, pinned)
    return LogWanted(tip, trusted, worktree.settings.policy_path, held)


def _pinned(worktree: Worktree, name: str) -> str:
    """The record that is pinned; a full id also where this clone does not have it, since then its ledger is refused."""
    from lanegate.core.object_id import is_full_id

    return worktree.commit(name) or (name if is_full_id(name) else _commit(worktree, name))


def _commit(worktree: Worktree, name: str) -> str:
    commit = worktree.commit(name)
    if commit is None:
        raise UsageError(f"{name} names no commit here")
    return commit


def _branch(worktree: Worktree) -> str | None:
    """The trusted branch by its name on the server, None if this clone does not know it."""
    from lanegate.usecases.clone import remote_of, trusted_candidates

    candidates = trusted_candidates(worktree)
    if len(candidates) != 1:
        return worktree.symbolic("HEAD") if worktree.top is None else None
    return candidates[0].replace(f"refs/remotes/{remote_of(worktree)}/", "refs/heads/", 1)


def _progress() -> Callable[[int, int], None]:
    def show(done: int, total: int) -> None:
        end = "\n" if done == total else ""
        sys.stderr.write(f"\rlanegate verify: {done} of {total} commits{end}")
        sys.stderr.flush()

    return show
