"""An entry of the table of codes (core/codes.py)."""

from __future__ import annotations

from lanegate.core.named_tuple import NamedTuple


class Code(NamedTuple):
    """One code. requirements: ids of the rules that it enforces, and sections of the design (`design 5`). example: what
    a refusal by it looks like (core/code_examples.py)."""

    code: str
    title: str
    why: str
    what_to_do: str
    requirements: tuple[str, ...]
    example: str = ""
