"""A clean checkout of one commit in a folder of its own, for commands that are run on exactly that commit.

A new repository that borrows the objects of the one at hand (gitrepository-layout(5), objects/info/alternates): nothing
is written into the one at hand, so whatever kills us leaves a temporary folder and no worktree to be pruned. Files are
checked out as the person's own git does it (line ends, filters), without hooks; submodules stay empty.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from lanegate.git.objects import object_folder
from lanegate.git.run import Git, GitError
from lanegate.git.scratch import quoted
from lanegate.git.worktree import CallersGit

PREFIX = "lanegate-gate-"
_NO_HOOKS = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.hooksPath", "GIT_CONFIG_VALUE_0": os.devnull}


@contextmanager
def fresh_checkout(git: Git, commit: str, environ: Mapping[str, str]) -> Iterator[str]:
    """The folder with the files of a commit, gone afterwards. git: of the repository. environ: without GIT_*.

    Raises GitError.
    """
    kind = "sha1" if len(commit) == 40 else "sha256"
    objects = object_folder(git)
    folder = tempfile.mkdtemp(prefix=PREFIX)
    try:
        theirs = CallersGit(folder, environ)
        theirs.output("init", "--quiet", "--template=", f"--object-format={kind}", "--initial-branch=gate")
        info = os.path.join(folder, ".git", "objects", "info")
        os.makedirs(info, exist_ok=True)
        try:
            with open(os.path.join(info, "alternates"), "wb") as file:
                file.write(quoted(os.fsencode(objects)) + b"\n")
        except OSError as error:
            raise GitError(f"{info} cannot be written: {error.strerror}") from error
        theirs.environment.update(_NO_HOOKS)
        theirs.output("checkout", "--quiet", "--detach", "--no-recurse-submodules", commit)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
