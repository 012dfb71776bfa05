"""`lanegate doctor`: which layers of protection are live here; on a server also by a push that must be refused."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from lanegate.cli.formats import add_text_or_json

if TYPE_CHECKING:
    from lanegate.usecases.doctor import Layer

JSON_VERSION = 1


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of `lanegate doctor`."""
    parser.add_argument("--server", metavar="DIR", help="a bare repository (default: where you are)")
    parser.add_argument("--probe", action="store_true", help="on a server: try pushes on a throw-away copy of it")
    parser.add_argument(
        "--attack", action="store_true", help="try the published attacks on a throw-away copy; says what stopped each"
    )
    add_text_or_json(parser)


def run(args: Namespace) -> int:
    """0 when every layer is live (or stops its attacks), 1 when one is dead, 2 where there is nothing to look at."""
    from lanegate.core.decision import EXIT_USAGE
    from lanegate.usecases.doctor import examine_clone, is_all_live
    from lanegate.usecases.install import InstallError

    try:
        if args.attack:
            from lanegate.cli.attacks import attack_clone, attack_server

            if args.server is not None or _is_server():
                return attack_server(os.path.abspath(args.server or "."), args.format)
            return attack_clone(args.format)
        if args.server is not None or _is_server():
            from lanegate.usecases.doctor_server import examine_server
            from lanegate.usecases.install_server import open_server

            server = open_server(os.path.abspath(args.server or "."))
            layers = examine_server(server, with_probe=args.probe)
        else:
            from lanegate.cli.here import worktree_here

            worktree = worktree_here()
            if isinstance(worktree, int):
                return worktree
            if args.probe:
                sys.stderr.write("lanegate doctor: --probe is for a server; here: git commit, and see\n")
                return EXIT_USAGE
            layers = examine_clone(worktree, os.environ)
    except InstallError as error:
        sys.stderr.write(f"lanegate doctor: {error}\n")
        return EXIT_USAGE
    sys.stdout.write(_json(layers) if args.format == "json" else _text(layers))
    return 0 if is_all_live(layers) else 1


def _is_server() -> bool:
    """Whether the current folder is a bare repository itself."""
    return os.path.isfile("HEAD") and os.path.isdir("objects") and os.path.isfile("config")


def _text(layers: tuple[Layer, ...]) -> str:
    """A line for each layer; on a terminal in colour, and its message in the width. What to do stays in one piece."""
    from lanegate.render.plain import one_line
    from lanegate.render.terminal import GREEN, RED, YELLOW, behind, painted, terminal_of

    terminal = terminal_of(sys.stdout, os.environ)
    colours = {"live": GREEN, "dead": RED, "note": YELLOW}
    width = max(len(layer.name) for layer in layers)
    lines = []
    for layer in layers:
        first, *rest = behind(f"  {layer.name.ljust(width)}  ".rjust(width + 8), one_line(layer.message), terminal)
        lines += [painted(layer.state, colours[layer.state], terminal) + first[4:], *rest]
        if layer.hint is not None:
            lines.append(f"{' ' * (width + 8)}{one_line(layer.hint)}")
    return "\n".join(lines) + "\n"


def _json(layers: tuple[Layer, ...]) -> str:
    import json

    from lanegate.usecases.doctor import is_all_live

    value = {
        "version": JSON_VERSION,
        "live": is_all_live(layers),
        "layers": [layer._asdict() for layer in layers],
    }
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
