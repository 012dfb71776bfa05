"""What every format for other programs says of a violation alike: where it is, in which words, and which one it is.

SARIF viewers, code quality reports and annotations show a finding at a file and a line, and tell a new finding from
an old one by its fingerprint. A violation without a path (a commit without `Lane`) is shown at the policy, which asks
for it.
"""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from os import fsencode

from lanegate.core.codes import CODES
from lanegate.core.decision import ALLOWED, Decision, Violation
from lanegate.core.named_tuple import NamedTuple
from lanegate.render.plain import one_line, show_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

#: Where a policy is expected, for what stopped before one was read.
_USUAL_POLICY = "policy/lanegate.toml"
_NO_DIGITS = {ord(digit): None for digit in "0123456789"}


class Finding(NamedTuple):
    """A violation of a decision. path, line: where it is shown. title: code and what it means, one line. message: what
    is wrong, where, whose commit it is and which line of the policy decides, one line. hint: what next, one line or
    empty. fingerprint: the same in each run
    over the same commits, and no other finding's of the same decision. enforced: false where a maintainer overrode
    it."""

    violation: Violation
    path: bytes
    line: int
    title: str
    message: str
    hint: str
    fingerprint: str
    enforced: bool

    @property
    def whole(self) -> str:
        """Message and hint in one line."""
        return f"{self.message}; {self.hint}" if self.hint else self.message


def findings(decision: Decision) -> Iterator[Finding]:
    """The violations of a decision, in its order."""
    seen: Counter[str] = Counter()
    for violation in decision.violations:
        digest = _digest(violation)
        seen[digest] += 1
        path, line = _place(decision, violation)
        code = CODES.get(violation.code)
        yield Finding(
            violation,
            path,
            line,
            f"{violation.code} {code.title}" if code is not None else violation.code,
            _message(violation) + _rule(decision, violation, path),
            one_line(violation.hint or ""),
            f"{digest}:{seen[digest]}",
            decision.decision != ALLOWED,
        )


def _place(decision: Decision, violation: Violation) -> tuple[bytes, int]:
    policy = fsencode(decision.policy_path or _USUAL_POLICY)
    if violation.path is not None:
        return violation.path, violation.policy_line or 1 if violation.path == policy else 1
    return policy, violation.policy_line or 1


def _message(violation: Violation) -> str:
    """`1b2c3d4 "Add search", lane ui, src/core/index.py: core is PRIMARY here`."""
    where = []
    if violation.commit is not None:
        subject = f' "{one_line(violation.subject)[:72]}"' if violation.subject is not None else ""
        where.append(f"{one_line(violation.commit)[:7]}{subject}")
    if violation.ref is not None:
        where.append(f"to {one_line(violation.ref)}")
    if violation.lane is not None:
        where.append(f"lane {one_line(violation.lane)}")
    if violation.path is not None:
        where.append(one_line(show_path(violation.path)))
    said = one_line(violation.message)
    return f"{', '.join(where)}: {said}" if where else said


def _rule(decision: Decision, violation: Violation, shown_at: bytes) -> str:
    """` (policy/lanegate.toml:41)`, where the finding is not shown there anyway."""
    policy = decision.policy_path
    if policy is None or violation.policy_line is None or fsencode(policy) == shown_at:
        return ""
    return f" ({one_line(policy)}:{violation.policy_line})"


def _digest(violation: Violation) -> str:
    """Of what the violation is about. Numbers in its words are left out: times and counts change from run to run."""
    words = violation.message.translate(_NO_DIGITS)
    about = (violation.code, violation.commit, violation.ref, violation.lane, words)
    text = "\0".join(part or "" for part in about).encode("utf-8", "backslashreplace")
    return sha256(text + b"\0" + (violation.path or b"")).hexdigest()[:32]
