"""Changing a repository's own git configuration, key by key (git-config(1), `--local`)."""

from __future__ import annotations

import os
from collections.abc import Sequence

from lanegate.git.run import Git

_NOT_THERE = 5  # what `git config --unset-all` says of a key that is not set


def config_values(git: Git, key: str) -> tuple[str, ...]:
    """Every value of a key in the repository's own file, in order. Raises GitError."""
    listing = git.output("config", "--local", "--no-includes", "-z", "--get-all", key, accept=(0, 1))
    return tuple(os.fsdecode(value) for value in listing.split(b"\0")[:-1])


def set_config(git: Git, key: str, values: Sequence[str]) -> None:
    """Let a key have these values and no others; none: it is unset. Raises GitError."""
    git.output("config", "--local", "--unset-all", key, accept=(0, _NOT_THERE))
    for value in values:
        git.output("config", "--local", "--add", key, value)
