"""Small files that a clone keeps for itself beside git's own, in its folder `lanegate`.

Read whole, written whole or not at all, so that a kill at any point leaves the old one or the new one.
"""

from __future__ import annotations

import os

from lanegate.git.run import GitError
from lanegate.usecases.whole_file import put_whole

FOLDER = "lanegate"
#: Bytes of such a file that are read: more is none of ours.
_MOST = 1 << 20


def kept_in(git_dir: str, name: str) -> str:
    """Where a file of that name is kept; git_dir: of the worktree, or the one that all worktrees share."""
    return os.path.join(git_dir, FOLDER, name)


def read_kept(path: str) -> bytes | None:
    """What the file holds, None if there is none. Raises GitError."""
    try:
        with open(path, "rb") as file:
            content = file.read(_MOST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise GitError(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > _MOST:
        raise GitError(f"{path} is too large to be what was kept there")
    return content


def keep(path: str, content: bytes) -> None:
    """Let the file hold this. Raises GitError."""
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        put_whole(path, content)
    except OSError as error:
        raise GitError(f"{path} cannot be written: {error.strerror}") from error
