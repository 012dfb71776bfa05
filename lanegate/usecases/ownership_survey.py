"""How a policy fits a repository: where lanes overlap, which rules do nothing, which files nobody owns (R-A06, R-F04).

Works for a policy that cannot be used because its lanes overlap: that is when one wants to know.
"""

from __future__ import annotations

from collections.abc import Iterator

from lanegate.core.dead_rules import dead_rules
from lanegate.core.lane_overlap import lane_overlaps
from lanegate.core.ownership import Ownership
from lanegate.core.policy import Policy
from lanegate.git.tracked import tracked_files
from lanegate.git.worktree import NotARepositoryError, Worktree, find
from lanegate.render.folders import Kind
from lanegate.render.overlaps import Survey

#: Files that are marked as hot in a picture.
HOTTEST = 20


def survey(policy: Policy) -> Survey:
    """What is to know about a policy and the files that are tracked around the current folder.

    Raises OverlapLimitError, GitError.
    """
    worktree = repository_here()
    files = () if worktree is None else tracked_files(worktree)
    ownership = Ownership(policy)
    unowned = tuple([path for path in files if not ownership.owners(path)])
    tracked = None if worktree is None else len(files)
    return Survey(lane_overlaps(policy), tracked, unowned, dead_rules(policy))


def kinds(policy: Policy, worktree: Worktree, *, with_hot: bool) -> Iterator[tuple[bytes, Kind]]:
    """Each tracked file and what it is to the policy, for a picture. with_hot: marks the hottest, which reads all of
    the history. Raises GitError, AskedWronglyError."""
    hot = frozenset(_hottest(worktree)) if with_hot else frozenset()
    ownership = Ownership(policy)
    for path in tracked_files(worktree):
        owners = tuple([lane for lane, _ in ownership.owners(path)])
        zone = ownership.zone(path)
        yield path, Kind(owners, "" if zone is None else policy.zones[zone].mode, path in hot)


def repository_here() -> Worktree | None:
    """The repository around the current folder, None if there is none. Raises GitError."""
    try:
        return find()
    except NotARepositoryError:
        return None


def _hottest(worktree: Worktree) -> list[bytes]:
    from lanegate.usecases.hotspots import find_hotspots

    return [spot.file.path for spot in find_hotspots(worktree).files[:HOTTEST]]
