"""What the engine answers: a decision with its violations, to be rendered as text or JSON."""

from __future__ import annotations

from lanegate.core.named_tuple import NamedTuple

ALLOWED = "allowed"
REFUSED = "refused"
UNDECIDED = "undecided"

#: Exit status of every command and hook (design section 7).
EXIT = {ALLOWED: 0, REFUSED: 1, UNDECIDED: 3}
EXIT_USAGE = 2


class Violation(NamedTuple):
    """One broken rule. Fields are None where they do not apply.

    code: `LGnnn` (core/codes.py). path: bytes as git stores them. policy_line: 1-based line in the policy file.
    subject: first line of the commit's message, for people. hint: the next thing to do, one line.
    """

    code: str
    message: str
    commit: str | None = None
    subject: str | None = None
    path: bytes | None = None
    lane: str | None = None
    grant: str | None = None
    owner: str | None = None
    ref: str | None = None
    policy_line: int | None = None
    hint: str | None = None


class Decision(NamedTuple):
    """The answer to one question (a commit, a push, a range).

    policy_commit, policy_blob: hex ids of where the judging policy was read, None if there was none.
    policy_path: the policy file's path in the repository (or on disk with --policy).
    notes: what was not judged and why, in words.
    refs, commits, paths: how many of each were judged.
    """

    decision: str
    violations: tuple[Violation, ...] = ()
    policy_commit: str | None = None
    policy_blob: str | None = None
    policy_path: str | None = None
    notes: tuple[str, ...] = ()
    refs: int = 0
    commits: int = 0
    paths: int = 0

    @property
    def exit_code(self) -> int:
        return EXIT[self.decision]


def decide(violations: tuple[Violation, ...]) -> str:
    """The decision that a set of violations makes: any LG9xx means that nothing could be decided."""
    if any(violation.code.startswith("LG9") for violation in violations):
        return UNDECIDED
    return REFUSED if violations else ALLOWED
