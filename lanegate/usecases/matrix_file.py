"""Putting the rows of a Markdown table into a policy file, without losing anything that stands there.

Rules: rows that the table does not have stay; rows that it has keep their place, and their grants for lanes that the
table does not have; new rows come where the table has them, since the last matching row wins. Where table and policy
order the same rows differently, nothing is written: only a person knows which order is meant.

Grants are changed with tomlkit, which keeps comments and spelling. New rows are put in as text, before the blank lines
and comments that lead up to what follows: to tomlkit those belong to the row before, and it would part a comment from
what it speaks about. Then the result is read again and compared with what was wanted; if it is not exactly that,
nothing is written.
"""

from __future__ import annotations

import os
import tomllib
from collections import Counter
from itertools import groupby
from typing import Any

from lanegate.core.matrix import Matrix, Row, as_toml
from lanegate.core.policy_problems import nearest
from lanegate.core.policy_reader import PolicyError, read_policy
from lanegate.core.toml_lines import Mark, mark_lines
from lanegate.usecases.policy_file import FoundFile
from lanegate.usecases.whole_file import write_whole

Grants = dict[str, str]
NOT_SAFE = "the file is written in a way that cannot be edited safely: put the rows in by hand"


class MergeError(ValueError):
    """The rows cannot be put into this policy; the message says why."""


def with_matrix(text: str, matrix: Matrix) -> tuple[str, tuple[str, ...]]:
    """(the policy's text with the rows of `matrix` in it, what changed in words).

    Raises PolicyError when the text is no valid policy, MergeError when the rows do not fit into it.
    """
    policy = read_policy(text.encode())
    for lane in matrix.lanes:
        if lane not in policy.lanes:
            raise MergeError(f"{lane} is no lane of this policy{nearest(lane, policy.lanes)}")
    before = tomllib.loads(text)
    plan = _Plan(_rows(before), matrix)
    result = _with_grants(text, plan)
    result = _with_rows(result, plan, matrix.lanes)
    _compare(text, before, result, plan)
    return result, tuple(plan.said)


class _Plan:
    """What is wanted.

    rows: all rows with their grants, in order. present: those that are there, with the grants they get. new: rows to
    put in, each with the number of present rows before it. said: what changes, in words.
    """

    def __init__(self, present: list[tuple[str, Grants]], matrix: Matrix) -> None:
        self.present = {path: dict(grants) for path, grants in present}
        self.new: list[tuple[int, Row]] = []
        self.said: list[str] = []
        places = {path: place for place, path in enumerate(self.present)}
        last, last_path = -1, ""
        for row in matrix.rows:
            place = places.get(row.path)
            if place is None:
                self.new.append((last + 1, row))
                self.said.append(f"{row.path}: added")
                continue
            if place < last:
                message = f"the policy has {row.path} before {last_path}, the table has it after"
                raise MergeError(f"{message}: the last matching row wins, so put them in one order first")
            last, last_path = place, row.path
            self._change(row.path, _given(row, matrix.lanes))
        self.rows = list(self.present.items())
        for after, row in reversed(self.new):
            self.rows.insert(after, (row.path, _given(row, matrix.lanes)))

    def _change(self, path: str, given: Grants) -> None:
        grants = self.present[path]
        for lane, grant in given.items():
            old = grants.get(lane)
            if old != grant:
                self.said.append(f"{path}: {lane} = {grant}" + (f" (was {old})" if old else ""))
        grants.update(given)


def _given(row: Row, lanes: tuple[str, ...]) -> Grants:
    return {lane: grant for lane, grant in zip(lanes, row.grants, strict=True) if grant}


def _rows(document: dict[str, Any]) -> list[tuple[str, Grants]]:
    return [(row["path"], row["grants"]) for row in document.get("matrix", [])]


def _with_grants(text: str, plan: _Plan) -> str:
    """The text with the grants of the rows that are there changed to what is wanted."""
    if all(plan.present[path] == grants for path, grants in _rows(tomllib.loads(text))):
        return text
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document: Any = tomlkit.parse(text)
        for row in document["matrix"]:
            for lane, grant in plan.present[str(row["path"])].items():
                if row["grants"].get(lane) != grant:
                    row["grants"][lane] = grant
        return tomlkit.dumps(document)
    except TOMLKitError as error:
        raise MergeError(NOT_SAFE) from error


def _with_rows(text: str, plan: _Plan, lanes: tuple[str, ...]) -> str:
    """The text with the new rows put in, each behind the present row that it follows in the table."""
    if not plan.new:
        return text
    end_of_line = "\r\n" if "\r\n" in text else "\n"
    text += "" if text.endswith("\n") else end_of_line
    marks, _ = mark_lines(text)
    lines = text.split("\n")
    for after, group in groupby(reversed(plan.new), key=lambda item: item[0]):
        rows = tuple(row for _, row in group)[::-1]
        toml = as_toml(Matrix(lanes, rows)).replace("\n", end_of_line)
        place = _place(marks, lines, after)
        lines[place:place] = f"{end_of_line}{toml}".removesuffix("\n").split("\n")
    return "\n".join(lines)


def _place(marks: Mark, lines: list[str], after: int) -> int:
    """Index of the line before which a row comes that has `after` rows of the matrix before it."""
    present = [mark.line for mark in marks.items["matrix"].items.values()] if "matrix" in marks.items else []
    start = present[after - 1] if after else (present[0] - 1 if present else len(lines))
    following = min((line for line in _starts(marks) if line > start), default=None)
    if following is None:
        return len(lines) - 1  # the text ends with an end of line, so the last of the lines is empty
    place = following - 1
    while place and not lines[place - 1].split("#")[0].strip():
        place -= 1
    return place


def _starts(marks: Mark) -> set[int]:
    """Lines on which a table at the top of the document starts, or one right below it (`[lanes.ui]`, `[[matrix]]`)."""
    inner = {mark.line for outer in marks.items.values() for mark in outer.items.values()}
    return inner | {mark.line for mark in marks.items.values()}


def _compare(before_text: str, before: dict[str, Any], after_text: str, plan: _Plan) -> None:
    """Raises MergeError unless the new text says what is wanted and keeps all else, comments included."""
    try:
        read_policy(after_text.encode())
    except PolicyError as error:
        raise MergeError(NOT_SAFE) from error
    after = tomllib.loads(after_text)
    same = {key: value for key, value in after.items() if key != "matrix"}
    kept = {key: value for key, value in before.items() if key != "matrix"}
    if _rows(after) != plan.rows or same != kept or not _comments(before_text) <= _comments(after_text):
        raise MergeError(NOT_SAFE)


def _comments(text: str) -> Counter[str]:
    """What follows a `#`, line by line (in strings too, which does no harm: they are kept as well)."""
    return Counter(line[line.index("#") :].rstrip() for line in text.split("\n") if "#" in line)


def write_matrix(file: FoundFile, matrix: Matrix) -> tuple[str, ...]:
    """Put the rows into a policy file on disk; what changed in words, nothing if all of it stood there.

    The file is replaced in one step, so that nobody ever sees half of it. Raises PolicyError, MergeError, OSError.
    """
    read_policy(file.data)
    text, said = with_matrix(file.data.decode(), matrix)
    if said:
        write_whole(os.path.realpath(file.path), text.encode())
    return said
