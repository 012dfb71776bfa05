"""What becomes of a push that was judged: an override is heard, and what goes in is announced to post-receive."""

from __future__ import annotations

from lanegate.core.decision import ALLOWED, Decision
from lanegate.core.named_tuple import NamedTuple
from lanegate.git.push_lines import are_built_in
from lanegate.usecases.judged import Judged, Judgements, name_of, now
from lanegate.usecases.platforms import PLATFORMS
from lanegate.usecases.push_options import has_push_options
from lanegate.usecases.pusher import known_pusher
from lanegate.usecases.server_config import AUDIT, ServerConfig

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from lanegate.core.decision import Violation
    from lanegate.git.push_lines import Line
    from lanegate.usecases.trusted_policy import PolicyFile

_NO_ROOM = "the account that runs the hook must be able to write in lanegate/judged/ of the repository"


class Judgement(NamedTuple):
    """A push and what it was judged by. moment: when, in seconds since 1970. ledger, locks: tips of both then. excused:
    what the bootstrap pusher would have been refused for if he were anybody."""

    lines: tuple[Line, ...]
    file: PolicyFile
    decision: Decision
    moment: float
    ledger: str | None = None
    locks: str | None = None
    excused: tuple[Violation, ...] = ()


def settle(judgement: Judgement, config: ServerConfig, environ: Mapping[str, str], git_dir: str) -> Decision:
    """The decision that is answered: undecided where an override cannot be handed on to be recorded."""
    lines, file, decision, moment, ledger, locks, excused = judgement
    reason = None
    if has_push_options(environ):
        from lanegate.usecases.override import overridden

        decision, reason = overridden(decision, file.policy, config, environ, git_dir)
    codes = {violation.code for violation in decision.violations} if reason is not None else set[str]()
    if decision.decision != ALLOWED and config.mode != AUDIT:
        return decision
    if excused and reason is None:
        codes = {violation.code for violation in excused}
        reason = f"lanegate.bootstrapPusher {config.bootstrap_pusher} brought a policy by itself"
    if not file.policy.asks_acceptance or not PLATFORMS[config.platform].has_post_receive or are_built_in(lines):
        return decision
    pusher = known_pusher(config, environ)
    policy = (file.commit, file.blob)
    judged = Judged(lines, pusher, now(moment), *policy, ledger, reason, tuple(sorted(codes)), locks=locks)
    try:
        Judgements(git_dir).leave(name_of(lines, pusher, environ), judged)
    except OSError as error:
        if reason is not None:  # nobody could tell any more that it was one
            from lanegate.usecases.undecided import stopped

            return stopped("LG903", f"an override that could not be recorded: {error}", _NO_ROOM)
        note = f"what it was judged by could not be handed on: {error}; so post-receive may record nothing: {_NO_ROOM}"
        return decision._replace(notes=(*decision.notes, note))
    return decision
