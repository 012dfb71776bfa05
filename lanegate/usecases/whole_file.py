"""A file, written whole or left as it was: whoever is killed on the way, or has no room, loses nothing."""

from __future__ import annotations

import os
from errno import EACCES
from stat import S_IMODE


def write_whole(path: str, content: bytes) -> None:
    """Let a person's file, which may be there or not, hold this; one that is there keeps its mode. path: no symbolic
    link.

    Raises OSError, also for a file that may not be written: replacing it would need no leave.
    """
    mode = S_IMODE(os.stat(path).st_mode) if os.path.exists(path) else None
    if mode is not None and not (mode & 0o222 and os.access(path, os.W_OK)):
        raise PermissionError(EACCES, os.strerror(EACCES), path)
    put_whole(path, content, mode)


def put_whole(path: str, content: bytes, mode: int | None = None) -> None:
    """Let a file of our own hold this, whatever it held. mode: that it gets; None: as a new file has it. Raises
    OSError."""
    beside = f"{path}.{os.getpid()}"
    try:
        with open(beside, "wb", opener=_not_through_a_link) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            os.chmod(beside, mode)
        os.replace(beside, path)
    except BaseException:
        if os.path.lexists(beside):
            os.unlink(beside)
        raise


def _not_through_a_link(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o666)
