"""Which of many scopes cover a path: the pattern lists of locks in one index (design section 4, "Patterns"; R-B03).

A scope covers a path when the last of its patterns that matches is no `!`, as in every list of the policy. Asked once
for a path, whatever the number of scopes.

The lean hook loads this module for `ScopeIndex.from_state`: it imports nothing heavy.
"""

from __future__ import annotations

from lanegate.core.index import PatternIndex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any


class ScopeIndex:
    """Scopes ready to be asked which of them cover a path.

    scopes: pattern texts, each list in its order. Raises PatternError for a text that is no pattern of the dialect.
    """

    def __init__(self, scopes: Iterable[Sequence[str]]) -> None:
        from lanegate.core.patterns import parse_pattern

        patterns = [(number, parse_pattern(text)) for number, scope in enumerate(scopes) for text in scope]
        self._scope_of = tuple([number for number, _ in patterns])
        self._negated = bytes([pattern.negated for _, pattern in patterns])
        self._index = PatternIndex([pattern for _, pattern in patterns])

    @classmethod
    def from_state(cls, state: tuple[Any, ...]) -> ScopeIndex:
        """The index whose `state()` this is; nothing is parsed again."""
        index = cls.__new__(cls)
        index._scope_of, index._negated, shelves = state
        index._index = PatternIndex.from_state(shelves)
        return index

    def state(self) -> tuple[Any, ...]:
        """Plain values for `marshal`; not to be changed."""
        return self._scope_of, self._negated, self._index.state()

    def covering(self, path: bytes) -> tuple[int, ...]:
        """The places of the scopes that cover a path, ascending."""
        found: dict[int, bool] = {}
        for at in self._index.matching(path):  # ascending: what a later pattern of a scope says counts
            found[self._scope_of[at]] = not self._negated[at]
        return tuple([number for number, covers in found.items() if covers])
