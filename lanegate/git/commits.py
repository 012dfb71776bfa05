"""New commits as facts: raw object, changes, defects, links."""

from __future__ import annotations

from lanegate.core.facts import LINK, Change, Commit, Defect
from lanegate.core.objects import ParsedCommit, parse_commit
from lanegate.core.people import nobody_asks
from lanegate.git.branch_edits import BranchMerge, Ordinary, branch_base, few
from lanegate.git.changes import NO_CHANGES, Listed, OwnChanges, changes, listed
from lanegate.git.new_trees import Walked, walk_new_trees
from lanegate.git.objects import CatFile
from lanegate.git.run import Git, GitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from lanegate.core.people import Signed
    from lanegate.git.bases import Ancestry
    from lanegate.git.new_trees import Key
    from lanegate.git.objects import Reader

    #: Whether nothing need be told of a commit, from its id, its message and its changes.
    Clears = Callable[[str, bytes, Listed], bool]
    Plain = tuple[tuple[object, ...], ...]

#: Commits of a push from which on their trees are walked by two processes.
MANY = 800
#: Of these, in percent, how many the hook's own process walks: the other one has to be started, and hands on what it
#: finds.
OWN_SHARE = 55
#: Bytes of a link target that are looked at; longer ones point nowhere (PATH_MAX).
LINK_LIMIT = 4096


def read_commits(
    git: Git,
    reader: Reader,
    ids: Sequence[str],
    *,
    looks_at_trees: bool = True,
    ancestry: Ancestry | None = None,
    signed: Signed = nobody_asks,
    clears: Clears | None = None,
) -> Iterator[Commit]:
    """Facts of each commit: those that are no merges in the order given, then the merges.

    looks_at_trees: whether every new tree is read for defects, which costs as much again as the changes of a long
    range. ancestry: of the tip that the commits belong to, to settle many merges quickly. signed: asked for the signer
    of each commit, by its id and raw content, but of clean merges. clears: asked about each commit with at most one
    parent and no defect, and only where trees are not looked at, since these may have defects where git lists no
    change; those that it clears are left out. Raises GitError, LimitError, ObjectTooLargeError.
    """
    known: dict[str, ParsedCommit] = {}
    defects: dict[str, tuple[Defect, ...]] = {}
    branches = _branches(ancestry, ids) if ancestry is not None else {}
    firsts = {oid: merge.first for oid, merge in branches.items()}
    touched: Iterator[tuple[str, Collection[Change]]]
    if looks_at_trees:
        reader.ahead(ids)
        known = {oid: parse_commit(_raw(reader, oid)) for oid in ids}
        touched = _walked_changes(git, reader, known, defects, firsts)
    else:
        touched = listed(git, ids, firsts)
    none_left: tuple[str, Collection[Change]] = ("", NO_CHANGES)
    touching, found = next(touched, none_left)
    merges: dict[str, ParsedCommit] = {}
    others: dict[str, Ordinary] = {}
    for oid in ids:
        raw = _raw(reader, oid) if oid not in known or signed is not nobody_asks else b""
        parsed = known.get(oid) or parse_commit(raw)
        changed: Collection[Change] = NO_CHANGES
        if oid == touching:
            changed = found
            touching, found = next(touched, none_left)
        if is_mergeable(parsed):
            merges[oid] = parsed
            if oid in branches:
                branches[oid] = branches[oid]._replace(changes=few(tuple(changed)))
            continue
        if oid in branches:  # git reads two parents in this malformed commit: what it compared says nothing
            changed = NO_CHANGES
        if ancestry is not None:
            others[oid] = Ordinary(parsed.tree, parsed.parents, few(changed))
        may_clear = not looks_at_trees and len(parsed.parents) < 2 and not parsed.defects
        if may_clear and clears is not None and isinstance(changed, Listed) and clears(oid, parsed.message, changed):
            continue
        commit = _facts(oid, parsed, OwnChanges(tuple(changed)), defects.get(oid, ()), reader)
        yield _signed(commit, raw, signed)
    if merges:
        from lanegate.git.merges import MergeChanges

        bases = ancestry or _ancestry_above(known)
        with MergeChanges(git, reader, bases, by_ids=ancestry is not None) as merging:
            asked = [(oid, merge.tree or "", merge.parents) for oid, merge in merges.items()]
            own = merging.of(asked, others or _without_changes(known), branches)
        for oid, parsed in merges.items():
            commit = _facts(oid, parsed, own[oid], defects.get(oid, ()), reader)
            raw = b"" if signed is nobody_asks or commit.is_clean_merge else _raw(reader, oid)
            yield _signed(commit, raw, signed)


def _ancestry_above(known: Mapping[str, ParsedCommit]) -> Ancestry | None:
    """The history of all these commits, for their merge bases; None where git has to be asked."""
    from lanegate.git.bases import ancestry_above

    if any(commit.defects for commit in known.values()):
        return None
    return ancestry_above({oid: commit.parents for oid, commit in known.items()})


def _without_changes(known: Mapping[str, ParsedCommit]) -> dict[str, Ordinary]:
    return {oid: Ordinary(commit.tree, commit.parents, None) for oid, commit in known.items()}


def _branches(ancestry: Ancestry, ids: Iterable[str]) -> dict[str, BranchMerge]:
    """Those merges that bring one branch, their changes not known yet."""
    bases = ((oid, branch_base(ancestry, oid)) for oid in ids)
    return {oid: BranchMerge(base, ancestry.parents(oid)[0]) for oid, base in bases if base is not None}


def is_mergeable(commit: ParsedCommit) -> bool:
    """Whether git can make the merge that this commit claims to be: two distinct parents."""
    return len(commit.parents) == 2 and commit.parents[0] != commit.parents[1] and commit.tree is not None


def _facts(oid: str, parsed: ParsedCommit, own: OwnChanges, tree_defects: tuple[Defect, ...], reader: Reader) -> Commit:
    links = link_targets(reader, own.changes)
    defects = parsed.defects + tree_defects + own.defects
    commit = Commit(oid, parsed.parents, parsed.message, own.changes, own.conflicts, defects, links)
    return commit._replace(carried=own.carried) if own.carried else commit


def _signed(commit: Commit, raw: bytes, signed: Signed) -> Commit:
    return commit if signed is nobody_asks or commit.is_clean_merge else commit._replace(signer=signed(commit.id, raw))


def link_targets(reader: Reader, changed: Iterable[Change]) -> dict[bytes, bytes]:
    """Target of each symbolic link among the new sides of changes, by path; empty for one that is too long."""
    targets = {}
    for change in changed:
        if change.new_mode == LINK:
            kind, target = reader.read(change.new_id)
            if kind != "blob":
                raise GitError(f"symbolic link {change.path.decode('utf-8', 'replace')} is a {kind}, not a blob")
            targets[change.path] = target if len(target) <= LINK_LIMIT else b""
    return targets


def _raw(reader: Reader, oid: str) -> bytes:
    kind, raw = reader.read(oid)
    if kind != "commit":
        raise GitError(f"object {oid} is a {kind}, not a commit")
    return raw


def _walked_changes(
    git: Git,
    reader: Reader,
    commits: Mapping[str, ParsedCommit],
    defects: dict[str, tuple[Defect, ...]],
    firsts: Mapping[str, str],
) -> Iterator[tuple[str, Sequence[Change]]]:
    """The changes of commits, as git/changes.py gives them. Their new trees are walked first, and `defects` filled in;
    git lists what the walk cannot tell, after it (git/new_trees.py).

    Where the walk found a malformed object, git may not be able to go on at it: what comes behind has no changes then,
    since it is refused with that one."""
    keys, odd = _tree_keys(commits, reader)
    own: dict[str, Sequence[Change]] = {}
    for oid, walked in zip(keys, _walked(git, reader, list(keys.values())), strict=True):
        if walked.defects:
            defects[oid] = walked.defects
        if walked.changes is not None and odd.isdisjoint((oid, *commits[oid].parents)):
            own[oid] = walked.changes
    asked = [oid for oid, commit in commits.items() if oid not in own and _is_listed(commit, oid in firsts)]
    others = _readable(changes(git, asked, firsts), is_malformed=bool(defects))
    return _in_order(commits, own, others)


def _is_listed(commit: ParsedCommit, is_compared: bool) -> bool:
    """Whether git may list changes of a commit: of merges it does where it is told what to compare."""
    return is_compared or len(commit.parents) < 2 or bool(commit.defects)


def _in_order(
    ids: Iterable[str], own: Mapping[str, Sequence[Change]], others: Iterator[tuple[str, list[Change]]]
) -> Iterator[tuple[str, Sequence[Change]]]:
    """The changes of each commit that has some."""
    nothing: tuple[str, list[Change]] = ("", [])
    oid, found = next(others, nothing)
    for each in ids:
        if own.get(each):
            yield each, own[each]
        elif each == oid:
            yield oid, found
            oid, found = next(others, nothing)


def _readable(touched: Iterator[tuple[str, list[Change]]], *, is_malformed: bool) -> Iterator[tuple[str, list[Change]]]:
    """These, or as far as git can read them where something among them is malformed. Raises GitError."""
    try:
        yield from touched
    except GitError:
        if not is_malformed:
            raise


def _walked(git: Git, reader: Reader, keys: Sequence[Key]) -> Iterator[Walked]:
    """What is met in the new trees of each commit; of many commits, the last ones are walked beside the first."""
    if len(keys) < MANY:
        yield from walk_new_trees(keys, reader)
        return
    from lanegate.git.beside import Beside

    own = len(keys) * OWN_SHARE // 100

    def work() -> list[tuple[Plain, Plain | None]]:
        other = CatFile(git)
        try:
            return [
                (tuple(map(tuple, one.defects)), tuple(map(tuple, one.changes)) if one.changes is not None else None)
                for one in walk_new_trees(keys[own:], other)
            ]
        finally:
            other.close()

    with Beside(work) as beside:
        yield from walk_new_trees(keys[:own], reader)
        for told, changed in beside.result():
            made = tuple(map(Change._make, changed)) if changed is not None else None
            yield Walked(tuple(map(Defect._make, told)), made)


def _tree_keys(commits: Mapping[str, ParsedCommit], reader: Reader) -> tuple[dict[str, Key], frozenset[str]]:
    """Of each commit that has a tree: that, and its parents'. And which of the commits and parents are malformed: git
    may read another tree in them, or other parents."""
    older = {parent: "" for commit in commits.values() for parent in commit.parents if parent not in commits}
    reader.ahead(older)
    every = {**commits, **{oid: parse_commit(_raw(reader, oid)) for oid in older}}
    roots = {oid: commit.tree for oid, commit in every.items()}
    keys = {
        oid: (commit.tree, tuple([tree for tree in map(roots.__getitem__, commit.parents) if tree is not None]))
        for oid, commit in commits.items()
        if commit.tree is not None
    }
    return keys, frozenset([oid for oid, commit in every.items() if commit.defects or commit.tree is None])
