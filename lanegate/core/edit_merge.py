"""The merge that git makes where one side did nothing but change the content of files.

Most branches that are merged are a few commits that change what is in files, and what each of these commits changed is
known already. Then neither the base's nor the second side's trees need be looked at: the first side's folders are
edited along the paths. That a file there is the one that the branch started from shows that the first side left it
alone; where it is another one, both sides changed it (core/merging.py: FileMerge).

A side that adds and deletes nothing renames nothing. Of what git's rename detection looks at (core/tree_merge.py) only
a file that the other side deleted or moved can be left: it is not found, and the merge is left to git.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, cast

from lanegate.core.facts import Change
from lanegate.core.merging import REGULAR, Folder, Merging, TreeMerge, UnsettledError
from lanegate.core.objects import TREE


class _Edit(NamedTuple):
    """A change below a folder: path from there, mode, raw id before and after."""

    path: bytes
    mode: bytes
    old: bytes
    new: bytes


def merge_edits(
    first: str, changes: Iterable[Change], result: str, read_tree: Callable[[str], bytes]
) -> TreeMerge | None:
    """What git makes of `first` and a second side that differs from the only merge base by `changes`.

    first: hex id of a root tree. changes: edits, each path once. result: tree of the merge commit.
    None where git has to be asked. Raises what `read_tree` raises.
    """
    edits = [
        _Edit(change.path, change.old_mode.encode(), bytes.fromhex(change.old_id), bytes.fromhex(change.new_id))
        for change in changes
    ]
    merging = Merging(result, read_tree)
    return merging.run(Folder(first, edits), lambda folder: _look(merging, folder))


def _look(merging: Merging, folder: Folder) -> None:
    """Settle the edits below a folder: files here, folders by looking into them."""
    below: dict[bytes, list[_Edit]] = {}
    for edit in cast(list[_Edit], folder.todo):
        name, slash, rest = edit.path.partition(b"/")
        if slash:
            below.setdefault(name, []).append(edit._replace(path=rest))
        else:
            _edit_file(merging, folder, edit)
    for name, edits in below.items():
        start = merging.find(folder.raw, b"%b %b\0" % (TREE, name))
        if start < 0:
            raise UnsettledError
        merging.enter(folder, start, name, edits)


def _edit_file(merging: Merging, folder: Folder, edit: _Edit) -> None:
    name, raw = edit.path, folder.raw
    head = b"%b %b\0" % (edit.mode, name)
    old, new = head + edit.old, head + edit.new
    start = merging.find(raw, old)
    if start >= 0:  # the first side left it alone
        merging.replace(folder, start, old, new)
    elif merging.find(raw, new) < 0:
        start, mode = max((merging.find(raw, b"%b %b\0" % (mode, name)), mode) for mode in REGULAR)
        if start < 0:
            raise UnsettledError
        there = raw[start : start + len(mode) + len(name) + 2 + merging.id_length]
        merging.merge_file(folder, start, name, old, there, new)
