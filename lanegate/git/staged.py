"""What a commit made now would change: the index against a commit, as git's own plumbing compares them.

`git diff-index --cached` reads whatever index this is: the temporary one of `commit -a`, `-p` and `--only`
(GIT_INDEX_FILE), split, sparse, with skip-worktree or assume-unchanged bits. No rename detection, submodules always
shown, files that are only announced (`add -N`) left out, since a commit leaves them out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from lanegate.core.facts import Change
from lanegate.git.run import Git, GitError

#: Asked of git in this order by the lean path too (lanegate/lean.py), so that both see the same changes.
DIFF_INDEX = (
    "diff-index",
    "--cached",
    "--raw",
    "-z",
    "--no-abbrev",
    "--no-renames",
    "--no-relative",
    "--no-ext-diff",
    "--ita-invisible-in-index",
    "--ignore-submodules=none",
)


def staged_changes(git: Git, against: str | None) -> tuple[tuple[Change, ...], int]:
    """(each path whose type, mode or id differs between `against` and the index, number of unmerged paths).

    against: a commit or tree id, None for the empty tree (an unborn branch). Raises GitError.
    """
    tree = against if against is not None else git.line("hash-object", "-t", "tree", os.devnull)
    changes = tuple(parse_raw(git.output(*DIFF_INDEX, tree, "--")))
    merged = tuple(change for change in changes if change.new_id)
    return merged, len(changes) - len(merged)


def parse_raw(raw: bytes) -> Iterator[Change]:
    """Changes from the output of `git diff-index --raw -z` (git-diff(1)); an unmerged path has an empty `new_id`."""
    fields = raw.split(b"\0")
    if fields.pop() or len(fields) % 2:
        raise GitError("git diff-index ended in the middle of a record")
    for head, path in zip(fields[::2], fields[1::2], strict=True):
        old_mode, new_mode, old_id, new_id, status = head[1:].decode("ascii").split(" ")
        yield Change(path, old_mode, new_mode, old_id, "" if status == "U" else new_id)
