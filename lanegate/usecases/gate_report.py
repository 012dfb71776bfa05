"""The draft of a gate report: all that a machine knows; the rest is left for a person to fill in (R-D06).

A report that is there already keeps what somebody wrote into it, when the gates are run again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from lanegate.core.facts import ABSENT, Change, Commit
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.policy import NONE, Lane
from lanegate.core.report import (
    ADDED,
    DELETED,
    MAX_FILES,
    MODIFIED,
    TYPE_CHANGED,
    ChangedFile,
    Criterion,
    GateStep,
    Report,
    ReportError,
    read_report,
)
from lanegate.core.report_text import write_report
from lanegate.git.commits import read_commits
from lanegate.git.objects import CatFile
from lanegate.git.reach import is_reachable
from lanegate.git.run import GitError
from lanegate.usecases.clone import Clone
from lanegate.usecases.verdicts import AskedWronglyError, in_order, lane_of_commits
from lanegate.usecases.whole_file import put_whole

COMMENTS = {
    "criteria": "met = true, and evidence: what shows it, for each",
    "compliance": "in words: how it is met, or why it does not apply",
    "risks": "list open risks in items, or write none = true; assumptions likewise, or no_assumptions = true",
    "disposition": 'decision: "accepted" or "rejected"; next: what happens next',
}


class Target(NamedTuple):
    """What gates are run on: commits with parents before children, the last of them, and the lane, None for a clean
    merge."""

    commits: tuple[Commit, ...]
    lane: Lane | None

    @property
    def ran(self) -> str:
        return self.commits[-1].id


def target_of(clone: Clone, commits: Sequence[str], lane: str | None) -> Target:
    """The commits, by full ids, as facts. Raises AskedWronglyError, GitError."""
    worktree = clone.worktree
    ids = in_order(worktree, tuple(commits))
    beside = [oid for oid in ids if not is_reachable(worktree.git, oid, [ids[-1]])]
    if beside:
        message = f"{ids[-1][:12]} does not hold {beside[0][:12]}: gates run on one commit that holds all others"
        raise AskedWronglyError(message)
    reader = CatFile(worktree.git)
    try:
        facts = {commit.id: commit for commit in read_commits(worktree.git, reader, ids, looks_at_trees=False)}
    finally:
        reader.close()
    found = tuple([facts[oid] for oid in ids])
    if lane is None and all(commit.is_clean_merge for commit in found):
        return Target(found, None)
    needs_lane = [commit.id for commit in found if not commit.is_clean_merge]
    return Target(found, lane_of_commits(clone, needs_lane or ids, lane))


def draft_report(clone: Clone, target: Target, steps: tuple[GateStep, ...], former: Report | None) -> Report:
    """The report of a run. former: of an earlier run, whose words are kept where they are about the same lane.

    Raises AskedWronglyError.
    """
    lane = target.lane
    files = changed_files(clone, lane, target.commits)
    if len(files) > MAX_FILES:
        raise AskedWronglyError(f"{len(files)} files changed, one report holds {MAX_FILES}: name fewer commits")
    report = Report(
        lane=lane.id if lane is not None else "",
        commits=tuple([commit.id for commit in target.commits]),
        ran=target.ran,
        objective=(lane.objective or "") if lane is not None else "",
        owned_paths=tuple([rule.text for rule in lane.owned_paths]) if lane is not None else (),
        files=files,
        criteria=tuple([Criterion(text) for text in lane.acceptance]) if lane is not None else (),
        gates=steps,
    )
    if former is None or former.lane != report.lane:
        return report
    said = {criterion.text: criterion for criterion in former.criteria}
    return report._replace(
        criteria=tuple([said.get(criterion.text, criterion) for criterion in report.criteria]),
        **{name: getattr(former, name) for name in _SAID},
    )


#: What a person fills in, criteria aside.
_SAID = ("architecture", "docs", "policy", "risks", "assumptions", "decision", "next")


def changed_files(clone: Clone, lane: Lane | None, commits: Iterable[Commit]) -> tuple[ChangedFile, ...]:
    """What the commits change together, by path, with the lane's grant there."""
    first: dict[bytes, Change] = {}
    last: dict[bytes, Change] = {}
    for commit in commits:
        for change in commit.changes:
            first.setdefault(change.path, change)
            last[change.path] = change
    ownership = clone.file.ownership
    found = []
    for path in sorted(first):
        what = _what(first[path].old_mode, last[path].new_mode)
        grant = ownership.grant(lane.id, path).grant if lane is not None else NONE
        found.append(ChangedFile(path, what, grant))
    return tuple(found)


def _what(old_mode: str, new_mode: str) -> str:
    if new_mode == ABSENT:
        return DELETED
    if old_mode == ABSENT:
        return ADDED
    return MODIFIED if old_mode == new_mode else TYPE_CHANGED


def draft_path(clone: Clone, ran: str) -> str:
    """Where a draft is put unless somebody says where: beside the repository's own files, so it is never committed."""
    return os.path.join(clone.worktree.common_dir, "lanegate", "reports", f"{ran}.toml")


def former_report(path: str) -> Report | None:
    """The report that a file holds, None if there is no file. Raises AskedWronglyError for a file of another kind."""
    try:
        with open(path, "rb") as file:
            return read_report(file.read())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise AskedWronglyError(f"{path}: {error.strerror}") from error
    except ReportError as error:
        message = f"{path} is there already and is no gate report ({error.message}): mend it, or name another --output"
        raise AskedWronglyError(message) from error


def save_draft(path: str, report: Report) -> bytes:
    """Write the draft, whole or not at all; its bytes. Raises GitError."""
    data = write_report(report, COMMENTS)
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        put_whole(path, data)
    except OSError as error:
        raise GitError(f"{path} cannot be written: {error.strerror}") from error
    return data
