"""pathspec as the dialect's reference: when a policy loads it reads the patterns too, and must read them alike.

The dialect leaves out every spelling on which pathspec and git are known to differ. This check notices the unknown
ones, and a future pathspec that changes its mind, before a policy is believed: pathspec has to accept the pattern, see
the same `!`, and give lanegate's answer on a few short paths made to match the pattern or to miss it narrowly (only for
patterns with few stars: pathspec's regular expressions take exponential time on some of the others).

Letters and digits outside of classes mean themselves to every reader, so patterns that differ only in those are checked
once: 10,000 rules take some hundredths of a second. pathspec picks re2 or hyperscan where they are installed and then
decides differently, so its own backend is named here. Importing it takes longer than a whole hook: only a policy that
is not cached yet comes here.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from functools import lru_cache

from pathspec import GitIgnoreSpec

from lanegate.core.patterns import Pattern, PatternError, parse_pattern

#: `**` counts as one.
_MAX_PROBED_STARS = 4

#: A class, or a run of letters and digits outside of one.
_CLASS_OR_PLAIN = re.compile(r"(\[[^]]*\])|[A-Za-z0-9]+")
_CLASS_OR_WILDCARD = re.compile(r"\[(.)[^]]*\]|[*?]")


def check_with_pathspec(pattern: Pattern) -> None:
    """Raise PatternError if pathspec refuses the pattern or reads it differently."""
    problem = _disagreement(_CLASS_OR_PLAIN.sub(lambda found: found[1] or "a", pattern.text))
    if problem is not None:
        raise PatternError(problem)


@lru_cache(maxsize=4096)
def _disagreement(text: str) -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # Python's re on `[[]`, which stays what it is
            spec = GitIgnoreSpec.from_lines([text], backend="simple")
    except (ValueError, re.error) as error:
        return f"is refused by pathspec: {error}"
    pattern = parse_pattern(text)
    if [read.include for read in spec.patterns] != [not pattern.negated]:
        return "is read differently by pathspec: as no pattern, or with another `!`"
    if text.replace("**", "*").count("*") > _MAX_PROBED_STARS:
        return None
    below = "/b" if text.endswith("/") else ""  # pathspec takes an entry for a folder when something is below
    for path in _probes(pattern):
        ours = not pattern.negated if pattern.matches(path.encode()) else None
        if spec.check_file(path + below).include is not ours:
            return f"is read differently by pathspec, for example for a path like `{path}`"
    return None


def _probes(pattern: Pattern) -> Iterator[str]:
    """Short paths that match the pattern, or miss it by a folder or a letter."""
    names = [_example(segment.decode()) for segment in pattern.segments if segment != b"**"]
    deep = [_example(segment.decode()) for segment in pattern.segments]
    narrow = [*names[:-1], names[-1] + "c"]
    for parts in (names, deep, narrow, [*names, "b"], ["b", *names], [*deep, "b", "b"], names[:-1]):
        if parts and not {".", ".."} & set(parts):
            yield "/".join(parts)


def _example(segment: str) -> str:
    """A name that matches the segment; two for `**`."""
    return "b/b" if segment == "**" else _CLASS_OR_WILDCARD.sub(lambda found: found[1] or "b", segment)
