"""A person's file, written whole or left as it was: whoever is killed on the way, or has no room, loses nothing."""

from __future__ import annotations

import os
from errno import EACCES
from stat import S_IMODE
from tempfile import TemporaryDirectory


def write_whole(path: str, content: bytes) -> None:
    """Let a file, which may be there or not, hold this; one that is there keeps its mode. path: no symbolic link.

    Raises OSError, also for a file that may not be written: replacing it would need no leave.
    """
    mode = S_IMODE(os.stat(path).st_mode) if os.path.exists(path) else None
    if mode is not None and not (mode & 0o222 and os.access(path, os.W_OK)):
        raise PermissionError(EACCES, os.strerror(EACCES), path)
    with TemporaryDirectory(dir=os.path.dirname(path) or ".", prefix=".lanegate-") as beside:
        new = os.path.join(beside, "new")
        with open(new, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            os.chmod(new, mode)
        os.replace(new, path)
