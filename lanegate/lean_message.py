"""The lean message hooks: the common message, made by `git commit -m` or `-F`, without the engine.

As in `lanegate/lean.py`, only one answer is given here: the lane's trailers are written where the full engine would
write them, or the message is certainly good. It is so plain that no cleanup of git's could matter: no editor opens,
nothing is configured about comments, cleanup or templates (git itself is asked), and the message ends, or will end,
with a paragraph that is exactly the lane's trailers. Everything else is left to `usecases/commit_message.py`.
"""

from __future__ import annotations

import posix

from lanegate.lean import end_of, look, read, start_git

#: Asked of git as its user has it configured; silence means that the cleanup is git's default.
_CLEANUP = (b"config", b"--get-regexp", rb"^(commit\.(cleanup|template)|core\.comment(char|string))$")
_NOT_SET = 1 << 8  # wait status of exit 1
_SPACE = b" \t\r\n"
#: Lines that cleanup would shorten, and so perhaps make empty: paragraphs would not be what they seem.
_ENDS_IN_SPACE = (b" \n", b"\t\n", b"\r")
#: In a line that cuts the message off where commit.verbose is set, trailers and all.
_SCISSORS = b" >8 "
#: What a last paragraph holds that the engine may take for trailers, to be joined by the lane's.
_TRAILER_SIGNS = (b":", b"(cherry picked")


def prepared(path: str) -> bool:
    """Whether the message file at `path` now certainly ends with the lane's trailers; False: nothing was done."""
    try:
        return _prepared(path.encode("utf-8", "surrogateescape"))
    except Exception:
        return False


def good(path: str) -> bool:
    """Whether the message in the file is certainly what the policy asks for; False says nothing."""
    try:
        return _good(path.encode("utf-8", "surrogateescape"))
    except Exception:
        return False


def _prepared(path: bytes) -> bool:
    found = _plain(path)
    if found is None:
        return False
    raw, trailers, _ = found
    if raw.endswith(b"\n\n" + trailers):
        return raw[: -len(trailers)].strip(_SPACE) != b""
    text = raw.rstrip(b"\n")
    last = text.rpartition(b"\n\n")[2] if b"\n\n" in text else b""
    if not text or any(odd in text + b"\n" for odd in _ENDS_IN_SPACE) or any(sign in last for sign in _TRAILER_SIGNS):
        return False
    _write(path, text + b"\n\n" + trailers)
    return True


def _good(path: bytes) -> bool:
    found = _plain(path)
    if found is None:
        return False
    raw, trailers, prefix = found
    text = raw.lstrip(b"\n")
    above = text[: -len(trailers)]
    return (
        text.endswith(b"\n\n" + trailers)
        and above.lstrip(_SPACE) == above
        and above.startswith(prefix)
        and not above.startswith((b"Signed-off-by: ", b"Lane: ", b"Task: "))
    )


def _plain(path: bytes) -> tuple[bytes, bytes, bytes] | None:
    """(content of the file, trailers of the lane, start of its subjects) where cleanup is git's default and no editor
    opens."""
    if posix.environ.get(b"GIT_EDITOR") != b":":
        return None
    known = look()
    if known is None:
        return None
    said, status = end_of(*start_git(_CLEANUP, posix.environ))
    if said or status != _NOT_SET:
        return None
    raw = read(path)
    _, _, lane, remembered = known
    return None if raw is None or _SCISSORS in raw else (raw, *remembered[3][lane])


def _write(path: bytes, content: bytes) -> None:
    file = posix.open(path, posix.O_WRONLY | posix.O_TRUNC | posix.O_CLOEXEC)
    try:
        while content:
            content = content[posix.write(file, content) :]
    finally:
        posix.close(file)
