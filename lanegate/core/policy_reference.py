"""The patterns of a policy, read a second time by pathspec: both must agree before a policy is believed.

`core.reference` says what is compared. It takes longer than a hook, so it is asked where a person checks a policy
(`lanegate policy check`) and in CI, not at every push.
"""

from __future__ import annotations

from collections.abc import Iterator

from lanegate.core.patterns import PatternError, parse_pattern
from lanegate.core.policy import Policy, Problem, Rule
from lanegate.core.policy_problems import LG702
from lanegate.core.reference import check_with_pathspec
from lanegate.core.toml_lines import quoted


def reference_problems(policy: Policy) -> tuple[Problem, ...]:
    """Patterns of a valid policy on which pathspec disagrees, in the order of lanes and rows; none is the rule."""
    return tuple(problem for rule in _rules(policy) for problem in _problem(rule))


def _rules(policy: Policy) -> Iterator[Rule]:
    for lane in policy.lanes.values():
        yield from (*lane.owned_paths, *lane.modify_paths, *lane.read_paths, *lane.out_of_scope)
    yield from (row.rule for row in policy.matrix)


def _problem(rule: Rule) -> Iterator[Problem]:
    try:
        check_with_pathspec(parse_pattern(rule.text))
    except PatternError as error:
        yield Problem(LG702, rule.where, rule.line, f"{quoted(rule.text)} {error.message}")
