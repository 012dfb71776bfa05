"""What AGENTS.md states before lanes work in parallel, written from the policy (R-B18, R-B05): nine points, each with
what this policy says about it, and in words where it says nothing, so that nobody takes silence for permission."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lanegate.core.policy import APPEND_ONLY, FROZEN, HIGH_RISK, SHARED, Lane, Policy
from lanegate.render.plain import one_line

#: Items of a list that are shown; the rest are counted.
_MOST = 20


def block_lines(policy: Policy, policy_path: str) -> list[str]:
    """The lines of the block, without line ends and markers."""
    points = (
        ("Single-writer log", _log(policy)),
        ("Lock ownership", _locks(policy)),
        ("Integrator-only application", _application(policy)),
        ("Permission escalation", _escalation(policy, policy_path)),
        ("Gates", _gates(policy)),
        ("Document policy", _documents(policy)),
        ("Tests of a lane", _tests(policy)),
        ("Assignment contract", _assignments(policy)),
        ("Handoff evidence", _handoff(policy)),
    )
    lines = [
        "## Working in lanes",
        "",
        f"This repository is worked on in parallel lanes. `{policy_path}` says who may change what; hooks and the",
        "server enforce it at every commit and push.",
    ]
    for number, (title, said) in enumerate(points, 1):
        lines += ["", f"### {number}. {title}", "", *said]
    return [one_line(line) for line in lines]


def _log(policy: Policy) -> Iterator[str]:
    if policy.asks_acceptance:
        yield "Verdicts and landings stand in one ledger, `refs/lanegate/ledger`. Only lanegate's commands and the"
        yield "server append to it, one record at a time; nobody else writes it, and nothing in it is changed."
        never = "" if policy.self_accept else ", never by the author of the commit or an owner of its lane"
        yield f"Verdicts are given by {_people(policy, 'acceptor')}{never}."
    else:
        yield "There is no ledger of verdicts here: the one log of what was done is the history of the shared branches,"
        yield "which only landings write. No lane keeps another."
    yield "Decisions of design are kept apart from it, in documents of their own."


def _locks(policy: Policy) -> Iterator[str]:
    if policy.asks_locks:
        yield f"High-risk, so only with a lock that your lane holds: {_zone(policy, HIGH_RISK)}."
        yield "Take it with `lanegate lock acquire PATTERN`, give it back with `lanegate lock release ID`, and look"
        yield "with `lanegate lock list --fetch`. A lock of another lane is waited for, not worked around."
    else:
        yield "No path needs a lock here: what a lane may change stands with its assignment, below."
    for mode, what in (
        (APPEND_ONLY, "Only lines at the end"),
        (FROZEN, "Nobody changes"),
        (SHARED, "Any lane may change"),
    ):
        paths = _zone(policy, mode)
        if paths:
            yield f"{what}: {paths}."


def _application(policy: Policy) -> Iterator[str]:
    yield f"Lanes push to their own branches; conflicts between lanes are resolved by {_people(policy, 'integrator')}."
    for rule in policy.refs:
        who = " or ".join(map(_code, rule.pushers)) if rule.pushers is not None else "anybody who may push at all"
        asks = ", and only accepted commits" if rule.accepted else ""
        force = ", rewriting allowed" if rule.force else ""
        yield f"- {_code(rule.name)}: {who}{asks}{force}."


def _escalation(policy: Policy, policy_path: str) -> Iterator[str]:
    yield "What is refused is asked for, of the owner that the refusal names, and not got in another way: no"
    yield "`--no-verify`, no other lane's name, no edit of hooks or configuration, no shell command in place of a tool."
    yield f"More rights are a change of `{policy_path}`, made by {_people(policy, 'maintainer')}."
    for lane in _active(policy):
        if lane.escalate_if:
            yield f"- {_code(lane.id)} asks first if: {_listed(lane.escalate_if)}."


def _gates(policy: Policy) -> Iterator[str]:
    if not policy.gates:
        yield "The policy names no gates: what a lane has to run is in its verification, below."
        return
    yield "In this order, a failure stops the ladder (`lanegate gate run`):"
    for gate in sorted(policy.gates.values(), key=lambda gate: (gate.rung, gate.id)):
        refs = [rule.name for rule in policy.refs if gate.id in rule.gates]
        needed = f"; needed to land on {_listed(refs, code=True)}" if refs else ""
        yield f"- rung {gate.rung}, {_code(gate.id)}: {_listed(gate.run, code=True)}{needed}."


def _documents(policy: Policy) -> Iterator[str]:
    yield "A document is changed by the lane that owns its path, in the same commit as what it describes where that"
    yield "lane owns both; else ask its owner. This block is written by `lanegate agents-md` alone."
    for lane in _active(policy):
        paths = [rule.text for rule in lane.owned_paths if ".md" in rule.text or "doc" in rule.text.lower()]
        if paths:
            yield f"- {_code(lane.id)} owns {_listed(paths, code=True)}."


def _tests(policy: Policy) -> Iterator[str]:
    yield "A lane tests what it changes before it hands over, and changes no test of another lane to pass its own:"
    for lane in _active(policy):
        says = _listed(lane.verification, code=True) if lane.verification else "nothing named; say what you ran"
        yield f"- {_code(lane.id)}: {says}."


def _assignments(policy: Policy) -> Iterator[str]:
    yield "One lane, one work tree, one branch. Choose the lane with `lanegate lane use ID`; what is not listed is not"
    yield "yours."
    if not _active(policy):
        yield "No lane is active: no work starts."
    for lane in _active(policy):
        objective = f": {lane.objective.rstrip('.')}" if lane.objective else ""
        yield f"- {_code(lane.id)} ({lane.kind}, branch {_code(lane.branch or f'lane/{lane.id}')}){objective}."
        if lane.owners:
            yield f"  Owners: {_listed(lane.owners)}."
        for what, rules in (
            ("Owns", lane.owned_paths),
            ("Changes the content only of", lane.modify_paths),
            ("Reads", lane.read_paths),
            ("Leaves alone", lane.out_of_scope),
        ):
            if rules:
                yield f"  {what}: {_listed([rule.text for rule in rules], code=True)}."
        if lane.depends_on:
            yield f"  Depends on: {_listed([f'{other} ({how})' for other, how in lane.depends_on])}."
    if policy.matrix:
        yield "The ownership matrix of the policy counts before these lists: `lanegate policy matrix`."


def _handoff(policy: Policy) -> Iterator[str]:
    yield "Every commit ends with its `Lane:` trailer (and `Task:` where the lane has one). Work is done when its"
    yield "commits are pushed to the lane's branch with the commands that were run and what they said."
    for lane in _active(policy):
        task = f"task {_code(lane.task)}" if lane.task else ""
        deliverables = f"deliver {_listed(lane.deliverables, code=True)}" if lane.deliverables else ""
        accepted = (
            f"accepted when: {_listed([each.rstrip('.') for each in lane.acceptance])}" if lane.acceptance else ""
        )
        says = "; ".join(part for part in (task, deliverables, accepted) if part)
        yield f"- {_code(lane.id)}: {says or 'the commits and their test results'}."


def _active(policy: Policy) -> list[Lane]:
    return [lane for lane in policy.lanes.values() if lane.state == "active"]


def _people(policy: Policy, role: str) -> str:
    named = policy.roles.get(role, ())
    return f"the {role} ({_listed(named)})" if named else f"the {role}, whom the policy does not name: ask a person"


def _zone(policy: Policy, mode: str) -> str:
    return _listed([rule.text for zone in policy.zones if zone.mode == mode for rule in zone.paths], code=True)


def _listed(items: Iterable[str], *, code: bool = False) -> str:
    given = list(items)
    shown = [_code(each) if code else each for each in given[:_MOST]]
    more = [f"and {len(given) - _MOST} more (`lanegate policy show`)"] if len(given) > _MOST else []
    return (", " if code else "; ").join([*shown, *more])


def _code(text: str) -> str:
    """Text as Markdown code (CommonMark, code spans)."""
    if "`" not in text:
        return f"`{text}`"
    fence = "`" * (1 + max(len(run) for run in "".join(each if each == "`" else " " for each in text).split()))
    return f"{fence} {text} {fence}"
