"""A stretch of history as landings: the first-parent steps of a branch, and the step that brought each commit.

Design section 3.2: on the trusted ref the old tip stays on the first-parent chain, so each first-parent step is a
landing, and a commit is judged by the policy at the first parent of the step that brings it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lanegate.core.named_tuple import NamedTuple
from lanegate.git.reach import new_commits
from lanegate.git.run import Git


class History(NamedTuple):
    """Commits from a base (left out, None: from the roots on) to a tip.

    commits: ids, parents before children. parents: of each of them. steps: ids on the tip's first-parent chain, oldest
    first. step_of: position in `steps` of the landing that brings each commit.
    """

    base: str | None
    tip: str
    commits: Sequence[str]
    parents: Mapping[str, tuple[str, ...]]
    steps: Sequence[str]
    step_of: Mapping[str, int]

    @property
    def is_on_first_parent_chain(self) -> bool:
        """Whether the base is where the first-parent chain of the tip arrives."""
        if not self.steps:
            return self.base in (None, self.tip)
        return self.base is None or self.parents[self.steps[0]][:1] == (self.base,)

    @property
    def is_whole_chain(self) -> bool:
        """Whether every commit of the tip's first-parent chain is a step, or the base or below it."""
        first = self.parents[self.steps[0]][:1] if self.steps else (self.tip,)
        return first == ((self.base,) if self.base is not None else ())


def read_history(git: Git, base: str | None, tip: str, baseline: Sequence[str] = ()) -> History:
    """The history between two commits, without what a baseline commit reaches. Raises GitError."""
    family = new_commits(git, tip, [*([base] if base else []), *baseline])
    parents = dict(family)
    steps = []
    oid: str | None = tip
    while oid in parents:
        steps.append(oid)
        oid = next(iter(parents[oid]), None)
    steps.reverse()
    return History(base, tip, [oid for oid, _ in family], parents, steps, _landings(parents, steps))


def chain_ids(git: Git, tip: str) -> list[str]:
    """The first-parent chain of a commit, such as a ledger's tip, first commit first. Raises GitError."""
    return git.output("rev-list", "--first-parent", "--reverse", tip).decode().split()


def steps_changing(git: Git, base: str | None, tip: str, path: str) -> list[str]:
    """The commits on the first-parent chain of `tip`, down to what `base` reaches, in which a file is not what it is in
    their first parent. Raises GitError."""
    since = [f"^{base}"] if base else []
    listed = git.output("--literal-pathspecs", "rev-list", "--first-parent", tip, *since, "--", path)
    return listed.decode().split()


def _landings(parents: Mapping[str, tuple[str, ...]], steps: Sequence[str]) -> dict[str, int]:
    """The first step that reaches each commit, each commit visited once."""
    found: dict[str, int] = {}
    for position, step in enumerate(steps):
        found[step] = position
        work = list(parents[step][1:])  # the first one is the step before, if any
        while work:
            oid = work.pop()
            if oid not in found and oid in parents:
                found[oid] = position
                work += parents[oid]
    return found
