"""The check that no path belongs to two active lanes (LG703): decided for all paths, on the real grants."""

from __future__ import annotations

from lanegate.core.lane_overlap import Overlap, primary_overlaps
from lanegate.core.overlap import OverlapLimitError
from lanegate.core.policy import Policy, Rule
from lanegate.core.policy_problems import LG703, Findings
from lanegate.core.toml_lines import quoted

#: Overlaps that are told; one mended pattern often mends several.
_TOLD = 20


def check_overlaps(policy: Policy, findings: Findings) -> None:
    """LG703: two active lanes are PRIMARY on a path. LG702 where the lanes cannot be proven apart."""
    try:
        overlaps = primary_overlaps(policy, _TOLD)
    except OverlapLimitError as error:
        message = f"the active lanes cannot be proven apart: {error}; write folders and fewer wildcards"
        findings.refuse(("lanes",), message)
        return
    for overlap in overlaps:
        later = max(overlap.first_rule, overlap.second_rule, key=lambda rule: rule.line)
        findings.refuse_rule(later, _words(overlap), LG703)


def _words(overlap: Overlap) -> str:
    path = quoted(overlap.path.decode("utf-8", "backslashreplace"))
    rules = " and ".join(
        f"lane {lane} by {_shown(rule)}"
        for lane, rule in ((overlap.first, overlap.first_rule), (overlap.second, overlap.second_rule))
    )
    return (
        f"two active lanes are PRIMARY on {path}: {rules}; take it from one of them (a `!` pattern, out_of_scope), "
        "or give one of them MODIFY"
    )


def _shown(rule: Rule) -> str:
    return f"{quoted(rule.text)} (line {rule.line})"
