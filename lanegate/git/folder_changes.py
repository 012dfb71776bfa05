"""What changed in one folder, from the two tree objects: what `git diff-tree` lists of it (git-diff-tree(1), --raw).

Only of sound trees (core/objects.py): parsers may disagree about others, so git is asked about those.
"""

from __future__ import annotations

from lanegate.core.facts import ABSENT
from lanegate.core.objects import TREE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from lanegate.core.objects import Entry
    from lanegate.git.parsed_trees import ParsedTree

    #: (name, old mode, new mode, old id, new id) of what is no folder, as core/facts.py has them.
    File = tuple[bytes, str, str, str, str]
    #: (name, hex id) of a folder that is not there any more.
    Gone = tuple[bytes, str]


def swapped_files(swapped: Iterable[tuple[Entry, bytes]]) -> list[File]:
    """The files among entries that hold another id (ParsedTrees.swapped)."""
    return [
        (name, mode.decode(), mode.decode(), old.hex(), new.hex()) for (mode, name, new), old in swapped if mode != TREE
    ]


def folder_changes(here: ParsedTree, there: ParsedTree | None, no_id: str) -> tuple[list[File], list[Gone]] | None:
    """What changed directly in a folder, and which folders in it are gone; None where one of the trees is not sound.

    there: the tree before, None for none. no_id: the id of what does not exist.
    """
    if not here.is_sound or (there is not None and not there.is_sound):
        return None
    before = {name: (mode, sub) for mode, name, sub in there.entries} if there is not None else {}
    files: list[File] = []
    gone: list[Gone] = []
    for mode, name, sub in here.entries:
        was = before.pop(name, None)
        if was == (mode, sub) or (mode == TREE and (was is None or was[0] == TREE)):
            continue
        old_mode, old_id = _file(was, no_id)
        new_mode, new_id = _file((mode, sub), no_id)
        files.append((name, old_mode, new_mode, old_id, new_id))
        if was is not None and was[0] == TREE:
            gone.append((name, was[1].hex()))
    for name, was in before.items():
        if was[0] == TREE:
            gone.append((name, was[1].hex()))
        else:
            files.append((name, was[0].decode(), ABSENT, was[1].hex(), no_id))
    return files, gone


def _file(entry: tuple[bytes, bytes] | None, no_id: str) -> tuple[str, str]:
    """Mode and id of a file; those of nothing for a folder."""
    return (entry[0].decode(), entry[1].hex()) if entry is not None and entry[0] != TREE else (ABSENT, no_id)
