"""Breaking the glass: `git push -o lanegate.override=REASON` (R-B15; docs/judgement.md, "Override").

What a maintainer pushes so goes in although rules refuse it, in words that nobody overlooks, and a record says so for
good. Nothing of it is on by default: the policy says `override = true`, the server knows who pushes, and it can sign
the record. A push option proves nothing by itself, so whoever else sends one is refused as before, and told why.

Some things stay refused: what could not be decided, what is malformed, the ledger and git's replacements, and whatever
would leave the trusted ref gone, rewound or without a policy, since then the next push could not be judged at all.
"""

from __future__ import annotations

from lanegate.core.decision import ALLOWED, REFUSED, Decision, Violation, decide
from lanegate.core.policy import NOBODY
from lanegate.core.refs import is_built_in
from lanegate.usecases.platforms import LOCAL, PLATFORMS
from lanegate.usecases.push_options import push_options
from lanegate.usecases.pusher import IdentityError, authenticated_pusher
from lanegate.usecases.server_key import ServerKeyError, signing_server

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from lanegate.core.policy import Policy
    from lanegate.usecases.server_config import ServerConfig

OPTION = "lanegate.override"
LONGEST = 1000
#: Never overridden: the ledger, merges and objects that are malformed, a policy that cannot judge the next push.
_FINAL = ("LG305", "LG504", "LG603", "LG604", "LG702", "LG703")
_HINT = "a maintainer pushes with -o lanegate.override=REASON, where the policy says override = true"


def asked_reasons(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The reason of each override option of the push, in order."""
    named = [option.partition("=") for option in push_options(environ)]
    return tuple([reason for name, _, reason in named if name == OPTION])


def overridden(
    decision: Decision, policy: Policy, config: ServerConfig, environ: Mapping[str, str], git_dir: str
) -> tuple[Decision, str | None]:
    """A decision after the override that the push asks for, and the reason if it counts.

    An override that counts: allowed, with the violations that are not enforced. Else the decision as it was, a refusal
    with one violation more that says why the override does not count.
    """
    reasons = asked_reasons(environ)
    if not reasons or decision.decision == ALLOWED:
        notes = (*decision.notes, f"{OPTION} was not needed: nothing was overridden") if reasons else decision.notes
        return decision._replace(notes=notes), None
    if decision.decision != REFUSED:
        return decision._replace(notes=(*decision.notes, f"{OPTION} does not decide what cannot be decided")), None
    final = sorted({f"{v.code} {v.ref or ''}".strip() for v in decision.violations if _is_final(v, config)})
    if final:
        note = f"{OPTION} does not reach {', '.join(final)}, so nothing is overridden"
        return decision._replace(notes=(*decision.notes, note)), None
    why = _void(reasons, policy, config, environ, git_dir)
    if why is None:
        return decision._replace(decision=ALLOWED, notes=(*decision.notes, f"reason: {reasons[0]}")), reasons[0]
    maintainers = ", ".join(policy.roles.get("maintainer", ())) or None
    violation = Violation(code="LG202", message=f"{OPTION} does not count: {why}", owner=maintainers, hint=_HINT)
    violations = (*decision.violations, violation)
    return decision._replace(decision=decide(violations), violations=violations), None


def _is_final(violation: Violation, config: ServerConfig) -> bool:
    ref = violation.ref
    if violation.code in _FINAL or (ref is not None and is_built_in(ref)):
        return True
    return violation.code == "LG602" and ref == config.trusted_ref


def _void(
    reasons: tuple[str, ...], policy: Policy, config: ServerConfig, environ: Mapping[str, str], git_dir: str
) -> str | None:
    """Why an override does not count, None if it does."""
    if not policy.override:
        return "the policy does not say override = true"
    if policy.identity == NOBODY or config.platform == LOCAL:
        return "nobody is authenticated here"
    try:
        name = authenticated_pusher(config, environ)
    except IdentityError as error:
        return error.message
    if not any(name in policy.people[person].pushers for person in policy.roles.get("maintainer", ())):
        return f"{name} is no maintainer"
    if len(reasons) > 1:
        return f"it was given {len(reasons)} times"
    if not reasons[0].strip():
        return "it gives no reason"
    if len(reasons[0]) > LONGEST or not reasons[0].isprintable():
        return f"its reason is longer than {LONGEST} characters, or not plain text"
    if not PLATFORMS[config.platform].has_post_receive:
        return f"{config.platform} runs no post-receive, so it could not be recorded"
    try:
        signing_server(policy, git_dir, config.server_key)
    except ServerKeyError as error:
        return f"it could not be recorded: {error.message}"
    return None
