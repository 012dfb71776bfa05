"""Judging many commits, in several processes where that pays.

The commits are cut into contiguous parts (usecases/verify_cuts.py). A part is judged by a forked process that inherits
the policies, reads with libgit2 and has its own git beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from lanegate.core.carried import without_carried
from lanegate.core.clearance import Clearance
from lanegate.core.decision import Violation
from lanegate.core.facts import ABSENT, LINK
from lanegate.core.judge import Judge, Scope
from lanegate.core.judge_push import by_no_maintainer
from lanegate.core.people import nobody_asks, signers_of
from lanegate.git.bases import Ancestry, read_ancestry
from lanegate.git.commits import read_commits
from lanegate.git.history import History
from lanegate.git.objects import CatFile, Pygit2Reader, Reader
from lanegate.git.reverts import with_revert
from lanegate.git.run import Git
from lanegate.git.zoned import Zoned
from lanegate.usecases.aside import LATER, processes
from lanegate.usecases.policy_eras import Era, era_of_steps
from lanegate.usecases.verify_acceptance import AcceptedSteps, slim
from lanegate.usecases.verify_cuts import even_cuts, shrinking_cuts
from lanegate.usecases.verify_locks import risky_of
from lanegate.usecases.verify_names import AddedNames, tip_violations

if TYPE_CHECKING:
    from lanegate.core.facts import Commit, Signer
    from lanegate.core.judge_landed_locks import Risky
    from lanegate.core.ownership import Ownership
    from lanegate.core.people import Signed
    from lanegate.git.changes import Listed
    from lanegate.git.commits import Clears

#: Up to so many commits one process with `git cat-file` is quicker, and every new tree is looked at.
FEW = 2000
#: In what git says of changes (git/changes.py: Listed): a path that comes into being, and one that is a link now.
_ADDED, _TO_LINK = f":{ABSENT} ".encode(), f" {LINK} ".encode()


@dataclass(slots=True)
class Judged:
    """What came of judging some commits.

    paths: changes judged. policy_touching: commits (no clean merges) that change the policy file. unclean: merges with
    changes of their own. added: paths that come into being, with the commits that add them, where trees were not
    looked at; names: of parts put together, those. commits: of one part, where acceptance is judged, all of them
    without what it has no use for. risky: what they change in high-risk zones.
    """

    violations: list[Violation] = field(default_factory=list)
    paths: int = 0
    policy_touching: list[str] = field(default_factory=list)
    unclean: list[str] = field(default_factory=list)
    added: dict[bytes, list[str]] = field(default_factory=dict)
    commits: list[Commit] = field(default_factory=list)
    risky: list[Risky] = field(default_factory=list)
    names: AddedNames = field(default_factory=AddedNames)

    def absorb(self, other: Judged) -> None:
        """Add another part's results to these."""
        self.violations += other.violations
        self.paths += other.paths
        self.policy_touching += other.policy_touching
        self.unclean += other.unclean
        self.risky += other.risky
        self.names.add(other.added)


class Part:
    """Everything that judging a part of a history needs; made before the fork, so that it is shared.

    collects: whether what acceptance is judged by is kept. accepted: the landings, where their verdicts vouch for
    commits, else None. ownership: of the only era's policy, if it is made already.
    """

    def __init__(
        self,
        git: Git,
        history: History,
        eras: list[Era],
        policy_path: str,
        assume_lane: str | None,
        *,
        collects: bool = False,
        accepted: AcceptedSteps | None = None,
        ownership: Ownership | None = None,
    ) -> None:
        self.git = git
        self.history = history
        self.is_long = len(history.commits) > FEW
        self.scope = Scope(assume_lane=assume_lane)
        self.judges = [Judge(era.policy, policy_path, ownership) if era.policy else None for era in eras]
        self.clearances = [_clearance(judge, self.scope) for judge in self.judges]
        self.zoned = [_zoned(judge) for judge in self.judges]
        self.asks_locks = [era.policy is not None and era.policy.asks_locks for era in eras]
        self.eras = eras
        self.collects = collects
        self.accepted = accepted
        self.era_of = era_of_steps(history, eras)
        self._signers = [signers_of(era.policy) if era.policy else nobody_asks for era in eras]
        asks = any(signer is not nobody_asks for signer in self._signers)
        self.signed: Signed = self._signer if asks else nobody_asks
        self.lock = Lock()  # a judge remembers what it found: one thread at a time
        self.policy_path = policy_path.encode()
        self.ancestry = _ancestry(git, history) if self.is_long else None
        self.reads_in_process = self.is_long and Pygit2Reader.can_open(git)
        if self.reads_in_process:
            load_ahead()

    def judge(self, start: int, stop: int) -> Judged:
        """Judge the commits from position `start` up to `stop`."""
        judged = Judged()
        with closing(self._reader()) as reader:
            ids = self.history.commits[start:stop]
            is_short = not self.is_long
            if self.is_long:  # git packs new trees whole and older ones as differences: newest first is quicker to read
                ids = ids[::-1]
            for read in read_commits(
                self.git,
                reader,
                ids,
                looks_at_trees=is_short,
                ancestry=self.ancestry,
                signed=self.signed,
                clears=self._clears(judged),
            ):
                commit = with_revert(self.git, reader, read)
                era = self._era(commit.id)
                judge = self.judges[era]
                if judge is None:  # told once for the whole era
                    continue
                if commit.carried:
                    with self.lock:
                        commit = without_carried(commit, judge.policy, judge.ownership)
                scope = self.scope
                if self.collects:
                    judged.commits.append(slim(commit))
                if self.accepted is not None:
                    scope = self.accepted.scope(commit, scope)
                with self.lock:
                    zoned = self.zoned[era]
                    if zoned is not None:
                        (commit,) = zoned.with_appends(self.git, reader, (commit,))
                    judged.violations += judge.commit(commit, scope)
                    risky = risky_of(judge, commit, scope) if self.asks_locks[era] else None
                if risky is not None:
                    judged.risky.append(risky)
                judged.paths += len(commit.changes)
                if commit.is_merge and commit.changes:
                    judged.unclean.append(commit.id)
                for path, old_mode, _, _, _ in commit.changes:
                    if old_mode == ABSENT and self.is_long:
                        judged.added.setdefault(path, []).append(commit.id)
                    if path == self.policy_path:
                        judged.policy_touching.append(commit.id)
                        if self.eras[era].commit is not None and judge.policy.identity == "signature":
                            judged.violations += by_no_maintainer(judge, commit)
        return judged

    def _clears(self, judged: Judged) -> Clears | None:
        """What clears commits of the part that comes to `judged`, and counts them there; None where each is wanted, as
        in a short history, whose trees are all looked at."""
        if not self.is_long or self.collects or self.accepted is not None or not any(self.clearances):
            return None
        policy_path = self.policy_path

        def clears(oid: str, message: bytes, changed: Listed) -> bool:
            clearance = self.clearances[self._era(oid)]
            paths = changed.paths
            metas = b"".join(changed.metas)
            if clearance is None or _TO_LINK in metas or policy_path in paths:
                return False
            with self.lock:
                if not clearance.clears(message, paths):
                    return False
            judged.paths += len(paths)
            if _ADDED in metas:
                for meta, path in zip(changed.metas, paths, strict=True):
                    if meta.startswith(_ADDED):
                        judged.added.setdefault(path, []).append(oid)
            return True

        return clears

    def _era(self, oid: str) -> int:
        return self.era_of[self.history.step_of[oid]]

    def _signer(self, oid: str, raw: bytes) -> Signer | None:
        return self._signers[self._era(oid)](oid, raw)

    def judge_tip(self) -> list[Violation]:
        """What stands at the tip, where trees were not looked at commit by commit."""
        return tip_violations(self.git, self.history) if self.is_long else []

    def _reader(self) -> Reader:
        return Pygit2Reader(self.git) if self.reads_in_process else CatFile(self.git)


def _zoned(judge: Judge | None) -> Zoned | None:
    """What reads for the zones of a policy, None where it has none."""
    return Zoned(judge.policy, judge.ownership) if judge is not None and judge.policy.zones else None


def load_ahead() -> None:
    """Load what a long history is read with, once: before the forks, and best while git still lists the history."""
    import pygit2  # noqa: F401

    from lanegate.git import file_merges, merges  # noqa: F401


def _clearance(judge: Judge | None, scope: Scope) -> Clearance | None:
    """What a judge clears at a glance, None where that is nothing."""
    clearance = Clearance(judge, scope) if judge is not None else None
    return clearance if clearance is not None and clearance.clears_some else None


def _ancestry(git: Git, history: History) -> Ancestry:
    """The complete ancestry of the tip: merge bases may lie before the base of the history."""
    try:
        return Ancestry((oid, history.parents[oid]) for oid in history.commits)
    except KeyError:  # a parent lies before it
        return read_ancestry(git, history.tip)


#: Told of the commits of a part as they come in.
Taking = Callable[[Sequence["Commit"]], None]


@contextmanager
def judged_aside(
    part: Part, jobs: int, progress: Callable[[int, int], None] | None
) -> Iterator[Callable[[Taking], Judged]]:
    """Start to judge a whole history with up to `jobs` processes; gives what waits for the answer, tells progress
    (done, all) meanwhile, and hands on what each part has in `commits`."""
    total = len(part.history.commits)
    if not part.is_long:
        yield lambda take: _gather([part.judge(0, total)], [(0, total)], total, progress, take)
        return
    cuts = even_cuts(total, jobs) if part.collects else shrinking_cuts(total, jobs)
    with _pool(part, jobs) as pool:
        tip = pool.submit(_judge_tip)
        results = pool.map(_judge_cut, cuts)

        def judged(take: Taking) -> Judged:
            whole = _gather(results, cuts, total, progress, take)
            whole.violations += tip.result()
            return whole

        yield judged


def _pool(part: Part, jobs: int) -> Executor:
    """Processes, or for one job two threads: while one waits for git the other goes on."""
    if jobs < 2:
        return ThreadPoolExecutor(2, initializer=_set_part, initargs=(part,))
    return processes(jobs, LATER, _set_part, part)


def _gather(
    results: Iterable[Judged],
    cuts: Sequence[tuple[int, int]],
    total: int,
    progress: Callable[[int, int], None] | None,
    take: Taking,
) -> Judged:
    whole = Judged()
    done = 0
    for judged, (start, stop) in zip(results, cuts, strict=True):
        whole.absorb(judged)
        take(judged.commits)
        done += stop - start
        if progress is not None:
            progress(done, total)
    return whole


_inherited: list[Part] = []


def _set_part(part: Part) -> None:
    _inherited[:] = [part]


def _judge_cut(cut: tuple[int, int]) -> Judged:
    return _inherited[0].judge(*cut)


def _judge_tip() -> list[Violation]:
    return _inherited[0].judge_tip()
