"""Names in long histories, without reading every tree (docs/judgement.md, "Malformed").

Reading each new tree of 50,000 commits costs several times what git needs to list all their changes. What a diff
cannot show is decided here instead: the tip's trees are read whole against the base's, and a commit that adds a path is
looked at in full only if its name is odd, or if something of a name that folds to the same was ever there. On
the server every new tree is read when it arrives.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing

from lanegate.core.decision import Violation
from lanegate.core.names import fold, spells_dot_git
from lanegate.core.objects import parse_commit
from lanegate.git.history import History
from lanegate.git.new_trees import new_tree_defects
from lanegate.git.objects import CatFile, Pygit2Reader, Reader
from lanegate.git.run import Git


def name_violations(git: Git, history: History, added: Mapping[bytes, list[str]]) -> list[Violation]:
    """LG604 for malformed trees and colliding names.

    added: paths that came into being in the history, with the commits that added them. Raises GitError, LimitError.
    """
    suspects = _suspects(added, _names_at(git, history.base))
    steps = {history.step_of[oid] for oid in suspects}
    suspects |= {oid for oid in history.commits if len(history.parents[oid]) == 2 and history.step_of[oid] in steps}
    reader: Reader = Pygit2Reader(git.git_dir) if Pygit2Reader.can_open(git) else CatFile(git)
    with closing(reader):
        found = list(_tree_violations(reader, history.tip, (history.base,) if history.base else ()))
        for oid in history.commits:
            if oid in suspects and oid != history.tip:
                found += _tree_violations(reader, oid, history.parents[oid])
    return found


def _tree_violations(reader: Reader, oid: str, parents: tuple[str, ...]) -> Iterator[Violation]:
    tree, *before = (parse_commit(reader.read(commit)[1]).tree for commit in (oid, *parents))
    if tree is None:  # told as a defect of the commit itself
        return
    for defect in new_tree_defects(tree, [parent for parent in before if parent is not None], reader.tree):
        yield Violation(code=defect.code, message=defect.what, commit=oid, path=defect.path)


def _names_at(git: Git, commit: str | None) -> list[bytes]:
    """Every path at a commit, folders included."""
    if commit is None:
        return []
    return git.output("ls-tree", "-r", "-t", "-z", "--name-only", commit).split(b"\0")[:-1]


def _suspects(added: Mapping[bytes, list[str]], before: Iterable[bytes]) -> set[str]:
    """Commits that add a path with an odd name, or one for which a twin was ever there."""
    places = {place for path in (*before, *added) for place in _places(path)}
    spellings: dict[tuple[bytes, str], set[bytes]] = {}
    for folder, name in places:
        spellings.setdefault((folder, fold(name)), set()).add(name)
    odd = {(folder, name) for folder, name in places if _is_odd(name)}
    odd.update((folder, name) for (folder, _), names in spellings.items() if len(names) > 1 for name in names)
    if not odd:
        return set()
    return {oid for path, commits in added.items() if not odd.isdisjoint(_places(path)) for oid in commits}


def _places(path: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(folder, name) of a path and of every folder on the way to it."""
    while path:
        folder, _, name = path.rpartition(b"/")
        yield folder, name
        path = folder


def _is_odd(name: bytes) -> bool:
    return name in (b"", b".", b"..") or any(byte < 32 or byte == 127 for byte in name) or spells_dot_git(name)
