"""Changing a repository's own git configuration (git-config(1), `--local`), all of it at once or nothing.

`git config` takes `config.lock` for each key, and who is killed meanwhile leaves that behind: from then on git changes
nothing any more, and asks for somebody to delete it. So the keys are changed in a copy, which then takes the place of
the file by git's own protocol (lock it, rename the lock), with nothing in between but that one rename.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from glob import escape, glob

from lanegate.core.named_tuple import NamedTuple
from lanegate.git.run import Git, GitError

_COPY = "lanegate-config-"


class Change(NamedTuple):
    """A key that has the values `before` is to have `after`, and no others; none: it is unset."""

    key: str
    before: Sequence[str]
    after: Sequence[str]


def all_values(git: Git) -> Mapping[str, tuple[str, ...]]:
    """Every value of every key in the repository's own file, by key in lower case. Raises GitError."""
    found: dict[str, tuple[str, ...]] = {}
    listing = os.fsdecode(git.output("config", "--local", "--no-includes", "--null", "--list"))
    for entry in listing.split("\0")[:-1]:
        key, has_value, value = entry.partition("\n")
        found[key.lower()] = (*found.get(key.lower(), ()), value if has_value else "true")
    return found


def change_config(git: Git, folder: str, changes: Sequence[Change]) -> None:
    """Carry out changes of the file `config` in a folder. Raises GitError, OSError."""
    if not changes:
        return
    config = os.path.realpath(os.path.join(folder, "config"))
    lock = f"{config}.lock"
    _clear_up(config, lock)
    number, copy = tempfile.mkstemp(prefix=_COPY, dir=os.path.dirname(config))
    os.close(number)
    try:
        shutil.copy(config, copy)  # with its mode
        for key, before, after in changes:
            if len(before) == len(after) == 1:
                git.output("config", "--file", copy, "--replace-all", key, after[0])  # where it stands
                continue
            if before:
                git.output("config", "--file", copy, "--unset-all", key)
            for value in after:
                git.output("config", "--file", copy, "--add", key, value)
        try:
            os.link(copy, lock)
        except FileExistsError:
            what = "another git is changing it, or was killed; where none runs, delete that file"
            raise GitError(f"{lock} exists: {what}") from None
        os.rename(lock, config)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(copy)


def _clear_up(config: str, lock: str) -> None:
    """Take away what a killed `change_config` left: its copies, and the lock where it is one of them."""
    for copy in glob(os.path.join(escape(os.path.dirname(config)), f"{_COPY}*")):
        with suppress(FileNotFoundError):
            if not copy.endswith(".lock") and os.path.samefile(copy, lock):
                os.unlink(lock)
        with suppress(FileNotFoundError):
            os.unlink(copy)
