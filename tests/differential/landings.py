"""What a server must write of a push that it took: one record of the refs that moved, and what judged them."""

from __future__ import annotations

from tests.differential.case import Server, Update
from tests.differential.chronicle import Chronicle, Table
from tests.differential.oracle import trusted_policy
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
    moved = [one for one in (_moved(git, policy, server, update) for update in updates) if one is not None]
    if not asks or not moved or not (is_unsigned or policy.table.get("servers")):
        return None
    ledger = server.refs.get(LEDGER)
    return {
        "kind": "landing",
        "moved": moved,
        "policy": git.leaves(main)[server.policy_path].id,
        "ledger": ledger,
        "seen": len(Chronicle.at(git, ledger).records),
        "pusher": None if server.is_local else pusher,
        "writer": None if is_unsigned else "server:main",
        "reason": None,
        "codes": [],
    }


def _moved(git: Git, policy: Policy, server: Server, update: Update) -> Table | None:
    ref, old, new = update
    match = policy.ref_rule(ref)
    if match is None:
        return None
    is_tag_moved = ref.startswith("refs/tags/") and old is not None
    forced = new is None or is_tag_moved or (old is not None and not git.is_ancestor(old, new))
    if ref != server.trusted and not forced and not match.rule.get("accepted", False):
        return None
    return {"ref": ref, "old": old, "new": new, "forced": forced}


def landings_since(git: Git, before: str | None, after: str | None) -> list[Table]:
    """Landings that stand in a ledger on top of what it was."""
    known = len(Chronicle.at(git, before).records)
    return [record for record in Chronicle.at(git, after).records[known:] if record["kind"] == "landing"]
