"""`lanegate simulate`: a policy that does not count yet, tried on history that was made without it (R-A03).

The judge is the one that judges pushes (`core/judge.py`). What history cannot tell is left out and said: who pushed and
signed, which locks were held, on which ref a commit came.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

from lanegate.core.carried import without_carried
from lanegate.core.facts import Commit
from lanegate.core.judge import Judge, Scope
from lanegate.core.message import read_trailers
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.policy import Policy
from lanegate.core.simulation import (
    Refused,
    Remedy,
    Row,
    is_only_content,
    lane_by_paths,
    lanes_of_authors,
    remedies,
    rows,
)
from lanegate.git.authors import read_authors
from lanegate.git.commits import read_commits
from lanegate.git.history import History, read_history
from lanegate.git.objects import CatFile
from lanegate.git.reverts import with_revert
from lanegate.git.run import Git
from lanegate.git.worktree import Worktree
from lanegate.git.zoned import Zoned
from lanegate.usecases.verdicts import AskedWronglyError

#: Codes of the lock registry: who held what is not in history.
_OF_LOCKS = ("LG401", "LG402", "LG403")


class OfLane(NamedTuple):
    """commits: taken for the lane. named: of them, those that name it themselves. refused: that would have been."""

    lane: str
    commits: int
    named: int
    refused: int


class Simulation(NamedTuple):
    """base: id, None: the history was read from its roots on. commits: judged, clean merges aside; refused: of them.
    lanes: those with commits, in the order of the policy. notes: in words, what was guessed or left out."""

    base: str | None
    tip: str
    commits: int
    refused: int
    lanes: tuple[OfLane, ...]
    rows: tuple[Row, ...]
    remedies: tuple[Remedy, ...]
    notes: tuple[str, ...]


def simulate(
    worktree: Worktree, policy: Policy, policy_path: str, span: str | None = None, *, by_author: bool = False
) -> Simulation:
    """Judge a stretch of history by a policy. span: BASE..TIP, a tip, None for all since the last tag.

    by_author: a commit without `Lane` is taken for the lane of its author, the one whose paths he changes most in this
    stretch. Raises AskedWronglyError, GitError, LimitError, ObjectTooLargeError.
    """
    base, tip = _span(worktree, span)
    history = read_history(worktree.git, base, tip)
    judge = Judge(policy, policy_path)
    cut = _cut_off(worktree)
    commits = [commit for commit in _commits(worktree.git, history, judge) if commit.id not in cut]
    guessed = _guessed(worktree.git, judge, commits, by_author=by_author)
    refused: list[Refused] = []
    per_lane: Counter[str] = Counter()
    named: Counter[str] = Counter()
    refused_of: Counter[str] = Counter()
    bad = nobodys = 0
    fallback = next((lane.id for lane in policy.lanes.values() if lane.state == "active"), None)
    for commit in commits:
        own = read_trailers(commit.message).of(b"lane")
        lane = own[0] if own else guessed.get(commit.id)
        nobodys += lane is None
        scope = Scope(assume_lane=lane or fallback, is_vouched=True)
        found = [one for one in judge.commit(commit, scope) if one.code not in _OF_LOCKS]
        if lane is None:  # no lane is better than another: what is refused is that no lane owns the paths
            found = [one._replace(lane=None) for one in found]
        else:
            per_lane[lane] += 1
            named[lane] += bool(own)
            refused_of[lane] += bool(found)
        bad += bool(found)
        refused += [Refused(one, is_only_content(commit.changes, one.path)) for one in found]
    lanes = [
        OfLane(lane, per_lane[lane], named[lane], refused_of[lane])
        for lane in [*policy.lanes, *sorted(per_lane.keys() - policy.lanes.keys())]
        if per_lane[lane]
    ]
    notes = _notes(worktree, policy, len(guessed), nobodys, by_author=by_author)
    told = remedies(policy, judge.ownership, refused)
    return Simulation(base, tip, len(commits), bad, tuple(lanes), rows(refused), told, tuple(notes))


def _span(worktree: Worktree, span: str | None) -> tuple[str | None, str]:
    if span is None:
        tip = _commit(worktree, "HEAD")
        tag = _last_tag(worktree.git, tip)
        return tag, tip
    base_name, dots, tip_name = span.rpartition("..")
    if base_name.endswith(".") or tip_name.startswith("."):
        raise AskedWronglyError(f"{span}: expected BASE..TIP with two dots")
    return (_commit(worktree, base_name or "HEAD") if dots else None), _commit(worktree, tip_name or "HEAD")


def _cut_off(worktree: Worktree) -> frozenset[str]:
    """The commits of a shallow clone whose parents are not here, so that they seem to add every file."""
    try:
        with open(os.path.join(worktree.common_dir, "shallow")) as file:
            return frozenset(file.read().split())
    except FileNotFoundError:
        return frozenset()


def _last_tag(git: Git, tip: str) -> str | None:
    """The youngest commit with a tag behind a commit, not on it; None where there is none.

    Not asked of git-describe(1), which answers with the name that stands in a tag, not with the ref's.
    """
    form = ("-c", "log.showSignature=false", "log", "--no-color", "--decorate-refs=refs/tags", "--format=%H %D")
    for start in git.line("rev-list", "--no-walk", "--parents", tip).split()[1:2]:
        rest = b""
        for chunk in git.stream(*form, start, "--"):
            *lines, rest = (rest + chunk).split(b"\n")
            for commit, _, tags in (line.partition(b" ") for line in lines):
                if b"tag: " in tags:  # else `grafted`, the edge of a shallow clone
                    return commit.decode()
    return None


def _commit(worktree: Worktree, name: str) -> str:
    commit = worktree.commit(name)
    if commit is None:
        raise AskedWronglyError(f"{name} names no commit here")
    return commit


def _commits(git: Git, history: History, judge: Judge) -> Iterator[Commit]:
    """The commits of a history that change something, with what the judge asks of them."""
    zoned = Zoned(judge.policy, judge.ownership) if judge.policy.zones else None
    with closing(CatFile(git)) as reader:
        for read in read_commits(git, reader, history.commits, looks_at_trees=False):
            commit = with_revert(git, reader, without_carried(read, judge.policy, judge.ownership))
            if zoned is not None:
                (commit,) = zoned.with_appends(git, reader, (commit,))
            if not commit.is_clean_merge:
                yield commit


def _guessed(git: Git, judge: Judge, commits: list[Commit], *, by_author: bool) -> dict[str, str]:
    """The lane of each commit that names none, as far as a guess can be made."""
    nameless = [commit for commit in commits if not read_trailers(commit.message).of(b"lane")]
    found = {}
    for commit in nameless:
        lane = lane_by_paths(judge.policy, judge.ownership, (change.path for change in commit.changes))
        if lane is not None:
            found[commit.id] = lane
    if not by_author:
        return found
    authors = read_authors(git, [commit.id for commit in nameless])
    counts: dict[str, Counter[str]] = {}
    for commit in nameless:
        lanes = counts.setdefault(authors[commit.id], Counter())
        for change in commit.changes:
            lanes.update(lane for lane, _ in judge.ownership.owners(change.path))
    active = {lane.id for lane in judge.policy.lanes.values() if lane.state == "active"}
    of_author = lanes_of_authors({who: {k: n for k, n in c.items() if k in active} for who, c in counts.items()})
    return {oid: of_author[who] for oid, who in authors.items() if who in of_author}


def _notes(worktree: Worktree, policy: Policy, guessed: int, nobodys: int, *, by_author: bool) -> Iterator[str]:
    if guessed:
        how = "of its author, whose changes are mostly there" if by_author else "that owns most of its paths"
        yield f"commits without a lane: {guessed}; each was taken for the lane {how}"
    if nobodys:
        yield f"commits that change only what no lane owns: {nobodys}; no lane was guessed for them"
    if policy.identity != "none":
        yield "not judged: who signed and who pushed"
    if policy.asks_locks:
        yield "not judged: who held which lock"
    if policy.asks_acceptance:
        yield "not judged: acceptance, and what lanes ask of each other"
    if _cut_off(worktree):
        yield "the clone is shallow: its oldest commits, and what is older than they are, were not judged"
