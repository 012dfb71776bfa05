"""Records of the lock registry (design section 6; R-B03, R-B04, R-D04): what moves a lock from one state to the next.

| kind | says | written by |
|---|---|---|
| acquire | a lane takes a lock on a scope, for so long | owner of the lane |
| heartbeat | its holder is still at work: the lease runs from now again | the same |
| release | the lock is given back | the same |
| reclaim | a lock whose lease ran out goes to a lane; with `override` a live one too | owner of that lane; lead |

`at` is the time by the writer's clock, which the server compares with its own: from it leases are counted, here and by
whoever verifies later. `fence` is the number of the record that gave the lock to its present holder, so a holder who
lost it moves nothing. core/record.py writes and reads them.
"""

from __future__ import annotations

from lanegate.core import record_fields as field
from lanegate.core.instant import seconds_of
from lanegate.core.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

#: Seconds that a lease lasts at most: a week.
MAX_LEASE = 604_800
#: Patterns of a scope, and characters of them in all; characters of an objective.
MAX_SCOPE, MAX_SCOPE_TEXT = 100, 10_000
MAX_OBJECTIVE = 1_000


class Acquire(NamedTuple):
    """scope: patterns of the policy's dialect; the last that matches decides, `!` takes away. seconds: of the lease.
    at: YYYY-MM-DDTHH:MM:SSZ. tries, waited: refused tries before this one, and seconds since the first of them."""

    lock: str
    lane: str
    scope: tuple[str, ...]
    objective: str
    seconds: int
    at: str
    tries: int = 0
    waited: int = 0


class Heartbeat(NamedTuple):
    """seconds: of the lease from now on. The record's note is the status, if there is one."""

    lock: str
    fence: int
    seconds: int
    at: str


class Release(NamedTuple):
    lock: str
    fence: int
    at: str


class Reclaim(NamedTuple):
    """fence: of the holder who loses it. lane, objective: of the next one; id and scope stay. override: by the lead,
    whether the lease ran out or not. The record's note says why."""

    lock: str
    fence: int
    lane: str
    objective: str
    seconds: int
    at: str
    override: bool = False


if TYPE_CHECKING:
    LockBody = Acquire | Heartbeat | Release | Reclaim


def _pattern(value: Any) -> str:
    from lanegate.core.patterns import PatternError, parse_pattern

    text = field.line(value)
    try:
        parse_pattern(text)
    except PatternError as error:
        raise field.WrongError(f"`{text:.100}` {error}") from None
    return text


def _scope(value: Any) -> tuple[str, ...]:
    found: tuple[str, ...] = field.list_of(_pattern, 1)(value)
    is_small = len(found) <= MAX_SCOPE and sum(map(len, found)) <= MAX_SCOPE_TEXT
    field.must(is_small, f"at most {MAX_SCOPE} patterns of {MAX_SCOPE_TEXT} characters in all")
    field.must(not all(text.startswith("!") for text in found), "a pattern without `!`")
    return found


def _objective(value: Any) -> str:
    found = field.line(value)
    field.must(len(found) <= MAX_OBJECTIVE, f"text of at most {MAX_OBJECTIVE} characters")
    field.must(found.strip() != "", "words")
    return found


def _seconds(value: Any) -> int:
    found = field.number(value)
    field.must(1 <= found <= MAX_LEASE, f"seconds from 1 to {MAX_LEASE}")
    return found


def _instant(value: Any) -> str:
    field.must(isinstance(value, str) and seconds_of(value) is not None, "a time such as 2026-11-21T18:00:00Z")
    return str(value)


LOCK_KINDS: Mapping[str, Any] = {"acquire": Acquire, "heartbeat": Heartbeat, "release": Release, "reclaim": Reclaim}
LOCK_FIELDS: Mapping[Any, Mapping[str, Callable[[Any], Any]]] = {
    Acquire: {
        "lock": field.lock_id,
        "lane": field.lane_id,
        "scope": _scope,
        "objective": _objective,
        "seconds": _seconds,
        "at": _instant,
        "tries": field.number,
        "waited": field.number,
    },
    Heartbeat: {"lock": field.lock_id, "fence": field.number, "seconds": _seconds, "at": _instant},
    Release: {"lock": field.lock_id, "fence": field.number, "at": _instant},
    Reclaim: {
        "lock": field.lock_id,
        "fence": field.number,
        "lane": field.lane_id,
        "objective": _objective,
        "seconds": _seconds,
        "at": _instant,
        "override": field.flag,
    },
}
