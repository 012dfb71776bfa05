"""`lanegate completion bash|zsh|fish`: a script that lets the shell complete commands, options and their values."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter

SHELLS = ("bash", "zsh", "fish")
HOW = """\
For one user, once:
  bash  lanegate completion bash > ~/.local/share/bash-completion/completions/lanegate
  zsh   lanegate completion zsh > a file _lanegate in a folder of $fpath
  fish  lanegate completion fish > ~/.config/fish/completions/lanegate.fish
For this shell only: eval "$(lanegate completion bash)"."""


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of `lanegate completion`."""
    parser.formatter_class = RawDescriptionHelpFormatter
    parser.epilog = HOW
    parser.add_argument("shell", choices=SHELLS, help="the shell that reads the script")


def run(args: Namespace) -> int:
    """Print the script; 0."""
    from lanegate.cli.command_tree import command_tree
    from lanegate.render.completion import bash_script, fish_script, zsh_script

    scripts = {"bash": bash_script, "zsh": zsh_script, "fish": fish_script}
    sys.stdout.write(scripts[args.shell](command_tree()))
    return 0
