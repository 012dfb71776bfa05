"""The message file that git hands to hooks: what git will keep of it, and where trailers go (githooks(5)).

The file is not the message. Below it may stand a status in comments, or a diff below a scissors line, and git's
cleanup runs after the last hook (git-commit(1), `--cleanup`). Two rules follow. What is judged is what the cleanup
will leave. And what is written goes where our own strict parser will find it afterwards: that parser, asked about
the whole file after the cleanup, decides the place. git-interpret-trailers(1), which always puts trailers above the
comments at the end, is wrong for us wherever those are kept.

Whether an editor was opened decides what cleanup does by default; git tells hooks by `GIT_EDITOR=:`. Options on the
command line are not told to hooks, so the configuration is believed: `--cleanup` in place of commit.cleanup goes
unseen, and so does `-v` for a message that is not edited. A scissors line in an edited message cuts it in every mode,
as `commit -v` does.
"""

from __future__ import annotations

from lanegate.core.message import Trailers, read_trailers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

STRIP, WHITESPACE, VERBATIM, SCISSORS = "strip", "whitespace", "verbatim", "scissors"
# what core.commentChar=auto chooses from, in git's order
AUTO_COMMENT_STRINGS = (b"#", b";", b"@", b"!", b"$", b"%", b"^", b"&", b"|", b":")
_CUT = b" ------------------------ >8 ------------------------"
_SPACE = b" \t\n\r"  # what git's own isspace() takes for space


def cleanup_mode(configured: str | None, *, edited: bool) -> str:
    """What git does with the file after the hooks; configured: the value of commit.cleanup, None if unset."""
    if configured in (STRIP, WHITESPACE, VERBATIM):
        return configured
    if not edited:
        return WHITESPACE
    return SCISSORS if configured == SCISSORS else STRIP


def comment_string(configured: str | None, raw: bytes, *, edited: bool = True) -> bytes:
    """What starts a comment; configured: core.commentString or core.commentChar.

    `auto`: where an editor opens, it is read off what git wrote below the message; otherwise it is chosen as git does
    (adjust_comment_line_char in git's builtin/commit.c), the first one that no line of the file starts with.
    """
    if configured != "auto":
        return configured.encode("utf-8", "surrogateescape") if configured else b"#"
    if not edited:
        taken = {line[:1] for line in raw.replace(b"\r", b"\n").split(b"\n")}
        return next((one for one in AUTO_COMMENT_STRINGS if one not in taken), b"#")
    lines = [line for line in raw.split(b"\n") if line.strip(_SPACE)]
    for line in lines:
        if line[1:] == _CUT and line[:1] in AUTO_COMMENT_STRINGS:
            return line[:1]
    return lines[-1][:1] if lines and lines[-1][:1] in AUTO_COMMENT_STRINGS else b"#"


def cleaned(raw: bytes, mode: str, comment: bytes, *, edited: bool, verbose: bool = False) -> bytes:
    """The message that git will store, given the file as the last hook leaves it. verbose: commit.verbose is set."""
    if edited or verbose:
        raw = raw[: _cut_at(raw, comment)]
    if mode == VERBATIM:
        return raw
    return _stripped(raw, comment if mode == STRIP else None)


def with_trailers(
    raw: bytes, trailers: tuple[tuple[str, str], ...], mode: str, comment: bytes, *, edited: bool, verbose: bool = False
) -> bytes:
    """The file with the trailers (token, value) that it lacks, where `read_trailers` will find them all.

    Nothing is changed when the message already has the first trailer (`Lane`) with another value, when it cannot be
    read, when no place would do, or when it is empty and no editor will open: git is about to refuse it.
    """
    above, below = _split(raw, mode, comment, cut=edited or verbose)
    awaited = edited and not above.partition(b"\n")[0].strip(_SPACE)
    if awaited:  # a person will write the subject on the empty first line
        above = above or b"\n"
    if not above:
        return raw

    def read(file: bytes) -> Trailers:
        return read_trailers(cleaned(b"x" + file if awaited else file, mode, comment, edited=edited, verbose=verbose))

    present = read(above + below)
    has = {token: present.of(token.lower().encode()) for token, _ in trailers}
    lane, lane_id = trailers[0]
    missing = [(token, value) for token, value in trailers if not has[token]]
    if present.broken or has[lane] not in ((), (lane_id,)) or not missing:
        return raw
    if not above.endswith(b"\n"):
        above += b"\n"
    below = b"\n" + below if below else b""
    for lines in (_written(missing), b"\n" + _written(trailers)):
        file = above + lines + below
        found = read(file)
        if all(found.of(token.lower().encode()) == (has[token] or (value,)) for token, value in trailers):
            return file
    return raw


def _written(trailers: Iterable[tuple[str, str]]) -> bytes:
    return b"".join(f"{token}: {value}\n".encode() for token, value in trailers)


def _split(raw: bytes, mode: str, comment: bytes, *, cut: bool) -> tuple[bytes, bytes]:
    """(what the person wrote; what cleanup drops from the end of the file), without the blank lines between them."""
    end = _cut_at(raw, comment) if cut else len(raw)
    lines = _lines(raw[:end])
    space = b"\n" if mode == VERBATIM else _SPACE
    keep = len(lines)
    while keep and (not lines[keep - 1].strip(space) or (mode == STRIP and lines[keep - 1].startswith(comment))):
        keep -= 1
    rest = keep
    while rest < len(lines) and not lines[rest].strip(space):
        rest += 1
    return b"".join(lines[:keep]), b"".join(lines[rest:]) + raw[end:]


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
