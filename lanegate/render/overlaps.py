"""How a policy fits a repository, for people and for scripts (`lanegate policy overlaps`)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from lanegate.core.lane_overlap import Overlap
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.policy import PRIMARY, Rule
from lanegate.render.json import path_fields
from lanegate.render.plain import one_line, show_path

JSON_VERSION = 1


class Survey(NamedTuple):
    """overlaps: of active lanes. tracked: number of files that git tracks, None where there is no repository. unowned:
    those that no lane owns, sorted. dead: rules without effect, and why."""

    overlaps: tuple[Overlap, ...]
    tracked: int | None
    unowned: tuple[bytes, ...]
    dead: tuple[tuple[Rule, str], ...] = ()

    @property
    def refused(self) -> tuple[Overlap, ...]:
        """LG703: both lanes are PRIMARY."""
        return tuple([one for one in self.overlaps if one.second_grant == PRIMARY])

    @property
    def to_lock(self) -> tuple[Overlap, ...]:
        """One lane is PRIMARY, the other has MODIFY."""
        return tuple([one for one in self.overlaps if one.second_grant != PRIMARY])


def overlaps_text(survey: Survey, most: int) -> str:
    """All of it in words, at most so many unowned files; ends with a newline."""
    return "\n".join(one_line(line) for line in _lines(survey, most)) + "\n"


def _lines(survey: Survey, most: int) -> Iterator[str]:
    if survey.refused:
        yield f"LG703 lanes that own the same path: {len(survey.refused)} (a policy that says so is refused)"
        yield from _table([_row(one) for one in survey.refused])
        yield "  take the path from one of them (a `!` pattern, out_of_scope, a matrix row), or give it MODIFY"
    else:
        yield "no path is owned by two active lanes: proven for all paths, not only those that are tracked"
    if survey.to_lock:
        yield ""
        yield f"owned by one lane, MODIFY for another: {len(survey.to_lock)} (take turns with a lock)"
        yield from _table([(*_row(one), _lock(one)) for one in survey.to_lock])
    if survey.dead:
        yield ""
        yield f"rules without effect: {len(survey.dead)}"
        yield from _table([(rule.where, rule.text, f"line {rule.line}", why) for rule, why in survey.dead])
    if survey.tracked is not None:
        yield ""
        yield f"tracked files that no lane owns: {len(survey.unowned)} of {survey.tracked}"
        yield from (f"  {show_path(path)}" for path in survey.unowned[:most])
        if len(survey.unowned) > most:
            yield f"  … and {len(survey.unowned) - most} more"


def _row(one: Overlap) -> tuple[str, ...]:
    return (
        show_path(one.path),
        f"{one.first} {one.first_grant} {one.first_rule.text} line {one.first_rule.line}",
        f"{one.second} {one.second_grant} {one.second_rule.text} line {one.second_rule.line}",
    )


def _lock(one: Overlap) -> str:
    """The rule that gives less is the narrower scope."""
    pattern = one.second_rule.text.replace("'", "'\\''")
    return f"lanegate lock acquire --lane {one.second} '{pattern}'"


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    cells = [tuple(map(one_line, row)) for row in rows]
    widths = [min(max(map(len, column)), 70) for column in zip(*cells, strict=True)]
    for row in cells:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def overlaps_json(survey: Survey, path: str, most: int) -> str:
    """One JSON object, ending with a newline. path: the policy file as people call it."""
    value = {
        "version": JSON_VERSION,
        "path": path,
        "overlaps": [_value(one, "LG703") for one in survey.refused] + [_value(one, None) for one in survey.to_lock],
        "rules_without_effect": [{**rule._asdict(), "why": why} for rule, why in survey.dead],
        "files": None
        if survey.tracked is None
        else {
            "tracked": survey.tracked,
            "unowned": len(survey.unowned),
            "paths": [path_fields(path) for path in survey.unowned[:most]],
        },
    }
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _value(one: Overlap, code: str | None) -> dict[str, Any]:
    sides = (
        (one.first, one.first_grant, one.first_rule),
        (one.second, one.second_grant, one.second_rule),
    )
    lanes = [{"lane": lane, "grant": grant, "rule": rule._asdict()} for lane, grant, rule in sides]
    return {"code": code, **path_fields(one.path), "lanes": lanes, "hint": None if code else _lock(one)}
