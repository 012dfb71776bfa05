"""Whether two commits make the same change, exactly, so that a verdict on one may be given to the other unseen.

Same paths with the same types and modes on both sides, and for each path either the same blobs or the same hunks: the
same lines taken away, added and around them, byte by byte, below the same heading (the function, where git knows one);
only the line numbers may differ. `git patch-id` is not asked, since it ends a line at a NUL byte.
"""

from __future__ import annotations

from lanegate.core.facts import LINK, SUBMODULE, Change
from lanegate.core.objects import parse_commit
from lanegate.git.changes import changes
from lanegate.git.objects import Reader
from lanegate.git.run import Git

_PATCH = (
    "diff-tree",
    "-p",
    "--text",
    "--root",
    "--no-commit-id",
    "--no-renames",
    "--full-index",
    "--no-textconv",
    "--no-ext-diff",
    "--no-color",
    "--unified=3",
    "--diff-algorithm=myers",
    "--src-prefix=a/",
    "--dst-prefix=b/",
)


def why_different(git: Git, reader: Reader, old: str, new: str) -> str | None:
    """Why two commits do not make the same change, in words; None where they do. Raises GitError, LimitError."""
    for oid in (old, new):
        if len(parse_commit(reader.read(oid)[1]).parents) > 1:
            return f"{oid[:12]} is a merge: a merge is looked at anew"
    found = {oid: tuple(changed) for oid, changed in changes(git, [old, new])}
    before, after = found.get(old, ()), found.get(new, ())
    if before == after:
        return None
    only = sorted({change.path for change in before} ^ {change.path for change in after})
    if only:
        return f"only one of them changes {_shown(only[0])}"
    for one, other in zip(before, after, strict=True):
        why = _why_different(git, old, new, one, other)
        if why is not None:
            return f"{_shown(one.path)}: {why}"
    return None


def _why_different(git: Git, old: str, new: str, one: Change, other: Change) -> str | None:
    if one == other:
        return None
    modes = (one.old_mode, one.new_mode)
    if modes != (other.old_mode, other.new_mode):
        return "another type or mode"
    if LINK in modes or SUBMODULE in modes:
        return "another target"
    return None if _hunks(git, old, one.path) == _hunks(git, new, other.path) else "other lines"


def _hunks(git: Git, commit: str, path: bytes) -> list[bytes]:
    """The patch of one path without blob ids and line numbers. In a patch every line of content has a mark in front, so
    no content looks like a header (git-diff(1), "Generating patch text with -p")."""
    name = path.decode("utf-8", "surrogateescape")
    lines = git.output("--literal-pathspecs", *_PATCH, commit, "--", name).split(b"\n")
    kept = [line for line in lines if not line.startswith(b"index ")]
    return [line.split(b"@@", 2)[2] if line.startswith(b"@@ ") else line for line in kept]


def range_diff(git: Git, old: str, new: str) -> str:
    """What `git range-diff` shows of two commits, for people. Raises GitError."""
    shown = git.output("range-diff", "--no-color", f"{old}^!", f"{new}^!")
    return shown.decode("utf-8", "replace")


def _shown(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")
