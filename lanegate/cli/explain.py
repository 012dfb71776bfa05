"""`lanegate explain PATH…`: which lane may do what with a path, and which line of the policy says so (R-F06).

`lanegate explain --commit COMMIT`: what decides whether a commit may land on a ref. `explain COMMIT` does the same for
a commit by its id, of seven digits or more, or from `HEAD`, where no file has that name.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from typing import TYPE_CHECKING

from lanegate.cli.formats import add_text_or_json, answer
from lanegate.cli.pinned import UsageError, pinned_policy
from lanegate.core.decision import EXIT_USAGE
from lanegate.core.policy import HIGH_RISK

if TYPE_CHECKING:
    from lanegate.core.policy import Policy
    from lanegate.usecases.clone import Clone
    from lanegate.usecases.locks_known import LocksHere

HELP = "which lane may do what with a path, or whether a commit may land, and why"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `lanegate explain`."""
    parser.add_argument("paths", nargs="*", metavar="PATH", help="a path, from the current folder on; or one commit")
    parser.add_argument("--commit", metavar="COMMIT", help="instead of paths: whether and why this commit may land")
    parser.add_argument("--ref", action="append", default=[], metavar="REF", help="with --commit: on this ref")
    parser.add_argument("--lane", action="append", default=[], metavar="ID", help="only this lane (may be repeated)")
    parser.add_argument("--policy", metavar="FILE", help="this policy file instead of the trusted one")
    add_text_or_json(parser)


def run(args: argparse.Namespace) -> int:
    """Explain and exit 0; 2 for an unknown lane or file, 3 where no policy can be read."""
    from lanegate.core.explain import explain
    from lanegate.usecases.undecided import undecided

    started = time.monotonic()
    if not args.commit and len(args.paths) == 1 and _is_commit(args.paths[0]):
        args.commit, args.paths = args.paths[0], []
    if bool(args.commit) == bool(args.paths) or (args.ref and not args.commit):
        sys.stderr.write("lanegate explain: name paths, or a commit with --commit (and --ref)\n")
        return EXIT_USAGE
    if args.commit:
        return _commit(args)
    try:
        policy, policy_path, locks = (pinned_policy(args.policy), args.policy, None) if args.policy else _trusted()
        held = locks.held() if locks is not None and policy.asks_locks else None
    except UsageError as error:
        sys.stderr.write(f"lanegate explain: {error}\n")
        return EXIT_USAGE
    except Exception as error:
        from lanegate.usecases.clone import StoppedError

        decision = error.decision if isinstance(error, StoppedError) else undecided(error)
        return answer(decision, args.format, started, text_to=sys.stderr)
    unknown = [lane for lane in args.lane if lane not in policy.lanes]
    if unknown:
        sys.stderr.write(f"lanegate explain: unknown lane {unknown[0]}; lanes: {', '.join(policy.lanes) or 'none'}\n")
        return EXIT_USAGE
    try:
        paths = [_from_root(path) for path in args.paths]
    except UsageError as error:
        sys.stderr.write(f"lanegate explain: {error}\n")
        return EXIT_USAGE
    found = explain(policy, policy_path, paths, args.lane, held)
    if args.format == "json":
        from lanegate.render.explain import explain_json

        sys.stdout.write(explain_json(policy, found))
    else:
        from lanegate.render.explain import explain_text

        sys.stdout.write(explain_text(policy, policy_path, found))
        if locks is not None and any(one.zone is not None and one.zone.zone.mode == HIGH_RISK for one in found):
            sys.stderr.write(f"lanegate explain: {locks.freshness}\n")
    return 0


def _is_commit(name: str) -> bool:
    """Whether a lone argument is meant for a commit: it looks like one, names one, and names no file."""
    is_id = 7 <= len(name) <= 64 and not name.strip("0123456789abcdef")
    if not (is_id or name == "HEAD" or name.startswith(("HEAD~", "HEAD^"))) or os.path.lexists(name):
        return False
    from lanegate.git.run import GitError
    from lanegate.git.worktree import find

    try:
        return find().commit(name) is not None
    except GitError:
        return False


def _commit(args: argparse.Namespace) -> int:
    from lanegate.cli.recording import in_clone

    if args.lane or args.policy:
        sys.stderr.write("lanegate explain: --lane and --policy are about paths\n")
        return EXIT_USAGE
    return in_clone("explain", args.format, lambda clone: _landings(clone, args))


def _landings(clone: Clone, args: argparse.Namespace) -> int:
    from lanegate.usecases.explain_commit import explain_on_refs

    found = explain_on_refs(clone, args.commit, args.ref)
    if args.format == "json":
        from lanegate.render.explain import landings_json

        sys.stdout.write(landings_json([one._asdict() for one in found]))
        return 0
    from lanegate.render.explain import landing_text

    for one in found:
        title = (one.ref, one.commit, one.subject)
        sys.stdout.write(landing_text(clone.policy_path, title, one.aspects, one.refused, one.notes))
    return 0


def _from_root(path: str) -> bytes:
    """A path as git names it: relative ones start at the current folder, as in git itself. Raises UsageError."""
    from lanegate.git.run import GitError
    from lanegate.git.worktree import find

    try:
        top = find().top
    except GitError:  # --policy works anywhere
        top = None
    top = top or os.getcwd()
    inside = os.path.relpath(os.path.join(os.path.realpath(os.getcwd()), path), os.path.realpath(top))
    if inside == ".." or inside.startswith("../"):
        raise UsageError(f"{path} is outside the repository at {top}")
    return os.fsencode(inside)


def _trusted() -> tuple[Policy, str, LocksHere | None]:
    """The policy, where it stands, and the locks as they are known here."""
    from lanegate.git.worktree import find
    from lanegate.usecases.clone import StoppedError, open_clone
    from lanegate.usecases.locks_known import LocksHere
    from lanegate.usecases.undecided import stopped

    clone = open_clone(find())
    if clone is None:
        hint = "put one on the trusted ref (lanegate init proposes one), or name a file with --policy"
        raise StoppedError(stopped("LG901", "this repository has no policy", hint))
    return clone.policy, clone.policy_path, LocksHere(clone.worktree, time.time())
