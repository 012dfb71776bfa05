"""What a push asks for, line by line, as git tells its hooks (githooks(5), pre-receive and post-receive)."""

from __future__ import annotations

import os

from lanegate.core.named_tuple import NamedTuple
from lanegate.core.object_id import is_full_id
from lanegate.core.refs import is_built_in
from lanegate.git.run import GitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lanegate.git.refs import Tip


class RefMovedError(GitError):
    """A ref is no longer where the push found it; git would not let it through either."""


class Line(NamedTuple):
    """One line of pre-receive's standard input; None for the zero id."""

    old: str | None
    new: str | None
    ref: str


def read_lines(stdin: bytes) -> tuple[Line, ...]:
    """The ref updates of githooks(5), pre-receive. Raises GitError for anything else.

    One ref on several lines is refused: git carries them out one after the other, unless the client asks for an atomic
    push, so that what one line leaves would be what the next one builds on, and all are judged by what stood before.
    """
    lines = []
    named = set()
    for raw in os.fsdecode(stdin).split("\n"):
        if not raw:
            continue
        fields = raw.split(" ", 2)
        if len(fields) != 3 or not all(is_full_id(field) for field in fields[:2]):
            raise GitError(f"standard input is not what git gives to pre-receive: {raw[:80]!r}")
        if fields[2] in named:
            raise GitError(f"{fields[2][:200]!r} is named more than once in one push: push it once")
        named.add(fields[2])
        lines.append(Line(_non_zero(fields[0]), _non_zero(fields[1]), fields[2]))
    return tuple(lines)


def are_built_in(lines: Iterable[Line]) -> bool:
    """Whether a push is of refs alone that no landing names, such as the ledger."""
    return all(is_built_in(line.ref) for line in lines)


def standing(refs: Mapping[str, Tip], line: Line) -> Tip | None:
    """What stands at the ref of a line, None for nothing. refs: every ref before the push. Raises RefMovedError."""
    tip = refs.get(line.ref)
    if (tip.oid if tip is not None else None) != line.old:
        raise RefMovedError(f"{line.ref} is not at {line.old or 'nothing'} any more: another push was faster")
    return tip


def _non_zero(oid: str) -> str | None:
    return oid if oid.strip("0") else None
