"""Zones, a second time: what a change in one may be, whoever holds what grant (docs/judgement.md, "Zones")."""

from __future__ import annotations

import re

from tests.differential.acceptance import bots_lane, is_accepted
from tests.differential.case import Case
from tests.differential.changes import NOTHING, REGULAR, Change
from tests.differential.plumbing import Entry, run
from tests.differential.rules_zones import APPEND_ONLY, FROZEN, HIGH_RISK


def zone_code(case: Case, commit: str, lane: str, change: Change) -> str | None:
    """What the zone of a changed path says against the change, whatever the grants say."""
    zone = case.policy.zone(change.path)
    if zone is None:
        return None
    if zone["mode"] == FROZEN:
        return "LG404"
    if zone.get("roles") and not is_vouched(case, commit, lane) and not writes_as(case, commit, zone["roles"]):
        return "LG406"
    if zone["mode"] == APPEND_ONLY and not is_append(case, commit, change):
        return "LG405"
    if zone["mode"] == HIGH_RISK and case.is_push:
        return lock_code(case, commit, lane, change.path)
    return None


def is_vouched(case: Case, commit: str, lane: str) -> bool:
    """Whether nobody asks who wrote a commit: it is a bot's, its verdict was only taken on its lane's ref, or it stood
    there before."""
    identity = case.policy.identity
    if bots_lane(case, commit) is not None and (case.is_accepted or identity == "signature"):
        return True
    if identity == "pusher" and case.is_accepted and is_accepted(case, commit):
        return True
    return case.policy.by_pusher and case.was_of(commit, lane)


def writes_as(case: Case, commit: str, roles: list[str]) -> bool:
    """Whether who wrote a commit, as far as that is proven, holds one of the roles."""
    if case.policy.by_pusher and (not case.is_push or case.policy.holds(case.person, roles)):
        return True
    return case.policy.holds(case.signer(commit), roles)


def lock_code(case: Case, commit: str, lane: str, path: bytes) -> str | None:
    """LG402 where another lane's live lock covers a path, LG401 where none of this lane does and one is needed: now,
    or of what stood on the server before, at any time."""
    live = [lock for lock in case.locks.values() if case.now < lock["expires"]]
    lanes = {lock["lane"] for lock in live if case.policy.patterns.in_list(lock["scope"], path)}
    if lanes - {lane}:
        return "LG402"
    return None if lane in lanes or (case.was_policed(commit) and ever_had(case, lane, path)) else "LG401"


def ever_had(case: Case, lane: str, path: bytes) -> bool:
    """Whether any record gave a lane a lock that covers a path."""
    scopes: dict[str, list[str]] = {}
    for record in case.lock_records:
        if record["kind"] == "acquire":
            scopes[record["lock"]] = record["scope"]
        gives = record["kind"] in ("acquire", "reclaim") and record["lane"] == lane
        if gives and case.policy.patterns.in_list(scopes[record["lock"]], path):
            return True
    return False


def is_append(case: Case, commit: str, change: Change) -> bool:
    """Whether a change of a path only adds lines at its end; of a merge, whether it holds what both sides added to what
    they began from, in either order."""
    git, parents = case.git, case.git.parents(commit)
    if change.new.mode not in REGULAR:
        return False
    new = content(case, change.new)
    if len(parents) < 2:
        return change.old.mode in (NOTHING.mode, change.new.mode) and grows(content(case, change.old), new)
    sides = [git.leaves(parent).get(change.path, NOTHING) for parent in parents]
    if any(side.mode not in (NOTHING.mode, change.new.mode) for side in sides):
        return False
    one, other = (content(case, side) for side in sides)
    bases = run(git.folder, "merge-base", "--all", *parents, good=(0, 1))[1].decode().split()
    starts = [content(case, git.leaves(base).get(change.path, NOTHING)) for base in bases] or [b""]
    return any(new in both(start, one, other) for start in starts if grows(start, one) and grows(start, other))


def content(case: Case, entry: Entry) -> bytes:
    """The bytes of a regular file, none of anything else."""
    return case.git.object(entry.id)[1] if entry.mode in REGULAR else b""


def grows(old: bytes, new: bytes) -> bool:
    """Whether new lines were added to old ones, and none of those became longer."""
    added = new[len(old) :]
    return new.startswith(old) and (is_whole(old) or added == b"" or re.match(rb"\r?\n", added) is not None)


def is_whole(text: bytes) -> bool:
    """Whether there is no last line that could become longer."""
    return text == b"" or text.endswith(b"\n")


def both(start: bytes, one: bytes, other: bytes) -> list[bytes]:
    """What two sides added to a start, one after the other, both ways; lines that both added first twice or once."""
    found = []
    for shared in (start, max(start, common_lines(one, other), key=len)):
        for first, second in ((one, other), (other, one)):
            added = second[len(shared) :]
            gap = b"" if grows(first, first + added) else b"\n"
            found.append(first + gap + added)
    return found


def common_lines(one: bytes, other: bytes) -> bytes:
    """The whole lines that both begin with."""
    found = b""
    for line, same in zip(re.findall(rb"[^\n]*\n", one), re.findall(rb"[^\n]*\n", other), strict=False):
        if line != same:
            break
        found += line
    return found
