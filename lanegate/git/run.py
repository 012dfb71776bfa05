"""Starting git, lean and hermetic.

Rules: git is started with `posix_spawn` (the subprocess module alone costs 10 ms of a hook's start), always on an
explicit repository, without replace refs, grafts, system or user configuration, and with none of the caller's GIT_*
variables but those that say where objects are (a hook runs in quarantine, git-receive-pack(1)). Every exit status is
checked; whatever goes wrong is a GitError, which callers turn into LG903.
"""

from __future__ import annotations

import os
import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

CHUNK = 1 << 18
WIDE = 1 << 20
STDERR_KEPT = 8192
SIGKILL, SIGPIPE = 9, 13  # the same on Linux and macOS; the signal module costs 4 ms
KEPT_VARIABLES = ("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH")
FIXED_VARIABLES = {
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_FLUSH": "0",
    "GIT_ADVICE": "0",
    "LC_ALL": "C",
}


class GitError(Exception):
    """git could not be started, failed, or died. `.message` is one line for people."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def clean_environment(environ: Mapping[str, str], **extra: str) -> dict[str, str]:
    """The environment git gets: the caller's without its GIT_* (but for where objects are), plus fixed answers."""
    kept = {name: value for name, value in environ.items() if not name.startswith("GIT_") or name in KEPT_VARIABLES}
    kept.update(FIXED_VARIABLES)
    kept.update(extra)
    return kept


def error_line(arguments: Sequence[str], status: int, stderr: bytes) -> str:
    """One line that says which git command failed, how, and git's own first words on it, hints aside."""
    how = f"was killed by signal {-status}" if status < 0 else f"exited with {status}"
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    said = [line for line in lines if not line.startswith(("hint:", "warning:"))] or lines
    return f"git {next((a for a in arguments if not a.startswith('-')), '')} {how}" + (f": {said[0]}" if said else "")


class Process:
    """A running git with pipes to its three streams. Closing kills it if it still runs."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        self.arguments = arguments
        self.status: int | None = None
        in_read, self.stdin = os.pipe()
        self.stdout, out_write = os.pipe()
        self.stderr, error_write = os.pipe()
        ends = ((in_read, 0), (out_write, 1), (error_write, 2))
        try:
            self.pid = os.posix_spawnp(
                "git",
                ["git", *arguments],
                dict(environment),
                file_actions=[(os.POSIX_SPAWN_DUP2, end, target) for end, target in ends],
                setsigdef=[SIGPIPE],
            )
        except OSError as error:
            self._close_pipes()
            raise GitError(f"git could not be started: {error.strerror}") from error
        finally:
            for end, _ in ends:
                os.close(end)

    def widen(self) -> None:
        """Pipes that hold more, so that git and its reader wait less for each other (Linux)."""
        import fcntl

        try:
            for end in (self.stdin, self.stdout):
                fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, WIDE)
        except (AttributeError, OSError):  # no such thing here, or not so much for us
            return

    def _close_pipes(self) -> None:
        for name in ("stdin", "stdout", "stderr"):
            self.close_stream(name)

    def close_stream(self, name: str) -> None:
        """Close one of our ends (`stdin`, `stdout`, `stderr`); closing twice is harmless."""
        descriptor = getattr(self, name)
        if descriptor >= 0:
            setattr(self, name, -1)  # first: a deadline may come in between, and nothing is closed twice
            os.close(descriptor)

    def wait(self) -> int:
        """Exit status, negative for a signal."""
        if self.status is None:
            _, status = os.waitpid(self.pid, 0)
            self.status = os.waitstatus_to_exitcode(status)
        return self.status

    def close(self) -> None:
        """Close the pipes and reap the process; one that still runs is killed."""
        self._close_pipes()
        if self.status is None:
            try:
                os.kill(self.pid, SIGKILL)
            finally:
                self.wait()


class Git:
    """git on one repository. `git_dir` is absolute; `environ` is what the caller was started with."""

    def __init__(self, git_dir: str, environ: Mapping[str, str] | None = None, **extra: str) -> None:
        self.git_dir = git_dir
        self.environment = clean_environment(os.environ if environ is None else environ, **extra)

    def start(self, *arguments: str) -> Process:
        """A git process on this repository. Raises GitError."""
        return Process(("--git-dir", self.git_dir, *arguments), self.environment)

    def stream(
        self, *arguments: str, stdin: bytes = b"", accept: tuple[int, ...] = (0,), wide: bool = False
    ) -> Iterator[bytes]:
        """Chunks of git's standard output, while `stdin` is fed to it. git starts at once, with as much of it as the
        pipe holds, and works ahead of whoever asks for the chunks; wide: by up to WIDE bytes.

        Raises GitError when the exit status is not in `accept`. A caller that stops early, or never asks, kills git.
        """
        process = self.start(*arguments)
        if wide or len(stdin) > CHUNK:  # a long range
            process.widen()
        chunks = _chunks(process, arguments, stdin, accept)
        next(chunks)
        return chunks

    def output(self, *arguments: str, stdin: bytes = b"", accept: tuple[int, ...] = (0,)) -> bytes:
        """All of git's standard output. Raises GitError as `stream` does."""
        return b"".join(self.stream(*arguments, stdin=stdin, accept=accept))

    def outcome(self, *arguments: str) -> tuple[int, bytes, bytes]:
        """(exit status, standard output, the start of standard error) of a git that may fail. Raises GitError where it
        cannot be started."""
        process = self.start(*arguments)
        chunks: list[bytes] = []
        try:
            stderr = _collected(_pump(process, _begin(process, b"")), chunks)
            return process.wait(), b"".join(chunks), stderr
        finally:
            process.close()

    def line(self, *arguments: str, accept: tuple[int, ...] = (0,)) -> str:
        """git's standard output as text without its final newline; bytes that are not UTF-8 as surrogates."""
        return os.fsdecode(self.output(*arguments, accept=accept)).rstrip("\n")


def _chunks(process: Process, arguments: Sequence[str], stdin: bytes, accept: tuple[int, ...]) -> Iterator[bytes]:
    try:
        rest = _begin(process, stdin)
        yield b""  # from here on, whoever drops this ends git
        stderr = yield from _pump(process, rest)
        status = process.wait()
        if status not in accept:
            raise GitError(error_line(arguments, status, stderr))
    finally:
        process.close()


def _collected(chunks: Generator[bytes, None, bytes], into: list[bytes]) -> bytes:
    """Collect what a generator yields; what it returns."""
    while True:
        try:
            into.append(next(chunks))
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


def _begin(process: Process, stdin: bytes) -> memoryview:
    """Feed what the pipe holds; what is left."""
    os.set_blocking(process.stdin, False)
    rest = memoryview(stdin)
    if rest:
        return _feed(process, rest)
    process.close_stream("stdin")
    return rest


def _pump(process: Process, rest: memoryview) -> Generator[bytes, None, bytes]:
    """Feed the rest of stdin and yield stdout without ever blocking on one of them alone; returns the start of
    stderr."""
    stderr = b""
    while process.stdout >= 0 or process.stderr >= 0:
        readable = [end for end in (process.stdout, process.stderr) if end >= 0]
        writable = [process.stdin] if process.stdin >= 0 else []
        ready, room, _ = select.select(readable, writable, [])
        if room:
            rest = _feed(process, rest)
        if process.stderr in ready:
            said = os.read(process.stderr, CHUNK)
            stderr = (stderr + said)[:STDERR_KEPT]
            if not said:
                process.close_stream("stderr")
        if process.stdout in ready:
            chunk = os.read(process.stdout, WIDE)
            if chunk:
                yield chunk
            else:
                process.close_stream("stdout")
    return stderr


def _feed(process: Process, rest: memoryview) -> memoryview:
    try:
        rest = rest[os.write(process.stdin, rest[:WIDE]) :]
    except BlockingIOError:
        return rest
    except BrokenPipeError:  # git stopped reading: its exit status says why
        rest = rest[len(rest) :]
    if not rest:
        process.close_stream("stdin")
    return rest
