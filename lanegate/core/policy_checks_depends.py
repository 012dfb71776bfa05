"""Checks on what lanes wait for: each dependency is another lane, and no lane waits for itself in the end."""

from __future__ import annotations

from collections.abc import Iterator

from lanegate.core.policy import Policy
from lanegate.core.policy_problems import Findings, nearest
from lanegate.core.toml_lines import quoted

#: Lanes of a cycle that are shown.
_SHOWN = 20


def check_depends_on(policy: Policy, findings: Findings) -> None:
    """`depends_on` names other lanes of the policy, "none" or not, and never runs in a circle."""
    for lane in policy.lanes:
        given = findings.marks.at("lanes", lane).items.get("depends_on")
        for name in given.items if given is not None else ():
            path = ("lanes", lane, "depends_on", name)
            if name == lane:
                findings.refuse(path, "a lane cannot depend on itself")
            elif name not in policy.lanes:
                findings.refuse(
                    path, f"{quoted(str(name))} is no lane of this policy{nearest(str(name), policy.lanes)}"
                )
    for cycle in _cycles(policy):
        way = " > ".join((*cycle[:_SHOWN], "…") if len(cycle) > _SHOWN else (*cycle, cycle[0]))
        path = ("lanes", cycle[-1], "depends_on", cycle[0])
        findings.refuse(path, f"these lanes wait for each other, so none could land first: {way}")


def _cycles(policy: Policy) -> Iterator[list[str]]:
    """A circle of lanes for each dependency that closes one: a walk in depth meets a lane of its own way again."""
    after = {lane.id: [name for name, _ in lane.depends_on if name != lane.id] for lane in policy.lanes.values()}
    walked: set[str] = set()
    for start in after:
        way: list[str] = []
        places: dict[str, int] = {}
        rest = [iter((start,))]
        while rest:
            name = next(rest[-1], None)
            if name is None:
                rest.pop()
                if way:
                    walked.add(way[-1])
                    del places[way.pop()]
            elif name in places:
                yield way[places[name] :]
            elif name in after and name not in walked:
                places[name] = len(way)
                way.append(name)
                rest.append(iter(after[name]))
