"""A block in somebody's file that a command writes, between two lines that mark it; all else stays byte for byte.

The lines of the block end as the file's first line does. A file whose markers do not make exactly one block is left
alone: nobody can tell then what is whose.
"""

from __future__ import annotations

BEGIN = "<!-- lanegate agents-md: begin; written from the policy, edits in here are overwritten -->"
END = "<!-- lanegate agents-md: end -->"
_BEGINS = b"<!-- lanegate agents-md: begin"


class BlockError(Exception):
    """The file has no place for the block, or more than one; the text says why."""


def with_block(content: bytes, lines: list[str]) -> bytes:
    """The file with exactly these lines in its block, which is added at the end if there is none. Raises
    BlockError."""
    ending = _ending(content)
    block = [line.encode("utf-8", "backslashreplace") for line in (BEGIN, *lines, END)]
    found = _place(content)
    if found is None:
        before = content if not content or content.endswith(b"\n") else content + ending
        return before + (ending if before else b"") + b"".join(line + ending for line in block)
    start, stop = found
    return content[:start] + ending.join(block) + content[stop:]


def block_in(content: bytes) -> list[str] | None:
    """The lines of the block without its markers, however they end; None if there is none. Raises BlockError."""
    found = _place(content)
    if found is None:
        return None
    inside = content[found[0] : found[1]].replace(b"\r\n", b"\n").decode("utf-8", "backslashreplace")
    return inside.split("\n")[1:-1]


def _place(content: bytes) -> tuple[int, int] | None:
    """Where the block is, from its first marker to the end of its last one, without the line end after that."""
    if b"\0" in content:
        raise BlockError("it is not UTF-8 text")
    begins, ends, at = [], [], 0
    for line in content.split(b"\n"):
        bare = line.rstrip(b"\r \t")
        if bare.startswith(_BEGINS) or bare.removeprefix(b"\xef\xbb\xbf").startswith(_BEGINS):
            begins.append(at + line.index(_BEGINS))
        elif bare == END.encode():
            ends.append(at + len(bare))
        at += len(line) + 1
    if not begins and not ends:
        return None
    if len(begins) != 1 or len(ends) != 1 or ends[0] < begins[0]:
        raise BlockError("its markers do not enclose exactly one block: take the broken one out by hand")
    return begins[0], ends[0]


def _ending(content: bytes) -> bytes:
    first = content.partition(b"\n")
    return b"\r\n" if first[1] and first[0].endswith(b"\r") else b"\n"
