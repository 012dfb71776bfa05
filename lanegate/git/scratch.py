"""A throw-away bare repository in which git works on the objects of another one (gitrepository-layout(5)).

What git writes there goes away with it; the other repository's object folder is only an alternate, so nothing reaches
it and nothing of it but objects counts: no configuration, no attributes, no grafts, no refs. In a hook the other
repository's objects are the quarantine folder (GIT_OBJECT_DIRECTORY) and what GIT_ALTERNATE_OBJECT_DIRECTORIES names,
which is handed on as it is. It is made by hand, since `git init` costs a process.

Limits: git follows alternates of alternates five deep, and this repository is one of the five.
"""

from __future__ import annotations

import os

from lanegate.git.objects import object_folder
from lanegate.git.run import Git, GitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_CONFIG = """\
[core]
	repositoryformatversion = 1
	bare = true
	attributesFile = /dev/null
	looseCompression = 0
[extensions]
	objectFormat = {format}
"""
#: Times that removing is begun again where something interrupts it.
_TRIES = 10
_BY_NOBODY = "author nobody <> 0 +0000\ncommitter nobody <> 0 +0000\n\n"
#: Variables that say where another repository's objects go.
_NOT_OURS = ("GIT_OBJECT_DIRECTORY", "GIT_QUARANTINE_PATH")


class Scratch:
    """Use as a context manager, or `make` and `close` it. `git` runs in the scratch repository.

    origin: the repository whose objects are seen. id_digits: 40 or 64, as its ids have.
    """

    def __init__(self, origin: Git, id_digits: int) -> None:
        self.id_digits = id_digits
        self.folder = os.path.join(os.environ.get("TMPDIR") or "/tmp", f"lanegate-{os.urandom(8).hex()}")  # noqa: S108
        environment = {name: text for name, text in origin.environment.items() if name not in _NOT_OURS}
        self.git = Git(self.folder, environment)
        self._origin = origin

    def make(self) -> None:
        """Make the folder: whoever holds the value closes it, whatever happens meanwhile. Raises GitError."""
        try:
            os.mkdir(self.folder, 0o700)
            self._fill(os.fsencode(object_folder(self._origin)))
        except OSError as error:
            raise GitError(f"no scratch repository could be made in {self.folder}: {error.strerror}") from error

    def _fill(self, objects: bytes) -> None:
        for folder in ("objects", "objects/info", "refs"):
            os.mkdir(os.path.join(self.folder, folder))
        self._put("HEAD", b"ref: refs/heads/none\n")
        self._put("config", _CONFIG.format(format="sha1" if self.id_digits == 40 else "sha256").encode())
        self._put("objects/info/alternates", quoted(objects) + b"\n")

    def _put(self, name: str, content: bytes) -> None:
        with open(os.path.join(self.folder, name), "xb") as file:
            file.write(content)

    def write(self, kind: str, content: bytes) -> str:
        """Store an object as a loose one (gitformat-loose); its hex id."""
        from hashlib import sha1, sha256
        from zlib import compress

        raw = b"%b %d\0%b" % (kind.encode(), len(content), content)
        oid = (sha1 if self.id_digits == 40 else sha256)(raw, usedforsecurity=False).hexdigest()
        folder = os.path.join(self.folder, "objects", oid[:2])
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, oid[2:]), "wb") as file:
            file.write(compress(raw, 0))
        return oid

    def commit(self, tree: str, *parents: str) -> str:
        """Store a commit by nobody; its hex id."""
        lines = [f"tree {tree}\n", *(f"parent {parent}\n" for parent in parents), _BY_NOBODY]
        return self.write("commit", "".join(lines).encode())

    def close(self) -> None:
        """Remove everything; harmless when done twice. Whatever cannot be removed stays. A deadline meanwhile is
        raised when that is done: it takes a while where the disk is busy."""
        interrupted: BaseException | None = None
        for _ in range(_TRIES):
            try:
                self._remove()
                break
            except BaseException as error:
                interrupted = error
        if interrupted is not None:
            raise interrupted

    def _remove(self) -> None:
        for folder, _, files in os.walk(self.folder, topdown=False):
            for name in files:
                _ignoring_errors(os.unlink, os.path.join(folder, name))
            _ignoring_errors(os.rmdir, folder)

    def __enter__(self) -> Scratch:
        try:
            self.make()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()


def quoted(path: bytes) -> bytes:
    """A path as git's alternates have it: in double quotes, C-style, so that any byte may stand in it."""
    plain = (bytes([byte]) if 0x20 <= byte < 0x7F and byte not in b'"\\' else b"\\%03o" % byte for byte in path)
    return b'"%b"' % b"".join(plain)


def _ignoring_errors(remove: Callable[[str], None], path: str) -> None:
    try:
        remove(path)
    except OSError:
        return
