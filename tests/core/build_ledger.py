"""Lines of the ledger and evidence as values, for the tables on acceptance.

The policy is tests/core/build.py's with an accepted main, acceptors dan and cy (and bob, who owns lane ui), and lane
bot, which takes commits on the word of their verdict.
"""

from __future__ import annotations

from typing import Any

from lanegate.core.acceptance import Evidence
from lanegate.core.decision import Violation
from lanegate.core.facts import Commit, Signer
from lanegate.core.judge import Judge
from lanegate.core.judge_push import Push, judge_update
from lanegate.core.ledger import Entry
from lanegate.core.policy import Lane, Policy, RefRule
from tests.core.build import MAIN, POLICY_PATH, commit_of, edited, policy, rules, update_of

RELEASE = "refs/heads/release"
BOT = Lane(id="bot", line=45, owners=("ana",), owned_paths=rules("/deps/", line=46), bots=True)
ROLES = {"maintainer": ("ana",), "integrator": ("cy",), "acceptor": ("dan", "cy", "bob")}


def rule_of(**fields: Any) -> RefRule:
    return RefRule(MAIN, 50, accepted=True, **fields)


def accepted_policy(*lanes: Lane, identity: str = "signature", **fields: Any) -> Policy:
    """rule fields (gates, gate_tip, order, force, start) go to main's rule, the others to the policy."""
    of_rule = {name: fields.pop(name) for name in RefRule._fields if name in fields}
    refs = (rule_of(**of_rule), RefRule("refs/heads/lane/{lane}", 52, force=True, delete=True))
    values: dict[str, Any] = {"identity": identity, "roles": ROLES, "refs": refs, **fields}
    return policy(BOT, *lanes, **values)


def line_of(number: int, kind: str = "verdict", **values: Any) -> Entry:
    """A line; values that are tuples stand as often as they have items, `is_` is spelt `is`."""
    pairs: list[tuple[str, str]] = []
    for name, value in values.items():
        each = value if isinstance(value, tuple) else (value,)
        pairs += [(name.rstrip("_"), text) for text in each if text is not None]
    return Entry(number, kind, tuple(pairs))


def accepts(number: int = 1, by: str | None = "dan", on: Any = MAIN, lane: str = "ui", **values: Any) -> Entry:
    return line_of(number, **{"is_": "accepted", "lane": lane, "on": on, **values, "by": by})


def rejects(number: int = 1, by: str | None = "dan", on: Any = MAIN, lane: str = "ui") -> Entry:
    return line_of(number, is_="rejected", lane=lane, on=on, by=by)


def withdraws(number: int = 2, by: str | None = "dan", on: Any = MAIN) -> Entry:
    return line_of(number, "withdraw", on=on, by=by)


def signed(*changes: Any, signer: str | None = "bob", **fields: Any) -> Commit:
    """A commit of lane ui that changes /ui/x, signed by bob."""
    return commit_of(*(changes or (edited("ui/x"),)), signer=Signer(signer, reason="no signature"), **fields)


def told(
    *commits: Commit, evidence: Evidence | None, by: Policy | None = None, push: Push | None = None, **update: Any
) -> list[Violation]:
    """What the server answers to a fast-forward of main that brings these commits."""
    values: dict[str, Any] = {"evidence": evidence, **update}
    one = update_of(*commits, **values)
    judge = Judge(by or accepted_policy(), POLICY_PATH)
    return list(judge_update(judge, push or Push((one,), MAIN, judges_people=True), one))
