"""Locks judged again long after a landing, by the registry as it stood then (docs/judgement.md, "Zones"; design 6).

The server asked for a lock of the commit's own lane when the commit first came to a policed ref, and no history dates
that. What history does tell: who held the path when it landed, and whether its lane ever held it before. The server
asks both at the landing, too (core/judge_zones.py).
"""

from __future__ import annotations

from lanegate.core.decision import Violation
from lanegate.core.instant import instant_of
from lanegate.core.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from lanegate.core.lock_history import HeldThen


class Risky(NamedTuple):
    """What a commit of a lane changes in high-risk zones. paths: each with the line of its zone in the policy."""

    commit: str
    lane: str
    paths: tuple[tuple[bytes, int], ...]


def judge_landed_locks(risky: Risky, then: HeldThen, ref: str | None) -> Iterator[Violation]:
    """LG402 for each path that another lane held when the commit landed, LG401 where its own lane never had. then: the
    registry by which the landing was judged, at the time of its record. ref: that it landed on."""
    lane = risky.lane
    for path, line in risky.paths:
        other = next((lock for lock in then.covering(path) if lock.lane != lane), None)
        if other is not None:
            owner = f"{other.owner} ({other.lane})" if other.owner is not None else other.lane
            yield Violation(
                code="LG402",
                message=f"landed while lane {other.lane} held {other.id}, until {instant_of(other.expires)}",
                commit=risky.commit,
                path=path,
                lane=lane,
                owner=owner,
                ref=ref,
                policy_line=line,
                hint=f"ask {owner} what became of the work behind that lock; the server's log says who pushed",
            )
        elif not then.was_held(lane, path):
            yield Violation(
                code="LG401",
                message=f"landed at {instant_of(then.now)}, and lane {lane} never held a lock on it before",
                commit=risky.commit,
                path=path,
                lane=lane,
                ref=ref,
                policy_line=line,
                hint="a hook was off, or something wrote past it: see the server's log",
            )
