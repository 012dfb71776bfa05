"""What a server must write of a push that it took: one record of the refs that moved, and what judged them."""

from __future__ import annotations

from dataclasses import replace

from tests.differential.case import Server, Update
from tests.differential.chronicle import Chronicle, Table
from tests.differential.lock_records import LOCKS, LOGS
from tests.differential.oracle import judge_push, trusted_policy
from tests.differential.plumbing import Git, Patterns
from tests.differential.records import LEDGER
from tests.differential.rules import NotAPolicyError, Policy


def expected_landing(
    git: Git, patterns: Patterns, server: Server, updates: list[Update], pusher: str | None
) -> Table | None:
    """The landing that a push leaves in the ledger, without time and git's version; None where it leaves none: the
    policy before it asks for no verdicts or knows no server, or nothing moved that is worth a record."""
    main = server.refs.get(server.trusted)
    try:
        policy = trusted_policy(git, patterns, server, main)
    except NotAPolicyError:
        return None
    is_unsigned = policy.identity == "none"
    asks = any(rule.get("accepted", False) for rule in policy.refs)
    excused = _excused(git, patterns, server, updates, pusher)
    told = [one for one in updates if one.ref not in LOGS and (excused or _is_worth_it(git, policy, server, one))]
    moved = [_moved(git, one) for one in told]
    if not asks or not moved or not (is_unsigned or policy.table.get("servers")):
        return None
    ledger = server.refs.get(LEDGER)
    return {
        "kind": "landing",
        "moved": moved,
        "policy": git.leaves(main)[server.policy_path].id,
        "ledger": ledger,
        "locks": server.refs.get(LOCKS),
        "seen": len(Chronicle.at(git, ledger).records),
        "pusher": None if server.is_local else pusher,
        "writer": None if is_unsigned else "server:main",
        "reason": f"lanegate.bootstrapPusher {pusher} brought a policy by itself" if excused else None,
        "codes": excused,
    }


def _excused(git: Git, patterns: Patterns, server: Server, updates: list[Update], pusher: str | None) -> list[str]:
    """What the bootstrap pusher would have been refused for if they were anybody, in order."""
    if server.is_local or pusher is None or pusher != server.bootstrap:
        return []
    return sorted({found.code for found in judge_push(git, patterns, replace(server, bootstrap=None), updates, pusher)})


def _moved(git: Git, update: Update) -> Table:
    return {**update._asdict(), "forced": _is_forced(git, update)}


def _is_forced(git: Git, update: Update) -> bool:
    ref, old, new = update
    is_tag_moved = ref.startswith("refs/tags/") and old is not None
    return new is None or is_tag_moved or (old is not None and not git.is_ancestor(old, new))


def _is_worth_it(git: Git, policy: Policy, server: Server, update: Update) -> bool:
    match = policy.ref_rule(update.ref)
    if match is None:
        return False
    return update.ref == server.trusted or match.rule.get("accepted", False) or _is_forced(git, update)


def landings_since(git: Git, before: str | None, after: str | None) -> list[Table]:
    """Landings that stand in a ledger on top of what it was."""
    known = len(Chronicle.at(git, before).records)
    return [record for record in Chronicle.at(git, after).records[known:] if record["kind"] == "landing"]
