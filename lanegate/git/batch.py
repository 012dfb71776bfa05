"""Many objects in one stream (git-cat-file(1), --batch): for whoever knows beforehand what he will read."""

from __future__ import annotations

from lanegate.git.objects import OBJECT_LIMIT, ObjectTooLargeError
from lanegate.git.run import GitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lanegate.git.run import Git


def read_batch(git: Git, names: Iterable[str]) -> Iterator[tuple[str, bytes] | None]:
    """(type, content) of each object that git can name (`<commit>:<path>` too), in the order asked; None for one that
    does not exist. Names hold no line feed. Raises GitError, ObjectTooLargeError."""
    asked = list(names)
    if not asked:
        return
    chunks = git.stream("cat-file", "--batch", "--buffer", stdin="".join(f"{name}\n" for name in asked).encode())
    buffer, at = b"", 0
    for name in asked:
        while (end := buffer.find(b"\n", at)) < 0:
            buffer, at = buffer[at:] + _next(chunks), 0
        header, at = buffer[at:end], end + 1
        if header.endswith((b" missing", b" ambiguous")):
            yield None
            continue
        _, kind, length = header.decode().split(" ")
        size = int(length)
        if size > OBJECT_LIMIT:
            raise ObjectTooLargeError(name, size)
        if len(buffer) - at <= size:
            parts, have = [buffer[at:]], len(buffer) - at
            while have <= size:
                parts.append(_next(chunks))
                have += len(parts[-1])
            buffer, at = b"".join(parts), 0
        yield kind, buffer[at : at + size]
        at += size + 1
    more = any(chunks)  # which also has its exit status looked at
    if more or at < len(buffer):
        raise GitError("git cat-file said more than it was asked for")


def _next(chunks: Iterator[bytes]) -> bytes:
    for chunk in chunks:
        return chunk
    raise GitError("git cat-file ended early")
