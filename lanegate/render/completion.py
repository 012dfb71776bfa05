"""Scripts that let a shell complete `lanegate` (bash 3.2 or later, zsh, fish), from the tree of its commands.

All three first find which command is being typed, by the words before; then what its last option wants, or what there
is to choose from. Nothing of a repository is ever evaluated: bash puts a completed word into the line as it is, so it
is offered only refs whose names mean nothing to shells (git allows `$(…)` in one); the others quote what they insert.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum

from lanegate.core.named_tuple import NamedTuple


class Kind(Enum):
    """What a value is: a file or folder, a ref or commit, or a word that nobody can guess."""

    FILE = "file"
    REF = "ref"
    WORD = "word"


class Option(NamedTuple):
    """An option. choices: all the values it may have. kind: of its value if there are none; None if it takes none.
    value: what the help calls its value, empty where choices say it."""

    flags: tuple[str, ...]
    about: str
    choices: tuple[str, ...] = ()
    kind: Kind | None = None
    value: str = ""


class Argument(NamedTuple):
    """An argument that is no option. shown: as in a usage line, `[FILE]` or `COMMIT...`. choices: as of an option."""

    shown: str
    about: str
    choices: tuple[str, ...] = ()


class Command(NamedTuple):
    """A command by its words: () is lanegate itself, ("policy", "check") one below another. commands: names and what
    they do. values, kinds: of its arguments that are no options, which are in `arguments`."""

    words: tuple[str, ...]
    options: tuple[Option, ...] = ()
    commands: tuple[tuple[str, str], ...] = ()
    values: tuple[str, ...] = ()
    kinds: frozenset[Kind] = frozenset()
    arguments: tuple[Argument, ...] = ()

    @property
    def at(self) -> str:
        """The words as the scripts put them together: each with a blank before it."""
        return "".join(f" {word}" for word in self.words)

    @property
    def flags(self) -> list[tuple[str, str]]:
        return [(flag, option.about) for option in self.options for flag in option.flags]

    @property
    def choices(self) -> list[tuple[str, str]]:
        return [*self.commands, *((value, "") for value in self.values)]


_BASH = """\
# Completion of lanegate for bash; made by: lanegate completion bash
_lanegate_offer() {{
    local typed=$1 word
    shift
    for word; do
        [[ $word == "$typed"* ]] && COMPREPLY+=("$word")
    done
}}
_lanegate_refs() {{
    local LC_ALL=C name
    while IFS= read -r name; do
        [[ $name == *[!A-Za-z0-9/._@-]* ]] || _lanegate_offer "$1" "$name"
    done < <(git for-each-ref --format='%(refname:short)' 2>/dev/null)
}}
_lanegate_files() {{
    compopt -o default 2>/dev/null
}}
_lanegate() {{
    local at= number typed=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}}
    COMPREPLY=()
    compopt +o default 2>/dev/null
    for ((number = 1; number < COMP_CWORD; number++)); do
        case "$at ${{COMP_WORDS[number]}}" in
            {commands}) at="$at ${{COMP_WORDS[number]}}" ;;
        esac
    done
    if [[ $typed == = ]]; then
        typed=
    elif [[ $before == = ]]; then
        before=${{COMP_WORDS[COMP_CWORD - 2]}}
    fi
    case "$at $before" in
{values}    esac
    case "$at" in
{places}    esac
}}
complete -o default -F _lanegate lanegate
"""

_ZSH = """\
#compdef lanegate
# Completion of lanegate for zsh; made by: lanegate completion zsh
_lanegate_refs() {{
    local -a names
    names=(${{(f)"$(git for-each-ref --format='%(refname:short)' 2>/dev/null)"}})
    compadd -a names
}}
_lanegate() {{
    local at='' number typed=$words[CURRENT] before=$words[CURRENT-1]
    local -a found
    for ((number = 2; number < CURRENT; number++)); do
        case "$at $words[number]" in
            ({commands}) at="$at $words[number]" ;;
        esac
    done
    if [[ $typed == --*=* ]]; then
        before=${{typed%%=*}}
        compset -P '*='
    fi
    case "$at $before" in
{values}    esac
    case "$at" in
{places}    esac
}}
if [[ $funcstack[1] == _lanegate ]]; then
    _lanegate "$@"
else
    compdef _lanegate lanegate
fi
"""

_FISH = """\
# Completion of lanegate for fish; made by: lanegate completion fish
function __lanegate_at
    set -l at
    for word in (commandline -opc)[2..-1]
        if contains -- "$at $word" {commands}
            set at "$at $word"
        end
    end
    test "$at" = "$argv[1]"
end
complete -c lanegate -f
"""


def bash_script(tree: Sequence[Command]) -> str:
    """For bash: what is typed is compared with each word, which is offered if it starts so."""

    def offer(words: Iterable[str]) -> str:
        return f'_lanegate_offer "$typed" {" ".join(map(_quoted, words))}'

    refs, files = '_lanegate_refs "$typed"', "_lanegate_files"
    values, places = [], []
    for command in tree:
        for option in command.options:
            if option.kind is not None:
                act = offer(option.choices) if option.choices else {Kind.REF: refs, Kind.FILE: files}.get(option.kind)
                pattern = "|".join(_quoted(f"{command.at} {flag}") for flag in option.flags)
                values.append(f"        {pattern}) {f'{act}; ' if act else ''}return ;;\n")
        acts = [offer(name for name, _ in command.choices)] if command.choices else []
        acts += [act for kind, act in ((Kind.REF, refs), (Kind.FILE, files)) if kind in command.kinds]
        flags = offer(flag for flag, _ in command.flags)
        body = f"if [[ $typed == -* ]]; then {flags}; else {'; '.join(acts) or ':'}; fi"
        places.append(f"        {_quoted(command.at)}) {body} ;;\n")
    return _BASH.format(commands=_patterns(tree), values="".join(values), places="".join(places))


def zsh_script(tree: Sequence[Command]) -> str:
    """For zsh: words with what they mean, by its own `_describe`."""

    def describe(what: str, words: Iterable[tuple[str, str]]) -> str:
        found = " ".join(_quoted(f"{word}:{about}" if about else word) for word, about in words)
        return f"found=({found}); _describe{' -o' if what == 'option' else ''} {what} found"

    values, places = [], []
    acts_of = {Kind.REF: "_lanegate_refs", Kind.FILE: "_files"}
    for command in tree:
        for option in command.options:
            if option.kind is not None:
                words = " ".join(map(_quoted, option.choices))
                act = f"compadd -- {words}" if words else acts_of.get(option.kind)
                pattern = "|".join(_quoted(f"{command.at} {flag}") for flag in option.flags)
                values.append(f"        ({pattern}) {f'{act}; ' if act else ''}return ;;\n")
        acts = [describe("argument", command.choices)] if command.choices else []
        acts += [act for kind, act in acts_of.items() if kind in command.kinds]
        body = f"if [[ $typed == -* ]]; then {describe('option', command.flags)}; else {'; '.join(acts) or ':'}; fi"
        places.append(f"        ({_quoted(command.at)}) {body} ;;\n")
    return _ZSH.format(commands=_patterns(tree), values="".join(values), places="".join(places))


def fish_script(tree: Sequence[Command]) -> str:
    """For fish: a rule for each word, which holds where its command is being typed."""
    lines = [_FISH.format(commands=" ".join(_fish_quoted(command.at) for command in tree if command.words))]
    for command in tree:
        start = f"complete -c lanegate -n {_fish_quoted(f'__lanegate_at {_fish_quoted(command.at)}')}"
        lines += (f"{start} {rule}\n" for rule in _fish_rules(command))
    return "".join(lines)


_FISH_REFS = "-a '(git for-each-ref --format=\"%(refname:short)\" 2>/dev/null)'"


def _fish_rules(command: Command) -> Iterator[str]:
    for name, about in command.choices:
        yield f"-a {_fish_quoted(name)}" + (f" -d {_fish_quoted(about)}" if about else "")
    if Kind.REF in command.kinds:
        yield _FISH_REFS
    if Kind.FILE in command.kinds:
        yield "-F"
    for option in command.options:
        flags = " ".join(f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in option.flags)
        value = ""
        if option.choices:
            value = f" -x -a {_fish_quoted(' '.join(option.choices))}"
        elif option.kind is not None:
            value = {Kind.REF: f" -x {_FISH_REFS}", Kind.FILE: " -r -F", Kind.WORD: " -x"}[option.kind]
        yield f"{flags}{value} -d {_fish_quoted(option.about)}"


def _patterns(tree: Sequence[Command]) -> str:
    return "|".join(_quoted(command.at) for command in tree if command.words)


def _quoted(text: str) -> str:
    """One word for bash and zsh."""
    return "'" + text.replace("'", "'\\''") + "'"


def _fish_quoted(text: str) -> str:
    """One word for fish, where a backslash means something between quotes too."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
