"""What `lanegate explain` found, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from lanegate.core.explain import Explained, ZoneThere
from lanegate.core.instant import instant_of
from lanegate.core.judge_zones import pattern_for
from lanegate.core.ownership import Match
from lanegate.core.policy import HIGH_RISK, Policy
from lanegate.render.plain import one_line, show_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lanegate.core.explain_commit import Aspect


#: What each mode of a zone asks.
_ASKS = {
    "high-risk": "the lane needs a live lock",
    "shared": "any lane may change it",
    "append-only": "any lane may add lines at the end",
    "frozen": "nobody may change it",
}


def explain_text(policy: Policy, policy_path: str, found: Sequence[Explained]) -> str:
    """A paragraph a path: who owns it, and for each lane its grant, the line that gives it, and what it may do."""
    return "".join(line + "\n" for one in found for line in _lines(policy, policy_path, one))


def explain_json(policy: Policy, found: Sequence[Explained]) -> str:
    """One JSON object: version and, for each path, owners and lanes (grant, rule, line, acts: code or null)."""
    return json.dumps({"version": 1, "paths": [_value(policy, one) for one in found]}, indent=2) + "\n"


def _lines(policy: Policy, policy_path: str, one: Explained) -> Iterator[str]:
    owners = ", ".join(_owner(policy, lane) for lane in one.owners)
    fallback = "any lane may change it" if policy.unowned == "allow" else "nobody may change it"
    yield f"{one_line(show_path(one.path))}: " + (f"owned by {owners}" if owners else f"no lane owns it, {fallback}")
    if one.zone is not None:
        yield from _zone_lines(policy_path, one.path, one.zone)
    for lane, match in one.grants:
        where = f"{match.rule.text}  {policy_path}:{match.rule.line}" if match.rule else "no pattern matches"
        state = policy.lanes[lane].state
        suffix = "" if state == "active" else f" ({state})"
        yield f"  {lane}{suffix}: {_grant(match)}  {one_line(where)}"
        acts = [(act, violation) for named, act, violation in one.acts if named == lane]
        yield "    " + ", ".join(f"{act}: {violation.code if violation else 'allowed'}" for act, violation in acts)


def _zone_lines(policy_path: str, path: bytes, there: ZoneThere) -> Iterator[str]:
    zone, rule, locks = there
    roles = f", {' or '.join(zone.roles)} only" if zone.roles else ""
    yield f"  zone {zone.mode}{roles}: {_ASKS[zone.mode]}  {one_line(rule.text)}  {policy_path}:{rule.line}"
    if zone.mode != HIGH_RISK or locks is None:
        return
    for lock in locks:
        owner = f"{lock.owner}, lane {lock.lane}" if lock.owner is not None else f"lane {lock.lane}"
        yield f"    lock {lock.id} held by {owner}, until {instant_of(lock.expires)}: {one_line(lock.objective)}"
    if not locks:
        yield f"    no lock is held on it: lanegate lock acquire {pattern_for(path)} --lane ID"


def _zone_value(there: ZoneThere) -> dict[str, object]:
    zone, rule, locks = there
    held = [
        {
            "lock_id": lock.id,
            "lane": lock.lane,
            "owner": lock.owner,
            "objective": lock.objective,
            "expires_at": instant_of(lock.expires),
        }
        for lock in locks or ()
    ]
    return {
        "mode": zone.mode,
        "roles": list(zone.roles),
        "rule": rule.text,
        "where": rule.where,
        "policy_line": rule.line,
        "locks": None if locks is None else held,
    }


def _value(policy: Policy, one: Explained) -> dict[str, object]:
    return {
        "path": show_path(one.path),
        "owners": list(one.owners),
        "lanes": [
            {
                "lane": lane,
                "state": policy.lanes[lane].state,
                "grant": match.grant,
                "out_of_scope": match.out_of_scope,
                "rule": match.rule.text if match.rule else None,
                "where": match.rule.where if match.rule else None,
                "policy_line": match.rule.line if match.rule else None,
                "acts": {act: v.code if v else None for named, act, v in one.acts if named == lane},
            }
            for lane, match in one.grants
        ],
        "zone": None if one.zone is None else _zone_value(one.zone),
    }


def _grant(match: Match) -> str:
    return "out of scope" if match.out_of_scope else "no grant" if match.grant == "-" else match.grant


def _owner(policy: Policy, lane: str) -> str:
    people = ", ".join(policy.lanes[lane].owners)
    return f"{lane} ({people})" if people else lane


def landing_text(
    policy_path: str,
    title: tuple[str, str, str],
    aspects: Sequence[Aspect],
    refused: Sequence[str],
    notes: Sequence[str],
) -> str:
    """What decides about a commit on a ref. title: ref, commit, subject. refused: other commits that come with it."""
    ref, commit, subject = title
    count = sum(len(aspect.violations) for aspect in aspects)
    answer = f"refused ({count} problem{'s' if count != 1 else ''})" if count else "may land"
    lines = [f'{commit[:12]} "{one_line(subject)[:72]}" to {one_line(ref)}: {answer if aspects else "landed"}']
    width = max((len(aspect.name) for aspect in aspects), default=0)
    for aspect in aspects:
        lines.append(
            f"  {'no' if aspect.violations else 'ok'}  {aspect.name.ljust(width)}  {one_line(aspect.fact)}".rstrip()
        )
        for violation in aspect.violations:
            where = f"   {policy_path}:{violation.policy_line}" if violation.policy_line else ""
            path = f"{one_line(show_path(violation.path))}   " if violation.path is not None else ""
            lines.append(f"      {violation.code} {path}{one_line(violation.message)}{where}")
            lines += [f"            {one_line(violation.hint)}"] if violation.hint else []
    lines += [f"  also refused, and coming with it: {oid[:12]}" for oid in refused]
    lines += [f"  note: {one_line(note)}" for note in notes]
    return "\n".join(lines) + "\n"


def landings_json(found: Sequence[dict[str, Any]]) -> str:
    """One JSON object: version and, for each ref, commit, aspects (fact, violations), commits refused along, notes."""
    values = [{**one, "aspects": [_aspect(aspect) for aspect in one["aspects"]]} for one in found]
    return json.dumps({"version": 1, "refs": values}, ensure_ascii=False, indent=2) + "\n"


def _aspect(aspect: Aspect) -> dict[str, Any]:
    from lanegate.render.json import violation_value

    return {
        "name": aspect.name,
        "fact": aspect.fact,
        "violations": [violation_value(violation) for violation in aspect.violations],
    }
