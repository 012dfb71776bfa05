"""The policy file in front of a person: the one named, or the one of this work tree.

This is what `lanegate policy` works on. Hooks and servers never read it: they take the policy from the trusted ref.
"""

from __future__ import annotations

import os

from lanegate.core.named_tuple import NamedTuple
from lanegate.core.policy_grammar import MAX_BYTES


class FoundFile(NamedTuple):
    """A policy file. path: where it is on disk; shown: how people call it; data: its bytes, at most one too many."""

    path: str
    shown: str
    data: bytes


class NoFileError(Exception):
    """There is no policy file to work on. `.message` says which was looked for, `.hint` what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def find_policy_file(name: str | None) -> FoundFile:
    """The file `name`, or without a name the one at `lanegate.policyPath` of the work tree around the current folder.

    Raises NoFileError.
    """
    path, shown = (name, name) if name is not None else _in_work_tree()
    if name is None and os.path.islink(path):
        raise NoFileError(f"{shown} is a symbolic link, which is no policy", "put the file itself there")
    try:
        with open(path, "rb") as file:
            return FoundFile(path, shown, file.read(MAX_BYTES + 1))
    except OSError as error:
        hint = "name the policy file, or write one (lanegate policy schema helps an editor)"
        raise NoFileError(f"{shown} cannot be read: {error.strerror}", hint) from error


def _in_work_tree() -> tuple[str, str]:
    from lanegate.git.run import GitError
    from lanegate.git.worktree import find

    try:
        worktree = find()
    except GitError as error:
        raise NoFileError("there is no git work tree here", "name the policy file") from error
    if worktree.top is None:
        raise NoFileError("this repository has no work tree", "name the policy file")
    shown = worktree.settings.policy_path
    return os.path.join(worktree.top, shown), shown
