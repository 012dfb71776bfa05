"""What merge commits change themselves: where they differ from the merge that git makes (docs/judgement.md).

git's own merge is the yardstick (docs/decisions/merges.md). It is made again in a scratch repository, so that no
attributes, merge driver or configuration has a say, and compared with the commit's tree path by path. A path in
conflict is an own change even where the commit holds exactly what git wrote there: somebody decided that.

For a long history, whose ancestry is known, git's merge mostly follows from ids (core/edit_merge.py, tree_merge.py)
and, for files that both sides changed, from git merging just these (git/file_merges.py). The rest is made again whole.

Limits: a conflict about a folder (git cannot tell where to a renamed folder went) names no path; such a merge is judged
by its paths alone. The old id of a path in conflict may be that of a text whose markers name other commits. A merge
that git cannot make is told as a defect, LG903, beside what can be judged.
"""

from __future__ import annotations

from lanegate.core.facts import Change
from lanegate.core.objects import parse_commit
from lanegate.git.branch_edits import branch_edits
from lanegate.git.changes import OwnChanges, tree_changes
from lanegate.git.mechanical import Sides
from lanegate.git.scratch import Scratch
from lanegate.git.whole_merges import Merge, whole_merges

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import TracebackType
    from typing import Any

    from lanegate.core.merging import FileMerge, TreeMerge
    from lanegate.git.bases import Ancestry
    from lanegate.git.branch_edits import BranchMerge, Ordinary
    from lanegate.git.file_merges import MadeFile
    from lanegate.git.objects import Reader
    from lanegate.git.run import Git

_NOTHING: Mapping[str, Any] = {}


class MergeChanges:
    """Makes merges again. Use as a context manager: it holds a scratch repository once git is needed.

    git: the repository. reader: reads its objects. ancestry: the history that the merges are part of, without which git
    is asked for their bases. by_ids: whether what can be settled by ids is, where the ancestry is known, which pays
    from some dozens of merges on; else git makes every merge.
    """

    def __init__(self, git: Git, reader: Reader, ancestry: Ancestry | None = None, *, by_ids: bool = True) -> None:
        self.git = git
        self.reader = reader
        self.ancestry = ancestry
        self.by_ids = by_ids
        self._known: Mapping[str, Ordinary] = {}
        self._branches: Mapping[str, BranchMerge] = {}
        self._trees: dict[str, str | None] = {}
        self._scratch: Scratch | None = None

    def __enter__(self) -> MergeChanges:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if self._scratch is not None:
            self._scratch.close()

    def of(
        self,
        merges: Iterable[tuple[str, str, tuple[str, ...]]],
        known: Mapping[str, Ordinary] = _NOTHING,
        branches: Mapping[str, BranchMerge] = _NOTHING,
    ) -> Mapping[str, OwnChanges]:
        """Own changes of each merge (id, tree, parents), by id.

        known: other commits of this history that have been read already, so that they need not be read again.
        branches: what is known of merges that bring one branch.
        Raises GitError, LimitError, ObjectTooLargeError.
        """
        asked = [Merge(*merge) for merge in merges]
        found = dict.fromkeys([merge.id for merge in asked], OwnChanges())
        self._known, self._branches = known, branches
        self._trees = {merge.id: merge.tree for merge in asked}
        left: list[Merge] = []
        unclean: list[tuple[Merge, TreeMerge]] = []
        for merge in asked:
            made = self._settled(merge) if self.by_ids else None
            if made is None:
                left.append(merge)
            elif made.files or made.tree != merge.tree:
                unclean.append((merge, made))
        if unclean:
            left += self._compare(unclean, found)
        if left:
            sides = {merge.id: self._sides(merge) for merge in left}
            scratch = self._open_scratch(left[0].tree)
            found.update(whole_merges(scratch, self.reader, left, sides, makes_up=self.by_ids))
        return found

    def _settled(self, merge: Merge) -> TreeMerge | None:
        """The merge by ids, if there is one merge base and git need not be asked."""
        from lanegate.core.edit_merge import merge_edits  # what it loads takes a hook longer than some merges
        from lanegate.core.tree_merge import merge_trees

        branch = self._branches.get(merge.id)
        if branch is not None and branch.changes is not None:
            edits = branch_edits(self._known, branch.base, merge.parents[1])
            made = merge_edits(edits, branch.changes, merge.tree) if edits is not None else None
            if made is not None:
                return made
        sides = self._sides(merge)
        if sides is None or sides.base is None:
            return None
        return merge_trees(sides.base, sides.first, sides.second, merge.tree, self.reader.tree)

    def _bases(self, merge: Merge) -> Sequence[str] | None:
        """The merge bases, if the parents' ancestry is known."""
        first, second = merge.parents
        if self.ancestry is None or first not in self.ancestry or second not in self.ancestry:
            return None
        return self.ancestry.merge_bases(first, second)

    def _sides(self, merge: Merge) -> Sides | None:
        """The trees of a merge that has at most one base."""
        bases = self._bases(merge)
        if bases is None or len(bases) > 1:
            return None
        trees = [self._tree(commit) for commit in (*merge.parents, *bases)]
        first, second, base = (*trees, None)[:3]
        return Sides(base, first, second) if first and second and None not in trees else None

    def _tree(self, commit: str) -> str | None:
        if commit in self._known:
            return self._known[commit].tree
        if commit not in self._trees:
            kind, raw = self.reader.read(commit)
            self._trees[commit] = parse_commit(raw).tree if kind == "commit" else None
        return self._trees[commit]

    def _compare(self, merges: Sequence[tuple[Merge, TreeMerge]], found: dict[str, OwnChanges]) -> list[Merge]:
        """Fill in the own changes of merges made by ids; the ones that git has to make whole after all."""
        from lanegate.git.file_merges import merge_files

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

    def _open_scratch(self, oid: str) -> Scratch:
        if self._scratch is None:
            self._scratch = Scratch(self.git, len(oid))
            self._scratch.make()
        return self._scratch


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
