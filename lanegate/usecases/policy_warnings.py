"""What a person should know of a valid policy: files that two lanes may edit, and rules that decide nothing."""

from __future__ import annotations

from lanegate.core.dead_rules import DeadRule, dead_rules
from lanegate.core.lane_overlap import Overlap, modify_overlaps
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.path_search import OverlapLimitError
from lanegate.core.policy import Policy
from lanegate.core.toml_lines import quoted


class PolicyWarning(NamedTuple):
    """said: one line of words. line: of the policy file, from 1."""

    said: str
    line: int


def policy_warnings(policy: Policy) -> tuple[PolicyWarning, ...]:
    """Warnings in the order of the file (R-A06); where something takes too long to find out, that is one of them."""
    found: list[PolicyWarning] = []
    try:
        found += map(_shared, modify_overlaps(policy))
        found += map(_dead, dead_rules(policy))
    except OverlapLimitError as error:
        found.append(PolicyWarning(f"not all rules were looked at: {error}", 1))
    return tuple(sorted(found, key=lambda one: one.line))


def _shared(overlap: Overlap) -> PolicyWarning:
    from shlex import quote

    path = quoted(overlap.path.decode("utf-8", "backslashreplace"))
    owner, rule, given = overlap.first, overlap.first_rule, overlap.second_rule
    said = (
        f"{given.where}: {overlap.second} may MODIFY {path}, where {owner} is PRIMARY ({quoted(rule.text)}, line "
        f"{rule.line}): take turns with `lanegate lock acquire --lane {overlap.second} {quote(given.text)}`"
    )
    return PolicyWarning(said, given.line)


def _dead(found: DeadRule) -> PolicyWarning:
    return PolicyWarning(f"{found.rule.where}: {quoted(found.rule.text)} {found.why}", found.rule.line)
