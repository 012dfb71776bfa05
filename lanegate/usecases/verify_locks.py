"""High-risk paths judged again from a clone: each landing by the lock registry as it stood then (design section 6).

Which registry judged a landing, and when, is said by the server's landing record; where there is none, nobody can tell
who held what. The registry is read and verified once, from its first record on. That a lane held a lock before its
commits landed is asked of commits whose first verdict was written under a policy that made the path high-risk: an older
commit came when no lock was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from lanegate.core.decision import Violation
from lanegate.core.instant import seconds_of
from lanegate.core.judge import Judge, Scope, lane_of
from lanegate.core.judge_landed_locks import Risky, judge_landed_locks
from lanegate.core.lock_history import LockHistory
from lanegate.core.locks import LOCKS, LOCKS_REF
from lanegate.core.message import read_trailers
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.ownership import Ownership
from lanegate.core.policy import HIGH_RISK
from lanegate.git.history import chain_ids
from lanegate.usecases.locks_verify import VerifiedLocks, verify_locks
from lanegate.usecases.policy_eras import trusted_eras
from lanegate.usecases.records_ahead import records_ahead
from lanegate.usecases.verify_ledger import LogWanted, not_held

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lanegate.core.facts import Commit
    from lanegate.core.policy import Policy
    from lanegate.git.run import Git
    from lanegate.usecases.verify_acceptance import AcceptedSteps


class OpenedLocks(NamedTuple):
    """verified: None where there is no registry. problems: what is wrong with it."""

    verified: VerifiedLocks | None
    problems: tuple[Violation, ...]


def open_locks(git: Git, wanted: LogWanted, jobs: int = 1) -> OpenedLocks:
    """The registry, verified from its first record on by up to `jobs` processes. Raises GitError,
    ObjectTooLargeError."""
    problems = tuple([wrong for oid, why in wanted.held for wrong in not_held(git, wanted.tip, oid, why, LOCKS)])
    if wanted.tip is None:
        return OpenedLocks(None, problems)
    ids, eras = chain_ids(git, wanted.tip), trusted_eras(git, wanted.trusted, wanted.policy_path)
    with records_ahead(git, ids, eras, jobs) as ahead:
        verified = verify_locks(git, ids, eras, ahead=ahead)
    return OpenedLocks(verified, problems + verified.problems)


def risky_of(judge: Judge, commit: Commit, scope: Scope) -> Risky | None:
    """What a commit changes in high-risk zones of the policy that judges it, None where nothing. A commit without a
    lane is refused for that."""
    policy, ownership = judge.policy, judge.ownership
    paths = []
    for change in commit.changes:
        at = ownership.zone(change.path)
        if at is not None and policy.zones[at].mode == HIGH_RISK:
            rule = ownership.zone_rule(change.path)
            paths.append((change.path, rule.line if rule is not None else policy.zones[at].line))
    lane = lane_of(policy, read_trailers(commit.message), scope) if paths else None
    return Risky(commit.id, lane.id, tuple(paths)) if lane is not None and not isinstance(lane, Violation) else None


class LandedLocks:
    """The landings of a ref with the registry that judged them.

    steps: the landings, with the ledger that tells of them. registry: None where this clone has none. was_risky:
    whether the policy of that blob makes a path high-risk; None: not known here.
    """

    def __init__(
        self,
        steps: AcceptedSteps | None,
        registry: VerifiedLocks | None,
        ref: str | None,
        was_risky: Callable[[str, bytes], bool | None],
    ) -> None:
        self._steps = steps
        self._ref = ref
        self._was_risky = was_risky
        self._has_registry = registry is not None
        commits, records = (registry.commits, registry.records) if registry is not None else ((), ())
        self._numbers = {oid: number for number, oid in enumerate(commits, 1)}
        self._history = LockHistory(records)
        self._unrecorded = 0

    def violations(self, touching: Sequence[Risky]) -> Iterator[Violation]:
        """LG402, LG401 of each commit that changes high-risk paths; LG407, LG903 where the registry that judged a
        landing is not here."""
        missing: dict[str, str] = {}
        for risky in touching:
            landing = self._steps.landing_of(risky.commit) if self._steps is not None else None
            now = seconds_of(landing.time) if landing is not None else None
            if landing is None or now is None:
                self._unrecorded += 1
                continue
            number = self._numbers.get(landing.locks) if landing.locks is not None else 0
            if number is None:
                missing.setdefault(landing.locks or "", risky.commit)
                continue
            for violation in judge_landed_locks(risky, self._history.at(number, now), self._ref):
                if violation.code != "LG401" or self._asked(violation):
                    yield violation
        for tip, commit in missing.items():
            yield self._not_here(tip, commit)

    def notes(self) -> Iterator[str]:
        """What was not judged, in words, once `violations` has gone through."""
        if self._unrecorded:
            many = "one commit" if self._unrecorded == 1 else f"{self._unrecorded} commits"
            yield f"locks not judged of {many} that change high-risk paths: no landing record tells by which registry"

    def _asked(self, violation: Violation) -> bool:
        """Whether a lock was asked for when the commit came."""
        blob = self._steps.first_policy(violation.commit or "") if self._steps is not None else None
        return blob is None or self._was_risky(blob, violation.path or b"") is not False

    def _not_here(self, tip: str, commit: str) -> Violation:
        if not self._has_registry:
            hint = f"git fetch origin {LOCKS_REF}:{LOCKS_REF}"
            message = "high-risk paths landed, and this clone has no lock registry"
            return Violation("LG903", message, commit=commit, ref=LOCKS_REF, hint=hint)
        message = f"an older or forked lock registry: a landing was judged by {tip[:12]}, which it does not hold"
        hint = "run: lanegate lock list --fetch; if it stays so, ask the server's admin"
        return Violation("LG407", message, commit=commit, ref=LOCKS_REF, hint=hint)


def high_risk(git: Git, wanted: LogWanted) -> Callable[[str, bytes], bool | None]:
    """Whether the policy of a blob, which stood on the trusted ref at some time, makes a path high-risk. Policies are
    read when it is first asked, which takes a landing that is about to be refused."""

    @lru_cache(1)
    def policies() -> dict[str | None, Policy | None]:
        return {era.blob: era.policy for era in trusted_eras(git, wanted.trusted, wanted.policy_path)}

    @lru_cache
    def ownership(blob: str) -> Ownership | None:
        policy = policies().get(blob)
        return Ownership(policy) if policy is not None else None

    def asked(blob: str, path: bytes) -> bool | None:
        policy, owned = policies().get(blob), ownership(blob)
        if policy is None or owned is None:
            return None
        at = owned.zone(path)
        return at is not None and policy.zones[at].mode == HIGH_RISK

    return asked
