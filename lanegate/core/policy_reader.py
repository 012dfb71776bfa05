"""From the bytes of a policy file to a `Policy`, or to every reason why not (design section 4).

Rules: UTF-8 without a byte order mark, no NUL, at most 1 MiB; TOML 1.0, not nested deep; then the grammar
(`policy_grammar`), then what the parts say about each other. A syntax error is reported alone, since nothing after it
is certain; all other problems are reported together, but no check runs on a part of the policy that is already known to
be wrong: one mistake is told once.

Limits: every cap that is passed is a problem like any other, so any bytes at all give a `Policy` or a `PolicyError`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from lanegate.core.policy import HARD, SOFT, Gate, Lane, MatrixRow, Person, Policy, Problem, RefRule, Server, Zone
from lanegate.core.policy_checks_acceptance import (
    check_accepted_rules,
    check_acceptors,
    check_gates,
    check_override,
    check_starts,
    check_without_effect,
)
from lanegate.core.policy_checks_depends import check_depends_on
from lanegate.core.policy_checks_lanes import (
    check_active_lanes,
    check_branches,
    check_lane_ids,
    check_lists,
    check_matrix,
    check_owners,
)
from lanegate.core.policy_checks_overlap import check_overlaps
from lanegate.core.policy_checks_people import check_keys, check_people, check_roles
from lanegate.core.policy_checks_refs import check_ref_names, check_ref_pushers
from lanegate.core.policy_checks_zones import check_zone_paths, check_zone_roles
from lanegate.core.policy_grammar import MAX_BYTES, POLICY
from lanegate.core.policy_problems import LG702, LG703, Findings, PolicyError, TooManyProblemsError
from lanegate.core.policy_structure import Reader
from lanegate.core.toml_lines import Mark, TomlLimitError, dotted, mark_lines

__all__ = ["PolicyError", "read_policy"]

_SYNTAX = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)

#: Each check, and the parts of the policy that must be sound for its answer to mean anything.
CHECKS: tuple[tuple[Callable[[Policy, Findings], None], frozenset[str]], ...] = (
    (check_people, frozenset({"identity", "people"})),
    (check_keys, frozenset({"identity", "people", "servers", "refs"})),
    (check_roles, frozenset({"identity", "people", "roles", "refs"})),
    (check_lane_ids, frozenset({"lanes"})),
    (check_active_lanes, frozenset({"lanes", "max_active_lanes"})),
    (check_owners, frozenset({"identity", "people", "lanes"})),
    (check_lists, frozenset({"lanes"})),
    (check_matrix, frozenset({"lanes", "matrix"})),
    (check_overlaps, frozenset({"lanes", "matrix"})),
    (check_ref_names, frozenset({"refs"})),
    (check_ref_pushers, frozenset({"identity", "people", "roles", "refs"})),
    (check_branches, frozenset({"lanes", "refs"})),
    (check_depends_on, frozenset({"lanes"})),
    (check_accepted_rules, frozenset({"refs"})),
    (check_gates, frozenset({"refs", "gates"})),
    (check_starts, frozenset({"lanes", "refs"})),
    (check_without_effect, frozenset({"identity", "refs"})),
    (check_acceptors, frozenset({"identity", "people", "roles", "refs"})),
    (check_override, frozenset({"identity", "people", "roles", "refs"})),
    (check_zone_paths, frozenset({"zones"})),
    (check_zone_roles, frozenset({"identity", "people", "roles", "zones"})),
)


def read_policy(data: bytes) -> Policy:
    """The policy that a file's bytes hold.

    Raises PolicyError with all problems: LG702, LG504 for too many active lanes, LG703 for two that own a path.
    """
    policy, problems = _read(data)
    if problems:
        raise PolicyError(problems)
    return policy


def read_overlapping(data: bytes) -> Policy:
    """The policy that a file's bytes hold, for whoever asks where its lanes overlap: LG703 is no reason to stop.

    Raises PolicyError with all problems, where there are others.
    """
    policy, problems = _read(data)
    if any(problem.code != LG703 for problem in problems):
        raise PolicyError(problems)
    return policy


def _read(data: bytes) -> tuple[Policy, list[Problem]]:
    """What was read, and all that is wrong with it. Raises PolicyError where nothing can be read."""
    text = _decode(data)
    document, marks = _parse(text)
    findings = Findings(marks)
    policy = Policy(identity="none")
    try:
        found = Reader(findings).read(POLICY, document, ())
        policy = _build(found, marks, frozenset(findings.topics))
        for check, parts in CHECKS:
            if parts.isdisjoint(findings.topics):
                check(policy, findings)
    except TooManyProblemsError:
        pass
    return policy, findings.problems


def _decode(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise _alone(f"is larger than {MAX_BYTES} bytes", 1)
    if data.startswith(b"\xef\xbb\xbf"):
        raise _alone("starts with a byte order mark: save it as UTF-8 without one", 1)
    if b"\0" in data:
        raise _alone("holds a NUL byte: save it as UTF-8 text", data.count(b"\n", 0, data.index(b"\0")) + 1)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise _alone(f"is not UTF-8: byte 0x{data[error.start]:02x}", data.count(b"\n", 0, error.start) + 1) from None


def _parse(text: str) -> tuple[dict[str, Any], Mark]:
    import tomllib

    try:
        marks, duplicate = mark_lines(text)
    except TomlLimitError as error:
        raise _alone(error.message, error.line) from None
    try:
        return tomllib.loads(text), marks
    except tomllib.TOMLDecodeError as error:
        message, line = _syntax_error(str(error), text)
        if duplicate is not None and duplicate.line <= line:
            # The first thing wrong, or the parser would have stopped before it.
            where = dotted(duplicate.path)
            wrong = Problem(LG702, where, duplicate.line, f"given twice, first on line {duplicate.first}")
            raise PolicyError([wrong]) from None
        raise _alone(message, line) from None


def _syntax_error(said: str, text: str) -> tuple[str, int]:
    match = _SYNTAX.fullmatch(said)
    message, line, column = match.groups() if match else (said, None, None)
    where = f" (column {column})" if column else ""
    return f"not TOML 1.0: {message[:200]}{where}", int(line) if line else text.rstrip("\n").count("\n") + 1


def _alone(message: str, line: int) -> PolicyError:
    return PolicyError([Problem(LG702, "", line, message)])


def _build(found: dict[str, Any], marks: Mark, broken: frozenset[object]) -> Policy:
    """The policy as far as it was read; parts that are `broken` are left out."""
    sound = {key: value for key, value in found.items() if key not in broken}
    return Policy(
        identity=sound.get("identity", "none"),
        unowned=sound.get("unowned", "deny"),
        max_active_lanes=sound.get("max_active_lanes", 4),
        people={
            name: Person(id=name, line=marks.at("people", name).line, **person)
            for name, person in sound.get("people", {}).items()
        },
        roles=sound.get("roles", {}),
        lanes={name: _lane(name, marks.at("lanes", name).line, lane) for name, lane in sound.get("lanes", {}).items()},
        matrix=tuple(MatrixRow(row["path"], row["grants"]) for row in sound.get("matrix", ())),
        refs=tuple(_ref(marks.at("refs", index).line, rule) for index, rule in enumerate(sound.get("refs", ()))),
        self_accept=sound.get("self_accept", False),
        override=sound.get("override", False),
        servers={
            name: Server(id=name, line=marks.at("servers", name).line, **server)
            for name, server in sound.get("servers", {}).items()
        },
        gates={
            name: Gate(id=name, line=marks.at("gates", name).line, **gate)
            for name, gate in sound.get("gates", {}).items()
        },
        zones=tuple(
            Zone(line=marks.at("zones", index).line, **zone) for index, zone in enumerate(sound.get("zones", ()))
        ),
    )


def _lane(name: str, line: int, found: dict[str, Any]) -> Lane:
    depends_on = tuple(found.get("depends_on", {}).items())
    values = {**found, "depends_on": tuple(pair for pair in depends_on if pair[1] in (HARD, SOFT))}
    return Lane(id=name, line=line, **values)


def _ref(line: int, found: dict[str, Any]) -> RefRule:
    values = {"start" if key == "from" else key: value for key, value in found.items()}
    values.setdefault("gate_tip", bool(values.get("gates")))
    return RefRule(line=line, **values)
