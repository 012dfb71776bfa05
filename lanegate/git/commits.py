"""New commits as facts: raw object, changes, defects, links, in one pass over a short list of ids.

Made for what a push or a hook brings. `usecases/verify.py` reads long ranges with the same parts, in bulk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from lanegate.core.facts import LINK, Change, Commit, Defect
from lanegate.core.objects import ParsedCommit, parse_commit
from lanegate.git.changes import changes
from lanegate.git.merges import MergeChanges, OwnChanges
from lanegate.git.new_trees import new_tree_defects
from lanegate.git.objects import Reader
from lanegate.git.run import Git, GitError

#: Bytes of a link target that are looked at; longer ones point nowhere (PATH_MAX).
LINK_LIMIT = 4096


def read_commits(git: Git, reader: Reader, ids: Sequence[str]) -> tuple[Commit, ...]:
    """Facts of each commit, in the order given. Raises GitError, LimitError, ObjectTooLargeError."""
    parsed = {oid: _parsed(reader, oid) for oid in ids}
    touched = dict(changes(git, [oid for oid in ids if len(parsed[oid].parents) < 2]))
    merges = [oid for oid in ids if is_mergeable(parsed[oid])]
    own: Mapping[str, OwnChanges] = {}
    if merges:
        with MergeChanges(git, reader.tree) as merging:
            own = merging.of([(oid, parsed[oid].tree or "", parsed[oid].parents) for oid in merges])
    trees = _trees_of_parents(reader, parsed)
    facts = []
    for oid in ids:
        commit = parsed[oid]
        changed = tuple(own[oid].changes if oid in own else touched.get(oid, ()))
        facts.append(
            Commit(
                id=oid,
                parents=commit.parents,
                message=commit.message,
                changes=changed,
                conflicts=own[oid].conflicts if oid in own else frozenset(),
                defects=commit.defects + _tree_defects(commit, trees, reader),
                links=read_links(reader, changed),
            )
        )
    return tuple(facts)


def is_mergeable(commit: ParsedCommit) -> bool:
    """Whether git can make the merge that this commit claims to be: two distinct parents."""
    return commit.tree is not None and len(commit.parents) == 2 and commit.parents[0] != commit.parents[1]


def read_links(reader: Reader, changed: Sequence[Change]) -> dict[bytes, bytes]:
    """Targets of the symbolic links among the new sides of changes, by path."""
    links = {}
    for change in changed:
        if change.new_mode == LINK:
            kind, target = reader.read(change.new_id)
            if kind != "blob":
                raise GitError(f"symbolic link {change.path.decode('utf-8', 'replace')} is a {kind}, not a blob")
            links[change.path] = target if len(target) <= LINK_LIMIT else b""
    return links


def _parsed(reader: Reader, oid: str) -> ParsedCommit:
    kind, raw = reader.read(oid)
    if kind != "commit":
        raise GitError(f"object {oid} is a {kind}, not a commit")
    return parse_commit(raw)


def _trees_of_parents(reader: Reader, parsed: Mapping[str, ParsedCommit]) -> Callable[[str], str | None]:
    outside: dict[str, ParsedCommit] = {}

    def tree(oid: str) -> str | None:
        if oid in parsed:
            return parsed[oid].tree
        if oid not in outside:
            outside[oid] = _parsed(reader, oid)
        return outside[oid].tree

    return tree


def _tree_defects(commit: ParsedCommit, tree_of: Callable[[str], str | None], reader: Reader) -> tuple[Defect, ...]:
    if commit.tree is None:
        return ()
    before = [tree for tree in map(tree_of, commit.parents) if tree is not None]
    return new_tree_defects(commit.tree, before, reader.tree)
