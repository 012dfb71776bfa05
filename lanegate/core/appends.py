"""What may become of a file to which lines are only ever added (docs/judgement.md, "Zones"; design section 6).

Rules, on bytes:

    1. the new content begins with the old one; where that does not end a line, what is added begins with the end of it
    2. where two branches added, the merge holds what both began from, then what one added, then what the other added,
       in either order; between the two, the end of a line where the first has none. Lines that both added first may
       stand there once, as git's own merge has them and as they do after branches were merged across each other

So no line that anybody wrote changes, moves or goes, nor is one made longer.
"""

from __future__ import annotations

_ENDS = (b"\n", b"\r\n")


def is_append(old: bytes, new: bytes) -> bool:
    """Whether `new` is `old` with lines added at the end, or with nothing added."""
    return new.startswith(old) and _begins_a_line(old, new[len(old) : len(old) + 2])


def is_append_merge(base: bytes, first: bytes, second: bytes, merged: bytes) -> bool:
    """Whether `merged` is what `base` held, and what each of two branches added to it, in either order."""
    if not is_append(base, first) or not is_append(base, second):
        return False
    shared = max(len(base), _common_lines(base, first, second))
    return any(
        merged in (_joined(first, second[start:]), _joined(second, first[start:])) for start in {len(base), shared}
    )


def _common_lines(base: bytes, first: bytes, second: bytes) -> int:
    """How far both contents, which begin with `base`, hold the same whole lines, in bytes."""
    at = base.rfind(b"\n") + 1
    while (end := first.find(b"\n", at) + 1) and first[at:end] == second[at:end]:
        at = end
    return at


def _begins_a_line(before: bytes, added: bytes) -> bool:
    return not before or not added or before.endswith(b"\n") or added.startswith(_ENDS)


def _joined(before: bytes, added: bytes) -> bytes:
    return before + added if _begins_a_line(before, added) else b"\n".join((before, added))
