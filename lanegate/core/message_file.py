"""The message file that git hands to hooks: what git will keep of it, and where trailers go (githooks(5)).

The file is not the message. Below it may stand a status in comments, or a diff below a scissors line, and git's
cleanup runs after the last hook. Two rules follow. What is judged is what the cleanup will leave. And what is written
goes where our own strict parser will find it afterwards: that parser, not a guess about paragraphs, decides the place.

Whether an editor was opened decides what cleanup does by default; git tells hooks by `GIT_EDITOR=:`. Limits: an option
`--cleanup` on the command line is not told to hooks, so the configured mode is assumed; a scissors line in an edited
message cuts it in every mode, as `commit -v` does.
"""

from __future__ import annotations

from lanegate.core.message import read_trailers

STRIP, WHITESPACE, VERBATIM, SCISSORS = "strip", "whitespace", "verbatim", "scissors"
AUTO_COMMENT_STRINGS = b"#;@!$%^&|:"  # what core.commentChar=auto chooses from, in git's order
_CUT = b" ------------------------ >8 ------------------------"
_SPACE = b" \t\n\r"  # what git's own isspace() takes for space


def cleanup_mode(configured: str | None, *, edited: bool) -> str:
    """What git does with the file after the hooks; configured: the value of commit.cleanup, None if unset."""
    if configured in (STRIP, WHITESPACE, VERBATIM):
        return configured
    if not edited:
        return WHITESPACE
    return SCISSORS if configured == SCISSORS else STRIP


def comment_string(configured: str | None, raw: bytes) -> bytes:
    """What starts a comment; configured: core.commentString or core.commentChar. `auto` is read off the file itself."""
    if configured != "auto":
        return configured.encode("utf-8", "surrogateescape") if configured else b"#"
    lines = [line for line in raw.split(b"\n") if line.strip(_SPACE)]
    for line in lines:
        if line[1:] == _CUT and line[:1] in AUTO_COMMENT_STRINGS:
            return line[:1]
    return lines[-1][:1] if lines and lines[-1][:1] in AUTO_COMMENT_STRINGS else b"#"


def cleaned(raw: bytes, mode: str, comment: bytes, *, edited: bool) -> bytes:
    """The message that git will store, given the file as the last hook leaves it."""
    if edited:
        raw = raw[: _cut_at(raw, comment)]
    if mode == VERBATIM:
        return raw
    return _stripped(raw, comment if mode == STRIP else None)


def with_trailers(
    raw: bytes, trailers: tuple[tuple[str, str], ...], mode: str, comment: bytes, *, edited: bool
) -> bytes:
    """The file with the trailers (token, value) that it lacks, where `read_trailers` will find them.

    Nothing is changed when the message already has the first trailer (`Lane`) with another value, when it cannot be
    read, or when it is empty and no editor will open: git is about to refuse it.
    """
    head, tail = _split(raw, mode, comment, edited=edited)
    awaited = edited and head[:1] in (b"", b"\n")  # the person will write the subject on the empty first line
    probe = b"x" if awaited else b""

    def read(text: bytes) -> bytes:
        return cleaned(probe + text, mode, comment, edited=False)

    if not awaited and not read(head):
        return raw
    present = read_trailers(read(head))
    lane = present.of(trailers[0][0].lower().encode())
    if present.broken or lane not in ((), (trailers[0][1],)):
        return raw
    missing = [(token, value) for token, value in trailers if not present.of(token.lower().encode())]
    if not missing:
        return raw
    lines = b"".join(f"{token}: {value}\n".encode() for token, value in missing)
    if head and not head.endswith(b"\n"):
        head += b"\n"
    joined = head + lines
    token, value = missing[0]
    if read_trailers(read(joined)).of(token.lower().encode()) != (value,):
        joined = (head or b"\n") + b"\n" + lines
    return joined + (b"\n" + tail.lstrip(b"\n") if tail.strip(b"\n") else b"")


def _split(raw: bytes, mode: str, comment: bytes, *, edited: bool) -> tuple[bytes, bytes]:
    """(what the person wrote, without empty lines at its end; what cleanup drops from the end of the file)."""
    end = _cut_at(raw, comment) if edited else len(raw)
    lines = _lines(raw[:end])
    keep = len(lines)
    drops_comments = edited and mode == STRIP
    while keep and (not lines[keep - 1].strip(_SPACE) or (drops_comments and lines[keep - 1].startswith(comment))):
        keep -= 1
    if keep == 0 and lines and lines[0] == b"\n":
        keep = 1  # the empty first line, where the subject will stand
    head = b"".join(lines[:keep])
    return head, raw[len(head) :]


def _lines(text: bytes) -> list[bytes]:
    """Lines with their line feeds; only LF ends a line."""
    return [line + b"\n" for line in text.split(b"\n")[:-1]] + (
        [text.rpartition(b"\n")[2]] if text[-1:] != b"\n" else []
    )


def _cut_at(raw: bytes, comment: bytes) -> int:
    """Where git cuts a verbose message (wt_status_locate_end in git's wt-status.c); its length if nowhere."""
    line = comment + _CUT + b"\n"
    if raw.startswith(line):
        return 0
    found = raw.find(b"\n" + line)
    return len(raw) if found < 0 else found + 1


def _stripped(raw: bytes, comment: bytes | None) -> bytes:
    """`git stripspace`, with `--strip-comments` if a comment string is given."""
    kept: list[bytes] = []
    empty = False
    for line in raw.split(b"\n"):
        if comment is not None and line.startswith(comment):
            continue
        text = line.rstrip(_SPACE)
        if not text:
            empty = True
            continue
        if empty and kept:
            kept.append(b"")
        empty = False
        kept.append(text)
    return b"\n".join(kept) + b"\n" if kept else b""
