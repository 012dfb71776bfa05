"""A policy tried on old history: the lane of a commit that names none, and what would let refused changes through.

Old commits carry no `Lane`. One is taken for the lane that owns most of the paths it changes (of several the first of
the policy): so what is refused are the paths where lanes reach over to others. That is a guess, and is told as one.

Remedies are the smallest changes of the policy, a line of it each: MODIFY for content of files that another lane owns,
ownership of what nobody owns, and where neither can be, what has to be decided by people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from lanegate.core.decision import Violation
from lanegate.core.facts import EXECUTABLE, REGULAR, Change
from lanegate.core.hotspots import pattern_of
from lanegate.core.meeting import may_meet
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.ownership import Ownership
from lanegate.core.patterns import parse_pattern
from lanegate.core.policy import Policy

#: So many refused files in one folder are told as the folder.
FOLDER_FROM = 3

MODIFY_PATHS, OWNED_PATHS, HAND_OVER, LIFT, SETTLE = "modify_paths", "owned_paths", "hand over", "lift", "settle"


class Refused(NamedTuple):
    """A change that would have been refused. only_content: of a file that stays a file of its mode."""

    violation: Violation
    only_content: bool = False


class Row(NamedTuple):
    """What one lane would have been refused on one path by one rule, in how many commits; path None: the commit as a
    whole."""

    lane: str | None
    code: str
    path: bytes | None
    message: str
    commits: int
    hint: str | None


class Remedy(NamedTuple):
    """A change of the policy. kind: MODIFY_PATHS and OWNED_PATHS of `lane` get `pattern`; HAND_OVER: `owned_paths` of
    lane get it and those of `owner` lose it; LIFT: `owner` says which rule of the policy stands against it; SETTLE: no
    pattern of the dialect says it. commits: whose refusals it answers, at least in part."""

    kind: str
    lane: str
    pattern: str
    commits: int
    owner: str | None = None


def lane_by_paths(policy: Policy, ownership: Ownership, paths: Iterable[bytes]) -> str | None:
    """The active lane that owns most of some paths, of several the first in the policy; None where none owns any."""
    counts = {lane.id: 0 for lane in policy.lanes.values() if lane.state == "active"}
    for path in paths:
        for lane, _ in ownership.owners(path):
            if lane in counts:
                counts[lane] += 1
    best = max(counts, key=lambda lane: counts[lane], default=None)
    return best if best is not None and counts[best] else None


def is_only_content(changes: Sequence[Change], path: bytes | None) -> bool:
    """Whether the change of a path is one that MODIFY allows."""
    return any(
        change.path == path and change.old_mode == change.new_mode and change.new_mode in (REGULAR, EXECUTABLE)
        for change in changes
    )


def rows(refused: Iterable[Refused]) -> tuple[Row, ...]:
    """By lane, path and rule, most commits first."""
    found: dict[tuple[str, str, bytes], list[Refused]] = {}
    for one in refused:
        violation = one.violation
        found.setdefault((violation.lane or "", violation.code, violation.path or b""), []).append(one)
    made = [
        Row(lane or None, code, path or None, group[0].violation.message, _commits(group), group[0].violation.hint)
        for (lane, code, path), group in found.items()
    ]
    return tuple(sorted(made, key=lambda row: (-row.commits, row.lane or "", row.code, row.path or b"")))


def remedies(policy: Policy, ownership: Ownership, refused: Iterable[Refused]) -> tuple[Remedy, ...]:
    """What would let the refused paths through, by lane, most commits first. Refusals without a path have no remedy in
    the policy."""
    by_lane: dict[str, dict[bytes, list[Refused]]] = {}
    for one in refused:
        lane, path = one.violation.lane, one.violation.path
        if lane is not None and path is not None and one.violation.code in ("LG101", "LG102", "LG103", "LG104"):
            by_lane.setdefault(lane, {}).setdefault(path, []).append(one)
    found: list[Remedy] = []
    for lane, paths in by_lane.items():
        groups: dict[tuple[str, str | None], dict[bytes, list[Refused]]] = {}
        for path, refusals in paths.items():
            for one in refusals:
                way = _kind(ownership, lane, path, only_content=one.only_content)
                groups.setdefault(way, {}).setdefault(path, []).append(one)
        for (kind, owner), among in groups.items():
            for told, pattern in _patterns(among, _may_be_folder(policy, lane, kind)):
                commits = _commits([one for path in told for one in among[path]])
                found.append(Remedy(kind if pattern else SETTLE, lane, pattern or _shown(told[0]), commits, owner))
    return tuple(sorted(found, key=lambda one: (-one.commits, one.lane, one.kind, one.pattern)))


def _commits(group: Iterable[Refused]) -> int:
    return len({one.violation.commit for one in group})


def _kind(ownership: Ownership, lane: str, path: bytes, *, only_content: bool) -> tuple[str, str | None]:
    """The kind of remedy for a change of a path, and whom or what else it concerns."""
    match = ownership.grant(lane, path)
    if match.rule is not None and (match.out_of_scope or match.rule.where.startswith("matrix")):
        return LIFT, f"{match.rule.where} (line {match.rule.line})"
    owners = ownership.owners(path)
    if not owners:
        return OWNED_PATHS, None
    if only_content:
        return MODIFY_PATHS, None
    return HAND_OVER, owners[0][0]


def _may_be_folder(policy: Policy, lane: str, kind: str) -> Callable[[str], bool]:
    """Whether a remedy may name a whole folder: always for MODIFY, which takes from nobody, else where no other lane
    may own a part of it."""
    if kind == MODIFY_PATHS:
        return lambda folder: True
    if kind != OWNED_PATHS:
        return lambda folder: False
    others = [
        parse_pattern(rule.text).segments
        for other in policy.lanes.values()
        if other.id != lane
        for rule in (*other.owned_paths, *(row.rule for row in policy.matrix))
        if not rule.text.startswith("!")
    ]
    return lambda folder: not any(may_meet(parse_pattern(folder).segments, other) for other in others)


def _patterns(
    paths: Iterable[bytes], may_be_folder: Callable[[str], bool]
) -> list[tuple[tuple[bytes, ...], str | None]]:
    """(paths, the pattern that matches them) for all paths: the folder where many files of one are refused, else each
    file; None where no pattern spells it."""
    rest = sorted(paths)
    inside = Counter(path.rpartition(b"/")[0] for path in rest)
    found: list[tuple[tuple[bytes, ...], str | None]] = []
    for folder in sorted(inside):  # a folder comes before those in it
        pattern = pattern_of(folder) if folder and inside[folder] >= FOLDER_FROM else None
        below = tuple(path for path in rest if path.startswith(folder + b"/"))
        if pattern is not None and below and may_be_folder(pattern):
            found.append((below, pattern.rstrip("/") + "/"))
            rest = [path for path in rest if path not in below]
    return found + [((path,), pattern_of(path)) for path in rest]


def _shown(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")


def lanes_of_authors(counts: Mapping[str, Mapping[str, int]]) -> dict[str, str]:
    """The lane of each author: the one whose paths he changed most. counts: by author, how often each lane's."""
    return {author: max(lanes, key=lambda lane: lanes[lane]) for author, lanes in counts.items() if lanes}
