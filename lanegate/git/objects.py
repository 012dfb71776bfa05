"""Reading single objects by id, raw.

Two readers with one interface, because each wins somewhere: `CatFile` keeps one `git cat-file` open, costs 3 ms to
start, and reads every kind of repository that git reads, quarantine, sha256 and reftable included; `Pygit2Reader`
costs 50 ms to import and then reads a tree four times faster, which pays from a few thousand reads on. Neither
follows replace refs. An object larger than the limit is refused before it is read.
"""

from __future__ import annotations

import os

from lanegate.git.run import CHUNK, Git, GitError, Process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Protocol

    from pygit2 import Repository
else:
    Protocol = object  # typing itself costs more than this module

#: Commits, trees, tags and link targets larger than this are not read (LG904), bytes.
OBJECT_LIMIT = 16 << 20
#: Of packs, bytes mapped into memory at once and in all; more of a large repository makes nothing quicker.
PACK_WINDOW, PACK_MAPPED = 16 << 20, 64 << 20
#: Commits and trees that `CatFile` keeps, since most that a commit needs are its parent's: about how many, up to what
#: size.
MOST_KEPT, LARGEST_KEPT = 4000, 32 << 10
_SMALL_KINDS = {b"commit": "commit", b"tree": "tree"}
#: Objects that git is asked for at once: their names fit into a pipe.
AHEAD = 400


class MissingObjectError(GitError):
    """The object (or `<rev>:<path>`) does not exist here."""


class LimitError(Exception):
    """A commit goes beyond what is looked at (LG904)."""


class ObjectTooLargeError(Exception):
    """The object is over OBJECT_LIMIT."""

    def __init__(self, name: str, size: int) -> None:
        super().__init__(f"object {name} has {size} bytes, the limit is {OBJECT_LIMIT}")


class Reader(Protocol):
    """Something that reads raw objects. Raises MissingObjectError, ObjectTooLargeError, GitError."""

    def read(self, name: str) -> tuple[str, bytes]:
        """(type, content) of an object id; type is blob, tree, commit or tag."""

    def tree(self, oid: str) -> bytes:
        """The raw content of a tree."""

    def ahead(self, oids: Iterable[str]) -> None:
        """Commits and trees that will be asked for soon, so that they may be read in one go."""

    def close(self) -> None:
        """Let go of what the reader holds."""


class CatFile:
    """One `git cat-file --batch-command`. It writes an answer in one go (--buffer)."""

    def __init__(self, git: Git) -> None:
        self._process: Process = git.start("cat-file", "--batch-command", "--buffer")
        #: Output of git, and how much of it was taken.
        self._buffer, self._at = b"", 0
        #: Of what was read, the last few and those before.
        self._kept: dict[str, tuple[str, bytes]] = {}
        self._older: dict[str, tuple[str, bytes]] = {}
        #: Objects to be asked for ahead, and those asked for that are not answered yet, in order.
        self._wanted: dict[str, None] = {}
        self._asked: dict[str, None] = {}

    def ahead(self, oids: Iterable[str]) -> None:
        kept, older, asked = self._kept, self._older, self._asked
        self._wanted.update({oid: None for oid in oids if oid not in kept and oid not in older and oid not in asked})
        self._ask_ahead()

    def read(self, name: str) -> tuple[str, bytes]:
        while name in self._asked or name in self._wanted:
            self._receive_ahead()
        return self._kept.get(name) or self._older.get(name) or self.lookup(name)[1:]

    def lookup(self, name: str) -> tuple[str, str, bytes]:
        """(id, type, content) of anything git can name, such as `<commit>:<path>`."""
        if "\n" in name:
            raise MissingObjectError(f"no object can be named {name!r}")
        wanted, self._wanted = self._wanted, {}
        while self._asked:
            self._receive_ahead()
        self._ask([name])
        try:
            return self._receive(name)
        finally:
            self._wanted = wanted
            self._ask_ahead()

    def tree(self, oid: str) -> bytes:
        kind, content = self.read(oid)
        if kind != "tree":
            raise GitError(f"object {oid} is a {kind}, not a tree")
        return content

    def _ask_ahead(self) -> None:
        """Ask for what is wanted, as far as both pipes hold it: neither of us may wait for the other."""
        if not self._wanted or len(self._asked) > AHEAD // 2:
            return
        some = [oid for oid, _ in zip(self._wanted, range(AHEAD - len(self._asked)), strict=False)]
        for oid in some:
            del self._wanted[oid]
            self._asked[oid] = None
        self._ask(some)

    def _receive_ahead(self) -> None:
        """Take the answers that are here to what was asked ahead, or wait for the next; what is missing is told when it
        is asked for again."""
        self._make_room()
        buffer, at, taken = self._buffer, self._at, 0
        for _ in self._asked:
            end = buffer.find(b"\n", at)
            fields = buffer[at:end].split(b" ") if end >= 0 else ()
            if len(fields) != 3 or fields[1] not in _SMALL_KINDS:
                break
            start, size = end + 1, int(fields[2])
            stop = start + size
            if size > LARGEST_KEPT or stop >= len(buffer):
                break
            self._kept[fields[0].decode("ascii")] = _SMALL_KINDS[fields[1]], buffer[start:stop]
            at = stop + 1
            taken += 1
        if taken:
            self._at = at
            for oid in [oid for oid, _ in zip(self._asked, range(taken), strict=False)]:
                del self._asked[oid]
            self._ask_ahead()
            return
        oid = next(iter(self._asked))
        del self._asked[oid]
        try:
            self._receive(oid)
        except MissingObjectError:
            return
        finally:
            self._ask_ahead()

    def _make_room(self) -> None:
        if len(self._kept) >= MOST_KEPT // 2:
            self._older, self._kept = self._kept, {}

    def _ask(self, names: Iterable[str]) -> None:
        lines = os.fsencode("".join([f"contents {name}\n" for name in names]))
        try:
            os.write(self._process.stdin, lines + b"flush\n")
        except OSError as error:
            raise GitError("git cat-file ended early") from error

    def _receive(self, name: str) -> tuple[str, str, bytes]:
        header = self._line()
        oid, kind, size = _parse_header(header, name)
        content = self._exactly(size + 1)[:-1]
        if kind in ("commit", "tree") and size <= LARGEST_KEPT:
            self._make_room()
            self._kept[oid] = kind, content
        return oid, kind, content

    def close(self) -> None:
        self._process.close()

    def _line(self) -> bytes:
        while (end := self._buffer.find(b"\n", self._at)) < 0:
            self._fill()
        line = self._buffer[self._at : end]
        self._at = end + 1
        return line

    def _exactly(self, size: int) -> bytes:
        have = len(self._buffer) - self._at
        if have < size:
            parts = [self._buffer[self._at :]]
            while have < size:
                self._buffer, self._at = b"", 0
                self._fill()
                parts.append(self._buffer)
                have += len(self._buffer)
            self._buffer = b"".join(parts)
        start, self._at = self._at, self._at + size
        return self._buffer[start : self._at]

    def _fill(self) -> None:
        """Read on, behind what was not taken yet."""
        chunk = os.read(self._process.stdout, CHUNK)
        if not chunk:
            raise GitError("git cat-file ended early")
        self._buffer = self._buffer[self._at :] + chunk
        self._at = 0


class Pygit2Reader:
    """Objects through libgit2, opened on the object folders of a repository. Imported late: 50 ms.

    libgit2 reads only sha1 repositories whose refs are files: ask `Pygit2Reader.can_open` first.
    """

    @staticmethod
    def can_open(git: Git) -> bool:
        """Whether libgit2 reads this kind of repository."""
        kinds = git.output(
            "config", "--local", "--get-regexp", r"^extensions\.(objectformat|refstorage)$", accept=(0, 1)
        )
        return not kinds

    def __init__(self, git: Git) -> None:
        import pygit2

        pygit2.settings.enable_strict_hash_verification(False)  # git does not re-hash what it reads either
        pygit2.settings.mwindow_size = PACK_WINDOW
        pygit2.settings.mwindow_mapped_limit = PACK_MAPPED
        self._repository: Repository = pygit2.Repository(git.git_dir)
        self._read = self._repository.odb.read
        #: Looks into packs alone: the repository as a whole looks for a loose object first, each time.
        self._packed = pygit2.OdbBackendPack(object_folder(git)).read
        self._kinds = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}

    def read(self, name: str) -> tuple[str, bytes]:
        try:
            kind, content = self._packed(name)
        except (KeyError, ValueError):
            kind, content = self._anywhere(name)
        if len(content) > OBJECT_LIMIT:
            raise ObjectTooLargeError(name, len(content))
        return self._kinds[kind], content

    def tree(self, oid: str) -> bytes:
        kind, content = self._anywhere(oid)
        if kind != 2:
            raise GitError(f"object {oid} is not a tree")
        return content

    def ahead(self, oids: Iterable[str]) -> None:
        """Nothing is gained by reading ahead in one process."""

    def _anywhere(self, oid: str) -> tuple[int, bytes]:
        try:
            return self._read(oid)
        except (KeyError, ValueError) as error:
            raise MissingObjectError(f"object {oid} is missing") from error

    def close(self) -> None:
        self._repository.free()


def is_commit(reader: Reader, oid: str) -> bool:
    """Whether the repository has a commit of this id. Raises GitError, ObjectTooLargeError."""
    try:
        return reader.read(oid)[0] == "commit"
    except MissingObjectError:
        return False


def tree_of(reader: Reader, commit: str) -> str:
    """The root tree of a commit. Raises GitError."""
    from lanegate.core.objects import parse_commit

    kind, raw = reader.read(commit)
    tree = parse_commit(raw).tree if kind == "commit" else None
    if tree is None:
        raise GitError(f"{commit} is no commit with a tree")
    return tree


def object_folder(git: Git) -> str:
    """Absolute path of the folder that git reads and writes a repository's objects in, linked worktrees included."""
    named = git.environment.get("GIT_OBJECT_DIRECTORY")
    if named:
        return os.path.abspath(named)
    try:
        with open(os.path.join(git.git_dir, "commondir"), "rb") as file:
            common = os.fsdecode(file.read().removesuffix(b"\n"))
    except FileNotFoundError:
        common = "."
    return os.path.abspath(os.path.join(git.git_dir, common, "objects"))


def _parse_header(header: bytes, asked: str) -> tuple[str, str, int]:
    fields = header.split(b" ")
    if len(fields) != 3 or fields[2] in (b"missing", b"ambiguous"):  # behind the name, which may hold spaces
        raise MissingObjectError(f"object {asked} is missing or unreadable")
    oid, kind, size = fields[0].decode(), fields[1].decode(), int(fields[2])
    if (size > OBJECT_LIMIT and kind != "blob") or size > OBJECT_LIMIT * 4:
        raise ObjectTooLargeError(asked, size)
    return oid, kind, size
