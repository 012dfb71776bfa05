"""Touched paths of many commits through one `git diff-tree` (git-diff-tree(1), --stdin).

Plumbing, so no diff configuration counts; no rename detection, so a rename is a deletion and a creation; NUL-separated,
so names are bytes as they are. Merges print nothing here: their own changes are `git/merges.py`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lanegate.core.facts import Change
from lanegate.git.new_trees import PATHS_LIMIT, LimitError
from lanegate.git.run import Git

DIFF_TREE = (
    "diff-tree",
    "--stdin",
    "-r",
    "-z",
    "--raw",
    "--root",
    "--no-renames",
    "--no-abbrev",
    "--ignore-submodules=none",
    "--no-ext-diff",
)


def changes(git: Git, commits: Iterable[str]) -> Iterator[tuple[str, list[Change]]]:
    """(commit id, its changes) in the order asked, for commits with at most one parent; those that touch nothing
    are left out. Raises GitError, LimitError."""
    stdin = "".join(f"{commit}\n" for commit in commits).encode()
    if not stdin:
        return
    current: str | None = None
    found: list[Change] = []
    meta = ""
    for token in nul_tokens(git.stream(*DIFF_TREE, stdin=stdin)):
        if meta:
            found.append(_change(meta, token))
            meta = ""
        elif token[:1] == b":":
            meta = token.decode("ascii")
            if len(found) > PATHS_LIMIT:
                raise LimitError(f"commit {current} touches more than {PATHS_LIMIT} paths")
        else:
            if current is not None:
                yield current, found
            current, found = token.decode("ascii"), []
    if current is not None:
        yield current, found


def tree_changes(git: Git, pairs: Sequence[tuple[str, str]]) -> Iterator[list[Change]]:
    """The changes from the first tree to the second of each pair of ids, in the order asked.

    Raises GitError, LimitError.
    """
    stdin = "".join(f"{old} {new}\n" for old, new in pairs).encode()
    found: list[Change] = []
    asked = 0
    meta = ""
    for token in nul_tokens(git.stream(*DIFF_TREE, stdin=stdin) if pairs else ()):
        if meta:
            found.append(_change(meta, token))
            meta = ""
            if len(found) > PATHS_LIMIT:
                raise LimitError(f"a merge differs from git's own in more than {PATHS_LIMIT} paths")
            continue
        *headings, rest = token.split(b"\n")  # `<tree> <tree>` and a line feed stand before each pair's changes
        for _ in headings:
            if asked:
                yield found
            asked, found = asked + 1, []
        meta = rest.decode("ascii")
    if asked:
        yield found
    for _ in pairs[asked:]:  # a last heading without changes has no NUL behind it
        yield []


def _change(meta: str, path: bytes) -> Change:
    old_mode, new_mode, old_id, new_id, _ = meta.split(" ")
    return Change(path, old_mode[1:], new_mode, old_id, new_id)


def nul_tokens(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """NUL-terminated tokens of a stream."""
    rest = b""
    for chunk in chunks:
        *tokens, rest = (rest + chunk).split(b"\0")
        yield from tokens
