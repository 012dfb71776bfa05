"""The server's gate: git's pre-receive hook (githooks(5)), judged by the state before the push.

It never writes a ref: the push is still in quarantine, and git's own writers refuse there for good reason.
"""

from __future__ import annotations

import os
import sys
import time

from lanegate.core.decision import Decision, Violation, decide
from lanegate.core.facts import RefUpdate
from lanegate.core.judge import Judge
from lanegate.core.judge_push import PolicyAfter, Push, judge_push, policy_after_problems
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.policy import NOBODY, Policy
from lanegate.core.refs import LEDGER_REF, LOCKS_REF, is_built_in, match_ref
from lanegate.git.config import read_config
from lanegate.git.objects import CatFile
from lanegate.git.push_lines import Line, read_lines
from lanegate.git.pushes import Pushes
from lanegate.git.reach import is_reachable
from lanegate.git.refs import Tip, read_refs
from lanegate.git.run import Git
from lanegate.render.text import decision_text
from lanegate.usecases.asked import Asked
from lanegate.usecases.deadline import Deadline
from lanegate.usecases.platforms import LOCAL, PLATFORMS
from lanegate.usecases.push_options import has_push_options
from lanegate.usecases.pusher import authenticated_pusher, known_pusher
from lanegate.usecases.server_config import AUDIT, ConfigError, ServerConfig, is_managed, read_server_config
from lanegate.usecases.trusted_policy import NoPolicyError, PolicyFile, policy_after, policy_at
from lanegate.usecases.undecided import UnsupportedRepositoryError, stopped, undecided

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lanegate.core.locks import Held
    from lanegate.git.ledger import LedgerView


_IN_EARNEST = "lanegate.mode is audit, but a push that holds records is judged in earnest: push the rest by itself"


class Answer(NamedTuple):
    """What the hook does: the decision, and whether it only says so (lanegate.mode = audit). line_start: what the
    platform wants each line of a refusal to start with."""

    decision: Decision
    is_audit: bool = False
    line_start: str = ""

    @property
    def exit_code(self) -> int:
        return 0 if self.is_audit else self.decision.exit_code

    def text(self) -> str:
        """What people are told."""
        text = decision_text(self.decision, audit=self.is_audit)
        if self.exit_code == 0 or not self.line_start:
            return text
        return "".join([f"{self.line_start}{line}\n" for line in text.split("\n")[:-1]])


def main(asked: Asked) -> int:
    """The hook: standard input and environment as git gives them, the answer on standard error, the exit status."""
    answer = pre_receive(asked, sys.stdin.buffer.read(), os.environ)
    if answer is None:
        return 0
    sys.stderr.write(answer.text())
    return answer.exit_code


def pre_receive(asked: Asked, stdin: bytes, environ: Mapping[str, str]) -> Answer | None:
    """Judge a push. None: the repository is not managed, say nothing. Never raises.

    Audit lets nothing into the ledger that does not belong there: a forged verdict would count from the first day on
    that refusals are enforced.
    """
    is_audit, line_start = False, ""
    try:
        settings = read_config(asked.config)
        if not is_managed(settings):
            return None
        config = read_server_config(settings)
        line_start = PLATFORMS[config.platform].line_start
        lines = read_lines(stdin)
        holds_records = any(is_built_in(line.ref) for line in lines)
        is_audit = config.mode == AUDIT and not holds_records
        with Deadline(config.deadline):
            decision = _judge(asked, config, lines, environ)
        if config.mode == AUDIT and holds_records and decision.exit_code:
            decision = decision._replace(notes=(*decision.notes, _IN_EARNEST))
        return Answer(decision, is_audit, line_start)
    except Exception as error:
        return Answer(undecided(error), is_audit, line_start)


def _judge(asked: Asked, config: ServerConfig, lines: tuple[Line, ...], environ: Mapping[str, str]) -> Decision:
    git, _, answer, reader = asked
    refuse_shallow(git.git_dir, environ)
    refs = read_refs(answer)
    try:
        trusted = refs.get(config.trusted_ref)
        try:
            if trusted is None:
                return _without_policy(git, reader, config, lines, environ, f"there is no {config.trusted_ref}")
            if trusted.symref:
                message = f"lanegate.trustedRef = {config.trusted_ref}: a symbolic ref, it stands for {trusted.symref}"
                raise ConfigError(message)
            file = policy_at(reader, trusted.oid, config.policy_path, keep_in=git.git_dir, with_rules=False)
        except NoPolicyError as error:
            return _without_policy(git, reader, config, lines, environ, error.problems[0].message)
        return _judge_by(git, reader, config, refs, file, lines, environ)
    finally:
        reader.close()


def _judge_by(
    git: Git,
    reader: CatFile,
    config: ServerConfig,
    refs: Mapping[str, Tip],
    file: PolicyFile,
    lines: tuple[Line, ...],
    environ: Mapping[str, str],
) -> Decision:
    judges_people = file.policy.identity != NOBODY
    name = _pusher(config, environ, is_asked=_asks_who_pushes(file.policy, config, lines))
    moment = time.time()
    before = (_ledger_before(reader, refs, file.policy), file.ownership, _locks_before(reader, refs, file, moment))
    facts = Pushes(git, reader, refs, file.policy, config.baseline, *before)
    branches = [line for line in lines if line.ref not in (LEDGER_REF, LOCKS_REF)]
    updates = facts.updates(branches, config.trusted_ref, judges_people)
    push = Push(
        updates=updates,
        trusted_ref=config.trusted_ref,
        pusher=person_of(file.policy, name),
        pusher_name=name,
        judges_people=judges_people,
        is_bootstrap=name is not None and name == config.bootstrap_pusher,
        policy_after=policy_after(reader, file, config.trusted_ref, config.policy_path, lines),
    )
    judge = Judge(file.policy, config.policy_path, file.ownership)
    violations = judge_push(judge, push)
    violations += _records(git, reader, refs, file, lines, moment)
    decision = Decision(
        decision=decide(violations),
        violations=violations,
        policy_commit=file.commit,
        policy_blob=file.blob,
        policy_path=config.policy_path,
        refs=len(lines),
        commits=sum(len(update.commits) for update in updates),
        paths=sum(len(commit.changes) for update in updates for commit in update.commits),
    )
    if not file.policy.asks_acceptance and not has_push_options(environ):
        return decision
    from lanegate.usecases.settle import Judgement, settle

    excused = judge_push(judge, push._replace(is_bootstrap=False)) if push.is_bootstrap else ()
    ledger, locks = [refs[ref].oid if ref in refs else None for ref in (LEDGER_REF, LOCKS_REF)]
    return settle(Judgement(lines, file, decision, moment, ledger, locks, excused), config, environ, git.git_dir)


def _locks_before(
    reader: CatFile, refs: Mapping[str, Tip], file: PolicyFile, moment: float
) -> Callable[[], Held] | None:
    """What reads the locks before the push, where the policy asks for any."""
    if not file.policy.asks_locks:
        return None
    from lanegate.usecases.locks_before import locks_before

    return locks_before(reader, refs, moment)


def _ledger_before(reader: CatFile, refs: Mapping[str, Tip], policy: Policy) -> LedgerView | None:
    """The ledger before the push, where the policy asks for what it says."""
    if not policy.asks_acceptance:
        return None
    from lanegate.git.ledger import Ledger

    tip = refs.get(LEDGER_REF)
    return Ledger(reader, tip.oid if tip else None)


def _records(
    git: Git, reader: CatFile, refs: Mapping[str, Tip], file: PolicyFile, lines: tuple[Line, ...], moment: float
) -> tuple[Violation, ...]:
    """What the push of records to the ledger and to the lock registry breaks."""
    found: tuple[Violation, ...] = ()
    for line in lines:
        if line.ref == LEDGER_REF:
            from lanegate.usecases.ledger_push import judge_ledger

            found += judge_ledger(git, reader, refs, file, line)
        elif line.ref == LOCKS_REF:
            from lanegate.usecases.locks_push import judge_locks_push

            found += judge_locks_push(git, reader, refs, file, line, int(moment))
    return found


def _pusher(config: ServerConfig, environ: Mapping[str, str], *, is_asked: bool) -> str | None:
    """The name that the server authenticated; where no rule asks, only to know the bootstrap pusher. Raises
    IdentityError where it is asked and not known."""
    if is_asked:
        return authenticated_pusher(config, environ)
    return known_pusher(config, environ) if config.bootstrap_pusher is not None else None


def _asks_who_pushes(policy: Policy, config: ServerConfig, lines: tuple[Line, ...]) -> bool:
    """Whether the pusher has to be known. Signatures do without, but for refs whose rule says who may push."""
    if policy.identity == NOBODY:
        return False
    if policy.identity == "pusher" or config.platform != LOCAL:
        return True
    rules = (match_ref(policy, line.ref) for line in lines)
    return any(found is not None and found[0].pushers is not None for found in rules)


def person_of(policy: Policy, pusher: str | None) -> str | None:
    """The person of the policy who pushes under this name, None if it names nobody."""
    return next((person.id for person in policy.people.values() if pusher in person.pushers), None)


def refuse_shallow(git_dir: str, environ: Mapping[str, str]) -> None:
    """Raise UnsupportedRepositoryError where history is cut: what is missing cannot be judged."""
    if environ.get("GIT_NAMESPACE"):
        raise UnsupportedRepositoryError("git namespaces: the hook is not told which refs the push is really about")
    for shallow in (environ.get("GIT_SHALLOW_FILE"), os.path.join(git_dir, "shallow")):
        if shallow and os.path.exists(shallow) and os.path.getsize(shallow):
            raise UnsupportedRepositoryError("the repository or the push is shallow: its history is cut off")


def _without_policy(
    git: Git,
    reader: CatFile,
    config: ServerConfig,
    lines: tuple[Line, ...],
    environ: Mapping[str, str],
    why: str,
) -> Decision:
    """No usable policy stands on the trusted ref: only the bootstrap pusher may bring one there."""
    hint = f"the pusher named by lanegate.bootstrapPusher brings a policy to {config.trusted_ref}, alone in its push"
    if config.platform == LOCAL:
        hint = f"the server's admin brings a policy to {config.trusted_ref} with git fetch, see docs/platforms.md"
    if config.bootstrap_pusher is None:
        return stopped("LG901", f"no policy can judge this push: {why}", hint)
    name = authenticated_pusher(config, environ)
    if name != config.bootstrap_pusher:
        return stopped("LG901", f"no policy can judge this push: {why}; {name} may not bring one", hint)
    other = next((line for line in lines if line.ref != config.trusted_ref), None)
    if other is not None:
        return stopped("LG901", f"no policy can judge this ref: {why}", hint, ref=other.ref)
    line = lines[0]
    if line.new is None:
        return stopped("LG901", "the trusted ref is never deleted", hint, ref=line.ref)
    if line.old is not None and not is_reachable(git, line.old, (line.new,)):
        message, hint = "not a fast-forward: it would drop commits that stand there", "merge onto the current tip"
        violation = Violation(code="LG602", message=message, ref=line.ref, commit=line.new, hint=hint)
        return Decision(decision=decide((violation,)), violations=(violation,), refs=1)
    try:
        file = policy_at(reader, line.new, config.policy_path)
        after = PolicyAfter(file.policy)
    except NoPolicyError as error:
        file, after = None, PolicyAfter(None, error.problems)
    update = RefUpdate(line.ref, line.old, line.new)
    violations: tuple[Violation, ...] = tuple(policy_after_problems(after, update, config.policy_path.encode()))
    return Decision(
        decision=decide(violations),
        violations=violations,
        policy_commit=file.commit if file else None,
        policy_blob=file.blob if file else None,
        policy_path=config.policy_path,
        notes=("no policy stood here before: the commits of this push were not judged",),
        refs=1,
    )
