"""Changing a repository's own git configuration, key by key (git-config(1), `--local`)."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from lanegate.git.run import Git


def all_values(git: Git) -> Mapping[str, tuple[str, ...]]:
    """Every value of every key in the repository's own file, by key in lower case. Raises GitError."""
    found: dict[str, tuple[str, ...]] = {}
    listing = os.fsdecode(git.output("config", "--local", "--no-includes", "--null", "--list"))
    for entry in listing.split("\0")[:-1]:
        key, has_value, value = entry.partition("\n")
        found[key.lower()] = (*found.get(key.lower(), ()), value if has_value else "true")
    return found


def set_config(git: Git, key: str, values: Sequence[str], former: Sequence[str]) -> None:
    """Let a key that has the values `former` have `values` and no others; none: it is unset. Raises GitError."""
    if former:
        git.output("config", "--local", "--unset-all", key)
    for value in values:
        git.output("config", "--local", "--add", key, value)
