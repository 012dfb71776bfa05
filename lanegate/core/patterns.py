"""Patterns: which paths a line of the policy speaks about (design section 4, "Patterns").

A pattern is anchored at the top of the repository, or says `**/` to mean any depth. It matches a path when it matches
the path itself or a folder above it: who owns a folder owns what is below, whatever will be there. `!` before a pattern
says that a list takes away what it matches; what it matches is the same with and without. `core/dialect.py` says which
texts are patterns at all, `core/segments.py` how one name is matched, `core/index.py` how thousands are at once.

Pattern by pattern this is what `git check-ignore --no-index` and pathspec decide, but for one thing: a slash at the end
does not ask for a directory (a link or a submodule put where a folder was still belongs to whoever owned the folder).
The text is encoded as UTF-8 and compared byte by byte: no case folding, no Unicode normalisation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from lanegate.core.dialect import objection, segments_of, suggestions
from lanegate.core.segments import compile_segment


class PatternError(ValueError):
    """A text that is no pattern of the dialect.

    message: what is wrong, one line without the pattern itself.
    suggestions: patterns of the dialect that may be meant, with their `!`, best first.
    """

    def __init__(self, message: str, suggestions: tuple[str, ...] = ()) -> None:
        instead = " or ".join(f"`{text}`" for text in suggestions)
        super().__init__(f"{message}; write {instead}" if instead else message)
        self.message = message
        self.suggestions = suggestions


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern of the dialect, made by `parse_pattern`.

    text: as written. negated: whether it starts with `!`. segments: the names between the slashes as bytes; `b"**"`
    stands for any number of names, none included, and is never the last (`/a/**` is kept as `a`, `*`: the same paths).
    """

    text: str
    negated: bool
    segments: tuple[bytes, ...]

    def matches(self, path: bytes) -> bool:
        """Whether the pattern, its `!` aside, matches a path (relative, `/` between names) or a folder above it."""
        at_start = _deeper({0}, self.segments)
        reached = at_start
        for name in path.split(b"/"):
            following = {at for at in reached if self.segments[at] == b"**"}
            for at in reached - following:
                if compile_segment(self.segments[at])(name):
                    following.add(at + 1)
            if len(self.segments) in following:
                return True
            reached = _deeper(following, self.segments)
        return False


def _deeper(reached: set[int], segments: tuple[bytes, ...]) -> set[int]:
    """With each `**` that is reached, what follows it: it may stand for no name at all."""
    return reached | {at + 1 for at in reached if segments[at] == b"**"}


@lru_cache(maxsize=20_000)  # a policy's patterns are parsed when it is read, and again when it is laid out
def parse_pattern(text: str) -> Pattern:
    """The pattern that a line of the policy spells.

    Raises PatternError when the text is outside of the dialect (`core/dialect.py`).
    """
    negated = text.startswith("!")
    body = text[1:] if negated else text
    found = objection(body)
    if found is not None:
        sign = "!" if negated else ""
        raise PatternError(found.message, tuple(sign + other for other in suggestions(body)))
    segments = [name.encode() for name in segments_of(body)]
    if segments[-1] == b"**":
        segments[-1] = b"*"
    return Pattern(text, negated, tuple(segments))
