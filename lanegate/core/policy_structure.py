"""Reading a TOML document by the grammar: every key known, every value of its type, nothing passed over.

In goes what `tomllib` made of the text, out comes the same tree with patterns as `Rule`s and nothing in it that the
grammar does not allow; what it does not allow becomes a problem. A value of the wrong type is never coerced: a string
is no list of letters, `true` is no number.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from lanegate.core.patterns import PatternError, parse_pattern
from lanegate.core.policy import Rule
from lanegate.core.policy_grammar import (
    MAX_ENTRIES,
    MAX_PATTERNS,
    PATTERN,
    Choice,
    Choices,
    Flag,
    Form,
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
from lanegate.core.policy_problems import Findings, nearest
from lanegate.core.toml_lines import Key, dotted, quoted

Path = tuple[Key, ...]
LATER = "known, but not enforced by this version: remove it, since nothing in a policy may be silently without effect"


class Reader:
    """Reads one document; problems go to `findings`. None stands for a value that was refused (TOML has no null)."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.refuse = findings.refuse
        self.patterns = 0

    def read(self, shape: Shape, value: object, path: Path) -> Any:
        """What `value` means as `shape`, None where it is refused. Raises TooManyProblemsError."""
        return _READ[type(shape)](self, shape, value, path)

    def choice(self, shape: Choice, value: object, path: Path) -> str | None:
        options = " or ".join(quoted(option) for option in shape.options)
        if not isinstance(value, str):
            self.refuse(path, f"expected {options}, got {kind(value)}")
        elif value in shape.options:
            return value
        else:
            self.refuse(path, f"expected {options}, got {quoted(value)}{nearest(value, shape.options)}")
        return None

    def flag(self, shape: Flag, value: object, path: Path) -> bool | None:
        if isinstance(value, bool):
            return value
        self.refuse(path, f"expected true or false, got {kind(value)}")
        return None

    def whole(self, shape: Whole, value: object, path: Path) -> int | None:
        expected = f"{shape.low}" if shape.low == shape.high else f"a whole number from {shape.low} to {shape.high}"
        if isinstance(value, bool) or not isinstance(value, int):
            self.refuse(path, f"expected {expected}, got {kind(value)}")
        elif shape.low <= value <= shape.high:
            return value
        else:
            self.refuse(path, f"expected {expected}, got {value}")
        return None

    def text(self, shape: Text, value: object, path: Path) -> str | None:
        return self.string(shape.form, value, path)

    def string(self, form: Form, value: object, path: Path) -> str | None:
        if not isinstance(value, str):
            self.refuse(path, f"expected {form.expected}, got {kind(value)}")
            return None
        wrong = form_problem(form, value)
        if wrong:
            self.refuse(path, wrong)
            return None
        return value

    def texts(self, shape: Texts, value: object, path: Path) -> tuple[str, ...] | None:
        items = self.list(value, path, "strings", MAX_ENTRIES, shape.least)
        if items is None:
            return None
        first: dict[str, int] = {}
        for index, item in enumerate(items):
            text = self.string(shape.form, item, (*path, index))
            if text is not None and first.setdefault(text, index) != index and not shape.repeats:
                self.refuse((*path, index), f"{quoted(text)} is given twice, first as {dotted((*path, first[text]))}")
        return tuple(items)

    def choices(self, shape: Choices, value: object, path: Path) -> tuple[str, ...] | None:
        items = self.list(value, path, "words", len(shape.options))
        if items is None:
            return None
        one = Choice(shape.options)
        first: dict[str, int] = {}
        for index, item in enumerate(items):
            word = self.choice(one, item, (*path, index))
            if word is not None and first.setdefault(word, index) != index:
                self.refuse((*path, index), f"{quoted(word)} is given twice, first as {dotted((*path, first[word]))}")
        return tuple(items)

    def list(self, value: object, path: Path, of: str, most: int, least: int = 0) -> list[Any] | None:
        if not isinstance(value, list):
            hint = f": write [{quoted(value)}]" if isinstance(value, str) else ""
            self.refuse(path, f"expected a list of {of}, got {kind(value)}{hint}")
            return None
        if len(value) > most:
            self.refuse(path, f"{len(value)} entries, at most {most} are allowed")
            return None
        if len(value) < least:
            self.refuse(path, f"{len(value)} entries, at least {least} expected")
            return None
        return value

    def pattern(self, shape: Pattern, value: object, path: Path) -> Rule | None:
        rule = self.rule(value, path, dotted(path), self.findings.line(path))
        if rule is not None and rule.text.startswith("!"):
            self.refuse(path, "a row of the matrix cannot be negated: give the lanes `-` instead")
            return None
        return rule

    def rule(self, value: object, path: Path, where: str, line: int) -> Rule | None:
        self.patterns += 1
        if self.patterns > MAX_PATTERNS:
            if self.patterns == MAX_PATTERNS + 1:
                self.refuse(path, f"more than {MAX_PATTERNS} patterns in all")
            return None
        if not isinstance(value, str):
            self.refuse(path, f"expected {PATTERN.expected}, got {kind(value)}")
            return None
        try:
            parse_pattern(value)
        except PatternError as error:
            instead = " or ".join(quoted(suggestion) for suggestion in error.suggestions)
            self.refuse(path, f"{quoted(value)} {error.message}" + (f": write {instead}" if instead else ""))
            return None
        return Rule(value, where, line)

    def patterns_list(self, shape: Patterns, value: object, path: Path) -> tuple[Rule, ...] | None:
        items = self.list(value, path, "patterns", MAX_PATTERNS, shape.least)
        if items is None:
            return None
        lines = self.findings.marks.at(*path).items
        name = dotted(path)
        rules = (
            self.rule(item, (*path, index), f"{name}[{index}]", lines[index].line) for index, item in enumerate(items)
        )
        return tuple(rule for rule in rules if rule is not None)

    def table(self, shape: Table, value: object, path: Path) -> dict[str, Any] | None:
        if not isinstance(value, dict):
            self.refuse(path, f"expected a table, got {kind(value)}")
            return None
        found: dict[str, Any] = {}
        for key, inner in value.items():
            known = shape.keys.get(key)
            if known is not None:
                found[key] = self.read(known, inner, (*path, key))
            elif key in shape.later:
                self.refuse((*path, key), LATER)
            else:
                self.refuse((*path, key), f"unknown key{nearest(key, (*shape.keys, *shape.later))}")
        for key in shape.required:
            if key not in value:
                self.refuse((*path, key), f"required, but missing: {self.example(key, shape.keys[key])}")
        return found

    def example(self, key: str, shape: Shape) -> str:
        if isinstance(shape, Choice):
            return " or ".join(f"{key} = {quoted(option)}" for option in shape.options)
        return EXAMPLES[key]

    def named(self, shape: Named, value: object, path: Path) -> dict[str, Any] | None:
        if not isinstance(value, dict):
            self.refuse(path, f"expected a table, got {kind(value)}")
            return None
        if not shape.least <= len(value) <= shape.most:
            allowed = f"at most {shape.most}" if value else f"at least {shape.least}"
            self.refuse(path, f"{len(value)} entries, {allowed} expected")
            return None
        found: dict[str, Any] = {}
        for key, inner in value.items():
            wrong = form_problem(shape.form, key)
            if wrong:
                self.refuse((*path, key), wrong)
            found[key] = self.read(shape.shape, inner, (*path, key))
        return found

    def rows(self, shape: Rows, value: object, path: Path) -> tuple[dict[str, Any], ...] | None:
        if isinstance(value, dict):
            self.refuse(path, f"expected an array of tables: write [[{dotted(path)}]]")
            return None
        items = self.list(value, path, "tables", shape.most)
        if items is None:
            return None
        rows = (self.table(shape.shape, item, (*path, index)) for index, item in enumerate(items))
        return tuple(row for row in rows if row is not None)


_READ: dict[type, Callable[..., Any]] = {
    Choice: Reader.choice,
    Choices: Reader.choices,
    Flag: Reader.flag,
    Whole: Reader.whole,
    Text: Reader.text,
    Texts: Reader.texts,
    Pattern: Reader.pattern,
    Patterns: Reader.patterns_list,
    Table: Reader.table,
    Named: Reader.named,
    Rows: Reader.rows,
}

EXAMPLES = {
    "version": "version = 1",
    "path": 'path = "/src/lib.rs"',
    "grants": 'grants = { ui = "MODIFY" }',
    "name": 'name = "refs/heads/main"',
    "keys": 'keys = ["ssh-ed25519 AAAA… git@server"]',
    "rung": "rung = 1",
    "run": 'run = ["make test"]',
    "paths": 'paths = ["/AGENTS.md"]',
}


_KINDS = {str: "a string", int: "a number", float: "a fraction", list: "a list", dict: "a table"}


def kind(value: object) -> str:
    """What a TOML value is, in words."""
    if isinstance(value, bool):
        return f"a boolean ({'true' if value else 'false'})"
    return _KINDS.get(type(value), "a date or time")


def form_problem(form: Form, text: str) -> str | None:
    """Why a string is not of this form, None if it is."""
    if len(text) > form.longest:
        return f"{len(text)} characters, at most {form.longest} are allowed"
    if re.fullmatch(form.pattern, text) is None:
        return f"expected {form.expected}, got {quoted(text)}"
    return None
