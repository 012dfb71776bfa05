"""Who may do what where: the grant of a lane on a path (design section 4, docs/judgement.md; R-C01, R-B07).

    1. `out_of_scope` of the lane matches: none, and nothing else counts
    2. else the last row of the matrix that names the lane and matches: what it says
    3. else the first of `owned_paths`, `modify_paths`, `read_paths` that matches: PRIMARY, MODIFY, READ
    4. else none

In a list the last matching pattern wins, and a `!` there means that the list does not match. The zone of a path is the
last one whose list matches, whoever owns the path (docs/judgement.md, "Zones"; R-B17).

All rules of a policy stand in one index, asked once for a path, whatever the number of lanes; paths that the same rules
match share one answer. What is remembered is dropped as a whole when it reaches CACHE_BYTES (by estimate).

The lean hook loads this module for `Ownership.from_state`: it imports nothing heavy. `core/ownership_state.py`, which
lays out the state, and `core/policy.py` are imported only where a policy is compiled or a rule is shown.
"""

from __future__ import annotations

from lanegate.core.index import PatternIndex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from lanegate.core.policy import Policy, Rule

#: Layout of the state; a new number with each change of it or of what a pattern means.
FORMAT = 3
#: Room for remembered answers, by estimate.
CACHE_BYTES = 32 << 20
#: Estimated size of an entry, its path and positions aside.
_ENTRY_BYTES = 250


class Match:
    """The grant of a lane on a path, and what decided it. Frozen; equal when the three values are.

    grant: PRIMARY, MODIFY, READ or NONE of core/policy.py. out_of_scope: whether `out_of_scope` made it NONE.
    rule: the Rule that decided; for NONE, the `!` pattern that took away what its list gave; None if no rule matches.
    """

    __slots__ = ("_position", "_rules", "grant", "out_of_scope")

    grant: str
    out_of_scope: bool
    _position: int | None
    _rules: _Rules

    def __init__(self, grant: str, position: int | None, out_of_scope: bool, rules: _Rules) -> None:
        for name, value in zip(Match.__slots__, (position, rules, grant, out_of_scope), strict=True):
            object.__setattr__(self, name, value)

    @property
    def rule(self) -> Rule | None:
        return None if self._position is None else self._rules.rule(self._position)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"cannot assign to {name} of a Match")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Match):
            return NotImplemented
        return (self.grant, self.rule, self.out_of_scope) == (other.grant, other.rule, other.out_of_scope)

    def __hash__(self) -> int:
        return hash((self.grant, self.rule, self.out_of_scope))

    def __repr__(self) -> str:
        return f"Match(grant={self.grant!r}, rule={self.rule!r}, out_of_scope={self.out_of_scope!r})"


class Ownership:
    """The grants of a policy, ready to be asked for many paths.

    Raises PatternError when a rule of the policy is no pattern of the dialect.
    """

    def __init__(self, policy: Policy) -> None:
        from lanegate.core.ownership_state import state_of

        self._load(state_of(policy))

    @classmethod
    def from_state(cls, state: tuple[Any, ...]) -> Ownership:
        """The ownership whose `state()` this is. Raises ValueError when another version of lanegate laid it out."""
        if not state or state[0] != FORMAT:
            raise ValueError("compiled policy of another version of lanegate")
        ownership = cls.__new__(cls)
        ownership._load(state)
        return ownership

    def state(self) -> tuple[Any, ...]:
        """Plain values for `marshal` (`core/ownership_state.py`); not to be changed."""
        return self._state

    def grant(self, lane: str, path: bytes) -> Match:
        """The grant of a lane on a path. Raises KeyError for a lane that the policy does not have."""
        try:
            return self._answers[path][lane]
        except KeyError:
            return self._decide(lane, path)

    def owners(self, path: bytes) -> tuple[tuple[str, Match], ...]:
        """The lanes that are PRIMARY on a path, of every state: active ones first, then by id."""
        return tuple(pair for pair in self.grants(path) if pair[1].grant == self._primary)

    def grants(self, path: bytes) -> tuple[tuple[str, Match], ...]:
        """Every lane of the policy with its grant on a path: active ones first, then by id."""
        return tuple((lane, self.grant(lane, path)) for lane in self._lanes)

    def zone(self, path: bytes) -> int | None:
        """Position in the policy's `zones` of the last one whose list matches a path; None: the path is in no zone."""
        if not self._zones:
            return None
        try:
            return self._zone_answers[path]
        except KeyError:
            return self._decide_zone(path)

    def zone_rule(self, path: bytes) -> Rule | None:
        """The pattern that puts a path into its zone; None: the path is in no zone."""
        at = self._deciding(self._index.matching(path)) if self._zones else None
        return None if at is None else self._rules.rule(at[1])

    def _load(self, state: tuple[Any, ...]) -> None:
        self._state = state
        _, self._grants, lanes, self._negated, texts, wheres, lines, shelves, self._zones = state
        self._primary = self._grants[-1]
        self._lanes: dict[str, tuple[tuple[int, ...], bytes]] = {lane: (bounds, rows) for lane, bounds, rows in lanes}
        self._rules = _Rules(texts, wheres, lines)
        self._index = PatternIndex.from_state(shelves)
        self._forget()

    def _forget(self) -> None:
        self._room = CACHE_BYTES
        #: Grants by lane, shared by all paths that the same rules match: by those rules, and by path.
        self._shared: dict[tuple[int, ...], dict[str, Match]] = {}
        self._answers: dict[bytes, dict[str, Match]] = {}
        self._zone_answers: dict[bytes, int | None] = {}

    def _decide(self, lane: str, path: bytes) -> Match:
        bounds, row_levels = self._lanes[lane]
        if self._room < 0:
            self._forget()
        matching = self._index.matching(path)
        by_lane = self._shared.get(matching)
        if by_lane is None:
            by_lane = self._shared[matching] = {}
            self._room -= _ENTRY_BYTES + 8 * len(matching)
        match = by_lane.get(lane)
        if match is None:
            match = by_lane[lane] = self._match(bounds, row_levels, matching)
            self._room -= _ENTRY_BYTES
        if path not in self._answers:
            self._answers[path] = by_lane
            self._room -= _ENTRY_BYTES + len(path)
        return match

    def _decide_zone(self, path: bytes) -> int | None:
        if self._room < 0:
            self._forget()
        found = self._deciding(self._index.matching(path))
        answer = self._zone_answers[path] = None if found is None else found[0]
        self._room -= _ENTRY_BYTES + len(path)
        return answer

    def _deciding(self, matching: tuple[int, ...]) -> tuple[int, int] | None:
        """(zone, position of the rule that puts a path there) where one of the last list that matches does."""
        for zone in range(len(self._zones) - 2, -1, -1):
            last = _last_between(self._zones[zone], self._zones[zone + 1], matching)
            if last is not None and not self._negated[last]:
                return zone, last
        return None

    def _match(self, bounds: tuple[int, ...], row_levels: bytes, matching: tuple[int, ...]) -> Match:
        none, read, modify, primary = self._grants
        out = _last_between(bounds[3], bounds[4], matching)
        if out is not None and not self._negated[out]:
            return Match(none, out, True, self._rules)
        row = max((at for at in matching if at < len(row_levels) and row_levels[at]), default=None)
        if row is not None:
            return Match(self._grants[row_levels[row] - 1], row, False, self._rules)
        taken_away = None
        for first, after, grant in zip(bounds, bounds[1:], (primary, modify, read), strict=False):
            last = _last_between(first, after, matching)
            if last is not None and not self._negated[last]:
                return Match(grant, last, False, self._rules)
            if taken_away is None:
                taken_away = last
        return Match(none, taken_away, False, self._rules)


def _last_between(first: int, after: int, matching: tuple[int, ...]) -> int | None:
    return max((at for at in matching if first <= at < after), default=None)


class _Rules:
    """The rules by position: three texts, taken apart when a rule is first asked for."""

    __slots__ = ("_columns", "_texts")

    def __init__(self, *texts: str) -> None:
        self._texts = texts
        self._columns: list[list[str]] | None = None

    def rule(self, position: int) -> Rule:
        from lanegate.core.policy import Rule

        if self._columns is None:
            self._columns = [text.split("\n") for text in self._texts]
        text, where, line = (column[position] for column in self._columns)
        return Rule(text, where, int(line))
