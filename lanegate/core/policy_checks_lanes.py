"""Checks on lanes: their ids, owners, path lists and branches, how many are active, and the matrix between them."""

from __future__ import annotations

from collections.abc import Sequence

from lanegate.core.policy import Policy, Rule
from lanegate.core.policy_checks_people import check_recognised, check_twins
from lanegate.core.policy_problems import LG504, Findings, nearest
from lanegate.core.refs import match_ref, name_problem
from lanegate.core.toml_lines import Key, quoted

HEADS = "refs/heads/"
LISTS = ("owned_paths", "modify_paths", "read_paths", "out_of_scope")


def check_lane_ids(policy: Policy, findings: Findings) -> None:
    """Ids that can be part of a ref name, and differ in more than case."""
    check_twins(policy.lanes, ("lanes",), "lane", findings)
    for name in policy.lanes:
        for why, found in (
            ("`..` is not allowed", ".." in name),
            ("it ends with .lock", name.casefold().endswith(".lock")),
            ("it ends with a dot", name.endswith(".")),
        ):
            if found:
                findings.refuse(("lanes", name), f"cannot be part of a branch name: {why}")


def check_active_lanes(policy: Policy, findings: Findings) -> None:
    """LG504: not more active lanes than `max_active_lanes` (R-D01)."""
    active = [lane for lane in policy.lanes.values() if lane.state == "active"]
    if len(active) > policy.max_active_lanes:
        names = ", ".join(lane.id for lane in active[:20]) + (", …" if len(active) > 20 else "")
        message = (
            f"{len(active)} lanes are active ({names}), at most {policy.max_active_lanes} may be: "
            f'set the state of others to "planned" or "done"'
        )
        findings.refuse(("lanes", active[policy.max_active_lanes].id, "state"), message, LG504)


def check_owners(policy: Policy, findings: Findings) -> None:
    """Owners are people who can be recognised; under identity `none` any name does."""
    if policy.identity == "none":
        return
    for lane in policy.lanes.values():
        for index, owner in enumerate(lane.owners):
            check_recognised(policy, owner, ("lanes", lane.id, "owners", index), findings)


def check_lists(policy: Policy, findings: Findings) -> None:
    """No pattern that can have no effect: the last match of a list wins, so a `!` takes from what stands before it."""
    for lane in policy.lanes.values():
        for name in LISTS:
            check_list(getattr(lane, name), ("lanes", lane.id, name), findings)


def check_list(rules: Sequence[Rule], place: tuple[Key, ...], findings: Findings) -> None:
    """The rule of `check_lists` for one list, which stands at `place`."""
    first: dict[str, int] = {}
    leading = True
    for index, rule in enumerate(rules):
        path = (*place, index)
        leading = leading and rule.text.startswith("!")
        if leading:
            message = f"{quoted(rule.text)} takes nothing away: no pattern stands before it in this list"
            findings.refuse(path, message)
        earlier = first.setdefault(rule.text, index)
        if earlier != index:
            message = f"{quoted(rule.text)} is given twice, first as [{earlier}]: the last one decides alone"
            findings.refuse(path, message)


def check_branches(policy: Policy, findings: Findings) -> None:
    """A lane's branch is a ref that a `{lane}` rule gives to that very lane."""
    for lane in policy.lanes.values():
        if lane.branch is None:
            continue
        path = ("lanes", lane.id, "branch")
        ref = HEADS + lane.branch
        wrong = name_problem(ref, wildcards=False)
        found = match_ref(policy, ref)
        if wrong:
            findings.refuse(path, f"{quoted(lane.branch)}: {wrong}")
        elif found is None:
            findings.refuse(path, f"no rule of [[refs]] names {ref}: add one such as refs/heads/lane/{{lane}}")
        elif found[1] is None:
            message = f"{ref} falls under {quoted(found[0].name)} (line {found[0].line}), which is no {{lane}} rule"
            findings.refuse(path, message)
        elif found[1] != lane.id:
            findings.refuse(path, f"{ref} is the ref of lane {found[1]} by {quoted(found[0].name)}")


def check_matrix(policy: Policy, findings: Findings) -> None:
    """Rows name lanes of the policy, and no pattern has two rows."""
    first: dict[str, Rule] = {}
    for index, row in enumerate(policy.matrix):
        twin = first.setdefault(row.rule.text, row.rule)
        if twin is not row.rule:
            message = f"{quoted(row.rule.text)} has a row already, on line {twin.line}: join them"
            findings.refuse(("matrix", index, "path"), message)
        for name in row.grants:
            if name not in policy.lanes:
                message = f"{quoted(name)} is no lane of this policy{nearest(name, policy.lanes)}"
                findings.refuse(("matrix", index, "grants", name), message)
