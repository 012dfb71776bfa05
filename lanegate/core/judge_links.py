"""Symbolic links: resolved by name alone, they stay where their lane may at least read (docs/judgement.md, "A new
commit" 8; THREATS, "A symlink inside the lane that points out")."""

from __future__ import annotations

from lanegate.core.decision import Violation
from lanegate.core.judge import owner_name
from lanegate.core.message import short
from lanegate.core.policy import APPEND_ONLY, NONE, SHARED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lanegate.core.judge import Judge
    from lanegate.core.policy import Lane


def judge_link(judge: Judge, lane: Lane, path: bytes, target: bytes) -> Iterator[Violation]:
    """LG101, LG104: a link that a lane adds or changes at a path points to where the lane may not even read."""
    policy, ownership = judge.policy, judge.ownership
    where = resolve_link(path, target)
    match = ownership.grant(lane.id, where) if where is not None else None
    owners = ownership.owners(where) if where is not None else ()
    code, why = "LG101", f"where {lane.id} has no grant"
    if where is None or match is None:
        why = "which leaves the repository"
    elif match.out_of_scope:
        code, why = "LG104", f"which is out of scope for {lane.id}"
    elif match.grant != NONE or (not owners and policy.unowned == "allow") or _is_open(judge, where):
        return
    yield Violation(
        code=code,
        message=f"symbolic link to {short(target.decode('utf-8', 'replace'))}, {why}",
        path=path,
        lane=lane.id,
        grant=match.grant if match else None,
        owner=owner_name(policy, owners),
        policy_line=match.rule.line if match and match.rule else lane.line,
        hint="link to a path inside the lane, or to one in its read_paths",
    )


def _is_open(judge: Judge, path: bytes) -> bool:
    """Whether a path is in a zone that any lane may write in."""
    zone = judge.ownership.zone(path)
    return zone is not None and judge.policy.zones[zone].mode in (SHARED, APPEND_ONLY)


def resolve_link(path: bytes, target: bytes) -> bytes | None:
    """Where a link at `path` points, by name alone; None when it is absolute, empty or leaves the repository."""
    if not target or target.startswith(b"/") or b"\0" in target:
        return None
    parts = path.split(b"/")[:-1]
    for step in target.split(b"/"):
        if step == b"..":
            if not parts:
                return None
            parts.pop()
        elif step not in (b"", b"."):
            parts.append(step)
    return b"/".join(parts) or None
