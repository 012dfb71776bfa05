"""The merge that git makes where one side did nothing but change the content of files.

Most branches that are merged are a few commits that change what is in files. Such a branch renames, adds and deletes
nothing. If the merge commit did to its first parent exactly what the branch did since the merge base, then the first
side holds each of these files as the base does, and git's merge is the commit's tree: no tree need be read. A file that
the first side holds otherwise was changed by both (core/merging.py: FileMerge).

Of what git's rename detection looks at (core/tree_merge.py) only a file that the first side deleted or moved could be
left. Then the merge commit does not change that file in its first parent, and git is asked.
"""

from __future__ import annotations

from collections.abc import Iterable

from lanegate.core.facts import EXECUTABLE, REGULAR, Change
from lanegate.core.merging import File, FileMerge, TreeMerge

_FILES = frozenset({REGULAR, EXECUTABLE})


def merge_edits(edits: Iterable[Change], made: Iterable[Change], result: str) -> TreeMerge | None:
    """What git makes of two sides of which the second changed only contents.

    edits: what the second side did since the only merge base, content only (one mode before and after), each path
    once. made: what the merge commit did to its first parent. result: hex id of its tree.
    None where git has to be asked.
    """
    done = {change.path: change for change in made}
    files = []
    for edit in edits:
        change = done.pop(edit.path, None)
        if change == edit:  # the first side left it alone
            continue
        if change is None or not _FILES.issuperset((edit.old_mode, change.old_mode, change.new_mode)):
            return None
        base, second = _file(edit.old_mode, edit.old_id), _file(edit.new_mode, edit.new_id)
        first, now = _file(change.old_mode, change.old_id), _file(change.new_mode, change.new_id)
        files.append((edit.path, FileMerge(base, first, second, now)))
    return None if done else TreeMerge(result, tuple(files))


def _file(mode: str, oid: str) -> File:
    return File(mode.encode(), bytes.fromhex(oid))
