"""Merges that git makes whole, compared with the commits that claim to be them.

Where the merge base is known, git merges two made-up commits of the same trees with a made-up common parent: looking
for the base of two old branches costs more than merging them. Git names the commits in conflict markers, which does not
matter here (a path in conflict is an own change), and sometimes in a path (`name~<commit>`): such a merge is made again
with its real parents. A path to which git carries a change along a rename counts as one in conflict (git/carried.py).
"""

from __future__ import annotations

from lanegate.core.facts import ABSENT, Change, Defect
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.objects import TREE, tree_entries
from lanegate.git.carried import carried_paths
from lanegate.git.changes import OwnChanges, tree_changes
from lanegate.git.mechanical import Sides, mechanical_merges
from lanegate.git.run import GitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lanegate.git.objects import Reader
    from lanegate.git.scratch import Scratch


class Merge(NamedTuple):
    """A commit with two distinct parents: hex ids of it, of its tree and of its parents."""

    id: str
    tree: str
    parents: tuple[str, ...]


def whole_merges(
    scratch: Scratch, reader: Reader, merges: Sequence[Merge], sides: Mapping[str, Sides | None], *, makes_up: bool
) -> dict[str, OwnChanges]:
    """Own changes of each merge, by id. sides: by id, None where there may be several bases. makes_up: whether git
    merges made-up commits where it can, which pays where bases are far.

    Raises GitError, LimitError, ObjectTooLargeError.
    """
    pairs = [(_made_up(scratch, sides[merge.id]) if makes_up else None) or merge.parents for merge in merges]
    found = _made(scratch, reader, merges, pairs, sides)
    misnamed = [
        merge
        for merge, pair in zip(merges, pairs, strict=True)
        if pair != merge.parents and _names(found[merge.id], pair)
    ]
    return found | _made(scratch, reader, misnamed, [merge.parents for merge in misnamed], sides)


def _made_up(scratch: Scratch, sides: Sides | None) -> tuple[str, ...] | None:
    """Two commits of the trees of both sides, which share the base."""
    if sides is None:
        return None
    base = [scratch.commit(sides.base)] if sides.base else []
    return scratch.commit(sides.first, *base), scratch.commit(sides.second, *base)


def _names(own: OwnChanges, commits: Sequence[str]) -> bool:
    """Whether git made paths that name these commits."""
    paths = own.conflicts.union(change.path for change in own.changes)
    return any(commit.encode() in path for path in paths for commit in commits)


def _made(
    scratch: Scratch,
    reader: Reader,
    merges: Sequence[Merge],
    pairs: Sequence[tuple[str, ...]],
    sides: Mapping[str, Sides | None],
) -> dict[str, OwnChanges]:
    """What each commit makes different from git's merge of a pair of commits. sides: as above."""
    made = mechanical_merges(scratch.git, [(one, two) for one, two in pairs])
    differing = [
        (answer.tree, merge.tree)
        for merge, answer in zip(merges, made, strict=True)
        if not isinstance(answer, GitError) and answer.tree != merge.tree
    ]
    differences = tree_changes(scratch.git, differing)
    parents, merged = [merge.parents for merge in merges], [sides[merge.id] for merge in merges]
    carried = carried_paths(scratch.git, reader, parents, made, merged)
    found = {}
    for merge, answer, taken in zip(merges, made, carried, strict=True):
        if isinstance(answer, GitError):
            why = f"git cannot make this merge: {answer.message}"
            found[merge.id] = OwnChanges(defects=(Defect(why, code="LG903"),))
            continue
        changes = next(differences) if answer.tree != merge.tree else []
        told = {change.path for change in changes}
        if isinstance(taken, Defect):
            found[merge.id] = OwnChanges(defects=(taken,))
            continue
        conflicts = taken.paths.union(answer.conflicts)
        kept = (_kept(reader, merge.tree, path) for path in conflicts - told)
        changes += [change for change in kept if change.new_mode != ABSENT]  # the old name of a rename is nowhere
        plain = taken.origins.keys() - told - set(answer.conflicts)
        origins = {path: taken.origins[path] for path in plain}
        found[merge.id] = OwnChanges(tuple(sorted(changes)), conflicts, carried=origins)
    return found


def _kept(reader: Reader, tree: str, path: bytes) -> Change:
    """A path in conflict that the commit leaves as git wrote it."""
    mode, oid = entry_at(reader, tree, path.split(b"/"))
    return Change(path, mode, mode, oid, oid)


def entry_at(reader: Reader, tree: str, names: Sequence[bytes]) -> tuple[str, str]:
    """(mode, id) of what is no folder at a path, as changes have them."""
    *folders, last = names
    for name in folders:
        mode, oid = _child(reader, tree, name)
        if mode != TREE:
            return ABSENT, "0" * len(tree)
        tree = oid
    mode, oid = _child(reader, tree, last)
    return (ABSENT, "0" * len(tree)) if mode in (b"", TREE) else (mode.decode(), oid)


def _child(reader: Reader, tree: str, wanted: bytes) -> tuple[bytes, str]:
    entries = tree_entries(reader.tree(tree), len(tree) // 2)
    return next(((mode, oid.hex()) for mode, name, oid in entries if name == wanted), (b"", ""))
