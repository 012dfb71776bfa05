"""Names in long histories, without reading every tree (docs/judgement.md, "Malformed").

Reading each new tree of 50,000 commits costs several times what git needs to list all their changes. What a diff
cannot show is decided here instead: the tip's trees are read whole against the base's, and a commit that adds a path is
looked at in full only if its name is odd, or if something of a name that folds to the same was ever there. On
the server every new tree is read when it arrives.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing

from lanegate.core.decision import Violation
from lanegate.core.names import fold, spells_dot_git
from lanegate.core.objects import parse_commit
from lanegate.git.history import History
from lanegate.git.new_trees import walk_new_trees
from lanegate.git.objects import CatFile, Pygit2Reader, Reader
from lanegate.git.run import Git

#: In paths in lower case, NUL after each: a name that may fold to more than that, or be no name at all (core/names.py).
_SPECIAL = re.compile(rb"[\x01-\x1f\x7f-\xff\\]|[. ](?=[/\0])|//|\.git(?=[/:\0])|git~")
_CONTROL = re.compile(rb"[\x00-\x1f\x7f]")


class AddedNames:
    """Paths that came into being in a history, with the commits that added them; taken in while others are still read,
    since a long history has tens of thousands."""

    def __init__(self) -> None:
        self.commits: dict[bytes, list[str]] = {}
        self._places: set[bytes] = set()
        self._special: dict[bytes, bytes] = {}
        #: What the names of places fold to.
        self._keys: set[bytes] = set()

    def add(self, added: Mapping[bytes, list[str]]) -> None:
        """Paths that were added, with the commits."""
        for path, commits in added.items():
            self.commits.setdefault(path, []).extend(commits)
        self.take(added)

    def take(self, paths: Iterable[bytes]) -> None:
        """Paths that are there, whoever added them."""
        fresh = _places(paths, self._places)
        special = {place: _folded(place) for place in _special(fresh)}
        self._special |= special
        self._keys.update(map(bytes.lower, fresh.difference(special)), special.values())

    def suspects(self) -> set[str]:
        """Commits that add a path with an odd name, or one for which a twin was ever there."""
        odd = {place for place in self._special if _is_odd(place)}
        if len(self._keys) < len(self._places):
            odd |= _twins(self._places, self._special)
        if not odd:
            return set()
        found = (commits for path, commits in self.commits.items() if not odd.isdisjoint(_places([path], set())))
        return {oid for commits in found for oid in commits}


def name_violations(git: Git, history: History, added: AddedNames) -> list[Violation]:
    """LG604 for commits, but the tip, that bring malformed trees or colliding names.

    added: everything that came into being in the history. Raises GitError, LimitError.
    """
    added.take(_names_at(git, history.base))
    suspects = added.suspects()
    steps = {history.step_of[oid] for oid in suspects}
    suspects |= {oid for oid in history.commits if len(history.parents[oid]) == 2 and history.step_of[oid] in steps}
    with closing(_reader(git)) as reader:
        return [
            violation
            for oid in history.commits
            if oid in suspects and oid != history.tip
            for violation in _tree_violations(reader, oid, history.parents[oid])
        ]


def tip_violations(git: Git, history: History) -> list[Violation]:
    """LG604 for what stands at the tip and not at the base. Raises GitError, LimitError."""
    with closing(_reader(git)) as reader:
        return list(_tree_violations(reader, history.tip, (history.base,) if history.base else ()))


def _reader(git: Git) -> Reader:
    return Pygit2Reader(git) if Pygit2Reader.can_open(git) else CatFile(git)


def _tree_violations(reader: Reader, oid: str, parents: tuple[str, ...]) -> Iterator[Violation]:
    tree, *before = (parse_commit(reader.read(commit)[1]).tree for commit in (oid, *parents))
    if tree is None:  # told as a defect of the commit itself
        return
    key = tree, tuple([parent for parent in before if parent is not None])
    (walked,) = walk_new_trees([key], reader, lists=False)
    for defect in walked.defects:
        yield Violation(code=defect.code, message=defect.what, commit=oid, path=defect.path)


def _names_at(git: Git, commit: str | None) -> list[bytes]:
    """Every path at a commit, folders included."""
    if commit is None:
        return []
    return git.output("ls-tree", "-r", "-t", "-z", "--name-only", commit).split(b"\0")[:-1]


def _places(paths: Iterable[bytes], known: set[bytes]) -> set[bytes]:
    """The paths and every folder on the way to them, but for known ones; they are known from now on."""
    fresh: set[bytes] = set()
    for path in paths:
        while path and path not in known:
            known.add(path)
            fresh.add(path)
            path = path.rpartition(b"/")[0]
    return fresh


def _special(places: Iterable[bytes]) -> Iterator[bytes]:
    """Those of the places that _SPECIAL finds; one pass over honest ones."""
    text = b"%b\0" % b"\0".join(places)
    end = 0
    for found in _SPECIAL.finditer(text.lower()):
        if found.start() >= end:
            end = text.index(b"\0", found.start())
            yield text[text.rfind(b"\0", 0, end) + 1 : end]


def _twins(places: Iterable[bytes], special: Mapping[bytes, bytes]) -> set[bytes]:
    """The paths that some other path folds together with."""
    spellings: dict[bytes, set[bytes]] = {}
    for place in places:
        spellings.setdefault(special.get(place) or place.lower(), set()).add(place)
    return {place for together in spellings.values() if len(together) > 1 for place in together}


def _folded(place: bytes) -> bytes:
    return b"/".join([fold(name).encode("utf-8", "surrogateescape") for name in place.split(b"/")])


def _is_odd(place: bytes) -> bool:
    """Whether git or a file system would not take the last name of a path as it is."""
    name = place.rpartition(b"/")[2]
    return name in (b"", b".", b"..") or _CONTROL.search(name) is not None or spells_dot_git(name)
