"""What zones ask to be known about commits: which changes only add lines at the end, and whether any needs a lock.

Contents are read for paths in append-only zones alone: of a commit with one parent, both sides of the change; of a
merge, that of its parents and of their merge bases (core/appends.py). A file over the limit is not read (LG904): it
could not be told whether it only grew.
"""

from __future__ import annotations

from lanegate.core.appends import is_append, is_append_merge
from lanegate.core.facts import ABSENT, EXECUTABLE, REGULAR, Change, Commit
from lanegate.core.policy import APPEND_ONLY, HIGH_RISK
from lanegate.git.objects import OBJECT_LIMIT, ObjectTooLargeError, tree_of
from lanegate.git.run import GitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lanegate.core.ownership import Ownership
    from lanegate.core.policy import Policy
    from lanegate.git.objects import Reader
    from lanegate.git.run import Git

_REGULAR = (REGULAR, EXECUTABLE)


class Zoned:
    """Reads what the zones of one policy ask for. ownership: of that policy."""

    def __init__(self, policy: Policy, ownership: Ownership) -> None:
        self._modes = tuple([zone.mode for zone in policy.zones])
        self._zone = ownership.zone
        #: The content that was read last, by id: one commit's new side is mostly the next one's old side.
        self._last: tuple[str, bytes] = ("", b"")

    def is_in(self, path: bytes, mode: str) -> bool:
        """Whether the zone of a path is of this mode."""
        at = self._zone(path)
        return at is not None and self._modes[at] == mode

    def high_risk(self, commit: Commit) -> list[bytes]:
        """The high-risk paths that a commit changes."""
        return [change.path for change in commit.changes if self.is_in(change.path, HIGH_RISK)]

    def asks_lock(self, commits: Iterable[Commit]) -> bool:
        """Whether any of the commits changes a high-risk path."""
        return any(self.is_in(change.path, HIGH_RISK) for commit in commits for change in commit.changes)

    def with_appends(self, git: Git, reader: Reader, commits: Iterable[Commit]) -> tuple[Commit, ...]:
        """The commits, each with those of its append-only paths to which it only adds lines.

        Raises GitError, ObjectTooLargeError.
        """
        if APPEND_ONLY not in self._modes:
            return tuple(commits)
        return tuple([self._with_appends(git, reader, commit) for commit in commits])

    def _with_appends(self, git: Git, reader: Reader, commit: Commit) -> Commit:
        asked = [each for each in commit.changes if each.new_mode in _REGULAR and self.is_in(each.path, APPEND_ONLY)]
        if not asked or commit.defects:
            return commit
        if commit.is_merge:
            sides = _sides(git, reader, commit)
            appended = [each.path for each in asked if self._is_merged(reader, each, *sides)]
        else:
            appended = [each.path for each in asked if self._is_appended(reader, each)]
        return commit._replace(appended=frozenset(appended))

    def _is_appended(self, reader: Reader, change: Change) -> bool:
        if change.old_mode == ABSENT:
            return True
        if change.old_mode != change.new_mode:
            return False
        return is_append(self._content(reader, change.old_id), self._content(reader, change.new_id))

    def _is_merged(self, reader: Reader, change: Change, parents: Sequence[str], bases: Sequence[str]) -> bool:
        """Whether a merge holds what its parents added to one of their merge bases. parents, bases: trees."""
        from lanegate.git.whole_merges import entry_at  # it made the merge

        names = change.path.split(b"/")
        sides = [entry_at(reader, tree, names) for tree in parents]
        if any(mode not in (ABSENT, change.new_mode) for mode, _ in sides):
            return False
        sides += [entry_at(reader, tree, names) for tree in bases]
        merged = self._content(reader, change.new_id)
        first, second, *origins = [self._content(reader, oid) if mode in _REGULAR else b"" for mode, oid in sides]
        return any(is_append_merge(origin, first, second, merged) for origin in origins or [b""])

    def _content(self, reader: Reader, oid: str) -> bytes:
        if oid == self._last[0]:
            return self._last[1]
        kind, content = reader.read(oid)
        if kind != "blob":
            raise GitError(f"object {oid} is a {kind}, not a blob")
        if len(content) > OBJECT_LIMIT:
            raise ObjectTooLargeError(oid, len(content))
        self._last = (oid, content)
        return content


def _sides(git: Git, reader: Reader, merge: Commit) -> tuple[list[str], list[str]]:
    """The trees of a merge's two parents, and of their merge bases."""
    bases = git.output("merge-base", "--all", *merge.parents[:2], accept=(0, 1)).decode().split()
    return [tree_of(reader, oid) for oid in merge.parents[:2]], [tree_of(reader, oid) for oid in bases]
