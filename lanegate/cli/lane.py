"""`lanegate lane use ID`: say which lane this worktree works in."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of `lanegate lane`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    use = actions.add_parser("use", help="work in this lane from now on", allow_abbrev=False)
    which = use.add_mutually_exclusive_group(required=True)
    which.add_argument("id", nargs="?", metavar="ID", help="a lane of the policy")
    which.add_argument("--none", action="store_true", help="no lane of its own: the branch decides again")
    use.add_argument("--branch", action="store_true", help="also switch to the lane's branch, making it if need be")


def run(args: Namespace) -> int:
    """0; 2 for a lane that cannot be used; 3 where there is no policy."""
    from lanegate.cli.here import managed_clone
    from lanegate.core.decision import EXIT_USAGE
    from lanegate.usecases.lane_use import LaneUseError, clear_lane, use_lane

    clone = managed_clone()
    if isinstance(clone, int):
        return clone
    if args.none:
        former = clear_lane(clone.worktree)
        sys.stdout.write(f"this worktree has no lane of its own (before: {former or 'none'})\n")
        return 0
    try:
        used = use_lane(clone, args.id, with_branch=args.branch)
    except LaneUseError as error:
        sys.stderr.write(f"lanegate lane: {error}\n")
        return EXIT_USAGE
    sys.stdout.write(f"this worktree works in lane {used.lane.id} (before: {used.former or 'none'})\n")
    if used.branch is not None:
        sys.stdout.write(f"on branch {used.branch}{', made from HEAD' if used.created else ''}\n")
    for rule in used.lane.owned_paths:
        sys.stdout.write(f"  owns {rule.text}\n")
    return 0
