"""`lanegate agent-hook`: tell an agent's editor whether a tool may write, or what to put into its configuration."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace

from lanegate.agent_tools import HOSTS


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of `lanegate agent-hook`."""
    parser.add_argument("--host", choices=HOSTS, required=True, help="the editor whose JSON comes on standard input")
    parser.add_argument("--config", action="store_true", help="print what to paste into the editor's configuration")


def run(args: Namespace) -> int:
    """0 where the tool may run; 2 where it may not, which is what editors take for that, and where nobody can say."""
    if args.config:
        from lanegate.usecases.agent_setup import FILES, configuration_for

        sys.stdout.write(configuration_for(args.host))
        sys.stderr.write(f"paste it into {FILES[args.host]}, then in each clone: lanegate install\n")
        return 0
    return answer(args.host, sys.stdin.buffer.read())


def answer(host: str, raw: bytes) -> int:
    """Answer one hook on standard output and standard error; the exit status."""
    from lanegate.usecases.agent_hook import answer_to

    out, err, status = answer_to(host, raw, os.environ)
    sys.stdout.write(out)
    sys.stderr.write(err)
    return status
