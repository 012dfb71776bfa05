"""What merge commits change themselves: where they differ from the merge that git makes (docs/judgement.md).

git's own merge is the yardstick (docs/decisions/merges.md). It is made again in a scratch repository, so that no
attributes, merge driver or configuration has a say, and compared with the commit's tree path by path. A path in
conflict is an own change even where the commit holds exactly what git wrote there: somebody decided that.

Limits: a conflict about a folder (git cannot tell where to a renamed folder went) names no path; such a merge is judged
by its paths alone. A merge that git cannot make is told as a defect, LG903, beside what can be judged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import NamedTuple

from lanegate.core.facts import ABSENT, Change, Defect
from lanegate.core.objects import TREE, tree_entries
from lanegate.git.changes import tree_changes
from lanegate.git.mechanical import Mechanical, mechanical_merges
from lanegate.git.run import Git, GitError
from lanegate.git.scratch import Scratch


class Merge(NamedTuple):
    """A commit with two distinct parents: hex ids of it, of its tree and of its parents."""

    id: str
    tree: str
    parents: tuple[str, ...]


class OwnChanges(NamedTuple):
    """changes: where the commit's tree differs from git's merge (old side: git's), and every path in conflict.
    conflicts: the paths in which git reports a conflict. defects: why git could not make the merge, then nothing
    else."""

    changes: tuple[Change, ...] = ()
    conflicts: frozenset[bytes] = frozenset()
    defects: tuple[Defect, ...] = ()


class MergeChanges:
    """Makes merges again. Use as a context manager: it holds a scratch repository once git is needed.

    git: the repository. read_tree: raw content of a tree by hex id, raises MissingObjectError.
    """

    def __init__(self, git: Git, read_tree: Callable[[str], bytes]) -> None:
        self.git = git
        self.read_tree = read_tree
        self._scratch: Scratch | None = None

    def __enter__(self) -> MergeChanges:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if self._scratch is not None:
            self._scratch.close()

    def of(self, merges: Iterable[tuple[str, str, tuple[str, ...]]]) -> Mapping[str, OwnChanges]:
        """Own changes of each merge (id, tree, parents), by id. Raises GitError, LimitError."""
        asked = [Merge(*merge) for merge in merges]
        return dict(zip([merge.id for merge in asked], self._ask_git(asked), strict=True))

    def _ask_git(self, merges: Sequence[Merge]) -> list[OwnChanges]:
        if not merges:
            return []
        scratch = self._scratch = self._scratch or Scratch(self.git, len(merges[0].id))
        made = mechanical_merges(scratch.git, [(merge.parents[0], merge.parents[1]) for merge in merges])
        differing = [
            (answer.tree, merge.tree)
            for merge, answer in zip(merges, made, strict=True)
            if isinstance(answer, Mechanical) and answer.tree != merge.tree
        ]
        differences = tree_changes(scratch.git, differing)
        found = []
        for merge, answer in zip(merges, made, strict=True):
            if isinstance(answer, GitError):
                why = f"git cannot make this merge: {answer.message}"
                found.append(OwnChanges(defects=(Defect(why, code="LG903"),)))
                continue
            changes = next(differences) if answer.tree != merge.tree else []
            told = {change.path for change in changes}
            changes += [self._kept(merge.tree, path) for path in answer.conflicts if path not in told]
            found.append(OwnChanges(tuple(sorted(changes)), frozenset(answer.conflicts)))
        return found

    def _kept(self, tree: str, path: bytes) -> Change:
        """A path in conflict that the commit leaves as git wrote it."""
        mode, oid = self._entry(tree, path.split(b"/"))
        return Change(path, mode, mode, oid, oid)

    def _entry(self, tree: str, names: list[bytes]) -> tuple[str, str]:
        """(mode, id) of what is no folder at a path, as changes have them."""
        for position, wanted in enumerate(names):
            entries = tree_entries(self.read_tree(tree), len(tree) // 2)
            mode, oid = next(((mode, oid.hex()) for mode, name, oid in entries if name == wanted), (b"", ""))
            is_last = position == len(names) - 1
            if is_last and mode not in (b"", TREE):
                return mode.decode(), oid
            if is_last or mode != TREE:
                break
            tree = oid
        return ABSENT, "0" * len(tree)
