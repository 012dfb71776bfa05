"""What the rules on records have in common: a record as a case to be judged, and refusals of more than one rule."""

from __future__ import annotations

from lanegate.core.decision import Violation
from lanegate.core.ledger import SYNC as SYNC
from lanegate.core.message import short
from lanegate.core.named_tuple import NamedTuple
from lanegate.core.policy import NOBODY, Policy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lanegate.core.ownership import Ownership
    from lanegate.core.record import Record
    from lanegate.core.record_facts import RecordCommit

#: Commits or refs that one refusal names; the rest is counted.
_SHOWN = 3


class Case(NamedTuple):
    """A record whose shape is right, and what it is judged by: policy and ownership as in force before it."""

    policy: Policy
    ownership: Ownership
    record: Record
    commit: RecordCommit

    @property
    def proves_people(self) -> bool:
        """Whether a writer is proven to be somebody."""
        return self.policy.identity != NOBODY


def forged(message: str, hint: str = SYNC) -> Violation:
    """LG305."""
    return Violation(code="LG305", message=message, hint=hint)


def unknown_lane(policy: Policy, lane: str) -> Violation:
    """LG305 for a lane that is not in the policy."""
    known = short(", ".join(policy.lanes), 200) or "none"
    return forged(f"lane {short(lane)} is not in the policy", f"lanes of the policy: {known}")


def needs_role(case: Case, *roles: str, but: str = "") -> Iterator[Violation]:
    """LG202 unless the writer holds one of the roles. but: what else would do, and is not so, as the start of the
    message."""
    holders = [person for role in roles for person in case.policy.roles.get(role, ())]
    if case.proves_people and case.record.writer not in holders:
        message = f"{but}{case.record.writer} holds no role {' or '.join(roles)}"
        known = short(", ".join(dict.fromkeys(holders)), 200) or "nobody holds it; a maintainer changes the policy"
        yield Violation(code="LG202", message=message, hint=f"ask one who does: {known}")


def some(names: Sequence[str]) -> str:
    """Names in one line: ids in short, many of them counted."""
    texts = [name[:12] if len(name) >= 40 and name.isalnum() else short(name) for name in names[:_SHOWN]]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(texts) + more
