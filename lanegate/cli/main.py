"""The command `lanegate`: which command it is, and what its outcome means to a shell.

Each command is a module of this package with `add_arguments(parser)` and `run(args) -> int`, imported only when it is
called for. Exit (design section 7): 0 allowed, 1 refused, 2 usage, 3 could not decide; 130 after Ctrl-C and 141 when
nobody reads the output any more, as shells have it. Results go to standard output, all else to standard error. Nothing
that goes wrong shows a traceback, unless LANEGATE_TRACEBACK is set.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import lanegate

TYPE_CHECKING = False  # typing itself costs more than this module
if TYPE_CHECKING:
    from argparse import ArgumentParser
    from typing import Any, TextIO

EXIT_USAGE = 2
EXIT_UNDECIDED = 3
EXIT_INTERRUPTED = 130  # 128 + SIGINT
EXIT_BROKEN_PIPE = 141  # 128 + SIGPIPE

#: Name of each command (its module in this package) and what it does, in one line.
COMMANDS = {
    "accept": "record that commits are accepted for a ref",
    "agent-hook": "answer an agent's editor: may this tool write that file",
    "agents-md": "write what AGENTS.md states of the lanes, or check it before they start",
    "check": "judge what is staged now, as the pre-commit hook would",
    "completion": "print a script that lets bash, zsh or fish complete commands and options",
    "doctor": "which layers of protection are live here",
    "explain": "which lane may do what with a path, or whether a commit may land, and why",
    "gate": "run the policy's gates on a commit, and report on them",
    "hotspots": "rank files by size, changes and lanes, and propose zones",
    "init": "propose lanes and write a first policy",
    "install": "put the hooks into a clone or a server repository",
    "lane": "say which lane this worktree works in",
    "ledger": "read, verify and sync the records of verdicts",
    "lock": "take, keep and give back locks on high-risk paths, and see who holds which",
    "policy": "check, show and edit the policy file",
    "reconcile": "record that assumptions of a lane hold",
    "reject": "record that commits are rejected from a ref",
    "rollback": "commit the exact inverse of a commit",
    "rule": "what a code such as LG101 means, and what to do",
    "simulate": "what a policy would have refused of the history, and what would let it through",
    "verify": "judge every commit of a range again (the job for CI)",
    "withdraw": "record that your own verdicts on commits no longer count",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (without the program's name); the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _accept_any_text()
    try:
        status = _dispatch(arguments)
        sys.stdout.flush()
    except SystemExit as leaving:  # argparse: 2 for a wrong command line, 0 after --help
        return leaving.code if isinstance(leaving.code, int) else EXIT_USAGE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        _forget_output()
        return EXIT_BROKEN_PIPE
    except Exception as error:
        return _undecided(error)
    return status


def _dispatch(arguments: list[str]) -> int:
    name = arguments[0] if arguments else ""
    if name in COMMANDS:
        return _run(name, arguments[1:])
    if name in ("-h", "--help"):
        sys.stdout.write(_help(sys.stdout))
        return 0
    if name == "--version":
        sys.stdout.write(f"lanegate {lanegate.__version__}\n")
        return 0
    if not name:
        sys.stderr.write(_help(sys.stderr))
        return EXIT_USAGE
    from difflib import get_close_matches

    near = get_close_matches(name[:64], COMMANDS, 1)
    hint = f"did you mean `lanegate {near[0]}`?" if near else f"commands: {', '.join(COMMANDS)}"
    sys.stderr.write(f"lanegate: there is no command {name[:64]!a}; {hint}\n")
    return EXIT_USAGE


def parser_of(name: str) -> ArgumentParser:
    """The parser of a command's arguments."""
    from argparse import ArgumentParser

    parser: ArgumentParser = ArgumentParser(f"lanegate {name}", description=COMMANDS[name], allow_abbrev=False)
    _module(name).add_arguments(parser)
    return parser


def _run(name: str, arguments: list[str]) -> int:
    status: int = _module(name).run(parser_of(name).parse_args(arguments))
    return status


def _module(name: str) -> Any:
    from importlib import import_module

    return import_module(f"lanegate.cli.{name.replace('-', '_')}")


def _help(stream: TextIO) -> str:
    """The commands, for the terminal that the stream leads to."""
    import os

    from lanegate.render.terminal import behind, terminal_of

    terminal = terminal_of(stream, os.environ)
    width = max(map(len, COMMANDS))
    lines = [
        *("usage: lanegate COMMAND …", ""),
        *behind("", "Path ownership for parallel lanes, enforced at commit, at push and in CI.", terminal),
        "",
        *(line for name, what in COMMANDS.items() for line in behind(f"  {name.ljust(width)}  ", what, terminal)),
        "",
        *behind("", "`lanegate COMMAND --help` says more. `lanegate --version` prints the version.", terminal),
    ]
    return "\n".join(lines) + "\n"


def _accept_any_text() -> None:
    """What the terminal's encoding lacks of a path or message is shown escaped rather than failing, as JSON has it."""
    from codecs import register_error

    register_error("lanegate.escaped", _escaped)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="lanegate.escaped")


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """The letters that cannot be encoded, each as `\\u` and four hex digits; where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2)), error.end


def _forget_output() -> None:
    """So that Python does not complain again when it closes standard output (Python's signal documentation)."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _undecided(error: Exception) -> int:
    import os

    if os.environ.get("LANEGATE_TRACEBACK"):
        import traceback

        traceback.print_exc()
    from lanegate.render.plain import one_line
    from lanegate.usecases.undecided import undecided

    violation = undecided(error).violations[0]
    hint = f" ({violation.hint})" if violation.hint else ""
    sys.stderr.write(f"lanegate: {violation.code} {one_line(violation.message)}{hint}\n")
    return EXIT_UNDECIDED
