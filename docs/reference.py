"""Writes docs/reference.md from the code: the policy's keys, the commands with their options, the codes.

    python docs/reference.py          write it (`make reference`)

A test compares the page with what this would write, and that every key of the grammar is told here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lanegate.cli.command_tree import command_tree
from lanegate.core.codes import CODES
from lanegate.core.policy_grammar import (
    POLICY,
    Choice,
    Choices,
    Flag,
    Named,
    Pattern,
    Patterns,
    Rows,
    Shape,
    Table,
    Text,
    Texts,
    Whole,
)

PAGE = Path(__file__).parent / "reference.md"

#: What each key of the policy means, by its place in the grammar.
MEANINGS = {
    "version": "of the policy's format",
    "unowned": "whether anybody may change a path that no lane owns (`deny` unless set)",
    "max_active_lanes": "how many lanes may be active at once (4 unless set)",
    "identity": "how commits are tied to people: not at all, by who pushed, by who signed, by one of both",
    "self_accept": "whether the author of a commit or an owner of its lane may accept it",
    "override": "whether a maintainer may break the glass: `git push -o lanegate.override=REASON`",
    "servers": "who records landings",
    "servers.ID.keys": "public keys that the server signs landing records with",
    "people": "who there is",
    "people.ID.pushers": "names that the server authenticates this person by",
    "people.ID.keys": "SSH public keys that this person signs with",
    "roles": "who holds a role; maintainer, integrator, acceptor and orchestrator have a meaning of their own",
    "lanes": "the lanes, each with its brief",
    "lanes.ID.kind": "what work it is; decides the order of landing where a ref has one",
    "lanes.ID.state": "only an active lane commits and pushes",
    "lanes.ID.owners": "people who bring the lane's commits",
    "lanes.ID.role": "what the lane is to the team, in words",
    "lanes.ID.task": "commits carry `Task:` with exactly this",
    "lanes.ID.objective": "what it is for, in a sentence",
    "lanes.ID.owned_paths": "PRIMARY: create, change, delete, rename",
    "lanes.ID.modify_paths": "MODIFY: the content of an existing file, and nothing else",
    "lanes.ID.read_paths": "READ: not to be changed; links may point there",
    "lanes.ID.out_of_scope": "hands off, whatever else grants it",
    "lanes.ID.branch": "the lane's branch (`lane/ID` unless set)",
    "lanes.ID.deliverables": "what it will hand over",
    "lanes.ID.acceptance": "what must be true of it, for whoever gives a verdict",
    "lanes.ID.verification": "commands that show it",
    "lanes.ID.escalate_if": "when to ask instead of going on; refusals repeat it",
    "lanes.ID.subject_prefix": "what the subject of its commits starts with",
    "lanes.ID.depends_on": "lanes that it builds on: `hard` lands after them, `soft` says what it assumes",
    "lanes.ID.bots": "commits of programs, which write no trailers, are taken on their verdict's word",
    "matrix": "rows of the planning table; the last one that matches and names a lane wins over its lists",
    "matrix[].path": "where",
    "matrix[].grants": "what each lane may do there",
    "refs": "which refs may be pushed; the first rule that matches decides, and no rule means no",
    "refs[].name": "with `*`, `**` and `{lane}`",
    "refs[].pushers": "roles or people who may push it; anybody unless set",
    "refs[].force": "whether commits may be dropped",
    "refs[].delete": "whether it may be deleted",
    "refs[].accepted": "whether each new commit needs an accepted verdict",
    "refs[].from": "the ref whose commits count as known when this one is created",
    "refs[].gates": "gates that the report of a verdict shows as passed",
    "refs[].gate_tip": "whether the new tip needs a gate record of its own",
    "refs[].order": "kinds of lanes, the first to land first",
    "gates": "tests that a verdict reports on",
    "gates.ID.rung": "its step on the ladder, 1 the first",
    "gates.ID.run": "its shell commands",
    "zones": "paths with a rule of their own, whoever owns them; the last that matches decides",
    "zones[].paths": "where",
    "zones[].mode": "a lock is needed, any lane may write, any lane may add lines, or nobody may",
    "zones[].roles": "only who holds one of these roles may write there",
}
_KINDS = {
    Flag: "true or false",
    Pattern: "a pattern",
    Patterns: "a list of patterns",
    Text: "text",
    Texts: "a list of texts",
}


def page() -> str:
    """The whole page."""
    return "\n".join([*_head(), *_policy(), *_commands(), *_codes()]) + "\n"


def keys(shape: Shape = POLICY, place: str = "") -> Iterator[tuple[str, Shape, bool]]:
    """Each key of the grammar by its place, what it holds, and whether it must be there."""
    if isinstance(shape, Table):
        for name, inner in shape.keys.items():
            here = f"{place}.{name}" if place else name
            yield here, inner, name in shape.required
            yield from keys(inner, here)
    elif isinstance(shape, Named):
        yield from keys(shape.shape, f"{place}.ID")
    elif isinstance(shape, Rows):
        yield from keys(shape.shape, f"{place}[]")


def _head() -> Iterator[str]:
    yield "# Reference"
    yield ""
    yield "Written from the code by `make reference`; change it there. The rules: [judgement.md](judgement.md)."


def _policy() -> Iterator[str]:
    yield from (
        "",
        "## Policy keys",
        "",
        "`ID` is a name of your own, `[]` a row of several. **Bold** keys must be there.",
        "",
    )
    yield from ("| key | holds | means |", "|---|---|---|")
    for place, shape, is_required in keys():
        key = f"**`{place}`**" if is_required else f"`{place}`"
        yield f"| {key} | {_holds(shape)} | {MEANINGS[place]} |"


def _holds(shape: Shape) -> str:
    if isinstance(shape, Choice | Choices):
        words = ", ".join(f"`{option}`" for option in shape.options)
        return words if isinstance(shape, Choice) else f"a list of {words}"
    if isinstance(shape, Whole):
        return f"{shape.low} to {shape.high}" if shape.low != shape.high else str(shape.low)
    if isinstance(shape, Named):
        return f"a table: each name with {'a table' if isinstance(shape.shape, Table) else _holds(shape.shape)}"
    return "rows of tables" if isinstance(shape, Rows) else _KINDS[type(shape)]


def _commands() -> Iterator[str]:
    tree = command_tree()
    about = {(*command.words, name): text for command in tree for name, text in command.commands}
    yield from (
        "",
        "## Commands",
        "",
        "Exit status: 0 allowed, 1 refused, 2 usage, 3 could not decide. `[X]` may be left out, `X...` is one or more.",
    )
    for command in tree[1:]:
        yield from ("", f"### lanegate {' '.join(command.words)}", "", _sentence(about.get(command.words, "")))
        options = [option for option in command.options if "--help" not in option.flags]
        if command.arguments or options:
            yield ""
        for argument in command.arguments:
            yield _entry(f"`{argument.shown}`", argument.choices, argument.about)
        for option in options:
            names = ", ".join(f"`{name}{f' {option.value}' if option.value else ''}`" for name in option.flags)
            yield _entry(names, option.choices, option.about)


def _entry(names: str, choices: tuple[str, ...], about: str) -> str:
    words = f" ({', '.join(choices)})" if choices else ""
    return f"- {names}{words}{': ' if about else ''}{_plain(about)}"


def _codes() -> Iterator[str]:
    yield from ("", "## Codes", "", "`lanegate rule CODE` prints the same.")
    for code in CODES.values():
        yield from ("", f"### {code.code}", "", f"**{_sentence(code.title)}** {_plain(code.why)}", "")
        yield from (f"What to do: {_plain(code.what_to_do)}", "", "```text", code.example, "```")
        yield from ("", f"From {', '.join(code.requirements)}.")


def _sentence(text: str) -> str:
    return _plain(text[:1].upper() + text[1:].rstrip(".") + ".") if text else ""


def _plain(text: str) -> str:
    """Text of a terminal as Markdown: what looks like a tag is none."""
    return text.replace("<", "&lt;")


if __name__ == "__main__":
    PAGE.write_text(page())
