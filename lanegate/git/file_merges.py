"""How git merges files that both sides changed, thousands at once.

How git merges the content of a file does not depend on the rest of the tree, while the path is a file on all three
sides and no attributes count. So files of many merges are laid side by side in one made-up merge, and git makes that:
no search for merge bases, no renames, no trees but this one.

Limit: the markers in a file in conflict name the made-up commits, so the id of such a file is not the one that the real
merge would have. That there is a conflict, and the mode, are as in the real merge.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import islice

from lanegate.core.merging import File, FileMerge
from lanegate.core.named_tuple import NamedTuple
from lanegate.git.changes import tree_changes
from lanegate.git.mechanical import Mechanical, mechanical_merges
from lanegate.git.scratch import Scratch

#: Files in one made-up merge. Where git cannot make it, none of them gets an answer.
AT_ONCE = 100


class MadeFile(NamedTuple):
    """What git makes of a file: mode in six digits, hex id, and whether without conflict."""

    mode: str
    id: str
    is_clean: bool


def merge_files(scratch: Scratch, files: Collection[FileMerge]) -> dict[FileMerge, MadeFile]:
    """What git makes of each file; one for which git fails is left out. Raises GitError, LimitError."""
    rest = iter(files)
    batches = list(iter(lambda: list(islice(rest, AT_ONCE)), []))
    made = mechanical_merges(scratch.git, [_sides(scratch, batch) for batch in batches])
    answers = [(batch, answer) for batch, answer in zip(batches, made, strict=True) if isinstance(answer, Mechanical)]
    expected = [(_tree(scratch, [file.result for file in batch]), answer.tree) for batch, answer in answers]
    found: dict[FileMerge, MadeFile] = {}
    for (batch, answer), differences in zip(answers, tree_changes(scratch.git, expected), strict=True):
        others = {change.path: (change.new_mode, change.new_id) for change in differences}
        for name, file in zip(_names(batch), batch, strict=True):
            mode, oid = others.get(name) or (file.result.mode.decode(), file.result.id.hex())
            found[file] = MadeFile(mode, oid, name not in answer.conflicts)
    return found


def _sides(scratch: Scratch, batch: Sequence[FileMerge]) -> tuple[str, str]:
    """Two made-up commits with a common parent."""
    base = scratch.commit(_tree(scratch, [file.base for file in batch]))
    first = scratch.commit(_tree(scratch, [file.first for file in batch]), base)
    return first, scratch.commit(_tree(scratch, [file.second for file in batch]), base)


def _tree(scratch: Scratch, files: Sequence[File]) -> str:
    rows = zip(_names(files), files, strict=True)
    return scratch.write("tree", b"".join(b"%b %b\0%b" % (file.mode, name, file.id) for name, file in rows))


def _names(files: Collection[object]) -> Iterable[bytes]:
    return (b"%06d" % number for number in range(len(files)))
