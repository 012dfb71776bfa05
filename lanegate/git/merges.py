"""What merge commits change themselves: where they differ from the merge that git makes (docs/judgement.md).

git's own merge is the yardstick (docs/decisions/merges.md). It is made again in a scratch repository, so that no
attributes, merge driver or configuration has a say, and compared with the commit's tree path by path. A path in
conflict is an own change even where the commit holds exactly what git wrote there: somebody decided that.

For a long history, whose ancestry is known, git's merge mostly follows from the ids of trees (core/tree_merge.py) and,
for files that both sides changed, from git merging just these (git/file_merges.py). The rest is made again whole.

Limits: a conflict about a folder (git cannot tell where to a renamed folder went) names no path; such a merge is judged
by its paths alone. The old id of a path in conflict may be that of a text whose markers name other commits. A merge
that git cannot make is told as a defect, LG903, beside what can be judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import NamedTuple

from lanegate.core.facts import ABSENT, Change, Defect
from lanegate.core.objects import TREE, parse_commit, tree_entries
from lanegate.core.tree_merge import FileMerge, TreeMerge, merge_trees
from lanegate.git.bases import Ancestry
from lanegate.git.changes import tree_changes
from lanegate.git.file_merges import MadeFile, merge_files
from lanegate.git.mechanical import mechanical_merges
from lanegate.git.objects import Reader
from lanegate.git.run import Git, GitError
from lanegate.git.scratch import Scratch


class Merge(NamedTuple):
    """A commit with two distinct parents: hex ids of it, of its tree and of its parents."""

    id: str
    tree: str
    parents: tuple[str, ...]


class OwnChanges(NamedTuple):
    """changes: where the commit's tree differs from git's merge (old side: git's), and every path in conflict.
    conflicts: paths in which git reports one. defects: why git cannot make the merge; then nothing else is known."""

    changes: tuple[Change, ...] = ()
    conflicts: frozenset[bytes] = frozenset()
    defects: tuple[Defect, ...] = ()


class MergeChanges:
    """Makes merges again. Use as a context manager: it holds a scratch repository once git is needed.

    git: the repository. reader: reads its objects. ancestry: the history that the merges are part of, which pays from
    some dozens of merges on; without it git makes every merge.
    """

    def __init__(self, git: Git, reader: Reader, ancestry: Ancestry | None = None) -> None:
        self.git = git
        self.reader = reader
        self.ancestry = ancestry
        self._trees: dict[str, str | None] = {}
        self._scratch: Scratch | None = None

    def __enter__(self) -> MergeChanges:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if self._scratch is not None:
            self._scratch.close()

    def of(self, merges: Iterable[tuple[str, str, tuple[str, ...]]]) -> Mapping[str, OwnChanges]:
        """Own changes of each merge (id, tree, parents), by id.

        Raises GitError, LimitError, ObjectTooLargeError.
        """
        asked = [Merge(*merge) for merge in merges]
        found = dict.fromkeys([merge.id for merge in asked], OwnChanges())
        if self.ancestry is not None:
            self._trees = {merge.id: merge.tree for merge in asked}
            settled = [(merge, self._settled(merge, self.ancestry)) for merge in asked]
            asked = [merge for merge, made in settled if made is None]
            unclean = [(merge, made) for merge, made in settled if made and (made.files or made.tree != merge.tree)]
            if unclean:
                asked += self._compare(unclean, found)
        if asked:
            found.update(zip([merge.id for merge in asked], self._made_again(asked), strict=True))
        return found

    def _settled(self, merge: Merge, ancestry: Ancestry) -> TreeMerge | None:
        """The merge by ids, if the commits' ancestry is known and simple."""
        first, second = merge.parents
        bases = ancestry.merge_bases(first, second) if first in ancestry and second in ancestry else ()
        if len(bases) != 1:
            return None
        base, one, two = (self._tree(commit) for commit in (*bases, first, second))
        if base is None or one is None or two is None:
            return None
        return merge_trees(base, one, two, merge.tree, self.reader.tree)

    def _tree(self, commit: str) -> str | None:
        if commit not in self._trees:
            kind, raw = self.reader.read(commit)
            self._trees[commit] = parse_commit(raw).tree if kind == "commit" else None
        return self._trees[commit]

    def _compare(self, merges: Sequence[tuple[Merge, TreeMerge]], found: dict[str, OwnChanges]) -> list[Merge]:
        """Fill in the own changes of merges made by ids; the ones that git has to make whole after all."""
        scratch = self._open_scratch(merges[0][0].tree)
        files = merge_files(scratch, dict.fromkeys(file for _, made in merges for _, file in made.files))
        for _, made in merges:
            for raw in made.folders:
                scratch.write("tree", raw)
        differing = [(made.tree, merge.tree) for merge, made in merges if made.tree != merge.tree]
        differences = tree_changes(scratch.git, differing)
        left = []
        for merge, made in merges:
            changes = next(differences) if made.tree != merge.tree else []
            if all(file in files for _, file in made.files):
                found[merge.id] = _with_files(changes, [(path, file, files[file]) for path, file in made.files])
            else:
                left.append(merge)
        return left

    def _made_again(self, merges: Sequence[Merge]) -> list[OwnChanges]:
        """Own changes of merges that git makes whole."""
        scratch = self._open_scratch(merges[0].tree)
        made = mechanical_merges(scratch.git, [(merge.parents[0], merge.parents[1]) for merge in merges])
        differing = [
            (answer.tree, merge.tree)
            for merge, answer in zip(merges, made, strict=True)
            if not isinstance(answer, GitError) and answer.tree != merge.tree
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

    def _open_scratch(self, oid: str) -> Scratch:
        if self._scratch is None:
            self._scratch = Scratch(self.git, len(oid))
        return self._scratch

    def _kept(self, tree: str, path: bytes) -> Change:
        """A path in conflict that the commit leaves as git wrote it."""
        mode, oid = self._entry(tree, path.split(b"/"))
        return Change(path, mode, mode, oid, oid)

    def _entry(self, tree: str, names: Sequence[bytes]) -> tuple[str, str]:
        """(mode, id) of what is no folder at a path, as changes have them."""
        *folders, last = names
        for name in folders:
            mode, oid = self._child(tree, name)
            if mode != TREE:
                return ABSENT, "0" * len(tree)
            tree = oid
        mode, oid = self._child(tree, last)
        return (ABSENT, "0" * len(tree)) if mode in (b"", TREE) else (mode.decode(), oid)

    def _child(self, tree: str, wanted: bytes) -> tuple[bytes, str]:
        entries = tree_entries(self.reader.tree(tree), len(tree) // 2)
        return next(((mode, oid.hex()) for mode, name, oid in entries if name == wanted), (b"", ""))


def _with_files(changes: Iterable[Change], files: Iterable[tuple[bytes, FileMerge, MadeFile]]) -> OwnChanges:
    """Own changes of a merge made by ids: `changes` against the tree in which the merge commit's own files stand for
    what git makes of these files."""
    by_path = {change.path: change for change in changes}
    conflicts = set()
    for path, file, made in files:
        stands_in = Change(path, "", file.result.mode.decode(), "", file.result.id.hex())
        new = by_path.pop(path, stands_in)
        if not made.is_clean:
            conflicts.add(path)
        if not made.is_clean or (made.mode, made.id) != (new.new_mode, new.new_id):
            by_path[path] = new._replace(old_mode=made.mode, old_id=made.id)
    return OwnChanges(tuple(sorted(by_path.values())), frozenset(conflicts))
