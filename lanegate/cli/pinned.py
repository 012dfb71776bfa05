"""A policy file named on the command line with --policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lanegate.core.policy import Policy


class UsageError(Exception):
    """What was asked for cannot be done; the message says why (exit 2)."""


def pinned_policy(path: str) -> Policy:
    """The policy in a file. Raises UsageError."""
    from lanegate.core.policy_problems import say
    from lanegate.core.policy_reader import PolicyError, read_policy

    try:
        with open(path, "rb") as file:
            return read_policy(file.read())
    except OSError as error:
        raise UsageError(f"--policy {path}: {error.strerror}") from error
    except PolicyError as error:
        first = error.problems[0]
        raise UsageError(f"--policy {path}:{first.line}: {say(first)}") from error
