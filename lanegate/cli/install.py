"""`lanegate install`: put the hooks into this clone, or with --server the gate into a bare repository; --uninstall
undoes it."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from lanegate.cli.formats import TEXT, answer
from lanegate.usecases.platforms import OTHER_NAMES, PLATFORMS, called

if TYPE_CHECKING:
    from lanegate.usecases.install import Report

_SERVER_ONLY = ("platform", "identity_variable", "bootstrap_pusher", "baseline", "mode", "deadline")


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of `lanegate install`."""
    parser.add_argument("--uninstall", action="store_true", help="take everything back that install did")
    parser.add_argument("--force", action="store_true", help="even where core.hooksPath leads out of the repository")
    parser.add_argument("--trusted-ref", metavar="REF", help="the ref whose policy judges (full name)")
    parser.add_argument("--policy-path", metavar="PATH", help="the policy file in it (policy/lanegate.toml)")
    server = parser.add_argument_group("a server")
    server.add_argument("--server", metavar="DIR", help="a bare repository that people push to")
    platforms = (*PLATFORMS, *OTHER_NAMES)
    server.add_argument("--platform", choices=platforms, type=called, help="how pushes come (local, that is plain git)")
    server.add_argument("--identity-variable", metavar="NAME", help="the variable that names the pusher")
    server.add_argument("--bootstrap-pusher", metavar="NAME", help="who may push the first policy")
    server.add_argument(
        "--baseline", metavar="COMMIT", action="append", help="what this commit reaches is not judged (repeatable)"
    )
    server.add_argument("--mode", choices=("enforce", "audit"), help="audit: say it, let it through (enforce)")
    server.add_argument("--deadline", metavar="SECONDS", help="time for a decision (50; on ghes 4)")


def run(args: Namespace) -> int:
    """0; 2 when it cannot be done here or was asked for wrongly; 3 when git or the file system stopped it."""
    from lanegate.core.decision import EXIT_USAGE
    from lanegate.usecases.clone import StoppedError
    from lanegate.usecases.hook_files import HookFileError
    from lanegate.usecases.install import InstallError

    misplaced = [name for name in _SERVER_ONLY if getattr(args, name) is not None and args.server is None]
    if misplaced:
        sys.stderr.write(f"lanegate install: --{misplaced[0].replace('_', '-')} goes with --server DIR\n")
        return EXIT_USAGE
    try:
        report = _in_clone(args) if args.server is None else _on_server(args)
    except (InstallError, HookFileError) as error:
        sys.stderr.write(f"lanegate install: {error}\n")
        return EXIT_USAGE
    except StoppedError as error:
        return answer(error.decision, TEXT, 0, text_to=sys.stderr)
    if isinstance(report, int):
        return report
    sys.stdout.writelines(f"{line}\n" for line in report.lines)
    sys.stderr.writelines(f"note: {note}\n" for note in report.notes)
    return 0


def _in_clone(args: Namespace) -> Report | int:
    from lanegate.cli.here import worktree_here
    from lanegate.usecases.install import install, uninstall

    worktree = worktree_here()
    if isinstance(worktree, int):
        return worktree
    if args.uninstall:
        return uninstall(worktree)
    return install(worktree, trusted_ref=args.trusted_ref, policy_path=args.policy_path, force=args.force)


def _on_server(args: Namespace) -> Report:
    from lanegate.usecases.install_server import ServerOptions, install_server, uninstall_server

    directory = os.path.abspath(args.server)
    if args.uninstall:
        return uninstall_server(directory)
    options = ServerOptions(
        platform=args.platform,
        trusted_ref=args.trusted_ref,
        policy_path=args.policy_path,
        identity_variable=args.identity_variable,
        bootstrap_pusher=args.bootstrap_pusher,
        baseline=None if args.baseline is None else tuple(args.baseline),
        mode=args.mode,
        deadline=args.deadline,
    )
    return install_server(directory, options, force=args.force)
