"""The commands with their arguments, as argparse has them, for whoever lists them (completion of a shell)."""

from __future__ import annotations

from argparse import Action, ArgumentParser, _SubParsersAction  # argparse has no other way to look into a parser
from collections.abc import Iterator

from lanegate.cli.main import COMMANDS, parser_of
from lanegate.render.completion import Argument, Command, Kind, Option

#: What a value is, by the name that the help gives it; any other one is a word that nobody can guess.
_KINDS = {
    "FILE": Kind.FILE,
    "DIR": Kind.FILE,
    "PATH": Kind.FILE,
    "COMMIT": Kind.REF,
    "RANGE": Kind.REF,
    "REF": Kind.REF,
}
_ROOT_OPTIONS = (Option(("-h", "--help"), "list the commands"), Option(("--version",), "print the version"))


def command_tree() -> tuple[Command, ...]:
    """Every command and command of a command, each before those below it; the first is lanegate itself."""
    root = Command((), _ROOT_OPTIONS, tuple(COMMANDS.items()))
    return (root, *(command for name in COMMANDS for command in _commands(parser_of(name), (name,))))


def _commands(parser: ArgumentParser, words: tuple[str, ...]) -> Iterator[Command]:
    below: dict[str, ArgumentParser] = {}
    about: dict[str, str] = {}
    options: list[Option] = []
    values: list[str] = []
    kinds: set[Kind] = set()
    arguments: list[Argument] = []
    for action in parser._actions:
        if isinstance(action, _SubParsersAction):
            below.update(action.choices)
            about.update({choice.dest: choice.help or "" for choice in action._choices_actions})
        elif action.option_strings:
            options.append(_option(action))
        else:
            values += _choices(action)
            kinds.add(_kind(action))
            arguments.append(_argument(action))
    commands = tuple((name, about.get(name, "")) for name in below)
    yield Command(words, tuple(options), commands, tuple(values), frozenset(kinds), tuple(arguments))
    for name, inner in below.items():
        yield from _commands(inner, (*words, name))


def _option(action: Action) -> Option:
    about = (action.help or "").replace("%%", "%")
    if action.nargs == 0:
        return Option(tuple(action.option_strings), about)
    names = (action.metavar,) if isinstance(action.metavar, str) else action.metavar or ()
    value = " ".join(names) + ("..." if action.nargs == "+" else "")
    return Option(tuple(action.option_strings), about, _choices(action), _kind(action), value)


def _argument(action: Action) -> Argument:
    name = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    shown = f"{name}..." if action.nargs in ("+", "*") else name
    about = (action.help or "").replace("%%", "%")
    return Argument(f"[{shown}]" if action.nargs in ("?", "*") else shown, about, tuple(map(str, action.choices or ())))


def _choices(action: Action) -> tuple[str, ...]:
    if action.metavar == "CODE":
        from lanegate.core.codes import CODES

        return tuple(CODES)
    return tuple(map(str, action.choices or ()))


def _kind(action: Action) -> Kind:
    metavar = action.metavar if isinstance(action.metavar, str) else ""
    return _KINDS.get(metavar.rpartition("|")[2], Kind.WORD)
