"""Fenced blocks of the documents, and consoles that are run to see whether they still tell the truth.

A `console` block holds lines `$ command` and, below each, what it printed. Two outputs are the same when they differ in
nothing but object ids, durations and lines of this project's policy (`normalise`). `make readme` writes them anew.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

#: Read when the tests are collected: the tests themselves run without the caller's LANEGATE_* variables.
UPDATE = "LANEGATE_UPDATE" in os.environ

_FENCE = re.compile(r"^```(?P<language>[a-z]+)\n(?P<body>.*?)^```$", re.M | re.S)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, the text between the fences, and the block as a whole."""

    language: str
    body: str
    whole: str


def blocks(text: str, *languages: str) -> list[Block]:
    """The fenced blocks of these languages (all, if none are named), in order."""
    found = (Block(match["language"], match["body"], match[0]) for match in _FENCE.finditer(text))
    return [block for block in found if not languages or block.language in languages]


def replay(body: str, run: Callable[[str], str]) -> str:
    """The text of a console block with each command's output replaced by what `run` returns for it now."""
    commands = [line[2:] for line in body.splitlines() if line.startswith("$ ")]
    return "".join(f"$ {command}\n{run(command)}" for command in commands)


def normalise(text: str) -> str:
    """Text without what changes from run to run: object ids, durations, keys, lines of this project's policy."""
    text = re.sub(r"\bssh-ed25519 \S+", "KEY", text)  # before ids: ed25519 could be one
    text = re.sub(r"\bSHA256:\S+", "KEY", text)
    text = re.sub(r"\b\d{4}-\d\d-\d\dT[\d:]+Z", "TIME", text)
    text = re.sub(r"\b[0-9a-f]{7,64}\b", "ID", text)
    text = re.sub(r"\b\d+(\.\d+)? s\b", "TIME", text)
    text = re.sub(r'"seconds": ?[\d.]+', '"seconds": TIME', text)
    return re.sub(r" *(policy/lanegate\.toml):\d+", r" \1:LINE", text)


def same_or_update(document: Path, block: Block, new: str) -> None:
    """Fails when a block's text is not `new` after normalisation; in update mode, writes it into the document."""
    if UPDATE and normalise(new) != normalise(block.body):
        fresh = f"```{block.language}\n{new}```"
        document.write_text(document.read_text().replace(block.whole, fresh))
    elif not UPDATE:
        assert normalise(new) == normalise(block.body), f"{document.name} is out of date, run: make readme"


def same_text_or_update(document: Path, shown: str, new: str) -> None:
    """The same for a part of a document whose consoles belong together, so that an id in it stays the same id."""
    if UPDATE and normalise(new) != normalise(shown):
        document.write_text(document.read_text().replace(shown, new))
    elif not UPDATE:
        assert normalise(new) == normalise(shown), f"{document.name} is out of date, run: make readme"
