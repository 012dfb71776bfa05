"""Checks on acceptance: which refs ask for it, who gives it, what it is asked for (design sections 4 and 5).

What serves acceptance alone is refused where no ref asks for it: nothing in a policy may be silently without effect.
"""

from __future__ import annotations

from lanegate.core.policy import NOBODY, Policy, RefRule
from lanegate.core.policy_problems import Findings, nearest
from lanegate.core.refs import LANE, match_ref, name_problem
from lanegate.core.toml_lines import dotted, quoted

TAGS = "refs/tags/"
NOT_ASKED = "has no effect: no rule of [[refs]] has accepted = true"


def check_accepted_rules(policy: Policy, findings: Findings) -> None:
    """Acceptance is asked where commits land, and what belongs to it stands on no other rule."""
    for index, rule in enumerate(policy.refs):
        path = ("refs", index)
        told_tip = "gate_tip" in findings.marks.at(*path).items
        if not rule.accepted:
            given = {"from": rule.start, "gates": rule.gates, "gate_tip": told_tip and rule.gate_tip}
            for key, value in {**given, "order": rule.order}.items():
                if value:
                    findings.refuse((*path, key), "has no effect without accepted = true on this rule")
            continue
        if LANE in rule.name:
            message = "work on a {lane} ref waits for its verdict: ask for it where the work lands"
            findings.refuse((*path, "accepted"), message)
        elif rule.name.startswith(TAGS):
            message = "a tag brings no commits of its own: ask for acceptance on the branch that it marks"
            findings.refuse((*path, "accepted"), message)
        if rule.gate_tip and not rule.gates:
            findings.refuse((*path, "gate_tip"), "has no effect: this rule names no gates")


def check_gates(policy: Policy, findings: Findings) -> None:
    """Rules name gates that there are."""
    for index, rule in enumerate(policy.refs):
        for place, name in enumerate(rule.gates):
            if name not in policy.gates:
                hint = nearest(name, policy.gates) or f": add [{dotted(('gates', name))}]"
                findings.refuse(("refs", index, "gates", place), f"{quoted(name)} is no gate of this policy{hint}")


def check_starts(policy: Policy, findings: Findings) -> None:
    """`from` is another ref that takes only accepted commits: what it holds counts as known to the new one."""
    for index, rule in enumerate(policy.refs):
        wrong = _start_problem(policy, rule) if rule.accepted and rule.start is not None else None
        if wrong:
            findings.refuse(("refs", index, "from"), wrong)


def _start_problem(policy: Policy, rule: RefRule) -> str | None:
    start = rule.start or ""
    wrong = name_problem(start, wildcards=False)
    if wrong:
        return f"{quoted(start)}: {wrong}"
    if start == rule.name:
        return "is the ref of this rule itself: name the one that it branches off"
    found = match_ref(policy, start)
    if found is None:
        return f"no rule of [[refs]] names {start}"
    if not found[0].accepted:
        return f"{start} falls under {quoted(found[0].name)} (line {found[0].line}), which asks for no acceptance"
    return None


def check_without_effect(policy: Policy, findings: Findings) -> None:
    """What serves acceptance alone stands where a ref asks for it, under an identity that gives it a meaning."""
    if policy.identity == NOBODY and policy.servers:
        message = 'keys of servers sign records, and under identity "none" records are not signed'
        findings.refuse(("servers",), message)
    if policy.asks_acceptance:
        return
    for key in ("self_accept", "override", *(("servers",) if policy.identity != NOBODY else ())):
        if getattr(policy, key):
            findings.refuse((key,), NOT_ASKED)
    for lane in policy.lanes.values():
        for key in ("depends_on", "bots"):
            if getattr(lane, key):
                findings.refuse(("lanes", lane.id, key), NOT_ASKED)


def check_acceptors(policy: Policy, findings: Findings) -> None:
    """Somebody can give the verdicts that a ref asks for: they are records, and whoever writes those needs a key."""
    index = next((index for index, rule in enumerate(policy.refs) if rule.accepted), None)
    if index is None or policy.identity == NOBODY:
        return
    acceptors = policy.roles.get("acceptor", ())
    if not acceptors:
        message = 'nobody holds the role "acceptor", so no verdict could be given: name people with keys in [roles]'
        findings.refuse(("refs", index, "accepted"), message)
    elif not any(policy.people[name].keys for name in acceptors):
        missing = dotted(("people", acceptors[0], "keys"))
        message = f"nobody of the role has keys, so no verdict could be signed: add {missing}"
        findings.refuse(("roles", "acceptor"), message)


def check_override(policy: Policy, findings: Findings) -> None:
    """Who breaks the glass is a maintainer whom the server knows as the pusher."""
    if not policy.override or not policy.asks_acceptance:
        return
    if policy.identity == NOBODY:
        message = 'only a maintainer may override, and under "none" nobody is proven to be one'
        findings.refuse(("override",), message)
        return
    maintainers = policy.roles.get("maintainer", ())
    if not any(policy.people[name].pushers for name in maintainers):
        who = "nobody of the role has pushers" if maintainers else "nobody holds it: name people in [roles]"
        findings.refuse(("override",), f'only the role "maintainer" may override when it pushes, and {who}')
