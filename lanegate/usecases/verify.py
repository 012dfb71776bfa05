"""Re-verifying history, as CI does: each landing judged by the policy that stood before it (design section 3.2).

The same judge as on the server, over the same facts, read in bulk: `git diff-tree` and `git cat-file` stream what
ordinary commits are and touch, merges are made again (`git/merges.py`). Long ranges are split between processes.

What the server knew and history does not tell is not judged, and the answer says so: who pushed, on which ref a
commit came, which commits were pushed together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext

from lanegate.core.decision import Decision, Violation, decide
from lanegate.core.facts import Commit
from lanegate.core.lock_out import lock_out
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.ownership import Ownership
from lanegate.core.policy import Policy
from lanegate.core.refs import match_ref
from lanegate.git.history import History
from lanegate.git.run import Git
from lanegate.usecases.policy_eras import Era, KnownEras, read_eras, trusted_eras
from lanegate.usecases.verify_acceptance import AcceptedSteps, accepted_rule, landings, vouches
from lanegate.usecases.verify_ledger import LogWanted, OpenedLedger, ledger_to_open, no_ledger
from lanegate.usecases.verify_locks import LandedLocks, high_risk, open_locks
from lanegate.usecases.verify_names import name_violations
from lanegate.usecases.verify_range import Judged, Part, judged_aside


class VerifyOptions(NamedTuple):
    """pinned: judge every step by this policy (`pinned_path`: where it was read). assume_lane: the lane of commits
    that name none. jobs: processes. progress: called with (done, all) commits. ref: the branch, to see that a policy
    still lets somebody push there, and what it asks of what lands there; None if unknown. trusted: tip of the trusted
    ref, where `ref` is another one, whose own policy file has no effect. ledger: where acceptance is looked up. locks:
    where it is looked up who held what. changes: as of `read_eras`.
    ownership: of `pinned`, where it is made ready already."""

    policy_path: str
    pinned: Policy | None = None
    pinned_path: str | None = None
    assume_lane: str | None = None
    jobs: int = 1
    progress: Callable[[int, int], None] | None = None
    ref: str | None = None
    trusted: str | None = None
    ledger: LogWanted | None = None
    locks: LogWanted | None = None
    changes: Callable[[], Sequence[str]] | None = None
    ownership: Ownership | None = None


def verify(git: Git, history: History, options: VerifyOptions) -> Decision:
    """Judge every commit of a history.

    Raises what reading git raises: GitError, LimitError, ObjectTooLargeError (`usecases/undecided.py`).
    """
    trusted = trusted_eras(git, options.trusted, options.policy_path) if options.trusted and not options.pinned else []
    eras = trusted or _own_eras(git, history, options)
    wanted, problems = _wanted_ledger(history, eras, options)
    known = KnownEras(history, eras) if not trusted and not options.pinned else None
    with (
        ledger_to_open(git, wanted, options.jobs, known=known)
        if wanted is not None
        else nullcontext(_no_ledger) as opened
    ):
        if trusted:
            eras = _eras_elsewhere(git, history, trusted, opened(), options)
        before = opened() if any(era.policy is not None and vouches(era.policy) for era in eras) else None
        vouching = _accepted_steps(git, history, eras, options, before)
        part = Part(
            git,
            history,
            eras,
            options.policy_path,
            options.assume_lane,
            collects=wanted is not None,
            accepted=vouching,
            ownership=options.ownership,
        )
        with judged_aside(part, options.jobs, options.progress) as judging:
            ledger = opened()
            accepted = vouching or _accepted_steps(git, history, eras, options, ledger)
            judged = judging(accepted.take if accepted is not None else _nobody_takes)
    violations = [*problems, *_chain(history), *_unjudged(history, eras), *judged.violations]
    if part.is_long:
        violations += name_violations(git, history, judged.names)
    if not options.pinned and not trusted:
        violations += _policy_steps(history, eras, judged, options)
    place = {oid: position for position, oid in enumerate(history.commits)}
    notes = list(_notes(history, eras, part))
    if ledger is not None:
        violations += ledger.problems
    if options.locks is not None and any(era.policy and era.policy.asks_locks for era, _ in _with_steps(history, eras)):
        registry = open_locks(git, options.locks, options.jobs)
        landed = LandedLocks(accepted, registry.verified, options.ref, high_risk(git, options.locks))
        violations += [*registry.problems, *landed.violations(judged.risky)]
        notes += landed.notes()
    if accepted is not None:
        violations += accepted.violations()
        violations = [violation for violation in violations if not accepted.is_overridden(violation)]
        notes += accepted.notes()
    violations.sort(key=lambda violation: place.get(violation.commit or "", -1))
    last = eras[-1]
    return Decision(
        decision=decide(tuple(violations)),
        violations=tuple(violations),
        policy_commit=last.commit,
        policy_blob=last.blob,
        policy_path=options.pinned_path or options.policy_path,
        notes=tuple(notes),
        refs=1,
        commits=len(history.commits),
        paths=judged.paths,
    )


def _own_eras(git: Git, history: History, options: VerifyOptions) -> list[Era]:
    if options.pinned:
        return [Era(0, options.pinned)]
    return read_eras(git, history, options.policy_path, options.changes)


def _no_ledger() -> None:
    """What a history is judged by that no policy asks a verdict for."""


def _nobody_takes(_commits: Sequence[Commit]) -> None:
    """Where no landing is judged."""


def _wanted_ledger(
    history: History, eras: list[Era], options: VerifyOptions
) -> tuple[LogWanted | None, tuple[Violation, ...]]:
    """The ledger to open, None where no policy asks for what it says or there is none; and then why that is wrong."""
    judging = eras if options.trusted else [era for era, _ in _with_steps(history, eras)]
    asking = [era.policy for era in judging if era.policy and era.policy.asks_acceptance]
    if not asking:
        return None, ()
    if options.ref is None or options.ledger is None:
        message = "the policy asks for acceptance, and this clone does not tell which ref this is the history of"
        return None, (Violation("LG901", message, commit=history.tip, hint="say --ref, such as --ref refs/heads/main"),)
    if not any(match_ref(policy, options.ref) for policy in asking):
        message = f"no rule of the policy names {options.ref}"
        return None, (Violation("LG901", message, commit=history.tip, hint="say --ref, such as --ref refs/heads/main"),)
    if not any(accepted_rule(policy, options.ref) for policy in asking):
        return None, ()
    return options.ledger, () if options.ledger.tip is not None else (no_ledger(),)


def _eras_elsewhere(
    git: Git, history: History, trusted: list[Era], ledger: OpenedLedger | None, options: VerifyOptions
) -> list[Era]:
    """The eras of a ref that is not the trusted one: each landing was judged by the policy that its record names, which
    stood on the trusted ref. One that no record tells of is judged by the policy that stands there now."""
    now = trusted[-1]._replace(start=0, commit=None)
    if ledger is None or ledger.verified is None or options.ref is None:
        return [now]
    by_blob = {era.blob: era for era in trusted}
    found: list[Era] = []
    for group in landings(git, history, options.ref, ledger.verified.ledger):
        record = ledger.verified.records[group.record - 1] if group.record is not None else None
        era = by_blob.get(record.policy, now) if record is not None else now
        found.append(era._replace(start=group.start, commit=None))
    return found or [now]


def _accepted_steps(
    git: Git, history: History, eras: list[Era], options: VerifyOptions, ledger: OpenedLedger | None
) -> AcceptedSteps | None:
    """The landings with the ledger that judges them, None where there is none to go by."""
    if ledger is None or ledger.verified is None or options.ref is None:
        return None
    return AcceptedSteps(git, history, eras, options.ref, ledger.verified.ledger, ledger.verified.records)


def _chain(history: History) -> Iterator[Violation]:
    if not history.is_on_first_parent_chain:
        yield Violation(
            code="LG603",
            message=f"{(history.base or '')[:7]} is not on the first-parent chain of {history.tip[:7]}",
            commit=history.tip,
            hint="a landing took the branch as second parent, or rewrote it; verify from a commit that stayed on it",
        )


def _unjudged(history: History, eras: list[Era]) -> Iterator[Violation]:
    """One LG901 for each era without a policy that has steps."""
    for era, end in _with_steps(history, eras):
        if era.policy is None:
            first, last = history.steps[era.start], history.steps[end - 1]
            yield Violation(
                code="LG901",
                message=f"no policy judges the landings {first[:7]} to {last[:7]}: {era.problems[0].message}",
                commit=first,
                hint="verify from the commit that brought the policy on, or name one with --policy",
            )


def _with_steps(history: History, eras: list[Era]) -> Iterator[tuple[Era, int]]:
    """The eras that judge steps, each with the place where it ends."""
    ends = [era.start for era in eras[1:]] + [len(history.steps)]
    return ((era, end) for era, end in zip(eras, ends, strict=True) if era.start < end)


def _policy_steps(history: History, eras: list[Era], judged: Judged, options: VerifyOptions) -> Iterator[Violation]:
    """LG701, LG702, LG703 and LG504 for each landing that changes the policy file."""
    path = options.policy_path.encode()
    unclean = set(judged.unclean)
    sizes: Mapping[int, int] = Counter(
        history.step_of[oid] for oid in history.commits if len(history.parents[oid]) < 2 or oid in unclean
    )
    for oid in judged.policy_touching:
        others = sizes[history.step_of[oid]] - 1
        if others:
            yield Violation(
                code="LG701",
                message=f"a policy change comes alone, this one landed with {others} other commit(s)",
                commit=oid,
                path=path,
                hint="land the commit that changes the policy by itself",
            )
    for era in eras[1:]:
        for problem in era.problems:
            message = f"{problem.where}: {problem.message}" if problem.where else problem.message
            line = problem.line or None
            yield Violation(code=problem.code, message=message, commit=era.commit, path=path, policy_line=line)
        locked = lock_out(era.policy, options.ref, path) if era.policy and options.ref else None
        if locked is not None:
            yield Violation(code="LG702", message=locked.why, commit=era.commit, path=path, hint=locked.hint)


def _notes(history: History, eras: list[Era], part: Part) -> Iterator[str]:
    policies = [era.policy for era, _ in _with_steps(history, eras) if era.policy]
    yield from dict.fromkeys(f"not judged: {what} (history does not tell)" for what in map(_not_told, policies) if what)
    if part.is_long:
        yield "trees: raw entries looked at at the tip, names where paths were added; the server looks at every tree"


def _not_told(policy: Policy) -> str | None:
    """What a policy asks of a push and no history tells."""
    if policy.asks_pusher:
        instead = ", which can stand for a signature," if policy.asks_signature else ","
        return f"who pushed{instead} and who resolved conflicts without a grant"
    if any(rule.pushers is not None for rule in policy.refs):
        return "who pushed, which [[refs]] asks for"
    return None
