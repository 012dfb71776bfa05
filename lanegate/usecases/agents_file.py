"""AGENTS.md: the block that the policy asks for, written and checked (R-B18, R-B05).

The check is what a parallel start waits for: the file states all nine points as the policy of the trusted ref has them
now, and the commit that is checked out holds that text, so that every lane that begins from it reads the same.
"""

from __future__ import annotations

import os
from shlex import quote

from lanegate.git.worktree import Worktree
from lanegate.render.agents_block import block_lines
from lanegate.usecases.clone import Clone
from lanegate.usecases.managed_block import BlockError, block_in, with_block
from lanegate.usecases.whole_file import write_whole

DEFAULT = "AGENTS.md"


class FileError(Exception):
    """The file cannot hold the block; the text says why."""


def write_block(clone: Clone, file: str) -> bool:
    """Bring the block of a file up to date; whether anything changed. Raises FileError, OSError."""
    _inside(clone.worktree, file)
    before = _content(file)
    try:
        after = with_block(before or b"", block_lines(clone.policy, clone.policy_path))
    except BlockError as error:
        raise FileError(f"{file}: {error}") from error
    if after == before:
        return False
    write_whole(os.path.realpath(file), after)
    return True


def missing(clone: Clone, file: str) -> list[str]:
    """What is missing before lanes may start in parallel, in words; empty: nothing. Raises FileError, GitError,
    OSError."""
    path = _inside(clone.worktree, file)
    wanted = block_lines(clone.policy, clone.policy_path)
    git = clone.worktree.git
    is_there = clone.worktree.commit("HEAD") is not None
    committed = git.output("cat-file", "blob", f"HEAD:{path}", accept=(0, 128)) if is_there else b""
    found = []
    for where, content, next_step in (
        (f"{path} in the work tree", _content(file) or b"", f"run: lanegate agents-md {word(file)}"),
        (f"{path} in HEAD", committed, f"commit it: git add {word(file)} && git commit"),
    ):
        try:
            block = block_in(content)
        except BlockError as error:
            found.append(f"{where}: {error}")
            continue
        if block is None:
            found.append(f"{where} has no block; {next_step}")
        elif block != wanted:
            found.append(f"{where} is not what the policy says now{_first_difference(block, wanted)}; {next_step}")
    return found


def word(file: str) -> str:
    """A file as one word of a shell command that is given in the current folder."""
    return quote(os.path.relpath(os.path.realpath(file)))


def _first_difference(block: list[str], wanted: list[str]) -> str:
    pairs = zip([*block, ""], [*wanted, ""], strict=False)
    has, wants = next(((one, other) for one, other in pairs if one != other), ("", ""))
    return f" (it says {has[:60]!r}, not {wants[:60]!r})"


def _inside(worktree: Worktree, file: str) -> str:
    """The path of a file below the top of the work tree. Raises FileError."""
    top = worktree.top
    real = os.path.realpath(file)
    if top is None:
        raise FileError("there is no work tree here")
    path = os.path.relpath(real, os.path.realpath(top))
    names = path.casefold().split(os.sep)
    if ".git" in names or os.pardir in names or path == os.curdir:
        raise FileError(f"{file} is not in the work tree {top}")
    return path


def _content(file: str) -> bytes | None:
    try:
        with open(file, "rb") as opened:
            return opened.read()
    except FileNotFoundError:
        return None
