"""What stops a decision becomes a decision: undecided, with its LG9xx, exit 3 (design section 3.4)."""

from __future__ import annotations

from lanegate.core.decision import UNDECIDED, Decision, Violation
from lanegate.git.objects import LimitError, ObjectTooLargeError
from lanegate.git.push_lines import RefMovedError
from lanegate.git.run import GitError
from lanegate.usecases.deadline import DeadlineError
from lanegate.usecases.pusher import IdentityError
from lanegate.usecases.server_config import ConfigError


class UnsupportedRepositoryError(Exception):
    """A kind of repository that cannot be judged, such as a shallow one (LG906)."""


_REASONS: tuple[tuple[type[Exception], str, str], ...] = (
    (ConfigError, "LG902", "fix it in the repository's own git config, or run: lanegate install --server"),
    (RefMovedError, "LG903", "nothing of this push was taken: fetch, and push again"),
    (GitError, "LG903", "run: git fsck; a shallow clone cannot push what is cut off: git fetch --unshallow"),
    (LimitError, "LG904", "split the change, or ask the server's admin"),
    (ObjectTooLargeError, "LG904", "split the change, or ask the server's admin"),
    (DeadlineError, "LG905", "push in smaller parts, or raise lanegate.deadline"),
    (UnsupportedRepositoryError, "LG906", "run: git fetch --unshallow"),
    (IdentityError, "LG907", "see docs/platforms.md: how the server says who pushes"),
)


def undecided(error: Exception) -> Decision:
    """The decision that an exception stands for, with its own hint if it has one; one that nobody foresaw is LG900.

    A deadline comes in the midst of anything: what else then goes wrong, while it is cleared up, is not the reason.
    """
    error = _deadline_behind(error) or error
    for kind, code, hint in _REASONS:
        if isinstance(error, kind):
            return stopped(code, str(error) or kind.__name__, getattr(error, "hint", hint))
    what = f"{type(error).__name__}: {error}".replace("\n", " ")[:300]
    return stopped("LG900", f"a bug in lanegate stopped the decision: {what}", "report it; nothing was let through")


def _deadline_behind(error: BaseException | None) -> DeadlineError | None:
    while error is not None and not isinstance(error, DeadlineError):
        error = error.__context__
    return error


def stopped(code: str, message: str, hint: str, **where: str | None) -> Decision:
    """An undecided decision with one reason. `where`: ref, commit of the violation."""
    violation = Violation(code=code, message=message, hint=hint, ref=where.get("ref"), commit=where.get("commit"))
    return Decision(decision=UNDECIDED, violations=(violation,))
