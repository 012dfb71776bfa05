"""Which names git stores, told byte by byte: what a search for paths must know besides the patterns.

A name is not empty, `.`, `..` or `.git` in any spelling that HFS+ or NTFS take for it (`core/names.py`, which says it
of a whole name), and holds no NUL, slash or control byte (`core/objects.py`). A search builds names from the left and
drops what is not worth going on with; so the same question is asked here of a beginning. `after` says where a state
leads with one more byte, `is_name` whether a name may end there.
"""

from __future__ import annotations

from codecs import getincrementaldecoder

from lanegate.core.named_tuple import NamedTuple
from lanegate.core.names import GIT_NAMES, HFS_IGNORABLE


def _oddness(byte: int) -> tuple[bool, bool, bool, int]:
    return byte > 0x7F, not chr(byte).islower(), not chr(byte).isalnum(), byte


#: Where a stretch between backslashes stands: it is `.git`, it cannot become that, or the whole name is forbidden.
_IS_GIT, _IS_NOT, _FORBIDDEN = "=", "-", "!"
_DOTS = (b"", b".", b"..")

#: Bytes that make a name forbidden, or keep it so: the only ones that a state takes notice of, beside those above 0x7f.
TOLD_APART = frozenset(b"".join(name.encode() for name in GIT_NAMES) + b"GIT.: \\")
_IN_ORDER: list[int] = sorted(set(range(0x20, 0x100)) - set(b"/\x7f"), key=_oddness)
#: What names are made of, in the order in which a search tries them: letters first, since people read the witness.
LETTERS = bytes(_IN_ORDER)


class NameState(NamedTuple):
    """What is to be remembered of the beginning of a name.

    dots: the bytes so far while they are at most two dots, else None. pending: the start of a character in UTF-8.
    part: what stands since the last backslash, in lower case, while that begins `.git`; else a mark from above.
    """

    dots: bytes | None = b""
    pending: bytes = b""
    part: str = ""


def after(state: NameState, byte: int) -> NameState:
    """The state after one more byte, which is one of LETTERS."""
    dots = None if state.dots is None or byte != ord(".") else state.dots + b"."
    if dots not in _DOTS:
        dots = None
    pending, part = b"", state.part
    if byte < 0x80:
        part = _grown(part, chr(byte))  # what was pending is no UTF-8, which does not count
    else:
        decoder = getincrementaldecoder("utf-8")("ignore")
        decoder.setstate((state.pending, 0))
        for char in decoder.decode(bytes((byte,))):
            part = _grown(part, char)
        pending = decoder.getstate()[0]
    return NameState(dots, pending, part)


def is_name(state: NameState) -> bool:
    """Whether git stores a name that ends in this state."""
    return state.dots is None and state.part not in (_IS_GIT, _FORBIDDEN)


def is_stored(name: bytes) -> bool:
    """Whether git stores a whole name, which is made of LETTERS."""
    state = NameState()
    for byte in name:
        state = after(state, byte)
    return is_name(state)


def _grown(part: str, char: str) -> str:
    if part == _FORBIDDEN or ord(char) in HFS_IGNORABLE:
        return part
    if char == "\\":
        return _FORBIDDEN if part == _IS_GIT else ""
    if part == _IS_GIT:
        return _FORBIDDEN if char == ":" else _IS_GIT if char in ". " else _IS_NOT
    longer = part + char.lower()
    if longer in GIT_NAMES:
        return _IS_GIT
    return longer if any(name.startswith(longer) for name in GIT_NAMES) else _IS_NOT
