"""The hot files of a repository, from its history; no policy is needed, but its zones are marked (R-B14)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from lanegate.core.hotspots import Hotspot, proposed, rank
from lanegate.core.named_tuple import NamedTuple
from lanegate.git.touches import read_touches
from lanegate.git.worktree import Worktree
from lanegate.usecases.verdicts import AskedWronglyError


class Hotspots(NamedTuple):
    """tip: id of the commit whose files are ranked. files: hottest first. zones: modes of the zones that files are in,
    by path. patterns: of the files that deserve a zone and have none. notes: what whoever reads the ranking should
    know, in words."""

    tip: str
    commits: int
    files: tuple[Hotspot, ...]
    zones: Mapping[bytes, str]
    patterns: tuple[str, ...]
    notes: tuple[str, ...]


def find_hotspots(worktree: Worktree, span: str | None = None, since: str | None = None) -> Hotspots:
    """The ranking of a stretch of history: BASE..TIP, a tip, or without it all that HEAD reaches.

    since: only younger commits, as git reads dates. Raises AskedWronglyError, GitError.
    """
    base_name, dots, tip_name = (span or "HEAD").rpartition("..")
    if base_name.endswith(".") or tip_name.startswith("."):
        raise AskedWronglyError(f"{span}: expected BASE..TIP with two dots")
    base = _commit(worktree, base_name or "HEAD") if dots else None
    tip = _commit(worktree, tip_name or "HEAD")
    touches = read_touches(worktree.git, tip, base=base, since=since)
    files = rank(touches.files)
    zones = _zones([spot.file.path for spot in files])
    notes = [] if touches.commits else ["no commit is in that range, merges aside"]
    if touches.without_lane:
        notes.append(
            f"{touches.without_lane} of {touches.commits} commits name no single lane: there, authors count as lanes"
        )
    if os.path.exists(os.path.join(worktree.common_dir, "shallow")):
        notes.append("the clone is shallow: what is older than it holds was not counted")
    return Hotspots(tip, touches.commits, files, zones, proposed(files, zones), tuple(notes))


def _zones(paths: Iterable[bytes]) -> dict[bytes, str]:
    """The paths that are in a zone of the policy in this work tree, with its mode; none without a usable one."""
    from lanegate.core.ownership import Ownership
    from lanegate.core.policy_reader import PolicyError, read_overlapping
    from lanegate.usecases.policy_file import NoFileError, find_policy_file

    try:
        policy = read_overlapping(find_policy_file(None).data)
    except (NoFileError, PolicyError):
        return {}
    ownership = Ownership(policy)
    found = ((path, ownership.zone(path)) for path in paths)
    return {path: policy.zones[zone].mode for path, zone in found if zone is not None}


def _commit(worktree: Worktree, name: str) -> str:
    commit = worktree.commit(name)
    if commit is None:
        raise AskedWronglyError(f"{name} names no commit here")
    return commit
